//! The loop of every stage: polling, retries, dead letters, configuration, telemetry, shutdown.
//! A service author meets one trait ([`Stage`], [`Fold`], [`Source`] or [`Sink`]), one configuration
//! struct and one test helper ([`defaults`]).

mod admin;
pub mod bus;
pub mod clock;
pub mod config;
mod dead;
mod drive;
mod engine;
mod envelope;
mod fault;
mod fold_loop;
mod health;
mod last_versions;
pub mod logging;
pub mod metrics;
mod process;
mod push;
mod report;
mod retry;
mod serve;
mod side_input;
mod sink_loop;
mod source_loop;
mod spans;
mod stage;
mod stage_loop;
mod territory;
mod trace;
mod unit_size;

use dateline_record::{ContentHash, Provenance};

pub use engine::Engine;
pub use envelope::{time_of, wrap};
pub use fault::{Fault, Outcome};
pub use health::Health;
pub use metrics::{Metrics, Vitals};
pub use process::{EXIT_CONFIG, Process};
pub use push::{Admission, Pushed};
pub use serve::{serve_folds, serve_sink, serve_source, serve_stage};
pub use stage::{
    BadInput, Fold, Folded, Landing, MemoryBound, Polled, Sink, SinkRecord, Source, Stage,
    StageConfig, Written,
};
pub use territory::Territory;
pub use trace::TraceContext;

/// The configuration of a service as `config/dateline.toml` has it, for tests and commands.
pub fn defaults<C: StageConfig>(service: &str) -> Result<C, config::ConfigError> {
    config::Settings::defaults()?.section(service)
}

/// What a service writes into the provenance of its records: its build and the hash of its
/// configuration.
pub fn provenance(service: &str, config: &impl StageConfig) -> anyhow::Result<Provenance> {
    Ok(Provenance {
        stage: service.to_owned(),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        config_hash: ContentHash::of(&serde_json::to_vec(config)?).to_string(),
        ..Provenance::default()
    })
}

//! The loop of every stage: polling, retries, dead letters, configuration, telemetry, shutdown.
//! A service author meets one trait, one configuration struct and one test helper.

mod fault;
mod stage;

pub use fault::{Fault, Outcome};
pub use stage::{BadInput, Polled, Sink, SinkRecord, Source, Stage, StageConfig};

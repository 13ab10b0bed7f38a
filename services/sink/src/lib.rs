//! sink: takes `StoryEvents` and `StoryRelations` off their topics and keeps a warehouse right.
//!
//! The next offsets are stored in the same transaction as the rows and read back at start; the
//! group's offsets are only a hint. A newer revision replaces a story as a whole; one that says the
//! same as the one before leaves its events and mentions untouched.

mod claims;
mod config;
pub mod ddl;
mod folder;
mod http;
mod json;
mod log;
mod maintain;
pub mod manual;
pub mod model;
mod plan;
pub mod reader;
mod rebuild;
mod replay;
mod search;
mod targets;
mod unfit;
mod verify;

use std::time::{Duration, Instant};

use dateline_bus::{Place, Positions};
use dateline_runtime::{Fault, Landing, Sink, SinkRecord, Written};

pub use config::{
    ClickHouseConfig, Config, DeltaConfig, IcebergConfig, JsonlConfig, ParquetConfig,
    PostgresConfig, SqliteConfig, WebhookConfig,
};
pub use maintain::{Maintained, maintain};
pub use rebuild::{Rebuilt, rebuild};
pub use search::Search;
pub use verify::{Count, Day, Verdict, verify};

/// What a kind of warehouse must do; one file below `targets` each.
trait Target: Send {
    /// The next offset of a place, as stored with the rows; and whoever wrote there before is
    /// fenced from now on.
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault>;

    /// Why the target cannot take a record, by its field.
    fn unfit(&self, record: &Landing) -> Option<String>;

    /// Writes rows and next offsets in one transaction. What the stored offsets say is written
    /// already is left out, so that two writers cannot write it twice.
    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault>;

    /// Whether what is written leaves something to be looked after, even where nothing is taken back.
    fn grows(&self) -> bool {
        false
    }

    /// Whether bytes of words that were taken back may stand there, or it has grown.
    fn must_maintain(&mut self) -> Result<bool, Fault> {
        Ok(false)
    }

    /// Takes such bytes out of what is stored, and puts in order what has grown.
    fn maintain(&mut self) -> Result<Maintained, Fault> {
        Ok(Maintained::default())
    }
}

/// The warehouse that the configuration names.
pub struct Warehouse {
    target: Box<dyn Target>,
    /// How long after a kill its bytes may stand; none where only the command takes them out.
    every: Option<Duration>,
    due: Option<Instant>,
}

impl Sink for Warehouse {
    const NAME: &'static str = "sink";
    type Config = Config;

    fn services(config: Config) -> Vec<(&'static str, Config)> {
        let first = (Self::NAME, config.clone());
        let more = config.also.clone().into_iter().map(|target| {
            let own = Config { target, also: Vec::new(), ..config.clone() };
            (targets::service(&own.target), own)
        });
        std::iter::once(first).chain(more).collect()
    }

    fn new(config: Config) -> anyhow::Result<Self> {
        config.check()?;
        let every =
            (config.maintain_after_ms > 0).then(|| Duration::from_millis(config.maintain_after_ms));
        let target = targets::open(&config)?;
        // What an earlier process left to be done is met at the first turn.
        Ok(Self { target, every, due: every.map(|_| Instant::now()) })
    }

    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.target.position(place)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        self.target.unfit(record)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let written = self.target.write(records, next)?;
        if self.due.is_none() && (self.target.grows() || records.iter().any(log::recalls)) {
            self.due = self.every.map(|every| Instant::now() + every);
        }
        Ok(written)
    }

    fn rest(&mut self) -> Result<Option<String>, Fault> {
        if self.due.is_none_or(|due| Instant::now() < due) {
            return Ok(None);
        }
        // What fails is tried again when the same time has passed once more.
        self.due = self.every.map(|every| Instant::now() + every);
        let is_wanted = self.target.must_maintain()?;
        let done = if is_wanted { Some(self.target.maintain()?.to_string()) } else { None };
        self.due = None;
        Ok(done)
    }
}

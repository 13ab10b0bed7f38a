//! sink: takes `StoryEvents` and `StoryRelations` off their topics and keeps a warehouse right.
//!
//! The next offsets are stored in the same transaction as the rows and read back at start; the
//! group's offsets are only a hint. A newer revision replaces a story as a whole; one that says the
//! same as the one before leaves its events and mentions untouched.

mod claims;
mod config;
pub mod ddl;
pub mod manual;
pub mod model;
mod plan;
pub mod reader;
mod rebuild;
mod replay;
mod targets;
mod unfit;
mod verify;

use dateline_bus::{Place, Positions};
use dateline_runtime::{Fault, Landing, Sink, SinkRecord, Written};

pub use config::{Config, JsonlConfig, PostgresConfig, SqliteConfig};
pub use rebuild::{Rebuilt, rebuild};
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
}

/// The warehouse that the configuration names.
pub struct Warehouse(Box<dyn Target>);

impl Sink for Warehouse {
    const NAME: &'static str = "sink";
    type Config = Config;

    fn new(config: Config) -> anyhow::Result<Self> {
        Ok(Self(targets::open(&config)?))
    }

    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.0.position(place)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        self.0.unfit(record)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        self.0.write(records, next)
    }
}

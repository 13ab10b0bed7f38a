//! The traits that a service author meets: `Stage` (pure), `Fold` (pure, with a memory), `Source`
//! and `Sink` (with I/O).

use std::{future::Future, time::Duration};

use dateline_bus::{Place, Positions};
use dateline_record::{
    CleanState, Delivery, FaultCode, FetchState, RawStory, ReadError, Record, SourceSpec,
    StoryEvents, StoryRelations, Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Admission, Fault, Outcome, Pushed, Territory, Vitals};

/// The configuration of a service: its section of `dateline.toml`, where every key has a default.
pub trait StageConfig: Clone + DeserializeOwned + Serialize + Send + Sync + 'static {}

impl<T: Clone + DeserializeOwned + Serialize + Send + Sync + 'static> StageConfig for T {}

/// A stage that maps one record to at most one record: a pure function of record and
/// configuration, without I/O, clock or randomness. Many threads call it at once.
pub trait Stage: Send + Sync + Sized + 'static {
    /// The service's name, also its section in `dateline.toml` and its consumer group.
    const NAME: &'static str;
    /// What it reads.
    type In: Record;
    /// What it writes.
    type Out: Record;
    /// Its section of `dateline.toml`.
    type Config: StageConfig;

    /// Builds the stage; an error stops the service with exit code 64.
    fn new(config: Self::Config) -> anyhow::Result<Self>;

    /// Handles one record.
    fn handle(&self, record: Self::In) -> Result<Outcome<Self::Out>, Fault>;

    /// A compacted topic that every instance reads as a whole beside its input: what `handle` knows
    /// of it, it must stamp on what goes out.
    fn side_topic(&self) -> Option<&'static str> {
        None
    }

    /// Hears of a record of the side topic; none as value where the key is gone.
    fn hear(&self, _key: &str, _value: Option<&[u8]>) -> Result<(), ReadError> {
        Ok(())
    }

    /// How long and of how many stories the last version is remembered; none: of no story.
    fn memory(&self) -> Option<MemoryBound> {
        None
    }

    /// Compares what goes out with what is remembered of the same story, may mark it, and gives
    /// what is to be remembered from now on. What is remembered is written in the same unit of work.
    fn compare(&self, _out: &mut Self::Out, _earlier: Option<&CleanState>) -> Option<CleanState> {
        None
    }
}

/// How much a stage remembers.
#[derive(Clone, Copy, Debug)]
pub struct MemoryBound {
    /// A story is forgotten so long after its last version.
    pub window: Duration,
    /// So many versions are remembered by each worker; the oldest are forgotten.
    pub stories: usize,
}

/// A stage that compares each record with those before it: a pure function of record, configuration
/// and memory, without I/O, clock or randomness. One worker in the whole cluster reads all
/// partitions, since what is to be compared has different keys. What it remembers is written in the
/// same unit of work as what it emits, and restored from there.
pub trait Fold: Send + Sized + 'static {
    /// The service's name, also its section in `dateline.toml` and its consumer group.
    const NAME: &'static str;
    /// What it reads.
    type In: Record;
    /// What it writes.
    type Out: Record;
    /// What it remembers: one for each key, on a compacted topic.
    type Memory: Record;
    /// Its section of `dateline.toml`.
    type Config: StageConfig;

    /// Builds the stage with an empty memory; an error stops the service with exit code 64.
    fn new(config: Self::Config) -> anyhow::Result<Self>;

    /// Forgets everything: the memory is about to be restored.
    fn clear(&mut self);

    /// Takes a memory back, in any order.
    fn restore(&mut self, memory: Self::Memory);

    /// Handles one record. After an error, as after a panic, the memory is restored.
    fn handle(&mut self, record: Self::In) -> Result<Folded<Self::Out, Self::Memory>, Fault>;
}

/// What one record led to.
#[derive(Debug)]
pub struct Folded<O, M> {
    /// What goes out, in its order.
    pub outputs: Vec<O>,
    /// What is remembered from now on; it replaces what was remembered under the same key.
    pub memories: Vec<M>,
    /// The keys of what is forgotten.
    pub forgotten: Vec<String>,
}

impl<O, M> Default for Folded<O, M> {
    fn default() -> Self {
        Self { outputs: Vec::new(), memories: Vec::new(), forgotten: Vec::new() }
    }
}

/// What one poll of a source brought. The stories and the state are written in one unit of work.
#[derive(Debug)]
pub struct Polled {
    /// The new stories and revisions, in the order in which they are to be read.
    pub stories: Vec<RawStory>,
    /// What is to be done once, later or by the owner of another host.
    pub errands: Vec<SourceSpec>,
    /// What could not be read, to be dead-lettered: the rest of the source goes on.
    pub dead: Vec<BadInput>,
    /// What is to be known of the source from now on, with the time of the next poll.
    pub state: FetchState,
    /// For the terminal log line: an HTTP status, or none.
    pub http_status: Option<u16>,
}

/// A piece of input that could not be read.
#[derive(Debug)]
pub struct BadInput {
    /// Where it was found: a URL or a path, with the item's number.
    pub place: String,
    /// Why, as a code.
    pub code: dateline_record::FaultCode,
    /// Why, in words: source, field and fix.
    pub what: String,
    /// Its bytes, as far as they are within the bound of a record.
    pub bytes: Vec<u8>,
}

/// The stage that brings stories in. The runtime owns schedule, state and hand-off: it calls
/// `poll` for a source whose time has come, at most once at a time for each source.
pub trait Source: Send + Sync + Sized + 'static {
    /// The service's name, also its section in `dateline.toml` and its consumer group.
    const NAME: &'static str;
    /// Its section of `dateline.toml`.
    type Config: StageConfig;

    /// Builds the source; an error stops the service with exit code 64.
    fn new(config: Self::Config) -> anyhow::Result<Self>;

    /// Polls one source as its state says. A failed poll is no fault but a state with the error,
    /// the count of failures and a later time; a fault is for what concerns the whole service.
    /// A poll brings a bounded number of stories and asks to be called again at once (a
    /// `next_poll_at` that is past) where there are more.
    /// Only hosts of its territory may be asked: what another host has to give is an errand.
    fn poll(
        &self,
        state: FetchState,
        now: Timestamp,
        territory: &Territory,
    ) -> impl Future<Output = Result<Polled, Fault>> + Send;

    /// Takes what was pushed for a source that it owns.
    fn receive(
        &self,
        state: FetchState,
        delivery: Delivery,
    ) -> impl Future<Output = Result<Polled, Fault>> + Send {
        let id = state.source.id;
        let what =
            format!("source {id} takes no deliveries: {} bytes", delivery.body.as_bytes().len());
        async { Err(Fault::poison(FaultCode::BadDocument, what)) }
    }

    /// Judges what came in at the push port, of a source that another worker may own.
    fn admit(&self, _pushed: &Pushed) -> Admission {
        Admission::Refuse(404, "nothing is delivered here".to_owned())
    }

    /// How a source is, for the metrics and the logs.
    fn vitals(&self, _state: &FetchState, _now: Timestamp) -> Vitals {
        Vitals::default()
    }

    /// Hears of the state of a source that is taken over now: somebody else may have asked its
    /// hosts a moment ago.
    fn take_over(&self, _state: &FetchState) {}
}

/// One record on its way to a warehouse, and where it stood.
#[derive(Clone, Debug)]
pub struct SinkRecord {
    /// Topic and partition.
    pub place: Place,
    /// The record's offset.
    pub offset: u64,
    /// The record.
    pub record: Landing,
}

/// What lands in a warehouse.
#[derive(Clone, Debug)]
pub enum Landing {
    /// The whole result of one version of a story.
    Events(Box<StoryEvents>),
    /// All relations of a story.
    Relations(Box<StoryRelations>),
}

/// What became of a write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Written {
    /// So many rows stand there, with the offsets.
    Rows(u64),
    /// Nothing was written: another writer has taken over. Says where and by whom.
    Fenced(String),
}

/// A warehouse. Used by one thread; it may block.
pub trait Sink: Send + Sized + 'static {
    /// The service's name, also its section in `dateline.toml` and its consumer group.
    const NAME: &'static str;
    /// Its section of `dateline.toml`.
    type Config: StageConfig;

    /// The services that its section asks for, each with its name and its configuration. Each reads
    /// the topics for itself, in a consumer group of its own name, and writes where it alone writes.
    fn services(config: Self::Config) -> Vec<(&'static str, Self::Config)> {
        vec![(Self::NAME, config)]
    }

    /// Connects and makes the tables.
    fn new(config: Self::Config) -> anyhow::Result<Self>;

    /// The next offset of `place`, as stored with the rows; none where nothing was stored yet.
    /// Whoever wrote there before is fenced from now on.
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault>;

    /// Why the target cannot take a record, by its field; such a record is dead-lettered and the
    /// rest of its batch lands.
    fn unfit(&self, record: &Landing) -> Option<String>;

    /// Writes rows and next offsets in one transaction. After a `Retry` the same call is repeated
    /// until it succeeds: a target that is down holds the stream back, it loses nothing. Where the
    /// answer to a commit was lost, the repeated call reads what is stored before it writes again.
    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault>;

    /// Looks after the target where it is time to; asked on every turn. Says what was done.
    fn rest(&mut self) -> Result<Option<String>, Fault> {
        Ok(None)
    }
}

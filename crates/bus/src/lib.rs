//! Topics and units of work: one small blocking trait with two implementations, `kafka` and
//! `embedded`, that pass one conformance suite.
//!
//! A unit of work is {consumed offsets, produced records, changed state}, committed at once or
//! not at all. Nothing else promises exactly-once, and nothing else needs to.

pub mod embedded;
mod error;
#[cfg(feature = "kafka")]
pub mod kafka;
mod partition;
mod record;
mod topic;
mod unit;

use std::time::Duration;

use bytes::Bytes;

pub use error::{BusError, CommitError, Result};
pub use partition::{murmur2, partition_for, partition_of_route};
pub use record::{Headers, MAX_RECORD_BYTES, Received, Record, check_size};
pub use topic::{Cleanup, Go, PartitionLag, Start, Topic, TopicSpec, dateline_topics};
pub use unit::{Batch, Limit, Output, Place, Positions, StateChange, Unit};

/// A place where topics live.
pub trait Bus: Send + Sync {
    /// Creates the topics that are missing; an existing topic with another number of partitions
    /// is an error, since keys would move.
    fn ensure_topics(&self, topics: &[TopicSpec]) -> Result<()>;

    /// A member of a consumer group. `instance` is stable across restarts and names at most one
    /// living worker of the group: a second one with the same name fences the first, whose `poll`
    /// fails as [`BusError::Misuse`] from then on or from its next commit on. `state`
    /// names a compacted topic with as many partitions as the inputs. Without inputs the worker
    /// only writes.
    fn worker(&self, options: WorkerOptions) -> Result<Box<dyn Worker>>;

    /// Reads a topic without a group: for looking, never for working.
    fn reader(&self, topic: &Topic, from: Start) -> Result<Box<dyn Reader>>;

    /// The topics that there are, in the order of their names; what the system keeps for itself is
    /// left out. An age or a size that is not bounded is the largest number.
    fn topics(&self) -> Result<Vec<TopicSpec>>;

    /// Where reading starts on each partition of a topic.
    fn starts(&self, topic: &Topic, from: Start) -> Result<Positions>;

    /// Gives the records of one topic from these positions on to `take`, until each partition is at
    /// the end that it had or `take` has enough of it.
    fn scan(&self, from: &Positions, take: &mut dyn FnMut(Received) -> Go) -> Result<()>;

    /// How far a group is behind, for each partition of `topics`. A partition that the group has
    /// committed nothing for counts from its earliest record.
    fn lag(&self, group: &str, topics: &[Topic]) -> Result<Vec<PartitionLag>>;
}

/// Who a worker is and what it reads.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The consumer group.
    pub group: String,
    /// The name of this member, stable across restarts.
    pub instance: String,
    /// The topics to read; all with the same number of partitions.
    pub inputs: Vec<Topic>,
    /// The compacted topic that holds the group's state.
    pub state: Option<Topic>,
    /// Where a partition starts that the group has no offset for.
    pub start: Start,
}

/// A member of a consumer group, used by one thread.
pub trait Worker: Send {
    /// Waits up to `wait` for records of the partitions that this worker owns. Returns what is
    /// there, and soon: it waits for the first record, not for a full batch.
    fn poll(&mut self, max: Limit, wait: Duration) -> Result<Batch>;

    /// The partitions owned now. The epoch grows with every change; what was derived from state
    /// or from positions under another epoch must be read again.
    fn assignment(&mut self) -> Assignment;

    /// The value of `key` in the state of `partition`, which must be owned and the key's own.
    fn state(&mut self, partition: u32, key: &[u8]) -> Result<Option<Bytes>>;

    /// All keys and values in the state of an owned partition, in the order of the keys.
    fn states(&mut self, partition: u32) -> Result<Vec<(Bytes, Bytes)>>;

    /// Reads on from `offset`, for a worker whose true position is kept elsewhere (the sink).
    /// Records polled before and not committed are dropped.
    fn seek(&mut self, topic: &Topic, partition: u32, offset: u64) -> Result<()>;

    /// Writes outputs and state and marks the batch as consumed, all or nothing. Batches are
    /// committed in the order of their polls; one out of turn is `Fenced`. After
    /// `Fenced` and `Aborted` the worker stands where it stood before the batches in hand (at what
    /// it committed or sought last), and those batches are void: poll again.
    fn commit(&mut self, batch: Batch, unit: Unit) -> std::result::Result<(), CommitError>;

    /// Gives the partitions back at once, so that another member need not wait for a time-out.
    fn close(self: Box<Self>) -> Result<()>;
}

/// What a worker owns.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Assignment {
    /// Grows with every change of `partitions`.
    pub epoch: u64,
    /// The partition numbers, ascending. All inputs and the state topic have the same number of
    /// partitions, and a worker owns a number on all of them or on none.
    pub partitions: Vec<u32>,
    /// How many partitions there are.
    pub of: u32,
}

/// Reads a topic without a group.
pub trait Reader: Send {
    /// Waits up to `wait` for committed records; partitions mixed, each in its order.
    fn next(&mut self, max: Limit, wait: Duration) -> Result<Vec<Received>>;
}

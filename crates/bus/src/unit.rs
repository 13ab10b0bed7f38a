//! What is read and written at once.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{CommitError, Received, Record, Topic, check_size};

/// How much one poll may bring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// At most so many records.
    pub records: usize,
    /// At most so many bytes, but always one record.
    pub bytes: usize,
}

impl Default for Limit {
    fn default() -> Self {
        Self { records: 1_000, bytes: 4 * 1024 * 1024 }
    }
}

/// A topic and a partition of it.
pub type Place = (Topic, u32);

/// The next offset to read, for each place.
pub type Positions = BTreeMap<Place, u64>;

/// What one poll brought.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The records, each partition in its order.
    pub records: Vec<Received>,
    /// The next offset to read once these are consumed.
    pub next: Positions,
    /// The assignment under which they were read.
    pub epoch: u64,
}

/// A record and the topic that it goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// The topic.
    pub topic: Topic,
    /// The record; its key decides the partition.
    pub record: Record,
}

/// A change of the group's state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateChange {
    /// The key; its partition is the key's own and must be owned.
    pub key: Bytes,
    /// The new value; none removes the key.
    pub value: Option<Bytes>,
    /// The time of the record on the state topic, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

/// What one commit writes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Unit {
    /// Records for other topics, in their order.
    pub outputs: Vec<Output>,
    /// Changes of the group's state.
    pub state: Vec<StateChange>,
}

impl Unit {
    /// Refuses a unit with a record that is too large, before any I/O.
    pub fn check(&self) -> Result<(), CommitError> {
        self.outputs.iter().try_for_each(|output| check_size(&output.topic, &output.record))
    }
}

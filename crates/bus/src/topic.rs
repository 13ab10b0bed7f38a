//! Topics: names, retention, and how far a group is behind.

use std::{fmt, sync::Arc, time::Duration};

/// The name of a topic.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Topic(Arc<str>);

impl Topic {
    /// A topic's name: 1 to 200 of `A-Z a-z 0-9 . _ -`, as Kafka takes it.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What becomes of old records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cleanup {
    /// Gone after `age`, or earlier where the partition grows beyond `bytes`.
    Delete {
        /// How long a record is kept.
        age: Duration,
        /// How large a partition may grow.
        bytes: u64,
    },
    /// The newest record of each key stays for ever; a tombstone removes the key.
    Compact,
}

/// A topic as it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TopicSpec {
    /// Its name.
    pub topic: Topic,
    /// The number of partitions.
    pub partitions: u32,
    /// What becomes of old records.
    pub cleanup: Cleanup,
}

/// Whether the scan of a partition goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Go {
    /// It does.
    On,
    /// No more of this partition is wanted.
    Enough,
}

/// Where reading starts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Start {
    /// At the earliest record that is left.
    #[default]
    Earliest,
    /// After the last record.
    Latest,
    /// At the first record with this time (milliseconds since 1970) or a later one.
    Time(i64),
}

/// How far a group is behind on one partition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartitionLag {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: u32,
    /// The next offset that the group will read; none where it never committed.
    pub committed: Option<u64>,
    /// One past the last offset that was written.
    pub end: u64,
    /// Offsets between the two: an upper bound of the records, since offsets may have gaps; 0
    /// where all is read.
    pub behind: u64,
}

/// Dateline's own topics.
pub fn dateline_topics(partitions: u32, age: Duration, bytes: u64) -> Vec<TopicSpec> {
    let delete = Cleanup::Delete { age, bytes };
    let named = |name: &str, cleanup| TopicSpec { topic: Topic::new(name), partitions, cleanup };
    vec![
        named("dateline.sources.v1", Cleanup::Compact),
        named("dateline.fetch-state.v1", Cleanup::Compact),
        named("dateline.raw.v1", delete),
        named("dateline.clean-state.v1", Cleanup::Compact),
        named("dateline.clean.v1", delete),
        named("dateline.events.v1", delete),
        named("dateline.cluster-state.v1", Cleanup::Compact),
        named("dateline.relations.v1", delete),
        named("dateline.profile-state.v1", Cleanup::Compact),
        named("dateline.profiles.v1", Cleanup::Compact),
        named("dateline.dead.v1", delete),
        named("dateline.dead-marks.v1", Cleanup::Compact),
    ]
}

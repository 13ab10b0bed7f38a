//! What can go wrong on a bus.

use crate::Topic;

/// The result of a bus call.
pub type Result<T> = std::result::Result<T, BusError>;

/// Why a bus call failed.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// Retention has removed records that this reader had not read.
    #[error(
        "{topic} partition {partition}: offset {wanted} is gone, the earliest left is {low}; \
         move the group on or restore the records"
    )]
    Truncated {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: u32,
        /// The offset that was to be read next.
        wanted: u64,
        /// The earliest offset that is left.
        low: u64,
    },
    /// The bus cannot be reached or written to now; the same call may succeed later.
    #[error("the bus is not available: {0}")]
    Unavailable(String),
    /// What is stored is not what was written.
    #[error("the bus holds damaged data: {0}")]
    Corrupt(String),
    /// The topic does not exist.
    #[error("topic {0} does not exist; create it, or let a service of this version start once")]
    NoTopic(Topic),
    /// The call itself is wrong, for example a state key of a foreign partition.
    #[error("{0}")]
    Misuse(String),
    /// Authorisation, configuration or a broken client: a person must act.
    #[error("{0}")]
    Fatal(String),
}

/// Why a unit of work was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The worker has lost a partition of the batch: drop the work and poll again.
    #[error("another member owns a partition of this batch now")]
    Fenced,
    /// Nothing was written, and the positions are rewound: poll again.
    #[error("nothing was written: {0}")]
    Aborted(String),
    /// A record is larger than [`crate::MAX_RECORD_BYTES`]; nothing was written.
    #[error("a record for {topic} has {bytes} bytes, more than {limit}", limit = crate::MAX_RECORD_BYTES)]
    TooLarge {
        /// The topic it was meant for.
        topic: Topic,
        /// Its size: key, value and headers.
        bytes: usize,
    },
    /// The worker must be built anew.
    #[error("the worker is broken: {0}")]
    Fatal(String),
}

//! Records as both buses carry them, and the one bound of their size.

use bytes::Bytes;

use crate::{CommitError, Topic};

/// The most that key, value and headers of one record may have together.
pub const MAX_RECORD_BYTES: usize = 4 * 1024 * 1024;

/// Header names and values in their order; a name may come twice, a value may be null.
pub type Headers = Vec<(String, Option<Bytes>)>;

/// A record to be written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Record {
    /// Decides the partition, and on a compacted topic what it replaces.
    pub key: Option<Bytes>,
    /// What it says; on a compacted topic none is a tombstone.
    pub value: Option<Bytes>,
    /// What is said about it.
    pub headers: Headers,
    /// When it was made, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

impl Record {
    /// What the record counts against [`MAX_RECORD_BYTES`].
    pub fn size(&self) -> usize {
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers = self.headers.iter().map(|(name, value)| name.len() + length(value));
        length(&self.key) + length(&self.value) + headers.sum::<usize>()
    }

    /// The last header of that name.
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        let last = self.headers.iter().rev().find(|(header, _)| header == name)?;
        last.1.as_ref()
    }
}

/// A record that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Received {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: u32,
    /// Grows within a partition; it may have gaps, so there is no arithmetic with it.
    pub offset: u64,
    /// The record.
    pub record: Record,
}

/// Refuses a record that is too large for either bus, before any I/O.
pub fn check_size(topic: &Topic, record: &Record) -> Result<(), CommitError> {
    let bytes = record.size();
    if bytes <= MAX_RECORD_BYTES {
        return Ok(());
    }
    Err(CommitError::TooLarge { topic: topic.clone(), bytes })
}

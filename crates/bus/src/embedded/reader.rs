//! Reading a topic without a group.

use std::{sync::Arc, time::Duration, time::Instant};

use rusqlite::Connection;

use super::{Shared, log, store};
use crate::{Limit, Reader, Received, Result, Start, Topic};

/// Reads all partitions of a topic, each from its own place.
pub(super) struct EmbeddedReader {
    shared: Arc<Shared>,
    connection: Connection,
    topic: store::TopicRow,
    next: Vec<u64>,
}

impl EmbeddedReader {
    pub(super) fn open(shared: Arc<Shared>, topic: &Topic, from: Start) -> Result<Self> {
        let connection = store::connect(&shared.path)?;
        let topic = store::topic(&connection, topic)?;
        let start = |partition| log::start_offset(&connection, &topic, partition, from);
        let next = (0..topic.partitions).map(start).collect::<Result<_>>()?;
        Ok(Self { shared, connection, topic, next })
    }

    fn read(&mut self, max: Limit) -> Result<Vec<Received>> {
        let mut found: Vec<Received> = Vec::new();
        let mut bytes = 0;
        for (partition, next) in (0..).zip(&mut self.next) {
            let left = max.records.saturating_sub(found.len());
            if left == 0 {
                break;
            }
            let limit = Limit { records: left, ..max };
            let records = log::read(&self.connection, &self.topic, partition, *next, limit)?;
            for received in records.into_iter().take(left) {
                bytes += received.record.size();
                if bytes > max.bytes && !found.is_empty() {
                    return Ok(found);
                }
                *next = received.offset + 1;
                found.push(received);
            }
        }
        Ok(found)
    }
}

impl Reader for EmbeddedReader {
    fn next(&mut self, max: Limit, wait: Duration) -> Result<Vec<Received>> {
        let deadline = Instant::now() + wait;
        loop {
            let seen = self.shared.wake.count();
            let found = self.read(max)?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !found.is_empty() || left.is_zero() {
                return Ok(found);
            }
            self.shared.wake.wait(seen, left.min(self.shared.options.safety_poll));
        }
    }
}

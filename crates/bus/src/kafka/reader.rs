//! Reading a topic without a group.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{Shared, context::Context, error::bus_error, offsets, options};
use crate::{Limit, Place, Positions, Reader, Received, Result, Start, Topic};

pub(super) struct KafkaReader {
    shared: Arc<Shared>,
    consumer: BaseConsumer<Context>,
    topics: [Topic; 1],
    next: Positions,
    from: Start,
    /// The places whose first wanted record was met.
    met: BTreeSet<Place>,
    /// A record that did not fit into the last call.
    held: Option<Received>,
    /// An error that is still to be told.
    failed: Option<KafkaError>,
}

impl KafkaReader {
    pub(super) fn open(shared: Arc<Shared>, topic: &Topic, from: Start) -> Result<Self> {
        let group = options::READER_GROUP.to_owned();
        let consumer = super::consumer(&shared.options.consumer(&[("group.id", group)]))?;
        let partitions = shared.partitions(consumer.client(), topic)?;
        let places: Vec<Place> = (0..partitions).map(|n| (topic.clone(), n)).collect();
        let next = offsets::starts(&shared, &consumer, &places, from)?;
        offsets::list(&next)
            .and_then(|list| consumer.assign(&list))
            .map_err(|error| bus_error("assigning partitions", &error, consumer.context()))?;
        Ok(Self {
            shared,
            consumer,
            topics: [topic.clone()],
            next,
            from,
            met: BTreeSet::new(),
            held: None,
            failed: None,
        })
    }

    fn failure(&self, error: &KafkaError) -> Result<()> {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset)
            && let Some((place, low)) =
                offsets::overtaken(&self.shared, &self.consumer, &self.next)?
        {
            let wanted = self.next.get(&place).copied().unwrap_or_default();
            return Err(offsets::truncated(&place, wanted, low));
        }
        Err(bus_error("reading", error, self.consumer.context()))
    }

    /// Moves on; whether the record is one that was asked for.
    fn wants(&mut self, received: &Received) -> bool {
        let place = (received.topic.clone(), received.partition);
        self.next.insert(place.clone(), received.offset + 1);
        if !self.met.contains(&place) {
            if offsets::too_early(self.from, &received.record) {
                return false;
            }
            self.met.insert(place);
        }
        true
    }
}

impl Reader for KafkaReader {
    fn next(&mut self, max: Limit, wait: Duration) -> Result<Vec<Received>> {
        let deadline = Instant::now() + wait;
        if let Some(error) = self.failed.take() {
            self.failure(&error)?;
        }
        let mut records: Vec<Received> = self.held.take().into_iter().collect();
        let mut bytes = records.first().map_or(0, |first| first.record.size());
        while records.len() < max.records {
            let left = match records.len() {
                0 => deadline.saturating_duration_since(Instant::now()),
                _ => Duration::ZERO,
            };
            let received = match self.consumer.poll(left) {
                None if records.is_empty() && Instant::now() < deadline => continue,
                None => break,
                // With records in hand it is told at the next call, or they would be lost.
                Some(Err(error)) if !records.is_empty() => {
                    self.failed = Some(error);
                    break;
                }
                Some(Err(error)) => {
                    self.failure(&error)?;
                    continue;
                }
                Some(Ok(message)) => offsets::received(&message, &self.topics),
            };
            if !self.wants(&received) {
                continue;
            }
            let size = received.record.size();
            if bytes + size > max.bytes && !records.is_empty() {
                self.held = Some(received);
                break;
            }
            bytes += size;
            records.push(received);
        }
        Ok(records)
    }
}

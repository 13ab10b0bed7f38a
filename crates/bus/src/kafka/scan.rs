//! Reading a topic from given offsets to its present end, for state and for exact lag.

use std::{collections::BTreeSet, time::Instant};

use rdkafka::{
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};

use super::{Shared, context::Context, error::bus_error, offsets, options};
use crate::{BusError, Go, Positions, Received, Result, Topic};

/// A consumer without a group, for scans.
pub(super) fn client(shared: &Shared, isolation: &str) -> Result<BaseConsumer<Context>> {
    super::consumer(&shared.options.consumer(&[
        ("group.id", options::READER_GROUP.to_owned()),
        ("enable.partition.eof", "true".to_owned()),
        // Where nothing is left the broker is to say so soon.
        ("fetch.wait.max.ms", "10".to_owned()),
        ("isolation.level", isolation.to_owned()),
    ]))
}

/// Gives each committed record of one topic from `from` on to `take`, until every partition is
/// at its end or has enough.
pub(super) fn scan(
    shared: &Shared,
    consumer: &BaseConsumer<Context>,
    from: &Positions,
    mut take: impl FnMut(Received) -> Go,
) -> Result<()> {
    let doing = "reading a topic to its end";
    let fail = |error: KafkaError| bus_error(doing, &error, consumer.context());
    let topics: Vec<Topic> = from.keys().take(1).map(|place| place.0.clone()).collect();
    let mut open: BTreeSet<u32> = from.keys().map(|place| place.1).collect();
    let list = offsets::list(from).map_err(fail)?;
    consumer.assign(&list).map_err(fail)?;
    let mut deadline = Instant::now() + shared.options.request_timeout();
    while !open.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(BusError::Unavailable(format!("kafka: {doing}: no answer in time")));
        }
        match consumer.poll(left) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&u32::try_from(partition).unwrap_or_default());
            }
            Some(Err(error)) => return Err(fail(error)),
            Some(Ok(message)) => {
                // As long as records come the topic may be as long as it likes.
                deadline = Instant::now() + shared.options.request_timeout();
                let received = offsets::received(&message, &topics);
                let partition = received.partition;
                if open.contains(&partition) && take(received) == Go::Enough {
                    open.remove(&partition);
                }
            }
        }
    }
    consumer.unassign().map_err(fail)
}

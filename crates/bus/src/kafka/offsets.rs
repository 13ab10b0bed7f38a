//! Places, offsets and messages between librdkafka's types and the bus's.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::{BorrowedMessage, Headers as _},
};

use super::{Shared, context::Context, error::bus_error};
use crate::{BusError, Headers, Place, Positions, Received, Record, Result, Start, Topic};

/// Between two looks for a partition's leader.
const LEADER_WAIT: Duration = Duration::from_millis(100);

/// librdkafka counts partitions and offsets with a sign; negative ones have special meanings,
/// which never stand in what is read here.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(super) fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

fn number(partition: i32) -> u32 {
    u32::try_from(partition).unwrap_or_default()
}

pub(super) fn partition_of(place: &Place) -> i32 {
    i32::try_from(place.1).unwrap_or(i32::MAX)
}

pub(super) fn places(list: &TopicPartitionList) -> Vec<Place> {
    let place = |topic: &str, partition| (Topic::new(topic), number(partition));
    let elements = list.elements();
    elements.iter().map(|element| place(element.topic(), element.partition())).collect()
}

pub(super) fn list(positions: &Positions) -> std::result::Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(positions.len());
    for (place, offset) in positions {
        let offset = Offset::Offset(signed(*offset));
        list.add_partition_offset(place.0.as_str(), partition_of(place), offset)?;
    }
    Ok(list)
}

fn bare_list(places: &[Place]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for place in places {
        list.add_partition(place.0.as_str(), partition_of(place));
    }
    list
}

/// The offsets that a list holds; a place without one is left out.
fn positions(list: &TopicPartitionList, doing: &str, context: &Context) -> Result<Positions> {
    let mut found = Positions::new();
    for element in list.elements() {
        element.error().map_err(|error| bus_error(doing, &error, context))?;
        if let Offset::Offset(offset) = element.offset() {
            let place = (Topic::new(element.topic()), number(element.partition()));
            found.insert(place, unsigned(offset));
        }
    }
    Ok(found)
}

/// What a group has committed.
pub(super) fn committed(
    shared: &Shared,
    consumer: &BaseConsumer<Context>,
    places: &[Place],
) -> Result<Positions> {
    let doing = "reading the group's offsets";
    let context = consumer.context();
    let list = consumer
        .committed_offsets(bare_list(places), shared.options.request_timeout())
        .map_err(|error| bus_error(doing, &error, context))?;
    positions(&list, doing, context)
}

/// The earliest offset that is left and one past the last that this consumer may see.
pub(super) fn ends(
    shared: &Shared,
    consumer: &BaseConsumer<Context>,
    place: &Place,
) -> Result<(u64, u64)> {
    let deadline = Instant::now() + shared.options.request_timeout();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match consumer.fetch_watermarks(place.0.as_str(), partition_of(place), left) {
            Ok((low, high)) => return Ok((unsigned(low), unsigned(high))),
            // A topic that was just made has no leader for a moment.
            Err(error) if leaderless(&error) && !left.is_zero() => thread::sleep(LEADER_WAIT),
            Err(error) => {
                return Err(bus_error("reading a partition's ends", &error, consumer.context()));
            }
        }
    }
}

fn leaderless(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::UnknownTopicOrPartition
        )
    )
}

/// Where reading starts in `places`.
pub(super) fn starts(
    shared: &Shared,
    consumer: &BaseConsumer<Context>,
    places: &[Place],
    start: Start,
) -> Result<Positions> {
    let mut found = match start {
        Start::Time(millis) => from_time(shared, consumer, places, millis)?,
        Start::Earliest | Start::Latest => Positions::new(),
    };
    for place in places {
        if !found.contains_key(place) {
            let (low, high) = ends(shared, consumer, place)?;
            let earliest = start == Start::Earliest;
            found.insert(place.clone(), if earliest { low } else { high });
        }
    }
    Ok(found)
}

/// Whether a record comes before the wanted time. Kafka's look-up also finds the markers that end
/// transactions, whose time is that of the commit, so older records may follow what it found.
pub(super) fn too_early(start: Start, record: &Record) -> bool {
    matches!(start, Start::Time(millis) if record.timestamp_ms < millis)
}

/// The first offsets with that time or a later one, where there is one.
fn from_time(
    shared: &Shared,
    consumer: &BaseConsumer<Context>,
    places: &[Place],
    millis: i64,
) -> Result<Positions> {
    let doing = "looking for offsets by time";
    let context = consumer.context();
    // librdkafka takes the times in the place of the offsets, where negative numbers mean ends.
    let times: Positions = places.iter().map(|place| (place.clone(), unsigned(millis))).collect();
    let list = list(&times)
        .and_then(|times| consumer.offsets_for_times(times, shared.options.request_timeout()))
        .map_err(|error| bus_error(doing, &error, context))?;
    positions(&list, doing, context)
}

/// A message as the bus has it.
pub(super) fn received(message: &BorrowedMessage<'_>, topics: &[Topic]) -> Received {
    let name = message.topic();
    let known = topics.iter().find(|topic| topic.as_str() == name);
    let bytes = |part: Option<&[u8]>| part.map(Bytes::copy_from_slice);
    Received {
        topic: known.cloned().unwrap_or_else(|| Topic::new(name)),
        partition: number(message.partition()),
        offset: unsigned(message.offset()),
        record: Record {
            key: bytes(message.key()),
            value: bytes(message.payload()),
            headers: headers(message),
            timestamp_ms: message.timestamp().to_millis().unwrap_or_default(),
        },
    }
}

fn headers(message: &BorrowedMessage<'_>) -> Headers {
    let Some(headers) = message.headers() else {
        return Headers::new();
    };
    // rdkafka panics on a name that is not UTF-8, which any foreign producer may write; such a
    // header is left out, since a record must not end the process.
    let header = |index| {
        let header = catch_unwind(AssertUnwindSafe(|| headers.try_get(index)));
        let header = header.ok().flatten()?;
        Some((header.key.to_owned(), header.value.map(Bytes::copy_from_slice)))
    };
    (0..headers.count()).filter_map(header).collect()
}

/// The first of `positions` that retention has overtaken.
pub(super) fn overtaken(
    shared: &Shared,
    consumer: &BaseConsumer<Context>,
    positions: &Positions,
) -> Result<Option<(Place, u64)>> {
    for (place, wanted) in positions {
        let (low, high) = ends(shared, consumer, place)?;
        if *wanted < low {
            return Ok(Some((place.clone(), low)));
        }
        if *wanted > high {
            return Err(beyond_end(place, *wanted, high));
        }
    }
    Ok(None)
}

pub(super) fn beyond_end(place: &Place, wanted: u64, high: u64) -> BusError {
    BusError::Corrupt(format!(
        "{} partition {}: offset {wanted} is beyond the end {high}; was the topic deleted and \
         made again? reset the group's offsets",
        place.0, place.1
    ))
}

pub(super) fn truncated(place: &Place, wanted: u64, low: u64) -> BusError {
    BusError::Truncated { topic: place.0.clone(), partition: place.1, wanted, low }
}

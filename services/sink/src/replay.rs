//! Reading the sink's topics from the beginning or from a time on, without a group.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use dateline_bus::{Bus, Limit, Positions, Received, Start, Topic};
use dateline_record::{Record, StoryEvents, StoryRelations, read};
use dateline_runtime::{Landing, SinkRecord};

/// How long a topic may say nothing before it counts as read, where its last offsets belong to no
/// record.
const IDLE: Duration = Duration::from_secs(3);

/// The group whose lag tells where the topics end.
const GROUP: &str = "dateline-sink";

/// Gives the records of both topics to `take`, each partition in its order, to their end or at
/// least up to `until`; returns whether the topics still have their beginning. What cannot be read
/// is left out: the sink dead-letters it.
pub(crate) fn each(
    bus: &dyn Bus,
    start: Start,
    until: Option<&Positions>,
    mut take: impl FnMut(SinkRecord) -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    let mut is_whole = true;
    for name in [StoryEvents::TOPIC, StoryRelations::TOPIC] {
        let topic = Topic::new(name);
        let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
        for lag in bus.lag(GROUP, std::slice::from_ref(&topic))? {
            let place = (topic.clone(), lag.partition);
            let wanted = until.map(|until| until.get(&place).copied().unwrap_or(0));
            let end = wanted.map_or(lag.end, |wanted| wanted.min(lag.end));
            if end > 0 {
                ends.insert(lag.partition, end);
            }
        }
        let mut firsts: BTreeMap<u32, u64> = BTreeMap::new();
        let mut reader = bus.reader(&topic, start)?;
        let mut heard = Instant::now();
        while !ends.is_empty() && heard.elapsed() < IDLE {
            for received in reader.next(Limit::default(), Duration::from_millis(100))? {
                heard = Instant::now();
                firsts.entry(received.partition).or_insert(received.offset);
                if ends.get(&received.partition).is_some_and(|end| received.offset + 1 >= *end) {
                    ends.remove(&received.partition);
                }
                if let Some(record) = landing(&received) {
                    take(record)?;
                }
            }
        }
        is_whole &= firsts.values().all(|first| *first <= 1);
    }
    Ok(is_whole)
}

fn landing(received: &Received) -> Option<SinkRecord> {
    let value = received.record.value.as_ref()?;
    let record = if received.topic.as_str() == StoryRelations::TOPIC {
        Landing::Relations(Box::new(read::<StoryRelations>(value).ok()?))
    } else {
        Landing::Events(Box::new(read::<StoryEvents>(value).ok()?))
    };
    let place = (received.topic.clone(), received.partition);
    Some(SinkRecord { place, offset: received.offset, record })
}

//! How far a group is behind, exactly 0 where it is not.

use std::{collections::BTreeSet, sync::Arc};

use rdkafka::consumer::Consumer;

use super::{Shared, offsets, scan};
use crate::{Go, PartitionLag, Place, Positions, Result, Topic};

/// A transaction leaves markers that are no records. So few offsets behind may be nothing but
/// markers, and reading tells; more are surely records.
const UNSURE_OFFSETS: u64 = 10_000;

pub(super) fn lag(
    shared: &Arc<Shared>,
    group: &str,
    topics: &[Topic],
) -> Result<Vec<PartitionLag>> {
    let config = shared.options.consumer(&[("group.id", group.to_owned())]);
    let consumer = super::consumer(&config)?;
    let mut all = Vec::new();
    for topic in topics {
        let partitions = shared.partitions(consumer.client(), topic)?;
        let places: Vec<Place> = (0..partitions).map(|n| (topic.clone(), n)).collect();
        let committed = offsets::committed(shared, &consumer, &places)?;
        let mut from = Positions::new();
        let mut lags = Vec::new();
        for place in places {
            let (low, end) = offsets::ends(shared, &consumer, &place)?;
            let committed = committed.get(&place).copied();
            let next = committed.unwrap_or(low).max(low);
            let behind = end.saturating_sub(next);
            if behind > 0 && behind <= UNSURE_OFFSETS {
                from.insert(place.clone(), next);
            }
            lags.push(PartitionLag { topic: place.0, partition: place.1, committed, end, behind });
        }
        let with_records = having_records(shared, &from)?;
        for lag in &mut lags {
            let unsure = from.contains_key(&(lag.topic.clone(), lag.partition));
            if unsure && !with_records.contains(&lag.partition) {
                lag.behind = 0;
            }
        }
        all.append(&mut lags);
    }
    Ok(all)
}

fn having_records(shared: &Shared, from: &Positions) -> Result<BTreeSet<u32>> {
    let mut found = BTreeSet::new();
    if from.is_empty() {
        return Ok(found);
    }
    let consumer = scan::client(shared, "read_committed")?;
    scan::scan(shared, &consumer, from, |received| {
        found.insert(received.partition);
        Go::Enough
    })?;
    Ok(found)
}

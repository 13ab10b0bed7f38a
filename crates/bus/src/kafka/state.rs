//! A group's state: the compacted topic replayed into memory, a table for each owned partition.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rdkafka::consumer::BaseConsumer;

use super::{Shared, context::Context, offsets, scan};
use crate::{BusError, Go, Place, Positions, Result, StateChange, Topic, partition_for};

type Table = BTreeMap<Bytes, Bytes>;

/// The state of the partitions that a worker owns.
pub(super) struct State {
    pub(super) topic: Topic,
    pub(super) partitions: u32,
    tables: BTreeMap<u32, Table>,
}

impl State {
    pub(super) fn new(topic: Topic, partitions: u32) -> Self {
        Self { topic, partitions, tables: BTreeMap::new() }
    }

    /// Reads the state of partitions that came.
    pub(super) fn restore(&mut self, shared: &Shared, partitions: &BTreeSet<u32>) -> Result<()> {
        let places: Vec<Place> = partitions
            .iter()
            .filter(|partition| !self.tables.contains_key(partition))
            .map(|partition| (self.topic.clone(), *partition))
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        let consumer = scan::client(shared, "read_committed")?;
        let from = settled(shared, &consumer, &places)?;
        let mut tables: BTreeMap<u32, Table> =
            places.iter().map(|place| (place.1, Table::new())).collect();
        let mut records = 0_u64;
        scan::scan(shared, &consumer, &from, |received| {
            records += 1;
            if let Some(table) = tables.get_mut(&received.partition) {
                let (key, value) = (received.record.key, received.record.value);
                put(table, key.unwrap_or_default(), value);
            }
            Go::On
        })?;
        tracing::info!(
            topic = %self.topic,
            partitions = tables.len(),
            records,
            duration_ms = started.elapsed().as_millis(),
            "state restored"
        );
        self.tables.append(&mut tables);
        Ok(())
    }

    pub(super) fn forget(&mut self, owned: &BTreeSet<u32>) {
        self.tables.retain(|partition, _| owned.contains(partition));
    }

    pub(super) fn apply(&mut self, changes: Vec<StateChange>) {
        for change in changes {
            let partition = partition_for(Some(&change.key), self.partitions);
            if let Some(table) = self.tables.get_mut(&partition) {
                put(table, change.key, change.value);
            }
        }
    }

    pub(super) fn get(&self, partition: u32, key: &[u8]) -> Result<Option<Bytes>> {
        let table = self.table(partition)?;
        let own = partition_for(Some(&Bytes::copy_from_slice(key)), self.partitions);
        if own != partition {
            let key = String::from_utf8_lossy(key);
            return Err(BusError::Misuse(format!(
                "state key {key} belongs to partition {own}, not to {partition}"
            )));
        }
        Ok(table.get(key).cloned())
    }

    pub(super) fn all(&self, partition: u32) -> Result<Vec<(Bytes, Bytes)>> {
        let table = self.table(partition)?;
        let pair = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
        Ok(table.iter().map(pair).collect())
    }

    fn table(&self, partition: u32) -> Result<&Table> {
        self.tables.get(&partition).ok_or_else(|| {
            BusError::Misuse(format!(
                "the state of partition {partition} is not owned by this worker"
            ))
        })
    }
}

fn put(table: &mut Table, key: Bytes, value: Option<Bytes>) {
    match value {
        Some(value) => table.insert(key, value),
        None => table.remove(&key),
    };
}

/// The earliest offsets, once no transaction of a former owner is open: its offsets may be
/// settled before its state is, since Kafka ends a transaction partition by partition.
fn settled(
    shared: &Shared,
    committed: &BaseConsumer<Context>,
    places: &[Place],
) -> Result<Positions> {
    let written = scan::client(shared, "read_uncommitted")?;
    let deadline = Instant::now() + shared.options.request_timeout();
    let mut from = Positions::new();
    for place in places {
        let (low, end) = offsets::ends(shared, &written, place)?;
        while offsets::ends(shared, committed, place)?.1 < end {
            if Instant::now() >= deadline {
                return Err(BusError::Unavailable(format!(
                    "kafka: a transaction on {} partition {} stays open; should it do so for long, \
                     `kafka-transactions.sh find-hanging` names it",
                    place.0, place.1
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
        from.insert(place.clone(), low);
    }
    Ok(from)
}

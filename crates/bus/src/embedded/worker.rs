//! A member of a consumer group on the embedded bus.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::{
    Shared,
    group::{self, Leases, Member},
    log::{self, Prepared},
    retention,
    store::{self, TopicRow, bus_error, commit_error},
};
use crate::{
    Assignment, Batch, BusError, CommitError, Limit, Place, Positions, Received, Record, Result,
    Start, Topic, Unit, Worker, WorkerOptions, partition_for,
};

/// The longest pause between two looks at the file while nothing rings: only a process that died
/// between its commit and its ring, or a file system without watches, makes it matter.
const LONGEST_SAFETY_POLL: Duration = Duration::from_secs(1);

/// One thread's view of its group.
pub(super) struct EmbeddedWorker {
    shared: Arc<Shared>,
    connection: Connection,
    member: Member,
    inputs: Vec<TopicRow>,
    state: Option<TopicRow>,
    /// How many partitions each of them has.
    partitions: u32,
    outputs: BTreeMap<Topic, TopicRow>,
    start: Start,
    leases: Leases,
    epoch: u64,
    /// The next offset to read of each owned place.
    next: Positions,
    /// Where each owned place goes back to when a commit does not happen: what was committed or
    /// sought last, else where the group starts.
    base: Positions,
    /// Records that were decoded with their batch but did not fit into a poll.
    buffered: BTreeMap<Place, VecDeque<Received>>,
    /// The `next` of each batch given out and not committed, in order: a batch out of turn would
    /// skip records.
    given: BTreeMap<Place, VecDeque<u64>>,
    last_heartbeat: Instant,
    last_trim: Instant,
    /// Where the next poll begins, so that no place starves.
    turn: usize,
    safety_poll: Duration,
}

impl EmbeddedWorker {
    pub(super) fn open(shared: Arc<Shared>, options: &WorkerOptions) -> Result<Self> {
        let mut connection = store::connect(&shared.path)?;
        let find = |topic: &Topic| store::topic(&connection, topic);
        let inputs = options.inputs.iter().map(find).collect::<Result<Vec<_>>>()?;
        let state = options.state.as_ref().map(find).transpose()?;
        let partitions = shared_partitions(&inputs, state.as_ref())?;
        let guard = shared.lock();
        let tx = store::write(&mut connection).map_err(bus_error)?;
        let (name, now) = (&options.instance, store::now_ms());
        let member = group::join(&tx, &options.group, name, partitions, now).map_err(bus_error)?;
        tx.commit().map_err(bus_error)?;
        drop(guard);
        let now = Instant::now();
        let mut worker = Self {
            safety_poll: shared.options.safety_poll,
            shared,
            connection,
            member,
            inputs,
            state,
            partitions,
            outputs: BTreeMap::new(),
            start: options.start,
            leases: Leases::new(),
            epoch: 0,
            next: Positions::new(),
            base: Positions::new(),
            buffered: BTreeMap::new(),
            given: BTreeMap::new(),
            last_heartbeat: now,
            last_trim: now,
            turn: 0,
        };
        worker.heartbeat()?;
        Ok(worker)
    }

    /// Says that this worker lives, takes and gives partitions, and trims what is too old.
    fn heartbeat(&mut self) -> Result<()> {
        self.last_heartbeat = Instant::now();
        let trims = self.last_trim.elapsed() >= self.shared.options.trim_interval;
        let shared = Arc::clone(&self.shared);
        let guard = shared.lock();
        let tx = store::write(&mut self.connection).map_err(bus_error)?;
        if !group::is_current(&tx, &self.member).map_err(bus_error)? {
            return Err(BusError::Misuse(format!(
                "another worker of group {} runs as {}: give each a name of its own",
                self.member.group, self.member.instance
            )));
        }
        let expiry_ms = i64::try_from(shared.options.lease_expiry.as_millis()).unwrap_or(i64::MAX);
        let leases =
            group::heartbeat(&tx, &self.member, store::now_ms(), expiry_ms).map_err(bus_error)?;
        let mut more = false;
        if trims {
            for topic in store::all_topics(&tx)? {
                more |= retention::trim(&tx, &topic).map_err(bus_error)?;
            }
        }
        tx.commit().map_err(bus_error)?;
        drop(guard);
        if trims && !more {
            self.last_trim = Instant::now();
        }
        self.set_leases(leases)
    }

    fn set_leases(&mut self, leases: Leases) -> Result<()> {
        if leases == self.leases {
            return Ok(());
        }
        let kept = |(_, partition): &Place| leases.get(partition) == self.leases.get(partition);
        self.next.retain(|place, _| leases.contains_key(&place.1) && kept(place));
        self.buffered.retain(|place, _| leases.contains_key(&place.1) && kept(place));
        self.given.retain(|place, _| self.next.contains_key(place));
        self.base.retain(|place, _| self.next.contains_key(place));
        self.leases = leases;
        self.epoch += 1;
        self.find_positions()
    }

    /// Reads the positions of the places that have none yet.
    fn find_positions(&mut self) -> Result<()> {
        for topic in &self.inputs {
            for partition in self.leases.keys() {
                let place = (topic.topic.clone(), *partition);
                if self.next.contains_key(&place) {
                    continue;
                }
                let group = &self.member.group;
                let committed = group::position(&self.connection, group, topic.id, *partition)
                    .map_err(bus_error)?;
                let offset = match committed {
                    Some(offset) => offset,
                    None => log::start_offset(&self.connection, topic, *partition, self.start)?,
                };
                self.base.insert(place.clone(), offset);
                self.next.insert(place, offset);
            }
        }
        Ok(())
    }

    /// Back to where the worker stood before the batches that are in hand.
    fn rewind(&mut self) {
        self.next.clone_from(&self.base);
        self.buffered.clear();
        self.given.clear();
    }

    fn fill(&mut self, max: Limit) -> Result<Batch> {
        let mut batch = Batch { epoch: self.epoch, ..Batch::default() };
        let places: Vec<Place> = self.next.keys().cloned().collect();
        let mut bytes = 0;
        for step in 0..places.len() {
            let place = &places[(self.turn + step) % places.len()];
            while batch.records.len() < max.records {
                let room = (!batch.records.is_empty()).then(|| max.bytes.saturating_sub(bytes));
                let Some(received) = self.take(place, max, room)? else {
                    break;
                };
                bytes += received.record.size();
                batch.next.insert(place.clone(), received.offset + 1);
                batch.records.push(received);
            }
        }
        for (place, next) in &batch.next {
            self.given.entry(place.clone()).or_default().push_back(*next);
        }
        self.turn = self.turn.wrapping_add(1);
        Ok(batch)
    }

    /// The next record of a place, if it fits into the room that is left.
    fn take(&mut self, place: &Place, max: Limit, room: Option<usize>) -> Result<Option<Received>> {
        if self.buffered.get(place).is_none_or(VecDeque::is_empty) {
            let Some(topic) = self.inputs.iter().find(|topic| topic.topic == place.0) else {
                return Ok(None);
            };
            let from = self.next.get(place).copied().unwrap_or_default();
            let records = log::read(&self.connection, topic, place.1, from, max)?;
            self.buffered.insert(place.clone(), records.into());
        }
        let fits = |first: &mut Received| room.is_none_or(|room| first.record.size() <= room);
        let buffer = self.buffered.get_mut(place);
        let received = buffer.and_then(|buffer| buffer.pop_front_if(fits));
        if let Some(received) = &received {
            self.next.insert(place.clone(), received.offset + 1);
        }
        Ok(received)
    }

    /// Sorts a unit by the table that it goes to and encodes it, before any lock is taken.
    fn prepare(&mut self, unit: Unit) -> std::result::Result<Vec<Append>, CommitError> {
        let mut sorted: BTreeMap<(Topic, u32), Vec<Record>> = BTreeMap::new();
        for output in unit.outputs {
            let topic = self.output(&output.topic)?;
            let partition = partition_for(output.record.key.as_ref(), topic.partitions);
            sorted.entry((output.topic, partition)).or_default().push(output.record);
        }
        for change in unit.state {
            let Some(topic) = &self.state else {
                return Err(CommitError::Fatal("the worker was opened without state".to_owned()));
            };
            let place = (topic.topic.clone(), partition_for(Some(&change.key), topic.partitions));
            if !self.leases.contains_key(&place.1) {
                return Err(CommitError::Fenced);
            }
            sorted.entry(place).or_default().push(Record {
                key: Some(change.key),
                value: change.value,
                headers: Vec::new(),
                timestamp_ms: change.timestamp_ms,
            });
        }
        let mut appends = Vec::new();
        for ((topic, partition), records) in sorted {
            let topic = self.output(&topic)?.clone();
            let prepared = log::prepare(&topic, records);
            appends.push(Append { topic, partition, prepared });
        }
        Ok(appends)
    }

    fn output(&mut self, topic: &Topic) -> std::result::Result<&TopicRow, CommitError> {
        if !self.outputs.contains_key(topic) {
            let row = store::topic(&self.connection, topic)
                .map_err(|error| CommitError::Fatal(error.to_string()))?;
            self.outputs.insert(topic.clone(), row);
        }
        self.outputs
            .get(topic)
            .ok_or_else(|| CommitError::Fatal(format!("topic {topic} does not exist")))
    }

    fn store(
        &mut self,
        next: &Positions,
        partitions: &BTreeSet<u32>,
        appends: &[Append],
    ) -> std::result::Result<(), CommitError> {
        let shared = Arc::clone(&self.shared);
        let guard = shared.lock();
        let tx = store::write(&mut self.connection).map_err(commit_error)?;
        let holds = group::is_current(&tx, &self.member).map_err(commit_error)?
            && group::holds(&tx, &self.member, &self.leases, partitions.iter().copied())
                .map_err(commit_error)?;
        if !holds {
            return Err(CommitError::Fenced);
        }
        for append in appends {
            log::append(&tx, &append.topic, append.partition, &append.prepared)
                .map_err(commit_error)?;
        }
        group::set_positions(&tx, &self.member.group, &self.inputs, next).map_err(commit_error)?;
        tx.commit().map_err(commit_error)?;
        drop(guard);
        if !appends.is_empty() {
            shared.wake.ring();
        }
        Ok(())
    }

    fn heartbeat_if_due(&mut self) -> Result<()> {
        if self.last_heartbeat.elapsed() < self.shared.options.heartbeat() {
            return Ok(());
        }
        self.heartbeat()
    }
}

/// What one commit adds to one partition.
struct Append {
    topic: TopicRow,
    partition: u32,
    prepared: Prepared,
}

fn shared_partitions(inputs: &[TopicRow], state: Option<&TopicRow>) -> Result<u32> {
    let mut all = inputs.iter().chain(state);
    let Some(first) = all.next() else {
        return Ok(0);
    };
    match all.find(|topic| topic.partitions != first.partitions) {
        None => Ok(first.partitions),
        Some(other) => Err(BusError::Misuse(format!(
            "topics {} and {} must have the same number of partitions, but have {} and {}",
            first.topic, other.topic, first.partitions, other.partitions
        ))),
    }
}

impl Worker for EmbeddedWorker {
    fn poll(&mut self, max: Limit, wait: Duration) -> Result<Batch> {
        let deadline = Instant::now() + wait;
        loop {
            self.heartbeat_if_due()?;
            let seen = self.shared.wake.count();
            let batch = self.fill(max)?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !batch.records.is_empty() {
                self.safety_poll = self.shared.options.safety_poll;
                return Ok(batch);
            }
            if left.is_zero() {
                return Ok(batch);
            }
            let heartbeat = self.shared.options.heartbeat();
            let due = heartbeat.saturating_sub(self.last_heartbeat.elapsed());
            self.shared.wake.wait(seen, left.min(self.safety_poll).min(due));
            if self.shared.wake.count() == seen {
                self.safety_poll = (self.safety_poll * 2).min(LONGEST_SAFETY_POLL);
            }
        }
    }

    fn assignment(&mut self) -> Assignment {
        let partitions = self.leases.keys().copied().collect();
        Assignment { epoch: self.epoch, partitions, of: self.partitions }
    }

    fn state(&mut self, partition: u32, key: &[u8]) -> Result<Option<Bytes>> {
        let topic = self.owned_state(partition)?;
        let own = partition_for(Some(&Bytes::copy_from_slice(key)), topic.partitions);
        if own != partition {
            let key = String::from_utf8_lossy(key);
            return Err(BusError::Misuse(format!(
                "state key {key} belongs to partition {own}, not to {partition}"
            )));
        }
        let table = topic.table(partition);
        let value: Option<Option<Vec<u8>>> = self
            .connection
            .prepare_cached(&format!("SELECT value FROM {table} WHERE key = ?1"))
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .map_err(bus_error)?;
        Ok(value.flatten().map(Bytes::from))
    }

    fn states(&mut self, partition: u32) -> Result<Vec<(Bytes, Bytes)>> {
        let table = self.owned_state(partition)?.table(partition);
        let sql = format!("SELECT key, value FROM {table} WHERE value IS NOT NULL ORDER BY key");
        let rows: rusqlite::Result<Vec<(Vec<u8>, Vec<u8>)>> =
            self.connection.prepare_cached(&sql).and_then(|mut statement| {
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            });
        let rows = rows.map_err(bus_error)?;
        Ok(rows.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    fn seek(&mut self, topic: &Topic, partition: u32, offset: u64) -> Result<()> {
        let place = (topic.clone(), partition);
        if !self.next.contains_key(&place) {
            return Err(BusError::Misuse(format!(
                "{topic} partition {partition} is not owned by this worker"
            )));
        }
        self.buffered.remove(&place);
        self.given.remove(&place);
        self.base.insert(place.clone(), offset);
        self.next.insert(place, offset);
        Ok(())
    }

    fn commit(&mut self, batch: Batch, unit: Unit) -> std::result::Result<(), CommitError> {
        unit.check()?;
        if batch.next.is_empty() && unit.outputs.is_empty() && unit.state.is_empty() {
            return Ok(());
        }
        let state_keys = unit.state.iter().map(|change| &change.key);
        let partitions = self.state.as_ref().map_or(0, |topic| topic.partitions);
        let partitions: BTreeSet<u32> = state_keys
            .map(|key| partition_for(Some(key), partitions))
            .chain(batch.next.keys().map(|place| place.1))
            .collect();
        let in_turn = |(place, next): (&Place, &u64)| {
            let given = self.given.get(place);
            given.is_some_and(|given| given.front() == Some(next))
        };
        let in_turn = batch.next.iter().all(in_turn);
        let stale = !batch.next.is_empty() && (batch.epoch != self.epoch || !in_turn);
        let result = if stale {
            Err(CommitError::Fenced)
        } else {
            self.prepare(unit).and_then(|appends| self.store(&batch.next, &partitions, &appends))
        };
        if result.is_ok() {
            for (place, next) in batch.next {
                self.given.get_mut(&place).and_then(VecDeque::pop_front);
                self.base.insert(place, next);
            }
        }
        if matches!(result, Err(CommitError::Fenced | CommitError::Aborted(_))) {
            self.rewind();
        }
        result
    }

    fn close(mut self: Box<Self>) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let guard = shared.lock();
        let tx = store::write(&mut self.connection).map_err(bus_error)?;
        group::leave(&tx, &self.member).map_err(bus_error)?;
        tx.commit().map_err(bus_error)?;
        drop(guard);
        shared.wake.ring();
        mem::drop(self);
        Ok(())
    }
}

impl EmbeddedWorker {
    fn owned_state(&self, partition: u32) -> Result<&TopicRow> {
        let misuse = |what: String| Err(BusError::Misuse(what));
        let Some(topic) = &self.state else {
            return misuse("the worker was opened without state".to_owned());
        };
        if !self.leases.contains_key(&partition) {
            return misuse(format!("state partition {partition} is not owned by this worker"));
        }
        Ok(topic)
    }
}

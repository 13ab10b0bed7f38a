//! What a stage remembers of the last version of each story, on its compacted topic, until it is
//! too old.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use dateline_bus::{Received, StateChange, Worker, partition_for};
use dateline_record::{CleanState, Record, read};

use crate::{drive::TurnError, stage::MemoryBound};

/// The last versions of the stories of one worker.
pub(crate) struct LastVersions {
    bound: MemoryBound,
    /// The assignment under which the ages were read; none where they must be read anew.
    epoch: Option<u64>,
    /// How many partitions there are.
    of: u32,
    /// When each version came, the oldest first. A story with a newer version stands there again.
    ages: VecDeque<(i64, Bytes)>,
    /// What the unit in hand changes.
    changes: BTreeMap<Bytes, CleanState>,
}

impl LastVersions {
    pub(crate) fn new(bound: MemoryBound) -> Self {
        Self { bound, epoch: None, of: 0, ages: VecDeque::new(), changes: BTreeMap::new() }
    }

    /// A unit was not committed, or the worker is another.
    pub(crate) fn reset(&mut self) {
        self.epoch = None;
    }

    /// Begins a unit.
    pub(crate) fn begin(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        self.changes.clear();
        let assignment = worker.assignment();
        if self.epoch == Some(assignment.epoch) {
            return Ok(());
        }
        let mut ages = Vec::new();
        for partition in &assignment.partitions {
            for (key, value) in worker.states(*partition)? {
                // What cannot be read is as old as can be.
                let at = read::<CleanState>(&value).map_or(i64::MIN, |state| age(&state));
                ages.push((at, key));
            }
        }
        ages.sort_unstable();
        self.ages = ages.into();
        self.of = assignment.of;
        self.epoch = Some(assignment.epoch);
        Ok(())
    }

    /// What is remembered of the story of a record.
    pub(crate) fn of(
        &self,
        worker: &mut dyn Worker,
        received: &Received,
    ) -> Result<Option<CleanState>, TurnError> {
        let Some(key) = self.own_key(received) else { return Ok(None) };
        if let Some(state) = self.changes.get(key) {
            return Ok(Some(state.clone()));
        }
        let value = worker.state(received.partition, key)?;
        // A memory that cannot be read is no memory: the version is taken for a new one.
        Ok(value.and_then(|value| read(&value).ok()))
    }

    /// Remembers a version.
    pub(crate) fn keep(&mut self, received: &Received, state: Option<CleanState>) {
        let (Some(key), Some(state)) = (self.own_key(received), state) else { return };
        if key == state.key().as_bytes() {
            self.ages.push_back((age(&state), key.clone()));
            self.changes.insert(key.clone(), state);
        }
    }

    /// The key of a record, where it lies in the key's own partition: a foreign program may have put
    /// it elsewhere, and then another worker would remember it.
    fn own_key<'a>(&self, received: &'a Received) -> Option<&'a Bytes> {
        let key = received.record.key.as_ref()?;
        (partition_for(Some(key), self.of) == received.partition).then_some(key)
    }

    /// Ends the unit: what is remembered from now on, and what is forgotten.
    pub(crate) fn end(&mut self, worker: &mut dyn Worker) -> Result<Vec<StateChange>, TurnError> {
        let newest = self.changes.values().map(age).max();
        let window_ms = i64::try_from(self.bound.window.as_millis()).unwrap_or(i64::MAX);
        let oldest = newest.map_or(i64::MIN, |newest| newest.saturating_sub(window_ms));
        let mut forgotten = BTreeSet::new();
        while let Some((at, _)) = self.ages.front() {
            if *at >= oldest && self.ages.len() <= self.bound.stories {
                break;
            }
            let Some((at, key)) = self.ages.pop_front() else { break };
            let is_kept = self.changes.contains_key(&key);
            if !is_kept && still_as_old(worker, partition_for(Some(&key), self.of), &key, at)? {
                forgotten.insert(key);
            }
        }
        let mut changes = Vec::with_capacity(self.changes.len() + forgotten.len());
        for (key, state) in std::mem::take(&mut self.changes) {
            let value =
                Some(state.to_json().map_err(|error| TurnError::Fatal(error.into()))?.into());
            changes.push(StateChange { key, value, timestamp_ms: age(&state) });
        }
        let timestamp_ms = newest.unwrap_or_default();
        changes.extend(forgotten.into_iter().map(|key| StateChange {
            key,
            value: None,
            timestamp_ms,
        }));
        Ok(changes)
    }
}

fn age(state: &CleanState) -> i64 {
    state.fetched_at.as_millis()
}

/// Whether the version remembered of a story came at `at`, not later.
fn still_as_old(
    worker: &mut dyn Worker,
    partition: u32,
    key: &[u8],
    at: i64,
) -> Result<bool, TurnError> {
    let value = worker.state(partition, key)?;
    let state = value.map(|value| read::<CleanState>(&value));
    Ok(match state {
        None => false,
        Some(Ok(state)) => age(&state) <= at,
        Some(Err(_)) => true,
    })
}

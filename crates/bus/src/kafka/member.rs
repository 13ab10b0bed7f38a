//! A member of a consumer group: what it owns, where it stands, what it has given out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    TopicPartitionList,
    consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata, RebalanceProtocol},
    error::{KafkaError, KafkaResult, RDKafkaErrorCode},
};

use super::{
    Shared,
    context::{self, Change, Context},
    error::bus_error,
    offsets,
    state::State,
};
use crate::{
    Assignment, Batch, BusError, Limit, Place, Positions, Received, Result, Start, Topic, Unit,
    WorkerOptions, partition_for,
};

/// One owned partition of one topic.
struct Owned {
    /// The epoch with which it came.
    since: u64,
    /// Where a rewind goes.
    committed: u64,
    /// The next offset to read.
    next: u64,
    /// The `next` of each batch given out and not committed, in order.
    taken: VecDeque<u64>,
    /// Whether the group never committed here.
    fresh: bool,
    /// Whether the first record that `start` asks for was met.
    met: bool,
    /// The earliest offset left, where retention has overtaken this member.
    overtaken: Option<u64>,
}

pub(super) struct Member {
    shared: Arc<Shared>,
    consumer: BaseConsumer<Context>,
    inputs: Vec<Topic>,
    start: Start,
    epoch: u64,
    owned: BTreeMap<Place, Owned>,
    changes: VecDeque<Change>,
    /// A record that did not fit into the last batch.
    held: Option<Received>,
    /// The generation under which the partitions were taken over. A fresh one at the time of a
    /// commit could belong to a life after a loss that this member has not yet heard of.
    generation: Option<ConsumerGroupMetadata>,
    /// How many partitions there are.
    of: u32,
    state: Option<State>,
    /// An error that came while there were records in hand.
    failure: Option<BusError>,
    /// The broker has refused an offset; which one is still to be found out.
    out_of_range: bool,
}

impl Member {
    pub(super) fn join(shared: Arc<Shared>, options: &WorkerOptions) -> Result<Self> {
        let config = shared.options.member(&options.group, options.inputs.len());
        let consumer = super::consumer(&config)?;
        let all = options.inputs.iter().chain(&options.state);
        let counts = all
            .map(|topic| Ok((topic, shared.partitions(consumer.client(), topic)?)))
            .collect::<Result<Vec<_>>>()?;
        if let Some(pair) = counts.windows(2).find(|pair| pair[0].1 != pair[1].1) {
            return Err(BusError::Misuse(format!(
                "topics {} and {} must have the same number of partitions, but have {} and {}",
                pair[0].0, pair[1].0, pair[0].1, pair[1].1
            )));
        }
        let partitions = counts.first().map_or(0, |count| count.1);
        let names: Vec<&str> = options.inputs.iter().map(Topic::as_str).collect();
        consumer
            .subscribe(&names)
            .map_err(|error| bus_error("joining the group", &error, consumer.context()))?;
        Ok(Self {
            shared,
            consumer,
            inputs: options.inputs.clone(),
            start: options.start,
            epoch: 0,
            owned: BTreeMap::new(),
            changes: VecDeque::new(),
            held: None,
            generation: None,
            of: partitions,
            state: options.state.clone().map(|topic| State::new(topic, partitions)),
            failure: None,
            out_of_range: false,
        })
    }

    pub(super) fn leave(self) {
        self.consumer.context().close();
        // Dropping the consumer leaves the group and waits until it has.
        drop(self.consumer);
    }

    pub(super) fn poll(&mut self, max: Limit, wait: Duration) -> Result<Batch> {
        let deadline = Instant::now() + wait;
        let mut batch = Batch::default();
        let mut bytes = 0;
        self.settle()?;
        if let Some(held) = self.held.take() {
            bytes += held.record.size();
            batch.records.push(held);
        }
        while batch.records.len() < max.records {
            let left = match batch.records.len() {
                0 => deadline.saturating_duration_since(Instant::now()),
                _ => Duration::ZERO,
            };
            let Some(received) = self.receive(left) else {
                let lost = self.note_changes();
                let kept = |received: &Received| !lost.contains(&place_of(received));
                batch.records.retain(kept);
                // Whatever has come with it can wait until these records are out.
                if !batch.records.is_empty() {
                    break;
                }
                self.settle()?;
                if Instant::now() >= deadline {
                    break;
                }
                continue;
            };
            let size = received.record.size();
            if bytes + size > max.bytes && !batch.records.is_empty() {
                self.held = Some(received);
                break;
            }
            bytes += size;
            batch.records.push(received);
        }
        Ok(self.give_out(batch))
    }

    /// Deals with all that must be dealt with before there are records in hand: an error with
    /// records in hand would lose them.
    fn settle(&mut self) -> Result<()> {
        self.note_changes();
        while let Some(Change::Assign(places)) = self.changes.front().cloned() {
            self.take_over(&places)?;
            self.changes.pop_front();
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.out_of_range {
            self.find_overtaken()?;
            self.out_of_range = false;
        }
        self.check_overtaken()
    }

    /// The next record of a place that this member reads; what fails is noted for `settle`.
    fn receive(&mut self, wait: Duration) -> Option<Received> {
        let received = match self.consumer.poll(wait)? {
            Ok(message) => offsets::received(&message, &self.inputs),
            Err(error) => {
                self.note_failure(&error);
                return None;
            }
        };
        let owned = self.owned.get_mut(&place_of(&received))?;
        if owned.overtaken.is_some() {
            return None;
        }
        owned.next = received.offset + 1;
        let searching = owned.fresh && !owned.met;
        if searching && offsets::too_early(self.start, &received.record) {
            return None;
        }
        owned.met = true;
        Some(received)
    }

    fn note_failure(&mut self, error: &KafkaError) {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(Code::AutoOffsetReset) => self.out_of_range = true,
            // The group takes its partitions away and lets it join again; a revocation follows.
            Some(Code::PollExceeded) => {}
            // librdkafka tries again by itself; the next poll may well succeed.
            Some(
                Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::Resolve
                | Code::OperationTimedOut,
            ) => tracing::debug!(detail = %error, "a broker is out of reach"),
            _ => self.failure = Some(bus_error("reading", error, self.consumer.context())),
        }
    }

    fn find_overtaken(&mut self) -> Result<()> {
        for (place, owned) in &mut self.owned {
            let (low, high) = offsets::ends(&self.shared, &self.consumer, place)?;
            if owned.next > high {
                return Err(offsets::beyond_end(place, owned.next, high));
            }
            if owned.next < low {
                owned.overtaken = Some(low);
            }
        }
        Ok(())
    }

    fn check_overtaken(&self) -> Result<()> {
        let mut overtaken = self
            .owned
            .iter()
            .filter_map(|(place, owned)| Some((place, owned.next, owned.overtaken?)));
        overtaken
            .next()
            .map_or(Ok(()), |(place, next, low)| Err(offsets::truncated(place, next, low)))
    }

    fn give_out(&mut self, mut batch: Batch) -> Batch {
        for received in &batch.records {
            batch.next.insert(place_of(received), received.offset + 1);
        }
        for (place, next) in &batch.next {
            if let Some(owned) = self.owned.get_mut(place) {
                owned.taken.push_back(*next);
            }
        }
        batch.epoch = self.epoch;
        batch
    }

    /// Lets go what went, and returns it; what came waits for `settle`.
    fn note_changes(&mut self) -> BTreeSet<Place> {
        let mut lost = BTreeSet::new();
        for change in self.consumer.context().take_changes() {
            if let Change::Revoke(gone) = &change {
                // What went before it was taken over needs no taking over.
                self.changes.retain(|change| !comes_with(change, gone));
                lost.extend(gone.iter().cloned());
                self.lose(gone);
            } else {
                self.changes.push_back(change);
            }
        }
        lost
    }

    fn lose(&mut self, gone: &[Place]) {
        for place in gone {
            self.owned.remove(place);
        }
        if self.held.as_ref().is_some_and(|held| gone.contains(&place_of(held))) {
            self.held = None;
        }
        self.epoch += 1;
        let partitions = self.partitions();
        if let Some(state) = &mut self.state {
            state.forget(&partitions);
        }
    }

    fn take_over(&mut self, places: &[Place]) -> Result<()> {
        let generation = self.consumer.group_metadata();
        let coming = self.find_positions(places)?;
        let numbers: BTreeSet<u32> = places.iter().map(|place| place.1).collect();
        if let Some(state) = &mut self.state {
            state.restore(&self.shared, &numbers)?;
        }
        let from = coming
            .iter()
            .map(|(place, owned)| (place.clone(), owned.overtaken.unwrap_or(owned.next)))
            .collect();
        offsets::list(&from)
            .and_then(|list| context::assign(&self.consumer, &list))
            .map_err(|error| bus_error("taking over partitions", &error, self.context()))?;
        self.epoch += 1;
        self.owned.extend(coming);
        // Lost again in the meantime: the revocation follows, and no commit may pass until then.
        self.generation = generation.filter(|_| !self.consumer.assignment_lost());
        Ok(())
    }

    /// Where this member stands in places that come.
    fn find_positions(&self, places: &[Place]) -> Result<BTreeMap<Place, Owned>> {
        let committed = offsets::committed(&self.shared, &self.consumer, places)?;
        let unread = |place: &&Place| !committed.contains_key(*place);
        let unread: Vec<Place> = places.iter().filter(unread).cloned().collect();
        let mut from = offsets::starts(&self.shared, &self.consumer, &unread, self.start)?;
        from.extend(committed.clone());
        let mut coming = BTreeMap::new();
        for (place, offset) in from {
            let (low, high) = offsets::ends(&self.shared, &self.consumer, &place)?;
            if offset > high {
                return Err(offsets::beyond_end(&place, offset, high));
            }
            let owned = Owned {
                since: self.epoch + 1,
                committed: offset,
                next: offset,
                taken: VecDeque::new(),
                fresh: !committed.contains_key(&place),
                met: false,
                overtaken: (offset < low).then_some(low),
            };
            coming.insert(place, owned);
        }
        Ok(coming)
    }

    fn context(&self) -> &Context {
        self.consumer.context()
    }

    /// The partition numbers that are owned on all inputs.
    fn partitions(&self) -> BTreeSet<u32> {
        let whole = |partition: &u32| {
            let mut inputs = self.inputs.iter();
            inputs.all(|topic| self.owned.contains_key(&(topic.clone(), *partition)))
        };
        let numbers = self.owned.keys().map(|place| place.1);
        numbers.filter(whole).collect()
    }

    pub(super) fn assignment(&self) -> Assignment {
        let partitions = self.partitions().into_iter().collect();
        Assignment { epoch: self.epoch, partitions, of: self.of }
    }

    pub(super) fn state(&self) -> Result<&State> {
        self.state
            .as_ref()
            .ok_or_else(|| BusError::Misuse("the worker was opened without state".to_owned()))
    }

    /// Whether all of the batch and of the state is still this member's, and the batch's turn.
    pub(super) fn holds(&self, batch: &Batch, unit: &Unit) -> bool {
        let in_turn = |(place, next): (&Place, &u64)| {
            let owned = self.owned.get(place);
            owned.is_some_and(|owned| owned.taken.front() == Some(next))
        };
        let state_partitions = self.state.as_ref().map_or(0, |state| state.partitions);
        let keeps = |key| {
            let partition = partition_for(Some(key), state_partitions);
            let mut inputs = self.inputs.iter();
            inputs.all(|topic| {
                let owned = self.owned.get(&(topic.clone(), partition));
                owned.is_some_and(|owned| owned.since <= batch.epoch)
            })
        };
        batch.next.iter().all(in_turn) && unit.state.iter().all(|change| keeps(&change.key))
    }

    /// The offsets that a unit commits: the batch's, and where state changes without records of
    /// that partition, where it stands.
    pub(super) fn standing(&self, batch: &Batch, unit: &Unit) -> Positions {
        let state_partitions = self.state.as_ref().map_or(0, |state| state.partitions);
        let changed: BTreeSet<u32> = unit
            .state
            .iter()
            .map(|change| partition_for(Some(&change.key), state_partitions))
            .collect();
        let stands = self.owned.iter().filter(|(place, _)| changed.contains(&place.1));
        let mut standing: Positions =
            stands.map(|(place, owned)| (place.clone(), owned.committed)).collect();
        standing.extend(batch.next.clone());
        standing
    }

    pub(super) fn generation(&self) -> Option<&ConsumerGroupMetadata> {
        self.generation.as_ref()
    }

    /// A unit is committed.
    pub(super) fn committed(&mut self, batch: &Batch, unit: Unit) {
        for (place, next) in &batch.next {
            if let Some(owned) = self.owned.get_mut(place) {
                owned.committed = *next;
                owned.fresh = false;
                owned.taken.pop_front();
            }
        }
        if let Some(state) = &mut self.state {
            state.apply(unit.state);
        }
    }

    /// Back to the committed positions; what was given out since is void.
    pub(super) fn rewind(&mut self) -> Result<()> {
        let moved = |owned: &Owned| owned.next != owned.committed || !owned.taken.is_empty();
        let back: Positions = self
            .owned
            .iter()
            .filter(|(_, owned)| moved(owned) && owned.overtaken.is_none())
            .map(|(place, owned)| (place.clone(), owned.committed))
            .collect();
        self.go_to(&back)
    }

    pub(super) fn seek(&mut self, topic: &Topic, partition: u32, offset: u64) -> Result<()> {
        self.note_changes();
        let place = (topic.clone(), partition);
        let Some(owned) = self.owned.get_mut(&place) else {
            return Err(BusError::Misuse(format!(
                "{topic} partition {partition} is not owned by this worker"
            )));
        };
        owned.committed = offset;
        owned.fresh = false;
        owned.overtaken = None;
        self.go_to(&Positions::from([(place, offset)]))
    }

    fn go_to(&mut self, positions: &Positions) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        if self.held.as_ref().is_some_and(|held| positions.contains_key(&place_of(held))) {
            self.held = None;
        }
        for (place, offset) in positions {
            if let Some(owned) = self.owned.get_mut(place) {
                owned.next = *offset;
                owned.met = false;
                owned.taken.clear();
            }
        }
        let doing = "seeking";
        let fail = |error: KafkaError| bus_error(doing, &error, self.consumer.context());
        let timeout = self.shared.options.request_timeout();
        let list = offsets::list(positions).map_err(fail)?;
        let sought = self.consumer.seek_partitions(list.clone(), timeout).map_err(fail)?;
        for element in sought.elements() {
            match element.error() {
                Ok(()) => {}
                Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::State) => {
                    return self.assign_again(&list).map_err(fail);
                }
                Err(error) => return Err(fail(error)),
            }
        }
        Ok(())
    }

    /// A partition that an offset out of range has stopped cannot be sought in, only taken anew.
    fn assign_again(&self, list: &TopicPartitionList) -> KafkaResult<()> {
        if let RebalanceProtocol::Cooperative = self.consumer.rebalance_protocol() {
            self.consumer.incremental_unassign(list)?;
            return self.consumer.incremental_assign(list);
        }
        let stands = |(place, owned): (&Place, &Owned)| (place.clone(), owned.next);
        let all: Positions = self.owned.iter().map(stands).collect();
        self.consumer.assign(&offsets::list(&all)?)
    }
}

fn place_of(received: &Received) -> Place {
    (received.topic.clone(), received.partition)
}

fn comes_with(change: &Change, gone: &[Place]) -> bool {
    let Change::Assign(places) = change else {
        return false;
    };
    places.iter().any(|place| gone.contains(place))
}

//! The conformance suite: fourteen points that every bus must pass, written against the trait.

pub(crate) mod child;
pub(crate) mod groups;
pub(crate) mod kills;
pub(crate) mod reading;
pub(crate) mod state;
pub(crate) mod units;

use std::time::{Duration, Instant};

use bytes::Bytes;
use dateline_bus::{
    Batch, Bus, Cleanup, Limit, Output, Received, Record, Start, Topic, TopicSpec, Unit, Worker,
    WorkerOptions,
};

/// A bus to be tested: an own set of names on fresh or shared data.
pub(crate) trait Fixture: Sync {
    /// A handle on the data, as another process would open it.
    fn open(&self) -> Box<dyn Bus>;
    /// What `open` of a child process is given.
    fn address(&self) -> String;
    /// A name that no other fixture uses.
    fn name(&self, what: &str) -> String;
    /// The longest time until the partitions of a dead member have a new owner.
    fn takeover(&self) -> Duration;
    /// The longest time until what is too old is gone.
    fn retention(&self) -> Duration;
    /// How long a killed process lives, in milliseconds: from, to.
    fn life_ms(&self) -> (u64, u64);
    /// What a topic holds that the trait does not show, for the message of a failed test.
    fn beneath(&self, topic: &Topic) -> String;
}

/// Makes a test of every point; `$make` gives a fixture, or none to skip.
macro_rules! conformance {
    ($make:expr; $($name:ident: $point:path,)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(fixture) = $make {
                    $point(&fixture);
                }
            }
        )*
    };
}

/// All points, for a function or closure that makes a fixture.
macro_rules! all_points {
    ($make:expr) => {
        suite::conformance! { $make;
            p01_order_per_key: suite::units::order_per_key,
            p02_kill_anywhere: suite::kills::kill_anywhere,
            p03_nothing_of_a_refused_unit: suite::units::nothing_of_a_refused_unit,
            p04_offsets_grow_with_gaps: suite::units::offsets_grow_with_gaps,
            p04_lag_is_exact: suite::units::lag_is_exact,
            p05_two_workers_share: suite::groups::two_workers_share,
            p05_inputs_go_together: suite::groups::inputs_go_together,
            p06_lost_partition_is_fenced: suite::groups::lost_partition_is_fenced,
            p06_frozen_worker_is_fenced: suite::groups::frozen_worker_is_fenced,
            p06_same_name_is_fenced: suite::groups::same_name_is_fenced,
            p06_batch_out_of_turn_is_fenced: suite::groups::batch_out_of_turn_is_fenced,
            p07_start_and_resume: suite::groups::start_and_resume,
            p08_edges_of_a_record: suite::units::edges_of_a_record,
            p08_size_limit: suite::units::size_limit,
            p09_seek_by_time: suite::reading::seek_by_time,
            p09_seek_by_offset: suite::reading::seek_by_offset,
            p10_state: suite::state::tombstone_and_restore,
            p10_state_is_bound_to_its_partition: suite::state::bound_to_its_partition,
            p11_truncated: suite::reading::truncated,
            p12_partitions: suite::units::golden_partitions,
            p13_idle_poll: suite::reading::idle_poll,
            p13_limits_of_a_poll: suite::reading::limits_of_a_poll,
            p14_readers: suite::reading::readers_see_what_is_committed,
            p14_scans: suite::reading::scans_end_where_the_topic_ends,
            topics_are_checked: suite::units::topics_are_checked,
        }

        /// What the children of the kill and freeze points run; started by name only.
        #[test]
        #[ignore = "runs in child processes only"]
        fn child_entry_point() {
            suite::child::run(&open);
        }
    };
}

pub(crate) use {all_points, conformance};

pub(crate) const PARTITIONS: u32 = 4;
/// Longer than anything but a broken bus takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn spec(topic: &Topic, cleanup: Cleanup) -> TopicSpec {
    TopicSpec { topic: topic.clone(), partitions: PARTITIONS, cleanup }
}

pub(crate) fn keep() -> Cleanup {
    Cleanup::Delete {
        // Longer than since 1970: Kafka counts from the time in the record.
        age: Duration::from_hours(24 * 365 * 100),
        bytes: 1 << 30,
    }
}

/// A new topic that keeps its records.
pub(crate) fn topic(fixture: &dyn Fixture, what: &str) -> Topic {
    let topic = Topic::new(&fixture.name(what));
    fixture.open().ensure_topics(&[spec(&topic, keep())]).unwrap();
    topic
}

pub(crate) fn options(group: &str, instance: &str, inputs: &[&Topic]) -> WorkerOptions {
    WorkerOptions {
        group: group.to_owned(),
        instance: instance.to_owned(),
        inputs: inputs.iter().map(|topic| (*topic).clone()).collect(),
        state: None,
        start: Start::Earliest,
    }
}

pub(crate) fn record(key: &str, value: &str) -> Record {
    Record {
        key: Some(Bytes::copy_from_slice(key.as_bytes())),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
        timestamp_ms: now_ms(),
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

pub(crate) fn unit(topic: &Topic, records: impl IntoIterator<Item = Record>) -> Unit {
    let output = |record| Output { topic: topic.clone(), record };
    Unit { outputs: records.into_iter().map(output).collect(), state: Vec::new() }
}

/// A worker that only writes.
pub(crate) fn writer(fixture: &dyn Fixture, bus: &dyn Bus) -> Box<dyn Worker> {
    bus.worker(options(&fixture.name("writer"), "0", &[])).unwrap()
}

/// Writes records in one unit.
pub(crate) fn write(
    fixture: &dyn Fixture,
    topic: &Topic,
    records: impl IntoIterator<Item = Record>,
) {
    let bus = fixture.open();
    let mut writer = writer(fixture, bus.as_ref());
    writer.commit(Batch::default(), unit(topic, records)).unwrap();
    writer.close().unwrap();
}

/// `count` records with the keys `k0` to `k19` in turn and the values `0`, `1`, ...
pub(crate) fn numbered(count: usize) -> Vec<Record> {
    let numbered = |n: usize| record(&format!("k{}", n % 20), &n.to_string());
    (0..count).map(numbered).collect()
}

pub(crate) fn text(bytes: Option<&Bytes>) -> String {
    String::from_utf8(bytes.expect("there is one").to_vec()).unwrap()
}

pub(crate) fn value(received: &Received) -> String {
    text(received.record.value.as_ref())
}

pub(crate) fn number(received: &Received) -> usize {
    value(received).parse().unwrap()
}

/// Polls until there is something.
pub(crate) fn poll_some(worker: &mut dyn Worker) -> Batch {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let batch = worker.poll(Limit::default(), Duration::from_millis(500)).unwrap();
        if !batch.records.is_empty() {
            return batch;
        }
        assert!(Instant::now() < deadline, "no record came");
    }
}

/// Polls and commits until `count` records were seen; returns them.
pub(crate) fn consume(worker: &mut dyn Worker, count: usize) -> Vec<Received> {
    let mut all = Vec::new();
    while all.len() < count {
        let batch = poll_some(worker);
        all.extend(batch.records.clone());
        worker.commit(batch, Unit::default()).unwrap();
    }
    all
}

/// Polls without expecting records until `done`.
pub(crate) fn poll_until(worker: &mut dyn Worker, mut done: impl FnMut(&mut dyn Worker) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    let one_byte = Limit { records: 1, bytes: 1 };
    while !done(worker) {
        assert!(Instant::now() < deadline, "it did not come to pass");
        let batch = worker.poll(one_byte, Duration::from_millis(50)).unwrap();
        assert!(batch.records.is_empty(), "no record was expected: {batch:?}");
    }
}

/// Waits until the worker owns `count` partitions; no records may be there.
pub(crate) fn wait_to_own(worker: &mut dyn Worker, count: usize) {
    poll_until(worker, |worker| worker.assignment().partitions.len() == count);
}

/// All that a topic holds, once it holds `count` records; fails when more come.
pub(crate) fn read_exactly(bus: &dyn Bus, topic: &Topic, count: usize) -> Vec<Received> {
    let mut reader = bus.reader(topic, Start::Earliest).unwrap();
    let mut all = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while all.len() < count && Instant::now() < deadline {
        all.extend(reader.next(Limit::default(), Duration::from_millis(500)).unwrap());
    }
    all.extend(reader.next(Limit::default(), Duration::from_millis(300)).unwrap());
    assert_eq!(all.len(), count, "records on {topic}");
    all
}

/// Lag summed over all partitions.
pub(crate) fn behind(bus: &dyn Bus, group: &str, topic: &Topic) -> u64 {
    let lags = bus.lag(group, std::slice::from_ref(topic)).unwrap();
    lags.iter().map(|lag| lag.behind).sum()
}

//! Points about groups: sharing, taking over, fencing, starting.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dateline_bus::{
    Batch, Bus, BusError, CommitError, Limit, Received, Start, Topic, Unit, Worker,
};

use super::{
    Fixture, PARTITIONS, PATIENCE, behind,
    child::{Role, Running},
    consume, number, numbered, options, poll_some, read_exactly, record, topic, unit, value,
    wait_to_own, write,
};

const SOON: Duration = Duration::from_millis(30);

fn owned(worker: &mut dyn Worker) -> BTreeSet<u32> {
    worker.assignment().partitions.into_iter().collect()
}

/// Polls both, which share a group, until the partitions are shared out.
fn wait_to_share(first: &mut dyn Worker, second: &mut dyn Worker) {
    let deadline = Instant::now() + PATIENCE;
    let all: BTreeSet<u32> = (0..PARTITIONS).collect();
    loop {
        let one = first.poll(Limit::default(), SOON).unwrap();
        let two = second.poll(Limit::default(), SOON).unwrap();
        assert!(one.records.is_empty() && two.records.is_empty());
        let (one, two) = (owned(first), owned(second));
        if !one.is_empty() && !two.is_empty() && one.union(&two).eq(&all) && one.is_disjoint(&two) {
            return;
        }
        assert!(Instant::now() < deadline, "{one:?} {two:?}");
    }
}

/// Passes what is there on to `output`; returns what was committed.
fn relay_once(worker: &mut dyn Worker, output: &Topic) -> Vec<Received> {
    let batch = worker.poll(Limit::default(), SOON).unwrap();
    let records = batch.records.clone();
    let outputs = records.iter().map(|received| received.record.clone());
    match worker.commit(batch, unit(output, outputs)) {
        Ok(()) => records,
        Err(CommitError::Fenced | CommitError::Aborted(_)) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// Passes all on to `output` until `count` records went through the workers.
fn relay_all(workers: &mut [&mut dyn Worker], output: &Topic, count: usize) -> Vec<Vec<Received>> {
    let mut seen: Vec<Vec<Received>> = workers.iter().map(|_| Vec::new()).collect();
    let deadline = Instant::now() + PATIENCE;
    while seen.iter().map(Vec::len).sum::<usize>() < count {
        assert!(Instant::now() < deadline, "only {seen:?}");
        for (worker, seen) in workers.iter_mut().zip(&mut seen) {
            seen.extend(relay_once(*worker, output));
        }
    }
    seen
}

fn assert_each_once(bus: &dyn Bus, output: &Topic, count: usize) {
    let all = read_exactly(bus, output, count);
    let numbers: BTreeSet<usize> = all.iter().map(number).collect();
    assert_eq!(numbers, (0..count).collect());
}

/// Two workers own every partition exactly once; one that leaves is followed at once.
pub(crate) fn two_workers_share(fixture: &dyn Fixture) {
    let (input, output) = (topic(fixture, "in"), topic(fixture, "out"));
    let (bus, group) = (fixture.open(), fixture.name("g"));
    let mut first = bus.worker(options(&group, "0", &[&input])).unwrap();
    wait_to_own(first.as_mut(), PARTITIONS as usize);
    let alone = first.assignment();
    let other = fixture.open();
    let mut second = other.worker(options(&group, "1", &[&input])).unwrap();
    wait_to_share(first.as_mut(), second.as_mut());
    assert!(first.assignment().epoch > alone.epoch, "a change is a new epoch");

    write(fixture, &input, numbered(200));
    let seen = relay_all(&mut [first.as_mut(), second.as_mut()], &output, 200);
    for (worker, seen) in [&mut first, &mut second].into_iter().zip(&seen) {
        let own = owned(worker.as_mut());
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|received| own.contains(&received.partition)));
    }
    second.close().unwrap();
    let left = Instant::now();
    wait_to_own(first.as_mut(), PARTITIONS as usize);
    assert!(left.elapsed() < fixture.takeover() + Duration::from_secs(5));
    let rest: Vec<_> = numbered(300).split_off(200);
    write(fixture, &input, rest);
    relay_all(&mut [first.as_mut()], &output, 100);
    assert_each_once(bus.as_ref(), &output, 300);
}

/// A partition number goes to one member on all inputs.
pub(crate) fn inputs_go_together(fixture: &dyn Fixture) {
    let (left, right) = (topic(fixture, "left"), topic(fixture, "right"));
    let (bus, group) = (fixture.open(), fixture.name("g"));
    let inputs = [&left, &right];
    let mut first = bus.worker(options(&group, "0", &inputs)).unwrap();
    let mut second = fixture.open().worker(options(&group, "1", &inputs)).unwrap();
    wait_to_share(first.as_mut(), second.as_mut());
    write(fixture, &left, numbered(100));
    write(fixture, &right, numbered(100));
    let output = topic(fixture, "out");
    let seen = relay_all(&mut [first.as_mut(), second.as_mut()], &output, 200);
    for seen in seen {
        let of = |topic: &Topic| -> BTreeSet<u32> {
            let here = seen.iter().filter(|received| received.topic == *topic);
            here.map(|received| received.partition).collect()
        };
        assert!(!seen.is_empty());
        assert_eq!(of(&left), of(&right));
    }
    read_exactly(bus.as_ref(), &output, 200);
    assert_eq!(behind(bus.as_ref(), &group, &left) + behind(bus.as_ref(), &group, &right), 0);
}

/// A batch of a partition that went to another member is fenced, nothing of its unit is seen, and
/// its records are done by that member.
pub(crate) fn lost_partition_is_fenced(fixture: &dyn Fixture) {
    let (input, output) = (topic(fixture, "in"), topic(fixture, "out"));
    write(fixture, &input, numbered(100));
    let (bus, group) = (fixture.open(), fixture.name("g"));
    let mut first = bus.worker(options(&group, "0", &[&input])).unwrap();
    let mut batches: Vec<Batch> = Vec::new();
    while batches.iter().map(|batch| batch.records.len()).sum::<usize>() < 100 {
        batches.push(poll_some(first.as_mut()));
    }
    let mut second = fixture.open().worker(options(&group, "1", &[&input])).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while owned(first.as_mut()).len() == PARTITIONS as usize {
        assert!(Instant::now() < deadline, "the second member gets nothing");
        batches.push(first.poll(Limit::default(), SOON).unwrap());
        relay_once(second.as_mut(), &output);
    }
    let own = owned(first.as_mut());
    let fenced = batches.into_iter().any(|batch| {
        let lost = batch.next.keys().any(|place| !own.contains(&place.1));
        let outputs = batch.records.clone().into_iter().map(|received| received.record);
        let result = first.commit(batch, unit(&output, outputs));
        assert!(matches!(result, Ok(()) | Err(CommitError::Fenced)), "{result:?}");
        assert!(!(lost && result.is_ok()), "a lost partition was committed");
        result.is_err()
    });
    assert!(fenced);
    let deadline = Instant::now() + PATIENCE;
    while behind(bus.as_ref(), &group, &input) > 0 {
        assert!(Instant::now() < deadline, "the rest is not done");
        relay_once(first.as_mut(), &output);
        relay_once(second.as_mut(), &output);
    }
    assert_each_once(bus.as_ref(), &output, 100);
}

/// A worker that was frozen until others took its work over is fenced when it wakes.
pub(crate) fn frozen_worker_is_fenced(fixture: &dyn Fixture) {
    let (input, output) = (topic(fixture, "in"), topic(fixture, "out"));
    write(fixture, &input, numbered(100));
    let (bus, group) = (fixture.open(), fixture.name("g"));
    let mut frozen = Running::start(
        fixture,
        &Role {
            part: "freeze",
            group: group.clone(),
            instance: "0",
            input: input.clone(),
            output: output.clone(),
            state: None,
        },
    );
    let said = frozen.hear();
    assert!(said.starts_with("polled"), "{said}");
    frozen.signal("STOP");
    let mut second = bus.worker(options(&group, "1", &[&input])).unwrap();
    relay_all(&mut [second.as_mut()], &output, 100);
    frozen.signal("CONT");
    frozen.tell("commit");
    assert_eq!(frozen.hear(), "fenced");
    assert_each_once(bus.as_ref(), &output, 100);
    second.close().unwrap();
    assert_eq!(behind(bus.as_ref(), &group, &input), 0);
}

/// A second worker of the same name fences the first.
pub(crate) fn same_name_is_fenced(fixture: &dyn Fixture) {
    let (input, output) = (topic(fixture, "in"), topic(fixture, "out"));
    write(fixture, &input, numbered(100));
    let (bus, group) = (fixture.open(), fixture.name("g"));
    let mut first = bus.worker(options(&group, "0", &[&input])).unwrap();
    let batch = poll_some(first.as_mut());
    let mut second = fixture.open().worker(options(&group, "0", &[&input])).unwrap();
    let result = first.commit(batch, unit(&output, [record("k", "stale")]));
    assert!(matches!(result, Err(CommitError::Fenced)), "{result:?}");
    // Told in a way that a process does not answer by taking the name back.
    let told = poll_until_told(first.as_mut());
    assert!(matches!(told, BusError::Misuse(_)), "{told:?}");
    let (group, instance) = (group.as_str(), "runs as 0: give each a name of its own");
    assert!(told.to_string().contains(group) && told.to_string().contains(instance), "{told}");
    drop(first);
    relay_all(&mut [second.as_mut()], &output, 100);
    assert_each_once(bus.as_ref(), &output, 100);
}

/// A worker that was fenced by its name may still be given records until it learns of it.
fn poll_until_told(worker: &mut dyn Worker) -> BusError {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Err(error) = worker.poll(Limit::default(), Duration::from_millis(50)) {
            return error;
        }
    }
    panic!("a fenced worker was never told");
}

/// A batch whose predecessor is not committed would skip records.
pub(crate) fn batch_out_of_turn_is_fenced(fixture: &dyn Fixture) {
    let input = topic(fixture, "in");
    let records = (0..10).map(|n| record("one key", &n.to_string()));
    write(fixture, &input, records);
    let bus = fixture.open();
    let group = fixture.name("g");
    let mut worker = bus.worker(options(&group, "0", &[&input])).unwrap();
    wait_to_have_polled(worker.as_mut(), &input);
    let five = Limit { records: 5, ..Limit::default() };
    let poll = |worker: &mut dyn Worker| worker.poll(five, Duration::from_secs(10)).unwrap();
    let (early, late) = (poll(worker.as_mut()), poll(worker.as_mut()));
    assert_eq!((early.records.len(), late.records.len()), (5, 5));
    let result = worker.commit(late, Unit::default());
    assert!(matches!(result, Err(CommitError::Fenced)), "{result:?}");
    let result = worker.commit(early, Unit::default());
    assert!(matches!(result, Err(CommitError::Fenced)), "a rewind voids all batches");
    let again: Vec<usize> = consume(worker.as_mut(), 10).iter().map(number).collect();
    assert_eq!(again, (0..10).collect::<Vec<_>>());
}

/// Polls until all partitions are owned, and goes back to the start of what came with that.
fn wait_to_have_polled(worker: &mut dyn Worker, topic: &Topic) {
    let deadline = Instant::now() + PATIENCE;
    while owned(worker).len() < PARTITIONS as usize {
        assert!(Instant::now() < deadline);
        worker.poll(Limit { records: 1, bytes: 1 }, SOON).unwrap();
    }
    for partition in 0..PARTITIONS {
        worker.seek(topic, partition, 0).unwrap();
    }
}

/// A new group starts where it is told to, a known one where it was.
pub(crate) fn start_and_resume(fixture: &dyn Fixture) {
    let input = topic(fixture, "in");
    let at = |n: usize| super::Record {
        timestamp_ms: 1_000 * (i64::try_from(n).unwrap() + 1),
        ..record("k", &n.to_string())
    };
    let bus = fixture.open();
    for n in 0..10 {
        write(fixture, &input, [at(n)]);
    }
    let open = |group: &str, start| {
        let options =
            super::WorkerOptions { start, ..options(&fixture.name(group), "0", &[&input]) };
        bus.worker(options).unwrap()
    };
    let mut latest = open("latest", Start::Latest);
    wait_to_own(latest.as_mut(), PARTITIONS as usize);
    let first = |worker: &mut dyn Worker| {
        let batch = poll_some(worker);
        value(&batch.records[0])
    };
    assert_eq!(first(open("earliest", Start::Earliest).as_mut()), "0");
    assert_eq!(first(open("time", Start::Time(4_500)).as_mut()), "4");
    assert_eq!(first(open("exact", Start::Time(4_000)).as_mut()), "3");
    write(fixture, &input, [at(10)]);
    let batch = poll_some(latest.as_mut());
    assert_eq!(batch.records.iter().map(value).collect::<Vec<_>>(), ["10"]);
    latest.commit(batch, Unit::default()).unwrap();
    latest.close().unwrap();

    write(fixture, &input, [at(11)]);
    assert_eq!(first(open("latest", Start::Latest).as_mut()), "11");
    let mut resumed = open("resumed", Start::Earliest);
    let three = Limit { records: 3, ..Limit::default() };
    wait_to_have_polled(resumed.as_mut(), &input);
    let batch = resumed.poll(three, Duration::from_secs(10)).unwrap();
    let taken = batch.records.len();
    resumed.commit(batch, Unit::default()).unwrap();
    resumed.poll(three, SOON).unwrap();
    drop(resumed);
    assert_eq!(first(open("resumed", Start::Latest).as_mut()), taken.to_string());
}

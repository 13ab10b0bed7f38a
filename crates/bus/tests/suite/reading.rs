//! Points about reading: by time, by offset, after truncation, idle, beside writers.

use std::time::{Duration, Instant};

use dateline_bus::{
    Batch, Bus, BusError, Cleanup, CommitError, Go, Limit, Record, Start, Topic, Unit,
};

use super::{
    Fixture, PARTITIONS, PATIENCE, consume, keep, numbered, options, poll_some, read_exactly,
    record, spec, topic, unit, value, wait_to_own, write, writer,
};

fn at(timestamp_ms: i64, value: &str) -> Record {
    Record { timestamp_ms, ..record("k", value) }
}

/// Reading by time starts at the first record of that time or later, also where times are equal
/// or out of order, and whatever lies between units.
pub(crate) fn seek_by_time(fixture: &dyn Fixture) {
    let topic = topic(fixture, "time");
    let first = [at(1_000, "a"), at(3_000, "b"), at(2_000, "c"), at(3_000, "d")];
    write(fixture, &topic, first);
    write(fixture, &topic, [at(500, "e"), at(4_000, "f"), at(4_000, "g")]);
    let bus = fixture.open();
    let check = |millis: i64, expected: &str| {
        let mut reader = bus.reader(&topic, Start::Time(millis)).unwrap();
        let mut found = String::new();
        let deadline = Instant::now() + PATIENCE;
        while found.len() < expected.len() && Instant::now() < deadline {
            let records = reader.next(Limit::default(), Duration::from_secs(1)).unwrap();
            found.extend(records.iter().map(value));
        }
        let more = reader.next(Limit::default(), Duration::from_millis(100)).unwrap();
        found.extend(more.iter().map(value));
        assert_eq!(found, expected, "from {millis}");
    };
    check(0, "abcdefg");
    check(1_000, "abcdefg");
    check(1_001, "bcdefg");
    check(3_000, "bcdefg");
    check(3_001, "fg");
    check(4_000, "fg");
    check(4_001, "");
}

/// A worker goes where it is told to, forth and back; what it had polled before is void.
pub(crate) fn seek_by_offset(fixture: &dyn Fixture) {
    let topic = topic(fixture, "seek");
    write(fixture, &topic, (0..10).map(|n| record("k", &n.to_string())));
    let bus = fixture.open();
    let all = read_exactly(bus.as_ref(), &topic, 10);
    let partition = all[0].partition;
    let group = fixture.name("g");
    let mut worker = bus.worker(options(&group, "0", &[&topic])).unwrap();
    let stale = poll_some(worker.as_mut());
    worker.seek(&topic, partition, all[7].offset).unwrap();
    assert_eq!(value(&poll_some(worker.as_mut()).records[0]), "7");
    worker.seek(&topic, partition, all[3].offset).unwrap();
    let result = worker.commit(stale, Unit::default());
    assert!(matches!(result, Err(CommitError::Fenced)), "{result:?}");
    worker.seek(&topic, partition, all[3].offset).unwrap();
    let batch = poll_some(worker.as_mut());
    assert_eq!(value(&batch.records[0]), "3");
    worker.commit(batch, Unit::default()).unwrap();
    let foreign = worker.seek(&topic, PARTITIONS, 0);
    assert!(matches!(foreign, Err(BusError::Misuse(_))), "{foreign:?}");
}

/// Retention that overtakes a group is told, again and again, until someone moves the group on.
pub(crate) fn truncated(fixture: &dyn Fixture) {
    let topic = Topic::new(&fixture.name("old"));
    let bus = fixture.open();
    let short = Cleanup::Delete { age: Duration::from_secs(3), bytes: 1 << 30 };
    bus.ensure_topics(&[spec(&topic, short)]).unwrap();
    let group = fixture.name("g");
    let mut worker = bus.worker(options(&group, "0", &[&topic])).unwrap();
    wait_to_own(worker.as_mut(), PARTITIONS as usize);
    write(fixture, &topic, [record("k", "0")]);
    consume(worker.as_mut(), 1);
    worker.close().unwrap();
    write(fixture, &topic, [record("k", "1")]);
    wait_until_empty(fixture, bus.as_ref(), &topic);
    // Of tomorrow, so that it outlives this test.
    write(fixture, &topic, [at(super::now_ms() + 86_400_000, "2")]);

    let mut worker = bus.worker(options(&group, "0", &[&topic])).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let low = loop {
        match worker.poll(Limit::default(), Duration::from_millis(100)) {
            Err(BusError::Truncated { topic: named, wanted, low, .. }) => {
                assert!(wanted < low && named == topic, "{wanted} {low}");
                break low;
            }
            other => assert!(other.unwrap().records.is_empty(), "nothing may be skipped"),
        }
        assert!(Instant::now() < deadline, "the loss is not told");
    };
    let again = worker.poll(Limit::default(), Duration::from_millis(100));
    assert!(matches!(again, Err(BusError::Truncated { .. })), "{again:?}");
    let partition = super::units::home("k");
    worker.seek(&topic, partition, low).unwrap();
    let batch = poll_some(worker.as_mut());
    assert_eq!(value(&batch.records[0]), "2");
    worker.commit(batch, Unit::default()).unwrap();

    // The same for a worker that is on its way.
    worker.seek(&topic, partition, 0).unwrap();
    let told = loop {
        match worker.poll(Limit::default(), Duration::from_millis(100)) {
            Err(error) => break error,
            Ok(batch) => assert!(batch.records.is_empty(), "nothing may be skipped"),
        }
        assert!(Instant::now() < deadline, "the loss is not told");
    };
    assert!(matches!(told, BusError::Truncated { wanted: 0, .. }), "{told}");
    worker.seek(&topic, partition, low).unwrap();
    assert_eq!(value(&poll_some(worker.as_mut()).records[0]), "2");
}

/// Retention runs with the workers, so one is kept polling.
fn wait_until_empty(fixture: &dyn Fixture, bus: &dyn Bus, topic: &Topic) {
    let deadline = Instant::now() + fixture.retention();
    let keeper_input = super::topic(fixture, "keeper");
    let mut keeper = bus.worker(options(&fixture.name("keeper"), "0", &[&keeper_input])).unwrap();
    loop {
        keeper.poll(Limit::default(), Duration::from_millis(300)).unwrap();
        let mut reader = bus.reader(topic, Start::Earliest).unwrap();
        let left = match reader.next(Limit::default(), Duration::from_secs(2)) {
            // It goes away under the reader's eyes.
            Err(BusError::Truncated { .. }) => continue,
            left => left.unwrap(),
        };
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "still there: {left:?}");
    }
}

/// An idle poll waits as long as it is told to and no longer.
pub(crate) fn idle_poll(fixture: &dyn Fixture) {
    let topic = topic(fixture, "idle");
    let bus = fixture.open();
    let mut worker = bus.worker(options(&fixture.name("g"), "0", &[&topic])).unwrap();
    wait_to_own(worker.as_mut(), PARTITIONS as usize);
    let wait = Duration::from_millis(120);
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let started = Instant::now();
            let batch = worker.poll(Limit::default(), wait).unwrap();
            assert!(batch.records.is_empty());
            started.elapsed()
        })
        .collect();
    times.sort();
    assert!(times[0] >= Duration::from_millis(119), "{times:?}");
    // The middle one: the machine may be busy with the other tests.
    assert!(times[4] <= wait + Duration::from_millis(50), "{times:?}");
    let started = Instant::now();
    worker.poll(Limit::default(), Duration::ZERO).unwrap();
    assert!(started.elapsed() < Duration::from_millis(500));
}

/// A poll brings at most what it may, and one record whatever its size.
pub(crate) fn limits_of_a_poll(fixture: &dyn Fixture) {
    let topic = topic(fixture, "limits");
    let large = "x".repeat(10_000);
    write(fixture, &topic, (0..10).map(|_| record("k", &large)));
    let bus = fixture.open();
    let mut worker = bus.worker(options(&fixture.name("g"), "0", &[&topic])).unwrap();
    let mut check = |records: usize, bytes: usize, expected: usize| {
        let limit = Limit { records, bytes };
        let batch = worker.poll(limit, PATIENCE).unwrap();
        assert_eq!(batch.records.len(), expected, "{limit:?}");
        worker.commit(batch, Unit::default()).unwrap();
    };
    check(1, 1, 1);
    check(3, 1 << 20, 3);
    check(100, 5_000, 1);
    check(100, 25_000, 2);
    let mut reader = bus.reader(&topic, Start::Earliest).unwrap();
    let mut check = |records: usize, bytes: usize, expected: usize| {
        let limit = Limit { records, bytes };
        let found = reader.next(limit, PATIENCE).unwrap();
        assert_eq!(found.len(), expected, "{limit:?}");
    };
    check(1, 1, 1);
    check(3, 1 << 20, 3);
    check(100, 5_000, 1);
    check(100, 25_000, 2);
}

/// A reader sees what is committed and nothing else, and holds back no writer.
pub(crate) fn readers_see_what_is_committed(fixture: &dyn Fixture) {
    let topic = topic(fixture, "read");
    write(fixture, &topic, numbered(20));
    let bus = fixture.open();
    let mut latest = bus.reader(&topic, Start::Latest).unwrap();
    let mut slow = bus.reader(&topic, Start::Earliest).unwrap();
    let one = Limit { records: 1, bytes: 1 };
    assert_eq!(slow.next(one, PATIENCE).unwrap().len(), 1);

    let mut writer = writer(fixture, bus.as_ref());
    let mut refused = unit(&topic, [record("k", "no"), record("k", "no")]);
    refused.outputs[1].record.value = Some(vec![0; dateline_bus::MAX_RECORD_BYTES].into());
    writer.commit(Batch::default(), refused).unwrap_err();
    let started = Instant::now();
    for n in 20..40 {
        let one = unit(&topic, [record("k", &n.to_string())]);
        writer.commit(Batch::default(), one).unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(20), "a reader holds the writer");
    let mut new = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while new.len() < 20 && Instant::now() < deadline {
        let records = latest.next(Limit::default(), Duration::from_secs(1)).unwrap();
        new.extend(records.iter().map(value));
    }
    let expected: Vec<String> = (20..40).map(|n| n.to_string()).collect();
    assert_eq!(new, expected);
    assert_eq!(slow.next(one, PATIENCE).unwrap().len(), 1);
    read_exactly(bus.as_ref(), &topic, 40);
}

/// A scan gives what is there and ends, on one partition or all, and stops where it is told to; the
/// topics are listed as they were made.
pub(crate) fn scans_end_where_the_topic_ends(fixture: &dyn Fixture) {
    let topic = topic(fixture, "scan");
    let keys: Vec<String> = (0..40).map(|n| format!("key {n}")).collect();
    let bus = fixture.open();
    let scan = |only: Option<u32>, most: usize| {
        let mut from = bus.starts(&topic, Start::Earliest).unwrap();
        assert_eq!(from.len(), PARTITIONS as usize);
        from.retain(|place, _| only.is_none_or(|only| place.1 == only));
        let mut found = Vec::new();
        let mut take = |received| {
            found.push(value(&received));
            if found.len() < most { Go::On } else { Go::Enough }
        };
        bus.scan(&from, &mut take).unwrap();
        found
    };
    assert!(scan(None, usize::MAX).is_empty(), "an empty topic is at its end at once");
    write(fixture, &topic, keys.iter().map(|key| record(key, key)));
    let mut all = scan(None, usize::MAX);
    all.sort();
    let mut expected = keys.clone();
    expected.sort();
    assert_eq!(all, expected);
    let home = super::units::home(&keys[0]);
    let of_one: Vec<&String> = keys.iter().filter(|key| super::units::home(key) == home).collect();
    assert_eq!(scan(Some(home), usize::MAX).iter().collect::<Vec<_>>(), of_one);
    assert_eq!(scan(Some(home), 1), [keys[0].clone()]);
    let late = bus.starts(&topic, Start::Latest).unwrap();
    bus.scan(&late, &mut |received| panic!("{received:?} comes before the end")).unwrap();
    let listed = bus.topics().unwrap();
    assert!(listed.contains(&spec(&topic, keep())), "{listed:?}");
}

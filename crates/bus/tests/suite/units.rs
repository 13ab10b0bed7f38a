//! Points about records and units: order, atomicity, offsets, edges, partitions.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use dateline_bus::{
    Batch, BusError, Cleanup, CommitError, MAX_RECORD_BYTES, Output, Record, Start, Topic,
    TopicSpec, Unit,
};

use super::{
    Fixture, PARTITIONS, behind, consume, keep, number, numbered, options, read_exactly, record,
    spec, text, topic, unit, write, writer,
};

/// Whatever a key says comes in the order in which it was said, from one partition.
pub(crate) fn order_per_key(fixture: &dyn Fixture) {
    let topic = topic(fixture, "order");
    let bus = fixture.open();
    let mut writer = writer(fixture, bus.as_ref());
    let records = numbered(2_000);
    for part in records.chunks(190) {
        writer.commit(Batch::default(), unit(&topic, part.to_vec())).unwrap();
    }
    let mut worker = bus.worker(options(&fixture.name("g"), "0", &[&topic])).unwrap();
    let mut last: BTreeMap<String, (u32, usize)> = BTreeMap::new();
    for received in consume(worker.as_mut(), 2_000) {
        let key = text(received.record.key.as_ref());
        let number = number(&received);
        if let Some((partition, before)) = last.insert(key, (received.partition, number)) {
            assert_eq!(partition, received.partition);
            assert_eq!(before + 20, number, "each key has every twentieth number");
        }
    }
    assert_eq!(last.len(), 20);
    assert!(last.values().all(|(_, number)| *number >= 1_980));
}

/// A unit that is refused leaves nothing: no record, no offset, no state.
pub(crate) fn nothing_of_a_refused_unit(fixture: &dyn Fixture) {
    let input = topic(fixture, "in");
    let output = topic(fixture, "out");
    write(fixture, &input, numbered(10));
    let bus = fixture.open();
    let group = fixture.name("g");
    let mut worker = bus.worker(options(&group, "0", &[&input])).unwrap();
    let batch = super::poll_some(worker.as_mut());
    let mut unit = unit(&output, [record("a", "1"), record("b", "2")]);
    unit.outputs[1].record.value = Some(Bytes::from(vec![b'x'; MAX_RECORD_BYTES + 1]));
    let refused = worker.commit(batch, unit);
    assert!(matches!(refused, Err(CommitError::TooLarge { .. })), "{refused:?}");
    worker.close().unwrap();
    read_exactly(bus.as_ref(), &output, 0);
    let lags = bus.lag(&group, std::slice::from_ref(&input)).unwrap();
    assert!(lags.iter().all(|lag| lag.committed.is_none()), "{lags:?}");
    assert!(behind(bus.as_ref(), &group, &input) >= 10);

    let mut worker = bus.worker(options(&group, "0", &[&input])).unwrap();
    assert_eq!(consume(worker.as_mut(), 10).len(), 10);
}

/// Offsets grow and may not be counted with: every unit leaves a gap on both buses.
pub(crate) fn offsets_grow_with_gaps(fixture: &dyn Fixture) {
    let topic = topic(fixture, "gaps");
    for n in 0..3 {
        write(fixture, &topic, [record("k", &n.to_string())]);
    }
    let bus = fixture.open();
    let all = read_exactly(bus.as_ref(), &topic, 3);
    let offsets: Vec<u64> = all.iter().map(|received| received.offset).collect();
    assert!(offsets[0] + 1 < offsets[1], "{offsets:?}");
    assert!(offsets[1] + 1 < offsets[2], "{offsets:?}");
}

/// Lag is 0 exactly when all is read, whatever gaps there are, and never more than the offsets.
pub(crate) fn lag_is_exact(fixture: &dyn Fixture) {
    let topic = topic(fixture, "lag");
    let group = fixture.name("g");
    let bus = fixture.open();
    assert_eq!(behind(bus.as_ref(), &group, &topic), 0, "there is nothing");
    write(fixture, &topic, numbered(40));
    assert!(behind(bus.as_ref(), &group, &topic) >= 40, "a group that never read");
    let mut worker = bus.worker(options(&group, "0", &[&topic])).unwrap();
    consume(worker.as_mut(), 40);
    assert_eq!(behind(bus.as_ref(), &group, &topic), 0);
    let lags = bus.lag(&group, std::slice::from_ref(&topic)).unwrap();
    assert_eq!(lags.len(), PARTITIONS as usize);

    write(fixture, &topic, [record("k0", "40")]);
    let lags = bus.lag(&group, std::slice::from_ref(&topic)).unwrap();
    let late: Vec<_> = lags.iter().filter(|lag| lag.behind > 0).collect();
    assert_eq!(late.len(), 1, "{lags:?}");
    assert!(late[0].end > late[0].committed.unwrap(), "{late:?}");
    consume(worker.as_mut(), 1);
    assert_eq!(behind(bus.as_ref(), &group, &topic), 0);
}

/// Null and empty keys, values and headers come back as they went.
pub(crate) fn edges_of_a_record(fixture: &dyn Fixture) {
    let topic = topic(fixture, "edges");
    let some = |bytes: &'static [u8]| Some(Bytes::from_static(bytes));
    let header = |name: &str, value| (name.to_owned(), value);
    let twice = vec![
        header("twice", some(b"1")),
        header("null", None),
        header("twice", some(b"2")),
        header("empty", some(b"")),
        header("", some(b"no name")),
        header("sch\u{f6}n", some(&[0, 255, 10])),
    ];
    let edge =
        |key, value, headers| Record { key, value, headers, timestamp_ms: 1_700_000_000_123 };
    let all = vec![
        edge(None, some(b"null key"), vec![]),
        edge(None, None, vec![]),
        edge(None, some(b""), vec![]),
        edge(some(b""), some(b"empty key"), vec![]),
        edge(some(b"k"), None, vec![]),
        edge(some(b"k"), some(b""), vec![]),
        edge(some(&[0, 159, 146, 150]), some(&[0, 0]), twice),
    ];
    write(fixture, &topic, all.clone());
    let bus = fixture.open();
    let mut worker = bus.worker(options(&fixture.name("g"), "0", &[&topic])).unwrap();
    let mut back: Vec<Record> =
        consume(worker.as_mut(), all.len()).into_iter().map(|received| received.record).collect();
    let mut expected = all;
    let order = |record: &Record| format!("{record:?}");
    back.sort_by_key(order);
    expected.sort_by_key(order);
    assert_eq!(back, expected);
}

/// The largest record passes, one byte more is refused, whichever part has it.
pub(crate) fn size_limit(fixture: &dyn Fixture) {
    let topic = topic(fixture, "size");
    let bus = fixture.open();
    let mut writer = writer(fixture, bus.as_ref());
    let mut noise = super::kills::Random(1);
    let filler: Vec<u8> = (0..MAX_RECORD_BYTES).map(|_| noise.byte()).collect();
    let mut check = |key: usize, value: usize, header: usize| {
        let record = Record {
            key: Some(Bytes::copy_from_slice(&filler[..key])),
            value: Some(Bytes::copy_from_slice(&filler[..value])),
            headers: vec![("h".to_owned(), Some(Bytes::copy_from_slice(&filler[..header])))],
            timestamp_ms: 1,
        };
        writer.commit(Batch::default(), unit(&topic, [record]))
    };
    let most = MAX_RECORD_BYTES;
    check(1, most - 2, 0).unwrap();
    check(1, 2, most - 4).unwrap();
    check(most / 2, most / 2 - 1, 0).unwrap();
    for (key, value, header) in [(1, most - 1, 0), (1, 3, most - 4), (most / 2, most / 2, 0)] {
        let refused = check(key, value, header);
        let Err(CommitError::TooLarge { topic: named, bytes }) = refused else {
            panic!("{key} {value} {header}: {refused:?}");
        };
        assert_eq!((named, bytes), (topic.clone(), most + 1));
    }
    let sizes = read_exactly(bus.as_ref(), &topic, 3);
    assert!(sizes.iter().all(|received| received.record.size() == most));
}

/// The partitions of Kafka's Java client, computed from the murmur2 vectors of its own tests.
pub(crate) fn golden_partitions(fixture: &dyn Fixture) {
    let golden = [
        ("21", 0),
        ("foobar", 2),
        ("abc", 3),
        ("a-little-bit-long-string", 0),
        ("a-little-bit-longer-string", 3),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 1),
    ];
    let topic = topic(fixture, "golden");
    let mut records: Vec<_> = golden.iter().map(|(key, _)| record(key, key)).collect();
    records.push(Record { key: None, ..record("", "none") });
    write(fixture, &topic, records);
    let bus = fixture.open();
    for received in read_exactly(bus.as_ref(), &topic, golden.len() + 1) {
        let key = received.record.key.as_ref().map(|key| text(Some(key)));
        let expected = golden.iter().find(|(golden, _)| Some(*golden) == key.as_deref());
        assert_eq!(received.partition, expected.map_or(0, |golden| golden.1), "{key:?}");
    }
}

/// Topics are made once; what does not exist or fit is an error that says so.
pub(crate) fn topics_are_checked(fixture: &dyn Fixture) {
    let bus = fixture.open();
    let there = topic(fixture, "there");
    bus.ensure_topics(&[spec(&there, keep())]).unwrap();
    let more = TopicSpec { partitions: PARTITIONS + 1, ..spec(&there, keep()) };
    let error = bus.ensure_topics(&[more]).unwrap_err().to_string();
    assert!(error.contains(there.as_str()) && error.contains("partitions"), "{error}");
    let compacted = bus.ensure_topics(&[spec(&there, Cleanup::Compact)]);
    assert!(compacted.is_err(), "a topic may not change its cleanup unnoticed");

    let missing = Topic::new(&fixture.name("missing"));
    let no_topic = |error: Option<BusError>| matches!(error, Some(BusError::NoTopic(_)));
    assert!(no_topic(bus.reader(&missing, Start::Earliest).err()));
    assert!(no_topic(bus.worker(options(&fixture.name("g"), "0", &[&missing])).err()));
    let mut writer = writer(fixture, bus.as_ref());
    let unit = Unit {
        outputs: [&there, &missing]
            .map(|topic| Output { topic: topic.clone(), record: record("k", "v") })
            .to_vec(),
        state: Vec::new(),
    };
    let refused = writer.commit(Batch::default(), unit).unwrap_err().to_string();
    assert!(refused.contains(missing.as_str()), "{refused}");
    writer.close().unwrap();
    read_exactly(bus.as_ref(), &there, 0);

    let odd = Topic::new(&fixture.name("odd"));
    let three = TopicSpec {
        partitions: 3,
        ..spec(&odd, Cleanup::Delete { age: Duration::from_hours(1), bytes: 1 << 20 })
    };
    bus.ensure_topics(&[three]).unwrap();
    let uneven = bus.worker(options(&fixture.name("g"), "0", &[&there, &odd]));
    assert!(matches!(uneven.err(), Some(BusError::Misuse(_))));
}

/// The partition of a key on the topics of the suite.
pub(crate) fn home(key: &str) -> u32 {
    let key = Bytes::copy_from_slice(key.as_bytes());
    dateline_bus::partition_for(Some(&key), PARTITIONS)
}

//! Points about a group's state.

use bytes::Bytes;
use dateline_bus::{Batch, BusError, Cleanup, StateChange, Topic, Unit, WorkerOptions};

use super::{
    Fixture, PARTITIONS, consume, now_ms, numbered, options, poll_some, spec, topic, wait_to_own,
    write,
};

fn with_state(fixture: &dyn Fixture) -> WorkerOptions {
    let input = topic(fixture, "in");
    let state = Topic::new(&fixture.name("state"));
    fixture.open().ensure_topics(&[spec(&state, Cleanup::Compact)]).unwrap();
    WorkerOptions { state: Some(state), ..options(&fixture.name("g"), "0", &[&input]) }
}

fn change(key: &str, value: Option<&str>) -> StateChange {
    StateChange {
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: value.map(|value| Bytes::copy_from_slice(value.as_bytes())),
        timestamp_ms: now_ms(),
    }
}

fn changes(changes: impl IntoIterator<Item = StateChange>) -> Unit {
    Unit { outputs: Vec::new(), state: changes.into_iter().collect() }
}

/// A tombstone removes, a restart restores, and an empty value is not a tombstone.
pub(crate) fn tombstone_and_restore(fixture: &dyn Fixture) {
    let options = with_state(fixture);
    write(fixture, &options.inputs[0], numbered(20));
    let bus = fixture.open();
    let mut worker = bus.worker(options.clone()).unwrap();
    let mut seen = 0;
    while seen < 20 {
        let batch = poll_some(worker.as_mut());
        seen += batch.records.len();
        let own = worker.assignment().partitions;
        let all = ["a", "b", "c", "empty"].into_iter();
        let unit = changes(
            all.filter(|key| own.contains(&super::units::home(key)))
                .map(|key| change(key, Some(if key == "empty" { "" } else { key }))),
        );
        worker.commit(batch, unit).unwrap();
    }
    let batch = worker.poll(super::Limit::default(), std::time::Duration::ZERO).unwrap();
    worker.commit(batch, changes([change("a", None), change("c", Some("new"))])).unwrap();

    let expected = [("a", None), ("b", Some("b")), ("c", Some("new")), ("empty", Some(""))];
    let check = |worker: &mut dyn super::Worker| {
        for (key, value) in expected {
            let found = worker.state(super::units::home(key), key.as_bytes()).unwrap();
            assert_eq!(found.as_deref(), value.map(str::as_bytes), "{key}");
        }
        let all: Vec<(Bytes, Bytes)> =
            (0..PARTITIONS).flat_map(|partition| worker.states(partition).unwrap()).collect();
        assert_eq!(all.len(), 3, "{all:?}");
        for partition in 0..PARTITIONS {
            let keys: Vec<_> = worker.states(partition).unwrap();
            assert!(keys.is_sorted(), "{keys:?}");
        }
    };
    check(worker.as_mut());
    worker.close().unwrap();
    let mut worker = fixture.open().worker(options).unwrap();
    wait_to_own(worker.as_mut(), PARTITIONS as usize);
    check(worker.as_mut());
}

/// A key belongs to its partition, and a partition to its owner; a refused unit changes nothing.
pub(crate) fn bound_to_its_partition(fixture: &dyn Fixture) {
    let options = with_state(fixture);
    let bus = fixture.open();
    let mut worker = bus.worker(options.clone()).unwrap();
    wait_to_own(worker.as_mut(), PARTITIONS as usize);
    let key = (0..1_000).map(|n| format!("k{n}")).find(|key| super::units::home(key) != 0).unwrap();
    let foreign = worker.state(0, key.as_bytes());
    assert!(matches!(foreign, Err(BusError::Misuse(_))), "{foreign:?}");
    assert!(matches!(worker.states(PARTITIONS), Err(BusError::Misuse(_))));

    let batch = worker.poll(super::Limit::default(), std::time::Duration::ZERO).unwrap();
    worker.commit(batch, changes([change(&key, Some("1"))])).unwrap();
    let mut unit = changes([change(&key, Some("2"))]);
    unit.outputs = super::unit(&options.inputs[0], [super::record("k", "v")]).outputs;
    unit.outputs[0].record.value = Some(Bytes::from(vec![0; dateline_bus::MAX_RECORD_BYTES]));
    let batch = worker.poll(super::Limit::default(), std::time::Duration::ZERO).unwrap();
    worker.commit(batch, unit).unwrap_err();
    let kept = worker.state(super::units::home(&key), key.as_bytes()).unwrap();
    assert_eq!(kept.as_deref(), Some(&b"1"[..]));
    worker.close().unwrap();

    let mut stateless =
        bus.worker(super::options(&fixture.name("other"), "0", &[&options.inputs[0]])).unwrap();
    wait_to_own(stateless.as_mut(), PARTITIONS as usize);
    assert!(stateless.state(0, b"k").is_err());
    write(fixture, &options.inputs[0], numbered(1));
    consume(stateless.as_mut(), 1);
    stateless.commit(Batch::default(), changes([change("k", None)])).unwrap_err();
}

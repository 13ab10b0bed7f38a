//! Error branches of the Kafka bus against librdkafka's mock cluster, which injects faults. Its
//! transactions are not real: atomicity is proven in `kafka.rs` only.
#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use dateline_bus::{
    Batch, Bus, BusError, CommitError, Limit, Output, Record, Start, Topic, Unit, Worker,
    WorkerOptions,
    kafka::{Kafka, KafkaOptions},
};
use rdkafka::{
    mocking::MockCluster,
    producer::DefaultProducerContext,
    types::{RDKafkaApiKey as Api, RDKafkaRespErr as Fault},
};

const PATIENCE: Duration = Duration::from_secs(30);

struct Mock {
    cluster: MockCluster<'static, DefaultProducerContext>,
    bus: Kafka,
    input: Topic,
    output: Topic,
}

fn mock() -> Mock {
    mock_with(&KafkaOptions::default())
}

fn mock_with(options: &KafkaOptions) -> Mock {
    let cluster = MockCluster::new(1).unwrap();
    let (input, output) = (Topic::new("in"), Topic::new("out"));
    for topic in [&input, &output] {
        cluster.create_topic(topic.as_str(), 4, 1).unwrap();
    }
    let options = KafkaOptions {
        bootstrap: cluster.bootstrap_servers(),
        session_timeout_ms: 3_000,
        request_timeout_ms: 10_000,
        ..options.clone()
    };
    let bus = Kafka::open(options).unwrap();
    Mock { cluster, bus, input, output }
}

impl Mock {
    fn worker(&self, instance: &str) -> Box<dyn Worker> {
        self.bus.worker(options("group", instance, vec![self.input.clone()])).unwrap()
    }

    fn write(&self, count: usize) {
        let mut writer = self.bus.worker(options("writer", "0", vec![])).unwrap();
        let record = |n: usize| Record {
            key: Some(format!("k{n}").into()),
            value: Some(n.to_string().into()),
            ..Record::default()
        };
        let unit = outputs(&self.input, (0..count).map(record));
        writer.commit(Batch::default(), unit).unwrap();
        writer.close().unwrap();
    }

    /// A worker with a batch in hand, and the unit that passes it on.
    fn with_batch(&self) -> (Box<dyn Worker>, Batch, Unit) {
        self.write(10);
        let mut worker = self.worker("0");
        let batch = poll_some(worker.as_mut());
        let records = batch.records.iter().map(|received| received.record.clone());
        let unit = outputs(&self.output, records);
        (worker, batch, unit)
    }
}

fn options(group: &str, instance: &str, inputs: Vec<Topic>) -> WorkerOptions {
    WorkerOptions {
        group: group.to_owned(),
        instance: instance.to_owned(),
        inputs,
        state: None,
        start: Start::Earliest,
    }
}

fn outputs(topic: &Topic, records: impl IntoIterator<Item = Record>) -> Unit {
    let output = |record| Output { topic: topic.clone(), record };
    Unit { outputs: records.into_iter().map(output).collect(), state: Vec::new() }
}

fn poll_some(worker: &mut dyn Worker) -> Batch {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let batch = worker.poll(Limit::default(), Duration::from_millis(200)).unwrap();
        if !batch.records.is_empty() {
            return batch;
        }
        assert!(Instant::now() < deadline, "no record came");
    }
}

fn places(batch: &Batch) -> BTreeSet<(u32, u64)> {
    let records = batch.records.iter();
    records.map(|received| (received.partition, received.offset)).collect()
}

/// After a refusal the same records come again, and pass.
fn assert_rewound(worker: &mut dyn Worker, before: &BTreeSet<(u32, u64)>) {
    let mut missing = before.clone();
    while !missing.is_empty() {
        let batch = poll_some(worker);
        missing.retain(|place| !places(&batch).contains(place));
        worker.commit(batch, Unit::default()).unwrap();
    }
}

#[test]
fn a_lost_generation_is_fenced() {
    let check = |fault: Fault| {
        let mock = mock();
        let (mut worker, batch, unit) = mock.with_batch();
        let before = places(&batch);
        mock.cluster.request_errors(Api::TxnOffsetCommit, &[fault]);
        let result = worker.commit(batch, unit);
        assert!(matches!(result, Err(CommitError::Fenced)), "{fault:?}: {result:?}");
        assert_rewound(worker.as_mut(), &before);
    };
    // Side by side: joining a group of the mock takes three seconds.
    thread::scope(|scope| {
        scope.spawn(|| check(Fault::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION));
        scope.spawn(|| check(Fault::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID));
        scope.spawn(|| check(Fault::RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID));
    });
}

#[test]
fn a_refused_transaction_is_aborted() {
    let mock = mock();
    let (mut worker, batch, unit) = mock.with_batch();
    let before = places(&batch);
    let refused = [Fault::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED];
    mock.cluster.request_errors(Api::TxnOffsetCommit, &refused);
    let result = worker.commit(batch, unit);
    assert!(matches!(result, Err(CommitError::Aborted(_))), "{result:?}");
    assert_rewound(worker.as_mut(), &before);
}

#[test]
fn a_fenced_producer_learns_of_its_namesake() {
    let mock = mock();
    let (mut worker, batch, unit) = mock.with_batch();
    let fenced = [Fault::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH];
    mock.cluster.request_errors(Api::EndTxn, &fenced);
    let result = worker.commit(batch.clone(), unit.clone());
    assert!(matches!(result, Err(CommitError::Fenced)), "{result:?}");
    let told = worker.poll(Limit::default(), Duration::ZERO).unwrap_err();
    assert!(matches!(told, BusError::Misuse(_)), "{told:?}");
    assert_eq!(
        told.to_string(),
        "another worker of group group runs as 0: give each a name of its own"
    );
    let again = worker.commit(batch, unit);
    assert!(matches!(again, Err(CommitError::Fenced)), "a fenced worker stays fenced: {again:?}");
    drop(worker);
    let mut worker = mock.worker("0");
    let batch = poll_some(worker.as_mut());
    worker.commit(batch, Unit::default()).unwrap();
}

/// The coordinator fences whoever keeps a transaction open for too long, namesake or not.
#[test]
fn a_late_unit_needs_a_new_worker() {
    let mock =
        mock_with(&KafkaOptions { transaction_timeout_ms: 1_000, ..KafkaOptions::default() });
    let (mut worker, batch, unit) = mock.with_batch();
    let mut faults = vec![Fault::RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS; 6];
    faults.push(Fault::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
    mock.cluster.request_errors(Api::EndTxn, &faults);
    let result = worker.commit(batch, unit.clone());
    let Err(CommitError::Fatal(text)) = result else {
        panic!("{result:?}");
    };
    assert!(text.contains("transaction_timeout_ms"), "{text}");
    let again = worker.poll(Limit::default(), Duration::ZERO).unwrap();
    let again = worker.commit(again, unit);
    assert!(again.is_err(), "a broken worker stays broken");
    drop(worker);
    let mut worker = mock.worker("0");
    let batch = poll_some(worker.as_mut());
    worker.commit(batch, Unit::default()).unwrap();
}

#[test]
fn what_passes_is_tried_again() {
    let check = |api: Api, faults: &[Fault]| {
        let mock = mock();
        let (mut worker, batch, unit) = mock.with_batch();
        mock.cluster.request_errors(api, faults);
        worker.commit(batch, unit).unwrap();
    };
    let busy = Fault::RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS;
    let moving = Fault::RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    let loading = Fault::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    let cut = Fault::RD_KAFKA_RESP_ERR__TRANSPORT;
    thread::scope(|scope| {
        scope.spawn(|| check(Api::AddPartitionsToTxn, &[busy, busy]));
        scope.spawn(|| check(Api::TxnOffsetCommit, &[loading, moving]));
        scope.spawn(|| check(Api::EndTxn, &[moving]));
        scope.spawn(|| check(Api::Produce, &[cut]));
    });
}

/// The mock refuses commits in a rebalance and stores no offsets of transactions, so this tells
/// of loss only; `kafka.rs` counts exactly.
#[test]
fn a_rebalance_loses_nothing() {
    let mock = mock();
    mock.write(500);
    let mut workers = vec![mock.worker("0")];
    let mut seen: BTreeSet<(u32, u64)> = BTreeSet::new();
    let deadline = Instant::now() + PATIENCE;
    let mut shared = false;
    while seen.len() < 500 || !shared {
        assert!(Instant::now() < deadline, "{} records, shared: {shared}", seen.len());
        for worker in &mut workers {
            let few = Limit { records: 20, ..Limit::default() };
            let batch = worker.poll(few, Duration::from_millis(20)).unwrap();
            let records = places(&batch);
            match worker.commit(batch, Unit::default()) {
                Ok(()) => seen.extend(records),
                Err(CommitError::Fenced | CommitError::Aborted(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        if workers.len() == 1 && seen.len() >= 100 {
            workers.push(mock.worker("1"));
        }
        let own = |worker: &mut Box<dyn Worker>| worker.assignment().partitions.len();
        shared = workers.len() == 2 && workers.iter_mut().all(|worker| own(worker) == 2);
    }
}

#[test]
fn a_broker_out_of_reach_is_told_in_time() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bootstrap = unused.local_addr().unwrap().to_string();
    drop(unused);
    let bus = Kafka::open(KafkaOptions {
        bootstrap: bootstrap.clone(),
        request_timeout_ms: 1_000,
        ..KafkaOptions::default()
    })
    .unwrap();
    let started = Instant::now();
    let check = |error: Option<BusError>| match error {
        Some(BusError::Unavailable(text)) => assert!(text.contains(&bootstrap), "{text}"),
        other => panic!("{other:?}"),
    };
    check(bus.worker(options("g", "0", vec![])).err());
    check(bus.reader(&Topic::new("t"), Start::Earliest).err());
    check(bus.ensure_topics(&[]).err());
    assert!(started.elapsed() < Duration::from_secs(10));
}

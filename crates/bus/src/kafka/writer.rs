//! One transaction after the other: records and offsets, all or nothing.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    TopicPartitionList,
    config::FromClientConfigAndContext,
    consumer::ConsumerGroupMetadata,
    error::{KafkaError, KafkaResult, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    producer::{BaseRecord, Producer, ThreadedProducer},
};

use super::{
    Shared,
    context::Context,
    error::{self, Step, bus_error, refused, step},
    offsets::partition_of,
};
use crate::{CommitError, Place, Record, Result, Topic, partition_for};

/// A pause that is short beside a round trip to the broker.
const SHORT: Duration = Duration::from_millis(1);

/// Offsets to commit, and the group in whose name.
pub(super) struct Consumed<'a> {
    pub(super) next: TopicPartitionList,
    pub(super) group: &'a ConsumerGroupMetadata,
}

/// A transactional producer.
pub(super) struct Writer {
    shared: Arc<Shared>,
    producer: ThreadedProducer<Context>,
    /// Whether a newer worker of that name has fenced this one.
    superseded: bool,
}

impl Writer {
    /// Ends what a former worker of that name has left open, and fences it.
    pub(super) fn open(shared: Arc<Shared>, group: &str, instance: &str) -> Result<Self> {
        let config = shared.options.producer(group, instance);
        let producer = ThreadedProducer::from_config_and_context(&config, Context::of(&config))
            .map_err(|error| bus_error("making a producer", &error, &Context::of(&config)))?;
        let deadline = Instant::now() + shared.options.request_timeout();
        loop {
            let Err(error) = producer.init_transactions(left(deadline)) else {
                producer.context().forget_trouble();
                return Ok(Self { shared, producer, superseded: false });
            };
            let again = step("", &error) == Step::Again && Instant::now() < deadline;
            if !again {
                let context = producer.context();
                return Err(bus_error("opening transactions", &error, context));
            }
        }
    }

    /// The place of a record that goes to `topic`.
    pub(super) fn place(
        &self,
        topic: &Topic,
        record: &Record,
    ) -> std::result::Result<Place, CommitError> {
        let count = self.shared.partitions(self.producer.client(), topic);
        let count = count.map_err(refused)?;
        Ok((topic.clone(), partition_for(record.key.as_ref(), count)))
    }

    pub(super) fn is_superseded(&self) -> bool {
        self.superseded
    }

    /// Writes all or nothing.
    pub(super) fn write(
        &mut self,
        records: &[(Place, Record)],
        consumed: Option<&Consumed<'_>>,
    ) -> std::result::Result<(), CommitError> {
        if self.superseded {
            return Err(CommitError::Fenced);
        }
        let began = Instant::now();
        let result = self.transact(records, consumed);
        // The coordinator fences, too, when it gives up a transaction that is open for too long;
        // before that time only a newer producer does.
        let in_time = began.elapsed() < self.shared.options.transaction_timeout();
        if matches!(result, Err(CommitError::Fatal(_))) && in_time && self.is_fenced() {
            self.superseded = true;
            return Err(CommitError::Fenced);
        }
        result
    }

    fn is_fenced(&self) -> bool {
        let error = self.producer.client().fatal_error();
        error.is_some_and(|(code, _)| error::is_fencing(code))
    }

    fn transact(
        &self,
        records: &[(Place, Record)],
        consumed: Option<&Consumed<'_>>,
    ) -> std::result::Result<(), CommitError> {
        for (_, record) in records {
            check_headers(record)?;
        }
        let deadline = Instant::now() + self.shared.options.request_timeout();
        self.producer.context().forget_trouble();
        self.call(deadline, "beginning a transaction", |producer, _| producer.begin_transaction())?;
        for (place, record) in records {
            self.send(place, record, deadline)?;
        }
        self.wait_for_deliveries(deadline);
        if let Some(consumed) = consumed {
            self.call(deadline, "committing offsets", |producer, left| {
                producer.send_offsets_to_transaction(&consumed.next, consumed.group, left)
            })?;
        }
        self.end(deadline)
    }

    fn send(
        &self,
        place: &Place,
        record: &Record,
        deadline: Instant,
    ) -> std::result::Result<(), CommitError> {
        loop {
            let result = self.producer.send(kafka_record(place, record));
            let Err((error, _)) = result else {
                return Ok(());
            };
            match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::QueueFull) if Instant::now() < deadline => {
                    thread::sleep(SHORT);
                }
                Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    self.abort()?;
                    let (topic, bytes) = (place.0.clone(), record.size());
                    return Err(CommitError::TooLarge { topic, bytes });
                }
                _ => {
                    self.abort()?;
                    return Err(CommitError::Aborted(self.text("sending", &error)));
                }
            }
        }
    }

    /// `commit_transaction` would wait, too, but rdkafka does that in steps of 100 ms.
    fn wait_for_deliveries(&self, deadline: Instant) {
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            thread::sleep(SHORT);
        }
    }

    /// Calls until it succeeds, the transaction is to be given up, or the deadline is past.
    fn call(
        &self,
        deadline: Instant,
        doing: &str,
        call: impl Fn(&ThreadedProducer<Context>, Duration) -> KafkaResult<()>,
    ) -> std::result::Result<(), CommitError> {
        loop {
            let Err(error) = call(&self.producer, left(deadline)) else {
                return Ok(());
            };
            match step(doing, &error) {
                Step::Again if Instant::now() < deadline => thread::sleep(SHORT),
                Step::Again | Step::Abort(_) => {
                    self.abort()?;
                    return Err(CommitError::Aborted(self.text(doing, &error)));
                }
                Step::AbortFenced => {
                    self.abort()?;
                    return Err(CommitError::Fenced);
                }
                Step::Rebuild(what) => return Err(CommitError::Fatal(what)),
            }
        }
    }

    /// Ends the transaction. A commit without an answer may have happened, so it is never
    /// aborted after that: the next worker of this name learns from the broker what became of it.
    fn end(&self, deadline: Instant) -> std::result::Result<(), CommitError> {
        let doing = "committing";
        loop {
            let Err(error) = self.producer.commit_transaction(left(deadline)) else {
                return Ok(());
            };
            let flushing = matches!(error, KafkaError::Flush(_));
            match step(doing, &error) {
                Step::Again if Instant::now() < deadline => thread::sleep(SHORT),
                Step::Rebuild(_) if flushing && Instant::now() < deadline => {}
                Step::Rebuild(_) if flushing => {
                    self.abort()?;
                    return Err(CommitError::Aborted(self.text(doing, &error)));
                }
                Step::Abort(_) => {
                    self.abort()?;
                    return Err(CommitError::Aborted(self.text(doing, &error)));
                }
                Step::AbortFenced => {
                    self.abort()?;
                    return Err(CommitError::Fenced);
                }
                Step::Again => return Err(CommitError::Fatal(self.text(doing, &error))),
                Step::Rebuild(what) => return Err(CommitError::Fatal(what)),
            }
        }
    }

    fn abort(&self) -> std::result::Result<(), CommitError> {
        let deadline = Instant::now() + self.shared.options.request_timeout();
        loop {
            let Err(error) = self.producer.abort_transaction(left(deadline)) else {
                return Ok(());
            };
            let again = step("", &error) == Step::Again && Instant::now() < deadline;
            if !again {
                return Err(CommitError::Fatal(self.text("aborting", &error)));
            }
            thread::sleep(SHORT);
        }
    }

    fn text(&self, doing: &str, error: &KafkaError) -> String {
        bus_error(doing, error, self.producer.context()).to_string()
    }
}

fn left(deadline: Instant) -> Duration {
    // librdkafka takes 0 as "do not wait at all", which no call can meet.
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100))
}

/// Kafka's client takes header names as C strings.
fn check_headers(record: &Record) -> std::result::Result<(), CommitError> {
    let bad = record.headers.iter().find(|(name, _)| name.contains('\0'));
    bad.map_or(Ok(()), |(name, _)| {
        Err(refused(format!("header name {name:?} has a zero byte, which kafka cannot carry")))
    })
}

fn kafka_record<'a>(place: &'a Place, record: &'a Record) -> BaseRecord<'a, [u8], [u8]> {
    let mut to_send = BaseRecord::to(place.0.as_str())
        .partition(partition_of(place))
        // librdkafka takes 0 as "now" and Kafka refuses negative times.
        .timestamp(record.timestamp_ms.max(1));
    to_send.key = record.key.as_deref();
    to_send.payload = record.value.as_deref();
    if record.headers.is_empty() {
        return to_send;
    }
    let headers = OwnedHeaders::new_with_capacity(record.headers.len());
    to_send.headers(record.headers.iter().fold(headers, |headers, (key, value)| {
        let value = value.as_deref();
        headers.insert(Header { key, value })
    }))
}

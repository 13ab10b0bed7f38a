//! What librdkafka calls back: its log, its errors, and which partitions come and go.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rdkafka::{
    ClientConfig, ClientContext, Message, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol},
    error::{KafkaError, KafkaResult, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::ProducerContext,
    types::RDKafkaRespErr,
};

use super::places;
use crate::Place;

/// A change of what this member owns.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Change {
    /// These come; librdkafka waits for the worker to say from which offsets.
    Assign(Vec<Place>),
    /// These are gone.
    Revoke(Vec<Place>),
}

/// One client's callbacks. They only take notes: the worker acts on its own thread.
#[derive(Default)]
pub(super) struct Context {
    /// Where the brokers are, for the texts of errors.
    address: String,
    /// Under which names it asks, for the texts of errors.
    names: String,
    changes: Mutex<VecDeque<Change>>,
    closing: AtomicBool,
    trouble: Mutex<Option<(RDKafkaErrorCode, String)>>,
}

impl Context {
    pub(super) fn of(config: &ClientConfig) -> Self {
        let address = config.get("bootstrap.servers").unwrap_or_default().to_owned();
        let keys = [
            ("user", "sasl.username"),
            ("group", "group.id"),
            ("transactional id", "transactional.id"),
        ];
        let names: Vec<String> = keys
            .into_iter()
            .filter_map(|(what, key)| Some(format!("{what} {}", config.get(key)?)))
            .collect();
        Self { address, names: names.join(", "), ..Self::default() }
    }

    /// The user, the group and the transactional id of this client, where it has them.
    pub(super) fn names(&self) -> &str {
        &self.names
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What came and went since the last call, in order.
    pub(super) fn take_changes(&self) -> VecDeque<Change> {
        std::mem::take(&mut *lock(&self.changes))
    }

    /// From now on changes are acknowledged at once: nobody is there to act on them.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// The last error that librdkafka told of, for the text of an error that only timed out.
    pub(super) fn trouble(&self) -> Option<(RDKafkaErrorCode, String)> {
        lock(&self.trouble).clone()
    }

    pub(super) fn forget_trouble(&self) {
        *lock(&self.trouble) = None;
    }

    fn note_trouble(&self, code: RDKafkaErrorCode, what: &str) {
        let mut trouble = lock(&self.trouble);
        // That no broker is left follows what says why.
        if trouble.is_none() || code != RDKafkaErrorCode::AllBrokersDown {
            *trouble = Some((code, what.to_owned()));
        }
    }
}

/// A poisoned lock still holds good notes: nothing can panic half-way through one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        use RDKafkaLogLevel::{Alert, Critical, Emerg, Error, Warning};
        match level {
            Emerg | Alert | Critical | Error | Warning => {
                tracing::warn!(facility, detail = text, "librdkafka warns");
            }
            _ => tracing::debug!(facility, detail = text, "librdkafka reports"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
        // That a partition is at its end is no trouble: scans ask to be told.
        if code == RDKafkaErrorCode::PartitionEOF {
            return;
        }
        tracing::warn!(code = ?code, detail = reason, "the connection to kafka has trouble");
        self.note_trouble(code, reason);
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let assigns = event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if assigns && !self.closing.load(Ordering::Relaxed) {
            lock(&self.changes).push_back(Change::Assign(places(list)));
            return;
        }
        let result = if assigns {
            assign(consumer, list)
        } else {
            lock(&self.changes).push_back(Change::Revoke(places(list)));
            unassign(consumer, list)
        };
        if let Err(error) = result {
            tracing::warn!(detail = %error, "a rebalance could not be acknowledged");
        }
    }
}

/// Takes partitions over from the offsets in `list`.
pub(super) fn assign<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    list: &TopicPartitionList,
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_assign(list),
        _ => consumer.assign(list),
    }
}

fn unassign<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    list: &TopicPartitionList,
) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
        _ => consumer.unassign(),
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        // The commit fails by itself; this only keeps the reason.
        if let Err((error, message)) = result {
            let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
            if code != RDKafkaErrorCode::PurgeQueue && code != RDKafkaErrorCode::PurgeInflight {
                self.note_trouble(code, &format!("{}: {error}", message.topic()));
            }
        }
    }
}

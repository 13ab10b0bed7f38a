//! Which of Kafka's errors pass by themselves, and which need a person.

use rdkafka::error::{KafkaError, RDKafkaError, RDKafkaErrorCode as Code};

use super::context::Context;
use crate::{BusError, CommitError};

/// An error as the bus tells it. A time-out tells nothing, so the client's last trouble is added.
pub(super) fn bus_error(doing: &str, error: &KafkaError, context: &Context) -> BusError {
    let code = error.rdkafka_error_code();
    let trouble = context.trouble();
    let needs_person =
        code.is_none_or(is_fatal) || trouble.as_ref().is_some_and(|(code, _)| is_fatal(*code));
    let is_denied =
        code.is_some_and(is_denial) || trouble.as_ref().is_some_and(|it| is_denial(it.0));
    let who = if is_denied { format!(" ({})", context.names()) } else { String::new() };
    let detail = trouble.map_or_else(String::new, |(_, what)| format!("; last trouble: {what}"));
    let text = format!("kafka at {}{who}: {doing}: {error}{detail}", context.address());
    if needs_person { BusError::Fatal(text) } else { BusError::Unavailable(text) }
}

/// What a rule of the cluster forbids, or a wrong name or password.
fn is_denial(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::ClusterAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::TopicAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
    )
}

/// What no waiting mends.
fn is_fatal(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::ClusterAuthorizationFailed
            | Code::Fatal
            | Code::GroupAuthorizationFailed
            | Code::InconsistentGroupProtocol
            | Code::InvalidArgument
            | Code::InvalidConfig
            | Code::InvalidReplicationFactor
            | Code::InvalidTopic
            | Code::PolicyViolation
            | Code::SaslAuthenticationFailed
            | Code::SSL
            | Code::TopicAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::UnsupportedSASLMechanism
    )
}

/// What to do after a failed call of a transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Call again.
    Again,
    /// Abort the transaction; this member has lost its place in the group.
    AbortFenced,
    /// Abort the transaction.
    Abort(String),
    /// Build a new worker.
    Rebuild(String),
}

pub(super) fn step(doing: &str, error: &KafkaError) -> Step {
    let text = format!("kafka: {doing}: {error}");
    let KafkaError::Transaction(error) = error else {
        return Step::Rebuild(text);
    };
    if error.is_fatal() {
        return Step::Rebuild(rebuild_text(error, text));
    }
    if error.txn_requires_abort() {
        return match error.code() {
            Code::IllegalGeneration
            | Code::UnknownMemberId
            | Code::RebalanceInProgress
            | Code::FencedInstanceId => Step::AbortFenced,
            _ => Step::Abort(text),
        };
    }
    if error.is_retriable() { Step::Again } else { Step::Rebuild(text) }
}

fn rebuild_text(error: &RDKafkaError, text: String) -> String {
    if !is_fencing(error.code()) {
        return text;
    }
    format!(
        "{text}; the unit took longer than transaction_timeout_ms, or another worker of the group \
         has the same instance name: give each its own"
    )
}

/// Another producer goes by the same transactional id, or the coordinator gave up on this one.
pub(super) fn is_fencing(code: Code) -> bool {
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

/// A refusal before anything was sent.
pub(super) fn refused(error: impl std::fmt::Display) -> CommitError {
    CommitError::Fatal(error.to_string())
}

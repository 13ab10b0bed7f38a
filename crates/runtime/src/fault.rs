//! What a stage answers: an outcome, or a fault that says what the runtime is to do.

use std::time::Duration;

use dateline_record::{FaultCode, SkipReason};

/// What became of a record that a stage could handle.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It gave a record for the next topic.
    Emit(T),
    /// It gives none, for a reason that is counted and logged.
    Skip(SkipReason),
}

/// What became of a record that a stage could not handle.
#[derive(Debug)]
pub enum Fault {
    /// The same call may succeed later: tried again with growing pauses, then dead-lettered as
    /// `retries_exhausted`.
    Retry {
        /// What failed, for the log.
        what: String,
        /// The least pause, where the other side asked for one.
        after: Option<Duration>,
    },
    /// The record itself is bad: dead-lettered at once.
    Poison {
        /// Why, as a code.
        code: FaultCode,
        /// Why, in words: source, field and fix.
        what: String,
    },
    /// Nothing can go on until a person acts: the service stops and commits nothing.
    Fatal(anyhow::Error),
}

impl Fault {
    /// A poison fault.
    pub fn poison(code: FaultCode, what: impl Into<String>) -> Self {
        Self::Poison { code, what: what.into() }
    }

    /// A fault that may pass.
    pub fn retry(what: impl Into<String>) -> Self {
        Self::Retry { what: what.into(), after: None }
    }
}

//! The one terminal line of a record in a stage, and its counts.

use std::time::Duration;

use dateline_bus::Received;
use dateline_record::{Record, SkipReason};
use tracing::Level;

use crate::{clock, dead::Verdict, engine::Engine, trace::TraceContext};

/// How a record ended in a stage.
pub(crate) enum End {
    Processed,
    /// Relations of a story are in the warehouse. The story itself has another line.
    Related,
    Skipped(SkipReason),
    Dead(Verdict),
}

/// Where a record stood.
pub(crate) struct At {
    pub(crate) topic: String,
    /// Partition and offset; not known of a record that this very unit writes.
    pub(crate) place: Option<(u32, u64)>,
}

impl At {
    pub(crate) fn of(received: &Received) -> Self {
        let place = Some((received.partition, received.offset));
        Self { topic: received.topic.to_string(), place }
    }

    /// A topic, or the place of an input, alone.
    pub(crate) fn topic(topic: &str) -> Self {
        Self { topic: topic.to_owned(), place: None }
    }
}

/// What the terminal line says of a record.
pub(crate) struct Report {
    pub(crate) story_id: String,
    pub(crate) source_id: String,
    pub(crate) trace: TraceContext,
    pub(crate) attempt: u32,
    pub(crate) elapsed: Duration,
    pub(crate) fetched_ms: i64,
    pub(crate) end: End,
}

impl Report {
    /// A report of a record that could be read.
    pub(crate) fn of<R: Record>(record: &R, trace: TraceContext) -> Self {
        Self {
            story_id: record.key().into_owned(),
            source_id: record.source().to_owned(),
            trace,
            attempt: 1,
            elapsed: Duration::ZERO,
            fetched_ms: record.time().as_millis(),
            end: End::Processed,
        }
    }

    /// A report of a record that could not be read.
    pub(crate) fn unread(received: &Received, trace: TraceContext, verdict: Verdict) -> Self {
        let key = received.record.key.as_deref().unwrap_or_default();
        Self {
            story_id: String::from_utf8_lossy(key).into_owned(),
            source_id: String::new(),
            trace,
            attempt: 1,
            elapsed: Duration::ZERO,
            fetched_ms: received.record.timestamp_ms,
            end: End::Dead(verdict),
        }
    }

    /// Writes the line and counts the record, once its unit is committed.
    pub(crate) fn write(&self, engine: &Engine, stage: &'static str, at: &At) {
        let age_ms = clock::now().as_millis().saturating_sub(self.fetched_ms).max(0);
        let age = Duration::from_millis(age_ms.unsigned_abs());
        engine.metrics.observe(stage, self.elapsed, age);
        let elapsed_ms = self.elapsed.as_secs_f64() * 1_000.0;
        let (story_id, source_id) = (self.story_id.as_str(), self.source_id.as_str());
        let (trace_id, attempt) = (self.trace.trace_id(), self.attempt);
        let At { topic, place } = at;
        let (topic, partition) = (topic.as_str(), place.map(|(partition, _)| partition));
        let offset = place.map(|(_, offset)| offset);
        let (outcome, reason, code, error, message) = self.words();
        engine.metrics.record(stage, outcome, reason.or(code).unwrap_or_default());
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    service = stage,
                    story_id,
                    source_id,
                    trace_id,
                    topic,
                    partition,
                    offset,
                    attempt,
                    elapsed_ms,
                    age_ms,
                    outcome,
                    reason,
                    code,
                    error,
                    "{message}"
                )
            };
        }
        match &self.end {
            End::Processed | End::Related | End::Skipped(_) => line!(Level::INFO),
            End::Dead(_) => line!(Level::WARN),
        }
    }

    /// Outcome, reason, code, error and message of the line.
    fn words(&self) -> Words<'_> {
        match &self.end {
            End::Processed => ("ok", None, None, None, "record processed"),
            End::Related => ("ok", Some("relations"), None, None, "relations written"),
            End::Skipped(reason) => {
                ("skipped", Some(reason.as_str()), None, None, "record skipped")
            }
            End::Dead(Verdict { code, what, .. }) => {
                ("dead_lettered", None, Some(code.as_str()), Some(what), "record dead-lettered")
            }
        }
    }
}

type Words<'a> =
    (&'static str, Option<&'static str>, Option<&'static str>, Option<&'a str>, &'static str);

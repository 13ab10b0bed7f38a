//! The one terminal line of a record in a stage, and its counts.

use std::time::Duration;

use dateline_bus::Received;
use dateline_record::{Facts, Record, SkipReason};
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
    /// When the stage began with it, in nanoseconds since 1970.
    pub(crate) began_ns: u64,
    /// What the record became: the spans under which it goes on, and the topics.
    pub(crate) sent: Vec<(TraceContext, &'static str)>,
    /// What the stage's own fields of the line tell.
    pub(crate) facts: Facts,
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
            began_ns: clock::nanos(),
            sent: Vec::new(),
            facts: Facts::default(),
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
            began_ns: clock::nanos(),
            sent: Vec::new(),
            facts: Facts::default(),
            end: End::Dead(verdict),
        }
    }

    /// Writes the line and counts the record, once its unit is committed.
    pub(crate) fn write(&self, engine: &Engine, stage: &'static str, at: &At) {
        let age_ms = clock::now().as_millis().saturating_sub(self.fetched_ms).max(0);
        let age = Duration::from_millis(age_ms.unsigned_abs());
        engine.metrics.observe(stage, self.elapsed, age);
        let words = self.words();
        engine.metrics.record(stage, words.outcome, words.cause());
        if let End::Dead(verdict) = &self.end {
            engine.metrics.dead_letter(stage, verdict.code.as_str());
        }
        engine.spans.record(stage, self, at, clock::nanos());
        let is_plain = matches!(self.end, End::Processed | End::Related);
        if !is_plain || is_sampled(&self.story_id, engine.log_one_in) {
            self.log(stage, at, &words, age_ms);
        }
    }

    fn log(&self, stage: &'static str, at: &At, words: &Words<'_>, age_ms: i64) {
        let elapsed_ms = self.elapsed.as_secs_f64() * 1_000.0;
        let Words { outcome, reason, code, error, message } = *words;
        let facts = &self.facts;
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    service = stage,
                    story_id = self.story_id.as_str(),
                    revision = facts.revision,
                    source_id = self.source_id.as_str(),
                    trace_id = self.trace.trace_id(),
                    span_id = self.trace.span_id(),
                    topic = at.topic.as_str(),
                    partition = at.place.map(|(partition, _)| partition),
                    offset = at.place.map(|(_, offset)| offset),
                    attempt = self.attempt,
                    elapsed_ms,
                    age_ms,
                    outcome,
                    reason,
                    code,
                    error,
                    url = facts.url,
                    http_status = facts.http_status,
                    format = facts.format.as_deref(),
                    bytes = facts.bytes,
                    language = facts.language,
                    place = facts.place,
                    words = facts.words,
                    removed = facts.removed,
                    mentions = facts.mentions,
                    events = facts.events,
                    not_coded = facts.not_coded,
                    relations = facts.relations,
                    "{message}"
                )
            };
        }
        match &self.end {
            End::Processed | End::Related | End::Skipped(_) => line!(Level::INFO),
            End::Dead(_) => line!(Level::WARN),
        }
    }

    /// What the line says of the record's end.
    fn words(&self) -> Words<'_> {
        let ended = |outcome, message| Words { outcome, message, ..Words::default() };
        match &self.end {
            End::Processed => ended("ok", "record processed"),
            End::Related => Words { reason: Some("relations"), ..ended("ok", "relations written") },
            End::Skipped(reason) => {
                Words { reason: Some(reason.as_str()), ..ended("skipped", "record skipped") }
            }
            End::Dead(Verdict { code, what, .. }) => Words {
                code: Some(code.as_str()),
                error: Some(what),
                ..ended("dead_lettered", "record dead-lettered")
            },
        }
    }
}

/// What a line says of a record's end.
#[derive(Default)]
struct Words<'a> {
    outcome: &'static str,
    reason: Option<&'static str>,
    code: Option<&'static str>,
    error: Option<&'a str>,
    message: &'static str,
}

impl Words<'_> {
    /// The label of the count.
    fn cause(&self) -> &'static str {
        self.reason.or(self.code).unwrap_or_default()
    }
}

/// Whether the lines of a story are written where only every so manieth story's are. All services
/// choose the same stories. The hash (FNV-1a) is another one than that of the partitions.
fn is_sampled(story_id: &str, one_in: u64) -> bool {
    let hash = story_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The lower bits of this hash are weak.
    one_in <= 1 || (hash >> 16).is_multiple_of(one_in)
}

#[cfg(test)]
mod tests {
    use dateline_record::StoryId;

    use super::*;

    #[test]
    fn of_ten_stories_the_lines_of_one_are_written() {
        let ids = || (0..10_000).map(|number| StoryId::derive("x", &number.to_string()));
        let count = |one_in| ids().filter(|id| is_sampled(id.as_str(), one_in)).count();
        assert_eq!(count(1), 10_000);
        assert!((900..1_100).contains(&count(10)), "{}", count(10));
    }

    /// cargo test --release -p dateline-runtime --lib cost -- --ignored --nocapture
    #[test]
    #[ignore = "prints a figure"]
    #[allow(clippy::print_stdout)]
    fn cost_of_a_records_span_line_and_metrics() {
        use std::{io, sync::Arc};

        use dateline_bus::embedded::{Embedded, EmbeddedOptions};
        use tracing_subscriber::{EnvFilter, fmt, prelude::*};

        const RECORDS: u32 = 200_000;
        let folder = tempfile::tempdir().unwrap();
        let bus = Embedded::open(folder.path(), EmbeddedOptions::default()).unwrap();
        let settings = crate::config::Settings::defaults().unwrap();
        let engine = Engine::new(Arc::new(bus), settings.section("runtime").unwrap()).unwrap();
        let story = dateline_record::RawStory::new(
            "example.com",
            "1",
            dateline_record::Format::Html,
            "text",
            clock::now(),
        );
        let at = At { topic: "dateline.raw.v1".to_owned(), place: Some((1, 17)) };
        let layer = fmt::layer().json().flatten_event(true).with_target(false);
        let log = tracing_subscriber::registry()
            .with(EnvFilter::new("info"))
            .with(crate::logging::Limiter::default())
            .with(layer.with_writer(io::sink));
        let start = std::time::Instant::now();
        tracing::subscriber::with_default(log, || {
            for _ in 0..RECORDS {
                let mut report = Report::of(&story, TraceContext::root().child());
                report.facts = story.facts();
                report.sent.push((report.trace.child(), "dateline.clean.v1"));
                report.write(&engine, "cleaner", &at);
            }
        });
        println!("{:.2} us a record", start.elapsed().as_secs_f64() * 1e6 / f64::from(RECORDS));
    }
}

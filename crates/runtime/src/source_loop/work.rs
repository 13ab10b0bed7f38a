//! What one unit of work of a source will hold: stories, dead letters, states, errands.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use dateline_bus::{MAX_RECORD_BYTES, Output, StateChange, Topic, Unit, check_size};
use dateline_record::{
    DeadLetter, Facts, FaultCode, FetchState, Origin, Payload, RawStory, Record, SourceSpec,
    Status, Timestamp,
};
use tokio::sync::oneshot;

use crate::{
    BadInput, Polled, clock,
    dead::{self, Verdict, cut},
    drive::TurnError,
    envelope::wrap,
    report::{At, End, Report},
    trace::TraceContext,
};

/// What one unit of work will hold, and what is to be said once it is committed.
#[derive(Default)]
pub(super) struct Work {
    pub(super) unit: Unit,
    pub(super) reports: Vec<(Report, At)>,
    /// Deliverers who wait for the commit.
    pub(super) deliverers: Vec<oneshot::Sender<()>>,
}

impl Work {
    pub(super) fn story(
        &mut self,
        stage: &'static str,
        story: &RawStory,
        elapsed: Duration,
    ) -> Result<(), TurnError> {
        let trace = TraceContext::root();
        let sent = trace.child();
        let output = wrap(story, stage, sent).map_err(|error| TurnError::Fatal(error.into()))?;
        let mut report = Report::of(story, trace);
        report.elapsed = elapsed;
        // The poll that brought it is over.
        let elapsed_ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        report.began_ns = report.began_ns.saturating_sub(elapsed_ns);
        report.sent.push((sent, RawStory::TOPIC));
        report.facts = story.facts();
        if let Err(error) = check_size(&output.topic, &output.record) {
            let bad = BadInput {
                place: story.url.clone().unwrap_or_else(|| story.provider_id.clone()),
                code: FaultCode::TooLarge,
                what: error.to_string(),
                bytes: story.body.as_bytes().to_vec(),
            };
            return self.bury(stage, story.source_id.as_str(), 0, bad);
        }
        self.unit.outputs.push(output);
        self.reports.push((report, At::topic(RawStory::TOPIC)));
        Ok(())
    }

    pub(super) fn state(&mut self, state: &FetchState) -> Result<(), TurnError> {
        let value = state.to_json().map_err(|error| TurnError::Fatal(error.into()))?;
        self.unit.state.push(StateChange {
            key: Bytes::copy_from_slice(state.key().as_bytes()),
            value: Some(value.into()),
            timestamp_ms: state.updated_at.as_millis(),
        });
        Ok(())
    }

    pub(super) fn forget(&mut self, key: Bytes) {
        let timestamp_ms = clock::now().as_millis();
        self.unit.state.push(StateChange { key, value: None, timestamp_ms });
    }

    /// Gives an errand to the owner of its route.
    pub(super) fn errand(&mut self, stage: &str, spec: &SourceSpec) -> Result<(), TurnError> {
        let output = wrap(spec, stage, TraceContext::root());
        self.unit.outputs.push(output.map_err(|error| TurnError::Fatal(error.into()))?);
        Ok(())
    }

    /// Takes an errand from its topic and from the state.
    pub(super) fn retire(&mut self, key: &str) {
        let key = Bytes::copy_from_slice(key.as_bytes());
        let record = dateline_bus::Record {
            key: Some(key.clone()),
            timestamp_ms: clock::now().as_millis(),
            ..dateline_bus::Record::default()
        };
        self.unit.outputs.push(Output { topic: Topic::new(SourceSpec::TOPIC), record });
        self.forget(key);
    }

    pub(super) fn bury(
        &mut self,
        stage: &'static str,
        source: &str,
        number: u64,
        bad: BadInput,
    ) -> Result<(), TurnError> {
        let trace = TraceContext::root();
        let verdict = Verdict { code: bad.code, what: cut(&bad.what), attempts: 1 };
        let now = clock::now();
        let mut details = BTreeMap::from([("source_id".to_owned(), source.to_owned())]);
        let mut bytes = bad.bytes;
        if bytes.len() > MAX_RECORD_BYTES / 2 {
            // The rest is where the input was found.
            details.insert("value_cut_from_bytes".to_owned(), bytes.len().to_string());
            bytes.truncate(MAX_RECORD_BYTES / 2);
        }
        let letter = DeadLetter {
            stage: stage.to_owned(),
            code: bad.code,
            what: cut(&bad.what),
            attempts: 1,
            // There is no record yet: the place of the input stands for the topic.
            origin: Origin { topic: bad.place.clone(), partition: 0, offset: number },
            key: Some(Payload::new(source.as_bytes())),
            value: Some(Payload::new(bytes)),
            headers: Vec::new(),
            dead_at: now,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            details,
        };
        self.unit.outputs.push(dead::fitted(letter, stage, trace).map_err(TurnError::Fatal)?);
        let report = Report {
            story_id: String::new(),
            source_id: source.to_owned(),
            trace,
            attempt: 1,
            elapsed: Duration::ZERO,
            fetched_ms: now.as_millis(),
            began_ns: clock::nanos(),
            sent: Vec::new(),
            facts: Facts::default(),
            end: End::Dead(verdict),
        };
        self.reports.push((report, At::topic(&bad.place)));
        Ok(())
    }
}

/// What a poll came to.
pub(super) fn log_poll(stage: &'static str, source_id: &str, polled: &Polled, elapsed: Duration) {
    let stories = polled.stories.len();
    let dead = polled.dead.len();
    let (failures, http_status) = (polled.state.failures, polled.http_status);
    let next_poll_s =
        (polled.state.next_poll_at.as_millis() - clock::now().as_millis()).max(0) / 1_000;
    let elapsed_ms = elapsed.as_secs_f64() * 1_000.0;
    if let Some(error) = polled.state.last_error.as_deref().filter(|_| failures > 0) {
        tracing::warn!(
            service = stage,
            source_id,
            http_status,
            failures,
            next_poll_s,
            elapsed_ms,
            error,
            "source not available"
        );
    } else if stories + dead > 0 {
        tracing::info!(
            service = stage,
            source_id,
            http_status,
            stories,
            dead,
            next_poll_s,
            elapsed_ms,
            "source polled"
        );
    } else {
        tracing::debug!(
            service = stage,
            source_id,
            http_status,
            next_poll_s,
            elapsed_ms,
            "source polled"
        );
    }
}

/// Whether a story may not be emitted yet.
pub(super) fn is_held(story: &RawStory, now: Timestamp) -> bool {
    match story.embargoed_until {
        _ if story.status.recalls() => false,
        Some(until) => until > now,
        None => story.status == Status::Embargoed,
    }
}

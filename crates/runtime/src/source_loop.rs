//! The loop of a source: sources and their states come from the bus, polls run side by side, and
//! what a poll brought goes out with the new state in one unit of work.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use dateline_bus::{Batch, MAX_RECORD_BYTES, StateChange, Unit, Worker, check_size};
use dateline_record::{
    DeadLetter, FaultCode, FetchState, Origin, Payload, RawStory, Record, SourceSpec, read,
};
use tokio::runtime::Handle;

use crate::{
    BadInput, Fault, Polled, Source, clock,
    dead::{self, Verdict, cut},
    drive::{Turn, TurnError, commit},
    engine::Engine,
    envelope::{trace_of, wrap},
    report::{At, End, Report},
    stage_loop::decode,
    trace::TraceContext,
};

/// The longest pause between two looks for new sources.
const LOOK: Duration = Duration::from_millis(100);

/// Polls that run at once in one worker.
const MOST_POLLS: usize = 256;

/// Results of polls that go out in one unit of work.
const MOST_RESULTS: usize = 64;

/// A source that this worker owns.
struct Entry {
    state: FetchState,
    polling: bool,
    /// Another one whenever the state comes from elsewhere than the poll that runs: the result of
    /// that poll is dropped then. A poll that is repeated only costs a request.
    generation: u64,
}

/// A poll that has ended.
struct Ended {
    /// The generation of the entry that it was begun for.
    generation: u64,
    source: String,
    result: Result<Polled, Fault>,
    elapsed: Duration,
}

/// The loop of one worker of a source.
pub(crate) struct SourceLoop<S> {
    engine: Arc<Engine>,
    source: Arc<S>,
    tokio: Handle,
    entries: BTreeMap<String, Entry>,
    /// The assignment that the entries belong to; none where they must be read anew.
    epoch: Option<u64>,
    /// The last generation that was given to an entry.
    generation: u64,
    sender: Sender<Ended>,
    ended: Receiver<Ended>,
    polls: usize,
}

impl<S: Source> SourceLoop<S> {
    pub(crate) fn new(engine: Arc<Engine>, source: Arc<S>, tokio: Handle) -> Self {
        let (sender, ended) = mpsc::channel();
        let entries = BTreeMap::new();
        Self { engine, source, tokio, entries, epoch: None, generation: 0, sender, ended, polls: 0 }
    }

    /// Reads the states of all owned partitions.
    fn load(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let assignment = worker.assignment();
        self.entries.clear();
        for partition in &assignment.partitions {
            for (key, value) in worker.states(*partition)? {
                let key = String::from_utf8_lossy(&key).into_owned();
                match read::<FetchState>(&value) {
                    Ok(state) => {
                        self.insert(key, state);
                    }
                    Err(error) => {
                        tracing::error!(service = S::NAME, source_id = key, %error, "state unreadable");
                    }
                }
            }
        }
        self.epoch = Some(assignment.epoch);
        Ok(())
    }

    fn insert(&mut self, key: String, state: FetchState) {
        self.generation += 1;
        let entry = Entry { state, polling: false, generation: self.generation };
        self.entries.insert(key, entry);
    }

    /// Begins the polls whose time has come; returns how long the next one is away.
    fn begin_polls(&mut self) -> Duration {
        let now = clock::now();
        let mut next = LOOK;
        for (key, entry) in &mut self.entries {
            let other = self.engine.only_source.as_ref().is_some_and(|only| only.as_str() != key);
            if entry.polling || entry.state.exhausted || other {
                continue;
            }
            let wait = entry.state.next_poll_at.as_millis() - now.as_millis();
            if wait > 0 {
                next = next.min(Duration::from_millis(wait.unsigned_abs()));
                continue;
            }
            if self.polls >= MOST_POLLS {
                break;
            }
            entry.polling = true;
            self.polls += 1;
            let poll = poll_once(
                Arc::clone(&self.source),
                entry.state.clone(),
                key.clone(),
                entry.generation,
                self.sender.clone(),
            );
            self.tokio.spawn(poll);
        }
        next
    }

    /// Waits for a poll to end, and takes all that have.
    fn take_ended(&mut self, wait: Duration) -> Vec<Ended> {
        let mut taken = Vec::new();
        match self.ended.recv_timeout(wait) {
            Ok(ended) => taken.push(ended),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return taken,
        }
        while taken.len() < MOST_RESULTS {
            let Ok(ended) = self.ended.try_recv() else {
                break;
            };
            taken.push(ended);
        }
        self.polls -= taken.len();
        taken.retain(|ended| {
            let entry = self.entries.get(&ended.source);
            entry.is_some_and(|entry| entry.generation == ended.generation)
        });
        taken
    }

    /// Takes over what `dateline.sources.v1` says: new, changed and removed sources.
    fn take_specs(&mut self, batch: &Batch, work: &mut Work) -> Result<(), TurnError> {
        for received in &batch.records {
            let trace = trace_of(&received.record);
            let key = received.record.key.clone().unwrap_or_default();
            let name = String::from_utf8_lossy(&key).into_owned();
            if received.record.value.is_none() {
                self.entries.remove(&name);
                let timestamp_ms = clock::now().as_millis();
                work.unit.state.push(StateChange { key, value: None, timestamp_ms });
                continue;
            }
            match decode::<SourceSpec>(received) {
                Ok(spec) => self.take_spec(name, spec, work)?,
                Err(verdict) => {
                    let letter =
                        dead::letter(S::NAME, received, &verdict).map_err(TurnError::Fatal)?;
                    work.unit.outputs.push(letter);
                    work.reports.push((Report::unread(received, trace, verdict), At::of(received)));
                }
            }
        }
        Ok(())
    }

    fn take_spec(
        &mut self,
        name: String,
        spec: SourceSpec,
        work: &mut Work,
    ) -> Result<(), TurnError> {
        tracing::info!(service = S::NAME, source_id = name, "source taken over");
        let kept = self.entries.remove(&name).filter(|entry| entry.state.source.kind == spec.kind);
        let state = match kept {
            // Described anew, a finite source is looked at again.
            Some(entry) => FetchState {
                next_poll_at: spec.updated_at,
                source: spec,
                exhausted: false,
                ..entry.state
            },
            None => FetchState::new(spec),
        };
        work.unit.state.push(state_change(&state)?);
        self.insert(name, state);
        Ok(())
    }

    /// Takes over what a poll brought.
    fn take_poll(&mut self, ended: Ended, work: &mut Work) -> Result<(), TurnError> {
        let polled = match ended.result {
            Ok(polled) => polled,
            Err(Fault::Fatal(error)) => return Err(TurnError::Fatal(error)),
            Err(Fault::Retry { what, .. } | Fault::Poison { what, .. }) => {
                return self.failed(&ended.source, &what, work);
            }
        };
        log_poll(S::NAME, &ended.source, &polled, ended.elapsed);
        for story in &polled.stories {
            take_story(S::NAME, story, ended.elapsed, work)?;
        }
        for (number, bad) in (0..).zip(polled.dead) {
            bury(S::NAME, &ended.source, number, bad, work)?;
        }
        work.unit.state.push(state_change(&polled.state)?);
        if let Some(entry) = self.entries.get_mut(&ended.source) {
            entry.state = polled.state;
            entry.polling = false;
        }
        Ok(())
    }

    /// A poll that could not be judged by the source itself.
    fn failed(&mut self, source: &str, what: &str, work: &mut Work) -> Result<(), TurnError> {
        tracing::warn!(service = S::NAME, source_id = source, error = %cut(what), "poll failed");
        let Some(entry) = self.entries.get_mut(source) else {
            return Ok(());
        };
        let state = &mut entry.state;
        state.failures += 1;
        state.last_error = Some(cut(what));
        let pause = self.engine.retry().pause(state.failures, None);
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let next = clock::now().as_millis().saturating_add(pause_ms);
        state.next_poll_at = dateline_record::Timestamp::from_millis(next);
        entry.polling = false;
        work.unit.state.push(state_change(&entry.state)?);
        Ok(())
    }
}

/// What one unit of work will hold, and what is to be reported once it is committed.
#[derive(Default)]
struct Work {
    unit: Unit,
    reports: Vec<(Report, At)>,
}

fn take_story(
    stage: &'static str,
    story: &RawStory,
    elapsed: Duration,
    work: &mut Work,
) -> Result<(), TurnError> {
    let trace = TraceContext::root();
    let output = wrap(story, stage, trace).map_err(|error| TurnError::Fatal(error.into()))?;
    let mut report = Report::of(story, trace);
    report.elapsed = elapsed;
    if let Err(error) = check_size(&output.topic, &output.record) {
        let bad = BadInput {
            place: story.url.clone().unwrap_or_else(|| story.provider_id.clone()),
            code: FaultCode::TooLarge,
            what: error.to_string(),
            bytes: story.body.as_bytes().to_vec(),
        };
        return bury(stage, story.source_id.as_str(), 0, bad, work);
    }
    work.unit.outputs.push(output);
    work.reports.push((report, At::topic(RawStory::TOPIC)));
    Ok(())
}

async fn poll_once<S: Source>(
    source: Arc<S>,
    state: FetchState,
    name: String,
    generation: u64,
    sender: Sender<Ended>,
) {
    let start = Instant::now();
    // A panic in a source is a failed poll, not a dead service: hence a task of its own.
    let task = tokio::spawn(async move { source.poll(state, clock::now()).await });
    let result = task.await.unwrap_or_else(|error| Err(Fault::retry(error.to_string())));
    let ended = Ended { generation, source: name, result, elapsed: start.elapsed() };
    // The loop may have ended meanwhile; then nobody waits for the result.
    drop(sender.send(ended));
}

fn state_change(state: &FetchState) -> Result<StateChange, TurnError> {
    let value = state.to_json().map_err(|error| TurnError::Fatal(error.into()))?;
    Ok(StateChange {
        key: Bytes::copy_from_slice(state.key().as_bytes()),
        value: Some(value.into()),
        timestamp_ms: state.updated_at.as_millis(),
    })
}

fn bury(
    stage: &'static str,
    source: &str,
    number: u64,
    bad: BadInput,
    work: &mut Work,
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
    work.unit.outputs.push(dead::fitted(letter, stage, trace).map_err(TurnError::Fatal)?);
    let report = Report {
        story_id: String::new(),
        source_id: source.to_owned(),
        trace,
        attempt: 1,
        elapsed: Duration::ZERO,
        fetched_ms: now.as_millis(),
        end: End::Dead(verdict),
    };
    work.reports.push((report, At::topic(&bad.place)));
    Ok(())
}

fn log_poll(stage: &'static str, source_id: &str, polled: &Polled, elapsed: Duration) {
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

impl<S: Source> Turn for SourceLoop<S> {
    fn stage(&self) -> &'static str {
        S::NAME
    }

    fn turn(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let engine = Arc::clone(&self.engine);
        let batch = worker.poll(engine.unit_limit(), Duration::ZERO)?;
        if self.epoch != Some(worker.assignment().epoch) {
            self.load(worker)?;
        }
        let mut work = Work::default();
        self.take_specs(&batch, &mut work)?;
        let wait = self.begin_polls();
        let wait = if batch.records.is_empty() { wait } else { Duration::ZERO };
        for ended in self.take_ended(wait) {
            self.take_poll(ended, &mut work)?;
        }
        if !batch.records.is_empty() || work.unit != Unit::default() {
            commit(&engine, S::NAME, worker, batch, work.unit)?;
        }
        for (report, at) in &work.reports {
            report.write(&engine, S::NAME, at);
        }
        let exhausted = self.entries.iter().filter(|(_, entry)| entry.state.exhausted);
        engine.set_exhausted(exhausted.map(|(name, _)| name.clone()).collect());
        Ok(())
    }

    fn reset(&mut self) {
        self.epoch = None;
    }
}

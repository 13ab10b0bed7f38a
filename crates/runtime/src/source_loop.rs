//! The loop of a source: sources and their states come from the bus, polls run side by side, and
//! what a poll brought goes out with the new state in one unit of work.

mod vitals;
mod work;

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use dateline_bus::{Batch, Unit, Worker};
use dateline_record::{
    Delivery, Errand, FaultCode, FetchState, RawStory, Record, SourceKind, SourceSpec, read,
};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

use crate::{
    BadInput, Fault, Polled, Source, Territory, clock,
    dead::{self, cut},
    drive::{Turn, TurnError, commit},
    engine::Engine,
    envelope::trace_of,
    report::{At, Report},
    stage_loop::decode,
};
use vitals::{VitalSigns, count_poll};
use work::{Work, is_held, log_poll};

/// The longest pause between two looks for new sources.
const LOOK: Duration = Duration::from_millis(100);

/// Polls that run at once in one worker.
const MOST_POLLS: usize = 256;

/// Results of polls that go out in one unit of work.
const MOST_RESULTS: usize = 64;

/// Deliveries that go out in one unit of work.
const MOST_DELIVERIES: usize = 16;

/// A source that this worker owns.
struct Entry {
    state: FetchState,
    polling: bool,
    /// The poll that runs.
    task: Option<AbortHandle>,
    /// Another one whenever the state comes from elsewhere than the poll that runs: the result of
    /// that poll is dropped then. A poll that is repeated only costs a request.
    generation: u64,
}

/// A poll that has ended.
struct Ended {
    /// The generation of the entry that it was begun for.
    generation: u64,
    key: String,
    /// The source that a delivery was for, and its generation.
    target: Option<(String, u64)>,
    result: Result<Polled, Fault>,
    elapsed: Duration,
}

/// What is begun for an entry.
enum Task {
    Poll,
    /// A delivery for the source of that key.
    Receive(String, Box<Delivery>),
    /// A delivery for a source that nobody owns.
    Lost(String),
}

/// The loop of one worker of a source.
pub(crate) struct SourceLoop<S> {
    engine: Arc<Engine>,
    source: Arc<S>,
    tokio: Handle,
    entries: BTreeMap<String, Entry>,
    /// The assignment that the entries belong to; none where they must be read anew.
    epoch: Option<u64>,
    territory: Arc<Territory>,
    /// The last generation that was given to an entry.
    generation: u64,
    sender: Sender<Ended>,
    ended: Receiver<Ended>,
    polls: usize,
    vitals: VitalSigns,
}

impl<S: Source> SourceLoop<S> {
    pub(crate) fn new(engine: Arc<Engine>, source: Arc<S>, tokio: Handle) -> Self {
        let (sender, ended) = mpsc::channel();
        Self {
            engine,
            source,
            tokio,
            entries: BTreeMap::new(),
            epoch: None,
            territory: Arc::new(Territory::everywhere()),
            generation: 0,
            sender,
            ended,
            polls: 0,
            vitals: VitalSigns::default(),
        }
    }

    /// Reads the states of all owned partitions.
    fn load(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let assignment = worker.assignment();
        // Another may own these hosts now: what is on its way to them is given up.
        for entry in std::mem::take(&mut self.entries).into_values() {
            if let Some(task) = entry.task {
                task.abort();
            }
        }
        for partition in &assignment.partitions {
            for (key, value) in worker.states(*partition)? {
                let key = String::from_utf8_lossy(&key).into_owned();
                match read::<FetchState>(&value) {
                    Ok(state) => {
                        self.source.take_over(&state);
                        self.insert(key, state);
                    }
                    Err(error) => {
                        tracing::error!(service = S::NAME, source_id = key, %error, "state unreadable");
                    }
                }
            }
        }
        self.territory = Arc::new(Territory::of(&assignment));
        self.epoch = Some(assignment.epoch);
        Ok(())
    }

    fn insert(&mut self, key: String, state: FetchState) {
        self.generation += 1;
        let generation = self.generation;
        let entry = Entry { state, polling: false, task: None, generation };
        self.entries.insert(key, entry);
    }

    /// Begins the polls whose time has come; returns how long the next one is away.
    fn begin_polls(&mut self) -> Duration {
        let now = clock::now();
        let mut next = LOOK;
        let mut due = Vec::new();
        for entry in self.entries.values_mut().filter(|entry| !entry.polling) {
            entry.state.follow_clock(now);
        }
        for (key, entry) in &self.entries {
            if entry.polling || entry.state.exhausted || !self.is_wanted(&entry.state.source) {
                continue;
            }
            let wait = entry.state.next_poll_at.as_millis() - now.as_millis();
            if wait > 0 {
                next = next.min(Duration::from_millis(wait.unsigned_abs()));
            } else if self.polls + due.len() < MOST_POLLS {
                due.push(key.clone());
            }
        }
        for key in due {
            self.begin(key);
        }
        next
    }

    /// Whether a command holds the fetcher to another source. Errands are always run: they come
    /// of any.
    fn is_wanted(&self, spec: &SourceSpec) -> bool {
        let is_errand = matches!(spec.kind, SourceKind::Errand(_));
        is_errand || self.engine.only_source.as_ref().is_none_or(|only| *only == spec.id)
    }

    fn begin(&mut self, key: String) {
        let Some(entry) = self.entries.get(&key) else {
            return;
        };
        let (generation, state, source) =
            (entry.generation, entry.state.clone(), Arc::clone(&self.source));
        let task = self.task(&state.source.kind);
        let mut target = None;
        let work: BoxFuture = match task {
            Task::Poll => {
                let territory = Arc::clone(&self.territory);
                Box::pin(async move { source.poll(state, clock::now(), &territory).await })
            }
            Task::Receive(name, delivery) => {
                // One at a time: the delivery needs the state that a running poll will leave.
                let Some(entry) = self.entries.get_mut(&name).filter(|entry| !entry.polling) else {
                    return;
                };
                entry.polling = true;
                target = Some((name, entry.generation));
                let state = entry.state.clone();
                Box::pin(async move { source.receive(state, *delivery).await })
            }
            Task::Lost(what) => {
                Box::pin(async { Err(Fault::poison(FaultCode::BadDocument, what)) })
            }
        };
        // A panic in a source is a failed poll, not a dead service: hence a task of its own.
        let work = self.tokio.spawn(work);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.polling = true;
            entry.task = Some(work.abort_handle());
        }
        self.polls += 1;
        self.tokio.spawn(run(work, key, target, generation, self.sender.clone()));
    }

    fn task(&self, kind: &SourceKind) -> Task {
        let SourceKind::Errand(Errand::Delivery { target, delivery }) = kind else {
            return Task::Poll;
        };
        if self.entries.contains_key(target) {
            return Task::Receive(target.clone(), delivery.clone());
        }
        Task::Lost(format!("{target}: there is no such source; was its file taken away?"))
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
            let is_same = |key: &String, generation: u64| {
                let entry = self.entries.get(key);
                entry.is_some_and(|entry| entry.generation == generation)
            };
            let target = ended.target.as_ref();
            is_same(&ended.key, ended.generation)
                && target.is_none_or(|(key, generation)| is_same(key, *generation))
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
                // An errand's end is known from the state; here a newer one may have followed.
                let id = name.rsplit('/').next().unwrap_or_default();
                if !SourceSpec::is_errand_id(id) {
                    self.entries.remove(&name);
                    work.forget(key);
                }
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
        if !matches!(spec.kind, SourceKind::Errand(_)) {
            tracing::info!(service = S::NAME, source_id = %spec.id, "source taken over");
        }
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
        work.state(&state)?;
        self.insert(name, state);
        Ok(())
    }

    /// Takes over what a poll brought.
    fn take_poll(&mut self, ended: Ended, work: &mut Work) -> Result<(), TurnError> {
        if let Some((key, _)) = &ended.target
            && let Some(entry) = self.entries.get_mut(key)
        {
            entry.polling = false;
        }
        let polled = match ended.result {
            Ok(polled) => polled,
            Err(Fault::Fatal(error)) => return Err(TurnError::Fatal(error)),
            Err(Fault::Poison { code, what }) => {
                return self.refused(&ended.key, BadDelivery { code, what }, work);
            }
            Err(Fault::Retry { what, .. }) => return self.failed(&ended.key, &what, work),
        };
        let id = polled.state.source.id.clone();
        log_poll(S::NAME, id.as_str(), &polled, ended.elapsed);
        count_poll(&self.engine.metrics, &polled);
        let route = polled.state.source.route().to_owned();
        for story in &polled.stories {
            self.take_story(story, &route, ended.elapsed, work)?;
        }
        for errand in &polled.errands {
            work.errand(S::NAME, errand)?;
        }
        for (number, bad) in (0..).zip(polled.dead) {
            work.bury(S::NAME, id.as_str(), number, bad)?;
        }
        self.take_state(ended.key, ended.target.map(|(key, _)| key), polled.state, work)
    }

    /// Takes over the state that a poll has left, and retires an errand that is done.
    fn take_state(
        &mut self,
        key: String,
        target: Option<String>,
        state: FetchState,
        work: &mut Work,
    ) -> Result<(), TurnError> {
        let is_done = state.exhausted && matches!(state.source.kind, SourceKind::Errand(_));
        if is_done || target.is_some() {
            work.retire(&key);
            self.entries.remove(&key);
        }
        if is_done {
            return Ok(());
        }
        work.state(&state)?;
        if let Some(entry) = self.entries.get_mut(&target.unwrap_or(key)) {
            entry.state = state;
            entry.polling = false;
        }
        Ok(())
    }

    /// Emits a story, or holds it until the end of its embargo. Any other version of a story that
    /// is held takes its place.
    fn take_story(
        &mut self,
        story: &RawStory,
        route: &str,
        elapsed: Duration,
        work: &mut Work,
    ) -> Result<(), TurnError> {
        let now = clock::now();
        let release = Errand::Release { story: Box::new(story.clone()) };
        let release = SourceSpec::errand(release, route, now);
        if is_held(story, now) {
            tracing::info!(
                service = S::NAME,
                story_id = %story.story_id,
                source_id = %story.source_id,
                embargoed_until = story.embargoed_until.map(|until| until.to_string()),
                "story held until the end of its embargo"
            );
            return work.errand(S::NAME, &release);
        }
        let key = release.key().into_owned();
        let is_held = self.entries.get(&key).is_some_and(|held| !held.polling);
        if is_held && self.entries.remove(&key).is_some() {
            work.retire(&key);
        }
        work.story(S::NAME, story, elapsed)
    }

    /// A delivery that the source does not take.
    fn refused(&mut self, key: &str, bad: BadDelivery, work: &mut Work) -> Result<(), TurnError> {
        let Some(entry) = self.entries.remove(key) else {
            return Ok(());
        };
        let SourceKind::Errand(Errand::Delivery { target, delivery }) = entry.state.source.kind
        else {
            self.entries.insert(key.to_owned(), entry);
            return self.failed(key, &bad.what, work);
        };
        let bytes = delivery.body.as_bytes().to_vec();
        let source = target.rsplit('/').next().unwrap_or_default();
        let BadDelivery { code, what } = bad;
        let bad = BadInput { place: format!("delivery for {target}"), code, what, bytes };
        work.bury(S::NAME, source, 0, bad)?;
        work.retire(key);
        Ok(())
    }

    /// A poll that could not be judged by the source itself.
    fn failed(&mut self, key: &str, what: &str, work: &mut Work) -> Result<(), TurnError> {
        let Some(entry) = self.entries.get_mut(key) else {
            return Ok(());
        };
        let source_id = &entry.state.source.id;
        tracing::warn!(service = S::NAME, %source_id, error = %cut(what), "poll failed");
        let state = &mut entry.state;
        state.failures += 1;
        state.last_error = Some(cut(what));
        let pause = self.engine.retry().pause(state.failures, None);
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let next = clock::now().as_millis().saturating_add(pause_ms);
        state.next_poll_at = dateline_record::Timestamp::from_millis(next);
        entry.polling = false;
        work.state(&entry.state)
    }
}

/// Why a delivery is not taken.
struct BadDelivery {
    code: FaultCode,
    what: String,
}

type BoxFuture = Pin<Box<dyn Future<Output = Result<Polled, Fault>> + Send>>;

async fn run(
    work: JoinHandle<Result<Polled, Fault>>,
    key: String,
    target: Option<(String, u64)>,
    generation: u64,
    sender: Sender<Ended>,
) {
    let start = Instant::now();
    let result = work.await.unwrap_or_else(|error| Err(Fault::retry(error.to_string())));
    let ended = Ended { generation, key, target, result, elapsed: start.elapsed() };
    // The loop may have ended meanwhile; then nobody waits for the result.
    drop(sender.send(ended));
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
        for waiting in engine.inbox.take(MOST_DELIVERIES) {
            work.errand(S::NAME, &waiting.spec)?;
            work.deliverers.push(waiting.done);
        }
        let wait = self.begin_polls();
        let wait = if batch.records.is_empty() { wait } else { Duration::ZERO };
        for ended in self.take_ended(wait) {
            self.take_poll(ended, &mut work)?;
        }
        if !batch.records.is_empty() || work.unit != Unit::default() {
            let unit = std::mem::take(&mut work.unit);
            commit(&engine, S::NAME, worker, batch, unit)?;
        }
        for (report, at) in &work.reports {
            report.write(&engine, S::NAME, at);
        }
        for deliverer in work.deliverers {
            // One that no longer waits delivers again, which changes nothing.
            let _ = deliverer.send(());
        }
        let states = self.entries.values().map(|entry| &entry.state);
        self.vitals.measure(&engine, &*self.source, states);
        let exhausted = self.entries.values().filter(|entry| entry.state.exhausted);
        engine.set_exhausted(exhausted.map(|entry| entry.state.source.id.to_string()).collect());
        Ok(())
    }

    fn reset(&mut self) {
        self.epoch = None;
    }
}

//! The loop of a stage: a batch of records through the CPU pool, one unit of work out.

use std::{
    any::Any,
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use dateline_bus::{Output, Received, Unit, Worker, check_size};
use dateline_record::{CleanState, FaultCode, Record, read};
use rayon::prelude::*;

use crate::{
    Fault, Outcome, Stage,
    dead::{self, Verdict, cut},
    drive::{Turn, TurnError, commit},
    engine::Engine,
    envelope::{trace_of, wrap},
    last_versions::LastVersions,
    report::{At, End, Report},
    side_input::SideInput,
    trace::TraceContext,
    unit_size::UnitSize,
};

/// The loop of one worker of a stage.
pub(crate) struct StageLoop<S> {
    engine: Arc<Engine>,
    stage: Arc<S>,
    /// None where the stage remembers nothing.
    memory: Option<LastVersions>,
    side_input: Option<Arc<SideInput>>,
    unit_size: UnitSize,
}

/// What one record gave.
struct Handled {
    /// For the unit.
    output: Option<Output>,
    /// To be remembered.
    state: Option<CleanState>,
    /// To be reported once the unit is committed.
    report: Report,
}

impl<S: Stage> StageLoop<S> {
    pub(crate) fn new(
        engine: Arc<Engine>,
        stage: Arc<S>,
        side_input: Option<Arc<SideInput>>,
    ) -> Self {
        let memory = stage.memory().map(LastVersions::new);
        Self { engine, stage, memory, side_input, unit_size: UnitSize::default() }
    }

    /// Handles one record.
    fn handle(
        &self,
        received: &Received,
        earlier: Option<&CleanState>,
    ) -> Result<Handled, TurnError> {
        let trace = trace_of(&received.record);
        let record = match decode::<S::In>(received) {
            Ok(record) => record,
            Err(verdict) => {
                let letter = dead::letter(S::NAME, received, &verdict).map_err(TurnError::Fatal)?;
                let report = Report::unread(received, trace, verdict);
                return Ok(Handled { output: Some(letter), state: None, report });
            }
        };
        let mut report = Report::of(&record, trace);
        let start = Instant::now();
        let handled = self.try_often(received, record, &mut report.attempt)?;
        let mut state = None;
        let output = match handled {
            Ok(Outcome::Emit(mut out)) => {
                state = self.stage.compare(&mut out, earlier);
                Some(emit::<S>(received, &out, trace, &mut report)?)
            }
            Ok(Outcome::Skip(reason)) => {
                report.end = End::Skipped(reason);
                None
            }
            Err(verdict) => Some(give_up(S::NAME, received, verdict, &mut report)?),
        };
        report.elapsed = start.elapsed();
        // What could not be emitted must not be taken for the version before.
        let state = state.filter(|_| matches!(report.end, End::Processed));
        Ok(Handled { output, state, report })
    }

    /// Handles records at once, of which no two may be of one story where the stage remembers.
    fn handle_round(
        &mut self,
        worker: &mut dyn Worker,
        round: &[Received],
    ) -> Result<Vec<Handled>, TurnError> {
        let earlier: Vec<Option<CleanState>> = match &self.memory {
            Some(memory) => round
                .iter()
                .map(|received| memory.of(worker, received))
                .collect::<Result<_, _>>()?,
            None => vec![None; round.len()],
        };
        let each = |(received, earlier): (&Received, &Option<CleanState>)| {
            self.handle(received, earlier.as_ref())
        };
        let pool = &self.engine.pool;
        let handled: Result<Vec<Handled>, TurnError> =
            pool.install(|| round.par_iter().with_max_len(1).zip(&earlier).map(each).collect());
        let mut handled = handled?;
        if let Some(memory) = &mut self.memory {
            for (received, each) in round.iter().zip(&mut handled) {
                memory.keep(received, each.state.take());
            }
        }
        Ok(handled)
    }

    /// Calls the stage until it answers, the tries are used up, or the process is to end.
    fn try_often(
        &self,
        received: &Received,
        record: S::In,
        attempt: &mut u32,
    ) -> Result<Result<Outcome<S::Out>, Verdict>, TurnError> {
        let mut next = Some(record);
        let policy = self.engine.retry();
        loop {
            // A second try reads the record again: most records are tried once and never copied.
            let record = match next.take().map_or_else(|| decode::<S::In>(received), Ok) {
                Ok(record) => record,
                Err(verdict) => return Ok(Err(verdict)),
            };
            let (what, after) = match self.call(record) {
                Ok(outcome) => return Ok(Ok(outcome)),
                Err(Fault::Fatal(error)) => return Err(TurnError::Fatal(error)),
                Err(Fault::Poison { code, what }) => {
                    return Ok(Err(Verdict { code, what: cut(&what), attempts: *attempt }));
                }
                Err(Fault::Retry { what, after }) => (what, after),
            };
            if *attempt >= policy.attempts {
                let code = FaultCode::RetriesExhausted;
                return Ok(Err(Verdict { code, what: cut(&what), attempts: *attempt }));
            }
            self.engine.metrics.retry(S::NAME);
            log_retry(S::NAME, received, *attempt, &what);
            if self.engine.pause(policy.pause(*attempt, after)) {
                return Err(TurnError::Stopped);
            }
            *attempt += 1;
        }
    }

    /// A panic is poison, never a crash loop.
    fn call(&self, record: S::In) -> Result<Outcome<S::Out>, Fault> {
        let caught = catch_unwind(AssertUnwindSafe(|| self.stage.handle(record)));
        caught.unwrap_or_else(|panic| Err(Fault::poison(FaultCode::Panic, panic_text(&*panic))))
    }
}

/// Says that a record is tried again; its terminal line is still to come.
fn log_retry(stage: &'static str, received: &Received, attempt: u32, what: &str) {
    let story_id = String::from_utf8_lossy(received.record.key.as_deref().unwrap_or_default());
    tracing::warn!(
        service = stage,
        story_id = &*story_id,
        trace_id = trace_of(&received.record).trace_id(),
        topic = received.topic.as_str(),
        partition = received.partition,
        offset = received.offset,
        attempt,
        outcome = "retried",
        error = cut(what),
        "record to be tried again"
    );
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without text".to_owned())
}

/// How many records come before one of a story that is among them.
fn round_length(records: &[Received]) -> usize {
    let mut seen = HashSet::with_capacity(records.len());
    records
        .iter()
        .position(|received| !seen.insert(received.record.key.as_ref()))
        .unwrap_or(records.len())
}

fn emit<S: Stage>(
    received: &Received,
    out: &S::Out,
    trace: TraceContext,
    report: &mut Report,
) -> Result<Output, TurnError> {
    report.facts = out.facts();
    let sent = trace.child();
    let output = wrap(out, S::NAME, sent).map_err(|error| TurnError::Fatal(error.into()))?;
    let Err(error) = check_size(&output.topic, &output.record) else {
        report.sent.push((sent, S::Out::TOPIC));
        return Ok(output);
    };
    let (code, attempts) = (FaultCode::TooLarge, report.attempt);
    let verdict = Verdict { code, what: error.to_string(), attempts };
    give_up(S::NAME, received, verdict, report)
}

fn give_up(
    stage: &str,
    received: &Received,
    verdict: Verdict,
    report: &mut Report,
) -> Result<Output, TurnError> {
    let letter = dead::letter(stage, received, &verdict).map_err(TurnError::Fatal)?;
    report.end = End::Dead(verdict);
    Ok(letter)
}

/// Reads the record that a stage takes, or says why it is none.
pub(crate) fn decode<R: Record>(received: &Received) -> Result<R, Verdict> {
    let verdict = |code, what: String| Verdict { code, what: cut(&what), attempts: 1 };
    let value = received.record.value.as_ref().ok_or_else(|| {
        let what = format!("{}: the record has no value; delete it", received.topic);
        verdict(FaultCode::NoValue, what)
    })?;
    read(value).map_err(|error| verdict(FaultCode::BadRecord, error.to_string()))
}

impl<S: Stage> Turn for StageLoop<S> {
    fn stage(&self) -> &'static str {
        S::NAME
    }

    fn turn(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let engine = Arc::clone(&self.engine);
        if let Some(side_input) = &self.side_input {
            side_input.read(&*engine.bus, &*self.stage)?;
        }
        let limit = self.unit_size.limit(engine.unit_limit(), engine.unit_time());
        let batch = worker.poll(limit, engine.poll_wait())?;
        if batch.records.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        if let Some(memory) = &mut self.memory {
            memory.begin(worker)?;
        }
        let mut handled = Vec::with_capacity(batch.records.len());
        let mut rest = batch.records.as_slice();
        while !rest.is_empty() {
            let length = if self.memory.is_some() { round_length(rest) } else { rest.len() };
            let (round, after) = rest.split_at(length);
            handled.extend(self.handle_round(worker, round)?);
            rest = after;
        }
        let (outputs, reports): (Vec<_>, Vec<_>) =
            handled.into_iter().map(|each| (each.output, each.report)).unzip();
        let mut unit = Unit { outputs: outputs.into_iter().flatten().collect(), state: Vec::new() };
        if let Some(memory) = &mut self.memory {
            unit.state = memory.end(worker)?;
        }
        let places: Vec<At> = batch.records.iter().map(At::of).collect();
        let work = start.elapsed();
        commit(&engine, S::NAME, worker, batch, unit)?;
        self.unit_size.took(reports.len(), work, start.elapsed().saturating_sub(work));
        for (report, at) in reports.iter().zip(&places) {
            report.write(&engine, S::NAME, at);
        }
        Ok(())
    }

    fn reset(&mut self) {
        if let Some(memory) = &mut self.memory {
            memory.reset();
        }
    }
}

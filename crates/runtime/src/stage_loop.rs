//! The loop of a stage: a batch of records through the CPU pool, one unit of work out.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use dateline_bus::{Output, Received, Unit, Worker, check_size};
use dateline_record::{FaultCode, Record, read};
use rayon::prelude::*;

use crate::{
    Fault, Outcome, Stage,
    dead::{self, Verdict, cut},
    drive::{Turn, TurnError, commit},
    engine::Engine,
    envelope::{trace_of, wrap},
    report::{At, End, Report},
    trace::TraceContext,
};

/// The loop of one worker of a stage.
pub(crate) struct StageLoop<S> {
    engine: Arc<Engine>,
    stage: Arc<S>,
}

impl<S: Stage> StageLoop<S> {
    pub(crate) fn new(engine: Arc<Engine>, stage: Arc<S>) -> Self {
        Self { engine, stage }
    }

    /// Handles one record: what it gives for the unit, and what is to be reported.
    fn handle(&self, received: &Received) -> Result<(Option<Output>, Report), TurnError> {
        let trace = trace_of(&received.record);
        let record = match decode::<S::In>(received) {
            Ok(record) => record,
            Err(verdict) => {
                let letter = dead::letter(S::NAME, received, &verdict).map_err(TurnError::Fatal)?;
                return Ok((Some(letter), Report::unread(received, trace, verdict)));
            }
        };
        let mut report = Report::of(&record, trace);
        let start = Instant::now();
        let handled = self.try_often(received, record, &mut report.attempt)?;
        report.elapsed = start.elapsed();
        let output = match handled {
            Ok(Outcome::Emit(out)) => Some(emit::<S>(received, &out, trace, &mut report)?),
            Ok(Outcome::Skip(reason)) => {
                report.end = End::Skipped(reason);
                None
            }
            Err(verdict) => Some(give_up(S::NAME, received, verdict, &mut report)?),
        };
        Ok((output, report))
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

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without text".to_owned())
}

fn emit<S: Stage>(
    received: &Received,
    out: &S::Out,
    trace: TraceContext,
    report: &mut Report,
) -> Result<Output, TurnError> {
    let output =
        wrap(out, S::NAME, trace.child()).map_err(|error| TurnError::Fatal(error.into()))?;
    let Err(error) = check_size(&output.topic, &output.record) else {
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
        let batch = worker.poll(engine.unit_limit(), engine.poll_wait())?;
        if batch.records.is_empty() {
            return Ok(());
        }
        let handled: Result<Vec<_>, TurnError> = engine
            .pool
            .install(|| batch.records.par_iter().map(|received| self.handle(received)).collect());
        let (outputs, reports): (Vec<_>, Vec<_>) = handled?.into_iter().unzip();
        let unit = Unit { outputs: outputs.into_iter().flatten().collect(), state: Vec::new() };
        let places: Vec<At> = batch.records.iter().map(At::of).collect();
        commit(&engine, S::NAME, worker, batch, unit)?;
        for (report, at) in reports.iter().zip(&places) {
            report.write(&engine, S::NAME, at);
        }
        Ok(())
    }

    fn reset(&mut self) {}
}

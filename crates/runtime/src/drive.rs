//! Driving a worker: opening it, turning its loop, and what each failure asks for.

use std::time::Instant;

use anyhow::{Context, anyhow};
use dateline_bus::{Batch, BusError, CommitError, Unit, Worker, WorkerOptions};

use crate::engine::Engine;

/// Failures in a row after which a service stops instead of building its worker anew.
const MOST_REBUILDS: u32 = 5;

/// One loop of a service.
pub(crate) trait Turn {
    /// The service.
    fn stage(&self) -> &'static str;

    /// Polls, works and commits once.
    fn turn(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError>;

    /// Forgets what was derived from positions or state: a commit did not happen, or the worker
    /// is another.
    fn reset(&mut self);
}

/// Why a turn failed.
pub(crate) enum TurnError {
    Bus(BusError),
    Commit(CommitError),
    Fatal(anyhow::Error),
    /// The process is to end, and the turn was given up without a commit.
    Stopped,
}

impl From<BusError> for TurnError {
    fn from(error: BusError) -> Self {
        Self::Bus(error)
    }
}

/// What a failure asks for.
enum Next {
    /// Turn again with the same worker.
    Again,
    /// Turn again after a pause.
    Pause,
    /// Build the worker anew after a pause.
    Rebuild(String),
}

/// Turns a loop until the process is to end.
pub(crate) fn drive(
    engine: &Engine,
    name: &str,
    options: &WorkerOptions,
    turn: &mut dyn Turn,
) -> anyhow::Result<()> {
    let mut failures = 0;
    while !engine.stop.is_cancelled() {
        match drive_worker(engine, name, options, turn, &mut failures)? {
            None => break,
            Some(what) if failures >= MOST_REBUILDS => {
                return Err(anyhow!("{what} ({failures} times in a row)"));
            }
            Some(what) => {
                tracing::warn!(service = turn.stage(), error = %what, "building the worker anew");
                engine.pause(engine.retry().pause(failures, None));
                turn.reset();
            }
        }
    }
    engine.health.ended(name);
    Ok(())
}

/// Turns a loop with one worker; returns why it must be built anew, or none at the end.
fn drive_worker(
    engine: &Engine,
    name: &str,
    options: &WorkerOptions,
    turn: &mut dyn Turn,
    failures: &mut u32,
) -> anyhow::Result<Option<String>> {
    let mut worker = match engine.bus.worker(options.clone()) {
        Ok(worker) => worker,
        Err(BusError::Unavailable(what)) => {
            // A bus that is down is waited for: nothing is lost meanwhile.
            tracing::warn!(service = turn.stage(), error = %what, "bus not available");
            *failures = 1;
            return Ok(Some(what));
        }
        Err(error) => return Err(error).with_context(|| format!("{name} cannot join its group")),
    };
    let (mut pauses, mut epoch) = (0, None);
    while !engine.stop.is_cancelled() {
        let Err(error) = turn.turn(&mut *worker) else {
            (*failures, pauses) = (0, 0);
            log_assignment(turn.stage(), &mut *worker, &mut epoch);
            engine.health.turned(name);
            continue;
        };
        match judge(turn.stage(), error, &mut *worker)? {
            Next::Again => turn.reset(),
            Next::Pause => {
                turn.reset();
                pauses += 1;
                engine.pause(engine.retry().pause(pauses, None));
            }
            Next::Rebuild(what) => {
                *failures += 1;
                return Ok(Some(what));
            }
        }
    }
    worker.close().with_context(|| format!("{name} cannot leave its group"))?;
    Ok(None)
}

/// Says which partitions a worker has, whenever that changes.
fn log_assignment(stage: &'static str, worker: &mut dyn Worker, known: &mut Option<u64>) {
    let assignment = worker.assignment();
    if *known == Some(assignment.epoch) {
        return;
    }
    *known = Some(assignment.epoch);
    let (partitions, of) = (format!("{:?}", assignment.partitions), assignment.of);
    tracing::info!(service = stage, partitions, of, "partitions assigned");
}

fn judge(stage: &'static str, error: TurnError, worker: &mut dyn Worker) -> anyhow::Result<Next> {
    match error {
        TurnError::Stopped => Ok(Next::Again),
        TurnError::Fatal(error) => Err(error),
        TurnError::Bus(BusError::Truncated { topic, partition, wanted, low }) => {
            tracing::error!(
                service = stage, %topic, partition, offset = wanted, earliest_offset = low,
                "records lost to retention before they were read"
            );
            worker.seek(&topic, partition, low)?;
            Ok(Next::Again)
        }
        TurnError::Bus(BusError::Unavailable(what)) => {
            tracing::warn!(service = stage, error = %what, "bus not available");
            Ok(Next::Pause)
        }
        TurnError::Bus(BusError::Fatal(what)) | TurnError::Commit(CommitError::Fatal(what)) => {
            Ok(Next::Rebuild(what))
        }
        TurnError::Bus(error) => Err(error.into()),
        TurnError::Commit(CommitError::Fenced) => {
            tracing::warn!(service = stage, "unit dropped, another member owns its partition");
            Ok(Next::Again)
        }
        TurnError::Commit(CommitError::Aborted(what)) => {
            tracing::warn!(service = stage, error = %what, "unit rolled back");
            Ok(Next::Pause)
        }
        TurnError::Commit(error @ CommitError::TooLarge { .. }) => Err(error.into()),
    }
}

/// Commits and counts.
pub(crate) fn commit(
    engine: &Engine,
    stage: &str,
    worker: &mut dyn Worker,
    batch: Batch,
    unit: Unit,
) -> Result<(), TurnError> {
    let start = Instant::now();
    let result = worker.commit(batch, unit);
    let label = match &result {
        Ok(()) => "ok",
        Err(CommitError::Fenced) => "fenced",
        Err(CommitError::Aborted(_)) => "aborted",
        Err(_) => "failed",
    };
    engine.metrics.commit(stage, label, start.elapsed());
    result.map_err(TurnError::Commit)
}

//! The loop of a sink: the target's own positions are the truth, the group's are a hint.

use std::{sync::Arc, time::Instant};

use dateline_bus::{Batch, CommitError, Received, Topic, Unit, Worker};
use dateline_record::{FaultCode, Record, StoryEvents, StoryRelations};

use crate::{
    Fault, Landing, Sink, SinkRecord, Written,
    dead::{self, Verdict, cut},
    drive::{Turn, TurnError, commit},
    engine::Engine,
    envelope::trace_of,
    report::{At, End, Report},
    stage_loop::decode,
    trace::TraceContext,
};

/// The loop of one worker of a sink.
pub(crate) struct SinkLoop<S> {
    engine: Arc<Engine>,
    /// The name of the service.
    name: &'static str,
    sink: S,
    /// The assignment for which the worker stands at the target's positions.
    positioned: Option<u64>,
}

impl<S: Sink> SinkLoop<S> {
    pub(crate) fn new(engine: Arc<Engine>, name: &'static str, sink: S) -> Self {
        Self { engine, name, sink, positioned: None }
    }

    /// Moves the worker to where the target stands. A target that knows nothing is filled from
    /// the beginning.
    fn position(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let assignment = worker.assignment();
        for partition in &assignment.partitions {
            for topic in [StoryEvents::TOPIC, StoryRelations::TOPIC] {
                let place = (Topic::new(topic), *partition);
                let stored = self.retry(|sink| sink.position(&place))?;
                worker.seek(&place.0, place.1, stored.unwrap_or(0))?;
            }
        }
        self.positioned = Some(assignment.epoch);
        Ok(())
    }

    /// Repeats a call until the target answers: a target that is down holds the stream back.
    fn retry<T>(
        &mut self,
        mut call: impl FnMut(&mut S) -> Result<T, Fault>,
    ) -> Result<T, TurnError> {
        let policy = self.engine.retry();
        let mut attempt = 1;
        loop {
            let (what, after) = match call(&mut self.sink) {
                Ok(value) => {
                    if attempt > 1 {
                        tracing::info!(service = self.name, attempt, "sink back");
                    }
                    return Ok(value);
                }
                Err(Fault::Fatal(error)) => return Err(TurnError::Fatal(error)),
                Err(Fault::Poison { what, .. }) => {
                    return Err(TurnError::Fatal(anyhow::anyhow!(what)));
                }
                Err(Fault::Retry { what, after }) => (what, after),
            };
            if attempt == 1 {
                tracing::warn!(service = self.name, error = %cut(&what), "sink not available");
            }
            self.engine.metrics.retry(self.name);
            if self.engine.pause(policy.pause(attempt, after)) {
                return Err(TurnError::Stopped);
            }
            attempt += 1;
        }
    }

    /// What the target wants now and then. What fails holds nothing back: it is tried again later.
    fn look_after(&mut self) -> Result<(), TurnError> {
        match self.sink.rest() {
            Ok(None) => {}
            Ok(Some(done)) => tracing::info!(service = self.name, done, "target maintained"),
            Err(Fault::Fatal(error)) => return Err(TurnError::Fatal(error)),
            Err(Fault::Poison { what, .. } | Fault::Retry { what, .. }) => {
                tracing::warn!(service = self.name, error = %cut(&what), "target not maintained");
            }
        }
        Ok(())
    }

    /// Sorts a batch into what the target takes and what it cannot take.
    fn sort(&self, records: &[Received]) -> (Vec<SinkRecord>, Vec<Report>) {
        let (mut fit, mut reports) = (Vec::new(), Vec::new());
        for received in records {
            let trace = trace_of(&received.record);
            let read = landing(received, trace).and_then(|(record, report)| {
                let Some(what) = self.sink.unfit(&record) else {
                    return Ok((record, report));
                };
                Err(Verdict { code: FaultCode::BadRow, what: cut(&what), attempts: 1 })
            });
            match read {
                Ok((record, report)) => {
                    reports.push(report);
                    let place = (received.topic.clone(), received.partition);
                    fit.push(SinkRecord { place, offset: received.offset, record });
                }
                Err(verdict) => reports.push(Report::unread(received, trace, verdict)),
            }
        }
        (fit, reports)
    }

    /// Dead letters go first: should the process die before the rows are written, the letter
    /// comes twice under one id, but never not at all.
    fn bury(
        &self,
        worker: &mut dyn Worker,
        records: &[Received],
        reports: &[Report],
    ) -> Result<(), TurnError> {
        let mut unit = Unit::default();
        for (received, report) in records.iter().zip(reports) {
            if let End::Dead(verdict) = &report.end {
                let letter =
                    dead::letter(self.name, received, verdict).map_err(TurnError::Fatal)?;
                unit.outputs.push(letter);
            }
        }
        commit(&self.engine, self.name, worker, Batch::default(), unit)
    }
}

/// Reads what one of the topics of a sink carries.
fn landing(received: &Received, trace: TraceContext) -> Result<(Landing, Report), Verdict> {
    if received.topic.as_str() == StoryRelations::TOPIC {
        let record = decode::<StoryRelations>(received)?;
        let (facts, end) = (record.facts(), End::Related);
        let report = Report { facts, end, ..Report::of(&record, trace) };
        return Ok((Landing::Relations(Box::new(record)), report));
    }
    let record = decode::<StoryEvents>(received)?;
    let report = Report { facts: record.facts(), ..Report::of(&record, trace) };
    Ok((Landing::Events(Box::new(record)), report))
}

/// The events of a record.
fn events_of(record: &SinkRecord) -> u64 {
    match &record.record {
        Landing::Events(record) => record.events.len() as u64,
        Landing::Relations(_) => 0,
    }
}

impl<S: Sink> Turn for SinkLoop<S> {
    fn stage(&self) -> &'static str {
        self.name
    }

    fn turn(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let engine = Arc::clone(&self.engine);
        let mut batch = worker.poll(engine.unit_limit(), engine.poll_wait())?;
        if self.positioned != Some(worker.assignment().epoch) {
            return self.position(worker);
        }
        self.look_after()?;
        if batch.records.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        let records = std::mem::take(&mut batch.records);
        let (fit, mut reports) = self.sort(&records);
        if fit.len() < records.len() {
            self.bury(worker, &records, &reports)?;
        }
        let next = batch.next.clone();
        let rows = match self.retry(|sink| sink.write(&fit, &next))? {
            Written::Rows(rows) => rows,
            Written::Fenced(what) => {
                tracing::warn!(service = self.name, error = %cut(&what), "another writer took over");
                return Err(TurnError::Commit(CommitError::Fenced));
            }
        };
        let events = fit.iter().map(events_of).sum();
        engine.metrics.sink(self.name, rows, events);
        // What the target stores is the truth: a failure here only makes the group's hint stale.
        let committed = commit(&engine, self.name, worker, batch, Unit::default());
        for (report, received) in reports.iter_mut().zip(&records) {
            report.elapsed = start.elapsed();
            report.write(&engine, self.name, &At::of(received));
        }
        committed
    }

    fn reset(&mut self) {
        self.positioned = None;
    }
}

//! The loop of a stage that remembers: one worker, records one after the other, and in each unit of
//! work what goes out with what is remembered.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use bytes::Bytes;
use dateline_bus::{Batch, Limit, Received, StateChange, Topic, Unit, Worker};
use dateline_record::{FaultCode, Record, read};

use crate::{
    Fault, Fold, Folded,
    dead::{self, Verdict, cut},
    drive::{Turn, TurnError, commit},
    engine::Engine,
    envelope::{trace_of, wrap},
    report::{At, End, Report},
    stage_loop::{decode, panic_text},
    trace::TraceContext,
};

/// The loop of the one worker of a stage that remembers.
pub(crate) struct FoldLoop<F> {
    engine: Arc<Engine>,
    fold: F,
    /// The assignment that the memory was read under; none where it must be read anew.
    epoch: Option<u64>,
    /// A record failed in a batch: so many records have a unit of their own, for one of them is it.
    alone: usize,
}

/// A unit that grows, with what is to be said once it is committed. Of several memories of one key
/// the last counts.
#[derive(Default)]
struct Work {
    unit: Unit,
    state: BTreeMap<Bytes, StateChange>,
    reports: Vec<(Report, At)>,
}

impl<F: Fold> FoldLoop<F> {
    pub(crate) fn new(engine: Arc<Engine>, fold: F) -> Self {
        Self { engine, fold, epoch: None, alone: 0 }
    }

    /// Reads the memory of all partitions.
    fn load(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let assignment = worker.assignment();
        let start = Instant::now();
        let mut memories = 0_u64;
        self.fold.clear();
        for partition in &assignment.partitions {
            for (key, value) in worker.states(*partition)? {
                match read::<F::Memory>(&value) {
                    Ok(memory) => {
                        self.fold.restore(memory);
                        memories += 1;
                    }
                    Err(error) => {
                        let story_id = String::from_utf8_lossy(&key).into_owned();
                        tracing::error!(service = F::NAME, story_id, %error, "memory unreadable");
                    }
                }
            }
        }
        self.epoch = Some(assignment.epoch);
        let elapsed_ms = start.elapsed().as_secs_f64() * 1_000.0;
        tracing::info!(service = F::NAME, memories, elapsed_ms, "memory restored");
        Ok(())
    }

    /// Handles one record; none where it failed among others and must be handled alone.
    fn handle(&mut self, received: &Received, work: &mut Work) -> Result<Option<()>, TurnError> {
        let trace = trace_of(&received.record);
        let at = At::of(received);
        let record = match decode::<F::In>(received) {
            Ok(record) => record,
            Err(verdict) => {
                work.bury(F::NAME, received, &verdict)?;
                work.reports.push((Report::unread(received, trace, verdict), at));
                return Ok(Some(()));
            }
        };
        let mut report = Report::of(&record, trace);
        let start = Instant::now();
        let verdict = match self.call(record) {
            Ok(folded) => match work.take(F::NAME, &folded, trace) {
                Ok(sent) => {
                    report.sent = sent;
                    report.facts = folded.outputs.first().map(Record::facts).unwrap_or_default();
                    None
                }
                Err(error) => return Err(TurnError::Fatal(error)),
            },
            Err(Fault::Fatal(error)) => return Err(TurnError::Fatal(error)),
            Err(Fault::Retry { what, .. }) => Some((FaultCode::RetriesExhausted, what)),
            Err(Fault::Poison { code, what }) => Some((code, what)),
        };
        if let Some((code, what)) = verdict {
            // What the failed call left of the memory is unknown.
            self.epoch = None;
            if self.alone == 0 {
                return Ok(None);
            }
            let verdict = Verdict { code, what: cut(&what), attempts: 1 };
            work.bury(F::NAME, received, &verdict)?;
            report.end = End::Dead(verdict);
        }
        report.elapsed = start.elapsed();
        work.reports.push((report, at));
        Ok(Some(()))
    }

    /// A panic is poison, never a crash loop.
    fn call(&mut self, record: F::In) -> Result<Folded<F::Out, F::Memory>, Fault> {
        let caught = catch_unwind(AssertUnwindSafe(|| self.fold.handle(record)));
        caught.unwrap_or_else(|panic| Err(Fault::poison(FaultCode::Panic, panic_text(&*panic))))
    }

    fn handle_all(&mut self, batch: &Batch, work: &mut Work) -> Result<Option<()>, TurnError> {
        for received in &batch.records {
            if self.handle(received, work)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }
}

/// Goes back to where the worker stood before a batch.
fn rewind(worker: &mut dyn Worker, batch: &Batch) -> Result<(), TurnError> {
    let mut first: BTreeMap<(&Topic, u32), u64> = BTreeMap::new();
    for received in &batch.records {
        first.entry((&received.topic, received.partition)).or_insert(received.offset);
    }
    for ((topic, partition), offset) in first {
        worker.seek(topic, partition, offset)?;
    }
    Ok(())
}

impl Work {
    fn bury(
        &mut self,
        stage: &str,
        received: &Received,
        verdict: &Verdict,
    ) -> Result<(), TurnError> {
        let letter = dead::letter(stage, received, verdict).map_err(TurnError::Fatal)?;
        self.unit.outputs.push(letter);
        Ok(())
    }

    fn take<O: Record, M: Record>(
        &mut self,
        stage: &str,
        folded: &Folded<O, M>,
        trace: TraceContext,
    ) -> anyhow::Result<Vec<(TraceContext, &'static str)>> {
        let mut sent = Vec::new();
        for output in &folded.outputs {
            let span = trace.child();
            self.unit.outputs.push(wrap(output, stage, span)?);
            sent.push((span, O::TOPIC));
        }
        for memory in &folded.memories {
            let value = Some(memory.to_json()?.into());
            self.change(&memory.key(), value, memory.time().as_millis());
        }
        for key in &folded.forgotten {
            self.change(key, None, crate::clock::now().as_millis());
        }
        Ok(sent)
    }

    fn change(&mut self, key: &str, value: Option<Bytes>, timestamp_ms: i64) {
        let key = Bytes::copy_from_slice(key.as_bytes());
        self.state.insert(key.clone(), StateChange { key, value, timestamp_ms });
    }
}

impl<F: Fold> Turn for FoldLoop<F> {
    fn stage(&self) -> &'static str {
        F::NAME
    }

    fn turn(&mut self, worker: &mut dyn Worker) -> Result<(), TurnError> {
        let engine = Arc::clone(&self.engine);
        let bound = engine.unit_limit();
        let limit = if self.alone > 0 { Limit { records: 1, ..bound } } else { bound };
        let batch = worker.poll(limit, engine.poll_wait())?;
        let assignment = worker.assignment();
        if assignment.partitions.len() < assignment.of as usize {
            // An earlier owner is still to hand over: nothing may be compared with a part.
            rewind(worker, &batch)?;
            engine.pause(engine.poll_wait());
            return Ok(());
        }
        if self.epoch != Some(assignment.epoch) {
            self.load(worker)?;
        }
        if batch.records.is_empty() {
            return Ok(());
        }
        let mut work = Work::default();
        if self.handle_all(&batch, &mut work)?.is_none() {
            self.alone = batch.records.len();
            return rewind(worker, &batch);
        }
        self.alone = self.alone.saturating_sub(batch.records.len());
        let mut unit = work.unit;
        unit.state = work.state.into_values().collect();
        commit(&engine, F::NAME, worker, batch, unit)?;
        for (report, at) in &work.reports {
            report.write(&engine, F::NAME, at);
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.epoch = None;
    }
}

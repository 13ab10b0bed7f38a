//! A worker: a member of a group that commits what it read together with what it wrote.

use std::{sync::Arc, thread, time::Duration};

use bytes::Bytes;

use super::{
    Shared,
    error::refused,
    member::Member,
    offsets,
    writer::{Consumed, Writer},
};
use crate::{
    Assignment, Batch, BusError, CommitError, Limit, Place, Record, Result, Topic, Unit, Worker,
    WorkerOptions, check_size,
};

pub(super) struct KafkaWorker {
    group: String,
    instance: String,
    writer: Writer,
    /// None for a worker without inputs.
    member: Option<Member>,
}

impl KafkaWorker {
    pub(super) fn open(shared: Arc<Shared>, options: &WorkerOptions) -> Result<Self> {
        if options.inputs.is_empty() && options.state.is_some() {
            return Err(BusError::Misuse(
                "state belongs to the partitions of an input, and the worker has none".to_owned(),
            ));
        }
        // The producer first: it ends what a killed predecessor has left open, and only then
        // are the group's offsets the last word.
        let writer = Writer::open(Arc::clone(&shared), &options.group, &options.instance)?;
        let reads = !options.inputs.is_empty();
        let member = reads.then(|| Member::join(shared, options)).transpose()?;
        let (group, instance) = (options.group.clone(), options.instance.clone());
        Ok(Self { group, instance, writer, member })
    }

    fn member(&mut self) -> Result<&mut Member> {
        self.member
            .as_mut()
            .ok_or_else(|| BusError::Misuse("the worker was opened without inputs".to_owned()))
    }

    /// The unit's records with their places.
    fn records(&self, unit: &Unit) -> std::result::Result<Vec<(Place, Record)>, CommitError> {
        let mut records = Vec::with_capacity(unit.outputs.len() + unit.state.len());
        for output in &unit.outputs {
            let place = self.writer.place(&output.topic, &output.record)?;
            records.push((place, output.record.clone()));
        }
        if unit.state.is_empty() {
            return Ok(records);
        }
        let member = self.member.as_ref();
        let state = member.ok_or_else(|| refused("the worker was opened without inputs"))?;
        let topic = &state.state().map_err(refused)?.topic;
        for change in &unit.state {
            let record = Record {
                key: Some(change.key.clone()),
                value: change.value.clone(),
                headers: Vec::new(),
                timestamp_ms: change.timestamp_ms,
            };
            check_size(topic, &record)?;
            records.push((self.writer.place(topic, &record)?, record));
        }
        Ok(records)
    }

    fn write(&mut self, batch: &Batch, unit: &Unit) -> std::result::Result<(), CommitError> {
        let records = self.records(unit)?;
        let Some(member) = &self.member else {
            if !batch.next.is_empty() {
                return Err(CommitError::Fenced);
            }
            return self.writer.write(&records, None);
        };
        if !member.holds(batch, unit) {
            return Err(CommitError::Fenced);
        }
        // The broker checks the generation only together with offsets, so a unit that changes
        // nothing but state commits some, too.
        let generation = member.generation().ok_or(CommitError::Fenced);
        let consumed = match (batch.next.is_empty(), unit.state.is_empty()) {
            (true, true) => None,
            _ => Some(Consumed {
                next: offsets::list(&member.standing(batch, unit)).map_err(refused)?,
                group: generation?,
            }),
        };
        self.writer.write(&records, consumed.as_ref())
    }
}

impl Worker for KafkaWorker {
    fn poll(&mut self, max: Limit, wait: Duration) -> Result<Batch> {
        if self.writer.is_superseded() {
            return Err(BusError::Misuse(format!(
                "another worker of group {} runs as {}: give each a name of its own",
                self.group, self.instance
            )));
        }
        let Some(member) = &mut self.member else {
            thread::sleep(wait);
            return Ok(Batch::default());
        };
        member.poll(max, wait)
    }

    fn assignment(&mut self) -> Assignment {
        let member = self.member.as_ref();
        member.map_or_else(Assignment::default, Member::assignment)
    }

    fn state(&mut self, partition: u32, key: &[u8]) -> Result<Option<Bytes>> {
        self.member()?.state()?.get(partition, key)
    }

    fn states(&mut self, partition: u32) -> Result<Vec<(Bytes, Bytes)>> {
        self.member()?.state()?.all(partition)
    }

    fn seek(&mut self, topic: &Topic, partition: u32, offset: u64) -> Result<()> {
        self.member()?.seek(topic, partition, offset)
    }

    fn commit(&mut self, batch: Batch, unit: Unit) -> std::result::Result<(), CommitError> {
        unit.check()?;
        if batch.next.is_empty() && unit.outputs.is_empty() && unit.state.is_empty() {
            return Ok(());
        }
        let result = self.write(&batch, &unit);
        let Some(member) = &mut self.member else {
            return result;
        };
        match &result {
            Ok(()) => member.committed(&batch, unit),
            // It never reads again.
            Err(CommitError::Fenced) if self.writer.is_superseded() => {}
            Err(CommitError::Fenced | CommitError::Aborted(_)) => {
                member.rewind().map_err(refused)?;
            }
            Err(CommitError::TooLarge { .. } | CommitError::Fatal(_)) => {}
        }
        result
    }

    fn close(self: Box<Self>) -> Result<()> {
        if let Some(member) = self.member {
            member.leave();
        }
        Ok(())
    }
}

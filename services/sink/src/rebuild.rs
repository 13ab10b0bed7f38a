//! Writing a target anew from the topics, beside the old one, and putting it in its place.

use dateline_bus::{Bus, Positions, Start};
use dateline_runtime::{Fault, SinkRecord, Written};

use crate::{Config, Target, replay, targets};

/// Records of one unit.
const UNIT: usize = 1_000;

/// What a rebuild did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rebuilt {
    /// Records that were read.
    pub records: u64,
    /// Rows that were written.
    pub rows: u64,
    /// Records that the target cannot hold.
    pub unfit: u64,
}

/// A target that is written beside another of its kind and then takes its place.
pub(crate) trait Beside {
    /// The new one, empty.
    fn target(&mut self) -> &mut dyn Target;

    /// Takes the place of the old one.
    fn swap(self: Box<Self>) -> anyhow::Result<()>;
}

/// Writes the configured target anew.
pub fn rebuild(config: &Config, bus: &dyn Bus, from: Start) -> anyhow::Result<Rebuilt> {
    let mut beside = targets::beside(config)?;
    let mut done = Rebuilt::default();
    let mut unit = Vec::with_capacity(UNIT);
    replay::each(bus, from, None, |record| {
        done.records += 1;
        unit.push(record);
        if unit.len() == UNIT {
            write(beside.target(), &mut unit, &mut done)?;
        }
        Ok(())
    })?;
    write(beside.target(), &mut unit, &mut done)?;
    beside.swap()?;
    Ok(done)
}

fn write(
    target: &mut dyn Target,
    unit: &mut Vec<SinkRecord>,
    done: &mut Rebuilt,
) -> anyhow::Result<()> {
    let mut next = Positions::new();
    for record in unit.iter() {
        next.insert(record.place.clone(), record.offset + 1);
    }
    let read = unit.len();
    unit.retain(|record| target.unfit(&record.record).is_none());
    done.unfit += (read - unit.len()) as u64;
    match target.write(unit, &next) {
        Ok(Written::Rows(rows)) => done.rows += rows,
        Ok(Written::Fenced(what)) => anyhow::bail!("another rebuild is under way: {what}"),
        Err(Fault::Fatal(error)) => return Err(error),
        Err(Fault::Retry { what, .. } | Fault::Poison { what, .. }) => anyhow::bail!(what),
    }
    unit.clear();
    Ok(())
}

//! Reading the tables back.

use std::collections::BTreeSet;

use dateline_bus::{Positions, Topic};
use dateline_lake::Error;
use dateline_parquet::Value;

use super::{Lakes, Own, maintain::rows, next_mark, unsigned};
use crate::{
    targets::files::cells::word,
    verify::{LogReader, Readable, Snapshot, WHOLES},
};

impl Readable for Lakes {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        Ok(read(self.tables()?)?)
    }
}

fn read(tables: &mut [Own]) -> Result<Snapshot, Error> {
    for own in tables.iter_mut() {
        own.lake.refresh()?;
    }
    let mut reader = LogReader::new(Positions::new());
    let mut next = Positions::new();
    for (number, whole) in WHOLES.iter().enumerate() {
        for part in std::iter::once(whole.own()).chain(whole.parts()) {
            for own in tables.iter_mut().filter(|own| own.kind.name == part.table.name) {
                let mut partitions = BTreeSet::new();
                for file in own.lake.files()? {
                    for row in rows(own, &file)? {
                        let at = |name: &str| own.columns.iter().position(|own| own.name == name);
                        let cell = |name: &str| row.get(at(name)?);
                        reader.take(number, part, |name, _| word(cell(name)?));
                        if let Some(Value::Int(partition)) = cell("log_partition") {
                            partitions.insert(*partition);
                        }
                    }
                }
                if own.leads() {
                    next.append(&mut positions(own, &partitions)?);
                }
            }
        }
    }
    Ok(Snapshot { next, ..reader.finish() })
}

/// The next offsets of partitions.
fn positions(own: &mut Own, partitions: &BTreeSet<i64>) -> Result<Positions, Error> {
    let mut positions = Positions::new();
    for partition in partitions.iter().filter_map(|number| u32::try_from(*number).ok()) {
        let place = (Topic::new(own.kind.topic), partition);
        if let Some(next) = own.lake.mark(&next_mark(&place))? {
            positions.insert(place, unsigned(next));
        }
    }
    Ok(positions)
}

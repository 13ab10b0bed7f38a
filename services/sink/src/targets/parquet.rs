//! Parquet: the rows of the logs in files named by partition and offsets, one a table and unit, for
//! warehouses that load files. No file is written over; what a crash left beyond the mark is removed.

mod maintain;
mod read;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use dateline_bus::{Place, Positions};
use dateline_parquet::{Column, Kind, Value};
use dateline_record::{Record, StoryEvents, Timestamp};
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};

use crate::{
    Maintained, ParquetConfig, Target,
    folder::{Folder, fault, replace},
    log,
    model::{TABLES, Table},
    targets::files::cells,
    unfit::{Limits, unfit},
};

/// With more small files than these a table wants to be maintained.
const MOST_SMALL: usize = 8;

/// Files of Parquet below a folder, one folder a table.
pub(crate) struct Parquet {
    folder: Folder,
    /// Up to so many bytes small files are put together; none where they stay as they are.
    join_up_to: Option<u64>,
}

/// A file by its name: rows of one partition, of the offsets from one to before another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Part {
    partition: u32,
    from: u64,
    to: u64,
}

impl Part {
    fn name(&self) -> String {
        format!("p{}-{:020}-{:020}.parquet", self.partition, self.from, self.to)
    }

    fn read(name: &str) -> Option<Self> {
        let mut words = name.strip_prefix('p')?.strip_suffix(".parquet")?.split('-');
        let mut word = || words.next();
        Some(Self {
            partition: word()?.parse().ok()?,
            from: word()?.parse().ok()?,
            to: word()?.parse().ok()?,
        })
    }

    fn path(&self, folder: &Path, table: &Table) -> PathBuf {
        folder.join(table.log_name()).join(self.name())
    }

    fn contains(&self, other: &Self) -> bool {
        let (own, theirs) = (self.from..=self.to, other.from..=other.to);
        self != other
            && self.partition == other.partition
            && own.contains(theirs.start())
            && own.contains(theirs.end())
    }
}

/// The files of a table in their order.
fn parts(folder: &Path, table: &Table) -> io::Result<Vec<Part>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(table.log_name()))? {
        found.extend(entry?.file_name().to_str().and_then(Part::read));
    }
    found.sort();
    Ok(found)
}

/// Removes what a writer that died had not given its name yet.
fn remove_unnamed(folder: &Path, table: &Table) -> io::Result<()> {
    for entry in fs::read_dir(folder.join(table.log_name()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "new") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

impl Parquet {
    pub(crate) fn open(config: &ParquetConfig) -> anyhow::Result<Self> {
        let folder = Folder::open("parquet.path", &config.path)?;
        for table in TABLES {
            fs::create_dir_all(folder.path.join(table.log_name()))?;
        }
        Ok(Self { folder, join_up_to: config.compact.then_some(config.file_bytes) })
    }

    /// Takes a place over, and removes what a dead writer left there beyond the mark, and what was
    /// put together with others but not removed yet.
    fn claim(&mut self, place: &Place) -> io::Result<Option<u64>> {
        let next = self.folder.claim(place)?;
        self.folder.locked(|own, mark| {
            let stored = mark.positions().get(place).copied().unwrap_or(0);
            for table in TABLES.into_iter().filter(|table| table.topic == place.0.as_str()) {
                remove_unnamed(&own.path, table)?;
                let all = parts(&own.path, table)?;
                for part in all.iter().filter(|part| part.partition == place.1) {
                    if part.from >= stored || all.iter().any(|other| other.contains(part)) {
                        fs::remove_file(part.path(&own.path, table))?;
                    }
                }
            }
            Ok(next)
        })
    }
}

fn columns(table: &Table) -> Vec<Column> {
    cells::columns(table, Kind::Time)
}

/// The files of a unit: by table and partition their rows and offsets. Those of stories come last.
type Unit = BTreeMap<(usize, u32), (Part, Vec<Vec<Value>>)>;

fn unit(records: &[&SinkRecord], now: Timestamp) -> Unit {
    let mut unit = Unit::new();
    for record in records {
        let (partition, offset) = (record.place.1, record.offset);
        log::rows(record, now, |table, values| {
            let order = TABLES.iter().rev().position(|own| own.name == table.name);
            let (part, rows) = unit
                .entry((order.unwrap_or(0), partition))
                .or_insert_with(|| (Part { partition, from: offset, to: offset + 1 }, Vec::new()));
            part.to = offset + 1;
            rows.push(values.into_iter().map(cells::value).collect());
        });
    }
    unit
}

fn write(folder: &Path, records: &[&SinkRecord], now: Timestamp) -> io::Result<u64> {
    let mut written = 0;
    for ((order, _), (part, rows)) in unit(records, now) {
        let table = TABLES[TABLES.len() - 1 - order];
        put(&part.path(folder, table), table, &rows)?;
        written += rows.len() as u64;
    }
    Ok(written)
}

fn put(path: &Path, table: &Table, rows: &[Vec<Value>]) -> io::Result<()> {
    let bytes = dateline_parquet::write(&columns(table), rows).map_err(io::Error::other)?;
    replace(path, &bytes)
}

impl Target for Parquet {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.claim(place).map_err(fault)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::CALENDAR)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let now = clock::now();
        let write = |folder: &Path, _: &mut _, records: &[&SinkRecord]| write(folder, records, now);
        self.folder.commit(records, next, write).map_err(fault)
    }

    fn must_maintain(&mut self) -> Result<bool, Fault> {
        let join_up_to = self.join_up_to;
        let wanted = self.folder.locked(|own, mark| {
            let mut wanted = mark.must_purge;
            for table in TABLES {
                let small = |most| maintain::small(&own.path, &mark, table, most);
                wanted |= join_up_to.map(small).transpose()?.unwrap_or(0) > MOST_SMALL;
            }
            Ok(wanted)
        });
        wanted.map_err(fault)
    }

    fn grows(&self) -> bool {
        self.join_up_to.is_some()
    }

    fn maintain(&mut self) -> Result<Maintained, Fault> {
        let most = self.join_up_to;
        self.folder.locked(|own, mark| maintain::maintain(own, mark, most)).map_err(fault)
    }
}

/// Whether a table has rows of stories, not of relations.
fn is_of_events(table: &Table) -> bool {
    table.topic == StoryEvents::TOPIC
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_is_in_the_file() {
        let part = Part { partition: 3, from: 17, to: 42 };
        assert_eq!(part.name(), "p3-00000000000000000017-00000000000000000042.parquet");
        assert_eq!(Part::read(&part.name()), Some(part.clone()));
        assert_eq!(Part::read("p3-17.parquet"), None);
        assert!(Part { to: 50, ..part.clone() }.contains(&part));
        assert!(!part.contains(&part) && !part.contains(&Part { to: 43, ..part.clone() }));
        assert!(!Part { partition: 4, to: 50, ..part.clone() }.contains(&part));
    }
}

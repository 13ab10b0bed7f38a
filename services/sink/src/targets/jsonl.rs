//! JSON Lines: the rows of the logs, appended to files of one table each, for whatever reads JSON.

mod purge;
mod read;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use dateline_bus::{Place, Positions};
use dateline_record::Timestamp;
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};

use crate::{
    JsonlConfig, Maintained, Target,
    folder::{Folder, Mark, Open, fault},
    json, log,
    model::{TABLES, Table},
    unfit::{Limits, unfit},
};

/// Files of JSON Lines below a folder, one folder a table.
pub(crate) struct Jsonl {
    folder: Folder,
    files: Files,
}

/// The files that are appended to.
struct Files {
    open: BTreeMap<&'static str, (u64, File)>,
    /// A file of so many bytes is followed by another.
    most_bytes: u64,
}

impl Jsonl {
    pub(crate) fn open(config: &JsonlConfig) -> anyhow::Result<Self> {
        let mut folder = Folder::open("jsonl.path", &config.path)?;
        for table in TABLES {
            fs::create_dir_all(folder.path.join(table.log_name()))?;
        }
        folder.locked(cut)?;
        let files = Files { open: BTreeMap::new(), most_bytes: config.file_bytes.max(1) };
        Ok(Self { folder, files })
    }
}

/// Cuts off what a crash left beyond the mark.
#[allow(clippy::needless_pass_by_value)] // as the folder hands it out
fn cut(folder: &mut Folder, mark: Mark) -> io::Result<()> {
    for table in TABLES {
        let open = mark.files.get(table.name).copied().unwrap_or_default();
        for (number, path) in numbered(&folder.path, table)? {
            let unnamed = path.with_added_extension("new");
            if fs::exists(&unnamed)? {
                fs::remove_file(unnamed)?;
            }
            if number > open.number {
                fs::remove_file(path)?;
            } else if number == open.number {
                OpenOptions::new().write(true).open(path)?.set_len(open.bytes)?;
            }
        }
    }
    Ok(())
}

/// The files of a table with their numbers, the oldest first.
fn numbered(folder: &Path, table: &Table) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(table.log_name()))? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if let (Some(number), true) = (number, path.extension().is_some_and(|end| end == "jsonl")) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

fn path_of(folder: &Path, table: &Table, number: u64) -> PathBuf {
    folder.join(table.log_name()).join(format!("{number:08}.jsonl"))
}

impl Files {
    /// Appends the rows of records to the files that the mark names, and moves the mark.
    fn write(
        &mut self,
        folder: &Path,
        mark: &mut Mark,
        records: &[&SinkRecord],
        now: Timestamp,
    ) -> io::Result<u64> {
        let mut all = TABLES.map(|table| (table, table.log_columns(), Vec::new()));
        let (mut rows, mut failed) = (0, None);
        for record in records {
            log::rows(record, now, |table, values| {
                rows += 1;
                let own = all.iter_mut().find(|(own, ..)| own.name == table.name);
                if let Some((_, columns, lines)) = own {
                    failed = json::row(lines, columns, &values).err().or(failed.take());
                    lines.push(b'\n');
                }
            });
        }
        if let Some(error) = failed {
            return Err(error);
        }
        for (table, _, lines) in &all {
            if !lines.is_empty() {
                let open = mark.files.entry(table.name.to_owned()).or_default();
                self.append(folder, table, open, lines)?;
            }
        }
        Ok(rows)
    }

    fn append(
        &mut self,
        folder: &Path,
        table: &'static Table,
        open: &mut Open,
        lines: &[u8],
    ) -> io::Result<()> {
        if open.bytes >= self.most_bytes {
            *open = Open { number: open.number + 1, bytes: 0 };
        }
        let held = self.open.get(table.name).is_some_and(|(number, _)| *number == open.number);
        if !held {
            let path = path_of(folder, table, open.number);
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            self.open.insert(table.name, (open.number, file));
        }
        let Some((_, file)) = self.open.get_mut(table.name) else {
            return Err(io::Error::other("no file is open"));
        };
        // A failed try may have left half a line.
        file.set_len(open.bytes)?;
        file.seek(SeekFrom::Start(open.bytes))?;
        file.write_all(lines)?;
        file.sync_data()?;
        open.bytes += lines.len() as u64;
        Ok(())
    }
}

impl Target for Jsonl {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        // Another folder may have come in the place of this one.
        self.files.open.clear();
        self.folder.claim(place).map_err(fault)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::NONE)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let (files, now) = (&mut self.files, clock::now());
        self.folder
            .commit(records, next, |folder, mark, records| files.write(folder, mark, records, now))
            .map_err(fault)
    }

    fn must_maintain(&mut self) -> Result<bool, Fault> {
        Ok(self.folder.must_purge())
    }

    fn maintain(&mut self) -> Result<Maintained, Fault> {
        let purge = |folder: &mut Folder, mark: Mark| {
            // What another writer left beyond the mark would be closed in with the rest.
            cut(folder, mark.clone())?;
            purge::purge(folder, mark)
        };
        self.folder.locked(purge).map_err(fault)
    }
}

//! JSON Lines: one record a line, appended: those with a `story` are events, those with a
//! `cluster_id` and `relations` are relations. A file beside it holds how much of it counts and the
//! next offsets; what a crash left beyond that is cut off at start.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use dateline_bus::{Place, Positions};
use dateline_record::Record;
use dateline_runtime::{Fault, Landing, SinkRecord};
use serde::{Deserialize, Serialize};

use crate::{JsonlConfig, Target};

/// What counts, written by rename after the lines are on disk.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Mark {
    /// Bytes of the file that are committed.
    bytes: u64,
    /// The next offset of each `topic/partition`.
    next: BTreeMap<String, u64>,
}

/// A file of JSON Lines.
pub(crate) struct Jsonl {
    file: File,
    mark_path: PathBuf,
    mark: Mark,
}

impl Jsonl {
    pub(crate) fn open(config: &JsonlConfig) -> anyhow::Result<Self> {
        let path = Path::new(&config.path);
        let open = || -> io::Result<Self> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mark_path = path.with_added_extension("offsets");
            let mark = match fs::read(&mark_path) {
                Ok(json) => serde_json::from_slice(&json)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Mark::default(),
                Err(error) => return Err(error),
            };
            let mut file =
                OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.set_len(mark.bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(Self { file, mark_path, mark })
        };
        open().with_context(|| format!("jsonl.path: {:?} cannot be opened", config.path))
    }

    fn append(&mut self, lines: &[u8], mark: Mark) -> io::Result<()> {
        // A failed try may have left half a line.
        self.file.set_len(self.mark.bytes)?;
        self.file.seek(SeekFrom::Start(self.mark.bytes))?;
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        let temporary = self.mark_path.with_added_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(&mark)?)?;
        file.sync_data()?;
        fs::rename(&temporary, &self.mark_path)?;
        self.mark = mark;
        Ok(())
    }
}

fn name(place: &Place) -> String {
    format!("{}/{}", place.0, place.1)
}

impl Target for Jsonl {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        Ok(self.mark.next.get(&name(place)).copied())
    }

    fn unfit(&self, _: &Landing) -> Option<String> {
        None
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<u64, Fault> {
        let mut lines = Vec::new();
        let mut rows = 0;
        for record in records {
            let written = self.mark.next.get(&name(&record.place));
            if written.is_some_and(|next| record.offset < *next) {
                continue;
            }
            let json = match &record.record {
                Landing::Events(record) => record.to_json(),
                Landing::Relations(record) => record.to_json(),
            };
            lines.extend(json.map_err(|error| Fault::Fatal(error.into()))?);
            lines.push(b'\n');
            rows += 1;
        }
        let mut mark = self.mark.clone();
        mark.bytes += lines.len() as u64;
        mark.next.extend(next.iter().map(|(place, offset)| (name(place), *offset)));
        self.append(&lines, mark).map_err(|error| Fault::retry(error.to_string()))?;
        Ok(rows)
    }
}

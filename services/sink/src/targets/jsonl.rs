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
use dateline_runtime::{Fault, Landing, SinkRecord, Written};
use serde::{Deserialize, Serialize};

use crate::{
    JsonlConfig, Target,
    claims::{Claims, Standing, Stored},
    unfit::{Limits, unfit},
};

/// What counts, written by rename after the lines are on disk.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Mark {
    /// Bytes of the file that are committed.
    bytes: u64,
    /// The next offset of each `topic/partition`.
    next: BTreeMap<String, u64>,
    /// How many writers each `topic/partition` has had.
    #[serde(default)]
    epochs: BTreeMap<String, i64>,
}

impl Mark {
    fn read(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(json) => Ok(serde_json::from_slice(&json)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn stored(&self, place: &Place) -> Stored {
        let name = name(place);
        Stored {
            epoch: self.epochs.get(&name).copied().unwrap_or(0),
            next: self.next.get(&name).copied(),
        }
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let temporary = path.with_added_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        fs::rename(&temporary, path)
    }
}

/// A file of JSON Lines.
pub(crate) struct Jsonl {
    file: File,
    mark_path: PathBuf,
    /// Locked while a writer reads the mark and writes by it.
    lock: File,
    claims: Claims,
}

impl Jsonl {
    pub(crate) fn open(config: &JsonlConfig) -> anyhow::Result<Self> {
        let path = Path::new(&config.path);
        let open = || -> io::Result<Self> {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mark_path = path.with_added_extension("offsets");
            let create = |path: &Path| {
                OpenOptions::new().create(true).truncate(false).write(true).open(path)
            };
            let lock = create(&path.with_added_extension("lock"))?;
            let file = create(path)?;
            lock.lock()?;
            file.set_len(Mark::read(&mark_path)?.bytes)?;
            lock.unlock()?;
            Ok(Self { file, mark_path, lock, claims: Claims::default() })
        };
        open().with_context(|| format!("jsonl.path: {:?} cannot be opened", config.path))
    }

    /// Does something with the mark while no other writer can.
    fn locked<T>(&mut self, work: impl FnOnce(&mut Self, Mark) -> io::Result<T>) -> io::Result<T> {
        self.lock.lock()?;
        let done = Mark::read(&self.mark_path).and_then(|mark| work(self, mark));
        self.lock.unlock()?;
        done
    }

    fn claim(&mut self, place: &Place) -> io::Result<Stored> {
        self.locked(|own, mut mark| {
            *mark.epochs.entry(name(place)).or_default() += 1;
            mark.write(&own.mark_path)?;
            let stored = mark.stored(place);
            own.claims.hold(place, stored);
            Ok(stored)
        })
    }

    fn append(
        &mut self,
        mut mark: Mark,
        records: &[SinkRecord],
        next: &Positions,
    ) -> io::Result<Written> {
        let now = next.keys().map(|place| (place.clone(), mark.stored(place))).collect();
        match self.claims.standing(next, &now) {
            Standing::Open => {}
            Standing::Fenced(what) => return Ok(Written::Fenced(what)),
            Standing::Done => {
                self.claims.advance(next);
                return Ok(Written::Rows(0));
            }
        }
        let (mut lines, mut rows) = (Vec::new(), 0);
        let news = |record: &&SinkRecord| !self.claims.is_written(&record.place, record.offset);
        for record in records.iter().filter(news) {
            let json = match &record.record {
                Landing::Events(record) => record.to_json(),
                Landing::Relations(record) => record.to_json(),
            };
            lines.extend(json.map_err(io::Error::other)?);
            lines.push(b'\n');
            rows += 1;
        }
        // A failed try may have left half a line.
        self.file.set_len(mark.bytes)?;
        self.file.seek(SeekFrom::Start(mark.bytes))?;
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        mark.bytes += lines.len() as u64;
        mark.next.extend(next.iter().map(|(place, offset)| (name(place), *offset)));
        mark.write(&self.mark_path)?;
        self.claims.advance(next);
        Ok(Written::Rows(rows))
    }
}

fn name(place: &Place) -> String {
    format!("{}/{}", place.0, place.1)
}

impl Target for Jsonl {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.claim(place).map(|stored| stored.next).map_err(fault)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::NONE)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        for place in next.keys() {
            if !self.claims.has(place) {
                self.claim(place).map_err(fault)?;
            }
        }
        self.locked(|own, mark| own.append(mark, records, next)).map_err(fault)
    }
}

#[allow(clippy::needless_pass_by_value)]
fn fault(error: io::Error) -> Fault {
    Fault::retry(error.to_string())
}

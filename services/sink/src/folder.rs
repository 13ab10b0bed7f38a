//! A folder of files with a mark beside them: how much of them counts, the next offsets and how many
//! writers each partition has had. What a crash left beyond the mark does not count.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use dateline_bus::{Place, Positions, Topic};
use dateline_runtime::{Fault, SinkRecord, Written};
use serde::{Deserialize, Serialize};

use crate::{
    claims::{Claims, Standing, Stored},
    log,
};

/// The name of the mark within its folder.
const MARK: &str = "positions.json";

/// What counts, written by rename after the rows are on disk.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Mark {
    /// The next offset of each `topic/partition`.
    next: BTreeMap<String, u64>,
    /// How many writers each `topic/partition` has had.
    epochs: BTreeMap<String, i64>,
    /// The file of each table that is appended to, and how many of its bytes count.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, Open>,
    /// Whether words that were taken back may stand in the files.
    #[serde(default)]
    pub(crate) must_purge: bool,
}

/// A file that is appended to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Open {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
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
        replace(path, &serde_json::to_vec(self)?)
    }

    /// The next offsets.
    pub(crate) fn positions(&self) -> Positions {
        let place = |(name, next): (&String, &u64)| {
            let (topic, partition) = name.rsplit_once('/')?;
            Some(((Topic::new(topic), partition.parse().ok()?), *next))
        };
        self.next.iter().filter_map(place).collect()
    }
}

/// Writes a file anew, so that it is there as a whole or as it was.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |mut file| {
        file.write_all(bytes)?;
        Ok(file)
    })
}

/// The same with what `write` puts into it: beside its name first, then under it.
pub(crate) fn replace_by(
    path: &Path,
    write: impl FnOnce(File) -> io::Result<File>,
) -> io::Result<()> {
    let temporary = path.with_added_extension("new");
    write(File::create(&temporary)?)?.sync_data()?;
    fs::rename(&temporary, path)
}

/// A folder that cannot be written now may be later.
#[allow(clippy::needless_pass_by_value)] // as an error is handed on
pub(crate) fn fault(error: io::Error) -> Fault {
    Fault::retry(error.to_string())
}

/// The lock of a folder, held.
fn lock(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let lock = options.create(true).truncate(false).write(true).open(folder.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Puts a folder that was written anew in the place of another. Who writes to the old one finds
/// himself fenced.
pub(crate) fn swap(old: &Path, new: &Path) -> io::Result<()> {
    let held = lock(old)?;
    let mut mark = Mark::read(&new.join(MARK))?;
    for (name, epoch) in Mark::read(&old.join(MARK))?.epochs {
        let own = mark.epochs.entry(name).or_default();
        *own = epoch.max(*own) + 1;
    }
    mark.write(&new.join(MARK))?;
    let aside = old.with_added_extension("old");
    fs::rename(old, &aside)?;
    fs::rename(new, old)?;
    held.unlock()?;
    fs::remove_dir_all(aside)
}

fn name(place: &Place) -> String {
    format!("{}/{}", place.0, place.1)
}

/// A folder that one writer at a time writes to.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    claims: Claims,
}

impl Folder {
    pub(crate) fn open(setting: &str, path: &str) -> anyhow::Result<Self> {
        let path = PathBuf::from(path);
        let says = || format!("{setting}: {:?} cannot be opened", path.display());
        ensure!(
            !path.is_file(),
            "{setting}: {:?} is a file; older builds wrote one, this one wants a folder",
            path.display()
        );
        fs::create_dir_all(&path).with_context(says)?;
        Ok(Self { path, claims: Claims::default() })
    }

    /// Does something with the mark while no other writer can.
    pub(crate) fn locked<T, E: From<io::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self, Mark) -> Result<T, E>,
    ) -> Result<T, E> {
        // Opened each time: a rebuild puts another folder in this one's place.
        let lock = lock(&self.path)?;
        let done = work(self, Mark::read(&self.path.join(MARK))?);
        lock.unlock()?;
        done
    }

    /// Stores the mark.
    pub(crate) fn store(&self, mark: &Mark) -> io::Result<()> {
        mark.write(&self.path.join(MARK))
    }

    /// Takes a place over from whoever wrote it before.
    pub(crate) fn claim(&mut self, place: &Place) -> io::Result<Option<u64>> {
        self.locked(|own, mut mark| {
            *mark.epochs.entry(name(place)).or_default() += 1;
            own.store(&mark)?;
            let stored = mark.stored(place);
            own.claims.hold(place, stored);
            Ok(stored.next)
        })
    }

    /// Writes what is not written yet by `write`, which returns the rows, and moves the mark.
    pub(crate) fn commit<E: From<io::Error>>(
        &mut self,
        records: &[SinkRecord],
        next: &Positions,
        write: impl FnOnce(&Path, &mut Mark, &[&SinkRecord]) -> Result<u64, E>,
    ) -> Result<Written, E> {
        for place in next.keys() {
            if !self.claims.has(place) {
                self.claim(place)?;
            }
        }
        self.locked(|own, mut mark| {
            let now = next.keys().map(|place| (place.clone(), mark.stored(place))).collect();
            match own.claims.standing(next, &now) {
                Standing::Open => {}
                Standing::Fenced(what) => return Ok(Written::Fenced(what)),
                Standing::Done => {
                    own.claims.advance(next);
                    return Ok(Written::Rows(0));
                }
            }
            let news = |record: &&SinkRecord| !own.claims.is_written(&record.place, record.offset);
            let records: Vec<&SinkRecord> = records.iter().filter(news).collect();
            let rows = write(&own.path, &mut mark, &records)?;
            mark.must_purge |= records.iter().any(|record| log::recalls(record));
            mark.next.extend(next.iter().map(|(place, offset)| (name(place), *offset)));
            own.store(&mark)?;
            own.claims.advance(next);
            Ok(Written::Rows(rows))
        })
    }

    /// Whether words that were taken back may stand in the files.
    pub(crate) fn must_purge(&self) -> bool {
        Mark::read(&self.path.join(MARK)).is_ok_and(|mark| mark.must_purge)
    }
}

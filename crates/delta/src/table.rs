//! One table: what stands in it, and how it is changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use dateline_lake::{Change, File, Lake, Object, Outcome};
use dateline_parquet::{Column, Kind};
use delta_kernel::{
    Snapshot, SnapshotRef,
    committer::FileSystemCommitter,
    schema::{DataType, StructField, StructType},
    snapshot::IncrementalReplay,
    transaction::{
        CommitResult, UpdateTableOperation, UpdateTableTransactionBuilder,
        create_table::create_table, data_layout::DataLayout,
    },
};
use url::Url;
use uuid::Uuid;

use crate::{DAY, Error, Store, actions};

/// What the log says has written it.
const WRITER: &str = concat!("dateline/", env!("CARGO_PKG_VERSION"));

/// After so many commits the log is summed up in a checkpoint.
const CHECKPOINT_EVERY: u64 = 100;

/// What the log says of versions older than this is given up, once it is summed up.
const KEEP_LOG: Duration = Duration::from_hours(7 * 24);

/// A table, as it stood when it was last looked at.
pub struct Table {
    store: Arc<Store>,
    url: Url,
    name: String,
    snapshot: SnapshotRef,
    /// Marks that were asked for since then.
    marks: BTreeMap<String, Option<i64>>,
    /// Whether it must be looked at before it is used: what a failed commit has done is not known.
    is_stale: bool,
}

impl Table {
    /// Opens a table; one that is not there is made, and columns that are missing are added.
    pub fn open(store: &Arc<Store>, name: &str, columns: &[Column]) -> Result<Self, Error> {
        let url = store.url(name)?;
        let snapshot = match load(store, &url) {
            Ok(snapshot) => snapshot,
            Err(_) if store.list(&url, "_delta_log")?.is_empty() => {
                create(store, &url, columns)?;
                load(store, &url)?
            }
            Err(error) => return Err(error),
        };
        let store = Arc::clone(store);
        let marks = BTreeMap::new();
        let mut table =
            Self { store, url, name: name.to_owned(), snapshot, marks, is_stale: false };
        while !table.evolve(columns)? {}
        Ok(table)
    }

    /// Adds missing columns; false where another writer came first.
    fn evolve(&mut self, columns: &[Column]) -> Result<bool, Error> {
        let schema = self.snapshot.schema();
        let mut missing = Vec::new();
        for column in columns {
            let wanted = field(column);
            match schema.field(&column.name) {
                None => missing.push(wanted),
                Some(own) if own.data_type() == wanted.data_type() => {}
                Some(own) => {
                    let what = format!(
                        "column {} is of type {}, wants {}: write to another folder",
                        column.name,
                        own.data_type(),
                        wanted.data_type()
                    );
                    return Err(Error::Table { table: self.name.clone(), what });
                }
            }
        }
        if missing.is_empty() {
            return Ok(true);
        }
        let alter = UpdateTableOperation::AlterTable;
        let change = Arc::clone(&self.snapshot).update_table(alter, WRITER, false);
        let change = missing.into_iter().fold(change, UpdateTableTransactionBuilder::add_column);
        let commit = change
            .build(&self.store.engine, Box::new(FileSystemCommitter::new()))?
            .commit(&self.store.engine)?;
        self.look_anew()?;
        Ok(matches!(commit, CommitResult::Committed(_)))
    }

    /// Looks at the table anew.
    fn look_anew(&mut self) -> Result<(), Error> {
        self.is_stale = true;
        self.snapshot = Snapshot::builder_from(Arc::clone(&self.snapshot))
            .with_incremental_crc_replay(IncrementalReplay::Unlimited)
            .build(&self.store.engine)?;
        self.marks.clear();
        self.is_stale = false;
        Ok(())
    }

    fn look(&mut self) -> Result<(), Error> {
        if self.is_stale { self.look_anew() } else { Ok(()) }
    }

    /// Counts the commits.
    pub fn version(&self) -> u64 {
        self.snapshot.version()
    }

    /// What a mark stands at.
    fn marked(&mut self, name: &str) -> Result<Option<i64>, Error> {
        self.look()?;
        if let Some(known) = self.marks.get(name) {
            return Ok(*known);
        }
        let found = self.snapshot.get_app_id_version(name, &self.store.engine)?;
        self.marks.insert(name.to_owned(), found);
        Ok(found)
    }

    /// Writes a file, which counts only when a commit adds it.
    fn put_file(&self, begin: &str, day: &str, bytes: Vec<u8>) -> Result<File, Error> {
        let path = format!("{DAY}={day}/{begin}-{}.parquet", Uuid::new_v4());
        let length = bytes.len() as u64;
        self.store.put(&self.url, &path, bytes)?;
        let (day, ranges) = (day.to_owned(), Vec::new());
        Ok(File { path, bytes: length, modified: now(), day, rows: 0, ranges })
    }

    /// The bytes of a file.
    fn bytes_of(&self, file: &File) -> Result<Bytes, Error> {
        self.store.get(&self.url, &file.path)
    }

    /// The files that count.
    fn live(&mut self) -> Result<Vec<File>, Error> {
        self.look()?;
        let scan = Arc::clone(&self.snapshot).scan_builder().build()?;
        let mut files = Vec::new();
        for listed in scan.scan_metadata(&self.store.engine)? {
            files = listed?.visit_scan_files(files, |files: &mut Vec<File>, scanned| {
                files.push(actions::file(scanned));
            })?;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// Does all of a change or nothing.
    fn change(&mut self, change: &Change) -> Result<Outcome, Error> {
        self.look()?;
        // Until the answer is here nobody knows what stands there.
        self.is_stale = true;
        let engine = &self.store.engine;
        let operation = match (change.is_same, change.remove.is_empty()) {
            (true, _) => UpdateTableOperation::Optimize,
            (false, true) => UpdateTableOperation::StreamingUpdate,
            (false, false) => UpdateTableOperation::Delete,
        };
        let mut transaction = Arc::clone(&self.snapshot)
            .update_table(operation, WRITER, !change.is_same)
            .build(engine, Box::new(FileSystemCommitter::new()))?;
        for (name, at) in &change.marks {
            transaction = transaction.with_transaction_id(name.clone(), *at);
        }
        if !change.add.is_empty() {
            transaction.add_files(actions::adds(&change.add)?);
        }
        if !change.remove.is_empty() {
            let scan = Arc::clone(&self.snapshot).scan_builder().build()?;
            for listed in scan.scan_metadata(engine)? {
                if let Some(files) = actions::removes(listed?.scan_files, &change.remove)? {
                    transaction.remove_files(files);
                }
            }
        }
        match transaction.commit(engine)? {
            CommitResult::Committed(done) => match done.post_commit_snapshot() {
                Some(snapshot) => self.take(Arc::clone(snapshot), change),
                None => self.look_anew()?,
            },
            CommitResult::Conflicted(_) => {
                self.look_anew()?;
                return Ok(Outcome::Conflict);
            }
            CommitResult::Retryable(failed) => return Err(failed.error.into()),
        }
        if self.version().is_multiple_of(CHECKPOINT_EVERY) {
            self.checkpoint()?;
        }
        Ok(Outcome::Committed)
    }

    fn take(&mut self, snapshot: SnapshotRef, change: &Change) {
        self.snapshot = snapshot;
        self.is_stale = false;
        let marks = change.marks.iter().map(|(name, at)| (name.clone(), Some(*at)));
        self.marks.extend(marks);
    }

    /// Sums the log up.
    fn checkpoint(&mut self) -> Result<(), Error> {
        self.look()?;
        let (_, snapshot) = self.snapshot.checkpoint(&self.store.engine, None)?;
        self.snapshot = snapshot;
        Ok(())
    }

    /// Removes what the log says of versions before the last checkpoint that is older than `keep`.
    fn trim_log(&self, keep: Duration) -> Result<(), Error> {
        let log = self.store.list(&self.url, "_delta_log")?;
        let oldest = now().saturating_sub(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX));
        let version = |object: &Object| -> Option<u64> {
            let name = object.path.strip_prefix("_delta_log/")?;
            name.split('.').next()?.parse().ok()
        };
        let is_checkpoint =
            |object: &&Object| object.path.contains(".checkpoint.") && object.modified < oldest;
        let Some(first) = log.iter().filter(is_checkpoint).filter_map(version).max() else {
            return Ok(());
        };
        let is_before = |object: &&Object| version(object).is_some_and(|version| version < first);
        for object in log.iter().filter(is_before) {
            self.store.remove(&self.url, &object.path)?;
        }
        Ok(())
    }

    /// The files below its folder that do not count.
    fn dead(&mut self) -> Result<Vec<Object>, Error> {
        // Listed first: what is committed meanwhile counts.
        let mut all = self.store.list(&self.url, "")?;
        self.look_anew()?;
        let used: BTreeSet<String> = self.live()?.into_iter().map(|file| file.path).collect();
        all.retain(|object| {
            !object.path.starts_with("_delta_log/") && !used.contains(&object.path)
        });
        Ok(all)
    }
}

impl Lake for Table {
    fn refresh(&mut self) -> Result<(), dateline_lake::Error> {
        Ok(self.look_anew()?)
    }

    fn mark(&mut self, name: &str) -> Result<Option<i64>, dateline_lake::Error> {
        Ok(self.marked(name)?)
    }

    fn put(&self, begin: &str, day: &str, bytes: Vec<u8>) -> Result<File, dateline_lake::Error> {
        Ok(self.put_file(begin, day, bytes)?)
    }

    fn get(&self, file: &File) -> Result<Bytes, dateline_lake::Error> {
        Ok(self.bytes_of(file)?)
    }

    fn files(&mut self) -> Result<Vec<File>, dateline_lake::Error> {
        Ok(self.live()?)
    }

    fn commit(&mut self, change: &Change) -> Result<Outcome, dateline_lake::Error> {
        Ok(self.change(change)?)
    }

    fn unused(&mut self) -> Result<Vec<Object>, dateline_lake::Error> {
        self.store.sweep_unnamed(&self.url)?;
        Ok(self.dead()?)
    }

    fn remove(&self, path: &str) -> Result<(), dateline_lake::Error> {
        Ok(self.store.remove(&self.url, path)?)
    }

    fn settle(&mut self, forgets: bool) -> Result<(), dateline_lake::Error> {
        if forgets {
            // The log has no words, and files that do not count have been removed by their names.
            return Ok(());
        }
        self.checkpoint()?;
        Ok(self.trim_log(KEEP_LOG)?)
    }
}

fn load(store: &Store, url: &Url) -> Result<SnapshotRef, Error> {
    Ok(Snapshot::builder_for(url.as_str())
        .with_incremental_crc_replay(IncrementalReplay::Unlimited)
        .build(&store.engine)?)
}

/// Makes a table. That another writer has made it meanwhile is as good.
fn create(store: &Store, url: &Url, columns: &[Column]) -> Result<(), Error> {
    let day = StructField::nullable(DAY, DataType::DATE);
    let schema = StructType::try_new(columns.iter().map(field).chain([day]))?;
    let made = create_table(url.as_str(), Arc::new(schema), WRITER, true)
        .with_data_layout(DataLayout::partitioned([DAY]))
        .build(&store.engine, Box::new(FileSystemCommitter::new()))
        .and_then(|transaction| transaction.commit(&store.engine));
    match made {
        Ok(_) => Ok(()),
        Err(_) if load(store, url).is_ok() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A column as the format has it. All may be empty: that is what lets columns be added.
fn field(column: &Column) -> StructField {
    let kind = match column.kind {
        Kind::Text => DataType::STRING,
        Kind::Int => DataType::LONG,
        Kind::Float => DataType::DOUBLE,
        Kind::Bool => DataType::BOOLEAN,
        Kind::Time | Kind::Micros => DataType::TIMESTAMP,
        Kind::Date => DataType::DATE,
    };
    StructField::nullable(column.name.as_str(), kind)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

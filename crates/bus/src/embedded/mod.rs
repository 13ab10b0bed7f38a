//! The embedded bus: topics in one SQLite file that several processes may open at once.
//!
//! Every reading is one short statement and every commit is one transaction with an fsync. A
//! lease table with heartbeats is the consumer group.

mod codec;
mod group;
mod log;
mod reader;
mod retention;
mod store;
mod wake;
mod worker;

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    Bus, BusError, Go, Limit, PartitionLag, Positions, Reader, Received, Result, Start, Topic,
    TopicSpec, Worker, WorkerOptions,
};

/// How the embedded bus keeps its time.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// A member that was not seen for so long loses its partitions to those who want them.
    pub lease_expiry: Duration,
    /// The first pause between two looks at the file while nothing rings; it doubles up to 1 s.
    pub safety_poll: Duration,
    /// The pause between two looks for records that retention must remove.
    pub trim_interval: Duration,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            lease_expiry: Duration::from_secs(5),
            safety_poll: Duration::from_millis(20),
            trim_interval: Duration::from_secs(10),
        }
    }
}

impl EmbeddedOptions {
    /// The pause between two signs of life.
    fn heartbeat(&self) -> Duration {
        self.lease_expiry * 2 / 5
    }
}

/// What all workers and readers of one opened bus share.
struct Shared {
    path: PathBuf,
    options: EmbeddedOptions,
    wake: wake::Wake,
    /// Threads of this process queue here for SQLite's one writer rather than in its busy handler.
    writer: Mutex<()>,
    /// Where lags are read: that is asked often, and opening costs more than asking.
    watch: Mutex<Option<Connection>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Topics in one SQLite file.
pub struct Embedded(Arc<Shared>);

impl Embedded {
    /// Opens the bus of a data directory, which is made where it is missing.
    pub fn open(folder: &Path, options: EmbeddedOptions) -> Result<Self> {
        let fail = |error: std::io::Error| {
            let folder = folder.display();
            BusError::Fatal(format!("data directory {folder} cannot be used: {error}"))
        };
        fs::create_dir_all(folder).map_err(fail)?;
        let path = store::file(folder);
        store::prepare(&path)?;
        let wake = wake::Wake::open(&folder.join("wake")).map_err(fail)?;
        let (writer, watch) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(Shared { path, options, wake, writer, watch })))
    }
}

impl Bus for Embedded {
    fn ensure_topics(&self, topics: &[TopicSpec]) -> Result<()> {
        let _guard = self.0.lock();
        store::ensure_topics(&self.0.path, topics)
    }

    fn worker(&self, options: WorkerOptions) -> Result<Box<dyn Worker>> {
        Ok(Box::new(worker::EmbeddedWorker::open(Arc::clone(&self.0), &options)?))
    }

    fn reader(&self, topic: &Topic, from: Start) -> Result<Box<dyn Reader>> {
        Ok(Box::new(reader::EmbeddedReader::open(Arc::clone(&self.0), topic, from)?))
    }

    fn topics(&self) -> Result<Vec<TopicSpec>> {
        let connection = store::connect(&self.0.path)?;
        let spec = |row: store::TopicRow| {
            let store::TopicRow { topic, partitions, cleanup, .. } = row;
            TopicSpec { topic, partitions, cleanup }
        };
        let mut specs: Vec<TopicSpec> =
            store::all_topics(&connection)?.into_iter().map(spec).collect();
        specs.sort_by(|one, other| one.topic.cmp(&other.topic));
        Ok(specs)
    }

    fn starts(&self, topic: &Topic, from: Start) -> Result<Positions> {
        let connection = store::connect(&self.0.path)?;
        let row = store::topic(&connection, topic)?;
        let start = |partition| {
            let offset = log::start_offset(&connection, &row, partition, from)?;
            Ok(((topic.clone(), partition), offset))
        };
        (0..row.partitions).map(start).collect()
    }

    fn scan(&self, from: &Positions, take: &mut dyn FnMut(Received) -> Go) -> Result<()> {
        let connection = store::connect(&self.0.path)?;
        for ((topic, partition), start) in from {
            let row = store::topic(&connection, topic)?;
            let end = log::tail(&connection, row.id, *partition).map_err(store::bus_error)?.next;
            scan_partition(&connection, &row, (*partition, *start..end), take)?;
        }
        Ok(())
    }

    fn lag(&self, group: &str, topics: &[Topic]) -> Result<Vec<PartitionLag>> {
        let mut watch = self.0.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match watch.take() {
            Some(connection) => connection,
            None => store::connect(&self.0.path)?,
        };
        let mut lags = Vec::new();
        for topic in topics {
            let topic = store::topic(&connection, topic)?;
            lags.extend(group::lag(&connection, group, &topic).map_err(store::bus_error)?);
        }
        // One that failed is not kept.
        *watch = Some(connection);
        Ok(lags)
    }
}

/// Gives the records of a part of one partition to `take`.
fn scan_partition(
    connection: &Connection,
    row: &store::TopicRow,
    (partition, mut range): (u32, Range<u64>),
    take: &mut dyn FnMut(Received) -> Go,
) -> Result<()> {
    while !range.is_empty() {
        let records = log::read(connection, row, partition, range.start, Limit::default())?;
        let Some(last) = records.last() else { break };
        range.start = last.offset + 1;
        for received in records {
            if received.offset >= range.end || take(received) == Go::Enough {
                return Ok(());
            }
        }
    }
    Ok(())
}

//! The SQLite file: opening, tables, topics, and what an SQLite error means for the bus.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

use crate::{BusError, Cleanup, CommitError, Result, Topic, TopicSpec};

/// The version of the tables; a file of another version is refused.
const SCHEMA_VERSION: i64 = 1;

/// How often a writer asks again for a lock that another process holds, at 1 ms each.
const BUSY_TRIES: i32 = 30_000;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS topic (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    partitions INTEGER NOT NULL,
    compact INTEGER NOT NULL,
    age_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tail (
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    low INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (
    grp TEXT NOT NULL,
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member (
    grp TEXT NOT NULL,
    instance TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    consumer INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (grp, instance)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lease (
    grp TEXT NOT NULL,
    partition INTEGER NOT NULL,
    instance TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (grp, partition)
) WITHOUT ROWID;
";

/// A topic as the file has it.
#[derive(Clone, Debug)]
pub(super) struct TopicRow {
    pub(super) id: i64,
    pub(super) topic: Topic,
    pub(super) partitions: u32,
    pub(super) cleanup: Cleanup,
}

impl TopicRow {
    /// The table of one partition.
    pub(super) fn table(&self, partition: u32) -> String {
        let kind = if self.cleanup == Cleanup::Compact { "compact" } else { "log" };
        format!("{kind}_{}_{partition}", self.id)
    }
}

/// Opens the file for one thread.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    let mut connection = Connection::open(path).map_err(bus_error)?;
    connection.busy_handler(Some(wait_for_lock)).map_err(bus_error)?;
    connection.set_prepared_statement_cache_capacity(256);
    // The file grows by whole batches: large pages mean fewer of them.
    connection
        .execute_batch(
            "PRAGMA page_size = 8192;
             PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 1000;
             PRAGMA journal_size_limit = 33554432;
             PRAGMA cache_size = -8192;
             PRAGMA temp_store = MEMORY;",
        )
        .map_err(bus_error)?;
    Ok(connection)
}

/// A plain sleep of 1 ms: SQLite's own handler sleeps up to 100 ms, which shows in the tail.
fn wait_for_lock(tries: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    tries < BUSY_TRIES
}

/// Makes the tables of a new file.
pub(super) fn prepare(path: &Path) -> Result<()> {
    let mut connection = connect(path)?;
    let tx = write(&mut connection).map_err(bus_error)?;
    let version: i64 =
        tx.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(bus_error)?;
    match version {
        SCHEMA_VERSION => return Ok(()),
        0 => {}
        other => {
            let path = path.display();
            return Err(BusError::Fatal(format!(
                "{path} has tables of version {other}, this build knows {SCHEMA_VERSION}; \
                 use the build that wrote it or another data directory"
            )));
        }
    }
    tx.execute_batch(TABLES).map_err(bus_error)?;
    tx.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(bus_error)?;
    tx.commit().map_err(bus_error)
}

/// Begins a transaction that writes.
pub(super) fn write(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Creates the topics that are missing.
pub(super) fn ensure_topics(path: &Path, specs: &[TopicSpec]) -> Result<()> {
    let mut connection = connect(path)?;
    let tx = write(&mut connection).map_err(bus_error)?;
    for spec in specs {
        match find_topic(&tx, &spec.topic)? {
            Some(row) if row.partitions != spec.partitions => {
                return Err(BusError::Misuse(format!(
                    "topic {} has {} partitions, not {}; keys would move: make a topic of a new \
                     version instead",
                    spec.topic, row.partitions, spec.partitions
                )));
            }
            Some(row) => set_cleanup(&tx, &row, spec)?,
            None => create_topic(&tx, spec).map_err(bus_error)?,
        }
    }
    tx.commit().map_err(bus_error)
}

fn set_cleanup(tx: &Transaction<'_>, row: &TopicRow, spec: &TopicSpec) -> Result<()> {
    if (row.cleanup == Cleanup::Compact) != (spec.cleanup == Cleanup::Compact) {
        return Err(BusError::Misuse(format!(
            "topic {} cannot change between deletion and compaction; make a topic of a new version",
            spec.topic
        )));
    }
    let (_, age_ms, bytes) = cleanup_columns(spec.cleanup);
    tx.execute("UPDATE topic SET age_ms = ?2, bytes = ?3 WHERE id = ?1", (row.id, age_ms, bytes))
        .map_err(bus_error)?;
    Ok(())
}

fn cleanup_columns(cleanup: Cleanup) -> (bool, i64, i64) {
    match cleanup {
        Cleanup::Compact => (true, 0, 0),
        Cleanup::Delete { age, bytes } => {
            let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            (false, age_ms, i64::try_from(bytes).unwrap_or(i64::MAX))
        }
    }
}

fn create_topic(tx: &Transaction<'_>, spec: &TopicSpec) -> rusqlite::Result<()> {
    let (compact, age_ms, bytes) = cleanup_columns(spec.cleanup);
    tx.execute(
        "INSERT INTO topic (name, partitions, compact, age_ms, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
        (spec.topic.as_str(), spec.partitions, compact, age_ms, bytes),
    )?;
    let id = tx.last_insert_rowid();
    for partition in 0..spec.partitions {
        tx.execute("INSERT INTO tail VALUES (?1, ?2, 0, 0, 0)", (id, partition))?;
        // Rowid tables whose key only grows: WITHOUT ROWID would take five times the disk.
        let tables = if compact {
            format!(
                "CREATE TABLE compact_{id}_{partition} (
                     offset INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB,
                     headers BLOB NOT NULL, time_ms INTEGER NOT NULL);"
            )
        } else {
            format!(
                "CREATE TABLE log_{id}_{partition} (
                     last INTEGER PRIMARY KEY, first INTEGER NOT NULL, min_ms INTEGER NOT NULL,
                     max_ms INTEGER NOT NULL, codec INTEGER NOT NULL, plain_bytes INTEGER NOT NULL,
                     checksum INTEGER NOT NULL, data BLOB NOT NULL);"
            )
        };
        tx.execute_batch(&tables)?;
    }
    Ok(())
}

/// A topic, or `NoTopic`.
pub(super) fn topic(connection: &Connection, topic: &Topic) -> Result<TopicRow> {
    find_topic(connection, topic)?.ok_or_else(|| BusError::NoTopic(topic.clone()))
}

fn find_topic(connection: &Connection, topic: &Topic) -> Result<Option<TopicRow>> {
    let row = connection
        .prepare_cached("SELECT id, partitions, compact, age_ms, bytes FROM topic WHERE name = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([topic.as_str()], |row| {
                    let (age_ms, bytes): (u64, u64) = (row.get(3)?, row.get(4)?);
                    let cleanup = if row.get(2)? {
                        Cleanup::Compact
                    } else {
                        Cleanup::Delete { age: Duration::from_millis(age_ms), bytes }
                    };
                    let (id, partitions) = (row.get(0)?, row.get(1)?);
                    Ok(TopicRow { id, topic: topic.clone(), partitions, cleanup })
                })
                .optional()
        });
    row.map_err(bus_error)
}

/// All topics of the file.
pub(super) fn all_topics(connection: &Connection) -> Result<Vec<TopicRow>> {
    let names: rusqlite::Result<Vec<String>> = connection
        .prepare_cached("SELECT name FROM topic ORDER BY id")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    names
        .map_err(bus_error)?
        .iter()
        .map(|name| self::topic(connection, &Topic::new(name)))
        .collect()
}

/// Milliseconds since 1970 by this machine's clock: for leases and retention only.
pub(super) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// The file of the bus in a data directory.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("bus.sqlite3")
}

/// What an SQLite error means for a call that reads or sets up.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn bus_error(error: rusqlite::Error) -> BusError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted,
        ) => BusError::Unavailable(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => BusError::Corrupt(text),
        _ => BusError::Fatal(text),
    }
}

/// What an SQLite error means for a commit: SQLite has rolled it back or never began it.
pub(super) fn commit_error(error: rusqlite::Error) -> CommitError {
    match bus_error(error) {
        BusError::Unavailable(text) => CommitError::Aborted(text),
        other => CommitError::Fatal(other.to_string()),
    }
}

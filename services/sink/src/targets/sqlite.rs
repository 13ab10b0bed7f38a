//! SQLite: the warehouse of one machine, readable by any SQLite tool while it is written.

mod beside;
mod read;
mod reader;
mod rows;
mod schema;

pub(crate) use beside::BesideSqlite;
pub(crate) use reader::SqliteReader;

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use anyhow::Context;
use dateline_bus::{Place, Positions};
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params,
};

use crate::{
    SqliteConfig, Target,
    claims::{Claims, Standing, Stored},
    plan::{self, Plan, story_id},
    unfit::{Limits, unfit},
};

/// How long a writer waits for another program's lock.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// Statements that are kept ready.
const STATEMENTS: usize = 32;

/// A warehouse in one SQLite file.
pub(crate) struct Sqlite {
    connection: Connection,
    claims: Claims,
    /// Whether words that were taken back still stand in the write-ahead log.
    must_purge: bool,
}

impl Sqlite {
    pub(crate) fn open(config: &SqliteConfig) -> anyhow::Result<Self> {
        let path = Path::new(&config.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("sqlite.path: {}", folder.display()))?;
        }
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY_WAIT)?;
            // NORMAL: after a power cut the last transactions are missing as a whole, offsets
            // included, and are written again from the topic. secure_delete: what is deleted is
            // overwritten, so that a killed story does not live on in free pages.
            connection.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 PRAGMA journal_size_limit = 33554432; PRAGMA cache_size = -16384;
                 PRAGMA secure_delete = ON;",
            )?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(connection)
        };
        let mut connection =
            open().with_context(|| format!("sqlite.path: {:?} cannot be opened", config.path))?;
        schema::prepare(&mut connection, &config.path)?;
        // A process that died after a kill may have left words in the log.
        let mut opened = Self { connection, claims: Claims::default(), must_purge: true };
        opened.purge().map_err(|error| anyhow::anyhow!("sqlite.path: {error}"))?;
        Ok(opened)
    }

    /// Takes a place over from whoever wrote it before.
    fn claim(&mut self, place: &Place) -> rusqlite::Result<Stored> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.prepare_cached(
            "INSERT INTO writers VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1",
        )?
        .execute((place.0.as_str(), place.1))?;
        let stored = stored(&tx, place)?;
        tx.commit()?;
        self.claims.hold(place, stored);
        Ok(stored)
    }

    fn write_all(&mut self, records: &[SinkRecord], next: &Positions) -> rusqlite::Result<Written> {
        for place in next.keys() {
            if !self.claims.has(place) {
                self.claim(place)?;
            }
        }
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut now = BTreeMap::new();
        for place in next.keys() {
            now.insert(place.clone(), stored(&tx, place)?);
        }
        match self.claims.standing(next, &now) {
            Standing::Open => {}
            Standing::Fenced(what) => return Ok(Written::Fenced(what)),
            Standing::Done => {
                self.claims.advance(next);
                return Ok(Written::Rows(0));
            }
        }
        let news = |record: &&SinkRecord| !self.claims.is_written(&record.place, record.offset);
        let records: Vec<&SinkRecord> = records.iter().filter(news).collect();
        let plan = Plan::of(&records, &standing(&tx, &records)?, clock::now());
        rows::write(&tx, &plan)?;
        for (place, offset) in next {
            tx.prepare_cached("INSERT OR REPLACE INTO positions VALUES (?1, ?2, ?3)")?
                .execute(params![place.0.as_str(), place.1, offset])?;
        }
        tx.commit()?;
        self.claims.advance(next);
        self.must_purge |= plan.recalls;
        Ok(Written::Rows(plan.rows()))
    }

    /// Empties the write-ahead log, where words of killed stories would outlive them. A reader
    /// that holds it back is met again after the next write.
    fn purge(&mut self) -> rusqlite::Result<()> {
        if !self.must_purge {
            return Ok(());
        }
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        self.must_purge = match self.connection.query_row(checkpoint, [], |row| row.get(0)) {
            Err(error) if is_busy(&error) => true,
            is_held => is_held?,
        };
        Ok(())
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

impl Target for Sqlite {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.claim(place).map(|stored| stored.next).map_err(fault)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::NONE)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let written = self.write_all(records, next).map_err(fault)?;
        self.purge().map_err(fault)?;
        Ok(written)
    }
}

fn stored(tx: &Transaction<'_>, place: &Place) -> rusqlite::Result<Stored> {
    let key = (place.0.as_str(), place.1);
    let epoch = tx
        .prepare_cached("SELECT epoch FROM writers WHERE topic = ?1 AND partition = ?2")?
        .query_row(key, |row| row.get(0))
        .optional()?;
    let next = tx
        .prepare_cached("SELECT next FROM positions WHERE topic = ?1 AND partition = ?2")?
        .query_row(key, |row| row.get(0))
        .optional()?;
    Ok(Stored { epoch: epoch.unwrap_or(0), next })
}

/// What stands of the stories of a batch.
fn standing(tx: &Transaction<'_>, records: &[&SinkRecord]) -> rusqlite::Result<plan::Standing> {
    let mut standing = plan::Standing::default();
    for record in records {
        let id = story_id(record);
        let (found, into) = match &record.record {
            Landing::Events(_) => (rows::known_story(tx, id)?, &mut standing.stories),
            Landing::Relations(_) => (rows::known_cluster(tx, id)?, &mut standing.clusters),
        };
        if let Some(known) = found {
            into.insert(id.to_owned(), known);
        }
    }
    Ok(standing)
}

fn fault(error: rusqlite::Error) -> Fault {
    if is_busy(&error) || error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
        return Fault::retry(error.to_string());
    }
    Fault::Fatal(error.into())
}

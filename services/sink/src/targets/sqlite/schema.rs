//! Tables and views of a SQLite file: made at start, and given the columns that an older build
//! did not know.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::{
    ddl::{self, Dialect},
    model::{CHANGES, TABLES, Table},
    search::{Joiner, OLD_ROWS},
};

use super::rows::put_words;

/// The version of the tables. A build that does not know it may not write.
const SCHEMA_VERSION: i64 = 4;

/// The version from which on the words of events have an index.
const SEARCH_VERSION: i64 = 4;

/// Makes what is missing.
pub(super) fn prepare(connection: &mut Connection, path: &str) -> anyhow::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    anyhow::ensure!(
        (0..=SCHEMA_VERSION).contains(&version),
        "sqlite.path: {path:?} has tables of version {version}, this build writes \
         {SCHEMA_VERSION}; use the build that wrote it or another file"
    );
    // Columns before indexes: an index may be on a column that is new.
    for table in TABLES.into_iter().chain([&CHANGES]) {
        add_missing_columns(&tx, table)?;
    }
    for statement in ddl::current_tables(Dialect::Sqlite) {
        tx.execute_batch(&statement)?;
    }
    for view in ddl::current_views(Dialect::Sqlite) {
        let statement = format!("CREATE VIEW {} AS\n{}", view.name, view.query);
        let stands: Option<String> = tx
            .query_row(
                "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?1",
                [view.name],
                |row| row.get(0),
            )
            .optional()?;
        if stands.as_ref() != Some(&statement) {
            tx.execute_batch(&format!("DROP VIEW IF EXISTS {}; {statement}", view.name))?;
        }
    }
    if version < SEARCH_VERSION {
        index_words(&tx)?;
    }
    if version != SCHEMA_VERSION {
        tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    tx.commit()?;
    Ok(())
}

fn add_missing_columns(tx: &Transaction<'_>, table: &Table) -> rusqlite::Result<()> {
    let mut statement = tx.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table.name], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Ok(());
    }
    for column in table.columns {
        if !names.iter().any(|name| name == column.name) {
            tx.execute_batch(&ddl::add_column(Dialect::Sqlite, table, column))?;
        }
    }
    Ok(())
}

/// Makes the index of words, also of rows that an older build wrote.
fn index_words(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    // What is deleted leaves the index at once, not when its parts are merged.
    tx.execute_batch("INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1)")?;
    tx.execute("DELETE FROM search", [])?;
    let mut statement = tx.prepare(OLD_ROWS)?;
    let (texts, mut joiner) = (1..statement.column_count(), Joiner::default());
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let texts = texts.clone().map(|at| row.get::<_, Option<String>>(at));
        let texts: Vec<Option<String>> = texts.collect::<Result<_, _>>()?;
        if let Some((id, words)) = joiner.add(&id, texts.iter().map(Option::as_deref)) {
            put_words(tx, &id, &words)?;
        }
    }
    joiner.end().map_or(Ok(()), |(id, words)| put_words(tx, &id, &words))
}

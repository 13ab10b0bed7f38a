//! Tables and views of a SQLite file: made at start, and given the columns that an older build
//! did not know.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::{
    ddl::{self, Dialect},
    model::{CHANGES, TABLES, Table},
};

/// The version of the tables. A build that does not know it may not write.
const SCHEMA_VERSION: i64 = 3;

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

//! Schema, tables and views in PostgreSQL: made where they are missing, under a lock, so that two
//! sinks that start at once do not meet; an account that may only write finds nothing to do.

use std::collections::{HashMap, HashSet};

use dateline_record::ContentHash;
use tokio_postgres::{Client, Transaction};

use super::{Failure, write::put_words};
use crate::{
    ddl::{self, Dialect, View},
    model::{CHANGES, PROSE, TABLES},
    search::{Joiner, OLD_ROWS},
};

/// Holds the lock until the transaction ends.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('dateline sink'))";

/// Rows that are held at once while the words of an older build's rows are indexed.
const ROWS_AT_ONCE: i32 = 5_000;

/// A schema's name goes into statements as it is.
pub(super) fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    anyhow::ensure!(
        is_plain && name.len() < 64,
        "postgres.schema: wants small letters, digits and _, and has {name:?}"
    );
    Ok(())
}

/// Makes what is missing.
pub(super) async fn prepare(client: &mut Client, schema: &str) -> Result<(), Failure> {
    let tx = client.transaction().await?;
    tx.execute(LOCK, &[]).await?;
    let is_there = tx.query_opt("SELECT FROM pg_namespace WHERE nspname = $1", &[&schema]).await?;
    if is_there.is_none() {
        tx.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
    }
    tx.batch_execute(&format!("SET LOCAL search_path TO {schema}")).await?;
    make_tables(&tx, schema).await?;
    sample_no_words(&tx).await?;
    for view in ddl::current_views(Dialect::Postgres) {
        make_view(&tx, schema, &view).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn make_tables(tx: &Transaction<'_>, schema: &str) -> Result<(), Failure> {
    let rows = tx
        .query(
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = $1",
            &[&schema],
        )
        .await?;
    let mut found: HashMap<String, HashSet<String>> = HashMap::new();
    for row in rows {
        found.entry(row.get(0)).or_default().insert(row.get(1));
    }
    for table in TABLES.into_iter().chain([&CHANGES]) {
        let Some(columns) = found.get(table.name) else {
            continue;
        };
        for column in table.columns.iter().filter(|column| !columns.contains(column.name)) {
            tx.batch_execute(&ddl::add_column(Dialect::Postgres, table, column)).await?;
        }
    }
    let indexes = tx
        .query("SELECT indexname::text FROM pg_indexes WHERE schemaname = $1", &[&schema])
        .await?;
    let indexes = indexes.iter().map(|row| row.get(0));
    let there: HashSet<String> = found.into_keys().chain(indexes).collect();
    for statement in ddl::current_tables(Dialect::Postgres) {
        if !there.contains(name_of(&statement)) {
            tx.batch_execute(&statement).await?;
        }
    }
    if !there.contains("search") {
        index_words(tx).await?;
    }
    Ok(())
}

/// Indexes the words of rows that an older build wrote.
async fn index_words(tx: &Transaction<'_>) -> Result<(), Failure> {
    let rows = tx.bind(&tx.prepare(OLD_ROWS).await?, &[]).await?;
    let mut joiner = Joiner::default();
    loop {
        let some = tx.query_portal(&rows, ROWS_AT_ONCE).await?;
        let mut found = Vec::new();
        for row in &some {
            let texts = (1..row.len()).map(|at| row.get::<_, Option<&str>>(at));
            found.extend(joiner.add(row.get(0), texts));
        }
        if some.is_empty() {
            found.extend(joiner.end());
        }
        let (ids, words) = found.iter().map(|(id, words)| (id.as_str(), words.clone())).unzip();
        put_words(tx, (ids, words)).await?;
        if some.is_empty() {
            return Ok(());
        }
    }
}

/// Keeps words of stories out of the samples of ANALYZE, from which a kill would not take them.
async fn sample_no_words(tx: &Transaction<'_>) -> Result<(), Failure> {
    for (table, columns) in PROSE.into_iter().chain([("search", &["words"][..])]) {
        let sampled = tx
            .query(
                &format!(
                    "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass \
                     AND attname = ANY($1) AND attstattarget IS DISTINCT FROM 0"
                ),
                &[&columns],
            )
            .await?;
        for column in sampled {
            let column: String = column.get(0);
            let alter = format!("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0");
            tx.batch_execute(&alter).await?;
        }
    }
    Ok(())
}

/// The name of what a statement of the model makes: `CREATE TABLE IF NOT EXISTS name ...`.
fn name_of(statement: &str) -> &str {
    statement.split_whitespace().nth(5).unwrap_or_default()
}

/// A view is made anew where its query is another than the one noted with it.
async fn make_view(tx: &Transaction<'_>, schema: &str, view: &View) -> Result<(), Failure> {
    let note = format!("dateline {}", ContentHash::of(view.query.as_bytes()));
    let stands: Option<String> = tx
        .query_opt(
            "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c \
             JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = $2",
            &[&schema, &view.name],
        )
        .await?
        .and_then(|row| row.get(0));
    if stands.as_ref() == Some(&note) {
        return Ok(());
    }
    let name = view.name;
    let statement = format!(
        "DROP VIEW IF EXISTS {name}; CREATE VIEW {name} AS {}; COMMENT ON VIEW {name} IS '{note}'",
        view.query
    );
    tx.batch_execute(&statement).await?;
    Ok(())
}

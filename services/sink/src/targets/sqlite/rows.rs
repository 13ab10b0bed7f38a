//! Writing the rows of a plan to a SQLite file.

use std::sync::LazyLock;

use rusqlite::{
    OptionalExtension, Transaction, params_from_iter,
    types::{ToSql, ToSqlOutput, ValueRef},
};

use crate::{
    model::{self, CHANGES, CLUSTERS, EVENTS, MENTIONS, RELATIONS, STORIES, Table, Value},
    plan::{Known, Plan},
    search,
};

/// The statements, made once.
struct Inserts {
    stories: String,
    events: String,
    mentions: String,
    clusters: String,
    relations: String,
    changes: String,
}

static INSERTS: LazyLock<Inserts> = LazyLock::new(|| Inserts {
    stories: insert(&STORIES),
    events: insert(&EVENTS),
    mentions: insert(&MENTIONS),
    clusters: insert(&CLUSTERS),
    relations: insert(&RELATIONS),
    changes: insert(&CHANGES),
});

fn insert(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    // Of a story's row the one before goes, by the constraint that there is one.
    format!("INSERT OR REPLACE INTO {} ({}) VALUES ({marks})", table.name, names.join(", "))
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Date(day) => ToSqlOutput::Borrowed(ValueRef::Text(day.as_bytes())),
            Self::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Float(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Self::Bool(truth) => ToSqlOutput::Borrowed(ValueRef::Integer((*truth).into())),
            Self::Time(time) => ToSqlOutput::Owned(time.to_string().into()),
        })
    }
}

/// What stands of a story.
pub(super) fn known_story(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Known>> {
    let mut statement = tx.prepare_cached(
        "SELECT revision, log_offset, result_hash, text IS NOT NULL FROM stories \
         WHERE story_id = ?1",
    )?;
    let known = statement.query_row([id], |row| {
        let (revision, offset) = (row.get(0)?, row.get(1)?);
        Ok(Known { revision, offset, result_hash: row.get(2)?, has_text: row.get(3)? })
    });
    known.optional()
}

/// What stands of a story's relations.
pub(super) fn known_cluster(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Known>> {
    let mut statement = tx.prepare_cached(
        "SELECT revision, coalesce(log_offset, 0) FROM clusters WHERE story_id = ?1",
    )?;
    let known = statement.query_row([id], |row| {
        Ok(Known { revision: row.get(0)?, offset: row.get(1)?, ..Known::default() })
    });
    known.optional()
}

/// Replaces what the plan replaces.
pub(super) fn write(tx: &Transaction<'_>, plan: &Plan<'_>) -> rusqlite::Result<()> {
    for id in &plan.replaced {
        delete(tx, "DELETE FROM events WHERE story_id = ?1", id)?;
        delete(tx, "DELETE FROM mentions WHERE story_id = ?1", id)?;
    }
    for row in &plan.clusters {
        let id = row.record.story_id.as_str();
        delete(tx, "DELETE FROM relations WHERE story_id = ?1", id)?;
    }
    for row in &plan.stories {
        delete(tx, "DELETE FROM search WHERE story_id = ?1", row.result.story.story_id.as_str())?;
    }
    for (id, words) in search::rows(plan) {
        put_words(tx, id, &words)?;
    }
    let of = &*INSERTS;
    put(tx, &of.stories, plan.stories.iter().map(model::story_values))?;
    put(tx, &of.events, plan.events.iter().map(model::event_values))?;
    put(tx, &of.mentions, plan.mentions.iter().map(model::mention_values))?;
    put(tx, &of.clusters, plan.clusters.iter().map(model::cluster_values))?;
    put(tx, &of.relations, plan.relations.iter().map(model::relation_values))?;
    put(tx, &of.changes, plan.changes.iter().map(model::change_values))
}

/// Writes what a story is found by.
pub(super) fn put_words(tx: &Transaction<'_>, id: &str, words: &str) -> rusqlite::Result<()> {
    let insert = "INSERT INTO search (story_id, words) VALUES (?1, ?2)";
    tx.prepare_cached(insert)?.execute((id, words)).map(|_| ())
}

fn delete(tx: &Transaction<'_>, statement: &str, id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(statement)?.execute([id]).map(|_| ())
}

fn put<'a>(
    tx: &Transaction<'_>,
    statement: &str,
    rows: impl Iterator<Item = Vec<Value<'a>>>,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(statement)?;
    for row in rows {
        statement.execute(params_from_iter(row))?;
    }
    Ok(())
}

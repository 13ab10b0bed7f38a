//! The rows of a story's relations, replaced as a whole.

use dateline_record::{StoryId, StoryRelations};
use rusqlite::{OptionalExtension, Transaction, params};

/// Replaces the relations of a story unless those of a newer version stand there; returns the rows
/// written. Of two records with one revision the later counts: it knows more of other stories.
pub(super) fn replace(tx: &Transaction<'_>, record: &StoryRelations) -> rusqlite::Result<u64> {
    let id = record.story_id.as_str();
    let known: Option<u64> = tx
        .prepare_cached("SELECT revision FROM clusters WHERE story_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if known.is_some_and(|known| known > record.revision.0) {
        return Ok(0);
    }
    tx.prepare_cached("DELETE FROM relations WHERE story_id = ?1")?.execute([id])?;
    // A story that was taken back keeps its row, so that an older version cannot come back.
    tx.prepare_cached("INSERT OR REPLACE INTO clusters VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
        params![
            id,
            record.revision.0,
            record.cluster_id.as_ref().map(StoryId::as_str),
            record.unchanged_since.map(|revision| revision.0),
            record.found_at.to_string(),
        ],
    )?;
    for relation in &record.relations {
        tx.prepare_cached("INSERT INTO relations VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            id,
            relation.story_id.as_str(),
            relation.kind.as_str(),
            relation.similarity,
        ])?;
    }
    Ok(1 + record.relations.len() as u64)
}

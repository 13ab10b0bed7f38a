//! Removing what is older or larger than a topic may be; whole batches, a few at a time.

use rusqlite::{Connection, OptionalExtension, params};

use super::store::{TopicRow, now_ms};
use crate::Cleanup;

/// Batches removed by one step, so that a commit never waits long for it.
const BATCHES_PER_STEP: usize = 64;

/// How long a tombstone is kept, so that readers of a compacted topic can learn of it.
const TOMBSTONE_AGE_MS: i64 = 24 * 60 * 60 * 1000;

/// Removes what must go from all partitions of a topic; true where there is more.
pub(super) fn trim(tx: &Connection, topic: &TopicRow) -> rusqlite::Result<bool> {
    let mut more = false;
    for partition in 0..topic.partitions {
        match topic.cleanup {
            Cleanup::Compact => remove_tombstones(tx, topic, partition)?,
            Cleanup::Delete { age, bytes } => {
                let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
                let oldest_ms = now_ms().saturating_sub(age_ms);
                more |= trim_log(tx, topic, partition, oldest_ms, bytes)?;
            }
        }
    }
    Ok(more)
}

fn remove_tombstones(tx: &Connection, topic: &TopicRow, partition: u32) -> rusqlite::Result<()> {
    let table = topic.table(partition);
    tx.prepare_cached(&format!("DELETE FROM {table} WHERE value IS NULL AND time_ms < ?1"))?
        .execute([now_ms() - TOMBSTONE_AGE_MS])?;
    Ok(())
}

fn trim_log(
    tx: &Connection,
    topic: &TopicRow,
    partition: u32,
    oldest_ms: i64,
    most_bytes: u64,
) -> rusqlite::Result<bool> {
    let table = topic.table(partition);
    let (mut bytes, mut low): (u64, u64) = tx
        .prepare_cached("SELECT bytes, low FROM tail WHERE topic = ?1 AND partition = ?2")?
        .query_row((topic.id, partition), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut more = true;
    for _ in 0..BATCHES_PER_STEP {
        let oldest = oldest_batch(tx, &table)?
            .filter(|(_, max_ms, _)| bytes > most_bytes || *max_ms < oldest_ms);
        let Some((last, _, size)) = oldest else {
            more = false;
            break;
        };
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE last = ?1"))?.execute([last])?;
        bytes = bytes.saturating_sub(size);
        low = last + 1;
    }
    tx.prepare_cached("UPDATE tail SET bytes = ?3, low = ?4 WHERE topic = ?1 AND partition = ?2")?
        .execute(params![topic.id, partition, bytes, low])?;
    Ok(more)
}

/// Last offset, newest time and size of the oldest batch.
fn oldest_batch(tx: &Connection, table: &str) -> rusqlite::Result<Option<(u64, i64, u64)>> {
    tx.prepare_cached(&format!(
        "SELECT last, max_ms, length(data) FROM {table} ORDER BY last LIMIT 1"
    ))?
    .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    .optional()
}

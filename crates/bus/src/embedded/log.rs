//! Appending to and reading from the table of one topic-partition.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    codec::{self, Encoded, Stored},
    store::{TopicRow, bus_error},
};
use crate::{BusError, Cleanup, Limit, Received, Record, Result, Start};

/// A stored batch holds at most so many bytes of records, so that a reader's step is bounded.
const BATCH_BYTES: usize = 1024 * 1024;

/// Where a partition begins and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub(super) next: u64,
    pub(super) low: u64,
}

/// Records of one partition, ready to be stored.
pub(super) enum Prepared {
    /// Encoded batches with their records' number and times.
    Log(Vec<PreparedBatch>),
    /// One row for each record.
    Compact(Vec<Record>),
}

/// A batch of a log, encoded before the lock is taken.
pub(super) struct PreparedBatch {
    records: u64,
    min_ms: i64,
    max_ms: i64,
    encoded: Encoded,
}

/// Encodes the records of one partition of a topic.
pub(super) fn prepare(topic: &TopicRow, records: Vec<Record>) -> Prepared {
    if topic.cleanup == Cleanup::Compact {
        return Prepared::Compact(records);
    }
    let mut batches = Vec::new();
    let mut from = 0;
    while from < records.len() {
        let mut bytes = 0;
        let fitting = records[from..].iter().take_while(|record| {
            bytes += record.size();
            bytes <= BATCH_BYTES
        });
        let until = from + fitting.count().max(1);
        batches.push(prepare_batch(&records[from..until]));
        from = until;
    }
    Prepared::Log(batches)
}

fn prepare_batch(records: &[Record]) -> PreparedBatch {
    let times = || records.iter().map(|record| record.timestamp_ms);
    PreparedBatch {
        records: records.len() as u64,
        min_ms: times().min().unwrap_or_default(),
        max_ms: times().max().unwrap_or_default(),
        encoded: codec::encode(records),
    }
}

/// Where a partition begins and ends.
pub(super) fn tail(connection: &Connection, topic: i64, partition: u32) -> rusqlite::Result<Tail> {
    connection
        .prepare_cached("SELECT next, low FROM tail WHERE topic = ?1 AND partition = ?2")?
        .query_row((topic, partition), |row| Ok(Tail { next: row.get(0)?, low: row.get(1)? }))
}

/// Appends to a partition. Each unit burns one offset, as Kafka's commit marker does, so that
/// nobody comes to rely on offsets without gaps.
pub(super) fn append(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    prepared: &Prepared,
) -> rusqlite::Result<()> {
    let mut next = tail(connection, topic.id, partition)?.next;
    let mut bytes = 0;
    let table = topic.table(partition);
    match prepared {
        Prepared::Log(batches) => {
            for batch in batches {
                insert_batch(connection, &table, next, batch)?;
                next += batch.records;
                bytes += batch.encoded.data.len();
            }
        }
        Prepared::Compact(records) => {
            for record in records {
                replace_row(connection, &table, next, record)?;
                next += 1;
            }
        }
    }
    connection
        .prepare_cached(
            "UPDATE tail SET next = ?3, bytes = bytes + ?4 WHERE topic = ?1 AND partition = ?2",
        )?
        .execute(params![topic.id, partition, next + 1, bytes as u64])?;
    Ok(())
}

fn insert_batch(
    connection: &Connection,
    table: &str,
    first: u64,
    batch: &PreparedBatch,
) -> rusqlite::Result<()> {
    let last = first + batch.records - 1;
    let Encoded { codec, plain_bytes, data, checksum } = &batch.encoded;
    connection
        .prepare_cached(&format!("INSERT INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"))?
        .execute(params![
            last,
            first,
            batch.min_ms,
            batch.max_ms,
            *codec as i64,
            *plain_bytes as u64,
            checksum,
            data
        ])?;
    Ok(())
}

fn replace_row(
    connection: &Connection,
    table: &str,
    offset: u64,
    record: &Record,
) -> rusqlite::Result<()> {
    let mut headers = Vec::new();
    codec::put_headers(&mut headers, &record.headers);
    let key = record.key.as_deref().unwrap_or_default();
    connection
        .prepare_cached(&format!(
            "INSERT INTO {table} (offset, key, value, headers, time_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET offset = excluded.offset, value = excluded.value,
                 headers = excluded.headers, time_ms = excluded.time_ms"
        ))?
        .execute(params![offset, key, record.value.as_deref(), headers, record.timestamp_ms])?;
    Ok(())
}

/// The committed records of a partition from `from` on: whole batches until the limit is
/// reached, each by a statement of its own, so that no reader ever holds the WAL back.
pub(super) fn read(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    from: u64,
    max: Limit,
) -> Result<Vec<Received>> {
    let tail = tail(connection, topic.id, partition).map_err(bus_error)?;
    if from < tail.low {
        let (topic, low) = (topic.topic.clone(), tail.low);
        return Err(BusError::Truncated { topic, partition, wanted: from, low });
    }
    if from >= tail.next {
        return Ok(Vec::new());
    }
    if topic.cleanup == Cleanup::Compact {
        return read_rows(connection, topic, partition, from, max);
    }
    let mut found: Vec<Received> = Vec::new();
    let (mut from, mut bytes) = (from, 0);
    while found.len() < max.records && bytes < max.bytes {
        let Some((first, last, stored)) = next_batch(connection, topic, partition, from)? else {
            break;
        };
        let records = codec::decode(stored)?;
        if records.len() as u64 != last - first + 1 {
            return Err(BusError::Corrupt(format!(
                "a batch of {} partition {partition} has another number of records than offsets",
                topic.topic
            )));
        }
        for (offset, record) in (first..).zip(records).filter(|(offset, _)| *offset >= from) {
            bytes += record.size();
            let topic = topic.topic.clone();
            found.push(Received { topic, partition, offset, record });
        }
        from = last + 1;
    }
    Ok(found)
}

fn next_batch(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    from: u64,
) -> Result<Option<(u64, u64, Stored)>> {
    let table = topic.table(partition);
    let row = connection
        .prepare_cached(&format!(
            "SELECT first, last, codec, plain_bytes, checksum, data FROM {table}
             WHERE last >= ?1 ORDER BY last LIMIT 1"
        ))
        .and_then(|mut statement| {
            statement
                .query_row([from], |row| {
                    let plain_bytes: u64 = row.get(3)?;
                    let stored = Stored {
                        codec: row.get(2)?,
                        plain_bytes: usize::try_from(plain_bytes).unwrap_or(0),
                        checksum: row.get(4)?,
                        data: row.get(5)?,
                    };
                    Ok((row.get(0)?, row.get(1)?, stored))
                })
                .optional()
        });
    row.map_err(bus_error)
}

fn read_rows(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    from: u64,
    max: Limit,
) -> Result<Vec<Received>> {
    let table = topic.table(partition);
    let mut statement = connection
        .prepare_cached(&format!(
            "SELECT offset, key, value, headers, time_ms FROM {table}
             WHERE offset >= ?1 ORDER BY offset LIMIT ?2"
        ))
        .map_err(bus_error)?;
    let mut rows = statement.query((from, max.records as u64)).map_err(bus_error)?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(bus_error)? {
        let (offset, record) = row_record(row)?;
        bytes += record.size();
        found.push(Received { topic: topic.topic.clone(), partition, offset, record });
        if bytes >= max.bytes {
            break;
        }
    }
    Ok(found)
}

fn row_record(row: &rusqlite::Row<'_>) -> Result<(u64, Record)> {
    let columns = || {
        let key: Vec<u8> = row.get(1)?;
        let value: Option<Vec<u8>> = row.get(2)?;
        let headers: Vec<u8> = row.get(3)?;
        rusqlite::Result::Ok((row.get(0)?, key, value, headers, row.get(4)?))
    };
    let (offset, key, value, headers, timestamp_ms) = columns().map_err(bus_error)?;
    let headers = codec::take_headers(&mut Bytes::from(headers))
        .ok_or_else(|| BusError::Corrupt("the headers of a state record are cut short".into()))?;
    let (key, value) = (Some(key.into()), value.map(Bytes::from));
    Ok((offset, Record { key, value, headers, timestamp_ms }))
}

/// The offset where a new reader starts.
pub(super) fn start_offset(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    start: Start,
) -> Result<u64> {
    let tail = tail(connection, topic.id, partition).map_err(bus_error)?;
    match start {
        Start::Earliest => Ok(tail.low),
        Start::Latest => Ok(tail.next),
        Start::Time(time_ms) => {
            let found = offset_at(connection, topic, partition, time_ms)?;
            Ok(found.unwrap_or(tail.next))
        }
    }
}

/// The first offset with this time or a later one.
fn offset_at(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    time_ms: i64,
) -> Result<Option<u64>> {
    let table = topic.table(partition);
    let sql = if topic.cleanup == Cleanup::Compact {
        format!("SELECT MIN(offset) FROM {table} WHERE time_ms >= ?1")
    } else {
        format!("SELECT MIN(first) FROM {table} WHERE max_ms >= ?1")
    };
    let first: Option<u64> =
        connection.query_row(&sql, [time_ms], |row| row.get(0)).map_err(bus_error)?;
    let Some(first) = first else { return Ok(None) };
    let one_batch = Limit { records: 1, bytes: usize::MAX };
    let records = read(connection, topic, partition, first, one_batch)?;
    let hit = records.iter().find(|received| received.record.timestamp_ms >= time_ms);
    Ok(hit.map(|received| received.offset))
}

/// Whether a partition has any record at `from` or later.
pub(super) fn any_from(
    connection: &Connection,
    topic: &TopicRow,
    partition: u32,
    from: u64,
) -> rusqlite::Result<bool> {
    let column = if topic.cleanup == Cleanup::Compact { "offset" } else { "last" };
    let table = topic.table(partition);
    connection
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} >= ?1)"))?
        .query_row([from], |row| row.get(0))
}

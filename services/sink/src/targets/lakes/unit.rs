//! The rows of a unit, and the file that a table gets of them.

use std::collections::BTreeMap;

use dateline_bus::Positions;
use dateline_lake::{Error, File};
use dateline_parquet::{Column, Value};
use dateline_record::Timestamp;
use dateline_runtime::SinkRecord;

use super::{Own, beside::STAGED, recalls, unsigned};
use crate::{log, targets::files::cells};

/// Columns of whole numbers by which readers skip files.
const RANGES: [&str; 3] = ["revision", "log_partition", "log_offset"];

/// Records of one topic as rows.
pub(super) struct Unit {
    pub(super) next: Positions,
    /// Whether they take stories back.
    pub(super) recalls: bool,
    day: String,
    /// By the name of the table, with partition and offset of each row.
    rows: BTreeMap<&'static str, Rows>,
}

#[derive(Default)]
struct Rows {
    at: Vec<(u32, u64)>,
    values: Vec<Vec<Value>>,
}

/// A file that was put for a commit, for the rows from these offsets on; none where there were no rows.
pub(super) struct Put {
    pub(super) stands: BTreeMap<u32, i64>,
    pub(super) file: Option<File>,
}

impl Unit {
    pub(super) fn of(records: &[&SinkRecord], next: Positions, now: Timestamp) -> Self {
        let mut rows: BTreeMap<&'static str, Rows> = BTreeMap::new();
        for record in records {
            log::rows(record, now, |table, values| {
                let own = rows.entry(table.name).or_default();
                own.at.push((record.place.1, record.offset));
                own.values.push(values.into_iter().map(cells::value).collect());
            });
        }
        Self { next, recalls: recalls(records), day: now.date().to_string(), rows }
    }

    /// Writes the file of the rows that do not stand in a table yet. Its name says for which state of the
    /// table it was written: once that has passed, it can count no more.
    pub(super) fn put(&self, own: &Own, stands: BTreeMap<u32, i64>) -> Result<Put, Error> {
        let begin = stands.iter().next().map(|(partition, next)| format!("p{partition}-{next}"));
        let is_news = |(partition, offset): &(u32, u64)| {
            stands.get(partition).is_none_or(|next| *offset >= unsigned(*next))
        };
        let (Some(rows), Some(begin)) = (self.rows.get(own.kind.name), begin) else {
            return Ok(Put { stands, file: None });
        };
        let news = rows.at.iter().filter(|at| is_news(at)).count();
        let file = if news == 0 {
            None
        } else if news == rows.at.len() {
            Some(put(own, &begin, &self.day, &rows.values)?)
        } else {
            let pairs = rows.at.iter().zip(&rows.values).filter(|(at, _)| is_news(at));
            let values: Vec<_> = pairs.map(|(_, values)| values.clone()).collect();
            Some(put(own, &begin, &self.day, &values)?)
        };
        Ok(Put { stands, file })
    }

    /// Writes the file of all rows of a table, to count later.
    pub(super) fn stage(&self, own: &Own) -> Result<Option<File>, Error> {
        let rows = self.rows.get(own.kind.name);
        rows.map(|rows| put(own, STAGED, &self.day, &rows.values)).transpose()
    }
}

/// Writes rows as a file that does not count yet.
fn put(own: &Own, begin: &str, day: &str, rows: &[Vec<Value>]) -> Result<File, Error> {
    let bytes = dateline_parquet::write(&own.columns, rows);
    let mut file = own.lake.put(begin, day, bytes.map_err(std::io::Error::other)?)?;
    file.rows = rows.len() as u64;
    file.ranges = ranges(&own.columns, rows);
    Ok(file)
}

/// The least and greatest value of some columns.
pub(super) fn ranges(columns: &[Column], rows: &[Vec<Value>]) -> Vec<(String, i64, i64)> {
    let range = |name: &str| {
        let at = columns.iter().position(|column| column.name == name)?;
        let numbers = rows.iter().filter_map(|row| match row.get(at) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        });
        let (least, greatest) = numbers.fold((i64::MAX, i64::MIN), |(least, most), number| {
            (least.min(number), most.max(number))
        });
        (least <= greatest).then(|| (name.to_owned(), least, greatest))
    };
    RANGES.iter().filter_map(|name| range(name)).collect()
}

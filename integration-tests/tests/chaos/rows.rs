//! The rows of a warehouse as lines of text, without what tells only when and where they came by.

use std::collections::{BTreeMap, BTreeSet};

use dateline_record::StoryId;
use integration_tests::{
    newswire::{Ledger, Outcome},
    pipeline::Row,
};
use serde_json::Value;
use sink::{
    Config,
    model::{Column, EVENTS, Kind, MENTIONS, STORIES, Table},
    reader::Reader,
};

/// Columns that differ from run to run: where a record stood and when it came. What a version does, and
/// which of its time it is, differs where a run saw a site's story before and after a change.
const OF_THE_RUN: &[&str] = &[
    "log_topic",
    "log_partition",
    "log_offset",
    "ingested_at",
    "fetched_at",
    "op",
    "signal",
    "revision",
];

const TABLES: [&Table; 3] = [&STORIES, &EVENTS, &MENTIONS];

/// The rows of a table that belong to stories which may be used, and when the story was published.
fn usable(table: &Table) -> String {
    let column = |column: &Column| match column.kind {
        Kind::Date => format!("CAST({0}.{1} AS text) AS {1}", table.name, column.name),
        _ => format!("{}.{}", table.name, column.name),
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    let (listed, name) = (columns.join(", "), table.name);
    let from = match name {
        "stories" => name.to_owned(),
        _ => format!("{name} INNER JOIN stories ON {name}.story_id = stories.story_id"),
    };
    format!(
        "SELECT {listed}, stories.published_at AS story_published_at FROM {from} \
         WHERE stories.status = 'usable'"
    )
}

/// What stands in a warehouse.
pub(crate) struct Rows {
    /// All that may be used, as lines; a line that stands twice counts twice.
    pub(crate) lines: Vec<String>,
    /// What is compared with a ledger.
    pub(crate) stories: BTreeMap<String, Row>,
}

impl Rows {
    pub(crate) fn read(config: &Config) -> anyhow::Result<Self> {
        let mut reader = Reader::open(config)?;
        let mut lines = Vec::new();
        for table in TABLES {
            for mut row in reader.select(&usable(table), &[])? {
                // A story without a time of its own is told when it came.
                let is_undated = row.get("story_published_at").is_some_and(Value::is_null);
                row.retain(|name, _| {
                    !(OF_THE_RUN.contains(&name.as_str()) || is_undated && name == "told_at")
                });
                // In one order, whatever order the warehouse keeps its columns in.
                let row: BTreeMap<_, _> =
                    row.into_iter().map(|(name, it)| (name, same(it))).collect();
                lines.push(format!("{} {}", table.name, serde_json::to_string(&row)?));
            }
        }
        lines.sort();
        let statement = "SELECT story_id, status, text, not_coded, (SELECT count(*) FROM events \
                         WHERE events.story_id = stories.story_id) AS coded FROM stories";
        let word = |row: &sink::reader::Row, name: &str| row[name].as_str().map(str::to_owned);
        let rows = reader.select(statement, &[])?.into_iter().map(|row| {
            let coded = row["coded"].as_u64().and_then(|count| u32::try_from(count).ok());
            let status = word(&row, "status").unwrap_or_default();
            let id = word(&row, "story_id").unwrap_or_default();
            (id, (status, word(&row, "text"), word(&row, "not_coded"), coded.unwrap_or(u32::MAX)))
        });
        Ok(Self { lines, stories: rows.collect() })
    }

    /// The text of a story, empty where it was taken back; none where it is not there.
    pub(crate) fn text(&self, id: &StoryId) -> Option<String> {
        self.stories.get(id.as_str()).map(|row| row.1.clone().unwrap_or_default())
    }

    /// What is otherwise than a ledger says. A story that was killed before anybody looked is not known.
    pub(crate) fn against(&self, ledger: &Ledger) -> Vec<String> {
        let wrong = ledger.stories.iter().filter_map(|expected| {
            let row = self.stories.get(expected.story_id.as_str());
            let is_missed = row.is_none() && expected.outcome == Outcome::Killed;
            let what = expected.outcome.difference(row).filter(|_| !is_missed)?;
            Some(format!("{} ({}): {what}", expected.title, expected.provider_id))
        });
        wrong.collect()
    }

    /// Lines that only one of two warehouses has.
    pub(crate) fn differences(&self, calm: &Self) -> Vec<String> {
        let doubled = self.lines.windows(2).filter(|pair| pair[0] == pair[1]);
        let mut found: Vec<String> = doubled.map(|pair| format!("twice: {}", pair[0])).collect();
        let (own, other): (BTreeSet<_>, BTreeSet<_>) =
            (self.lines.iter().collect(), calm.lines.iter().collect());
        found.extend(own.difference(&other).map(|line| format!("only under faults: {line}")));
        found.extend(other.difference(&own).map(|line| format!("only in the calm: {line}")));
        found
    }
}

/// A value as all warehouses give it: SQLite keeps yes and no as 1 and 0.
fn same(value: Value) -> Value {
    match value {
        Value::Bool(yes) => Value::from(i64::from(yes)),
        other => other,
    }
}

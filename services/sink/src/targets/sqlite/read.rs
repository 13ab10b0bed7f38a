//! Reading a SQLite file back, at one moment.

use std::collections::BTreeMap;

use dateline_bus::{Positions, Topic};
use rusqlite::{Row, Transaction, types::ValueRef};

use super::Sqlite;
use crate::{
    model::{Column, Kind},
    verify::{Digest, Part, Readable, Snapshot, WHOLES, Whole, row_hash},
};

impl Readable for Sqlite {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        // All of one transaction is read as of one moment.
        let tx = self.connection.transaction()?;
        let mut snapshot = Snapshot { next: positions(&tx)?, ..Snapshot::default() };
        for (whole, stories) in WHOLES.iter().zip(&mut snapshot.stories) {
            read(&tx, whole, whole.own(), stories)?;
            for part in whole.parts() {
                read(&tx, whole, part, stories)?;
            }
        }
        Ok(snapshot)
    }
}

fn positions(tx: &Transaction<'_>) -> rusqlite::Result<Positions> {
    let mut statement = tx.prepare("SELECT topic, partition, next FROM positions")?;
    let rows = statement.query_map([], |row| {
        let topic: String = row.get(0)?;
        Ok(((Topic::new(&topic), row.get(1)?), row.get(2)?))
    })?;
    rows.collect()
}

/// Adds the rows of a table to the digests of their stories.
fn read(
    tx: &Transaction<'_>,
    whole: &Whole,
    part: Part,
    stories: &mut BTreeMap<String, Digest>,
) -> rusqlite::Result<()> {
    let columns = part.columns();
    let names: Vec<String> = columns.iter().map(|column| format!("part.{}", column.name)).collect();
    let sql = format!(
        "SELECT part.story_id, whole.{}, {} FROM {} AS part \
         LEFT JOIN {} AS whole ON part.story_id = whole.story_id",
        whole.day,
        names.join(", "),
        part.table.name,
        whole.table.name
    );
    let mut statement = tx.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, time): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let words = words(row, &columns)?;
        let digest = stories.entry(id).or_default();
        digest.day = time.and_then(|time| time.get(..10).map(str::to_owned)).unwrap_or_default();
        digest.add(row_hash(part.table.name, words.iter().map(Option::as_deref)));
    }
    Ok(())
}

/// The values of a row in the words of the model.
fn words(row: &Row<'_>, columns: &[&Column]) -> rusqlite::Result<Vec<Option<String>>> {
    let word = |(number, column): (usize, &&Column)| {
        Ok(match (row.get_ref(number + 2)?, column.kind) {
            (ValueRef::Integer(truth), Kind::Bool) => Some((truth != 0).to_string()),
            (ValueRef::Integer(number), _) => Some(number.to_string()),
            (ValueRef::Real(number), _) => Some(number.to_string()),
            (ValueRef::Text(text) | ValueRef::Blob(text), _) => {
                Some(String::from_utf8_lossy(text).into_owned())
            }
            (ValueRef::Null, _) => None,
        })
    };
    columns.iter().enumerate().map(word).collect()
}

//! Reading the tables of a PostgreSQL schema back, at one moment.

use std::{collections::BTreeMap, pin::pin};

use dateline_bus::{Positions, Topic};
use dateline_runtime::Fault;
use futures_util::TryStreamExt;
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::{Failure, Postgres, Session};
use crate::{
    model::{Column, Kind},
    verify::{Digest, Part, Readable, Snapshot, WHOLES, Whole, row_hash},
};

/// How a time is written in records.
const TIME: &str = "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'";

impl Readable for Postgres {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        self.call(async |session, _| read_all(session).await).map_err(|fault| match fault {
            Fault::Fatal(error) => error,
            Fault::Retry { what, .. } | Fault::Poison { what, .. } => anyhow::anyhow!(what),
        })
    }
}

async fn read_all(session: &mut Session) -> Result<Snapshot, Failure> {
    let transaction = session.client.build_transaction();
    let transaction = transaction.isolation_level(IsolationLevel::RepeatableRead);
    let tx = transaction.read_only(true).start().await?;
    let mut snapshot = Snapshot { next: positions(&tx).await?, ..Snapshot::default() };
    for (whole, stories) in WHOLES.iter().zip(&mut snapshot.stories) {
        read(&tx, whole, whole.own(), stories).await?;
        for part in whole.parts() {
            read(&tx, whole, part, stories).await?;
        }
    }
    tx.commit().await?;
    Ok(snapshot)
}

async fn positions(tx: &Transaction<'_>) -> Result<Positions, Failure> {
    let rows = tx.query("SELECT topic, partition, next FROM positions", &[]).await?;
    let position = |row: &Row| {
        let (topic, partition, next): (String, i32, i64) = (row.get(0), row.get(1), row.get(2));
        let partition = u32::try_from(partition).unwrap_or_default();
        ((Topic::new(&topic), partition), u64::try_from(next).unwrap_or_default())
    };
    Ok(rows.iter().map(position).collect())
}

/// Adds the rows of a table to the digests of their stories.
async fn read(
    tx: &Transaction<'_>,
    whole: &Whole,
    part: Part,
    stories: &mut BTreeMap<String, Digest>,
) -> Result<(), Failure> {
    let columns = part.columns();
    let listed: Vec<String> = columns.iter().map(|column| expression(column)).collect();
    let sql = format!(
        "SELECT part.story_id, to_char(whole.{} AT TIME ZONE 'UTC', 'YYYY-MM-DD'), {} \
         FROM {} AS part LEFT JOIN {} AS whole ON part.story_id = whole.story_id",
        whole.day,
        listed.join(", "),
        part.table.name,
        whole.table.name
    );
    let none: [&str; 0] = [];
    let mut rows = pin!(tx.query_raw(&sql, none).await?);
    while let Some(row) = rows.try_next().await? {
        let words: Vec<Option<String>> =
            columns.iter().enumerate().map(|(at, column)| word(&row, at + 2, column)).collect();
        let digest = stories.entry(row.get(0)).or_default();
        digest.day = row.get::<_, Option<String>>(1).unwrap_or_default();
        digest.add(row_hash(part.table.name, words.iter().map(Option::as_deref)));
    }
    Ok(())
}

/// What is asked for: times and days in the words of the model.
fn expression(column: &Column) -> String {
    let name = format!("part.{}", column.name);
    match column.kind {
        Kind::Time => format!("to_char({name} AT TIME ZONE 'UTC', {TIME})"),
        Kind::Date => format!("to_char({name}, 'YYYY-MM-DD')"),
        _ => name,
    }
}

fn word(row: &Row, at: usize, column: &Column) -> Option<String> {
    match column.kind {
        Kind::Int => row.get::<_, Option<i64>>(at).map(|number| number.to_string()),
        Kind::Float => row.get::<_, Option<f64>>(at).map(|number| number.to_string()),
        Kind::Bool => row.get::<_, Option<bool>>(at).map(|truth| truth.to_string()),
        Kind::Text | Kind::Time | Kind::Date => row.get(at),
    }
}

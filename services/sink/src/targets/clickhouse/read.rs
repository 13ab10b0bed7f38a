//! Reading the tables back.

use dateline_bus::{Positions, Topic};
use dateline_runtime::Fault;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ClickHouse, Server};
use crate::{
    http::{Failure, Http},
    model::Kind,
    verify::{LogReader, Readable, Snapshot, WHOLES},
};

impl Readable for ClickHouse {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        let read = self.call(async |http, server, _| read(http, server).await);
        read.map_err(|fault| match fault {
            Fault::Fatal(error) => error,
            Fault::Retry { what, .. } | Fault::Poison { what, .. } => anyhow::anyhow!(what),
        })
    }
}

/// A row of the positions.
#[derive(Deserialize)]
struct Position {
    topic: String,
    partition: String,
    next: String,
}

async fn positions(http: &Http, server: &Server) -> Result<Positions, Failure> {
    let query = "SELECT topic, toString(partition) AS partition, toString(max(next)) AS next \
                 FROM positions GROUP BY topic, partition";
    let rows: Vec<Position> = server.rows(http, query).await?;
    let place = |row: Position| {
        let partition = row.partition.parse().ok()?;
        Some(((Topic::new(&row.topic), partition), row.next.parse().ok()?))
    };
    Ok(rows.into_iter().filter_map(place).collect())
}

async fn read(http: &Http, server: &Server) -> Result<Snapshot, Failure> {
    let next = positions(http, server).await?;
    let mut reader = LogReader::new(next.clone());
    for (number, whole) in WHOLES.iter().enumerate() {
        for part in std::iter::once(whole.own()).chain(whole.parts()) {
            let query = format!("SELECT * FROM {} FINAL", part.table.log_name());
            let rows: Vec<Map<String, Value>> = server.rows(http, &query).await?;
            for row in rows {
                // Rows of a unit whose positions are not written yet do not count.
                let at = |name: &str, kind| word(row.get(name)?, kind);
                let offset: u64 =
                    at("log_offset", Kind::Int).and_then(|word| word.parse().ok()).unwrap_or(0);
                let topic = at("log_topic", Kind::Text).unwrap_or_default();
                let partition = at("log_partition", Kind::Int).and_then(|word| word.parse().ok());
                let place = (Topic::new(&topic), partition.unwrap_or(0));
                if next.get(&place).is_some_and(|next| offset < *next) {
                    reader.take(number, part, at);
                }
            }
        }
    }
    Ok(reader.finish())
}

fn word(value: &Value, kind: Kind) -> Option<String> {
    Some(match (value, kind) {
        (Value::Null, _) => return None,
        (Value::Number(number), Kind::Float) => number.as_f64()?.to_string(),
        // 2014-10-07 12:00:00.123
        (Value::String(time), Kind::Time) => {
            dateline_record::Timestamp::parse(&format!("{}Z", time.replace(' ', "T")))?.to_string()
        }
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    })
}

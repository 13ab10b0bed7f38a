//! A PostgreSQL schema that is only read.

use std::{
    fmt::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use dateline_record::Timestamp;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio_postgres::{
    Row as PostgresRow,
    types::{ToSql, Type},
};

use super::{
    Failure,
    session::{Connector, Reading},
};
use crate::{
    PostgresConfig,
    reader::{Given, Reads, Row},
};

/// A warehouse in a schema of a PostgreSQL database, for reading.
pub(crate) struct PostgresReader {
    tokio: Runtime,
    connector: Connector,
    timeout: Duration,
    /// None before the first call and after one that failed.
    session: Option<Reading>,
}

impl PostgresReader {
    pub(crate) fn open(config: &PostgresConfig) -> anyhow::Result<Self> {
        let connector = Connector::new(config)?;
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("postgres: no runtime")?;
        let timeout = Duration::from_millis(config.request_timeout_ms);
        Ok(Self { tokio, connector, timeout, session: None })
    }
}

impl Reads for PostgresReader {
    fn select(&mut self, statement: &str, given: &[Given]) -> anyhow::Result<Vec<Row>> {
        let Self { tokio, connector, timeout, session } = self;
        let open = session.take().filter(|session| !session.client.is_closed());
        let (text, texts) = (dressed(statement, given), texts(given));
        let work = async {
            let session = match open {
                Some(session) => session,
                None => connector.connect_for_reading().await?,
            };
            let rows = {
                // Their kind is said, since a statement need not use all of them.
                let given: Vec<(&(dyn ToSql + Sync), Type)> =
                    texts.iter().map(|text| (text as &(dyn ToSql + Sync), Type::TEXT)).collect();
                session.client.query_typed(&text, &given).await?
            };
            Ok::<_, Failure>((session, rows))
        };
        let done = tokio.block_on(async {
            let late = |_| Err(Failure::Late(timeout.as_millis()));
            tokio::time::timeout(*timeout, work).await.unwrap_or_else(late)
        });
        let (open, rows) = done?;
        *session = Some(open);
        rows.iter().map(row).collect()
    }
}

/// All values are sent as text and made what they are by the server.
fn texts(given: &[Given]) -> Vec<String> {
    let text = |given: &Given| match given {
        Given::Text(text) | Given::Time(text) => text.clone(),
        Given::Int(number) => number.to_string(),
    };
    given.iter().map(text).collect()
}

/// The statement with `$1::text::...` for `?1`. A mark within a quoted text is left alone.
fn dressed(statement: &str, given: &[Given]) -> String {
    let mut out = String::with_capacity(statement.len() + 16 * given.len());
    let mut rest = statement;
    let mut is_quoted = false;
    while let Some(at) = rest.find(['?', '\'']) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        rest = after.get(1..).unwrap_or_default();
        if after.starts_with('\'') {
            is_quoted = !is_quoted;
            out.push('\'');
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let value = number.parse::<usize>().ok().and_then(|n| given.get(n.checked_sub(1)?));
        let Some(value) = value.filter(|_| !is_quoted) else {
            out.push('?');
            continue;
        };
        let kind = match value {
            Given::Text(_) => "text",
            Given::Int(_) => "text::bigint",
            Given::Time(_) => "text::timestamptz",
        };
        // Writing to a String cannot fail.
        let _ = write!(out, "${number}::{kind}");
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn row(row: &PostgresRow) -> anyhow::Result<Row> {
    let mut named = Row::new();
    for (at, column) in row.columns().iter().enumerate() {
        let value = value(row, at, column.type_());
        named.insert(
            column.name().to_owned(),
            value.with_context(|| format!("column {}: {}", column.name(), column.type_()))?,
        );
    }
    Ok(named)
}

fn value(row: &PostgresRow, at: usize, kind: &Type) -> Result<Value, tokio_postgres::Error> {
    Ok(match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(at)?.into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(at)?.into(),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(at)?.into(),
        Type::BOOL => row.try_get::<_, Option<bool>>(at)?.into(),
        Type::TIMESTAMPTZ => row.try_get::<_, Option<SystemTime>>(at)?.map(moment).into(),
        _ => row.try_get::<_, Option<String>>(at)?.into(),
    })
}

fn moment(time: SystemTime) -> String {
    let millis = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    Timestamp::from_millis(millis).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_those_of_the_server() {
        let given = [Given::Text("a".to_owned()), Given::Int(7), Given::Time("t".to_owned())];
        let check = |statement: &str, expected: &str| {
            assert_eq!(dressed(statement, &given), expected);
        };
        check("SELECT ?1", "SELECT $1::text");
        check("x < ?3 LIMIT ?2", "x < $3::text::timestamptz LIMIT $2::text::bigint");
        check("x = 'why?1' AND y = ?1", "x = 'why?1' AND y = $1::text");
        check("no such ?9", "no such ?9");
    }

    #[test]
    fn times_are_those_of_records() {
        let second = Duration::from_millis(1_500);
        assert_eq!(moment(UNIX_EPOCH + second), "1970-01-01T00:00:01.500Z");
        assert_eq!(moment(UNIX_EPOCH - second), "1969-12-31T23:59:58.500Z");
    }
}

//! A SQLite file that is only read.

use std::{path::Path, time::Duration};

use anyhow::Context;
use rusqlite::{
    Connection, OpenFlags, params_from_iter,
    types::{ToSql, ToSqlOutput, ValueRef},
};
use serde_json::Value;

use crate::{
    SqliteConfig,
    reader::{Given, Reads, Row},
};

/// A reader of a file in WAL mode waits for nobody but who changes its tables.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// Statements that are kept ready.
const STATEMENTS: usize = 64;

/// A warehouse in one SQLite file, for reading.
pub(crate) struct SqliteReader(Connection);

impl SqliteReader {
    pub(crate) fn open(config: &SqliteConfig) -> anyhow::Result<Self> {
        let path = Path::new(&config.path);
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.busy_timeout(BUSY_WAIT)?;
            connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -32768;")?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(connection)
        };
        let connection = open().with_context(|| {
            format!("sink.sqlite.path: {:?} cannot be read; is there a warehouse?", config.path)
        })?;
        Ok(Self(connection))
    }
}

impl ToSql for Given {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) | Self::Time(text) => {
                ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
            }
            Self::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
        })
    }
}

impl Reads for SqliteReader {
    fn select(&mut self, statement: &str, given: &[Given]) -> anyhow::Result<Vec<Row>> {
        let mut statement = self.0.prepare_cached(statement)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let rows = statement.query_map(params_from_iter(given), |row| {
            let value = |(at, name): (usize, &String)| Ok((name.clone(), json(row.get_ref(at)?)));
            names.iter().enumerate().map(value).collect::<rusqlite::Result<Row>>()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into(),
    }
}

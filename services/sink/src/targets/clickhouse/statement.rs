//! Statements in the words of `ClickHouse`.

use std::io;

use dateline_runtime::SinkRecord;

use crate::{
    ddl::Dialect,
    json,
    model::{Column, Table, Value},
};

/// Names are not quoted in statements, so they hold nothing that would want it.
pub(super) fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    anyhow::ensure!(
        !name.is_empty() && name.chars().all(is_plain),
        "clickhouse.database: wants letters, digits and _, has {name:?}"
    );
    Ok(())
}

/// Whether an error will come again for the same statement: syntax, types, rights.
pub(super) fn is_final(what: &str) -> bool {
    ["SYNTAX_ERROR", "ILLEGAL_COLUMN", "AUTHENTICATION_FAILED", "ACCESS_DENIED", "CANNOT_PARSE"]
        .iter()
        .any(|code| what.contains(code))
}

pub(super) fn add_column(table: &Table, column: &Column) -> String {
    let added = Column { nullable: true, ..*column };
    format!(
        "ALTER TABLE {} ADD COLUMN IF NOT EXISTS {}",
        table.log_name(),
        Dialect::ClickHouse.column(&added)
    )
}

/// Rows on their way to one table.
pub(super) struct Insert {
    pub(super) table: &'static Table,
    columns: Vec<Column>,
    lines: Vec<u8>,
    pub(super) rows: u64,
}

impl Insert {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, columns: table.log_columns(), lines: Vec::new(), rows: 0 }
    }

    pub(super) fn put(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        let members = self.columns.iter().zip(values).map(|(column, value)| {
            let value = match value {
                Value::Time(time) => time_words(&time.to_string()).into(),
                other => other.clone(),
            };
            (column.name, value)
        });
        json::object(&mut self.lines, members)?;
        self.lines.push(b'\n');
        self.rows += 1;
        Ok(())
    }

    /// The statement. Written at once and not later, so that what it answers is so; and with a token
    /// by which a server with replicas knows a unit that it has taken before.
    pub(super) fn statement(self, records: &[&SinkRecord]) -> Vec<u8> {
        let ends = [records.first(), records.last()].into_iter().flatten();
        let ends: Vec<String> = ends
            .map(|record| format!("{}/{}:{}", record.place.0, record.place.1, record.offset))
            .collect();
        let head = format!(
            "INSERT INTO {} SETTINGS async_insert = 0, insert_deduplication_token = '{}:{}' \
             FORMAT JSONEachRow\n",
            self.table.log_name(),
            ends.join("-"),
            records.len()
        );
        [head.into_bytes(), self.lines].concat()
    }
}

/// A time as the engine reads it whatever its settings.
fn time_words(time: &str) -> String {
    time.replace('T', " ").trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_neither_t_nor_z() {
        assert_eq!(time_words("2014-10-07T12:00:00.123Z"), "2014-10-07 12:00:00.123");
    }

    #[test]
    fn a_name_is_plain() {
        assert!(check_name("news_2").is_ok());
        for name in ["", "a b", "a;DROP", "\u{fc}"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}

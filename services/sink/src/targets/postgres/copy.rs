//! Rows into tables by COPY, in its text format.

use std::{fmt::Write, pin::pin};

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::{Client, CopyInSink, Statement, Transaction};

use super::Failure;
use crate::model::{CHANGES, CLUSTERS, EVENTS, MENTIONS, RELATIONS, STORIES, Table, Value};

/// Bytes of one message of a COPY.
const CHUNK: usize = 256 * 1024;

/// The statements, prepared.
pub(super) struct Copies {
    pub(super) stories: Statement,
    pub(super) events: Statement,
    pub(super) mentions: Statement,
    pub(super) clusters: Statement,
    pub(super) relations: Statement,
    pub(super) changes: Statement,
}

impl Copies {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Failure> {
        let prepare = async |table: &Table| {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            let statement = format!("COPY {} ({}) FROM STDIN", table.name, names.join(", "));
            client.prepare(&statement).await
        };
        Ok(Self {
            stories: prepare(&STORIES).await?,
            events: prepare(&EVENTS).await?,
            mentions: prepare(&MENTIONS).await?,
            clusters: prepare(&CLUSTERS).await?,
            relations: prepare(&RELATIONS).await?,
            changes: prepare(&CHANGES).await?,
        })
    }
}

/// Copies rows into a table.
pub(super) async fn copy<'a>(
    tx: &Transaction<'_>,
    statement: &Statement,
    rows: impl Iterator<Item = Vec<Value<'a>>>,
) -> Result<(), Failure> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let sink: CopyInSink<Bytes> = tx.copy_in(statement).await?;
    let mut sink = pin!(sink);
    let mut lines = String::with_capacity(CHUNK);
    for row in rows {
        put_row(&mut lines, &row);
        if lines.len() >= CHUNK {
            sink.send(Bytes::from(std::mem::take(&mut lines))).await?;
        }
    }
    sink.send(Bytes::from(lines)).await?;
    sink.finish().await?;
    Ok(())
}

fn put_row(lines: &mut String, row: &[Value<'_>]) {
    for (number, value) in row.iter().enumerate() {
        if number > 0 {
            lines.push('\t');
        }
        put(lines, value);
    }
    lines.push('\n');
}

/// A value in the words of COPY. Writing to a `String` cannot fail.
fn put(lines: &mut String, value: &Value<'_>) {
    match value {
        Value::Null => lines.push_str("\\N"),
        Value::Text(text) => put_text(lines, text),
        Value::Date(day) => put_text(lines, day),
        Value::Bool(truth) => lines.push(if *truth { 't' } else { 'f' }),
        Value::Int(number) => {
            let _ = write!(lines, "{number}");
        }
        Value::Float(number) => {
            let _ = write!(lines, "{number}");
        }
        Value::Time(time) => {
            let _ = write!(lines, "{time}");
        }
    }
}

fn put_text(lines: &mut String, text: &str) {
    let special = |c| matches!(c, '\\' | '\t' | '\n' | '\r');
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        lines.push_str(&rest[..at]);
        lines.push_str(match rest.as_bytes()[at] {
            b'\t' => "\\t",
            b'\n' => "\\n",
            b'\r' => "\\r",
            _ => "\\\\",
        });
        rest = &rest[at + 1..];
    }
    lines.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_the_words_of_copy() {
        let check = |values: &[Value<'_>], expected: &str| {
            let mut lines = String::new();
            put_row(&mut lines, values);
            assert_eq!(lines, expected);
        };
        check(&["plain".into(), Value::Null, 7_u32.into()], "plain\t\\N\t7\n");
        check(&["a\tb\\c\r\nd\\N".into()], "a\\tb\\\\c\\r\\nd\\\\N\n");
        check(&[true.into(), 0.1.into(), "".into()], "t\t0.1\t\n");
        check(&["\u{e9}\\\u{2014}".into()], "\u{e9}\\\\\u{2014}\n");
    }
}

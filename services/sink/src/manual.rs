//! The manual's part on tables and columns, written from the model.

use std::fmt::Write;

use crate::model::{CHANGES, Column, Kind, LOG, TABLES, Table, meaning};

/// What stands before the written part in docs/warehouse.md.
pub const BEGIN: &str = "<!-- from here to the end of the columns: `make schemas` -->\n";

/// What stands after it.
pub const END: &str = "<!-- the end of the columns -->\n";

/// Tables and columns with their kinds and meanings.
pub fn columns() -> String {
    let mut text = String::new();
    for table in TABLES.into_iter().chain([&CHANGES]) {
        let _ = write!(text, "\n### `{}`: {}\n\n", table.name, table.about);
        text.push_str("| column | kind | meaning |\n| --- | --- | --- |\n");
        for column in table.columns {
            text.push_str(&line(table, column));
        }
    }
    text.push_str("\nA log (`stories_log`, `events_log`, ...) has the same columns and these: ");
    let names: Vec<String> = LOG.iter().map(|column| format!("`{}`", column.name)).collect();
    let _ = writeln!(text, "{}.\n", names.join(", "));
    text
}

fn line(table: &Table, column: &Column) -> String {
    let kind = match column.kind {
        Kind::Text => "text",
        Kind::Int => "whole number",
        Kind::Float => "number",
        Kind::Bool => "yes or no",
        Kind::Time => "time, UTC",
        Kind::Date => "day",
    };
    let null = if column.nullable { ", may be null" } else { "" };
    let words = meaning(table, column).unwrap_or_default();
    format!("| `{}` | {kind}{null} | {words} |\n", column.name)
}

/// The manual with its written part made anew; none where the marks are missing.
pub fn renew(manual: &str) -> Option<String> {
    let (before, rest) = manual.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", columns()))
}

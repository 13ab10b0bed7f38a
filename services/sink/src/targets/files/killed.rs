//! Which versions of stories were taken back, and the rows of files without their words.

use std::collections::HashMap;

use dateline_parquet::{Column, Value};

use crate::model::{STORIES, Table, WORDS};

/// The stories that were taken back, each with revision and offset of the last version that did so.
#[derive(Default)]
pub(in crate::targets) struct Killed(HashMap<String, (i64, i64)>);

impl Killed {
    /// Takes note of rows of the log of stories.
    pub(in crate::targets) fn learn(&mut self, rows: &[Vec<Value>], columns: &[Column]) {
        let op = at(columns, "op");
        for row in rows {
            if row.get(op) == Some(&Value::Text("retract".to_owned())) {
                let (id, order) = head(row, columns);
                let last = self.0.entry(id).or_default();
                *last = order.max(*last);
            }
        }
    }

    /// Rows of a log without the words of what was taken back, and how many had such.
    pub(in crate::targets) fn strip(
        &self,
        rows: Vec<Vec<Value>>,
        table: &Table,
        columns: &[Column],
    ) -> (Vec<Vec<Value>>, u64) {
        let words: Vec<usize> = WORDS.iter().map(|word| at(columns, word)).collect();
        let (mut kept, mut changed) = (Vec::with_capacity(rows.len()), 0);
        for mut row in rows {
            let (id, order) = head(&row, columns);
            if self.0.get(&id).is_none_or(|kill| order >= *kill) {
                kept.push(row);
                continue;
            }
            if table.name != STORIES.name {
                changed += 1;
                continue;
            }
            changed += u64::from(words.iter().any(|word| row[*word] != Value::Null));
            for word in &words {
                row[*word] = Value::Null;
            }
            kept.push(row);
        }
        (kept, changed)
    }
}

fn at(columns: &[Column], name: &str) -> usize {
    columns.iter().position(|column| column.name == name).unwrap_or(usize::MAX)
}

/// What tells which version of which story a row belongs to.
fn head(row: &[Value], columns: &[Column]) -> (String, (i64, i64)) {
    let text = match row.get(at(columns, "story_id")) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let number = |name| match row.get(at(columns, name)) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    };
    (text, (number("revision"), number("log_offset")))
}

//! Taking words of killed stories out of files, and putting small files together.

use std::{collections::HashMap, fs, io, path::Path};

use dateline_parquet::{Column, Value};

use super::{Part, columns, is_of_events, parts, put};
use crate::{
    Maintained,
    folder::{Folder, Mark},
    model::{STORIES, TABLES, Table, WORDS},
};

/// The stories that were taken back, each with revision and offset of the last version that did so.
type Killed = HashMap<String, (i64, i64)>;

/// Rewrites files that hold killed words; joins small files up to so many rows, where that is wanted.
pub(super) fn maintain(
    folder: &mut Folder,
    mut mark: Mark,
    join_up_to: Option<usize>,
) -> io::Result<Maintained> {
    let mut done = Maintained::default();
    let path = folder.path.clone();
    if mark.must_purge {
        let killed = killed(&path)?;
        for table in TABLES.into_iter().filter(|table| is_of_events(table)) {
            for part in parts(&path, table)? {
                purge(&part.path(&path, table), table, &killed, &mut done)?;
            }
        }
        mark.must_purge = false;
        folder.store(&mark)?;
    }
    if let Some(most) = join_up_to {
        for table in TABLES {
            done.files += join(&path, table, most)?;
        }
    }
    Ok(done)
}

pub(super) fn rows(path: &Path, columns: &[Column]) -> io::Result<Vec<Vec<Value>>> {
    dateline_parquet::read(fs::read(path)?.into(), columns)
        .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
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

fn killed(folder: &Path) -> io::Result<Killed> {
    let columns = columns(&STORIES);
    let op = at(&columns, "op");
    let mut killed = Killed::new();
    for part in parts(folder, &STORIES)? {
        for row in rows(&part.path(folder, &STORIES), &columns)? {
            if row.get(op) == Some(&Value::Text("retract".to_owned())) {
                let (id, order) = head(&row, &columns);
                let last = killed.entry(id).or_default();
                *last = order.max(*last);
            }
        }
    }
    Ok(killed)
}

fn purge(path: &Path, table: &Table, killed: &Killed, done: &mut Maintained) -> io::Result<()> {
    let columns = columns(table);
    let words: Vec<usize> = WORDS.iter().map(|word| at(&columns, word)).collect();
    let (mut kept, mut changed) = (Vec::new(), 0);
    for mut row in rows(path, &columns)? {
        let (id, order) = head(&row, &columns);
        if killed.get(&id).is_none_or(|kill| order >= *kill) {
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
    if changed > 0 {
        put(path, table, &kept)?;
        done.files += 1;
        done.rows += changed;
    }
    Ok(())
}

/// Puts files that follow each other together. Should the process die before the old ones are
/// removed, they are removed by the next writer: their names lie within the new one's.
fn join(folder: &Path, table: &Table, most: usize) -> io::Result<u64> {
    let (columns, mut joined) = (columns(table), 0);
    let mut open: Option<(Vec<Part>, Vec<Vec<Value>>)> = None;
    let mut close = |open: Option<(Vec<Part>, Vec<Vec<Value>>)>| -> io::Result<()> {
        let Some((old, rows)) = open.filter(|(old, _)| old.len() > 1) else {
            return Ok(());
        };
        if let (Some(first), Some(last)) = (old.first(), old.last()) {
            let part = Part { to: last.to, ..first.clone() };
            put(&part.path(folder, table), table, &rows)?;
            joined += 1;
        }
        old.iter().try_for_each(|part| fs::remove_file(part.path(folder, table)))
    };
    for part in parts(folder, table)? {
        let mut rows = rows(&part.path(folder, table), &columns)?;
        match &mut open {
            Some((old, all))
                if old.last().is_some_and(|last| last.partition == part.partition)
                    && all.len() + rows.len() <= most =>
            {
                old.push(part);
                all.append(&mut rows);
            }
            _ => close(open.replace((vec![part], rows)))?,
        }
    }
    close(open)?;
    Ok(joined)
}

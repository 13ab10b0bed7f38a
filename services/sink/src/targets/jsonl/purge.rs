//! Taking words of killed stories out of files that were written before.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{numbered, path_of};
use crate::{
    Maintained,
    folder::{Folder, Mark, Open, replace},
    json,
    model::{EVENTS, MENTIONS, STORIES, Table, WORDS},
};

/// What tells which version of which story a row belongs to.
#[derive(Deserialize)]
struct Head {
    story_id: String,
    revision: u64,
    log_offset: u64,
    op: Option<String>,
}

/// Rewrites the files that hold words of stories that were taken back: rows of their events and
/// mentions go, their own rows stay without words.
pub(super) fn purge(folder: &mut Folder, mut mark: Mark) -> io::Result<Maintained> {
    let mut done = Maintained::default();
    if !mark.must_purge {
        return Ok(done);
    }
    // What is appended to from now on is another file: only whole files are rewritten.
    for table in [&STORIES, &EVENTS, &MENTIONS] {
        let open = mark.files.entry(table.name.to_owned()).or_default();
        if open.bytes > 0 {
            *open = Open { number: open.number + 1, bytes: 0 };
        }
    }
    folder.store(&mark)?;
    let path = folder.path.clone();
    let killed = killed(&path, &mark)?;
    for table in [&STORIES, &EVENTS, &MENTIONS] {
        for number in closed(&path, &mark, table)? {
            rewrite(&path_of(&path, table, number), table, &killed, &mut done)?;
        }
    }
    mark.must_purge = false;
    folder.store(&mark)?;
    Ok(done)
}

/// The numbers of the files that nothing is appended to.
fn closed(folder: &Path, mark: &Mark, table: &Table) -> io::Result<Vec<u64>> {
    let open = mark.files.get(table.name).copied().unwrap_or_default().number;
    let numbers = numbered(folder, table)?.into_iter().map(|(number, _)| number);
    Ok(numbers.filter(|number| *number < open).collect())
}

/// The stories that were taken back, each with the last version that did so.
fn killed(folder: &Path, mark: &Mark) -> io::Result<HashMap<String, (u64, u64)>> {
    let mut killed: HashMap<String, (u64, u64)> = HashMap::new();
    for number in closed(folder, mark, &STORIES)? {
        let file = File::open(path_of(folder, &STORIES, number))?;
        for line in BufReader::new(file).lines() {
            let head: Head = serde_json::from_str(&line?)?;
            if head.op.as_deref() == Some("retract") {
                let order = (head.revision, head.log_offset);
                let last = killed.entry(head.story_id).or_default();
                *last = order.max(*last);
            }
        }
    }
    Ok(killed)
}

fn rewrite(
    path: &Path,
    table: &'static Table,
    killed: &HashMap<String, (u64, u64)>,
    done: &mut Maintained,
) -> io::Result<()> {
    let (mut kept, mut rows) = (Vec::new(), 0);
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let head: Head = serde_json::from_str(&line)?;
        let order = (head.revision, head.log_offset);
        if killed.get(&head.story_id).is_none_or(|kill| order >= *kill) {
            kept.extend_from_slice(line.as_bytes());
            kept.push(b'\n');
            continue;
        }
        if table.name == STORIES.name {
            let row: Map<String, Value> = serde_json::from_str(&line)?;
            rows +=
                u64::from(WORDS.iter().any(|word| row.get(*word).is_some_and(|v| !v.is_null())));
            put_without_words(&mut kept, table, &row)?;
        } else {
            rows += 1;
        }
    }
    if rows > 0 {
        replace(path, &kept)?;
        done.files += 1;
        done.rows += rows;
    }
    Ok(())
}

fn put_without_words(
    lines: &mut Vec<u8>,
    table: &Table,
    row: &Map<String, Value>,
) -> io::Result<()> {
    let columns = table.log_columns();
    let kept = |name: &str| row.get(name).filter(|_| !WORDS.contains(&name));
    json::object(lines, columns.iter().map(|column| (column.name, kept(column.name))))?;
    lines.push(b'\n');
    Ok(())
}

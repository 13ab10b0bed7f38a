//! Taking words of killed stories out of files, and putting small files together.

use std::{fs, io, path::Path};

use dateline_bus::Topic;
use dateline_parquet::{Column, Value, Writer};

use super::{Part, columns, is_of_events, parts, put};
use crate::{
    Maintained,
    folder::{Folder, Mark, replace_by},
    model::{STORIES, TABLES, Table},
    targets::files::killed::Killed,
};

/// Old files of so many bytes make a row group of a new one.
const GROUP_BYTES: u64 = 8 * 1024 * 1024;

/// Rewrites files that hold killed words; joins small files up to so many bytes, where that is wanted.
pub(super) fn maintain(
    folder: &mut Folder,
    mut mark: Mark,
    join_up_to: Option<u64>,
) -> io::Result<Maintained> {
    let mut done = Maintained::default();
    let path = folder.path.clone();
    if mark.must_purge {
        let killed = killed(&path, &mark)?;
        for table in TABLES.into_iter().filter(|table| is_of_events(table)) {
            for part in counted(&path, &mark, table)? {
                purge(&part.path(&path, table), table, &killed, &mut done)?;
            }
        }
        mark.must_purge = false;
        folder.store(&mark)?;
    }
    if let Some(most) = join_up_to {
        for table in TABLES {
            done.files += join(&path, &mark, table, most)?;
        }
    }
    Ok(done)
}

/// The files that count: one beyond the mark was left by a writer that died, and comes once more.
pub(super) fn counted(folder: &Path, mark: &Mark, table: &Table) -> io::Result<Vec<Part>> {
    let next = mark.positions();
    let counts = |part: &Part| {
        let place = (Topic::new(table.topic), part.partition);
        next.get(&place).is_some_and(|next| part.to <= *next)
    };
    Ok(parts(folder, table)?.into_iter().filter(counts).collect())
}

/// How many of the files of a table `maintain` would put together with others.
pub(super) fn small(folder: &Path, mark: &Mark, table: &Table, most: u64) -> io::Result<usize> {
    let mut count = 0;
    for part in counted(folder, mark, table)? {
        count += usize::from(is_small(size(folder, table, &part)?, most));
    }
    Ok(count)
}

fn size(folder: &Path, table: &Table, part: &Part) -> io::Result<u64> {
    Ok(fs::metadata(part.path(folder, table))?.len())
}

/// Whether a file is worth the work: what is nearly full is not written again for a little more.
fn is_small(bytes: u64, most: u64) -> bool {
    bytes <= most / 2
}

pub(super) fn rows(path: &Path, columns: &[Column]) -> io::Result<Vec<Vec<Value>>> {
    dateline_parquet::read(fs::read(path)?.into(), columns)
        .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

fn killed(folder: &Path, mark: &Mark) -> io::Result<Killed> {
    let columns = columns(&STORIES);
    let mut killed = Killed::default();
    for part in counted(folder, mark, &STORIES)? {
        killed.learn(&rows(&part.path(folder, &STORIES), &columns)?, &columns);
    }
    Ok(killed)
}

fn purge(path: &Path, table: &Table, killed: &Killed, done: &mut Maintained) -> io::Result<()> {
    let columns = columns(table);
    let (kept, changed) = killed.strip(rows(path, &columns)?, table, &columns);
    if changed > 0 {
        put(path, table, &kept)?;
        done.files += 1;
        done.rows += changed;
    }
    Ok(())
}

/// Puts files that follow each other together.
fn join(folder: &Path, mark: &Mark, table: &Table, most: u64) -> io::Result<u64> {
    let mut joined = 0;
    let (mut open, mut bytes) = (Vec::<Part>::new(), 0);
    for part in counted(folder, mark, table)? {
        let size = size(folder, table, &part)?;
        let follows = open.last().is_some_and(|last| last.partition == part.partition);
        if !follows || !is_small(size, most) || bytes + size > most {
            joined += put_together(folder, table, &std::mem::take(&mut open))?;
            bytes = 0;
        }
        if is_small(size, most) {
            bytes += size;
            open.push(part);
        }
    }
    Ok(joined + put_together(folder, table, &open)?)
}

/// Writes files as one. Should the process die before the old ones are removed, they are removed by the
/// next writer: their names lie within the new one's.
fn put_together(folder: &Path, table: &Table, old: &[Part]) -> io::Result<u64> {
    let [first, .., last] = old else {
        return Ok(0);
    };
    let columns = columns(table);
    let part = Part { to: last.to, ..first.clone() };
    replace_by(&part.path(folder, table), |file| {
        let mut writer = Writer::new(&columns, file).map_err(io::Error::other)?;
        let (mut group, mut bytes) = (Vec::new(), 0);
        for part in old {
            bytes += size(folder, table, part)?;
            group.append(&mut rows(&part.path(folder, table), &columns)?);
            if bytes >= GROUP_BYTES {
                writer.group(&group).map_err(io::Error::other)?;
                (group, bytes) = (Vec::new(), 0);
            }
        }
        writer.group(&group).map_err(io::Error::other)?;
        writer.finish().map_err(io::Error::other)
    })?;
    old.iter().try_for_each(|part| fs::remove_file(part.path(folder, table)))?;
    Ok(1)
}

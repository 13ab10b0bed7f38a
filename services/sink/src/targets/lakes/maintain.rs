//! Putting small files together, taking killed words out of all, and removing what counts no more.

use std::collections::{BTreeMap, BTreeSet};

use dateline_bus::Topic;
use dateline_lake::{Change, Error, File, Outcome};
use dateline_parquet::{Value, Writer};
use dateline_record::{Record, StoryEvents};
use dateline_runtime::clock;

use super::{KILLS, MAINTAINED, Own, PURGED, beside::STAGED, next_mark, unit::ranges};
use crate::{Maintained, model::STORIES, targets::files::killed::Killed};

/// With more small files of a day than these a table wants to be maintained.
const MOST_SMALL: usize = 8;

/// A rebuild that has not come to its end within this has died.
const KEEP_STAGED_MS: i64 = 24 * 60 * 60 * 1_000;

/// Old files of so many bytes make a row group of a new one.
const GROUP_BYTES: u64 = 8 * 1024 * 1024;

/// Whether killed words may stand in files, or a table has many small ones of a day.
pub(super) fn is_wanted(tables: &mut [Own], most: u64) -> Result<bool, Error> {
    for own in tables.iter_mut() {
        own.lake.refresh()?;
        if !own.lake.replaces() {
            continue;
        }
        let small = |file: &File| is_small(file, most);
        let by_day = by_day(own.lake.files()?.into_iter().filter(small));
        if by_day.values().any(|files| files.len() > MOST_SMALL) {
            return Ok(true);
        }
    }
    Ok(owed(tables)?.is_some())
}

/// Whether a file is worth the work: what is nearly full is not written again for a little more.
fn is_small(file: &File, most: u64) -> bool {
    file.bytes <= most / 2
}

fn by_day(files: impl Iterator<Item = File>) -> BTreeMap<String, Vec<File>> {
    let mut days: BTreeMap<String, Vec<File>> = BTreeMap::new();
    files.for_each(|file| days.entry(file.day.clone()).or_default().push(file));
    days
}

/// Up to which kill a purge is owed; none where none is.
fn owed(tables: &mut [Own]) -> Result<Option<i64>, Error> {
    let stories = tables.iter_mut().filter(|own| own.kind.name == STORIES.name);
    let mut owed = None;
    for own in stories {
        let kills = own.lake.mark(KILLS)?.unwrap_or(0);
        owed = (kills > own.lake.mark(PURGED)?.unwrap_or(0)).then_some(kills);
    }
    Ok(owed)
}

/// Looks after all tables.
pub(super) fn maintain(tables: &mut [Own], most: u64) -> Result<Maintained, Error> {
    let mut done = Maintained::default();
    for own in tables.iter_mut() {
        // What the last turn has replaced: whoever read it then has had the time since.
        sweep(own)?;
    }
    let owed = owed(tables)?;
    let killed = owed.map(|_| killed(tables)).transpose()?;
    for own in tables.iter_mut() {
        let killed = killed.as_ref().filter(|_| own.kind.topic == StoryEvents::TOPIC);
        if own.lake.replaces() {
            tidy(own, killed, most, &mut done)?;
        } else if killed.is_some() {
            return Err(Error::Again(format!(
                "{}: killed words stay in its files: another program has deleted rows beside them, or \
                 raised the version of the table; let that program rewrite it",
                own.kind.log_name()
            )));
        }
        if killed.is_some() {
            sweep(own)?;
            own.lake.settle(true)?;
        }
    }
    if let Some(kills) = owed {
        for own in tables.iter_mut().filter(|own| own.kind.name == STORIES.name) {
            let marks = vec![(PURGED.to_owned(), kills)];
            let change = Change { marks, is_same: true, ..Change::default() };
            while own.lake.commit(&change)? == Outcome::Conflict {}
        }
    }
    for own in tables.iter_mut() {
        own.lake.settle(false)?;
    }
    Ok(done)
}

fn killed(tables: &mut [Own]) -> Result<Killed, Error> {
    let mut killed = Killed::default();
    for own in tables.iter_mut().filter(|own| own.kind.name == STORIES.name) {
        for file in own.lake.files()? {
            killed.learn(&rows(own, &file)?, &own.columns);
        }
    }
    Ok(killed)
}

/// The rows of a file.
pub(super) fn rows(own: &Own, file: &File) -> Result<Vec<Vec<Value>>, Error> {
    let says = |error| std::io::Error::other(format!("{}: {error}", file.path));
    Ok(dateline_parquet::read(own.lake.get(file)?, &own.columns).map_err(says)?)
}

/// Old files that become one.
struct Pack {
    old: Vec<File>,
    /// Whether one of them has killed words.
    changes: bool,
    bytes: u64,
    rows: u64,
    ranges: Vec<(String, i64, i64)>,
    writer: Writer<Vec<u8>>,
    group: Vec<Vec<Value>>,
    group_bytes: u64,
}

impl Pack {
    fn new(own: &Own) -> Result<Self, Error> {
        let writer = Writer::new(&own.columns, Vec::new()).map_err(std::io::Error::other)?;
        let (old, ranges, group) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { old, changes: false, bytes: 0, rows: 0, ranges, writer, group, group_bytes: 0 })
    }

    fn push(&mut self, own: &Own, file: File, mut rows: Vec<Vec<Value>>) -> Result<(), Error> {
        self.bytes += file.bytes;
        self.group_bytes += file.bytes;
        self.rows += rows.len() as u64;
        for (name, least, most) in ranges(&own.columns, &rows) {
            match self.ranges.iter_mut().find(|range| range.0 == name) {
                Some(range) => (range.1, range.2) = (range.1.min(least), range.2.max(most)),
                None => self.ranges.push((name, least, most)),
            }
        }
        self.old.push(file);
        self.group.append(&mut rows);
        if self.group_bytes >= GROUP_BYTES {
            self.close_group()?;
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), Error> {
        self.writer.group(&self.group).map_err(std::io::Error::other)?;
        self.group.clear();
        self.group_bytes = 0;
        Ok(())
    }

    /// Puts the new file; what is one file already and has no killed words stays.
    fn close(mut self, own: &Own, begin: &str, change: &mut Change) -> Result<u64, Error> {
        let [first, more @ ..] = &self.old[..] else {
            return Ok(0);
        };
        if more.is_empty() && !self.changes {
            return Ok(0);
        }
        let day = first.day.clone();
        self.close_group()?;
        change.is_same &= !self.changes;
        change.remove.extend(self.old.into_iter().map(|file| file.path));
        if self.rows > 0 {
            let bytes = self.writer.finish().map_err(std::io::Error::other)?;
            let mut file = own.lake.put(begin, &day, bytes)?;
            (file.rows, file.ranges) = (self.rows, self.ranges);
            change.add.push(file);
        }
        Ok(1)
    }
}

/// Writes the files of a table anew that hold killed words, and puts small ones together.
fn tidy(
    own: &mut Own,
    killed: Option<&Killed>,
    most: u64,
    done: &mut Maintained,
) -> Result<(), Error> {
    let seen = own.lake.mark(MAINTAINED)?.unwrap_or(0);
    let begin = format!("m{seen}");
    let marks = vec![(MAINTAINED.to_owned(), seen + 1)];
    let mut change = Change { marks, is_same: true, ..Change::default() };
    let (mut files, mut without_words) = (0, 0);
    for (_, day) in by_day(own.lake.files()?.into_iter()) {
        let mut pack = Pack::new(own)?;
        for file in day {
            let small = is_small(&file, most);
            if killed.is_none() && !small {
                continue;
            }
            let mut rows = rows(own, &file)?;
            let mut changed = 0;
            if let Some(killed) = killed {
                (rows, changed) = killed.strip(rows, own.kind, &own.columns);
            }
            if changed == 0 && !small {
                continue;
            }
            if pack.bytes + file.bytes > most {
                files += std::mem::replace(&mut pack, Pack::new(own)?).close(
                    own,
                    &begin,
                    &mut change,
                )?;
            }
            pack.push(own, file, rows)?;
            pack.changes |= changed > 0;
            without_words += changed;
        }
        files += pack.close(own, &begin, &mut change)?;
    }
    if files > 0 && commit(own, &change, seen)? {
        done.files += files;
        done.rows += without_words;
    }
    Ok(())
}

/// Commits what only files of before are changed by; false where somebody else has changed them.
fn commit(own: &mut Own, change: &Change, seen: i64) -> Result<bool, Error> {
    loop {
        if own.lake.commit(change)? == Outcome::Committed {
            return Ok(true);
        }
        let live: BTreeSet<String> = own.lake.files()?.into_iter().map(|file| file.path).collect();
        let is_as_seen = own.lake.mark(MAINTAINED)?.unwrap_or(0) == seen;
        if !is_as_seen || !change.remove.is_subset(&live) {
            return Ok(false);
        }
    }
}

/// Removes files that do not count and never will again.
fn sweep(own: &mut Own) -> Result<(), Error> {
    let unused = own.lake.unused()?;
    let seen = own.lake.mark(MAINTAINED)?.unwrap_or(0);
    let begin = format!("m{seen}-");
    if unused.iter().any(|object| name(&object.path).starts_with(&begin)) {
        // Who maintains the table elsewhere, or died of it, finds it maintained.
        let marks = vec![(MAINTAINED.to_owned(), seen + 1)];
        let change = Change { marks, is_same: true, ..Change::default() };
        while own.lake.commit(&change)? == Outcome::Conflict {}
        return sweep(own);
    }
    let staged_before = clock::now().as_millis() - KEEP_STAGED_MS;
    for object in unused {
        let name = name(&object.path);
        let is_dead = match kind(name) {
            Some(Made::Unit { partition, stands }) => {
                let place = (Topic::new(own.kind.topic), partition);
                own.lake.mark(&next_mark(&place))?.unwrap_or(0) != stands
            }
            Some(Made::Maintained) => true,
            Some(Made::Staged) => object.modified < staged_before,
            // Another program's.
            None => false,
        };
        if is_dead {
            own.lake.remove(&object.path)?;
        }
    }
    Ok(())
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a file was made for, as its name says.
#[derive(Debug, Eq, PartialEq)]
enum Made {
    Unit { partition: u32, stands: i64 },
    Maintained,
    Staged,
}

fn kind(name: &str) -> Option<Made> {
    let mut words = name.strip_suffix(".parquet")?.splitn(3, '-');
    let first = words.next()?;
    if first == STAGED {
        return Some(Made::Staged);
    }
    if let Some(number) = first.strip_prefix('m') {
        return number.parse::<i64>().is_ok().then_some(Made::Maintained);
    }
    let partition = first.strip_prefix('p')?.parse().ok()?;
    Some(Made::Unit { partition, stands: words.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_was_made_for() {
        let check = |name: &str, expected| assert_eq!(kind(name), expected, "{name}");
        check("p3-17-0a-1.parquet", Some(Made::Unit { partition: 3, stands: 17 }));
        check("m4-0a-1.parquet", Some(Made::Maintained));
        check("staged-0a-1.parquet", Some(Made::Staged));
        check("part-00000-0a.c000.snappy.parquet", None);
        check("p3-17-0a-1.csv", None);
    }
}

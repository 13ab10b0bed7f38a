//! Taken back means gone: no byte of a killed story is left in the files of a target.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use dateline_bus::Positions;
use dateline_record::{EventType, Revision, Signal, Span, Status, StoryId};
use dateline_runtime::{Landing, Sink, SinkRecord};
use sink::{Config, Warehouse};

use suite::{
    duck,
    stream::{event, place, version},
    target::{Target, open, server, settings},
};

const STORIES: usize = 150;

/// All bytes of the files below a folder.
fn bytes_of(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes.extend(bytes_of(&path));
        } else {
            // A server removes files while we look.
            bytes.extend(fs::read(&path).unwrap_or_default());
        }
    }
    bytes
}

/// The numbers of the stories whose word stands in the bytes.
fn found(bytes: &[u8]) -> Vec<usize> {
    let mut numbers = Vec::new();
    for at in 0..bytes.len().saturating_sub(9) {
        if &bytes[at..at + 4] == b"word" && bytes[at + 8] == b'x' {
            let digits = std::str::from_utf8(&bytes[at + 4..at + 8]).unwrap_or_default();
            numbers.extend(digits.parse::<usize>());
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// A version with a word of its own in title, text, sentence and a mention, and of a length that
/// moves rows between pages.
fn marked(name: usize, revision: u64, offset: u64) -> SinkRecord {
    let mut result = version(3);
    let word = format!("word{name:04}x");
    let length = (name * 7_919 + usize::try_from(offset).unwrap() * 31) % 2_500 + 1;
    result.story.story_id = StoryId::derive("killed", &name.to_string());
    (result.story.revision, result.story.status) = (Revision(revision), Status::Usable);
    result.story.title = format!("{word} title");
    result.story.text = format!("{word} met. {}", format!("{word} left. ").repeat(length / 12));
    result.events = vec![event(&result.story.story_id, EventType::Consult, &result.story.text)];
    result.events[0].sentence_span = Span::new(0, result.story.text.len().min(300));
    result.events[0].source.text.clone_from(&word);
    for mention in &mut result.mentions {
        mention.text.clone_from(&word);
    }
    SinkRecord { place: place(), offset, record: Landing::Events(Box::new(result)) }
}

fn killed(name: usize, revision: u64, offset: u64) -> SinkRecord {
    let mut kill = marked(name, revision, offset);
    if let Landing::Events(result) = &mut kill.record {
        (result.story.status, result.story.signal) = (Status::Canceled, Signal::Kill);
        result.events.clear();
        result.mentions.clear();
    }
    kill
}

fn write(sink: &mut Warehouse, records: &[SinkRecord]) {
    let next = records.last().unwrap().offset + 1;
    sink.write(records, &Positions::from([(place(), next)])).unwrap();
}

/// Versions that grow and shrink, in batches, so that pages are split, joined and freed.
fn fill(sink: &mut Warehouse) -> u64 {
    let mut offset = 0;
    for revision in 1..=4 {
        for from in (0..STORIES).step_by(50) {
            let batch: Vec<_> = (from..from + 50)
                .map(|name| marked(name, revision, offset + name as u64))
                .collect();
            write(sink, &batch);
        }
        offset += STORIES as u64;
    }
    offset
}

fn config(target: &Target) -> Config {
    settings(target).section("sink").unwrap()
}

/// Kills every third story and looks at the bytes, before and after what the target does about it.
fn is_gone(target: &Target, files: &Path, flush: impl Fn()) {
    let mut sink = open(target);
    let mut offset = fill(&mut sink);
    flush();
    assert_eq!(found(&bytes_of(files)).len(), STORIES, "{}: all are there", target.kind);
    let dead: Vec<usize> = (0..STORIES).step_by(3).collect();
    for name in &dead {
        write(&mut sink, &[killed(*name, 9, offset)]);
        offset += 1;
    }
    flush();
    let left = found(&bytes_of(files)).iter().filter(|name| *name % 3 == 0).count();
    println!(
        "{}: {left} of {} killed stories have bytes before `maintain`",
        target.kind,
        dead.len()
    );
    // A version that comes late does not bring them back for good.
    write(&mut sink, &[marked(0, 5, offset)]);
    sink::maintain(&config(target)).unwrap();
    flush();
    let found = found(&bytes_of(files));
    let left: Vec<&usize> = found.iter().filter(|name| *name % 3 == 0).collect();
    assert!(left.is_empty(), "{}: {left:?} are left", target.kind);
    assert_eq!(found.len(), STORIES - dead.len(), "{}: the others stay", target.kind);
    // And the target is one still.
    let shelf = target.shelf();
    assert_eq!(shelf.len(), STORIES, "{}", target.kind);
    let id = StoryId::derive("killed", "0").to_string();
    assert_eq!(shelf[&id], ["9 canceled - -"], "{}", target.kind);
    let id = StoryId::derive("killed", "1").to_string();
    assert_eq!(shelf[&id].len(), 3, "{}: story, event and mention", target.kind);
    offset += 1;
    write(&mut sink, &[marked(1, 6, offset)]);
    assert!(target.shelf()[&id][0].starts_with("6 usable"), "{}", target.kind);
}

#[test]
fn no_byte_is_left_in_a_file() {
    for kind in ["sqlite", "jsonl"] {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(kind, folder.path(), "").unwrap();
        is_gone(&target, folder.path(), || {});
    }
}

/// In Parquet words are compressed: a reader looks for them.
#[test]
fn no_row_with_a_killed_word_is_left_in_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("parquet", folder.path(), "") else {
        return;
    };
    let words = "SELECT word, word FROM (
        SELECT title AS word FROM stories_log UNION SELECT text FROM stories_log
        UNION SELECT sentence_text FROM events_log UNION SELECT source_text FROM events_log
        UNION SELECT text FROM mentions_log) WHERE word LIKE '%word0003x%'";
    let found = || duck::query(&folder.path().join("parquet"), &[words])[0].len();
    let files = || {
        let folder = folder.path().join("parquet/stories_log");
        fs::read_dir(folder).unwrap().count()
    };
    let mut sink = open(&target);
    let offset = fill(&mut sink);
    write(&mut sink, &[killed(3, 9, offset)]);
    assert!(found() >= 4 && files() > 4, "{} {}", found(), files());
    let before = target.shelf();
    sink::maintain(&config(&target)).unwrap();
    assert_eq!((found(), files()), (0, 1));
    assert_eq!(target.shelf(), before);
    write(&mut sink, &[marked(1, 6, offset + 1)]);
    assert_eq!((target.records(), files()), (offset + 2, 2));
}

#[test]
fn in_sqlite_they_go_with_the_kill_itself() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new("sqlite", folder.path(), "").unwrap();
    let mut sink = open(&target);
    let offset = fill(&mut sink);
    write(&mut sink, &[killed(7, 9, offset)]);
    let found = found(&bytes_of(folder.path()));
    assert!(found.len() == STORIES - 1 && !found.contains(&7), "{found:?}");
}

#[test]
fn no_byte_is_left_in_the_files_of_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("postgres", folder.path(), "killed") else {
        return;
    };
    let files: PathBuf = server().unwrap().folder.join("data/base");
    // A sample is taken, as the server does by itself now and then; what stands in memory is written to
    // the files, and files that were given up are removed.
    is_gone(&target, &files, || {
        target.execute("ANALYZE");
        target.execute("CHECKPOINT");
    });
}

/// Deleted rows stay as long as an older transaction may read them: that is waited for, or said.
#[test]
fn who_still_reads_killed_words_is_waited_for_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("postgres", folder.path(), "readers") else {
        return;
    };
    let mut sink = open(&target);
    write(&mut sink, &[marked(1, 1, 0), marked(2, 1, 1)]);
    let reads = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT title FROM readers.stories";
    let reader = target.session(reads);
    write(&mut sink, &[killed(1, 2, 2)]);
    let refused = format!("{:#}", sink::maintain(&config(&target)).unwrap_err());
    let expected = "killed words are not out of the files yet: session ";
    assert!(refused.starts_with(expected) && refused.contains("(a reader)"), "{refused}");
    let ends = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        drop(reader);
    });
    let done = sink::maintain(&config(&target)).unwrap();
    assert_eq!((done.files, done.rows), (4, 1));
    ends.join().unwrap();
}

#[test]
fn a_target_is_maintained_when_it_is_time_to() {
    for kind in ["jsonl", "postgres"] {
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = Target::new(kind, folder.path(), "due") else {
            continue;
        };
        let config = Config { maintain_after_ms: 1, ..config(&target) };
        let mut sink = Warehouse::new(config.clone()).unwrap();
        write(&mut sink, &[marked(1, 1, 0), marked(2, 1, 1)]);
        thread::sleep(Duration::from_millis(5));
        assert_eq!(sink.rest().unwrap(), None, "{kind}: nothing was taken back");
        write(&mut sink, &[killed(1, 2, 2)]);
        thread::sleep(Duration::from_millis(5));
        // The process dies before it gets to it; the next one does.
        drop(sink);
        let mut sink = Warehouse::new(config).unwrap();
        assert!(sink.rest().unwrap().is_some(), "{kind}");
        assert_eq!(sink.rest().unwrap(), None, "{kind}: once");
        write(&mut sink, &[killed(2, 2, 3)]);
        thread::sleep(Duration::from_millis(5));
        assert!(sink.rest().unwrap().is_some(), "{kind}: again after another kill");
    }
}

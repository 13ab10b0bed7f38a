//! What lakes promise beyond what all targets do: few files, no killed word in any of them, tables that are
//! written anew under a writer, columns that come later, and buckets.
#![cfg(feature = "delta")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use dateline_bus::{Positions, Start};
use dateline_delta::{Store, Table};
use dateline_lake::{Change, Lake, Outcome};
use dateline_parquet::{Column, Kind, Value};
use dateline_record::{Revision, Signal, Status, StoryEvents, StoryId};
use dateline_runtime::{Landing, Process, Sink, SinkRecord, Written, config::Settings};
use sink::{Config, Warehouse};

use suite::{
    lake,
    service::{produce, run, seen_after, service, verify},
    stream::{Expected, place, record, version},
    target::{Target, compare, open, settings},
};

/// A target in a folder of its own; none where nobody could read it.
fn target(folder: &Path) -> Option<Target> {
    Target::new("delta", folder, "")
}

fn config(target: &Target) -> Config {
    settings(target).section("sink").unwrap()
}

fn write(sink: &mut Warehouse, records: &[SinkRecord]) -> Written {
    let next = records.last().unwrap().offset + 1;
    sink.write(records, &Positions::from([(place(), next)])).unwrap()
}

fn stream(sink: &mut Warehouse, from: u64, to: u64) -> Written {
    write(sink, &(from..to).map(record).collect::<Vec<_>>())
}

/// A story with a word of its own wherever words are.
fn marked(name: usize, revision: u64, offset: u64) -> SinkRecord {
    let mut result = (0..100).map(version).find(|result| !result.events.is_empty()).unwrap();
    let word = format!("word{name:04}x");
    result.story.story_id = StoryId::derive("lakes", &name.to_string());
    (result.story.revision, result.story.status) = (Revision(revision), Status::Usable);
    (result.story.title, result.story.text) = (format!("{word} title"), format!("{word} met."));
    for event in &mut result.events {
        event.source.text.clone_from(&word);
    }
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

/// Files that count, and rows, of a table as another reader sees it.
fn seen(target: &Target, table: &str) -> [u64; 3] {
    if target.kind == "iceberg" {
        return lake::pyiceberg(target, table, "dateline/dateline.events.v1/3");
    }
    let path = target.folder.join("delta").join(table);
    lake::deltalake(&path.display().to_string(), "dateline/dateline.events.v1/3")
}

#[test]
fn no_killed_word_is_left_in_any_file_of_delta() {
    no_killed_word_is_left_in_any_file("delta");
}

#[cfg(feature = "iceberg")]
#[test]
fn no_killed_word_is_left_in_any_file_of_iceberg() {
    no_killed_word_is_left_in_any_file("iceberg");
}

fn no_killed_word_is_left_in_any_file(kind: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new(kind, folder.path(), "killed") else { return };
    let path = if kind == "delta" { target.folder.join("delta") } else { lake::catalog_folder() };
    let mut sink = open(&target);
    let mut offset = 0;
    for revision in 1..=2 {
        for from in (0..30).step_by(10) {
            let names = from..from + 10;
            let batch = names.map(|name| marked(name, revision, offset + name as u64));
            write(&mut sink, &batch.collect::<Vec<_>>());
        }
        offset += 30;
    }
    // What was put together holds them once more, and so do the files before it.
    sink::maintain(&config(&target)).unwrap();
    assert_eq!(lake::words(&path, r"word\d{4}x").len(), 30, "all are there");
    for name in (0..30).step_by(3) {
        write(&mut sink, &[killed(name, 9, offset)]);
        offset += 1;
    }
    // A version that comes late does not bring them back for good, nor does a writer that dies.
    write(&mut sink, &[marked(0, 5, offset)]);
    if kind == "delta" {
        let dead = path.join("stories_log/ingest_day=2026-01-01/p3-60-0a.parquet#1");
        std::fs::create_dir_all(dead.parent().unwrap()).unwrap();
        std::fs::write(&dead, "word0003x").unwrap();
    }
    let before = target.shelf();
    let done = sink::maintain(&config(&target)).unwrap();
    assert!(done.rows >= 10 && done.files >= 3, "{done}");
    let left = lake::words(&path, r"word\d{4}x");
    assert!(left.iter().all(|word| word[4..8].parse::<u32>().unwrap() % 3 != 0), "{left:?}");
    assert_eq!(left.len(), 20, "the others stay");
    assert_eq!(target.shelf(), before);
    let id = StoryId::derive("lakes", "3").to_string();
    assert_eq!(before[&id], ["9 canceled - -"]);
    assert_eq!(sink::maintain(&config(&target)).unwrap().files, 0, "nothing is left to be done");
    assert!(matches!(write(&mut sink, &[marked(1, 6, offset + 1)]), Written::Rows(1..)));
}

#[test]
fn a_day_has_few_files_of_delta_while_a_writer_writes() {
    a_day_has_few_files_while_a_writer_writes("delta");
}

#[cfg(feature = "iceberg")]
#[test]
fn a_day_has_few_files_of_iceberg_while_a_writer_writes() {
    a_day_has_few_files_while_a_writer_writes("iceberg");
}

fn a_day_has_few_files_while_a_writer_writes(kind: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new(kind, folder.path(), "few") else { return };
    // A commit to a catalog takes longer.
    let [units, all] = if kind == "iceberg" { [30, 40] } else { [120, 150] };
    let mut sink = open(&target);
    (0..units).for_each(|at| assert!(matches!(stream(&mut sink, at, at + 1), Written::Rows(_))));
    let [rows, files, next] = seen(&target, "stories_log");
    assert_eq!((rows, files, next), (units, units, units));
    let other = target.clone();
    let maintains = thread::spawn(move || {
        (0..3).map(|_| sink::maintain(&config(&other)).unwrap().files).sum::<u64>()
    });
    (units..all).for_each(|at| assert!(matches!(stream(&mut sink, at, at + 1), Written::Rows(_))));
    assert!(maintains.join().unwrap() > 0);
    sink::maintain(&config(&target)).unwrap();
    for table in ["stories_log", "events_log", "mentions_log"] {
        let [_, files, next] = seen(&target, table);
        assert!(files <= 8 && next == all, "{table}: {files} files, next {next}");
    }
    assert_eq!(compare(&target, &mut Expected::default()), all);
}

fn rebuild(settings: &Settings) -> sink::Rebuilt {
    let process = Process::new(settings.clone()).unwrap();
    let config = settings.section("sink").unwrap();
    sink::rebuild(&config, &*process.engine().bus, Start::Earliest).unwrap()
}

#[test]
fn tables_are_verified_and_written_anew_under_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = target(folder.path()) else { return };
    let settings = service(&target, folder.path());
    produce(&settings, &(0..300).map(version).collect::<Vec<_>>());
    run(&settings);
    assert!(verify(&settings).is_right());
    let before = target.shelf();
    // A writer that has written on since the topic was read.
    produce(&settings, &(300..400).map(version).collect::<Vec<StoryEvents>>());
    run(&settings);
    let whole = target.shelf();
    let events = folder.path().join("delta/events_log");
    let day = std::fs::read_dir(events).unwrap().map(|entry| entry.unwrap().path());
    let day = day.into_iter().find(|path| path.to_string_lossy().contains("ingest_day=")).unwrap();
    let lost = std::fs::read_dir(day).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&lost).unwrap();
    let process = Process::new(settings.clone()).unwrap();
    let config: Config = settings.section("sink").unwrap();
    let refused = sink::verify(&config, &*process.engine().bus).map(|_| ()).unwrap_err();
    let name = lost.file_name().unwrap().to_string_lossy().into_owned();
    assert!(format!("{refused:#}").contains(&name), "{refused:#}");
    drop(process);
    assert!(rebuild(&settings).records >= 400);
    assert!(verify(&settings).is_right());
    assert_eq!(target.shelf(), whole);
    assert_ne!(before, whole);
    produce(&settings, &(400..450).map(version).collect::<Vec<_>>());
    run(&settings);
    assert!(verify(&settings).is_right());
}

/// An S3 server; it ends with its standard input.
struct Bucket {
    server: Child,
    url: String,
}

impl Bucket {
    fn start() -> Self {
        let mut server =
            lake::command("s3").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { server, url: url.trim().to_owned() }
    }

    fn options(&self) -> BTreeMap<String, String> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        BTreeMap::from([
            pair("aws_endpoint", &self.url),
            pair("aws_allow_http", "true"),
            pair("aws_region", "us-east-1"),
            pair("aws_access_key_id", "test"),
            pair("aws_secret_access_key", "test"),
        ])
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

#[test]
fn a_bucket_is_as_good_as_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = target(folder.path()) else { return };
    let bucket = Bucket::start();
    let mut config = config(&target);
    config.delta.path = "s3://lake/news".to_owned();
    config.delta.options = bucket.options();
    let open = || Warehouse::new(config.clone()).unwrap();
    let (mut first, mut second) = (open(), open());
    assert_eq!(first.position(&place()).unwrap(), None);
    assert!(matches!(stream(&mut first, 0, 50), Written::Rows(1..)));
    assert_eq!(second.position(&place()).unwrap(), Some(50));
    assert!(matches!(stream(&mut first, 50, 60), Written::Fenced(_)));
    assert!(matches!(stream(&mut second, 50, 70), Written::Rows(1..)));
    assert!(matches!(
        write(&mut second, &[marked(1, 1, 70), killed(1, 2, 71)]),
        Written::Rows(1..)
    ));
    let seen = || {
        let options = bucket.options();
        lake::deltalake_with(
            "s3://lake/news/stories_log",
            "dateline/dateline.events.v1/3",
            &options,
        )
    };
    assert_eq!(seen(), [72, 3, 72]);
    assert!(sink::maintain(&config).unwrap().rows >= 1);
    assert_eq!(seen(), [72, 1, 72]);
    assert_eq!(open().position(&place()).unwrap(), Some(72));
}

/// Tables of an older build get the columns that came since; its rows have nothing there.
#[test]
fn columns_are_added_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = target(folder.path()) else { return };
    let path = target.folder.join("delta").display().to_string();
    let store = Arc::new(Store::open(&path, &BTreeMap::new()).unwrap());
    let column =
        |name: &str, kind| Column { name: name.to_owned(), kind, nullable: true, id: None };
    let names = ["story_id", "status", "signal", "source_id", "provider", "title"];
    let mut columns: Vec<Column> = names.iter().map(|name| column(name, Kind::Text)).collect();
    columns.extend(["revision", "log_partition", "log_offset"].map(|name| column(name, Kind::Int)));
    let mut table = Table::open(&store, "stories_log", &columns).unwrap();
    let mut row: Vec<Value> = names.iter().map(|name| Value::Text((*name).to_owned())).collect();
    row.extend([Value::Int(1), Value::Int(3), Value::Int(0)]);
    let bytes = dateline_parquet::write(&columns, &[row]).unwrap();
    let mut file = table.put("p3-0", "2026-01-01", bytes).unwrap();
    file.rows = 1;
    let marks = vec![("dateline/dateline.events.v1/3".to_owned(), 1)];
    let change = Change { add: vec![file], marks, ..Change::default() };
    assert_eq!(table.commit(&change).unwrap(), Outcome::Committed);
    let mut sink = open(&target);
    assert_eq!(sink.position(&place()).unwrap(), Some(1));
    assert!(matches!(stream(&mut sink, 1, 20), Written::Rows(1..)));
    let shelf = target.shelf();
    assert_eq!(shelf["story_id"], ["1 status title -"]);
    assert!(shelf.len() > 10);
}

/// A service writes, what it has written is what the topic says, and so it is when it was written anew.
#[cfg(feature = "iceberg")]
#[test]
fn tables_of_iceberg_are_verified_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("iceberg", folder.path(), "") else { return };
    let settings = service(&target, folder.path());
    produce(&settings, &(0..300).map(version).collect::<Vec<_>>());
    run(&settings);
    assert!(verify(&settings).is_right());
    produce(&settings, &(300..400).map(version).collect::<Vec<_>>());
    run(&settings);
    let verdict = verify(&settings);
    assert!(verdict.is_right() && verdict.behind == 0, "{:?}", verdict.days);
    let whole = target.shelf();
    // A writer who was there before finds himself fenced.
    let mut stale = open(&target);
    let at = (place().0, 0);
    let next = stale.position(&at).unwrap().expect("the service wrote there");
    assert!(rebuild(&settings).records >= 400);
    let late = SinkRecord { place: at.clone(), offset: next, ..record(999) };
    let written = stale.write(&[late], &Positions::from([(at, next + 1)])).unwrap();
    assert!(matches!(written, Written::Fenced(_)), "{written:?}");
    assert!(verify(&settings).is_right());
    assert_eq!(target.shelf(), whole);
    produce(&settings, &(400..450).map(version).collect::<Vec<_>>());
    run(&settings);
    let verdict = verify(&settings);
    assert!(verdict.is_right() && verdict.behind == 0, "{:?}", verdict.days);
    // The stream has kills: their words go from the new files, too.
    let whole = target.shelf();
    sink::maintain(&config(&target)).unwrap();
    assert_eq!(target.shelf(), whole);
    assert!(verify(&settings).is_right());
    assert_eq!(sink::maintain(&config(&target)).unwrap().files, 0, "nothing is left to be done");
}

/// What a stream of news has taken back is not read for long: a reader of a lake starts anew for each look.
#[test]
fn a_kill_is_soon_seen_in_a_table_of_a_lake() {
    for (kind, most) in [("delta", 10), ("iceberg", 60)] {
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = Target::new(kind, folder.path(), "") else { continue };
        let [corrected, killed] = seen_after(&target, folder.path());
        println!("{kind}: a correction is seen after {corrected:.1?}, a kill after {killed:.1?}");
        assert!(
            corrected.max(killed) < Duration::from_secs(most),
            "{kind}: {corrected:?}, {killed:?}"
        );
    }
}

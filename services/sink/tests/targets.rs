//! What every target must do, and what the tables and lines then say.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use dateline_bus::{Place, Positions, Topic};
use dateline_record::{
    Actor, ActorRef, Confidence, Event, EventId, EventStatus, EventType, Language, Provenance,
    Record, Revision, Signal, SkipReason, SourceId, Span, Status, StoryEvents, StoryId,
    StorySummary, Timestamp, read,
};
use dateline_runtime::{Sink, SinkRecord, config::Settings};
use rusqlite::Connection;
use sink::Warehouse;

/// The names that `sink.target` takes.
const TARGETS: [&str; 2] = ["sqlite", "jsonl"];

fn open(target: &str, folder: &Path) -> Warehouse {
    let mut settings = Settings::defaults().unwrap();
    let below = |name: &str| folder.join(name).display().to_string();
    settings.set(&["sink", "target"], target).unwrap();
    settings.set(&["sink", "sqlite", "path"], below("warehouse.sqlite3")).unwrap();
    settings.set(&["sink", "jsonl", "path"], below("events.jsonl")).unwrap();
    Warehouse::new(settings.section("sink").unwrap()).unwrap()
}

fn place() -> Place {
    (Topic::new(StoryEvents::TOPIC), 0)
}

fn side(text: &str, code: &str) -> ActorRef {
    let actor = Actor { code: code.to_owned(), sector: Some("GOV".to_owned()) };
    ActorRef { text: text.to_owned(), name: None, actor, span: Span::new(0, text.len()) }
}

fn event(story: &StoryId, kind: EventType) -> Event {
    Event {
        event_id: EventId::derive(story, "Japan met Russia.", kind, "JPN", "RUS"),
        kind,
        mode: None,
        source: side("Japan", "JPN"),
        target: Some(side("Russia", "RUS")),
        reciprocal: true,
        status: EventStatus::Actual,
        date: None,
        place: None,
        attribution: None,
        sentence: 0,
        sentence_span: Span::new(0, 17),
        trigger: "met".to_owned(),
        trigger_span: Span::new(6, 9),
        rule: "test".to_owned(),
        confidence: 0.9,
    }
}

/// One version of a story at an offset.
fn version(name: &str, revision: u64, offset: u64, kinds: &[EventType]) -> SinkRecord {
    let story_id = StoryId::derive("test", name);
    let events = kinds.iter().map(|kind| event(&story_id, *kind)).collect();
    let story = StorySummary {
        story_id,
        revision: Revision(revision),
        status: Status::Usable,
        signal: Signal::New,
        source_id: SourceId::from_lossy("test"),
        provider: "test".to_owned(),
        url: None,
        title: format!("{name} {revision}"),
        dateline: None,
        published_at: None,
        fetched_at: Timestamp::from_millis(0),
        language: Language { code: "en".to_owned(), confidence: Confidence::High },
        word_count: 3,
        text: "Japan met Russia.".to_owned(),
    };
    let record = StoryEvents {
        story,
        mentions: Vec::new(),
        events,
        not_coded: None,
        provenance: Provenance::default(),
    };
    SinkRecord { place: place(), offset, record }
}

fn killed(name: &str, revision: u64, offset: u64) -> SinkRecord {
    let mut kill = version(name, revision, offset, &[]);
    kill.record.story.status = Status::Canceled;
    kill.record.story.signal = Signal::Kill;
    kill.record.not_coded = Some(SkipReason::Killed);
    kill
}

fn next(offset: u64) -> Positions {
    Positions::from([(place(), offset)])
}

/// The titles in a target, in their order.
fn titles(target: &str, folder: &Path) -> Vec<String> {
    if target == "jsonl" {
        let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
        let title = |line: &str| read::<StoryEvents>(line.as_bytes()).unwrap().story.title;
        return text.lines().map(title).collect();
    }
    strings(folder, "SELECT title FROM stories WHERE title IS NOT NULL ORDER BY title")
}

fn strings(folder: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(folder.join("warehouse.sqlite3")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Runs a check on every target, each in a folder of its own.
fn on_every_target(check: impl Fn(&str, &Path)) {
    for target in TARGETS {
        let folder = tempfile::tempdir().unwrap();
        check(target, folder.path());
    }
}

#[test]
fn positions_come_back_with_the_rows() {
    on_every_target(|target, folder| {
        let mut sink = open(target, folder);
        assert_eq!(sink.position(&place()).unwrap(), None, "{target}");
        let records = [version("a", 1, 0, &[EventType::Consult]), version("b", 1, 3, &[])];
        sink.write(&records, &next(5)).unwrap();
        drop(sink);
        let mut sink = open(target, folder);
        assert_eq!(sink.position(&place()).unwrap(), Some(5), "{target}");
        assert_eq!(titles(target, folder), ["a 1", "b 1"], "{target}");
    });
}

#[test]
fn what_is_written_is_not_written_again() {
    on_every_target(|target, folder| {
        let mut first = open(target, folder);
        first.write(&[version("a", 1, 0, &[])], &next(1)).unwrap();
        drop(first);
        // A writer that read the group's stale hint comes with a record that stands already.
        let mut second = open(target, folder);
        let records = [version("a", 1, 0, &[]), version("b", 1, 1, &[])];
        second.write(&records, &next(2)).unwrap();
        assert_eq!(titles(target, folder), ["a 1", "b 1"], "{target}");
        assert_eq!(second.position(&place()).unwrap(), Some(2), "{target}");
    });
}

#[test]
fn half_a_line_after_a_crash_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("jsonl", folder.path());
    sink.write(&[version("a", 1, 0, &[])], &next(1)).unwrap();
    drop(sink);
    let path = folder.path().join("events.jsonl");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"story\": {\"story_id\"");
    std::fs::write(&path, bytes).unwrap();
    let mut sink = open("jsonl", folder.path());
    sink.write(&[version("b", 1, 1, &[])], &next(2)).unwrap();
    assert_eq!(titles("jsonl", folder.path()), ["a 1", "b 1"]);
}

#[test]
fn a_newer_revision_replaces_and_an_older_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("sqlite", folder.path());
    let both = [EventType::Consult, EventType::Agree];
    sink.write(&[version("a", 2, 0, &both)], &next(1)).unwrap();
    let types = || strings(folder.path(), "SELECT type FROM events_current ORDER BY type");
    assert_eq!(types(), ["AGREE", "CONSULT"]);
    sink.write(&[version("a", 1, 1, &[EventType::Assault])], &next(2)).unwrap();
    assert_eq!(types(), ["AGREE", "CONSULT"], "an older revision came late");
    sink.write(&[version("a", 3, 2, &[EventType::Consult])], &next(3)).unwrap();
    assert_eq!(types(), ["CONSULT"]);
    let sentence = strings(folder.path(), "SELECT sentence_text FROM events_current");
    assert_eq!(sentence, ["Japan met Russia."]);
}

#[test]
fn a_kill_leaves_neither_events_nor_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("sqlite", folder.path());
    let records = [
        version("a", 1, 0, &[EventType::Consult]),
        version("b", 1, 1, &[EventType::Consult]),
        killed("a", 2, 2),
    ];
    sink.write(&records, &next(3)).unwrap();
    let of_a = StoryId::derive("test", "a");
    let current = strings(folder.path(), "SELECT DISTINCT title FROM events_current");
    assert_eq!(current, ["b 1"]);
    let kept = format!(
        "SELECT count(*) || status FROM stories WHERE story_id = '{of_a}' AND text IS NULL AND title IS NULL"
    );
    assert_eq!(strings(folder.path(), &kept), ["1canceled"]);
    assert_eq!(strings(folder.path(), "SELECT '' || count(*) FROM events"), ["1"]);
}

#[test]
fn a_revision_beyond_the_column_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sink = open("sqlite", folder.path());
    let unfit = sink.unfit(&version("a", u64::MAX, 0, &[]).record).unwrap();
    assert!(unfit.starts_with("story.revision: "), "{unfit}");
}

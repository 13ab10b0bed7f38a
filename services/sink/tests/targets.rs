//! What every target must do, and what the tables and lines then say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::path::Path;

use dateline_bus::{Place, Positions, Topic};
use dateline_record::{
    Actor, ActorRef, Confidence, Event, EventId, EventStatus, EventType, FieldConfidence, Language,
    Magnitudes, Provenance, Record, Relation, RelationKind, Revision, Signal, SkipReason, SourceId,
    Span, Status, StoryEvents, StoryId, StoryRelations, StorySummary, Timestamp,
};
use dateline_runtime::{Landing, Sink, SinkRecord, Written, config::Settings};
use rusqlite::Connection;
use serde_json::{Value, json};
use sink::{Warehouse, model};

use suite::lines;

/// The names that `sink.target` takes.
const TARGETS: [&str; 2] = ["sqlite", "jsonl"];

fn open(target: &str, folder: &Path) -> Warehouse {
    let mut settings = Settings::defaults().unwrap();
    let below = |name: &str| folder.join(name).display().to_string();
    settings.set(&["sink", "target"], target).unwrap();
    settings.set(&["sink", "sqlite", "path"], below("warehouse.sqlite3")).unwrap();
    settings.set(&["sink", "jsonl", "path"], below("jsonl")).unwrap();
    Warehouse::new(settings.section("sink").unwrap()).unwrap()
}

fn place() -> Place {
    (Topic::new(StoryEvents::TOPIC), 0)
}

fn side(text: &str, code: &str) -> ActorRef {
    let actor = Actor { code: code.to_owned(), sector: Some("GOV".to_owned()) };
    ActorRef {
        text: text.to_owned(),
        name: None,
        actor,
        span: Span::new(0, text.len()),
        inferred: false,
    }
}

fn event(story: &StoryId, kind: EventType) -> Event {
    Event {
        event_id: EventId::derive(story, kind, ("JPN", "RUS"), ""),
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
        act_id: None,
        event_key: String::new(),
        cameo: None,
        quad: None,
        intensity: None,
        contexts: Vec::new(),
        magnitudes: Magnitudes::default(),
        place_basis: None,
        quoted: false,
        field_confidence: FieldConfidence::default(),
        also: Vec::new(),
        trace: Vec::new(),
        ontology: String::new(),
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
    SinkRecord { place: place(), offset, record: Landing::Events(Box::new(record)) }
}

fn killed(name: &str, revision: u64, offset: u64) -> SinkRecord {
    let mut kill = version(name, revision, offset, &[]);
    if let Landing::Events(record) = &mut kill.record {
        record.story.status = Status::Canceled;
        record.story.signal = Signal::Kill;
        record.not_coded = Some(SkipReason::Killed);
    }
    kill
}

fn next(offset: u64) -> Positions {
    Positions::from([(place(), offset)])
}

/// The titles in a target, in their order.
fn titles(target: &str, folder: &Path) -> Vec<String> {
    if target == "jsonl" {
        let title = |row: &Value| row["title"].as_str().map(str::to_owned);
        return lines::rows(folder, "stories_log").iter().filter_map(title).collect();
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
    let path = folder.path().join("jsonl/stories_log/00000000.jsonl");
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
    let unfit = sink.unfit(&related("a", u64::MAX, 0, &[]).record).unwrap();
    assert!(unfit.starts_with("revision: "), "{unfit}");
}

/// The relations of a story at an offset: to others, and in the cluster of the first of them.
fn related(name: &str, revision: u64, offset: u64, others: &[(&str, RelationKind)]) -> SinkRecord {
    let id = |name: &str| StoryId::derive("test", name);
    let relation = |(name, kind): &(&str, RelationKind)| Relation {
        story_id: id(name),
        kind: *kind,
        similarity: 0.5,
    };
    let record = StoryRelations {
        story_id: id(name),
        revision: Revision(revision),
        edition: 1,
        status: Status::Usable,
        source_id: SourceId::from_lossy("test"),
        cluster_id: Some(id(others.first().map_or(name, |(first, _)| first))),
        relations: others.iter().map(relation).collect(),
        unchanged_since: None,
        found_at: Timestamp::from_millis(0),
        provenance: Provenance::default(),
    };
    let place = (Topic::new(StoryRelations::TOPIC), 0);
    SinkRecord { place, offset, record: Landing::Relations(Box::new(record)) }
}

/// The same, of a story that was taken back.
fn unrelated(name: &str, revision: u64, offset: u64) -> SinkRecord {
    let mut taken_back = related(name, revision, offset, &[]);
    if let Landing::Relations(record) = &mut taken_back.record {
        record.status = Status::Canceled;
        record.cluster_id = None;
    }
    taken_back
}

fn from(mut record: SinkRecord, provider: &str) -> SinkRecord {
    if let Landing::Events(events) = &mut record.record {
        provider.clone_into(&mut events.story.provider);
    }
    record
}

/// The question of docs/warehouse.md.
const OUTLETS: &str = "SELECT outlets || ' ' || stories FROM carried WHERE cluster_id = \
     (SELECT cluster_id FROM clusters WHERE story_id = ";

#[test]
fn how_many_outlets_carry_a_story_is_one_query() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("sqlite", folder.path());
    let outlets = |name: &str| {
        let id = StoryId::derive("test", name);
        strings(folder.path(), &format!("{OUTLETS}'{id}')"))
    };
    let records = [
        from(version("a", 1, 0, &[]), "one.example"),
        from(version("b", 1, 1, &[]), "two.example"),
        from(version("c", 1, 2, &[]), "two.example"),
        from(version("alone", 1, 3, &[]), "three.example"),
        related("a", 1, 0, &[]),
        related("b", 1, 1, &[("a", RelationKind::Exact)]),
        related("c", 1, 2, &[("a", RelationKind::Republished), ("b", RelationKind::Republished)]),
        related("alone", 1, 3, &[]),
    ];
    sink.write(&records, &next(4)).unwrap();
    assert_eq!([outlets("a"), outlets("c"), outlets("alone")], [["2 3"], ["2 3"], ["1 1"]]);
    // A late record of an older version changes nothing, a kill takes the story out.
    let records = [related("c", 0, 4, &[]), killed("b", 2, 4), unrelated("b", 2, 5)];
    sink.write(&records, &next(5)).unwrap();
    assert_eq!([outlets("a"), outlets("b")], [vec!["2 2".to_owned()], vec![]]);
    let of_b = StoryId::derive("test", "b");
    let left = format!("SELECT kind FROM relations WHERE story_id = '{of_b}'");
    assert_eq!(strings(folder.path(), &left), [""; 0]);
    // A newer version replaces its relations as a whole.
    sink.write(&[related("c", 2, 6, &[])], &next(5)).unwrap();
    assert_eq!([outlets("a"), outlets("c")], [["1 1"], ["1 1"]]);
    assert_eq!(strings(folder.path(), "SELECT kind FROM relations"), [""; 0]);
}

#[test]
fn lines_have_the_columns_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("jsonl", folder.path());
    let records = [
        version("a", 1, 0, &[EventType::Consult]),
        related("b", 1, 0, &[("a", RelationKind::Exact)]),
    ];
    sink.write(&records, &next(1)).unwrap();
    for table in [&model::STORIES, &model::EVENTS, &model::CLUSTERS, &model::RELATIONS] {
        let name = table.log_name();
        let found = lines::rows(folder.path(), &name);
        let columns = table.log_columns();
        let row = found[0].as_object().unwrap();
        assert_eq!((found.len(), row.len()), (1, columns.len()), "{name}");
        for column in columns {
            let value = &row[column.name];
            let fits = match column.kind {
                _ if value.is_null() => column.nullable,
                model::Kind::Int => value.is_i64(),
                model::Kind::Float => value.is_f64(),
                model::Kind::Bool => value.is_boolean(),
                model::Kind::Text | model::Kind::Time | model::Kind::Date => value.is_string(),
            };
            assert!(fits, "{name}.{}: {value}", column.name);
        }
    }
    let event = &lines::rows(folder.path(), "events_log")[0];
    assert_eq!(event["log_topic"], "dateline.events.v1");
    assert_eq!((&event["op"], &event["log_offset"]), (&json!("insert"), &json!(0)));
}

#[test]
fn a_version_that_says_the_same_leaves_events_and_mentions_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("sqlite", folder.path());
    let rows = || {
        let sql = "SELECT rowid || event_id || revision FROM events ORDER BY rowid";
        strings(folder.path(), sql)
    };
    let both = [EventType::Consult, EventType::Agree];
    // Another story's rows come last, so that a row written again would get another number.
    let first = [version("a", 1, 0, &both), version("b", 1, 1, &both)];
    sink.write(&first, &next(2)).unwrap();
    let before = rows();
    assert_eq!(before.len(), 4);
    let written = sink.write(&[version("a", 2, 2, &both)], &next(3)).unwrap();
    assert_eq!(
        (written, rows()),
        (Written::Rows(1), before.clone()),
        "the story's row alone is written"
    );
    let of_story = "SELECT title || ' ' || revision FROM stories ORDER BY title";
    assert_eq!(strings(folder.path(), of_story), ["a 2 2", "b 1 1"]);
    // What changes, changes; and a killed story that comes back has its events again.
    sink.write(&[version("a", 3, 3, &both[..1])], &next(4)).unwrap();
    assert_eq!(rows().len(), 3);
    sink.write(&[killed("a", 4, 4)], &next(5)).unwrap();
    assert_eq!(rows().len(), 2);
    sink.write(&[version("a", 5, 5, &both[..1])], &next(6)).unwrap();
    assert_eq!(rows().len(), 3);
}

#[test]
fn tables_of_the_first_version_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = open("sqlite", folder.path());
    sink.write(&[version("a", 1, 0, &[EventType::Consult])], &next(1)).unwrap();
    drop(sink);
    let connection = Connection::open(folder.path().join("warehouse.sqlite3")).unwrap();
    connection
        .execute_batch(
            "DROP VIEW carried; DROP TABLE clusters; DROP TABLE relations;
             ALTER TABLE stories DROP COLUMN result_hash; PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(connection);
    let mut sink = open("sqlite", folder.path());
    assert_eq!(sink.position(&place()).unwrap(), Some(1));
    let records = [version("a", 2, 1, &[EventType::Consult]), related("a", 2, 0, &[])];
    sink.write(&records, &next(2)).unwrap();
    assert_eq!(strings(folder.path(), "SELECT '' || stories FROM carried"), ["1"]);
    assert_eq!(strings(folder.path(), "SELECT '' || count(*) FROM events"), ["1"]);
}

//! What every target must do, and what its views then say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use dateline_bus::Positions;
use dateline_record::{EventType, Revision, Signal, Status, StoryEvents, StoryId, words::words};
use dateline_runtime::{Landing, Sink, SinkRecord, Written};
use rusqlite::Connection;
use sink::{
    Warehouse,
    reader::{Given, Reader},
};

use suite::{
    duck,
    stream::{Expected, event, place, record, version},
    target::{KINDS, Target, compare, is_built, open, settings},
};

/// Runs a check on every target, each in a place of its own.
fn on_every_target(schema: &str, check: impl Fn(&Target)) {
    for kind in KINDS {
        let folder = tempfile::tempdir().unwrap();
        if let Some(target) = Target::new(kind, folder.path(), schema) {
            check(&target);
        }
    }
}

#[test]
fn every_target_goes_through_the_checks() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/targets");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: std::path::PathBuf| {
        let is_file = path.extension().is_some_and(|end| end == "rs");
        path.file_stem().filter(|_| is_file).map(|stem| stem.to_string_lossy().into_owned())
    };
    let no_target = |name: &String| name != "mod" && name != "beside";
    let mut found: Vec<String> = files.filter_map(name).filter(no_target).collect();
    found.sort();
    let mut checked = KINDS.to_vec();
    checked.sort_unstable();
    assert_eq!(found, checked, "a target is missing from KINDS or from src/targets");
}

fn write(sink: &mut Warehouse, from: u64, to: u64) -> Written {
    let records: Vec<SinkRecord> = (from..to).map(record).collect();
    sink.write(&records, &Positions::from([(place(), to)])).unwrap()
}

#[test]
fn a_stream_comes_to_what_it_says() {
    on_every_target("stream", |target| {
        let mut expected = Expected::default();
        for (from, to) in [(0, 1), (1, 400), (400, 401), (401, 1_000)] {
            let mut sink = open(target);
            assert_eq!(sink.position(&place()).unwrap().unwrap_or(0), from, "{}", target.kind);
            assert!(matches!(write(&mut sink, from, to), Written::Rows(1..)));
            assert_eq!(compare(target, &mut expected), to);
        }
    });
}

#[test]
fn the_writer_that_came_last_fences_the_one_before() {
    on_every_target("writers", |target| {
        let (mut first, mut second) = (open(target), open(target));
        assert_eq!(first.position(&place()).unwrap(), None);
        assert!(matches!(write(&mut first, 0, 5), Written::Rows(1..)), "{}", target.kind);
        assert_eq!(second.position(&place()).unwrap(), Some(5), "{}", target.kind);
        let fenced = write(&mut first, 5, 9);
        assert!(matches!(&fenced, Written::Fenced(what) if what.contains("taken over")));
        assert!(matches!(write(&mut second, 5, 7), Written::Rows(1..)));
        // It is not shut out for ever: it asks where to go on, and is the last to come.
        assert_eq!(first.position(&place()).unwrap(), Some(7), "{}", target.kind);
        assert!(matches!(write(&mut second, 7, 8), Written::Fenced(_)));
        assert!(matches!(write(&mut first, 7, 9), Written::Rows(1..)));
        assert_eq!(compare(target, &mut Expected::default()), 9);
    });
}

#[test]
fn lines_are_read_by_the_statements_of_a_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new("jsonl", folder.path(), "").unwrap();
    if !duck::is_there() {
        return;
    }
    let mut sink = open(&target);
    write(&mut sink, 0, 400);
    let path = folder.path().join("jsonl");
    let of_duck = duck::query(&path, &["SELECT story_id, status FROM stories"]).remove(0);
    let own: Vec<String> = target.shelf().into_keys().collect();
    let mut found: Vec<String> = of_duck.into_iter().map(|[id, _]| id).collect();
    found.sort();
    assert_eq!(found, own);
    let events = "SELECT event_id, title FROM events_current WHERE published_at IS NOT NULL";
    assert!(duck::query(&path, &[events])[0].len() > 50);
}

#[test]
fn the_views_of_a_log_say_what_the_tables_of_others_say() {
    let folder = tempfile::tempdir().unwrap();
    let (Some(log), Some(table)) = (
        Target::new("clickhouse", folder.path(), "views"),
        Target::new("sqlite", folder.path(), ""),
    ) else {
        return;
    };
    for target in [&log, &table] {
        write(&mut open(target), 0, 400);
    }
    let queries = [
        "SELECT event_id, concat(type, title) FROM events_current ORDER BY event_id",
        "SELECT story_id, status FROM stories ORDER BY story_id",
        "SELECT story_id, concat(text, span_end) FROM mentions ORDER BY story_id, span_end",
    ];
    for query in queries {
        let found = log.query(query);
        assert!(found.len() > 50, "{query}");
        assert_eq!(found, table.query(query), "{query}");
    }
}

/// The first version of the stream that has events.
fn with_events() -> StoryEvents {
    (0..100).map(version).find(|result| !result.events.is_empty()).unwrap()
}

#[test]
fn what_cannot_be_held_is_named_by_its_field() {
    let check = |kind: &'static str, expected: Option<&str>, spoil: fn(&mut Landing)| {
        let folder = tempfile::tempdir().unwrap();
        // What a target cannot hold is known without it.
        let target = Target {
            kind,
            folder: folder.path().to_owned(),
            url: if kind == "postgres" { "host=127.0.0.1" } else { "http://127.0.0.1:1" }
                .to_owned(),
            schema: "unfit".to_owned(),
        };
        let sink = open(&target);
        let mut record = Landing::Events(Box::new(with_events()));
        assert_eq!(sink.unfit(&record), None, "{kind}");
        spoil(&mut record);
        let unfit = sink.unfit(&record);
        let starts = |what: &str| unfit.as_ref().is_some_and(|unfit| unfit.starts_with(what));
        assert!(expected.map_or(unfit.is_none(), starts), "{kind}: {unfit:?}, {expected:?}");
    };
    let nul = |record: &mut Landing| {
        let Landing::Events(result) = record else { return };
        result.story.title.push('\0');
    };
    check("postgres", Some("story.title: contains the character NUL"), nul);
    check("sqlite", None, nul);
    check("jsonl", None, nul);
    let day = |record: &mut Landing| {
        let Landing::Events(result) = record else { return };
        let date = r#"{"from": "2014-02-30", "to": "2014-03-01", "granularity": "day", "basis": "expression"}"#;
        result.events[0].date = Some(serde_json::from_str(date).unwrap());
    };
    check("postgres", Some("events[0].date_from: \"2014-02-30\" is no day"), day);
    check("sqlite", None, day);
    check("clickhouse", Some("events[0].date_from: \"2014-02-30\" is no day"), day);
    check("parquet", Some("events[0].date_from: \"2014-02-30\" is no day"), day);
    let old = |record: &mut Landing| {
        let Landing::Events(result) = record else { return };
        result.story.fetched_at =
            dateline_record::Timestamp::parse("1848-03-01T00:00:00Z").unwrap();
    };
    let years = "story.fetched_at: 1848-03-01T00:00:00.000Z is outside the years 1900 to 2299";
    check("clickhouse", Some(years), old);
    check("postgres", None, old);
    let key = |record: &mut Landing| {
        let Landing::Events(result) = record else { return };
        let id = format!("\"{}\"", "a".repeat(3_000));
        result.story.story_id = serde_json::from_str(&id).unwrap();
    };
    check("postgres", Some("story.story_id: has 3000 bytes"), key);
    let revision = |record: &mut Landing| {
        let Landing::Events(result) = record else { return };
        result.story.revision.0 = u64::MAX;
    };
    for kind in KINDS.into_iter().filter(|kind| is_built(kind)) {
        check(kind, Some("story.revision: 18446744073709551615 is above 2^63"), revision);
    }
}

/// A version of one story whose headline and sentence hold words of their own; none of them killed.
fn told(revision: u64, offset: u64, title: &str, sentence: &str) -> SinkRecord {
    let mut result = version(0);
    let is_kill = sentence.is_empty();
    let text = format!("{sentence} Words of no event: margin.");
    result.story.story_id = StoryId::derive("search", "1");
    result.story.revision = Revision(revision);
    result.story.status = if is_kill { Status::Canceled } else { Status::Usable };
    result.story.signal = if is_kill { Signal::Kill } else { Signal::Update };
    title.clone_into(&mut result.story.title);
    result.events = vec![event(&result.story.story_id, EventType::Consult, sentence)];
    result.events[0].source.name = Some("Müller".to_owned());
    if is_kill {
        result.events.clear();
    }
    result.story.text = if is_kill { String::new() } else { text };
    SinkRecord { place: place(), offset, record: Landing::Events(Box::new(result)) }
}

/// How many stories hold words, as the console asks.
fn holds(reader: &mut Reader, asked: &str) -> usize {
    let search = reader.search(&words(asked)).unwrap().expect("an index");
    let given = [Given::Text(search.value.clone())];
    let found = reader.select(search.stories, &given).unwrap().len();
    // The test of one row leaves none out that the index finds.
    let values: Vec<Given> = search.test_values.into_iter().map(Given::Text).collect();
    let test = |at| search.test.replace("?1", &format!("?{at}"));
    let tests: Vec<String> = (1..=values.len()).map(test).collect();
    let row = format!("SELECT story_id FROM search WHERE {}", tests.join(" AND "));
    assert_eq!(reader.select(&row, &values).unwrap().len(), found, "{asked}");
    found
}

#[test]
fn words_are_found_of_what_stands_and_of_nothing_else() {
    for kind in ["sqlite", "postgres"] {
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = Target::new(kind, folder.path(), "search") else { continue };
        let config: sink::Config = settings(&target).section("sink").unwrap();
        let mut sink = open(&target);
        let write = |sink: &mut Warehouse, record: SinkRecord| {
            let next = Positions::from([(place(), record.offset + 1)]);
            sink.write(&[record], &next).unwrap();
        };
        write(&mut sink, told(2, 0, "Élysée visit", "Envoys discussed zirconium."));
        let mut reader = Reader::open(&config).unwrap();
        let mut check = |expected: [usize; 5], when: &str| {
            let asked = ["zirconi", "elysee Muller", "palladium", "summit", "margin"];
            let found = asked.map(|asked| holds(&mut reader, asked));
            assert_eq!(found, expected, "{kind}: {when}");
        };
        check([1, 1, 0, 0, 0], "words of headline, sentence and names");
        write(&mut sink, told(3, 1, "A summit", "Envoys discussed zirconium."));
        check([1, 0, 0, 1, 0], "another headline, the same text");
        write(&mut sink, told(1, 2, "Late", "Envoys discussed palladium."));
        check([1, 0, 0, 1, 0], "a version that comes late");
        write(&mut sink, told(4, 3, "A summit", "Envoys discussed palladium."));
        check([0, 0, 1, 1, 0], "another text");
        // A build without an index has written the tables.
        drop(sink);
        match kind {
            "sqlite" => Connection::open(&config.sqlite.path)
                .unwrap()
                .execute_batch(
                    "DROP TABLE search; DROP TABLE search_words; PRAGMA user_version = 3",
                )
                .unwrap(),
            _ => target.execute("DROP TABLE search.search"),
        }
        let mut sink = open(&target);
        sink.position(&place()).unwrap();
        check([0, 0, 1, 1, 0], "after an upgrade");
        write(&mut sink, told(5, 4, "", ""));
        check([0; 5], "a kill");
    }
}

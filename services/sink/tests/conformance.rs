//! What every target must do, whatever happens to the writer, to the target and to the way there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::{env, thread, time::Duration};

use dateline_bus::Positions;
use dateline_record::StoryEvents;
use dateline_runtime::{Landing, Sink, SinkRecord, Written};
use sink::Warehouse;

use suite::{
    child::{self, FENCED, Writer},
    clickhouse, duck,
    proxy::Proxy,
    receiver,
    stream::{Expected, place, record, scatter, version},
    target::{KINDS, Target, open, script, server},
};

/// Faults for each target, unless `DATELINE_SINK_FAULTS` says otherwise.
const FAULTS: u64 = 12;

/// Runs a check on every target, each in a place of its own.
fn on_every_target(schema: &str, check: impl Fn(&Target)) {
    for kind in KINDS {
        let folder = tempfile::tempdir().unwrap();
        if let Some(target) = Target::new(kind, folder.path(), schema) {
            check(&target);
        }
    }
}

fn write(sink: &mut Warehouse, from: u64, to: u64) -> Written {
    let records: Vec<SinkRecord> = (from..to).map(record).collect();
    sink.write(&records, &Positions::from([(place(), to)])).unwrap()
}

/// Compares what stands there with what must; returns up to where.
fn compare(target: &Target, expected: &mut Expected) -> u64 {
    // Asking waits for a write that a dead writer left under way, and fences it.
    let next = open(target).position(&place()).unwrap().unwrap_or(0);
    let (shelf, stands) = (expected.at(next), target.shelf());
    for (id, rows) in shelf {
        assert_eq!(stands.get(id), Some(rows), "{}: {id} at {next}", target.kind);
    }
    assert_eq!(stands.len(), shelf.len(), "{} at {next}", target.kind);
    assert_eq!(target.records(), next, "{}: each record once", target.kind);
    next
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
    for kind in KINDS {
        check(kind, Some("story.revision: 18446744073709551615 is above 2^63"), revision);
    }
}

#[test]
#[ignore = "a role for other processes, not a test"]
fn writer_entry_point() {
    let Ok(words) = env::var("DATELINE_TEST_WRITER") else {
        return;
    };
    std::process::exit(child::run(&words));
}

/// What is done to a writer or a target.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The writer dies.
    Killed,
    /// A second writer comes.
    Rival,
    /// A second writer comes, and both write until both are fenced or dead.
    Together,
    /// The database dies.
    ServerKilled,
    /// The answer to a commit is lost.
    AnswerLost,
    /// The receiver refuses.
    Refused,
}

#[test]
fn no_fault_loses_or_doubles_a_record() {
    let faults = env::var("DATELINE_SINK_FAULTS").ok().and_then(|count| count.parse().ok());
    let faults = faults.unwrap_or(FAULTS);
    on_every_target("faults", |target| {
        let kinds: &[Fault] = match target.kind {
            "postgres" => &[Fault::Killed, Fault::Rival, Fault::AnswerLost, Fault::ServerKilled],
            "clickhouse" if clickhouse::engine().unwrap().is_ours() => {
                &[Fault::Killed, Fault::Together, Fault::ServerKilled]
            }
            "clickhouse" => &[Fault::Killed, Fault::Together],
            "webhook" => &[Fault::Killed, Fault::Rival, Fault::AnswerLost, Fault::Refused],
            _ => &[Fault::Killed, Fault::Rival],
        };
        let mut target = target.clone();
        let proxy = (target.kind == "postgres").then(|| behind_proxy(&mut target));
        let mut expected = Expected::default();
        let mut last = 0;
        for number in 0..faults {
            let kind = kinds[usize::try_from(number).unwrap() % kinds.len()];
            suffer(&target, kind, number, proxy.as_ref());
            let next = compare(&target, &mut expected);
            assert!(next > last, "{}: nothing was written before {kind:?}", target.kind);
            last = next;
        }
        println!("{}: {faults} faults, {last} records, no difference", target.kind);
    });
}

/// Leads a target's way over a proxy.
fn behind_proxy(target: &mut Target) -> Proxy {
    let port = target.url.split_whitespace().find_map(|word| word.strip_prefix("port=")).unwrap();
    let proxy = Proxy::start(format!("127.0.0.1:{port}").parse().unwrap());
    let (own, way) = (format!("port={port}"), format!("port={}", proxy.address.port()));
    target.url = target.url.replace(&own, &way);
    proxy
}

/// Lets a writer write, does something to it, and ends it.
fn suffer(target: &Target, fault: Fault, number: u64, proxy: Option<&Proxy>) {
    let mut writer = Writer::start(target);
    // Its first word comes before it writes, its second after.
    let both = writer.hears().and_then(|_| writer.hears());
    assert!(both.is_some(), "{}: the writer could not write", target.kind);
    thread::sleep(Duration::from_millis(scatter(number) % 50));
    match fault {
        Fault::Killed => {}
        Fault::Rival => {
            let mut rival = Writer::start(target);
            let both = rival.hears().and_then(|_| rival.hears());
            assert!(both.is_some(), "{}: the second writer could not write", target.kind);
            assert_eq!(writer.ended(), Some(FENCED), "{}", target.kind);
            return rival.kill();
        }
        Fault::Together => {
            let rival = Writer::start(target);
            thread::sleep(Duration::from_millis(300));
            rival.kill();
        }
        Fault::ServerKilled if target.kind == "clickhouse" => {
            clickhouse::engine().unwrap().kill_and_restart();
            goes_on(&mut writer, || true);
        }
        Fault::ServerKilled => {
            let folder = server().unwrap().folder.display().to_string();
            assert!(script(&["kill", &folder]).status.success());
            assert!(script(&["restart", &folder]).status.success());
            goes_on(&mut writer, || true);
        }
        Fault::Refused => {
            let receiver = receiver::of(&target.url);
            receiver.lock().unwrap().refuse = 3;
            goes_on(&mut writer, || receiver.lock().unwrap().refused > 0);
        }
        Fault::AnswerLost if target.kind == "webhook" => {
            let receiver = receiver::of(&target.url);
            receiver.lock().unwrap().lose = 1;
            goes_on(&mut writer, || receiver.lock().unwrap().lose == 0);
        }
        Fault::AnswerLost => {
            let proxy = proxy.unwrap();
            let before = proxy.lost();
            proxy.lose_next_answer();
            goes_on(&mut writer, || proxy.lost() > before);
        }
    }
    writer.kill();
}

/// Waits until a writer has written again, and something has happened to it: what it said before may
/// still be on its way.
fn goes_on(writer: &mut Writer, has_happened: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_millis(50) || !has_happened() {
        assert!(writer.hears().is_some(), "the writer ended");
        assert!(start.elapsed() < Duration::from_mins(1), "nothing happened to the writer");
    }
    assert!(writer.hears().is_some(), "the writer ended");
}

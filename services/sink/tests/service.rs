//! The sink as a service: a target that is down, a record that does not fit, what the operator
//! verifies and writes anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::{
    fmt::Debug,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use dateline_bus::{Limit, Start, Topic};
use dateline_record::{DeadLetter, Record, StoryEvents, read};
use dateline_runtime::{Process, config::Settings};
use sink::Warehouse;
use tracing::{Event, Subscriber, field::Visit};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use suite::{
    service::{produce, run, seen_after, service, verify},
    stream::{Shelf, version},
    target::{Target, open, script, server, settings},
};

const RECORDS: u64 = 600;

/// How often the sink said that its target is not there.
static REPORTS: AtomicUsize = AtomicUsize::new(0);

/// Held by the test that uses the server: one of them kills it.
static SERVER: Mutex<()> = Mutex::new(());

/// Counts reports.
struct Reports;

impl<S: Subscriber> Layer<S> for Reports {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Message(bool);
        impl Visit for Message {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
                self.0 |= field.name() == "message" && format!("{value:?}") == "sink not available";
            }
        }
        let mut message = Message(false);
        event.record(&mut message);
        if message.0 {
            REPORTS.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn dead_letters(settings: &Settings) -> Vec<DeadLetter> {
    let process = Process::new(settings.clone()).unwrap();
    let mut reader =
        process.engine().bus.reader(&Topic::new(DeadLetter::TOPIC), Start::Earliest).unwrap();
    let letters = reader.next(Limit::default(), Duration::from_millis(300)).unwrap();
    letters.iter().map(|letter| read(letter.record.value.as_ref().unwrap()).unwrap()).collect()
}

fn rebuild(settings: &Settings) -> anyhow::Result<sink::Rebuilt> {
    let process = Process::new(settings.clone()).unwrap();
    let config = settings.section("sink").unwrap();
    sink::rebuild(&config, &*process.engine().bus, Start::Earliest)
}

/// Changes one value behind the sink's back; returns the story that it belongs to.
fn tamper(target: &Target) -> String {
    let id =
        target.query("SELECT story_id, type FROM events ORDER BY story_id LIMIT 1")[0][0].clone();
    let change = format!("UPDATE events SET rule = 'another' WHERE story_id = '{id}'");
    if target.kind == "sqlite" {
        let path = target.folder.join("warehouse.sqlite3");
        rusqlite::Connection::open(path).unwrap().execute(&change, []).unwrap();
    } else {
        target.query(&format!("{change} RETURNING story_id, type"));
    }
    id
}

/// What an operator does: look, mend, look again.
fn is_verified_and_mended(target: &Target, settings: &Settings, before: &Shelf) {
    let verdict = verify(settings);
    assert!(verdict.is_right(), "{}: {:?}", target.kind, verdict.days);
    let stories: u64 = verdict.days.values().map(|day| day.found.stories).sum();
    assert_eq!((stories, verdict.behind), (before.len() as u64, 0), "{}", target.kind);
    let changed = tamper(target);
    let verdict = verify(settings);
    let wrong = verdict.days.values().filter(|day| day.expected != day.found);
    let named: Vec<&String> = wrong.flat_map(|day| &day.examples).collect();
    assert_eq!(named, [&changed], "{}", target.kind);
    let rebuilt = rebuild(settings).unwrap();
    assert!(rebuilt.records >= RECORDS && rebuilt.rows > 0, "{rebuilt:?}");
    assert!(verify(settings).is_right(), "{}", target.kind);
    assert_eq!(&target.shelf(), before, "{}", target.kind);
}

#[test]
fn sqlite_is_verified_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new("sqlite", folder.path(), "").unwrap();
    let settings = service(&target, folder.path());
    let records: Vec<StoryEvents> = (0..RECORDS).map(version).collect();
    produce(&settings, &records);
    run(&settings);
    is_verified_and_mended(&target, &settings, &target.shelf());
    // A file that a sink has open is not taken from under it, and stays as it is.
    let open = open(&target);
    let refused = format!("{:#}", rebuild(&settings).unwrap_err());
    assert!(refused.contains("is open elsewhere; stop the sink"), "{refused}");
    drop(open);
    assert!(verify(&settings).is_right());
    // What comes after is taken where the new file stands.
    produce(&settings, &(RECORDS..RECORDS + 100).map(version).collect::<Vec<_>>());
    run(&settings);
    assert!(verify(&settings).is_right());
}

#[test]
fn files_are_verified_and_mended() {
    for kind in ["jsonl", "parquet"] {
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = Target::new(kind, folder.path(), "") else {
            continue;
        };
        let settings = service(&target, folder.path());
        produce(&settings, &(0..RECORDS).map(version).collect::<Vec<_>>());
        run(&settings);
        assert!(verify(&settings).is_right(), "{kind}");
        let before = target.shelf();
        let events = folder.path().join(kind).join("events_log");
        let lost = std::fs::read_dir(events).unwrap().next().unwrap().unwrap().path();
        std::fs::remove_file(lost).unwrap();
        assert!(!verify(&settings).is_right(), "{kind}: a file is lost");
        assert!(rebuild(&settings).unwrap().records >= RECORDS, "{kind}");
        assert!(verify(&settings).is_right(), "{kind}");
        assert_eq!(target.shelf(), before, "{kind}");
        produce(&settings, &(RECORDS..RECORDS + 100).map(version).collect::<Vec<_>>());
        run(&settings);
        assert!(verify(&settings).is_right(), "{kind}");
    }
}

#[test]
fn a_database_that_is_down_is_waited_for() {
    let _alone = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    tracing_subscriber::registry().with(Reports).init();
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("postgres", folder.path(), "service") else {
        return;
    };
    let settings = service(&target, folder.path());
    let mut records: Vec<StoryEvents> = (0..RECORDS).map(version).collect();
    records[300].story.title.push('\0');
    produce(&settings, &records);
    let place = server().unwrap().folder.display().to_string();
    assert!(script(&["kill", &place]).status.success());
    let back = thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(15);
        while REPORTS.load(Ordering::SeqCst) == 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        // Time for more tries, of which nothing is to be heard.
        thread::sleep(Duration::from_secs(1));
        assert!(script(&["restart", &place]).status.success());
    });
    run(&settings);
    back.join().unwrap();
    assert_eq!(REPORTS.load(Ordering::SeqCst), 1, "reported once, whatever the tries");
    // The record that does not fit is dead-lettered by its field, and the rest of its unit landed.
    let letters = dead_letters(&settings);
    assert_eq!(letters.len(), 1);
    assert!(letters[0].what.starts_with("story.title: contains the character NUL"));
    assert_eq!(verify(&settings).unfit, 1);
    is_verified_and_mended(&target, &settings, &target.shelf());
    produce(&settings, &(RECORDS..RECORDS + 100).map(version).collect::<Vec<_>>());
    run(&settings);
    assert!(verify(&settings).is_right());
}

#[test]
fn a_connection_is_encrypted_where_that_is_asked_for() {
    let _alone = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("postgres", folder.path(), "tls") else {
        return;
    };
    let certificate = server().unwrap().folder.join("server.crt");
    if !certificate.exists() {
        println!("skipped: TLS to PostgreSQL: sudo apt-get install -y openssl");
        return;
    }
    let url = target.url.replace("sslmode=disable", "sslmode=require application_name=tls");
    let target = Target { url, ..target };
    let mut settings = settings(&target);
    let position = |settings: &Settings| {
        let mut sink =
            <Warehouse as dateline_runtime::Sink>::new(settings.section("sink").unwrap());
        let sink = sink.as_mut().unwrap();
        let at = dateline_runtime::Sink::position(sink, &suite::stream::place());
        let plain = Target { url: target.url.replace("require", "disable"), ..target.clone() };
        let encrypted = plain.query(
            "SELECT application_name, ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE application_name = 'tls' AND ssl",
        );
        (at.is_ok(), encrypted.len())
    };
    // An authority that nobody knows signed the certificate: that is no connection.
    assert_eq!(position(&settings), (false, 0));
    let path = certificate.display().to_string();
    settings.set(&["sink", "postgres", "ca_file"], path).unwrap();
    assert_eq!(position(&settings), (true, 1));
}

#[test]
fn a_kill_is_seen_within_a_second() {
    for kind in ["sqlite", "postgres", "clickhouse"] {
        let _held = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = Target::new(kind, folder.path(), "seen") else { continue };
        let [corrected, killed] = seen_after(&target, folder.path());
        println!("{kind}: a correction is seen after {corrected:.1?}, a kill after {killed:.1?}");
        assert!(corrected.max(killed) < Duration::from_secs(1), "{kind}");
    }
}

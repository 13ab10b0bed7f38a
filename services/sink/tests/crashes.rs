//! What happens to the writer, to the target and to the way there: no target loses or doubles a record.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::{env, thread, time::Duration};

use suite::{
    child::{self, FENCED, Writer},
    clickhouse, lake,
    proxy::Proxy,
    receiver,
    stream::{Expected, scatter},
    target::{Target, compare, script, server, settings},
};

/// Faults for each target, unless `DATELINE_SINK_FAULTS` says otherwise.
const FAULTS: u64 = 20;

/// After so many faults the target is maintained, as it is now and then.
const MAINTAINED_EVERY: u64 = 8;

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

fn no_fault_loses_or_doubles_a_record(kind: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut target) = Target::new(kind, folder.path(), "faults") else {
        return;
    };
    let faults = env::var("DATELINE_SINK_FAULTS").ok().and_then(|count| count.parse().ok());
    let faults = faults.unwrap_or(FAULTS);
    let kinds: &[Fault] = match kind {
        "postgres" => &[
            Fault::Killed,
            Fault::Rival,
            Fault::AnswerLost,
            Fault::Killed,
            Fault::AnswerLost,
            Fault::ServerKilled,
        ],
        "clickhouse" if clickhouse::engine().unwrap().is_ours() => {
            &[Fault::Killed, Fault::Together, Fault::Killed, Fault::ServerKilled]
        }
        "clickhouse" => &[Fault::Killed, Fault::Together],
        "iceberg" => &[Fault::Killed, Fault::Rival, Fault::AnswerLost, Fault::Together],
        "delta" => &[Fault::Killed, Fault::Rival, Fault::Killed, Fault::Together],
        "webhook" => &[Fault::Killed, Fault::Rival, Fault::AnswerLost, Fault::Refused],
        _ => &[Fault::Killed, Fault::Rival],
    };
    let proxy = (kind == "postgres").then(|| behind_proxy(&mut target));
    let mut expected = Expected::default();
    let mut last = 0;
    for number in 0..faults {
        let fault = kinds[usize::try_from(number).unwrap() % kinds.len()];
        suffer(&target, fault, number, proxy.as_ref());
        if number % MAINTAINED_EVERY == MAINTAINED_EVERY - 1 {
            sink::maintain(&settings(&target).section("sink").unwrap()).unwrap();
        }
        let next = compare(&target, &mut expected);
        assert!(next > last, "{kind}: nothing was written before {fault:?}");
        last = next;
    }
    println!("{kind}: {faults} faults, {last} records, no difference");
}

#[test]
fn no_fault_breaks_sqlite() {
    no_fault_loses_or_doubles_a_record("sqlite");
}

#[test]
fn no_fault_breaks_postgres() {
    no_fault_loses_or_doubles_a_record("postgres");
}

#[test]
fn no_fault_breaks_clickhouse() {
    no_fault_loses_or_doubles_a_record("clickhouse");
}

#[test]
fn no_fault_breaks_jsonl() {
    no_fault_loses_or_doubles_a_record("jsonl");
}

#[test]
fn no_fault_breaks_parquet() {
    no_fault_loses_or_doubles_a_record("parquet");
}

#[test]
fn no_fault_breaks_delta() {
    no_fault_loses_or_doubles_a_record("delta");
}

#[test]
fn no_fault_breaks_iceberg() {
    no_fault_loses_or_doubles_a_record("iceberg");
}

#[test]
fn no_fault_breaks_webhook() {
    no_fault_loses_or_doubles_a_record("webhook");
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
        Fault::AnswerLost if target.kind == "iceberg" => {
            lake::lose_next_answer(&target.url);
            goes_on(&mut writer, || lake::lost_answers(&target.url) == 0);
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

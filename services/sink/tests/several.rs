//! Several targets at once: each is right for itself, whatever becomes of the others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // each test takes what it needs of it
mod suite;

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use dateline_bus::{Limit, Start, Topic};
use dateline_record::{DeadLetter, Record, StoryEvents, read};
use dateline_runtime::{Process, config::Settings, logging::LogLevel};
use sink::Warehouse;

use suite::{
    receiver,
    service::{produce, run, service, verify_target},
    stream::{Expected, scatter, version},
    target::{Target, script, server},
};

const RECORDS: u64 = 600;

/// Deaths of the process that writes to two targets.
const DEATHS: u64 = 6;

fn with_others(target: &Target, others: &[&str]) -> Settings {
    let mut settings = service(target, &target.folder);
    let others: Vec<String> = others.iter().map(|other| (*other).to_owned()).collect();
    settings.set(&["sink", "also"], others).unwrap();
    settings
}

fn versions() -> Vec<StoryEvents> {
    (0..RECORDS).map(version).collect()
}

fn is_right(settings: &Settings, target: &str) -> bool {
    let verdict = verify_target(settings, Some(target));
    verdict.is_right() && verdict.behind == 0
}

#[test]
fn a_target_that_is_down_holds_no_other_back() {
    let folder = tempfile::tempdir().unwrap();
    let Some(target) = Target::new("postgres", folder.path(), "several") else {
        return;
    };
    let settings = with_others(&target, &["sqlite", "jsonl"]);
    let mut records = versions();
    records[300].story.title.push('\0');
    produce(&settings, &records);
    let place = server().unwrap().folder.display().to_string();
    assert!(script(&["kill", &place]).status.success());
    let lines = Target { kind: "jsonl", ..target.clone() };
    let table = Target { kind: "sqlite", ..target.clone() };
    let mut process = Process::new(settings.clone()).unwrap();
    process.sink::<Warehouse>().unwrap();
    let mut tries = 0;
    let exit = process.run(LogLevel::fixed(), |_| {
        tries += 1;
        assert!(tries < 600, "the others wait for the database");
        Ok(lines.records() == RECORDS && table.records() == RECORDS)
    });
    exit.unwrap();
    assert!(is_right(&settings, "jsonl") && is_right(&settings, "sqlite"));
    // It comes back, and takes all that it missed.
    assert!(script(&["restart", &place]).status.success());
    run(&settings);
    assert!(is_right(&settings, "postgres"), "{:?}", verify_target(&settings, Some("postgres")));
    // What one of them cannot hold is a dead letter of that one, and stands in the others.
    let process = Process::new(settings.clone()).unwrap();
    let mut reader =
        process.engine().bus.reader(&Topic::new(DeadLetter::TOPIC), Start::Earliest).unwrap();
    let letters = reader.next(Limit::default(), Duration::from_millis(300)).unwrap();
    let letters: Vec<DeadLetter> =
        letters.iter().map(|letter| read(letter.record.value.as_ref().unwrap()).unwrap()).collect();
    assert_eq!((letters.len(), letters[0].stage.as_str()), (1, "sink"));
    assert_eq!((target.records(), lines.records()), (RECORDS - 1, RECORDS));
}

#[test]
#[ignore = "a role for other processes, not a test"]
fn service_entry_point() {
    let Ok(words) = env::var("DATELINE_TEST_SERVICE") else {
        return;
    };
    let target = Target::read(&words);
    let others: &[&str] = if target.kind == "webhook" { &[] } else { &["jsonl"] };
    let mut process = Process::new(with_others(&target, others)).unwrap();
    process.sink::<Warehouse>().unwrap();
    println!("runs");
    process.run(LogLevel::fixed(), |_| Ok(false)).unwrap();
}

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the service in a process of its own and waits until it runs.
fn start(target: &Target) -> Service {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "service_entry_point", "--ignored", "--nocapture"])
        .env("DATELINE_TEST_SERVICE", target.words())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("runs")), "the service did not start");
    Service(child)
}

/// The memory of a process that is in use, in MiB.
fn memory_mib(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

/// Much waits on the topic: a target that refuses is waited for, and
/// nothing is read on meanwhile.
#[test]
fn a_target_that_refuses_does_not_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new("webhook", folder.path(), "").unwrap();
    let settings = service(&target, folder.path());
    let receiver = receiver::of(&target.url);
    receiver.lock().unwrap().refuse = usize::MAX;
    let long = |offset| {
        let mut version = version(offset);
        version.story.text = "Japan met Russia. ".repeat(4_000);
        version
    };
    for from in (0..1_000).step_by(40) {
        produce(&settings, &(from..from + 40).map(long).collect::<Vec<_>>());
    }
    let service = start(&target);
    let refused = |least: usize| {
        for _ in 0..400 {
            if receiver.lock().unwrap().refused >= least {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the receiver was not asked again");
    };
    refused(3);
    let before = memory_mib(&service);
    thread::sleep(Duration::from_millis(1_500));
    refused(6);
    let after = memory_mib(&service);
    println!("a target that refuses: {before} MiB, then {after} MiB, with 70 MB on the topic");
    assert!(after <= before + 8 && after < 100, "{before} MiB, then {after} MiB");
    drop(service);
    // It takes them when it is back, each once as far as it can tell.
    receiver.lock().unwrap().refuse = 0;
    run(&settings);
    let taken = receiver.lock().unwrap();
    assert_eq!(taken.taken.len(), 1_000);
    assert!(taken.times.values().all(|times| *times == 1));
}

fn stands(folder: &Path, kind: &'static str) -> Target {
    Target::new(kind, folder, "").unwrap()
}

#[test]
fn two_targets_outlive_the_deaths_of_their_process() {
    let folder = tempfile::tempdir().unwrap();
    let target = stands(folder.path(), "sqlite");
    let settings = with_others(&target, &["jsonl"]);
    for number in 0..DEATHS {
        let from = number * RECORDS / DEATHS;
        let to = (number + 1) * RECORDS / DEATHS;
        produce(&settings, &(from..to).map(version).collect::<Vec<_>>());
        let service = start(&target);
        thread::sleep(Duration::from_millis(scatter(number) % 120));
        drop(service);
    }
    run(&settings);
    let mut expected = Expected::default();
    let lines = stands(folder.path(), "jsonl");
    for own in [&target, &lines] {
        assert_eq!(own.records(), RECORDS, "{}", own.kind);
        assert!(is_right(&settings, own.kind), "{}", own.kind);
    }
    let stories = expected.at(RECORDS).len();
    assert_eq!((target.shelf().len(), lines.shelf().len()), (stories, stories));
    assert_eq!(target.shelf(), lines.shelf());
}

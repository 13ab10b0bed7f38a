//! The whole pipeline on the simulated newswire: what is published is in the warehouse, once, in
//! its last version, whatever dies meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use dateline_bus::{
    Bus, Limit, Start, Topic,
    embedded::{Embedded, EmbeddedOptions},
};
use dateline_record::schema;
use integration_tests::{
    newswire::{Ledger, Newswire, Options, Outcome},
    pipeline::{Running, Testbed},
};
use serde_json::Value;
use tokio::time::sleep;

const SERVICES: [&str; 5] = ["fetcher", "cleaner", "entity-extractor", "cluster", "sink"];

/// From one step of the newswire to the next.
const STEP: Duration = Duration::from_secs(2);

/// How long the last revisions may take.
const SETTLE: Duration = Duration::from_mins(1);

async fn newswire(folder: &Path) -> Newswire {
    let options = Options { step: STEP, interval_seconds: 1 };
    Newswire::start(&folder.join("wire"), options).await.unwrap()
}

fn assert_settles(testbed: &Testbed, ledger: &Ledger) {
    let differences = testbed.settle(ledger, SETTLE);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn run(testbed: &Testbed) -> Running {
    let sources = testbed.sources().display().to_string();
    testbed.start("dateline", &["run", "--sources", &sources]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_converges_though_it_is_killed_at_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let newswire = newswire(folder.path()).await;
    let testbed = Testbed::new(folder.path(), &newswire, "").unwrap();
    let mut running = run(&testbed);
    for step in 1..=newswire.steps() {
        sleep(STEP / 2).await;
        running.kill().unwrap();
        running = run(&testbed);
        sleep(STEP / 2).await;
        newswire.advance(step).unwrap();
    }
    assert_settles(&testbed, &newswire.ledger());
    assert!(running.stop(Duration::from_secs(10)).unwrap(), "it drains and exits with 0");
}

/// The terminal lines of a log: story id, service and message.
fn terminal_lines(log: &Path) -> Vec<(String, String, String)> {
    let text = fs::read_to_string(log).unwrap();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let terminal = lines.filter_map(|line| {
        let field = |name: &str| line[name].as_str().map(str::to_owned);
        let message = field("message").filter(|message| message.starts_with("record "))?;
        Some((field("story_id")?, field("service")?, message))
    });
    terminal.collect()
}

/// Every record on every topic is what the topic's schema says.
fn assert_records_fit_their_schemas(data: &Path) {
    let bus = Embedded::open(data, EmbeddedOptions::default()).unwrap();
    for topic in schema::topics() {
        let validator = jsonschema::validator_for(&topic.schema).unwrap();
        let mut reader = bus.reader(&Topic::new(topic.topic), Start::Earliest).unwrap();
        let limit = Limit { records: 100_000, bytes: usize::MAX };
        let records = reader.next(limit, Duration::ZERO).unwrap();
        // A profile is learned from more stories of a source than the newswire has, and marks come
        // of an operator alone.
        let may_be_empty =
            topic.topic.starts_with("dateline.profile") || topic.topic == "dateline.dead-marks.v1";
        assert!(!records.is_empty() || may_be_empty, "{} has records", topic.topic);
        for received in records {
            let value: Value = serde_json::from_slice(&received.record.value.unwrap()).unwrap();
            if let Some(error) = validator.iter_errors(&value).next() {
                panic!("{} at {}: {error}", topic.topic, error.instance_path());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_grep_tells_a_storys_whole_way() {
    let folder = tempfile::tempdir().unwrap();
    let newswire = newswire(folder.path()).await;
    let testbed = Testbed::new(folder.path(), &newswire, "").unwrap();
    let running = run(&testbed);
    newswire.run_script().await.unwrap();
    let ledger = newswire.ledger();
    assert_settles(&testbed, &ledger);
    assert!(running.stop(Duration::from_secs(10)).unwrap(), "it drains and exits with 0");
    assert_records_fit_their_schemas(&folder.path().join("data"));
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let lines = terminal_lines(&testbed.log("dateline"));
    let dead = lines.iter().filter(|line| line.2 == "record dead-lettered").count();
    assert_eq!(dead, ledger.dead_letters);
    let mut unchanged: BTreeMap<String, usize> = BTreeMap::new();
    for (story, service, message) in lines {
        if service == "entity-extractor" && message == "record skipped" {
            *unchanged.entry(story.clone()).or_default() += 1;
        }
        *counts.entry((story, service)).or_default() += 1;
    }
    for expected in &ledger.stories {
        let count = |service: &str| {
            let key = (expected.story_id.to_string(), service.to_owned());
            counts.get(&key).copied().unwrap_or_default()
        };
        let lines = SERVICES.map(count);
        assert!(lines[0] > 0, "{} left no line", expected.title);
        // What says the same as the version before ends in the extractor.
        let skipped = unchanged.get(expected.story_id.as_str()).copied().unwrap_or_default();
        let mut ways = [lines[0]; 5];
        ways[4] -= skipped;
        assert_eq!(lines, ways, "one line in each stage: {}", expected.title);
    }
    let polite = newswire.counters();
    for (host, count) in polite {
        let gap = count.shortest_gap.unwrap_or(Duration::MAX);
        assert!(gap >= Duration::from_millis(95), "{host} was asked twice within {gap:?}");
        assert!(count.not_modified > 0, "{host} was never asked conditionally");
    }
    assert!(ledger.stories.iter().any(|story| story.outcome == Outcome::Killed));
}

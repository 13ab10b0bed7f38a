//! What an operator sees and does at night, on both buses: one grep for a story, and the commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use integration_tests::{
    kafka::Broker,
    pipeline::{Running, binary},
};
use serde_json::Value;

const SERVICES: [&str; 5] = ["fetcher", "cleaner", "entity-extractor", "cluster", "sink"];

const PATIENCE: Duration = Duration::from_mins(1);

const GOOD: &str = "Japan sanctions Russia\n\nTOKYO, Oct 7 (Example Wire) - Japan imposed sanctions \
                    on Russia on Tuesday.\n\nTokyo said the measures would take effect at once.\n";

/// A folder with settings, stories and logs, and the programs that run on it.
struct House {
    folder: PathBuf,
    settings: String,
    on_kafka: bool,
    running: Vec<Running>,
}

impl House {
    fn new(folder: &Path, bus: &str, on_kafka: bool) -> Self {
        let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
        let settings = format!(
            "log.format = \"json\"\nadmin.listen = \"\"\nsink.sqlite.path = {}\nbus.data_dir = {}\n\
             bus.kafka.session_timeout_ms = 6000\n{bus}\n",
            path("warehouse.sqlite3"),
            path("data"),
        );
        fs::create_dir_all(folder.join("in")).unwrap();
        fs::create_dir_all(folder.join("sources")).unwrap();
        let source = format!("kind = \"folder\"\npath = {}\nwatch = true\n", path("in"));
        fs::write(folder.join("sources/desk.toml"), source).unwrap();
        Self { folder: folder.to_owned(), settings, on_kafka, running: Vec::new() }
    }

    /// Starts everything with these settings beside the others.
    fn start(&mut self, more: &str) {
        fs::write(self.folder.join("dateline.toml"), format!("{}{more}\n", self.settings)).unwrap();
        let sources = self.folder.join("sources").display().to_string();
        if !self.on_kafka {
            self.running = vec![self.spawn("dateline", &["run", "--sources", &sources])];
            return;
        }
        let told = self.dateline(&["sources", &sources]);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        self.running = SERVICES.iter().map(|name| self.spawn(name, &[])).collect();
    }

    fn spawn(&self, program: &str, arguments: &[&str]) -> Running {
        let log = self.folder.join(format!("{program}.log"));
        let log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut command = Command::new(binary(program).unwrap());
        command.args(arguments).arg("--config").arg(self.folder.join("dateline.toml"));
        Running::new(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    fn stop(&mut self) {
        let wait = Duration::from_secs(20);
        let running = std::mem::take(&mut self.running);
        let ended: Vec<bool> = running.into_iter().map(|one| one.stop(wait).unwrap()).collect();
        assert!(
            !ended.contains(&false),
            "not all drain and exit with 0: {ended:?}\n{}",
            self.tails()
        );
    }

    /// The last lines of all logs.
    fn tails(&self) -> String {
        let mut text = String::new();
        for name in SERVICES.iter().chain(&["dateline"]) {
            let log = fs::read_to_string(self.folder.join(format!("{name}.log")));
            let log = log.unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(6).collect();
            text.extend(lines.iter().rev().map(|line| format!("{name}: {line}\n")));
        }
        text
    }

    fn dateline(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary("dateline").unwrap());
        command.args(arguments).arg("--config").arg(self.folder.join("dateline.toml"));
        command.output().unwrap()
    }

    /// The lines of JSON that a command prints.
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.dateline(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let read = |line: &str| serde_json::from_str(line);
        let lines: Result<Vec<Value>, _> = text.lines().map(read).collect();
        let error = String::from_utf8_lossy(&output.stderr);
        lines.unwrap_or_else(|_| panic!("{arguments:?}: {text}{error}"))
    }

    fn says(&self, arguments: &[&str], code: i32, words: &str) {
        let output = self.dateline(arguments);
        let both = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&both);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {words:?} not in {text}");
    }

    /// One grep over all logs: the terminal lines, in their order.
    fn terminal_lines(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        for name in SERVICES.iter().chain(&["dateline"]) {
            let text = fs::read_to_string(self.folder.join(format!("{name}.log")));
            let text = text.unwrap_or_default();
            let all = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.extend(all.filter(|line| line["age_ms"].is_number()));
        }
        lines.sort_by_key(|line| line["timestamp"].as_str().unwrap().to_owned());
        lines
    }

    /// Waits until the lines of a story tell of these ends.
    fn wait_for(&self, story: &str, expected: &[(&str, &str)]) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let lines = self.terminal_lines();
            let own: Vec<Value> =
                lines.into_iter().filter(|line| line["story_id"] == story).collect();
            let mut ends: Vec<(&str, &str)> = own
                .iter()
                .map(|line| (line["service"].as_str().unwrap(), line["outcome"].as_str().unwrap()))
                .collect();
            let mut expected = expected.to_vec();
            ends.sort_unstable();
            expected.sort_unstable();
            if ends == expected {
                return own;
            }
            assert!(Instant::now() < deadline, "{story}: {ends:?} instead of {expected:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The id of the story that came from a file, from the fetcher's line.
    fn story_of(&self, bytes: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let lines = self.terminal_lines();
            let is_own = |line: &&Value| line["service"] == "fetcher" && line["bytes"] == bytes;
            if let Some(line) = lines.iter().find(is_own) {
                return line["story_id"].as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "no story of {bytes} bytes: {lines:#?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

const WHOLE_WAY: [(&str, &str); 7] = [
    ("fetcher", "ok"),
    ("cleaner", "ok"),
    ("entity-extractor", "ok"),
    ("cluster", "ok"),
    ("profiles", "ok"),
    ("sink", "ok"),
    // The relations of the story.
    ("sink", "ok"),
];

fn scenario(mut house: House) {
    let skipped = "<html><body></body></html>";
    let deep = format!("<html><body>{}{GOOD}", "<div>".repeat(60));
    let input = house.folder.join("in");
    fs::write(input.join("good.txt"), GOOD).unwrap();
    fs::write(input.join("skipped.html"), skipped).unwrap();
    fs::write(input.join("deep.html"), &deep).unwrap();
    // A bound that is too tight, as after a wrong change of the settings.
    house.start("[cleaner]\nmax_depth = 30");
    let good = house.story_of(GOOD.len());
    let skipped = house.story_of(skipped.len());
    let deep = house.story_of(deep.len());
    let lines = house.wait_for(&good, &WHOLE_WAY);
    lines_are_whole(&lines);
    house.wait_for(&skipped, &[("fetcher", "ok"), ("cleaner", "skipped")]);
    let dead = house.wait_for(&deep, &[("fetcher", "ok"), ("cleaner", "dead_lettered")]);
    looks(&house, &good, &skipped, &deep);
    letters(&house, &deep);
    house.stop();
    house.start("");
    house.says(
        &["dead", "replay", "--stage", "cleaner", "--code", "too_deep"],
        0,
        "1 letters replayed",
    );
    let mut expected = WHOLE_WAY.to_vec();
    expected.push(("cleaner", "dead_lettered"));
    let replayed = house.wait_for(&deep, &expected);
    let traces: Vec<&Value> = replayed.iter().map(|line| &line["trace_id"]).collect();
    assert!(traces.iter().all(|trace| **trace == dead[0]["trace_id"]), "one trace: {traces:?}");
    assert!(house.json(&["dead", "list", "--json"]).is_empty(), "it is dealt with");
    house.says(&["dead", "replay", "--stage", "cleaner"], 0, "0 letters replayed");
    recoded(&house);
    house.stop();
}

/// The fields that the runbook relies on.
fn lines_are_whole(lines: &[Value]) {
    for line in lines {
        for field in [
            "service",
            "story_id",
            "source_id",
            "trace_id",
            "span_id",
            "topic",
            "attempt",
            "elapsed_ms",
        ] {
            assert!(!line[field].is_null(), "{field} is missing: {line}");
        }
        assert_eq!(line["trace_id"], lines[0]["trace_id"]);
        assert_eq!(line["source_id"], "desk");
        let is_first = line["service"] == "fetcher";
        assert_eq!(line["offset"].is_number(), !is_first, "{line}");
    }
    let of = |service: &str| lines.iter().find(|line| line["service"] == service).unwrap();
    assert_eq!(of("cleaner")["language"], "en");
    assert_eq!(of("cleaner")["place"], "TOKYO");
    assert!(of("entity-extractor")["events"].as_u64().unwrap() >= 1);
}

fn looks(house: &House, good: &str, skipped: &str, deep: &str) {
    let stops = house.json(&["trace", good, "--json"]);
    let services: Vec<&str> = stops.iter().map(|stop| stop["service"].as_str().unwrap()).collect();
    for service in ["fetcher", "cleaner", "entity-extractor", "cluster"] {
        assert!(services.contains(&service), "{service} is not among {services:?}");
    }
    house.says(&["trace", good], 0, "in the warehouse");
    house.says(&["trace", skipped], 0, "skipped by cleaner");
    house.says(&["trace", deep], 0, "dead-lettered: dateline dead show");
    house.says(&["trace", "0000"], 1, "no record of 0000");
    house.says(&["topics"], 0, "dateline.raw.v1");
    let topics = &house.json(&["topics", "--json"])[0];
    let is_ok = |topic: &Value| topic["state"] == "ok";
    assert!(
        topics.as_array().unwrap().iter().filter(|topic| is_ok(topic)).count() >= 9,
        "{topics}"
    );
    let raw = house.json(&["tap", "raw", "--until-end", "--json"]);
    assert_eq!(raw.len(), 3);
    let own = house.json(&["tap", "raw", "--until-end", "--json", "--grep", good]);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["key"], *good);
    assert!(house.json(&["tap", "raw", "--until-end", "--json", "--source", "other"]).is_empty());
    house.says(&["tap", "row"], 64, "there is no topic row; there are: ");
    let sources = house.json(&["sources", "--json"]);
    assert_eq!(sources[0]["source_id"], "desk");
    assert_eq!(sources[0]["conditions"], serde_json::json!([]), "{sources:?}");
    let top = &house.json(&["top", "--json", "--interval-ms", "300"])[0];
    let cleaner = &top["stages"][1];
    assert_eq!((&cleaner["stage"], &cleaner["dead_letters"]), (&"cleaner".into(), &1.into()));
    assert!(cleaner["rate_per_s"].is_number());
}

fn letters(house: &House, deep: &str) {
    let letters = house.json(&["dead", "list", "--json"]);
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!((&letters[0]["code"], &letters[0]["key"]), (&"too_deep".into(), &deep.into()));
    let id = letters[0]["letter"].as_str().unwrap();
    house.says(&["dead", "show", id], 0, "too_deep");
    house.says(&["dead", "show", "9-9999"], 64, "dead list");
    house.says(&["dead", "replay"], 64, "say which letters");
    house.says(&["dead", "list", "--code", "deep"], 64, "is none of bad_record");
    house.says(&["dead", "replay", id, "--dry-run"], 0, "1 letters would be replayed");
    assert_eq!(house.json(&["dead", "list", "--json", "--stage", "sink"]).len(), 0);
    assert_eq!(house.json(&["dead", "list", "--json", "--since", "1h"]).len(), 1);
}

/// The same stage gives the same records, on a topic of their own.
fn recoded(house: &House) {
    let told = &house
        .json(&["replay", "--stage", "cleaner", "--from", "1h", "--into", "again", "--json"])[0];
    assert_eq!(told["changed"], 0, "{told}");
    assert_eq!(told["gone"], 0, "{told}");
    assert!(told["same"].as_u64().unwrap() >= 2, "{told}");
    let again = house.json(&["tap", "dateline.clean.v1.again", "--until-end", "--json"]);
    assert_eq!(again.len() as u64, told["emitted"].as_u64().unwrap());
}

/// What was learned of a source after its first stories were cleaned is used when they are cleaned again.
#[test]
fn a_replay_of_the_cleaner_knows_what_was_learned_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::new(folder.path(), "", false);
    house.start("profiles.min_stories = 3\nprofiles.min_share = 0.9");
    let tail = "Subscribers of the desk read the whole series on its own pages.";
    // A file is told from the others by its length.
    let towns = ["Oslo", "Cairo", "Berlin", "Nairobi"];
    for (number, town) in towns.into_iter().enumerate() {
        let text = format!(
            "Trams return to {town}\n\nThe council of {town} opened its line number {number} again.\n\n\
             Tickets in {town} cost what they did before the war, the mayor said.\n\n{tail}\n"
        );
        fs::write(folder.path().join(format!("in/{town}.txt")), &text).unwrap();
        let story = house.story_of(text.len());
        house.wait_for(&story, &WHOLE_WAY);
    }
    let learned = house.json(&["tap", "profiles", "--until-end", "--json"]);
    assert!(learned.iter().any(|profile| profile.to_string().contains(tail)), "{learned:?}");
    // The first stories were cleaned before it was known.
    let told = &house
        .json(&["replay", "--stage", "cleaner", "--from", "1h", "--into", "again", "--json"])[0];
    assert!(told["changed"].as_u64() >= Some(3), "{told}");
    let again = house.json(&["tap", "dateline.clean.v1.again", "--until-end", "--json"]);
    assert_eq!(again.len(), towns.len(), "{told}");
    let text = |record: &Value| record["value"]["text"].as_str().map(str::to_owned);
    let texts: Vec<String> = again.iter().filter_map(text).collect();
    assert_eq!(texts.len(), towns.len());
    assert!(texts.iter().all(|text| !text.contains(tail)), "{texts:?}");
    house.stop();
}

#[test]
fn an_operator_sees_and_mends_on_the_embedded_bus() {
    let folder = tempfile::tempdir().unwrap();
    scenario(House::new(folder.path(), "", false));
}

#[test]
fn an_operator_sees_and_mends_on_kafka() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(&folder.path().join("kafka"), "the operator's commands on Kafka");
    let Some(broker) = broker.unwrap() else { return };
    let bus = format!("bus.kind = \"kafka\"\nbus.kafka.bootstrap = \"{}\"", broker.bootstrap);
    scenario(House::new(folder.path(), &bus, true));
}

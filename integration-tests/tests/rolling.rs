//! A rolling deploy on Apache Kafka under load: every instance of every service ends by SIGTERM and is
//! replaced, one after another, while builds with more and with fewer fields in their records write to
//! the same topics; nothing is lost, nothing is doubled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use dateline_bus::{
    Batch, Bus, Limit, Output, Start, Topic, Unit, WorkerOptions,
    kafka::{Kafka, KafkaOptions},
};
use dateline_record::{CleanStory, RawStory, Record, StoryEvents, StoryId, schema};
use integration_tests::{
    kafka::Broker,
    pipeline::{Running, binary, open},
};
use serde_json::{Value, json};

/// Services with their instances. The cluster and the sink have one each: a second takes the place of
/// the first.
const INSTANCES: [(&str, usize); 5] =
    [("fetcher", 3), ("cleaner", 3), ("entity-extractor", 3), ("cluster", 1), ("sink", 1)];

/// Stories that are written in a second.
const PER_SECOND: u64 = 40;

/// How long an instance may take to end; the figure that is aimed at is 5 s, on a machine that has
/// nothing else to do.
const DRAIN: Duration = Duration::from_secs(15);

const SETTLE: Duration = Duration::from_mins(1);

struct House {
    folder: PathBuf,
}

impl House {
    fn new(folder: &Path, bootstrap: &str) -> Self {
        let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
        fs::create_dir_all(folder.join("in")).unwrap();
        fs::create_dir_all(folder.join("sources")).unwrap();
        let source = format!("kind = \"folder\"\npath = {}\nwatch = true\n", path("in"));
        fs::write(folder.join("sources/desk.toml"), source).unwrap();
        let settings = format!(
            "log.format = \"json\"\nadmin.listen = \"\"\nsink.sqlite.path = {}\nbus.kind = \"kafka\"\n\
             bus.kafka.bootstrap = \"{bootstrap}\"\nbus.kafka.session_timeout_ms = 6000\n",
            path("warehouse.sqlite3"),
        );
        fs::write(folder.join("dateline.toml"), settings).unwrap();
        Self { folder: folder.to_owned() }
    }

    fn start(&self, service: &str, number: usize) -> Running {
        let name = format!("{service}-{number}");
        let log = self.folder.join(format!("{name}.log"));
        let log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut command = Command::new(binary(service).unwrap());
        command.arg("--config").arg(self.folder.join("dateline.toml"));
        command.env("DATELINE_RUNTIME__INSTANCE", &name);
        Running::new(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    fn dateline(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(binary("dateline").unwrap());
        command.args(arguments).arg("--config").arg(self.folder.join("dateline.toml"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn stories(&self) -> usize {
        let warehouse = open(&self.folder.join("warehouse.sqlite3"));
        let count = warehouse
            .and_then(|it| it.query_row("SELECT count(*) FROM stories", [], |row| row.get(0)));
        count.unwrap_or(0)
    }

    /// How often each story was finished by each service, over the logs of all instances.
    fn finished(&self) -> BTreeMap<(String, String), usize> {
        let mut counts = BTreeMap::new();
        for (service, instances) in INSTANCES {
            for number in 0..instances {
                let log = self.folder.join(format!("{service}-{number}.log"));
                let text = fs::read_to_string(log).unwrap();
                let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
                let is_end = |line: &Value| {
                    line["message"] == "record processed" && line["service"] == service
                };
                for line in lines.filter(is_end) {
                    let story = line["story_id"].as_str().unwrap().to_owned();
                    *counts.entry((service.to_owned(), story)).or_default() += 1;
                }
            }
        }
        counts
    }
}

/// Writes stories until it is told to end; each file stands as a whole at once.
fn write_stories(folder: &Path, stop: &AtomicBool, written: &AtomicUsize) {
    while !stop.load(Ordering::Relaxed) {
        let number = written.load(Ordering::Relaxed);
        let text = format!(
            "Ministers meet for round {number}\n\nPARIS, Oct 7 (Example Wire) - France and Germany \
             signed agreement number {number} on Tuesday.\n"
        );
        let waiting = folder.join("waiting");
        fs::write(&waiting, text).unwrap();
        fs::rename(&waiting, folder.join(format!("in/{number:06}.txt"))).unwrap();
        written.store(number + 1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(1_000 / PER_SECOND));
    }
}

/// A build beside this one in a rolling upgrade across an added field.
#[derive(Clone, Copy, Debug)]
enum OtherBuild {
    /// It writes a field that this one does not know.
    Later,
    /// It does not write what a record need not have: all that was ever added.
    Earlier,
}

impl OtherBuild {
    /// A record of that build: one of this one, as another story.
    fn rewrite(self, topic: &str, value: &[u8], story: &StoryId) -> Value {
        let mut record: Value = serde_json::from_slice(value).unwrap();
        let of_story = if record["story"].is_object() { &mut record["story"] } else { &mut record };
        of_story["story_id"] = json!(story);
        match self {
            Self::Later => {
                of_story["added_later"] = json!({"by": ["a later build"]});
                record["added_later"] = json!(7);
            }
            Self::Earlier => {
                let topics = schema::topics();
                let own = topics.iter().find(|own| own.topic == topic).unwrap();
                let required = own.schema["required"].as_array().unwrap().clone();
                let fields = record.as_object_mut().unwrap();
                let before = fields.len();
                fields.retain(|name, _| required.contains(&json!(name)));
                assert!(fields.len() < before, "{topic}: nothing was added since the first build");
            }
        }
        record
    }
}

/// Writes what other builds write to each stage's topic; returns the stories.
fn write_as_other_builds(bus: &Kafka, step: usize) -> Vec<StoryId> {
    let (mut outputs, mut stories) = (Vec::new(), Vec::new());
    for topic in [RawStory::TOPIC, CleanStory::TOPIC, StoryEvents::TOPIC] {
        let name = Topic::new(topic);
        let mut reader = bus.reader(&name, Start::Earliest).unwrap();
        let limit = Limit { records: 1, ..Limit::default() };
        let found = reader.next(limit, SETTLE).unwrap();
        let known = found.first().expect("a record of this build").record.clone();
        for build in [OtherBuild::Later, OtherBuild::Earlier] {
            let story = StoryId::derive("other builds", &format!("{topic} {build:?} {step}"));
            let value = build.rewrite(topic, known.value.as_ref().unwrap(), &story);
            let key = Some(story.as_str().to_owned().into());
            let value = Some(value.to_string().into());
            let record = dateline_bus::Record { key, value, ..known.clone() };
            outputs.push(Output { topic: name.clone(), record });
            stories.push(story);
        }
    }
    let options = WorkerOptions {
        group: "other-builds".to_owned(),
        instance: "0".to_owned(),
        inputs: Vec::new(),
        state: None,
        start: Start::Earliest,
    };
    let mut worker = bus.worker(options).unwrap();
    worker.commit(Batch::default(), Unit { outputs, state: Vec::new() }).unwrap();
    worker.close().unwrap();
    stories
}

#[test]
fn every_instance_is_replaced_under_load_and_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(&folder.path().join("kafka"), "a rolling deploy on Kafka");
    let Some(broker) = broker.unwrap() else { return };
    let house = House::new(folder.path(), &broker.bootstrap);
    house.dateline(&["sources", &folder.path().join("sources").display().to_string()]);
    let mut running: BTreeMap<(&str, usize), Running> = BTreeMap::new();
    for (service, instances) in INSTANCES {
        for number in 0..instances {
            running.insert((service, number), house.start(service, number));
        }
    }
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writer = {
        let (folder, stop, written) =
            (folder.path().to_owned(), Arc::clone(&stop), Arc::clone(&written));
        thread::spawn(move || write_stories(&folder, &stop, &written))
    };
    let deadline = Instant::now() + SETTLE;
    while house.stories() == 0 {
        assert!(Instant::now() < deadline, "no story arrives");
        thread::sleep(Duration::from_millis(100));
    }
    let options = KafkaOptions { bootstrap: broker.bootstrap.clone(), ..KafkaOptions::default() };
    let (bus, mut others) = (Kafka::open(options).unwrap(), Vec::new());
    let mut slowest = Duration::ZERO;
    for (step, (service, instances)) in INSTANCES.into_iter().enumerate() {
        others.extend(write_as_other_builds(&bus, step));
        for number in 0..instances {
            let old = running.remove(&(service, number)).unwrap();
            let start = Instant::now();
            assert!(old.stop(DRAIN).unwrap(), "{service}-{number} drains within {DRAIN:?}");
            slowest = slowest.max(start.elapsed());
            running.insert((service, number), house.start(service, number));
            thread::sleep(Duration::from_millis(300));
        }
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let written = written.load(Ordering::Relaxed);
    let all = written + others.len();
    let deadline = Instant::now() + SETTLE;
    while house.stories() < all {
        assert!(Instant::now() < deadline, "{} of {all} stories arrived", house.stories());
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(house.stories(), all);
    settled(&house);
    for (_, instance) in running {
        assert!(instance.stop(Duration::from_secs(20)).unwrap(), "it drains and exits with 0");
    }
    let finished = once_without(house.finished(), &others);
    for (service, _) in INSTANCES {
        let own = finished.iter().filter(|(key, _)| key.0 == service);
        let counts: Vec<usize> = own.map(|(_, count)| *count).collect();
        assert_eq!(counts.len(), written, "stories that {service} finished");
        assert!(counts.iter().all(|count| *count == 1), "{service} finished a story twice");
    }
    println!("{written} stories over 11 restarts; slowest end {} ms", slowest.as_millis());
}

/// What was finished, without the stories of other builds, of which each service that met one must have
/// finished it once, and the sink each.
fn once_without(
    mut finished: BTreeMap<(String, String), usize>,
    others: &[StoryId],
) -> BTreeMap<(String, String), usize> {
    for story in others {
        let sunk = finished.get(&("sink".to_owned(), story.to_string()));
        assert_eq!(sunk, Some(&1), "a story of another build");
        finished.retain(|(_, own), count| own != story.as_str() || *count != 1);
    }
    finished
}

/// Waits until nothing waits for any stage.
fn settled(house: &House) {
    let deadline = Instant::now() + SETTLE;
    loop {
        let sample: Value =
            serde_json::from_str(&house.dateline(&["top", "--json", "--interval-ms", "200"]))
                .unwrap();
        let stages = sample["stages"].as_array().unwrap();
        if stages.iter().all(|stage| stage["lag"] == 0) {
            return;
        }
        assert!(Instant::now() < deadline, "lag is left: {sample}");
    }
}

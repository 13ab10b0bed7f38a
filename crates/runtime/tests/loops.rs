//! The three loops on the embedded bus: what a stage author may rely on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use common::{all, clean, events, output, produce, raw, relations, settings};
use dateline_bus::{Output, Place, Positions, Received};
use dateline_record::{
    CleanStory, DeadLetter, FaultCode, FetchState, RawStory, Record, SkipReason, SourceId,
    SourceKind, SourceSpec, Timestamp, read,
};
use dateline_runtime::{
    Fault, Landing, Outcome, Polled, Process, Sink, SinkRecord, Source, Stage, Territory, Written,
    logging::LogLevel,
};

/// Any section of the configuration.
type AnyConfig = BTreeMap<String, toml::Value>;

/// Runs a process until `done`, or fails after 20 s.
fn run(process: Process, mut done: impl FnMut(&Process) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let done = |process: &Process| {
        assert!(Instant::now() < deadline, "not done in time");
        Ok(done(process))
    };
    process.run(LogLevel::fixed(), done).unwrap();
}

/// Does what a story's text asks for.
struct Obedient {
    tries: AtomicU32,
}

impl Stage for Obedient {
    const NAME: &'static str = "cleaner";
    type In = RawStory;
    type Out = CleanStory;
    type Config = AnyConfig;

    fn new(_: AnyConfig) -> anyhow::Result<Self> {
        Ok(Self { tries: AtomicU32::new(0) })
    }

    fn handle(&self, record: RawStory) -> Result<Outcome<CleanStory>, Fault> {
        match record.body.as_bytes() {
            b"skip" => Ok(Outcome::Skip(SkipReason::NoStory)),
            b"poison" => Err(Fault::poison(FaultCode::BadDocument, "asked for it")),
            b"panic" => panic!("asked for it"),
            b"retry for ever" => Err(Fault::retry("not yet")),
            b"retry once" if self.tries.fetch_add(1, Ordering::SeqCst) == 0 => {
                Err(Fault::retry("not yet"))
            }
            _ => Ok(Outcome::Emit(clean(&record))),
        }
    }
}

fn value<R: Record>(received: &Received) -> R {
    read(received.record.value.as_ref().unwrap()).unwrap()
}

fn titles(emitted: &[Received]) -> Vec<String> {
    emitted.iter().map(|received| value::<CleanStory>(received).title).collect()
}

fn letters(dead: &[Received]) -> BTreeMap<&'static str, DeadLetter> {
    let letters = dead.iter().map(value::<DeadLetter>);
    letters.map(|letter| (letter.code.as_str(), letter)).collect()
}

#[test]
fn every_record_of_a_stage_ends_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::new(settings(folder.path())).unwrap();
    let asked = ["one", "skip", "poison", "panic", "retry for ever", "retry once", "two"];
    let mut outputs: Vec<Output> = asked.iter().map(|text| output(&raw(text, text))).collect();
    let mut damaged = output(&raw("damaged", "x"));
    damaged.record.value = Some(b"{\"story_id\": 7}".as_slice().into());
    outputs.push(damaged.clone());
    produce(&process, outputs);
    process.stage::<Obedient>().unwrap();
    let engine = Arc::clone(process.engine());
    let (mut dead, mut emitted) = (Vec::new(), Vec::new());
    run(process, |process| {
        (dead, emitted) = (all(process, DeadLetter::TOPIC), all(process, CleanStory::TOPIC));
        process.behind().unwrap() == 0
    });
    let mut titles = titles(&emitted);
    titles.sort();
    assert_eq!(titles, ["one", "retry once", "two"]);
    let letters = letters(&dead);
    let codes: Vec<&str> = letters.keys().copied().collect();
    assert_eq!(codes, ["bad_document", "bad_record", "panic", "retries_exhausted"]);
    let bad = &letters["bad_record"];
    assert!(bad.what.contains("field story_id"), "{}", bad.what);
    assert_eq!(bad.value.as_ref().unwrap().as_bytes(), b"{\"story_id\": 7}");
    let header = bad.headers.iter().find(|(header, _)| header == "traceparent").unwrap();
    let sent = damaged.record.header("traceparent").map(AsRef::as_ref);
    assert_eq!(Some(header.1.as_bytes()), sent);
    assert_eq!(letters["retries_exhausted"].attempts, 3);
    assert_eq!(engine.metrics.count("cleaner", "ok", ""), 3);
    assert_eq!(engine.metrics.count("cleaner", "skipped", "no_story"), 1);
    assert_eq!(engine.metrics.count("cleaner", "dead_lettered", "panic"), 1);
}

#[test]
fn the_trace_of_a_story_goes_on_and_its_headers_stand() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::new(settings(folder.path())).unwrap();
    let sent = output(&raw("one", "one"));
    produce(&process, vec![sent.clone()]);
    process.stage::<Obedient>().unwrap();
    let mut emitted = Vec::new();
    run(process, |process| {
        emitted = all(process, CleanStory::TOPIC);
        !emitted.is_empty()
    });
    let text = |record: &dateline_bus::Record, name: &str| {
        String::from_utf8(record.header(name).unwrap().to_vec()).unwrap()
    };
    let record = &emitted[0].record;
    assert_eq!(text(record, "traceparent")[..36], text(&sent.record, "traceparent")[..36]);
    assert_ne!(text(record, "traceparent"), text(&sent.record, "traceparent"));
    assert_eq!(text(record, "ce_type"), "dateline.clean.v1");
    assert_eq!(text(record, "ce_time"), "1970-01-01T00:00:01.000Z");
    assert_eq!(record.key, sent.record.key);
}

/// Gives three stories a poll until nine are out; its second poll panics.
struct Thrice {
    polls: AtomicU32,
}

impl Source for Thrice {
    const NAME: &'static str = "fetcher";
    type Config = AnyConfig;

    fn new(_: AnyConfig) -> anyhow::Result<Self> {
        Ok(Self { polls: AtomicU32::new(0) })
    }

    async fn poll(
        &self,
        mut state: FetchState,
        _: Timestamp,
        _: &Territory,
    ) -> Result<Polled, Fault> {
        assert_ne!(self.polls.fetch_add(1, Ordering::SeqCst), 1, "the second poll panics");
        let stories = (0..3).map(|number| {
            let name = format!("story {}", state.cursor_item + number);
            raw(&name, &name)
        });
        let stories = stories.collect();
        state.cursor_item += 3;
        state.exhausted = state.cursor_item == 9;
        Ok(Polled { stories, errands: Vec::new(), dead: Vec::new(), state, http_status: None })
    }
}

#[test]
fn a_source_is_read_to_its_end_though_a_poll_panics() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::new(settings(folder.path())).unwrap();
    let id = SourceId::from_lossy("thrice");
    let kind = SourceKind::Folder { path: "x".to_owned(), watch: false, interval_seconds: 1 };
    let updated_at = Timestamp::from_millis(1);

    let spec = SourceSpec {
        id: id.clone(),
        provider: None,
        route: None,
        kind,
        language: None,
        updated_at,
    };
    produce(&process, vec![output(&spec)]);
    process.source::<Thrice>().unwrap();
    let mut raws = Vec::new();
    run(process, |process| {
        raws = all(process, RawStory::TOPIC);
        process.engine().is_exhausted(id.as_str())
    });
    let mut ids: Vec<String> = raws
        .iter()
        .map(|received| read::<RawStory>(received.record.value.as_ref().unwrap()).unwrap())
        .map(|story| story.provider_id)
        .collect();
    ids.sort();
    let expected: Vec<String> = (0..9).map(|number| format!("story {number}")).collect();
    assert_eq!(ids, expected);
}

/// A table in memory.
struct Table;

/// What a database would keep: rows, and the next offsets.
#[derive(Default)]
struct Kept {
    rows: Vec<String>,
    next: BTreeMap<Place, u64>,
    /// Calls that will fail.
    down: u32,
    /// Writes that will find another writer.
    rivals: u32,
}

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

fn rows() -> Vec<String> {
    let mut rows = KEPT.lock().unwrap().rows.clone();
    rows.sort();
    rows
}

/// The title of a story, or the id of one whose relations come.
fn title(landing: &Landing) -> String {
    match landing {
        Landing::Events(record) => record.story.title.clone(),
        Landing::Relations(record) => record.story_id.to_string(),
    }
}

impl Sink for Table {
    const NAME: &'static str = "sink";
    type Config = AnyConfig;

    fn new(_: AnyConfig) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        Ok(KEPT.lock().unwrap().next.get(place).copied())
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        (title(record) == "unfit").then(|| "story.title: the table does not like it".into())
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let mut kept = KEPT.lock().unwrap();
        if kept.rivals > 0 {
            kept.rivals -= 1;
            return Ok(Written::Fenced("another writer".to_owned()));
        }
        if kept.down > 0 {
            kept.down -= 1;
            return Err(Fault::retry("the table is down"));
        }
        kept.rows.extend(records.iter().map(|record| title(&record.record)));
        kept.next.extend(next.clone());
        Ok(Written::Rows(records.len() as u64))
    }
}

#[test]
fn a_sinks_own_positions_are_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let run_until = |more: &[&str], expected: &[&str]| {
        let mut process = Process::new(settings(folder.path())).unwrap();
        produce(&process, more.iter().map(|title| output(&events(title))).collect());
        process.sink::<Table>().unwrap();
        run(process, |process| rows() == expected && process.behind().unwrap() == 0);
    };
    // A target that is down loses nothing, and what it cannot take is dead-lettered.
    KEPT.lock().unwrap().down = 2;
    run_until(&["a", "unfit", "b", "c"], &["a", "b", "c"]);
    let process = Process::new(settings(folder.path())).unwrap();
    assert_eq!(all(&process, DeadLetter::TOPIC).len(), 1);
    // A restart repeats nothing, and one that was fenced asks where to go on.
    KEPT.lock().unwrap().rivals = 1;
    run_until(&["d"], &["a", "b", "c", "d"]);
    // Relations land beside the events, each from a topic of its own.
    let process = Process::new(settings(folder.path())).unwrap();
    let lone = relations("lone");
    let id = lone.story_id.to_string();
    produce(&process, vec![output(&lone)]);
    drop(process);
    run_until(&[], &[&id, "a", "b", "c", "d"]);
    // The target is lost: it is filled again from the beginning, whatever the group says.
    *KEPT.lock().unwrap() = Kept::default();
    run_until(&[], &[&id, "a", "b", "c", "d"]);
}

//! How long the console's questions take with a million events: writes a warehouse of that size through
//! the sink (once), serves it, and asks each question several times.
//! `cargo run --release -p integration-tests --example million -- FOLDER [EVENTS] [POSTGRES_URL]`
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)] // a measurement, to be read

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use dateline_bus::{Place, Positions, Topic};
use dateline_record::{
    Event, EventId, EventType, Provenance, Record, StoryEvents, StoryId, Timestamp,
};
use dateline_runtime::{Landing, Sink, SinkRecord, config::Settings};
use integration_tests::pipeline::binary;
use serde_json::json;
use sink::Warehouse;

/// Events of one story.
const PER_STORY: u64 = 5;

/// Stories of one commit.
const UNIT: u64 = 1_000;

const COUNTRIES: [(&str, f64, f64); 12] = [
    ("USA", 38.9, -77.0),
    ("RUS", 55.8, 37.6),
    ("CHN", 39.9, 116.4),
    ("IRQ", 33.3, 44.4),
    ("UKR", 50.5, 30.5),
    ("DEU", 52.5, 13.4),
    ("JPN", 35.7, 139.7),
    ("FRA", 48.9, 2.4),
    ("IND", 28.6, 77.2),
    ("BRA", -15.8, -47.9),
    ("GEO", 41.7, 44.8),
    ("FJI", -18.1, 178.4),
];

const QUESTIONS: [(&str, &str); 30] = [
    ("latest", "events"),
    ("latest 1,000, for the map", "events?limit=1000"),
    ("deep page", "events?before=2015-06-01T00:00:00.000Z~zzz"),
    ("type", "events?type=ASSAULT"),
    ("quad class", "events?quad=material_cooperation"),
    ("common country", "events?country=USA"),
    ("rare country", "events?country=FJI"),
    ("country and type", "events?country=FJI&type=AID"),
    ("actor by code", "events?actor=JPN"),
    ("actor by name", "events?actor=minister+of+Fji"),
    ("code, type and status, none", "events?actor=FJI&type=AID&status=planned"),
    ("common name", "events?actor=minister+of+USA"),
    ("common name, no such source", "events?actor=minister+of+USA&source=nobody"),
    ("name and month", "events?actor=minister+of+Fji&from=2015-03-01&to=2015-03-31"),
    ("common name, rare country", "events?actor=minister+of+USA&country=FJI"),
    ("common words and code", "events?text=foreign+minister&actor=JPN"),
    (
        "country and type, deep",
        "events?country=USA&type=ASSAULT&before=2015-06-01T00:00:00.000Z~zzz",
    ),
    ("source", "events?source=source-7"),
    ("a month", "events?from=2015-03-01&to=2015-03-31"),
    ("word that all have", "events?text=foreign"),
    ("words that all have", "events?text=official+foreign+ministers"),
    ("1,000 with words that all have", "events?text=official+foreign&limit=1000"),
    (
        "many words, no such source",
        "events?text=official+foreign+met+talks+reporters&source=nobody",
    ),
    ("rare and common words", "events?text=777777+foreign+official"),
    ("begin of words that all have", "events?text=for"),
    ("word that none has", "events?text=unheard"),
    ("common words, none with both", "events?text=foreign+unheard"),
    ("word of one event", "events?text=777777"),
    ("word of one in 4,096, with a type", "events?text=fji&type=AID"),
    ("common word, no such source", "events?text=foreign&source=nobody"),
];

fn main() {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("FOLDER"));
    let events: u64 = arguments.next().map_or(1_000_000, |text| text.parse().unwrap());
    let url = arguments.next().unwrap_or_default();
    fs::create_dir_all(&folder).unwrap();
    let settings = folder.join("dateline.toml");
    let path = folder.join("warehouse.sqlite3").display().to_string();
    let target = if url.is_empty() {
        format!("sink.sqlite.path = \"{path}\"\n")
    } else {
        format!("sink.target = \"postgres\"\nsink.postgres.url = \"{url}\"\n")
    };
    if !settings.exists() {
        let start = Instant::now();
        fs::write(&settings, target).unwrap();
        fill(&settings, events);
        println!("{events} events written in {:.0} s", start.elapsed().as_secs_f64());
    }
    let (mut child, address) = serve(&folder, &settings);
    let story = format!("stories/{}", story_id(events / PER_STORY / 2));
    println!("{:<36} {:>9} {:>9} {:>7}", "question", "median ms", "worst ms", "events");
    let mut worst = 0.0_f64;
    for (name, question) in QUESTIONS.iter().chain(&[("story", story.as_str())]) {
        let mut answers: Vec<(f64, usize)> = (0..11).map(|_| ask(&address, question)).collect();
        // The first meets cold pages; it counts for the worst.
        answers.sort_by(|one, other| one.0.total_cmp(&other.0));
        worst = worst.max(answers[10].0);
        println!("{name:<36} {:>9.1} {:>9.1} {:>7}", answers[5].0, answers[10].0, answers[0].1);
    }
    println!("{:<36} {:>9} {worst:>9.1}", "all", "");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn story_id(number: u64) -> String {
    // Spread like hashes are, so that the index is met at random.
    format!("{:016x}{number:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn fill(settings: &Path, events: u64) {
    let settings = Settings::load(Some(settings), []).unwrap();
    let mut sink = Warehouse::new(settings.section("sink").unwrap()).unwrap();
    let place: Place = (Topic::new(StoryEvents::TOPIC), 0);
    sink.position(&place).unwrap();
    let stories = events / PER_STORY;
    for from in (0..stories).step_by(usize::try_from(UNIT).unwrap()) {
        let to = (from + UNIT).min(stories);
        let record = |offset| {
            let record = Landing::Events(Box::new(story(offset)));
            SinkRecord { place: place.clone(), offset, record }
        };
        let records: Vec<SinkRecord> = (from..to).map(record).collect();
        sink.write(&records, &Positions::from([(place.clone(), to)])).unwrap();
    }
}

fn story(number: u64) -> StoryEvents {
    let told = Timestamp::from_millis(1_420_070_400_000 + i64::try_from(number).unwrap() * 300_000);
    let mut text = format!("Foreign ministers met on day {number}, officials said. ").repeat(30);
    let mut events = Vec::new();
    for sentence in 0..PER_STORY {
        events.push(event(number * PER_STORY + sentence, sentence, &mut text));
    }
    serde_json::from_value(json!({
        "story": {
            "story_id": story_id(number), "revision": 1, "status": "usable", "signal": "new",
            "source_id": format!("source-{}", number % 60), "provider": "example.com",
            "title": format!("Ministers meet, round {number}"), "published_at": told,
            "fetched_at": told, "language": {"code": "en", "confidence": "high"},
            "word_count": 300, "text": text,
        },
        "mentions": [], "events": events, "provenance": Provenance::default(),
    }))
    .unwrap()
}

fn event(seed: u64, sentence: u64, text: &mut String) -> Event {
    let kind = EventType::ALL[usize::try_from(seed.wrapping_mul(7) % 16).unwrap()];
    // The last countries come ever more seldom: Fiji once in 4,096 events.
    let rank = usize::try_from(seed.wrapping_mul(0x9e37_79b9).trailing_zeros()).unwrap().min(11);
    let other = usize::try_from(seed / 3 % 12).unwrap();
    let ((place, latitude, longitude), (target, ..)) = (COUNTRIES[rank], COUNTRIES[other]);
    let start = text.len();
    write!(
        text,
        "The foreign minister of {place} met envoys of {target} in round {seed}, an official who did \
         not want to be named told reporters after the talks had ended late at night. "
    )
    .unwrap();
    let side = |name: String, code: &str| {
        json!({"text": name, "name": name, "code": code, "sector": "GOV",
            "span": {"start": start, "end": start + 3}})
    };
    let id = EventId::derive(&StoryId::derive("m", &seed.to_string()), kind, (place, target), "");
    serde_json::from_value(json!({
        "event_id": id, "type": kind, "quad": kind.quad(), "status": "actual",
        "source": side(format!("minister of {place}"), place), "target": side(target.to_owned(), target),
        "reciprocal": false,
        "date": {"from": "2015-01-01", "to": "2015-01-01", "granularity": "day", "basis": "expression"},
        "place": {"name": place, "country": place, "latitude": latitude, "longitude": longitude},
        "sentence": sentence, "sentence_span": {"start": start, "end": text.len()},
        "trigger": "met", "trigger_span": {"start": start, "end": start + 3},
        "rule": "verb.consult.meet", "confidence": 0.8, "intensity": 2.5,
        "trace": ["type: verb.consult.meet"],
    }))
    .unwrap()
}

fn serve(folder: &Path, settings: &Path) -> (Child, String) {
    let mut child = Command::new(binary("dateline").unwrap())
        .args(["console", "--listen", "127.0.0.1:0", "--config"])
        .arg(settings)
        // No topics there: only the warehouse is shown.
        .env("DATELINE_BUS__DATA_DIR", folder.join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("http://").map(str::to_owned));
    (child, line.unwrap().trim_end_matches('/').to_owned())
}

/// Milliseconds from the question to the last byte of the answer, and the events in it.
fn ask(address: &str, question: &str) -> (f64, usize) {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /api/{question} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let elapsed = start.elapsed().as_secs_f64() * 1_000.0;
    assert!(answer.starts_with("HTTP/1.1 200"), "{question}: {answer}");
    (elapsed, answer.matches("\"event_id\"").count())
}

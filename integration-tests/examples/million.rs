//! How long the console's questions take with a million events: writes a warehouse of that size below
//! `FOLDER` (once), serves it, and asks each question several times.
//! `cargo run --release -p integration-tests --example million -- FOLDER [EVENTS]`
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)] // a measurement, to be read

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use dateline_record::{EventType, Timestamp};
use integration_tests::pipeline::binary;
use rusqlite::{Connection, params};
use sink::ddl::{self, Dialect};

/// Events of one story.
const PER_STORY: u64 = 5;

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

const QUESTIONS: [(&str, &str); 14] = [
    ("latest", "events"),
    ("latest 1,000, for the map", "events?limit=1000"),
    ("deep page", "events?before=2015-06-01T00:00:00.000Z~zzz"),
    ("type", "events?type=ASSAULT"),
    ("quad class", "events?quad=material_cooperation"),
    ("common country", "events?country=USA"),
    ("rare country", "events?country=FJI"),
    ("country and type", "events?country=FJI&type=AID"),
    ("actor by code", "events?actor=JPN"),
    ("actor by name", "events?actor=minister+of+FJI"),
    ("source", "events?source=source-7"),
    ("a month", "events?from=2015-03-01&to=2015-03-31"),
    ("word that all have", "events?text=foreign"),
    ("word that none has", "events?text=unheard"),
];

fn main() {
    let mut arguments = env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().expect("FOLDER"));
    let events: u64 =
        arguments.next().map_or(1_000_000, |text| text.to_str().unwrap().parse().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("warehouse.sqlite3");
    if !path.exists() {
        let start = Instant::now();
        fill(&path, events);
        println!("{events} events written in {:.0} s", start.elapsed().as_secs_f64());
    }
    println!("{} MB", fs::metadata(&path).unwrap().len() / 1_000_000);
    let (mut child, address) = serve(&folder);
    let story = story_id(events / PER_STORY / 2);
    let story = format!("stories/{story}");
    println!("{:<28} {:>9} {:>9}", "question", "median ms", "worst ms");
    let mut worst = 0.0_f64;
    for (name, question) in QUESTIONS.iter().chain(&[("story", story.as_str())]) {
        let mut times: Vec<f64> = (0..11).map(|_| ask(&address, question)).collect();
        // The first meets cold pages; it counts for the worst.
        times.sort_by(f64::total_cmp);
        worst = worst.max(times[10]);
        println!("{name:<28} {:>9.1} {:>9.1}", times[5], times[10]);
    }
    println!("{:<28} {:>9} {worst:>9.1}", "all", "");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn story_id(number: u64) -> String {
    // Spread like hashes are, so that the index is met at random.
    format!("{:016x}{number:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn fill(path: &Path, events: u64) {
    let mut connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;").unwrap();
    for statement in ddl::current_tables(Dialect::Sqlite) {
        connection.execute_batch(&statement).unwrap();
    }
    let tx = connection.transaction().unwrap();
    tx.execute("INSERT INTO positions VALUES ('dateline.events.v1', 0, 7)", []).unwrap();
    for number in 0..events / PER_STORY {
        fill_story(&tx, number);
    }
    tx.commit().unwrap();
}

fn fill_story(tx: &Connection, number: u64) {
    let id = story_id(number);
    let told = Timestamp::from_millis(1_420_070_400_000 + i64::try_from(number).unwrap() * 300_000);
    let told = told.to_string();
    let text = format!("Foreign ministers met on day {number}, officials said. ").repeat(40);
    tx.prepare_cached(
        "INSERT INTO stories (story_id, revision, status, signal, source_id, provider, title, text, \
         published_at, fetched_at, language, word_count, log_topic, log_partition, log_offset) \
         VALUES (?1, 1, 'usable', 'new', ?2, 'example.com', ?3, ?4, ?5, ?5, 'en', 300, \
         'dateline.events.v1', 0, ?6)",
    )
    .unwrap()
    .execute(params![
        id, format!("source-{}", number % 60), format!("Ministers meet, round {number}"), text, told, number
    ])
    .unwrap();
    tx.prepare_cached(
        "INSERT INTO changes (story_id, revision, status, events, mentions, relations, op, log_topic, \
         log_partition, log_offset, ingested_at) VALUES (?1, 1, 'usable', 5, 0, 0, 'insert', \
         'dateline.events.v1', 0, ?2, ?3)",
    )
    .unwrap()
    .execute(params![id, number, told])
    .unwrap();
    for sentence in 0..PER_STORY {
        let seed = number * PER_STORY + sentence;
        let kind = EventType::ALL[usize::try_from(seed.wrapping_mul(7) % 16).unwrap()];
        // The last countries come ever more seldom: Fiji once in 4,096 events.
        let rank =
            usize::try_from(seed.wrapping_mul(0x9e37_79b9).trailing_zeros()).unwrap().min(11);
        let other = usize::try_from(seed / 3 % 12).unwrap();
        let ((place, latitude, longitude), (target, ..)) = (COUNTRIES[rank], COUNTRIES[other]);
        tx.prepare_cached(
            "INSERT INTO events (event_id, story_id, revision, type, status, source_text, \
             source_name, source_code, source_sector, target_text, target_code, reciprocal, date_from, \
             date_to, place_name, place_country, latitude, longitude, sentence, sentence_text, trigger, \
             rule, confidence, quad, intensity, told_at, trace) VALUES (?1, ?2, 1, ?3, 'actual', ?4, ?4, \
             ?5, 'GOV', ?6, ?6, 0, ?7, ?7, ?5, ?5, ?8, ?9, ?10, ?11, 'met', 'verb.consult.meet', 0.8, \
             ?12, 2.5, ?13, 'type: verb.consult.meet')",
        )
        .unwrap()
        .execute(params![
            format!("{:016x}{seed:016x}", seed.wrapping_mul(0xd134_2543_de82_ef95)), id, kind.as_str(),
            format!("minister of {place}"), place, target, &told[..10], latitude, longitude, sentence,
            format!("The foreign minister of {place} met envoys of {target} in round {seed}, an official \
                 who did not want to be named told reporters after the talks had ended late at night."),
            kind.quad().as_str(), told
        ])
        .unwrap();
    }
}

fn serve(folder: &Path) -> (Child, String) {
    let mut child = Command::new(binary("dateline").unwrap())
        .args(["console", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("http://").map(str::to_owned));
    (child, line.unwrap().trim_end_matches('/').to_owned())
}

/// Milliseconds from the question to the last byte of the answer.
fn ask(address: &str, question: &str) -> f64 {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /api/{question} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{question}: {answer}");
    start.elapsed().as_secs_f64() * 1_000.0
}

//! Measures the targets of the sink; prints one line for each.
//!
//! ```text
//! cargo run --release -p sink --example bench -- FOLDER [sqlite|jsonl|parquet|delta]
//! cargo run --release -p sink --example bench -- FOLDER postgres "host=... dbname=..."
//! cargo run --release -p sink --example bench -- FOLDER clickhouse|iceberg "http://..."
//! ```
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

mod by_row;
mod record;

use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use dateline_bus::Positions;
use dateline_runtime::{Sink, Written, config::Settings};
use sink::Warehouse;

/// Records of one commit: tables of a lake are written in greater ones.
fn unit_of(target: &str) -> u64 {
    if ["delta", "iceberg"].contains(&target) { 5_000 } else { 1_000 }
}

/// Records of one run.
const RECORDS: u64 = 60_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let folder = Path::new(arguments.first().context("name a folder")?);
    let target = arguments.get(1).map_or("sqlite", String::as_str);
    let url = arguments.get(2).map_or("", String::as_str);
    let mut sink = open(target, folder, url)?;
    let fast = write(target, RECORDS, |from, to, records| {
        let next = Positions::from([(record::place(), to)]);
        if from == 0 {
            sink.position(&record::place()).map_err(|fault| anyhow::anyhow!("{fault:?}"))?;
        }
        match sink.write(&records, &next) {
            Ok(Written::Rows(rows)) => Ok(rows),
            other => bail!("{other:?}"),
        }
    })?;
    println!("{fast}");
    if target == "postgres" {
        let mut by_row = by_row::ByRow::open(url)?;
        let slow = write("one statement a row", RECORDS / 3, |from, to, _| by_row.write(from, to))?;
        println!("{slow}, {:.2} times as fast by COPY", fast.rate() / slow.rate());
    }
    println!("{}", bytes(target, folder));
    Ok(())
}

fn open(target: &str, folder: &Path, url: &str) -> anyhow::Result<Warehouse> {
    let mut settings = Settings::defaults()?;
    let below = |name: &str| folder.join(name).display().to_string();
    settings.set(&["sink", "target"], target)?;
    settings.set(&["sink", "sqlite", "path"], below("warehouse.sqlite3"))?;
    settings.set(&["sink", "jsonl", "path"], below("jsonl"))?;
    settings.set(&["sink", "parquet", "path"], below("parquet"))?;
    settings.set(&["sink", "delta", "path"], below("delta"))?;
    settings.set(&["sink", "iceberg", "uri"], url)?;
    settings.set(&["sink", "postgres", "url"], url)?;
    settings.set(&["sink", "clickhouse", "url"], url)?;
    Warehouse::new(settings.section("sink")?)
}

/// What a run took.
struct Figure {
    name: String,
    records: u64,
    unit: u64,
    rows: u64,
    commits: Vec<Duration>,
}

impl Figure {
    fn rate(&self) -> f64 {
        self.rows as f64 / self.commits.iter().sum::<Duration>().as_secs_f64()
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.commits.iter().sum::<Duration>().as_secs_f64();
        let at = |part: f64| {
            let mut sorted = self.commits.clone();
            sorted.sort_unstable();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a place in a list
            let place = ((sorted.len() - 1) as f64 * part).round() as usize;
            sorted[place].as_secs_f64() * 1_000.0
        };
        write!(
            f,
            "{}: {:.0} records/s, {:.0} rows/s; commits of {}: p50 {:.0} ms, p99 {:.0} ms",
            self.name,
            self.records as f64 / seconds,
            self.rows as f64 / seconds,
            self.unit,
            at(0.5),
            at(0.99)
        )
    }
}

/// Writes records in units; only the writing is timed.
fn write(
    name: &str,
    records: u64,
    mut unit: impl FnMut(u64, u64, Vec<dateline_runtime::SinkRecord>) -> anyhow::Result<u64>,
) -> anyhow::Result<Figure> {
    let size = unit_of(name);
    let mut figure =
        Figure { name: name.to_owned(), records, unit: size, rows: 0, commits: Vec::new() };
    for from in (0..records).step_by(usize::try_from(size)?) {
        let to = from + size;
        let batch = (from..to).map(record::record).collect();
        let start = Instant::now();
        figure.rows += unit(from, to, batch)?;
        figure.commits.push(start.elapsed());
    }
    Ok(figure)
}

/// The bytes of all files below a folder.
fn disk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => disk(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

/// What a record is as JSON, and what it is on the disk.
fn bytes(target: &str, folder: &Path) -> String {
    let json = (0..1_000).map(record::json_bytes).sum::<u64>() / 1_000;
    let disk = disk(folder);
    let memory = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?");
    format!(
        "{target}: {json} bytes of JSON a record, {} on the disk; memory at most {}",
        disk / RECORDS,
        memory.trim()
    )
}

//! Times the cleaning of the pages of a folder, one thread: `times FOLDER [ROUNDS]`. Prints mean, p99
//! and worst (time of the processor where Linux tells it) over all pages, each page by its best round, and the slowest pages.
#![allow(clippy::print_stdout)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};
use cleaner::{Cleaner, Config};
use dateline_record::{Format, RawStory, Timestamp};
use dateline_runtime::Stage;

/// So many of the slowest pages are named.
const NAMED: usize = 5;

fn main() -> Result<()> {
    let usage = "usage: times FOLDER [ROUNDS]";
    let folder = env::args().nth(1).context(usage)?;
    let rounds: usize = env::args().nth(2).map_or(Ok(3), |rounds| rounds.parse())?;
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let stage = Cleaner::new(config)?;
    let mut paths = Vec::new();
    find(Path::new(&folder), &mut paths)?;
    paths.sort();
    let mut times: Vec<(f64, &PathBuf)> = Vec::new();
    for path in &paths {
        let page = read(path)?;
        let best = (0..rounds.max(1)).map(|_| milliseconds(&stage, &page)).fold(f64::MAX, f64::min);
        times.push((best, path));
    }
    anyhow::ensure!(!times.is_empty(), "{folder} holds no pages");
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    print(&times);
    Ok(())
}

// The counts are small.
#[allow(clippy::cast_precision_loss)]
fn print(times: &[(f64, &PathBuf)]) {
    let mean = times.iter().map(|(time, _)| time).sum::<f64>() / times.len() as f64;
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].0;
    println!(
        "{} pages: mean {mean:.2} ms, p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
    for (time, path) in times.iter().rev().take(NAMED) {
        println!("{time:.2} ms {}", path.display());
    }
}

fn milliseconds(stage: &Cleaner, page: &[u8]) -> f64 {
    let raw = RawStory::new("pages", "1", Format::Html, page, Timestamp::from_millis(0));
    let (start, begun) = (Instant::now(), cpu_milliseconds());
    let _ = stage.handle(raw);
    match (begun, cpu_milliseconds()) {
        (Some(begun), Some(ended)) => ended - begun,
        _ => start.elapsed().as_secs_f64() * 1000.0,
    }
}

/// What this thread has computed, where the kernel tells: others that run beside it do not count.
// The nanoseconds of a run fit.
#[allow(clippy::cast_precision_loss)]
fn cpu_milliseconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1_000_000.0)
}

/// A page as it stands in the corpus, packed or not.
fn read(path: &Path) -> Result<Vec<u8>> {
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(fs::read(path)?);
    }
    Ok(Command::new("gzip").arg("-dc").arg(path).output()?.stdout)
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "html" || extension == "gz")
        {
            paths.push(path);
        }
    }
    Ok(())
}

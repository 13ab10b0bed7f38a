//! A long run of the embedded pipeline, five services as processes of their own:
//! `soak REUTERS_FOLDER STORIES`. Stories are made of sentences of Reuters-21578 drawn by their number, three
//! in the middle, and come as files of a watched folder, never more than a few files ahead
//! of the warehouse. Prints memory, threads and files of each service, disk and rate all along, and fails
//! where one of them is not bounded.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)] // figures for people to read

#[path = "soak/process.rs"]
mod process;

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use integration_tests::pipeline::{Running, binary, open};
use process::{Sample, Usage};
use serde_json::json;

const SERVICES: [&str; 5] = ["fetcher", "cleaner", "cluster", "entity-extractor", "sink"];

/// Stories of a file.
const PER_FILE: usize = 1_000;

/// Stories that may be under way.
const AHEAD: usize = 20_000;

/// The time between two samples.
const EVERY: Duration = Duration::from_secs(10);

/// What each service may take, in MB.
const MEMORY_MB: f64 = 200.0;

/// What the bus may take on disk, in MB: 36 partitions of the main topics and as much again for the pages
/// of a unit that are not free yet.
const DISK_MB: f64 = 2_000.0;

/// No row for so long: it hangs.
const PATIENCE: Duration = Duration::from_mins(2);

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().context("soak REUTERS_FOLDER STORIES");
    let sentences = sentences(Path::new(&next()?))?;
    let stories: usize = next()?.parse()?;
    let folder = tempfile::tempdir()?;
    let services = start(folder.path())?;
    let samples = run(folder.path(), &sentences, stories, &services)?;
    for (service, _) in services.into_iter().rev() {
        ensure!(service.stop(Duration::from_secs(20))?, "a service did not end well");
    }
    report(&samples)
}

/// The sentences of all bodies, without those of tables.
fn sentences(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "sgm")) {
        // Latin-1, so that every byte is a character.
        let text: String = fs::read(path)?.into_iter().map(char::from).collect();
        for body in text.split("<BODY>").skip(1) {
            let body = body.split("</BODY>").next().unwrap_or_default();
            let body = body.replace("&lt;", "<").replace("&#3;", " ").replace("&amp;", "&");
            let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
            let whole = body.split_inclusive(". ").map(str::trim);
            let told = |one: &&str| one.len() > 60 && one.len() < 300 && one.ends_with('.');
            found.extend(whole.filter(told).map(str::to_owned));
        }
    }
    ensure!(found.len() > 1_000, "{}: no Reuters-21578 here", folder.display());
    Ok(found)
}

fn start(folder: &Path) -> Result<Vec<(Running, u32)>> {
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    fs::create_dir_all(folder.join("in"))?;
    fs::create_dir_all(folder.join("sources"))?;
    let source = format!("kind = \"folder\"\npath = {}\nwatch = true\n", path("in"));
    fs::write(folder.join("sources/desk.toml"), source)?;
    // Bounds that the run comes to: all windows are full and all logs cut long before it ends.
    let settings = format!(
        "log.format = \"json\"\nlog.sample_one_in = 1000\nadmin.listen = \"\"\n\
         sink.sqlite.path = {}\nbus.data_dir = {}\nbus.retention_bytes = 16000000\n\
         cleaner.unchanged_max_stories = 50000\ncluster.max_stories = 50000\n",
        path("warehouse.sqlite3"),
        path("data")
    );
    fs::write(folder.join("dateline.toml"), settings)?;
    let config = folder.join("dateline.toml");
    let mut command = std::process::Command::new(binary("dateline")?);
    command.arg("sources").arg(folder.join("sources")).arg("--config").arg(&config);
    ensure!(command.stdout(std::process::Stdio::null()).status()?.success(), "dateline sources");
    let start = |program: &&str| -> Result<(Running, u32)> {
        let log = fs::File::create(folder.join(format!("{program}.log")))?;
        let mut command = std::process::Command::new(binary(program)?);
        command.arg("--config").arg(&config).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn()?;
        let id = child.id();
        Ok((Running::new(child), id))
    };
    SERVICES.iter().map(start).collect()
}

/// Writes what is to come, a file at a time, and takes samples until all is in the warehouse.
fn run(
    folder: &Path,
    sentences: &[String],
    stories: usize,
    services: &[(Running, u32)],
) -> Result<Vec<Sample>> {
    let begin = Instant::now();
    let mut samples: Vec<Sample> = Vec::new();
    let (mut written, mut arrived, mut progress) = (0, 0, Instant::now());
    println!(
        "seconds  stories  a second  a CPU-second  bus MB  MB, threads, files of each service"
    );
    while arrived < stories {
        while written < stories && written < arrived + AHEAD {
            write(folder, written..(written + PER_FILE).min(stories), sentences)?;
            written += PER_FILE;
        }
        thread::sleep(Duration::from_millis(500));
        let now = count(folder).unwrap_or(arrived);
        if now > arrived {
            progress = Instant::now();
        }
        arrived = now;
        ensure!(progress.elapsed() < PATIENCE, "no row for {} s", PATIENCE.as_secs());
        let due = samples.last().map_or(begin, |sample: &Sample| sample.at) + EVERY;
        if Instant::now() >= due || arrived >= stories {
            let usage: Vec<Usage> =
                services.iter().map(|(_, id)| Usage::of(*id)).collect::<Result<_>>()?;
            let sample = Sample::new(arrived, process::size_mb(&folder.join("data"))?, usage);
            println!("{}", sample.line(begin, samples.last()));
            samples.push(sample);
        }
    }
    Ok(samples)
}

/// The rows of the warehouse; none where it is not there yet.
fn count(folder: &Path) -> Option<usize> {
    let warehouse = open(&folder.join("warehouse.sqlite3")).ok()?;
    warehouse.query_row("SELECT count(*) FROM stories", [], |row| row.get(0)).ok()
}

/// Writes the stories of these numbers as one file.
fn write(folder: &Path, numbers: std::ops::Range<usize>, sentences: &[String]) -> Result<()> {
    let first = numbers.start;
    let mut lines = String::new();
    for number in numbers {
        let mut rng = Rng::with_seed(number as u64);
        let count = rng.usize(2..=4);
        let told: Vec<&str> =
            (0..count).map(|_| sentences[rng.usize(..sentences.len())].as_str()).collect();
        let title: Vec<&str> = told[0].split(' ').take(7).collect();
        let story = json!({
            "id": number, "title": format!("{} ({number})", title.join(" ")),
            "text": told.join("\n\n"), "published": "1987-03-02T10:00:00Z",
        });
        writeln!(lines, "{story}")?;
    }
    let waiting = folder.join("waiting");
    fs::write(&waiting, lines)?;
    Ok(fs::rename(&waiting, folder.join(format!("in/{first:07}.jsonl")))?)
}

/// Compares the last quarter with the second: in the first, windows and caches fill.
fn report(samples: &[Sample]) -> Result<()> {
    let quarter = samples.len() / 4;
    ensure!(quarter >= 3, "too short a run: {} samples", samples.len());
    let (early, late) = (&samples[quarter..2 * quarter], &samples[samples.len() - quarter..]);
    let mut faults = Vec::new();
    let mut bound = |what: String, early: f64, late: f64, most: f64| {
        let mark = if late > most { " TOO MUCH" } else { "" };
        println!("{what}: {early:.1}, at the end {late:.1}, bound {most:.1}{mark}");
        if late > most {
            faults.push(what);
        }
    };
    for (place, name) in SERVICES.iter().enumerate() {
        let most = |samples: &[Sample], of: fn(&Usage) -> f64| {
            samples.iter().map(|sample| of(&sample.usage[place])).fold(0.0, f64::max)
        };
        let both = |of: fn(&Usage) -> f64| (most(early, of), most(late, of));
        let (before, after) = both(|usage| usage.memory_mb);
        bound(format!("{name}, MB"), before, after, MEMORY_MB.min(before * 1.1 + 5.0));
        let (before, after) = both(|usage| usage.threads);
        bound(format!("{name}, threads"), before, after, before);
        let (before, after) = both(|usage| usage.files);
        bound(format!("{name}, open files"), before, after, before + 2.0);
    }
    let disk = |samples: &[Sample]| samples.iter().map(|sample| sample.disk_mb).fold(0.0, f64::max);
    bound(
        "the bus on disk, MB".to_owned(),
        disk(early),
        disk(late),
        DISK_MB.min(disk(early) * 1.1),
    );
    let rate = |samples: &[Sample], of: fn(&Sample, &Sample) -> f64| {
        let (first, last) = (&samples[0], &samples[samples.len() - 1]);
        (last.stories - first.stories) as f64 / of(first, last)
    };
    let time = |first: &Sample, last: &Sample| (last.at - first.at).as_secs_f64();
    let work = |first: &Sample, last: &Sample| last.cpu_seconds() - first.cpu_seconds();
    println!("stories a second: {:.0}, at the end {:.0}", rate(early, time), rate(late, time));
    // Of the processors' time, since other programs take theirs; as cost, so that more is worse.
    let (before, after) = (1e6 / rate(early, work), 1e6 / rate(late, work));
    bound("processor time, microseconds a story".to_owned(), before, after, before * 1.05);
    ensure!(faults.is_empty(), "not bounded: {}", faults.join("; "));
    Ok(())
}

//! How long a story takes from the file of a newswire to the row of the warehouse, at a steady rate:
//! `latency STORIES.jsonl PER_SECOND SECONDS [KAFKA_BOOTSTRAP]`. Without a broker all services run in
//! one process on the embedded bus, with one each is a process. The lines of the stories need `title`
//! and `text`; they are sent again and again, each time with another number.
#![allow(clippy::print_stdout)]

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use dateline_record::Timestamp;
use integration_tests::pipeline::{Running, binary, open};
use serde_json::Value;

/// Stories of the first seconds, which are not counted: caches and connections are cold.
const WARM_UP: Duration = Duration::from_secs(5);

/// How long the last stories are waited for.
const SETTLE: Duration = Duration::from_mins(2);

/// A story by its number in the title: when it was written.
type Written = HashMap<usize, Timestamp>;

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().context("latency STORIES.jsonl PER_SECOND SECONDS [BROKER]");
    let stories = texts(Path::new(&next()?))?;
    let (rate, seconds): (u32, u64) = (next()?.parse()?, next()?.parse()?);
    let broker = next().ok();
    let folder = tempfile::tempdir()?;
    let services = start(folder.path(), broker.as_deref())?;
    let written = feed(folder.path(), &stories, rate, Duration::from_secs(seconds))?;
    wait(folder.path(), written.len())?;
    report(folder.path(), &written)?;
    for service in services {
        ensure!(service.stop(Duration::from_secs(20))?, "a service did not end");
    }
    Ok(())
}

fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

fn texts(path: &Path) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(path)?;
    let story = |line: &str| -> Result<(String, String)> {
        let value: Value = serde_json::from_str(line)?;
        let field = |name: &str| value[name].as_str().map(str::to_owned);
        Ok((field("title").context("title")?, field("text").context("text")?))
    };
    text.lines().map(story).collect()
}

fn warehouse(folder: &Path) -> PathBuf {
    folder.join("warehouse.sqlite3")
}

fn start(folder: &Path, broker: Option<&str>) -> Result<Vec<Running>> {
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    fs::create_dir_all(folder.join("in"))?;
    fs::create_dir_all(folder.join("sources"))?;
    let source = format!("kind = \"folder\"\npath = {}\nwatch = true\n", path("in"));
    fs::write(folder.join("sources/desk.toml"), source)?;
    let bus = match broker {
        Some(bootstrap) => {
            format!("bus.kind = \"kafka\"\nbus.kafka.bootstrap = \"{bootstrap}\"\n")
        }
        None => format!("bus.data_dir = {}\n", path("data")),
    };
    let settings = format!(
        "log.format = \"json\"\nadmin.listen = \"\"\nsink.sqlite.path = {}\n{bus}",
        path("warehouse.sqlite3")
    );
    fs::write(folder.join("dateline.toml"), settings)?;
    let run = |program: &str, arguments: &[&str]| -> Result<Running> {
        let log = fs::File::create(folder.join(format!("{program}.log")))?;
        let mut command = std::process::Command::new(binary(program)?);
        command.args(arguments).arg("--config").arg(folder.join("dateline.toml"));
        Ok(Running::new(command.stdout(log.try_clone()?).stderr(log).spawn()?))
    };
    let sources = folder.join("sources").display().to_string();
    if broker.is_none() {
        return Ok(vec![run("dateline", &["run", "--sources", &sources])?]);
    }
    let mut command = std::process::Command::new(binary("dateline")?);
    command.args(["sources", &sources]).arg("--config").arg(folder.join("dateline.toml"));
    ensure!(command.stdout(std::process::Stdio::null()).status()?.success(), "dateline sources");
    ["fetcher", "cleaner", "entity-extractor", "cluster", "sink"]
        .iter()
        .map(|program| run(program, &[]))
        .collect()
}

/// Writes stories at a steady rate, each file as a whole at once.
fn feed(folder: &Path, stories: &[(String, String)], rate: u32, time: Duration) -> Result<Written> {
    // The services are up when the first story has arrived.
    write(folder, 0, &stories[0])?;
    wait(folder, 1)?;
    let mut written = Written::from([(0, now())]);
    let begin = Instant::now();
    for (number, story) in stories.iter().cycle().enumerate().skip(1) {
        let due = begin + Duration::from_secs(1) / rate * u32::try_from(number)?;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if begin.elapsed() >= time + WARM_UP {
            break;
        }
        if begin.elapsed() >= WARM_UP {
            written.insert(number, now());
        }
        write(folder, number, story)?;
    }
    Ok(written)
}

fn write(folder: &Path, number: usize, (title, text): &(String, String)) -> Result<()> {
    let waiting = folder.join("waiting");
    fs::write(&waiting, format!("No {number} {title}\n\n{text}\n\nThis was number {number}.\n"))?;
    Ok(fs::rename(&waiting, folder.join(format!("in/{number:06}.txt")))?)
}

/// Waits until so many stories are in the warehouse.
fn wait(folder: &Path, count: usize) -> Result<()> {
    let end = Instant::now() + SETTLE;
    while Instant::now() < end {
        let arrived: Option<usize> = open(&warehouse(folder)).ok().and_then(|warehouse| {
            warehouse.query_row("SELECT count(*) FROM stories", [], |row| row.get(0)).ok()
        });
        if arrived.is_some_and(|arrived| arrived >= count) {
            // Those of the warm-up are more: the last ones come with the next commit.
            thread::sleep(Duration::from_secs(2));
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    anyhow::bail!("{count} stories did not arrive within {} s", SETTLE.as_secs())
}

fn report(folder: &Path, written: &Written) -> Result<()> {
    let warehouse = open(&warehouse(folder))?;
    let mut rows = warehouse.prepare("SELECT title, fetched_at, ingested_at FROM stories")?;
    let rows = rows.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let (mut from_file, mut from_fetch) = (Vec::new(), Vec::new());
    for row in rows {
        let (title, fetched, ingested) = row?;
        let number = title.split(' ').nth(1).and_then(|word| word.parse().ok());
        let Some(start) = number.filter(|number| *number > 0).and_then(|it| written.get(&it))
        else {
            continue;
        };
        let end = Timestamp::parse(&ingested).context("ingested_at")?;
        let fetched = Timestamp::parse(&fetched).context("fetched_at")?;
        from_file.push(end.as_millis() - start.as_millis());
        from_fetch.push(end.as_millis() - fetched.as_millis());
    }
    ensure!(from_file.len() + 1 == written.len(), "{} of {} rows", from_file.len(), written.len());
    for (what, times) in [("file to row", &mut from_file), ("fetch to row", &mut from_fetch)] {
        times.sort_unstable();
        let at = |share: usize| times[(times.len() * share / 1000).min(times.len() - 1)];
        println!(
            "{what}: {} stories, p50 {} ms, p95 {} ms, p99 {} ms, slowest {} ms",
            times.len(),
            at(500),
            at(950),
            at(990),
            at(1000)
        );
    }
    Ok(())
}

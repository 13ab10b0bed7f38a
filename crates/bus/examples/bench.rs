//! Measures a bus; prints one line for each figure.
//!
//! ```text
//! cargo run --release -p dateline-bus --example bench -- embedded [FOLDER]
//! cargo run --release -p dateline-bus --example bench -- kafka HOST:PORT
//! ```
//!
//! A second argument after the place picks one figure by a part of its name.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::{
    env, fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use dateline_bus::{
    Batch, Bus, Cleanup, CommitError, Limit, Output, Record, Start, Topic, TopicSpec, Unit, Worker,
    WorkerOptions,
    embedded::{Embedded, EmbeddedOptions},
};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Outcome<T> = Result<T, Error>;
type Figure = fn(&Place) -> Outcome<()>;

const PARTITIONS: u32 = 4;
const UNIT: usize = 500;
const LONG: Duration = Duration::from_secs(5);

/// Where the bus is: enough for another process to open it.
#[derive(Clone)]
struct Place {
    kind: String,
    address: String,
    run: String,
}

impl Place {
    fn open(&self) -> Outcome<Box<dyn Bus>> {
        if self.kind == "embedded" {
            let options = EmbeddedOptions::default();
            return Ok(Box::new(Embedded::open(Path::new(&self.address), options)?));
        }
        open_kafka(&self.address)
    }

    fn topic(&self, bus: &dyn Bus, name: &str) -> Outcome<Topic> {
        let topic = Topic::new(&format!("bench-{}-{name}", self.run));
        let cleanup = Cleanup::Delete { age: Duration::from_hours(24), bytes: 8 << 30 };
        bus.ensure_topics(&[TopicSpec { topic: topic.clone(), partitions: PARTITIONS, cleanup }])?;
        Ok(topic)
    }
}

#[cfg(feature = "kafka")]
fn open_kafka(address: &str) -> Outcome<Box<dyn Bus>> {
    use dateline_bus::kafka::{Kafka, KafkaOptions};
    Ok(Box::new(Kafka::open(KafkaOptions {
        bootstrap: address.to_owned(),
        ..KafkaOptions::default()
    })?))
}

#[cfg(not(feature = "kafka"))]
fn open_kafka(_: &str) -> Outcome<Box<dyn Bus>> {
    Err("built without kafka".into())
}

/// English-like words in random order, so that compression has its usual work.
struct Words(u64);

impl Words {
    fn below(&self, end: usize) -> usize {
        usize::try_from(self.0 % end as u64).unwrap_or_default()
    }

    fn text(&mut self, bytes: usize) -> String {
        const WORDS: &[&str] = &[
            "the",
            "of",
            "minister",
            "said",
            "on",
            "Tuesday",
            "that",
            "talks",
            "with",
            "rebels",
            "would",
            "resume",
            "in",
            "capital",
            "after",
            "week",
            "heavy",
            "fighting",
            "near",
            "border",
            "officials",
            "told",
            "reporters",
            "army",
            "had",
            "taken",
            "two",
            "villages",
            "and",
            "a",
            "bridge",
            "across",
            "river",
            "while",
            "aid",
            "groups",
            "warned",
        ];
        let mut text = String::with_capacity(bytes + 12);
        while text.len() < bytes {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            text.push_str(WORDS[self.below(WORDS.len())]);
            if self.0.is_multiple_of(11) {
                text.push_str(&(self.0 % 10_000).to_string());
            }
            text.push(' ');
        }
        text.truncate(bytes);
        text
    }
}

fn micros() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

fn record(key: usize, value: String) -> Record {
    Record {
        key: Some(format!("story-{key:016}").into()),
        value: Some(value.into()),
        headers: vec![(
            "traceparent".to_owned(),
            Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        )],
        timestamp_ms: i64::try_from(micros() / 1_000).unwrap_or_default(),
    }
}

fn unit(topic: &Topic, records: impl IntoIterator<Item = Record>) -> Unit {
    let output = |record| Output { topic: topic.clone(), record };
    Unit { outputs: records.into_iter().map(output).collect(), state: Vec::new() }
}

fn options(group: &str, instance: &str, inputs: &[&Topic]) -> WorkerOptions {
    WorkerOptions {
        group: group.to_owned(),
        instance: instance.to_owned(),
        inputs: inputs.iter().map(|topic| (*topic).clone()).collect(),
        state: None,
        start: Start::Earliest,
    }
}

/// Writes `units` units of `size` records of `bytes` each; returns the seconds.
fn write(
    place: &Place,
    topic: &Topic,
    units: usize,
    (size, bytes): (usize, usize),
) -> Outcome<f64> {
    let bus = place.open()?;
    let mut writer = bus.worker(options(&format!("bench-{}-writer", place.run), "0", &[]))?;
    let mut words = Words(88_172_645_463_325_252);
    let pool: Vec<String> = (0..size.max(200)).map(|_| words.text(bytes)).collect();
    let mut seconds = 0.0;
    for number in 0..units {
        let at = |n: usize| (number * size + n) % pool.len();
        let records = (0..size).map(|n| record(number * size + n, pool[at(n)].clone()));
        let unit = unit(topic, records);
        let started = Instant::now();
        writer.commit(Batch::default(), unit)?;
        seconds += started.elapsed().as_secs_f64();
    }
    writer.close()?;
    Ok(seconds)
}

fn writes(place: &Place) -> Outcome<()> {
    let bus = place.open()?;
    let topic = place.topic(bus.as_ref(), "small")?;
    let seconds = write(place, &topic, 100, (UNIT, 2_000))?;
    let rate = 100.0 * UNIT as f64 / seconds;
    println!("write: {rate:.0} records of 2 KB a second, units of {UNIT}");
    let topic = place.topic(bus.as_ref(), "large")?;
    let seconds = write(place, &topic, 100, (50, 50_000))?;
    let rate = 100.0 * 50.0 * 0.05 / seconds;
    println!("write-large: {rate:.0} MB a second, records of 50 KB, units of 50");
    Ok(())
}

fn commits(place: &Place) -> Outcome<()> {
    let bus = place.open()?;
    let topic = place.topic(bus.as_ref(), "commits")?;
    let mut writer = bus.worker(options(&format!("bench-{}-commits", place.run), "0", &[]))?;
    let mut times = Vec::new();
    for n in 0..200 {
        let one = unit(&topic, [record(n, "small".to_owned())]);
        let started = Instant::now();
        writer.commit(Batch::default(), one)?;
        times.push(started.elapsed());
    }
    writer.close()?;
    print_times("commit", "a unit of one record", &mut times);
    Ok(())
}

fn print_times(name: &str, what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    let (p50, p99, max) = (at(50), at(99), at(100));
    println!("{name}: p50 {p50:.1} ms, p99 {p99:.1} ms, max {max:.1} ms, {what}");
}

/// Passes records on until `done`; returns how many.
fn relay(worker: &mut dyn Worker, output: &Topic, done: impl Fn(usize) -> bool) -> Outcome<usize> {
    let mut count = 0;
    while !done(count) {
        let batch = worker.poll(Limit::default(), Duration::from_millis(100))?;
        let records = batch.records.len();
        let outputs = batch.records.iter().map(|received| received.record.clone());
        let unit = unit(output, outputs);
        match worker.commit(batch, unit) {
            Ok(()) => count += records,
            Err(CommitError::Fenced | CommitError::Aborted(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(count)
}

/// Read, process, write by one worker.
fn read_process_write(place: &Place) -> Outcome<()> {
    const UNITS: usize = 300;
    let bus = place.open()?;
    let (input, output) =
        (place.topic(bus.as_ref(), "rpw-in")?, place.topic(bus.as_ref(), "rpw-out")?);
    write(place, &input, UNITS, (UNIT, 2_000))?;
    let group = format!("bench-{}-rpw", place.run);
    let mut worker = bus.worker(options(&group, "0", &[&input]))?;
    let before = relay(worker.as_mut(), &output, |count| count > 0)?;
    let started = Instant::now();
    let rest = UNITS * UNIT - before;
    relay(worker.as_mut(), &output, |count| count >= rest)?;
    let rate = rest as f64 / started.elapsed().as_secs_f64();
    println!("read-process-write: {rate:.0} records of 2 KB a second, one worker");
    worker.close()?;
    Ok(())
}

/// One of the processes of the chain: writes, passes on or counts.
fn part(place: &Place, which: &str, units: usize) -> Outcome<()> {
    let bus = place.open()?;
    let (a, b) = (place.topic(bus.as_ref(), "chain-a")?, place.topic(bus.as_ref(), "chain-b")?);
    if which == "write" {
        write(place, &a, units, (UNIT, 2_000))?;
        return Ok(());
    }
    let mut worker = bus.worker(options(&format!("bench-{}-chain", place.run), "0", &[&a]))?;
    relay(worker.as_mut(), &b, |count| count >= units * UNIT)?;
    worker.close()?;
    Ok(())
}

/// Three processes: one writes, one passes on, this one counts.
fn chain(place: &Place) -> Outcome<()> {
    const UNITS: usize = 200;
    let bus = place.open()?;
    place.topic(bus.as_ref(), "chain-a")?;
    let b = place.topic(bus.as_ref(), "chain-b")?;
    let mut last = bus.worker(options(&format!("bench-{}-count", place.run), "0", &[&b]))?;
    last.poll(Limit::default(), LONG)?;
    let start = |which: &str| {
        Command::new(env::current_exe()?)
            .args([&place.kind, &place.address, which, &place.run, &UNITS.to_string()])
            .spawn()
    };
    let mut relay = start("part-relay")?;
    thread::sleep(LONG);
    let mut writer = start("part-write")?;
    let mut count = 0;
    let mut started = None;
    while count < UNITS * UNIT {
        let batch = last.poll(Limit::default(), LONG)?;
        count += batch.records.len();
        if count > 0 {
            started.get_or_insert_with(Instant::now);
        }
        match last.commit(batch, Unit::default()) {
            Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let seconds = started.map_or(1.0, |started| started.elapsed().as_secs_f64());
    let rate = count as f64 / seconds;
    println!("chain: {rate:.0} records of 2 KB a second through three processes");
    writer.wait()?;
    relay.wait()?;
    last.close()?;
    Ok(())
}

/// From the call of commit in one thread to the record in the hands of a waiting worker.
fn wake_up(place: &Place) -> Outcome<()> {
    let bus = place.open()?;
    let topic = place.topic(bus.as_ref(), "wake")?;
    let mut waiting = bus.worker(options(&format!("bench-{}-wake", place.run), "0", &[&topic]))?;
    waiting.poll(Limit::default(), LONG)?;
    let (committed, after) = std::sync::mpsc::channel();
    let other = place.clone();
    let writer = thread::spawn(move || -> Outcome<()> {
        let bus = other.open()?;
        let mut writer = bus.worker(options(&format!("bench-{}-waker", other.run), "0", &[]))?;
        for n in 0..300 {
            thread::sleep(Duration::from_millis(20));
            let called = Instant::now();
            let one = unit(&topic, [record(n, n.to_string())]);
            writer.commit(Batch::default(), one)?;
            committed.send((called, Instant::now()))?;
        }
        writer.close()?;
        Ok(())
    });
    let (mut whole, mut hop) = (Vec::new(), Vec::new());
    while whole.len() < 300 {
        let batch = waiting.poll(Limit { records: 1, bytes: 1 }, LONG)?;
        let now = Instant::now();
        if !batch.records.is_empty() {
            let (called, done) = after.recv()?;
            whole.push(now - called);
            hop.push(now.saturating_duration_since(done));
        }
    }
    writer.join().map_err(|_| "the writer panicked")??;
    print_times("wake-up", "from the end of commit to the waiting worker", &mut hop);
    print_times("hop", "from the call of commit to the waiting worker", &mut whole);
    Ok(())
}

/// CPU time of this process while workers wait.
fn idle(place: &Place) -> Outcome<()> {
    let bus = place.open()?;
    let topic = place.topic(bus.as_ref(), "idle")?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut worker = bus.worker(options(&format!("bench-{}-idle", place.run), "0", &[&topic]))?;
    let stopped = Arc::clone(&stop);
    let thread = thread::spawn(move || -> Outcome<()> {
        while !stopped.load(Ordering::Relaxed) {
            worker.poll(Limit::default(), Duration::from_millis(500))?;
        }
        worker.close()?;
        Ok(())
    });
    thread::sleep(LONG);
    let (before, started) = (cpu_ticks()?, Instant::now());
    thread::sleep(Duration::from_secs(20));
    // The kernel counts in ticks of 10 ms.
    let used = (cpu_ticks()? - before) as f64 / 100.0;
    let share = used / started.elapsed().as_secs_f64() * 100.0;
    println!("idle: {share:.2} % of a core, one waiting worker");
    stop.store(true, Ordering::Relaxed);
    thread.join().map_err(|_| "the worker panicked")??;
    Ok(())
}

fn cpu_ticks() -> Outcome<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next().ok_or("short /proc/self/stat");
    Ok(next()?.parse::<u64>()? + next()?.parse::<u64>()?)
}

fn main() -> Outcome<()> {
    let mut args = env::args().skip(1);
    let kind = args.next().ok_or("say embedded or kafka")?;
    let folder = tempfile::tempdir()?;
    let fresh = || folder.path().to_string_lossy().into_owned();
    let address = args.next().unwrap_or_else(fresh);
    let only = args.next().unwrap_or_default();
    let run = args.next().unwrap_or_else(|| micros().to_string());
    let place = Place { kind, address, run };
    if let Some(which) = only.strip_prefix("part-") {
        let units = args.next().ok_or("how many units?")?.parse()?;
        return part(&place, which, units);
    }
    let figures: [(&str, Figure); 6] = [
        ("write", writes),
        ("commit", commits),
        ("read-process-write", read_process_write),
        ("chain", chain),
        ("wake-up", wake_up),
        ("idle", idle),
    ];
    for (name, figure) in figures {
        if name.contains(&only) {
            figure(&place)?;
        }
    }
    Ok(())
}

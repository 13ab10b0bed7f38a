//! The point about kill -9: processes die anywhere, and nothing is lost, doubled or out of order.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use dateline_bus::{Batch, Bus, BusError, Cleanup, CommitError, Limit, Start, Topic, Worker};

use super::{
    Fixture,
    child::{Role, Running},
    options, record, spec, text, topic, unit, value,
};

const KEYS: usize = 20;
/// Records of a unit; a multiple of the keys.
const UNIT: usize = 40;
/// The longest time in which all must have come through once the killing has ended.
const SETTLED: Duration = Duration::from_mins(3);

/// A small generator (xorshift) for times and bytes that can be had again.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Three processes in a chain, of which one is killed again and again (`DATELINE_KILLS` times).
pub(crate) fn kill_anywhere(fixture: &dyn Fixture) {
    let kills = setting("DATELINE_KILLS", 20);
    let (from, to) = fixture.life_ms();
    run(fixture, |random, relays| {
        for _ in 0..kills {
            thread::sleep(Duration::from_millis(from + random.below(to - from)));
            let chosen = usize::try_from(random.below(relays.len() as u64)).unwrap();
            let relay = &mut relays[chosen];
            assert!(!relay.running.ended(), "a relay ended by itself");
            relay.running.kill();
            relay.running = Running::start(fixture, &relay.role);
        }
    });
}

/// A process of the chain.
pub(crate) struct Relay {
    role: Role,
    running: Running,
}

/// Feeds the chain while `disturb` does its worst, then counts what came out.
pub(crate) fn run(fixture: &dyn Fixture, disturb: impl FnOnce(&mut Random, &mut [Relay])) {
    let seed = setting("DATELINE_SEED", super::now_ms().unsigned_abs()).max(1);
    println!("seed: DATELINE_SEED={seed}");
    let input = topic(fixture, "in");
    let (middle, output) = (topic(fixture, "middle"), topic(fixture, "out"));
    let roles = [
        role(fixture, ("one", "0"), &input, &middle),
        role(fixture, ("one", "1"), &input, &middle),
        role(fixture, ("two", "0"), &middle, &output),
    ];
    let mut relays: Vec<Relay> = roles
        .into_iter()
        .map(|role| Relay { running: Running::start(fixture, &role), role })
        .collect();
    let stop = Arc::new(AtomicBool::new(false));
    let fed = Arc::new(AtomicUsize::new(0));
    let chain = Chain { fixture, topics: [input, middle, output] };
    thread::scope(|scope| {
        let feeder = scope.spawn(|| feed(&chain, &stop, &fed));
        let collector = scope.spawn(|| collect(&chain, &stop, &fed));
        // A failing disturbance must end the threads, or the test would hang in place of failing.
        let stopper = StopOnDrop(&stop);
        disturb(&mut Random(seed), &mut relays);
        drop(stopper);
        feeder.join().unwrap();
        collector.join().unwrap();
    });
    assert!(relays.iter_mut().all(|relay| !relay.running.ended()));
}

/// The topics of a chain, and its groups by name: `one` reads the first topic, `two` the second.
struct Chain<'a> {
    fixture: &'a dyn Fixture,
    topics: [Topic; 3],
}

impl Chain<'_> {
    /// Where the records are, for the message of a failure.
    fn explain(&self) -> String {
        let bus = self.fixture.open();
        let mut text = String::new();
        for topic in &self.topics {
            let visible = count(bus.as_ref(), topic);
            let beneath = self.fixture.beneath(topic);
            let _ = writeln!(text, "{topic}: {visible} records are visible; {beneath}");
        }
        for (group, topic) in ["one", "two"].iter().zip(&self.topics) {
            let group = self.fixture.name(group);
            match bus.lag(&group, std::slice::from_ref(topic)) {
                Ok(lags) => lags.iter().for_each(|lag| {
                    let _ = writeln!(
                        text,
                        "{group} on partition {}: committed {:?}, end {}, behind {}",
                        lag.partition, lag.committed, lag.end, lag.behind
                    );
                }),
                Err(error) => {
                    let _ = writeln!(text, "{group}: {error}");
                }
            }
        }
        text
    }
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn role(
    fixture: &dyn Fixture,
    (group, instance): (&str, &'static str),
    input: &Topic,
    output: &Topic,
) -> Role {
    let state = Topic::new(&fixture.name(&format!("state-{group}")));
    fixture.open().ensure_topics(&[spec(&state, Cleanup::Compact)]).unwrap();
    Role {
        part: "relay",
        group: fixture.name(group),
        instance,
        input: input.clone(),
        output: output.clone(),
        state: Some(state),
    }
}

/// Writes units of records until told to stop; each key counts up from 0.
fn feed(chain: &Chain<'_>, stop: &AtomicBool, fed: &AtomicUsize) {
    let (fixture, input) = (chain.fixture, &chain.topics[0]);
    let bus = fixture.open();
    let mut written = 0;
    let going = |written| !stop.load(Ordering::SeqCst) || written == 0;
    let mut writer = open_writer(fixture, bus.as_ref());
    while going(written) {
        let next = written..written + UNIT;
        let records = next.map(|n| record(&format!("k{}", n % KEYS), &(n / KEYS).to_string()));
        match writer.commit(Batch::default(), unit(input, records)) {
            Ok(()) => written += UNIT,
            // Nothing was written: the same unit again.
            Err(CommitError::Aborted(_)) => {}
            // Only the topic knows what became of the unit, once a new worker is there.
            Err(CommitError::Fatal(why)) => {
                drop(writer);
                writer = open_writer(fixture, bus.as_ref());
                let there = count(bus.as_ref(), input);
                assert!(
                    there == written || there == written + UNIT,
                    "{there} records are there after {written} and a unit of {UNIT} that failed: \
                     {why}\n{}",
                    chain.explain()
                );
                written = there;
            }
            Err(error) => panic!("{error}"),
        }
        fed.store(written, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
    }
    writer.close().unwrap();
}

/// Tries until the broker, which may be the one that was killed, is back.
fn open_writer(fixture: &dyn Fixture, bus: &dyn Bus) -> Box<dyn Worker> {
    let deadline = Instant::now() + SETTLED;
    loop {
        match bus.worker(options(&fixture.name("feeder"), "0", &[])) {
            Ok(writer) => return writer,
            Err(BusError::Unavailable(_)) if Instant::now() < deadline => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// The records of a topic that nobody writes to at the moment.
fn count(bus: &dyn Bus, topic: &Topic) -> usize {
    let mut reader = bus.reader(topic, Start::Earliest).unwrap();
    let mut count = 0;
    loop {
        match reader.next(Limit::default(), Duration::from_secs(3)) {
            Ok(records) if records.is_empty() => return count,
            Ok(records) => count += records.len(),
            Err(BusError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads along, and checks at each record that it is the very next of its key: its number, and
/// how often both relays had met the key.
fn collect(chain: &Chain<'_>, stop: &AtomicBool, fed: &AtomicUsize) {
    let bus = chain.fixture.open();
    let mut reader = bus.reader(&chain.topics[2], Start::Earliest).unwrap();
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    let mut count = 0;
    let mut deadline = None;
    loop {
        let records = match reader.next(Limit::default(), Duration::from_millis(200)) {
            Ok(records) => records,
            // The broker may be the one that was killed.
            Err(BusError::Unavailable(_)) => continue,
            Err(error) => panic!("{error}"),
        };
        for received in &records {
            let key = text(received.record.key.as_ref());
            let number = next.entry(key.clone()).or_default();
            let expected = format!("{number} {} {}", *number + 1, *number + 1);
            assert_eq!(value(received), expected, "{key}");
            *number += 1;
            count += 1;
        }
        if stop.load(Ordering::SeqCst) {
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + SETTLED);
            let fed = fed.load(Ordering::SeqCst);
            if count >= fed && records.is_empty() {
                assert_eq!(count, fed);
                println!("{count} records, each exactly once and in order");
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{count} of {fed} records came through\n{}",
                chain.explain()
            );
        }
    }
}

//! The whole pipeline under faults drawn from a seed, on the embedded bus and on Apache Kafka with
//! PostgreSQL: afterwards its warehouse holds the very rows that a calm pass over the same ledger gives.
//!
//! `DATELINE_CHAOS_FAULTS` says how many faults (else each kind once), `DATELINE_CHAOS_SEED` which ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "chaos/faults.rs"]
mod faults;
#[path = "chaos/house.rs"]
mod house;
#[path = "chaos/proxy.rs"]
mod proxy;
#[path = "chaos/rows.rs"]
mod rows;
#[path = "chaos/shim.rs"]
mod shim;
#[path = "chaos/wire.rs"]
mod wire;

use std::{
    collections::BTreeMap,
    env,
    path::Path,
    time::{Duration, Instant},
};

use dateline_runtime::config::Settings;
use fastrand::Rng;
use faults::{Chaos, Fault, Servers};
use house::House;
use integration_tests::{
    kafka::Broker,
    newswire::{Newswire, Options},
    pipeline::Testbed,
    postgres::Postgres,
};
use proxy::Proxy;
use rows::Rows;
use shim::Shim;
use tokio::time::sleep;
use wire::Wire;

/// How long the warehouse may take to come to rest after the last fault.
const SETTLE: Duration = Duration::from_mins(2);

/// Versions that the wire sends between two faults.
const VERSIONS: usize = 6;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// The faults of a run: each kind once, then what chance brings.
fn draw(kinds: &[Fault], random: &mut Rng) -> Vec<Fault> {
    let count = number("DATELINE_CHAOS_FAULTS").map(|count| usize::try_from(count).unwrap());
    let mut drawn = kinds.to_vec();
    random.shuffle(&mut drawn);
    let wanted = count.unwrap_or(drawn.len());
    while drawn.len() < wanted {
        drawn.push(kinds[random.usize(..kinds.len())]);
    }
    drawn.truncate(wanted);
    drawn
}

/// Strikes while the newswire and the wire go on; gives how often each fault came.
async fn strike(
    chaos: &mut Chaos<'_>,
    newswire: &Newswire,
    drawn: &[Fault],
) -> BTreeMap<Fault, usize> {
    let steps = newswire.steps() as usize;
    let (mut step, mut counts) = (0, BTreeMap::new());
    for (at, fault) in drawn.iter().enumerate() {
        while step < steps * (at + 1) / drawn.len() {
            step += 1;
            newswire.advance(u32::try_from(step).unwrap()).unwrap();
        }
        chaos.wire.send(VERSIONS);
        sleep(Duration::from_millis(chaos.random.u64(100..900))).await;
        chaos.house.tend();
        chaos.strike(*fault).await;
        *counts.entry(*fault).or_default() += 1;
    }
    counts
}

async fn read(config: &sink::Config) -> anyhow::Result<Rows> {
    // A thread of its own: the reader of PostgreSQL brings its own runtime.
    let config = config.clone();
    tokio::task::spawn_blocking(move || Rows::read(&config)).await?
}

/// Waits until there is a warehouse.
async fn begun(config: &sink::Config) {
    let deadline = Instant::now() + SETTLE;
    while let Err(error) = read(config).await {
        assert!(Instant::now() < deadline, "there is no warehouse yet: {error:#}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until a warehouse says what the ledgers say, and reads it.
async fn settled(
    house: &mut House,
    config: &sink::Config,
    newswire: &Newswire,
    wire: &Wire,
    is_right: impl Fn(&Rows) -> Vec<String>,
) -> Rows {
    let deadline = Instant::now() + SETTLE;
    loop {
        house.tend();
        let differences = match read(config).await {
            Err(error) => vec![format!("{error:#}")],
            Ok(rows) => {
                let mut found = rows.against(&newswire.ledger());
                found.extend(wire.differences(&|id| rows.text(id)));
                if found.is_empty() {
                    found = is_right(&rows);
                }
                if found.is_empty() {
                    return rows;
                }
                found
            }
        };
        let some = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
        assert!(Instant::now() < deadline, "{} differences:\n{some}", differences.len());
        sleep(Duration::from_millis(500)).await;
    }
}

fn settings(pairs: &[(&[&str], String)]) -> sink::Config {
    let mut settings = Settings::defaults().unwrap();
    for (path, value) in pairs {
        settings.set(path, value.clone()).unwrap();
    }
    settings.section("sink").unwrap()
}

fn sqlite(testbed: &Testbed) -> sink::Config {
    settings(&[(&["sink", "sqlite", "path"], testbed.warehouse().display().to_string())])
}

/// What a calm pass over all that was published gives, beside the run.
async fn calm(folder: &Path, newswire: &Newswire, wire: &Wire) -> Rows {
    let testbed = Testbed::new(folder, newswire, "").unwrap();
    let config = sqlite(&testbed);
    let mut house = House::new(testbed, &["dateline"], Shim::build(&folder.join("shim")));
    let rows = settled(&mut house, &config, newswire, wire, |_| Vec::new()).await;
    assert_eq!(house.restarts, 0, "nothing ends in a calm pass");
    house.stop_all();
    rows
}

struct Run<'a> {
    folder: &'a Path,
    newswire: &'a Newswire,
    servers: Option<&'a Servers>,
}

impl Run<'_> {
    async fn play(&self, mut house: House, config: &sink::Config) {
        let seed = number("DATELINE_CHAOS_SEED").unwrap_or(20_141_007);
        println!("seed {seed}: DATELINE_CHAOS_SEED={seed} repeats these faults");
        let mut random = Rng::with_seed(seed);
        let drawn = draw(&faults::kinds(self.servers.is_some()), &mut random);
        let mut wire = Wire::new(self.folder.join("wire"), random.u64(..));
        let longest = Duration::from_millis(number("DATELINE_CHAOS_HOLD_MS").unwrap_or(1_500));
        let servers = self.servers;
        let mut chaos =
            Chaos { house: &mut house, wire: &mut wire, servers, random, longest, number: 0 };
        begun(config).await;
        let counts = strike(&mut chaos, self.newswire, &drawn).await;
        let calm = calm(&self.folder.join("calm"), self.newswire, &wire).await;
        let start = Instant::now();
        let rows =
            settled(&mut house, config, self.newswire, &wire, |rows| rows.differences(&calm)).await;
        println!(
            "{} faults, {} stories, {} rows, no difference; at rest after {:.1} s; {} processes \
             ended by themselves; {counts:?}",
            drawn.len(),
            rows.stories.len(),
            rows.lines.len(),
            start.elapsed().as_secs_f32(),
            house.restarts,
        );
        house.stop_all();
    }
}

async fn newswire(folder: &Path) -> Newswire {
    let options = Options { step: Duration::ZERO, interval_seconds: 1 };
    Newswire::start(&folder.join("wire"), options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_on_the_embedded_bus() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let newswire = newswire(folder).await;
    let testbed = Testbed::new(folder, &newswire, "").unwrap();
    let config = sqlite(&testbed);
    let house = House::new(testbed, &["dateline"], Shim::build(&folder.join("shim")));
    let run = Run { folder, newswire: &newswire, servers: None };
    run.play(house, &config).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_services_on_kafka_with_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let what = "faults on Apache Kafka with PostgreSQL";
    let (broker_proxy, database_proxy) = (Proxy::start().await, Proxy::start().await);
    let broker = Broker::start_behind(&folder.join("kafka"), what, broker_proxy.address).unwrap();
    let Some(broker) = broker else { return };
    let Some(database) = Postgres::start("chaos", what).unwrap() else { return };
    broker_proxy.lead_to(broker.bootstrap.parse().unwrap());
    database_proxy.lead_to(database.address);
    let newswire = newswire(folder).await;
    let url = Postgres::url(database_proxy.address);
    let more = format!(
        "bus.kind = \"kafka\"\nbus.kafka.bootstrap = \"{}\"\nbus.kafka.session_timeout_ms = 6000\n\
         sink.target = \"postgres\"\nsink.postgres.url = \"{url}\"\n",
        broker_proxy.address,
    );
    let testbed = Testbed::new(folder, &newswire, &more).unwrap();
    House::tell_sources(&testbed);
    let services = &["fetcher", "cleaner", "entity-extractor", "cluster", "sink"];
    let house = House::new(testbed, services, Shim::build(&folder.join("shim")));
    let servers = Servers { broker, broker_proxy, database, database_proxy };
    let config = settings(&[
        (&["sink", "target"], "postgres".to_owned()),
        (&["sink", "postgres", "url"], Postgres::url(servers.database.address)),
    ]);
    let run = Run { folder, newswire: &newswire, servers: Some(&servers) };
    run.play(house, &config).await;
}

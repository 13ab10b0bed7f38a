//! Three fetchers, one of them killed every few seconds: no host is asked too soon, nothing is lost
//! or doubled, and what the dead one owned is taken over in time. All seen from the server's side.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use dateline_bus::{Bus, Limit, Reader, Start, Topic};
use dateline_record::{RawStory, StoryId, read};
use dateline_runtime::bus;
use dateline_runtime::config::Settings;
use integration_tests::kafka::Broker;
use integration_tests::pipeline::{Running, binary, hosts_setting};
use integration_tests::simweb::{Host, SimWeb, Site};
use tokio::time::sleep;

/// The least time between two requests to one host.
const INTERVAL: Duration = Duration::from_millis(300);

/// The crawl-delay of every third host.
const CRAWL_DELAY: Duration = Duration::from_millis(900);

/// Hosts that publish.
const HOSTS: usize = 12;

/// The longest that a host may wait for its next owner.
const TAKE_OVER: Duration = Duration::from_secs(15);

fn host(number: usize) -> String {
    format!("www.site{number}.example")
}

fn sites(kills: u32, period: Duration) -> BTreeMap<String, Host> {
    // A host with a crawl-delay and a neighbour's pages must be able to keep up for as long as the
    // run takes: a feed that rolls on faster than its host may be asked loses items, whoever asks.
    let every = if kills > 3 { 5 } else { 2 };
    let articles = u64::from(kills + 1) * period.as_secs() / every;
    let site = |number: usize| Site {
        every: Duration::from_secs(every),
        articles,
        crawl_delay: number.is_multiple_of(3).then_some(CRAWL_DELAY.as_secs_f64()),
        // Every fourth lists articles whose pages its neighbour has.
        pages_at: number.is_multiple_of(4).then(|| host(number + 1)),
    };
    (0..HOSTS).map(|number| (host(number), Host::Site(site(number)))).collect()
}

/// Settings and sources for three fetchers.
fn write_files(folder: &Path, web: &SimWeb, bus: &str) {
    let sources = folder.join("sources");
    fs::create_dir_all(&sources).unwrap();
    for number in 0..HOSTS {
        let host = host(number);
        let text = format!(
            "kind = \"feed\"\nurl = \"http://{host}/feed\"\nprovider = \"{host}\"\n\
             interval_seconds = 1\n"
        );
        fs::write(sources.join(format!("site{number}.toml")), text).unwrap();
    }
    let settings = format!(
        "log.format = \"json\"\nadmin.listen = \"\"\n{bus}\n\
         [fetcher]\nmin_host_interval_ms = {}\nfirst_backoff_ms = 500\n{}\n",
        INTERVAL.as_millis(),
        hosts_setting(&web.fetcher_hosts()),
    );
    fs::write(folder.join("dateline.toml"), settings).unwrap();
}

fn start(folder: &Path, number: usize) -> Running {
    let path = folder.join(format!("fetcher{number}.log"));
    let log = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    let mut command = Command::new(binary("fetcher").unwrap());
    command.arg("--config").arg(folder.join("dateline.toml"));
    command.env("DATELINE_RUNTIME__INSTANCE", format!("fetcher{number}"));
    Running::new(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
}

/// All raw stories that were written.
fn raws(reader: &mut dyn Reader, into: &mut Vec<RawStory>) {
    let limit = Limit { records: 10_000, bytes: usize::MAX };
    for received in reader.next(limit, Duration::from_millis(200)).unwrap() {
        into.push(read(received.record.value.as_ref().unwrap()).unwrap());
    }
}

/// Runs three fetchers and kills one after the other.
async fn run(folder: &Path, settings: &str, kills: u32, period: Duration) {
    let web = SimWeb::start(sites(kills, period), 1).await.unwrap();
    write_files(folder, &web, settings);
    let config = folder.join("dateline.toml");
    let told = Command::new(binary("dateline").unwrap())
        .args(["sources".as_ref(), folder.join("sources").as_os_str(), "--config".as_ref()])
        .arg(&config)
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let mut fetchers: Vec<Running> = (0..3).map(|number| start(folder, number)).collect();
    let mut killed = Vec::new();
    for kill in 0..kills {
        sleep(period).await;
        let victim = kill as usize % fetchers.len();
        fetchers.remove(victim).kill().unwrap();
        killed.push(Instant::now());
        sleep(period / 2).await;
        fetchers.insert(victim, start(folder, victim));
    }
    let settings = Settings::load(Some(&config), std::iter::empty()).unwrap();
    let bus = bus::open(&settings.section("bus").unwrap()).unwrap();
    let published: BTreeMap<StoryId, String> = web
        .published()
        .into_iter()
        .map(|article| (article.story_id, format!("{} {}", article.host, article.number)))
        .collect();
    let found = settle(&*bus, &published).await;
    let visits = web.visits();
    let mut wrong = compare(&published, &found);
    wrong.extend(too_soon(&web));
    let longest = longest_silence(&web, &killed);
    if longest > TAKE_OVER {
        wrong.push(format!("a host was not asked for {longest:?} after a kill"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!(
        "politeness: {} requests, {} stories, {kills} kills: 0 too soon, 0 lost, 0 doubled, \
         taken over within {:.1} s",
        visits.len(),
        found.len(),
        longest.as_secs_f64()
    );
}

/// Waits until all that was published is there, and a moment longer for what should not be.
async fn settle(bus: &dyn Bus, published: &BTreeMap<StoryId, String>) -> Vec<RawStory> {
    let mut reader = bus.reader(&Topic::new("dateline.raw.v1"), Start::Earliest).unwrap();
    let mut found = Vec::new();
    let deadline = Instant::now() + Duration::from_mins(2);
    let has_all = |found: &[RawStory]| {
        let ids: BTreeSet<_> = found.iter().map(|story| &story.story_id).collect();
        published.keys().all(|id| ids.contains(id))
    };
    while !has_all(&found) && Instant::now() < deadline {
        raws(&mut *reader, &mut found);
        sleep(Duration::from_millis(100)).await;
    }
    sleep(Duration::from_secs(3)).await;
    raws(&mut *reader, &mut found);
    found
}

fn compare(published: &BTreeMap<StoryId, String>, found: &[RawStory]) -> Vec<String> {
    let mut counts: BTreeMap<&StoryId, usize> = BTreeMap::new();
    for story in found {
        *counts.entry(&story.story_id).or_default() += 1;
    }
    let name = |id: &StoryId| {
        let story = found.iter().find(|story| story.story_id == *id);
        story.map_or_else(|| id.to_string(), |s| format!("{} {}", s.provider, s.provider_id))
    };
    let lost = published.iter().filter(|(id, _)| !counts.contains_key(id));
    let lost = lost.map(|(_, name)| format!("lost: {name}"));
    let doubled = counts.iter().filter(|(_, count)| **count > 1);
    let doubled = doubled.map(|(id, count)| format!("{count} times: {}", name(id)));
    let no_page = found.iter().filter(|story| story.http.is_none());
    let no_page = no_page.map(|story| format!("without its page: {}", name(&story.story_id)));
    lost.chain(doubled).chain(no_page).collect()
}

/// Requests that came sooner than the host's pause after the one before.
fn too_soon(web: &SimWeb) -> Vec<String> {
    let mut last: BTreeMap<String, Instant> = BTreeMap::new();
    let mut wrong = Vec::new();
    for visit in web.visits() {
        let is_slow =
            visit.host.trim_start_matches("www.site").split('.').next().is_some_and(|number| {
                number.parse::<usize>().is_ok_and(|number| number.is_multiple_of(3))
            });
        // A robots.txt must be read before its crawl-delay can be known.
        let is_page = visit.path != "/robots.txt" && visit.path != "/feed";
        let pause = if is_slow && is_page { CRAWL_DELAY } else { INTERVAL };
        let before = last.insert(visit.host.clone(), visit.at);
        let gap = before.map_or(Duration::MAX, |before| visit.at - before);
        if gap < pause {
            wrong.push(format!("{}{} came after {gap:?}, not {pause:?}", visit.host, visit.path));
        }
    }
    wrong
}

/// The longest time after a kill until every host was asked again.
fn longest_silence(web: &SimWeb, killed: &[Instant]) -> Duration {
    let visits = web.visits();
    let mut longest = Duration::ZERO;
    for kill in killed {
        for number in 0..HOSTS {
            let host = host(number);
            let next = visits.iter().find(|visit| visit.host == host && visit.at > *kill);
            let silence = next.map_or(Duration::MAX, |visit| visit.at - *kill);
            longest = longest.max(silence);
        }
    }
    longest
}

/// Kills and the seconds between them: a short run in the tests, a long one for the figures.
fn length() -> (u32, Duration) {
    let kills = std::env::var("DATELINE_FETCHER_KILLS").ok().and_then(|text| text.parse().ok());
    let period = if kills.is_some() { 10 } else { 5 };
    (kills.unwrap_or(3), Duration::from_secs(period))
}

#[tokio::test(flavor = "multi_thread")]
async fn fetchers_share_the_hosts_on_the_embedded_bus() {
    let folder = tempfile::tempdir().unwrap();
    let data = toml::Value::String(folder.path().join("data").display().to_string());
    let settings = format!("bus.data_dir = {data}\nbus.partitions = 8\n");
    let (kills, period) = length();
    run(folder.path(), &settings, kills, period).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fetchers_share_the_hosts_on_kafka() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(&folder.path().join("kafka"), "three fetchers on Apache Kafka");
    let Some(broker) = broker.unwrap() else { return };
    let settings = format!(
        "bus.kind = \"kafka\"\nbus.kafka.bootstrap = \"{}\"\nbus.partitions = 8\n\
         bus.kafka.session_timeout_ms = 6000\n",
        broker.bootstrap
    );
    let (kills, period) = length();
    run(folder.path(), &settings, kills, period).await;
}

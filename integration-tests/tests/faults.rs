//! The fetcher against every fault of the simulated web: it never hangs, never asks what it must
//! not, loses nothing that could be read, and says what was wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dateline_record::{FetchState, RawStory, Timestamp};
use dateline_runtime::{Source, Territory, clock, defaults};
use fetcher::{Config, Fetcher, read_spec};
use integration_tests::simweb::{Fault, Host, SimWeb};

/// What must come of a fault.
struct Expected {
    polls: usize,
    /// How many stories, at least and at most.
    stories: std::ops::RangeInclusive<usize>,
    /// A part of an error that the state must name; empty where none is to be named.
    error: &'static str,
    fetch_pages: bool,
}

fn expect(stories: usize, error: &'static str) -> Expected {
    Expected { polls: 1, stories: stories..=stories, error, fetch_pages: false }
}

fn expected(fault: Fault) -> Expected {
    match fault {
        Fault::Hang => expect(0, "no answer in time"),
        Fault::Drip => expect(0, "xml"),
        Fault::Bomb
        | Fault::Endless
        | Fault::UnknownEncoding
        | Fault::HtmlInstead
        | Fault::Empty
        | Fault::DoubleGzip => expect(0, "feed"),
        Fault::HeaderFlood | Fault::Closed | Fault::TwoLengths | Fault::Icy => {
            expect(0, "could not be fetched")
        }
        Fault::FalseGzip => expect(0, "could not be fetched"),
        Fault::RedirectLoop | Fault::RedirectChain => expect(0, "max_redirects"),
        Fault::RedirectPrivate
        | Fault::RedirectLoopback
        | Fault::RedirectMapped
        | Fault::RedirectMetadata => expect(0, "not public"),
        Fault::Rebinding => expect(0, "no public address"),
        Fault::RedirectFile => expect(0, "only http and https"),
        Fault::RedirectGarbage => expect(0, "Location is no address"),
        Fault::BrokenGzip => Expected { stories: 0..=3, ..expect(0, "") },
        Fault::Truncated | Fault::WrongCharset | Fault::ClockSkew => expect(3, ""),
        Fault::TooMany => Expected { polls: 3, ..expect(3, "429") },
        Fault::Unavailable => expect(0, "503"),
        Fault::LyingEtag => Expected { polls: 40, stories: 5..=50, ..expect(0, "") },
        Fault::Rolling => Expected { polls: 3, ..expect(30, "") },
        Fault::ForeverNotModified => Expected { polls: 2, ..expect(0, "304") },
        Fault::RobotsChange => Expected { polls: 3, fetch_pages: true, ..expect(5, "") },
        Fault::RobotsDown => Expected { fetch_pages: true, ..expect(0, "") },
        Fault::HostileLinks => Expected { fetch_pages: true, ..expect(6, "") },
        Fault::Reset | Fault::EntityBomb => expect(1, ""),
    }
}

fn config(web: &SimWeb) -> Config {
    let mut config: Config = defaults("fetcher").unwrap();
    config.min_host_interval_ms = 0;
    config.first_backoff_ms = 1;
    config.connect_timeout_ms = 1_000;
    config.first_byte_timeout_ms = 1_000;
    config.request_timeout_ms = 2_000;
    config.max_feed_bytes = 1_000_000;
    config.max_page_attempts = 2;
    config.robots_cache_ms = 0;
    config.hosts = web.fetcher_hosts();
    config
}

fn host(fault: Fault) -> String {
    format!("www.{}.example", fault.name())
}

/// What a few polls of one host came to.
struct Outcome {
    stories: Vec<RawStory>,
    errors: Vec<String>,
    state: FetchState,
    elapsed: Duration,
}

async fn run(fetcher: &Fetcher, fault: Fault) -> Outcome {
    let Expected { polls, fetch_pages, .. } = expected(fault);
    let text = format!(
        "kind = \"feed\"\nurl = \"http://{}/feed\"\nfetch_pages = {fetch_pages}\n",
        host(fault)
    );
    let mut state = FetchState::new(read_spec("fault", &text, Timestamp::from_millis(0)).unwrap());
    let (mut stories, mut errors) = (Vec::new(), Vec::new());
    let start = Instant::now();
    for _ in 0..polls {
        let ahead = state.next_poll_at.as_millis() - clock::now().as_millis();
        let pause = Duration::from_millis(u64::try_from(ahead).unwrap_or(0));
        if fault == Fault::TooMany {
            // The host's wish is kept by the real clock.
            tokio::time::sleep(pause.min(Duration::from_secs(2))).await;
        }
        let at = clock::now().max(state.next_poll_at);
        let Ok(polled) = fetcher.poll(state, at, &Territory::everywhere()).await else {
            panic!("{}: a fault of one host must not concern the whole service", fault.name());
        };
        stories.extend(polled.stories);
        errors.extend(polled.state.last_error.clone());
        state = polled.state;
    }
    Outcome { stories, errors, state, elapsed: start.elapsed() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_survived() {
    let hosts: BTreeMap<String, Host> =
        Fault::ALL.iter().map(|fault| (host(*fault), Host::Fault(*fault))).collect();
    let web = SimWeb::start(hosts, 1).await.unwrap();
    let fetcher = std::sync::Arc::new(Fetcher::new(config(&web)).unwrap());
    let tasks: Vec<_> = Fault::ALL
        .iter()
        .map(|fault| {
            let fetcher = std::sync::Arc::clone(&fetcher);
            (*fault, tokio::spawn(async move { run(&fetcher, *fault).await }))
        })
        .collect();
    let mut wrong = Vec::new();
    for (fault, task) in tasks {
        let outcome = task.await.unwrap();
        wrong.extend(judge(fault, &outcome));
        wrong.extend(particulars(fault, &outcome, &web));
    }
    let trapped = web.visits().iter().filter(|visit| visit.path.contains("trap")).count();
    assert!(wrong.is_empty() && trapped == 0, "{trapped} trapped\n{}", wrong.join("\n"));
    println!("faults survived: {} of {}", Fault::ALL.len(), Fault::ALL.len());
}

fn judge(fault: Fault, outcome: &Outcome) -> Option<String> {
    let Expected { stories, error, .. } = expected(fault);
    let ids: BTreeSet<_> = outcome.stories.iter().map(|story| &story.story_id).collect();
    let is_named = if error.is_empty() {
        outcome.errors.is_empty() || fault == Fault::BrokenGzip
    } else {
        outcome.errors.iter().any(|text| text.contains(error))
    };
    // A hanging host costs its time-outs and no more.
    let is_in_time = outcome.elapsed < Duration::from_secs(10);
    let is_right = stories.contains(&ids.len()) && is_named && is_in_time;
    (!is_right).then(|| {
        format!(
            "{}: {} stories, wanted {stories:?}; errors {:?}, wanted {error:?}; {:?}",
            fault.name(),
            ids.len(),
            outcome.errors,
            outcome.elapsed
        )
    })
}

/// What matters with one fault only.
fn particulars(fault: Fault, outcome: &Outcome, web: &SimWeb) -> Option<String> {
    let text = |story: &RawStory| String::from_utf8_lossy(story.body.as_bytes()).into_owned();
    let title = |story: &RawStory| story.title.clone().unwrap_or_default();
    let ahead = outcome.state.next_poll_at.as_millis() - clock::now().as_millis();
    let mut visits = web.visits().into_iter().filter(|visit| visit.host == host(fault));
    let is_right = match fault {
        Fault::WrongCharset => {
            outcome.stories.iter().all(|story| title(story).contains("R\u{e9}cit \u{e0} Orl"))
        }
        Fault::Unavailable => ahead > 23 * 3_600_000,
        Fault::RobotsChange => outcome.stories.iter().any(|story| text(story).contains("The page")),
        Fault::RobotsDown => {
            !visits.any(|visit| visit.path.starts_with("/story"))
                && outcome.state.pending.len() == 3
        }
        Fault::EntityBomb => outcome
            .stories
            .iter()
            .all(|story| title(story).len() < 1_000 && !title(story).contains("root:")),
        _ => true,
    };
    (!is_right).then(|| format!("{}: {:?} {:?}", fault.name(), outcome.stories, outcome.state))
}

//! The simulated newswire against the fetcher alone: what the ledger says must be among the raw
//! stories, and every host must have been asked politely.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::time::Duration;

use dateline_record::{FetchState, RawStory, Signal, Status, StoryId, Timestamp};
use dateline_runtime::Source;
use fetcher::{Config, Fetcher};
use integration_tests::newswire::{Newswire, Options, Outcome};

const INTERVAL_MS: u64 = 20;

fn config(newswire: &Newswire) -> Config {
    let text = include_str!("../../config/dateline.toml");
    let table: toml::Table = text.parse().unwrap();
    let mut config: Config = table["fetcher"].clone().try_into().unwrap();
    config.hosts = newswire.fetcher_hosts();
    config.min_host_interval_ms = INTERVAL_MS;
    config.first_backoff_ms = 50;
    config.file_settle_ms = 10;
    config
}

fn states(newswire: &Newswire) -> Vec<FetchState> {
    let read = |(name, text): (String, String)| {
        let id = name.strip_suffix(".toml").unwrap();
        FetchState::new(fetcher::read_spec(id, &text, Timestamp::from_millis(0)).unwrap())
    };
    newswire.sources().into_iter().map(read).collect()
}

/// What all polls brought.
#[derive(Default)]
struct Read {
    last: HashMap<StoryId, RawStory>,
    first: HashMap<StoryId, Signal>,
    dead: usize,
    texts: String,
}

impl Read {
    fn take(&mut self, story: RawStory) {
        self.texts.push_str(&String::from_utf8_lossy(story.body.as_bytes()));
        self.first.entry(story.story_id.clone()).or_insert(story.signal);
        let known = self.last.get(&story.story_id).map(|known| known.revision);
        if known.is_none_or(|known| story.revision >= known) {
            self.last.insert(story.story_id.clone(), story);
        }
    }
}

/// Polls each source whose time has come.
async fn poll_all(fetcher: &Fetcher, states: &mut [FetchState], read: &mut Read) {
    for state in states {
        let now: Timestamp = jiff::Timestamp::now().into();
        if state.next_poll_at > now {
            continue;
        }
        let Ok(polled) =
            fetcher.poll(state.clone(), now, &dateline_runtime::Territory::everywhere()).await
        else {
            panic!("a poll failed")
        };
        polled.stories.into_iter().for_each(|story| read.take(story));
        read.dead += polled.dead.len();
        *state = polled.state;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fetcher_brings_what_the_ledger_says() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { step: Duration::from_millis(1), interval_seconds: 1 };
    let newswire = Newswire::start(folder.path(), options).await.unwrap();
    let fetcher = Fetcher::new(config(&newswire)).unwrap();
    let mut states = states(&newswire);
    let mut read = Read::default();
    for step in 0..=newswire.steps() {
        if step > 0 {
            newswire.advance(step).unwrap();
        }
        let rounds = if step == newswire.steps() { 15 } else { 4 };
        for _ in 0..rounds {
            poll_all(&fetcher, &mut states, &mut read).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    check_ledger(&newswire, &read);
    check_requests(&newswire);
}

fn check_ledger(newswire: &Newswire, read: &Read) {
    let ledger = newswire.ledger();
    assert_eq!(read.dead, ledger.dead_letters);
    assert_eq!(read.last.len(), ledger.stories.len());
    for expected in &ledger.stories {
        let story = read.last.get(&expected.story_id);
        let story = story.unwrap_or_else(|| panic!("{} is missing", expected.provider_id));
        let body = String::from_utf8_lossy(story.body.as_bytes());
        match &expected.outcome {
            Outcome::Killed => {
                assert_eq!(story.status, Status::Canceled, "{}", expected.provider_id);
                assert_ne!(read.first[&expected.story_id], Signal::Kill, "it was known before");
            }
            Outcome::Live { marker } => {
                assert_eq!(story.status, Status::Usable, "{}", expected.provider_id);
                assert!(body.contains(marker), "{}: {body}", expected.provider_id);
            }
            Outcome::NotCoded => assert_eq!(story.language.as_deref(), Some("es")),
        }
    }
    for forbidden in &ledger.forbidden {
        assert!(!read.texts.contains(forbidden));
    }
}

fn check_requests(newswire: &Newswire) {
    let counters = newswire.counters();
    assert_eq!(counters.len(), 4);
    for (host, count) in &counters {
        assert!(count.not_modified > 0, "{host}: no conditional request was answered 304");
        let gap = count.shortest_gap.unwrap();
        assert!(gap >= Duration::from_millis(INTERVAL_MS), "{host}: {gap:?}");
    }
    let slow = newswire.hits().into_iter().filter(|hit| hit.host == "world.northpost.example");
    let after_robots: Vec<_> = slow.skip_while(|hit| hit.path != "/robots.txt").collect();
    for pair in after_robots.windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= Duration::from_secs(1), "crawl-delay 1, but {gap:?}");
    }
    let hits = newswire.hits();
    assert!(hits.iter().all(|hit| !hit.path.starts_with("/private/")));
}

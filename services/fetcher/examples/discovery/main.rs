//! How long a story waits until a feed's poll finds it: this fetcher's schedule against Miniflux's
//! entry-frequency policy, at equal numbers of requests.
//!
//! `cargo run -p fetcher --example discovery -- FILES.sgm` reads the times of Reuters stories. The
//! last file is held out: it is reported apart and nothing was tuned on it. Three tables:
//! feeds drawn from the corpus (its rates by topic and place, its hours, its bursts, no moment twice)
//! and the real feeds, a topic of a place each, as they came.
#![allow(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

mod corpus;
mod draw;
mod policy;

use corpus::{Corpus, DAY, Profile, WEEK};
use policy::Web;

const FEEDS: usize = 1_000;
const WEEKS: i64 = 6;
/// Weeks in which the policies learn; their requests and delays do not count.
const WARM_UP_WEEKS: i64 = 3;
/// One for each table.
const SEEDS: [u64; 2] = [21_578, 1_987];
/// A Monday.
const START: i64 = 4 * DAY;
/// Stories from which on a real feed is taken.
const LEAST_STORIES: usize = 10;
const FACTORS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

fn main() -> anyhow::Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    anyhow::ensure!(
        paths.len() > 1,
        "name two or more files of Reuters-21578; the last is held out"
    );
    let (developed, held_out) = paths.split_at(paths.len() - 1);
    let (developed, held_out) = (Corpus::read(developed)?, Corpus::read(held_out)?);
    let profile = Profile::of(&developed, None);
    let unseen = Profile::of(&held_out, Some(&profile));
    drawn("drawn from all files but the last", &developed, &profile, SEEDS[0]);
    drawn("drawn from the last file", &held_out, &unseen, SEEDS[1]);
    compare("real feeds of all files, as they came", &real(&Corpus::read(&paths)?));
    Ok(())
}

fn drawn(name: &str, corpus: &Corpus, profile: &Profile, seed: u64) {
    println!("{} stories of {} feeds, seed {seed}", corpus.stories(), corpus.groups.len());
    profile.print();
    let feeds = draw::feeds(corpus, profile, (START, WEEKS), (FEEDS, seed));
    let (counted, end) = (START + WARM_UP_WEEKS * WEEK, START + WEEKS * WEEK);
    compare(name, &Web { feeds, start: START, counted, end });
}

/// The real feeds. There is no time to warm up: both policies know nothing at the first story.
fn real(corpus: &Corpus) -> Web {
    let lively = corpus.groups.values().filter(|times| times.len() >= LEAST_STORIES);
    let feeds: Vec<_> = lively.cloned().collect();
    let start = corpus.spans.iter().map(|span| span.0).min().unwrap_or(0);
    let end = corpus.spans.iter().map(|span| span.1).max().unwrap_or(0);
    Web { feeds, start, counted: start, end }
}

fn compare(name: &str, web: &Web) {
    let mut sizes: Vec<usize> = web.feeds.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let days = (web.end - web.start) as f64 / DAY as f64;
    println!(
        "{name}: {} arrivals on {} feeds in {days:.1} days; a feed has {} in the median, {} at most",
        sizes.iter().sum::<usize>(),
        sizes.len(),
        sizes[sizes.len() / 2],
        sizes[sizes.len() - 1],
    );
    println!("  policy                       requests   median s     mean s      p90 s");
    let mut guess = 1_000.0;
    for factor in FACTORS {
        let other = web.miniflux(factor);
        other.print(&format!("miniflux factor {factor}"));
        let (worth, ours) = web.matched(guess, other.requests);
        ours.print(&format!("dateline worth {worth:.0}"));
        println!(
            "  ratio: requests {:.3}, median {:.3}, mean {:.3}",
            ours.requests as f64 / other.requests as f64,
            ours.median() / other.median(),
            ours.mean() / other.mean(),
        );
        guess = worth;
    }
    println!();
}

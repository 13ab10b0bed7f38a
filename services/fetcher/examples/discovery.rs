//! How long a story waits until a feed's poll finds it: this fetcher's schedule against a fixed
//! interval and against Miniflux's entry-frequency policy, at equal numbers of requests.
//!
//! `cargo run --release -p fetcher --example discovery -- FILES.sgm` reads the times of Reuters
//! stories, deals them to 1,000 feeds by what they are about, and repeats them, with their rhythm of
//! hour and day and with their bursts, over twelve weeks.
#![allow(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

use std::collections::BTreeMap;
use std::time::Duration;

use dateline_record::{ContentHash, Rhythm, Timestamp};
use dateline_wire::sgml;
use fetcher::schedule::{Bounds, learn, next};

const FEEDS: u64 = 1_000;
const WEEKS: i64 = 12;
/// Weeks in which the policies learn; their requests and delays do not count.
const WARM_UP_WEEKS: i64 = 4;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// Stories that a feed lists.
const LISTED: u32 = 30;
/// The bounds of both policies, as Miniflux has them.
const MIN: Duration = Duration::from_mins(5);
const MAX: Duration = Duration::from_hours(24);

/// A feed's arrivals in milliseconds, sorted.
type Feed = Vec<i64>;

fn main() -> anyhow::Result<()> {
    let stories = read(std::env::args().skip(1))?;
    let feeds = feeds(&stories);
    let (lively, all) = (feeds.iter().filter(|feed| !feed.is_empty()).count(), feeds.len());
    let arrivals: usize = feeds.iter().map(Vec::len).sum();
    println!(
        "{} stories, {arrivals} arrivals in {WEEKS} weeks, {lively} of {all} feeds",
        stories.len()
    );
    println!("policy                         requests   median s     mean s      p90 s");
    for factor in [1.0, 2.0, 4.0, 8.0] {
        let other = run(&feeds, |feed| Box::new(Miniflux { feed, factor }));
        other.print(&format!("miniflux factor {factor}"));
        let ours = matched(&feeds, other.requests);
        ours.1.print(&format!("dateline worth {:.0}", ours.0));
        println!(
            "  ratio: requests {:.3}, median {:.3}, mean {:.3}",
            ours.1.requests as f64 / other.requests as f64,
            ours.1.median() / other.median(),
            ours.1.mean() / other.mean(),
        );
    }
    Ok(())
}

/// A story: what it is about, and when it came.
struct Story {
    about: String,
    at: i64,
}

fn read(paths: impl Iterator<Item = String>) -> anyhow::Result<Vec<Story>> {
    let mut stories = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path)?;
        for range in sgml::split(&bytes).flatten() {
            let Ok(story) = sgml::parse(&bytes[range]) else {
                continue;
            };
            let Some(at) = story.published else {
                continue;
            };
            let first = |list: &[String]| list.first().cloned().unwrap_or_default();
            let slug = story.header.lines().last().unwrap_or_default();
            let slug = slug.split_whitespace().find(|word| word.contains('-')).unwrap_or_default();
            // The first part of a slug is its desk and its matter.
            let slug: String = slug.split('-').take(2).collect::<Vec<_>>().join("-");
            let about = format!("{} {} {slug}", first(&story.topics), first(&story.places));
            stories.push(Story { about, at: at.as_millis() });
        }
    }
    anyhow::ensure!(!stories.is_empty(), "no story was read: name files of Reuters-21578");
    Ok(stories)
}

/// Deals the stories to feeds and repeats them. A repetition keeps the time of the day and whether
/// the day is one of work, as the stories have them, and the distances within a burst; which day it
/// is and by how much the burst is moved are drawn anew.
fn feeds(stories: &[Story]) -> Vec<Feed> {
    let mut by_feed: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for story in stories {
        by_feed.entry(draw(&story.about) % FEEDS).or_default().push(story.at);
    }
    let span_days = {
        let days: std::collections::BTreeSet<i64> =
            stories.iter().map(|story| story.at.div_euclid(DAY)).collect();
        i64::try_from(days.len()).unwrap_or(1)
    };
    (0..FEEDS)
        .map(|number| {
            let times = by_feed.remove(&number).unwrap_or_default();
            let mut feed: Feed = repeat(number, times, span_days);
            feed.sort_unstable();
            feed
        })
        .collect()
}

fn repeat(number: u64, mut times: Vec<i64>, span_days: i64) -> Feed {
    times.sort_unstable();
    let mut feed = Feed::new();
    // Stories within two hours of each other are one burst.
    for burst in times.chunk_by(|one, other| other - one < 2 * HOUR) {
        // The files cover so many days; each burst comes as often as it would in their rhythm.
        for repetition in 0..(WEEKS * 7 / span_days.max(1)).max(1) {
            let random = draw(&format!("{number} {} {repetition}", burst[0]));
            let is_weekend = weekday(burst[0]) >= 5;
            let in_week = |random: u64| i64::try_from(random % 5).unwrap_or(0);
            let day = if is_weekend { 5 + in_week(random) % 2 } else { in_week(random) };
            let week = i64::try_from((random / 7) % u64::try_from(WEEKS).unwrap_or(1)).unwrap_or(0);
            // Up to half an hour to either side.
            let shift = i64::try_from((random / 1_000) % 3_600).unwrap_or(0) * 1_000 - HOUR / 2;
            let start = week * WEEK + day * DAY + burst[0].rem_euclid(DAY) + shift;
            feed.extend(burst.iter().map(|at| start + at - burst[0]));
        }
    }
    feed.retain(|at| (0..WEEKS * WEEK).contains(at));
    // The first of January 1970 was a Thursday: the weeks here begin with the Monday after it.
    feed.iter().map(|at| at + 4 * DAY).collect()
}

fn weekday(at: i64) -> i64 {
    (at.div_euclid(DAY) + 3).rem_euclid(7)
}

fn draw(text: &str) -> u64 {
    let hash = ContentHash::of(text.as_bytes());
    u64::from_str_radix(&hash.as_str()[..12], 16).unwrap_or(0)
}

/// When a feed is asked next.
trait Policy {
    /// `new` are the arrivals since the last poll.
    fn next(&mut self, new: &[i64], last: Option<i64>, now: i64) -> i64;
}

/// week / (entries of the last week * factor), within the bounds.
struct Miniflux<'a> {
    feed: &'a Feed,
    factor: f64,
}

impl Policy for Miniflux<'_> {
    fn next(&mut self, _: &[i64], _: Option<i64>, now: i64) -> i64 {
        let after = self.feed.partition_point(|at| *at <= now - WEEK);
        let until = self.feed.partition_point(|at| *at <= now);
        let weekly = (until - after) as f64;
        let interval =
            if weekly == 0.0 { f64::INFINITY } else { WEEK as f64 / (weekly * self.factor) };
        let bounded = interval.clamp(MIN.as_millis() as f64, MAX.as_millis() as f64);
        now + bounded.round() as i64
    }
}

struct Dateline {
    rhythm: Rhythm,
    bounds: Bounds,
    name: String,
}

impl Policy for Dateline {
    fn next(&mut self, new: &[i64], last: Option<i64>, now: i64) -> i64 {
        let time = |at: i64| Timestamp::from_millis(at);
        let new: Vec<Option<Timestamp>> = new.iter().map(|at| Some(time(*at))).collect();
        learn(&mut self.rhythm, &new, last.map(time), time(now));
        next(&self.rhythm, &self.bounds, &self.name, time(now)).as_millis()
    }
}

/// What a policy cost and brought.
#[derive(Default)]
struct Outcome {
    requests: usize,
    delays: Vec<i64>,
}

impl Outcome {
    fn quantile(&self, share: f64) -> f64 {
        let at = (self.delays.len() as f64 * share) as usize;
        self.delays.get(at).map_or(0.0, |delay| *delay as f64 / 1_000.0)
    }

    fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    fn mean(&self) -> f64 {
        self.delays.iter().sum::<i64>() as f64 / self.delays.len().max(1) as f64 / 1_000.0
    }

    fn print(&self, name: &str) {
        let (median, mean, p90) = (self.median(), self.mean(), self.quantile(0.9));
        println!("{name:<28} {:>10} {median:>10.0} {mean:>10.0} {p90:>10.0}", self.requests);
    }
}

fn run<'a>(feeds: &'a [Feed], policy: impl Fn(&'a Feed) -> Box<dyn Policy + 'a>) -> Outcome {
    let mut outcome = Outcome::default();
    let counted = 4 * DAY + WARM_UP_WEEKS * WEEK;
    let end = 4 * DAY + WEEKS * WEEK;
    for (number, feed) in feeds.iter().enumerate() {
        let mut policy = policy(feed);
        // Feeds are not all asked first at the same moment.
        let mut now =
            4 * DAY + i64::try_from(draw(&number.to_string()) % 86_400).unwrap_or(0) * 1_000;
        let (mut last, mut found) = (None, 0);
        while now < end {
            let until = feed.partition_point(|at| *at <= now);
            let new = &feed[found..until];
            outcome.requests += usize::from(now >= counted);
            outcome.delays.extend(new.iter().filter(|at| **at >= counted).map(|at| now - at));
            let then = policy.next(new, last, now);
            (found, last, now) = (until, Some(now), then.max(now + 1_000));
        }
    }
    outcome.delays.sort_unstable();
    outcome
}

/// This schedule with the worth of a request at which it asks as often.
fn matched(feeds: &[Feed], requests: usize) -> (f64, Outcome) {
    let try_out = |worth: f64| {
        run(feeds, |feed| {
            let bounds =
                Bounds { min: MIN, max: MAX, worth_item_seconds: worth, capacity: Some(LISTED) };
            let name = feed.first().map_or_else(String::new, ToString::to_string);
            Box::new(Dateline { rhythm: Rhythm::default(), bounds, name })
        })
    };
    let (mut low, mut high) = (1.0_f64, 1e9_f64);
    let mut best = (high, try_out(high));
    for _ in 0..14 {
        let worth = (low * high).sqrt();
        let outcome = try_out(worth);
        if outcome.requests > requests {
            low = worth;
        } else {
            high = worth;
            best = (worth, outcome);
        }
    }
    best
}

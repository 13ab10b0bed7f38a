//! The policies, and what each costs and brings on the same feeds.

use std::time::Duration;

use dateline_record::{Rhythm, Timestamp};
use fetcher::schedule::{Bounds, learn, next};

use crate::corpus::{DAY, WEEK};
use crate::draw::{Feed, Random};

/// Stories that a feed lists.
const LISTED: u32 = 30;

/// The bounds of each policy: the shortest pause that it has by default, and a day.
const MINIFLUX_MIN: Duration = Duration::from_mins(5);
const DATELINE_MIN: Duration = Duration::from_mins(1);
const MAX: Duration = Duration::from_hours(24);

/// By how much the numbers of requests may differ.
const TOLERANCE: f64 = 0.01;

/// Tries until they must be as near.
const MAX_TRIES: usize = 14;

/// Feeds and the times between which they are asked, and from which on it counts.
pub(crate) struct Web {
    pub(crate) feeds: Vec<Feed>,
    pub(crate) start: i64,
    pub(crate) counted: i64,
    pub(crate) end: i64,
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
        let bounded = interval.clamp(MINIFLUX_MIN.as_millis() as f64, MAX.as_millis() as f64);
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
pub(crate) struct Outcome {
    pub(crate) requests: usize,
    delays: Vec<i64>,
}

impl Outcome {
    fn quantile(&self, share: f64) -> f64 {
        let at = (self.delays.len() as f64 * share) as usize;
        self.delays.get(at).map_or(0.0, |delay| *delay as f64 / 1_000.0)
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub(crate) fn mean(&self) -> f64 {
        self.delays.iter().sum::<i64>() as f64 / self.delays.len().max(1) as f64 / 1_000.0
    }

    pub(crate) fn print(&self, name: &str) {
        let (median, mean, p90) = (self.median(), self.mean(), self.quantile(0.9));
        println!("  {name:<26} {:>10} {median:>10.0} {mean:>10.0} {p90:>10.0}", self.requests);
    }
}

impl Web {
    pub(crate) fn miniflux(&self, factor: f64) -> Outcome {
        self.run(|_, feed| Box::new(Miniflux { feed, factor }))
    }

    fn dateline(&self, worth_item_seconds: f64) -> Outcome {
        self.run(|number, _| {
            let bounds =
                Bounds { min: DATELINE_MIN, max: MAX, worth_item_seconds, capacity: Some(LISTED) };
            Box::new(Dateline { rhythm: Rhythm::default(), bounds, name: number.to_string() })
        })
    }

    /// This schedule with the worth of a request at which it asks as often, from a first guess on.
    pub(crate) fn matched(&self, guess: f64, requests: usize) -> (f64, Outcome) {
        let wanted = (requests as f64).ln();
        let (mut low, mut high) = (0.0, 1e12_f64.ln());
        let mut worth = guess.ln();
        let mut best: Option<(f64, f64, Outcome)> = None;
        for _ in 0..MAX_TRIES {
            let outcome = self.dateline(worth.exp());
            // Requests fall about as the root of the worth rises.
            let off = (outcome.requests.max(1) as f64).ln() - wanted;
            if off > 0.0 {
                low = worth;
            } else {
                high = worth;
            }
            if best.as_ref().is_none_or(|best| off.abs() < best.0.abs()) {
                best = Some((off, worth, outcome));
            }
            if off.abs() < TOLERANCE {
                break;
            }
            let step = worth + 1.5 * off;
            let is_within = step > low && step < high;
            worth = if is_within { step } else { low.midpoint(high) };
        }
        best.map(|(_, worth, outcome)| (worth.exp(), outcome)).unwrap_or_default()
    }

    fn run<'a>(&'a self, policy: impl Fn(usize, &'a Feed) -> Box<dyn Policy + 'a>) -> Outcome {
        let mut outcome = Outcome::default();
        for (number, feed) in self.feeds.iter().enumerate() {
            let mut policy = policy(number, feed);
            // Feeds are not all asked first at the same moment.
            let shift = Random(u64::try_from(number).unwrap_or(0)).share() * DAY as f64;
            let mut now = self.start + shift as i64;
            let (mut last, mut found) = (None, 0);
            while now < self.end {
                let until = feed.partition_point(|at| *at <= now);
                let new = &feed[found..until];
                outcome.requests += usize::from(now >= self.counted);
                let counted = new.iter().filter(|at| **at >= self.counted);
                outcome.delays.extend(counted.map(|at| now - at));
                let then = policy.next(new, last, now);
                (found, last, now) = (until, Some(now), then.max(now + 1_000));
            }
            // What was not found until the end waited at least until then.
            let missed = feed[found..].iter().filter(|at| (self.counted..self.end).contains(*at));
            outcome.delays.extend(missed.map(|at| self.end - at));
        }
        outcome.delays.sort_unstable();
        outcome
    }
}

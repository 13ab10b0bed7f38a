//! Feeds drawn from the corpus: its rates, its hours and its bursts, but never its repetition.

use crate::corpus::{Corpus, HOUR, Profile, WEEK};

/// Groups to either side, in the order of their rates, whose bursts a feed may have.
const NEIGHBOURS: usize = 10;

/// By what factor, as a standard deviation of its logarithm, a feed's rate differs from its group's.
const RATE_SPREAD: f64 = 0.5;

/// A feed's arrivals in milliseconds, sorted.
pub(crate) type Feed = Vec<i64>;

/// Numbers by `SplitMix64`: the same for the same seed everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.share() * limit as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    fn poisson(&mut self, mean: f64) -> usize {
        let (limit, mut product) = ((-mean).exp(), self.share());
        let mut count = 0;
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }
}

/// So many feeds over so many weeks from `start`, a Monday. Each takes its rate from a group of the
/// corpus, begins its bursts by the profile of all hours, and has the bursts of groups as lively.
pub(crate) fn feeds(
    corpus: &Corpus,
    profile: &Profile,
    (start, weeks): (i64, i64),
    (number, seed): (usize, u64),
) -> Vec<Feed> {
    let mut random = Random(seed);
    let mut groups: Vec<Vec<Vec<i64>>> =
        corpus.groups.values().map(|times| corpus.bursts(times)).collect();
    groups.sort_by_key(Vec::len);
    let covered = profile.covered(corpus);
    let one_feed = |_| {
        let group = random.below(groups.len());
        let rate = groups[group].len() as f64 / covered * (RATE_SPREAD * random.normal()).exp();
        let low = group.saturating_sub(NEIGHBOURS);
        let near = &groups[low..(group + NEIGHBOURS + 1).min(groups.len())];
        let mut feed = Feed::new();
        for hour in 0..weeks * WEEK / HOUR {
            let begin = start + hour * HOUR;
            for _ in 0..random.poisson(rate * profile.at(begin)) {
                let first = begin + (random.share() * HOUR as f64) as i64;
                let bursts = &near[random.below(near.len())];
                let burst = &bursts[random.below(bursts.len())];
                feed.extend(burst.iter().map(|distance| first + distance));
            }
        }
        feed.retain(|at| *at < start + weeks * WEEK);
        feed.sort_unstable();
        feed
    };
    (0..number).map(one_feed).collect()
}

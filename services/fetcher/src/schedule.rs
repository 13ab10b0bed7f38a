//! When a source is to be asked again: when what it has probably published meanwhile has waited
//! long enough to be worth a request. Pure: times in, a time out.
//!
//! A source's rhythm is the rate of its items by hour of the day and day of the week, older ones
//! counting less, and what the last hours add to it, since news come in bursts. From it follows how
//! long the items that come will wait for any plan of requests. Of all plans for the next days the
//! one is taken in which the waiting and the requests, each worth a fixed number of item-seconds,
//! cost least, and its first request is the answer: it falls on the end of a burst or a working day
//! rather than in the middle of the night, and sources share the requests as is best for all.

use std::time::Duration;

use dateline_record::{ContentHash, Rhythm, Timestamp};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// In so many days an arrival counts half as much for how many items come.
const HALF_LIFE_DAYS: f64 = 14.0;

/// In so many days an arrival counts half as much for when in the day and the week they come.
const SHAPE_HALF_LIFE_DAYS: f64 = 60.0;

/// In so many hours an arrival counts half as much for a burst.
const BURST_HALF_LIFE_HOURS: f64 = 0.75;

/// Items that one item brings with it in its burst.
const BURST_CHILDREN: f64 = 0.35;

/// What the rhythm is taken for before anything was seen: a part of an item, spread evenly.
const PRIOR_ITEMS: f64 = 0.5;

/// Items that the shape of day and week is assumed to have seen, spread evenly.
const PRIOR_SHAPE: f64 = 1.0;

/// By how many hours the shape of the day is smoothed beyond one, where little was seen.
const MAX_SMOOTHING: f64 = 3.0;

/// Items after which half of that is left.
const SMOOTHED_ITEMS: f64 = 10.0;

/// Arrivals older than this teach nothing: a feed may list its first item of all for ever.
const MAX_AGE_DAYS: i64 = 120;

/// Steps in which the future is looked at.
const STEPS: usize = 160;

/// A step is such a part of the pause that would be best at a constant rate, within bounds.
const STEPS_IN_A_PAUSE: f64 = 10.0;
const STEP_BOUNDS_MS: (f64, f64) = (30_000.0, 1_800_000.0);

/// How long waits are felt: the first seconds in full, later ones less and less, so that twice the
/// wait costs about the same at any length, as news age. Each part is a share of the first seconds'
/// weight, and the seconds in which all but a third of that part is gone. With it, requests go where
/// many items are found soon, rather than where a few have waited for long.
const FELT: [(f64, f64); 4] =
    [(0.875_2, 300.0), (0.109_4, 2_400.0), (0.013_7, 19_200.0), (0.001_7, 153_600.0)];

/// Pauses that are tried for a constant rate, each longer than the one before by this factor.
const TRIED_PAUSES: i32 = 40;
const TRIED_FACTOR: f64 = 1.25;

/// A source that overflows its list loses items: it is asked when the list is half new.
const MAX_NEW_SHARE: f64 = 0.5;

/// Between what a source may be asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Not before.
    pub min: Duration,
    /// Not after.
    pub max: Duration,
    /// What a request is worth: seconds that items may wait in all.
    pub worth_item_seconds: f64,
    /// Items that the source's list holds, where it shows only the newest.
    pub capacity: Option<u32>,
}

/// Learns from a poll: when its new items came, as far as they say it, since the poll before.
pub fn learn(
    rhythm: &mut Rhythm,
    arrivals: &[Option<Timestamp>],
    last_poll: Option<Timestamp>,
    now: Timestamp,
) {
    let mut at: Vec<i64> =
        arrivals.iter().filter_map(|arrival| place(*arrival, last_poll, now)).collect();
    at.sort_unstable();
    let start = match (rhythm.updated_at, at.first()) {
        (Some(updated), _) => updated.as_millis(),
        // The first poll shows how far the list reaches back.
        (None, Some(first)) => *first,
        (None, None) => now.as_millis(),
    };
    fade(rhythm, start, now.as_millis());
    rhythm.hours.resize(24, 0.0);
    rhythm.days.resize(7, 0.0);
    for at in &at {
        let age_ms = now.as_millis().saturating_sub(*at);
        let weight = half_life(age_ms, SHAPE_HALF_LIFE_DAYS * 24.0);
        rhythm.level += narrow(half_life(age_ms, HALF_LIFE_DAYS * 24.0));
        rhythm.hours[hour(*at)] += narrow(weight);
        rhythm.days[day(*at)] += narrow(weight);
        rhythm.recent += narrow(half_life(age_ms, BURST_HALF_LIFE_HOURS));
    }
    let newest = at.last().map(|at| Timestamp::from_millis(*at));
    rhythm.last_arrival_at = rhythm.last_arrival_at.max(newest);
    rhythm.updated_at = Some(now);
}

/// The time of an arrival that can be: between the polls, or before the first one.
fn place(arrival: Option<Timestamp>, last: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    let now = now.as_millis();
    match (arrival.map(Timestamp::as_millis), last.map(Timestamp::as_millis)) {
        (Some(at), Some(last)) => Some(at.clamp(last.min(now), now)),
        (Some(at), None) => (at <= now && now - at <= MAX_AGE_DAYS * DAY_MS).then_some(at),
        // Items without a time came at some time between the polls.
        (None, Some(last)) => Some(last.midpoint(now)),
        (None, None) => None,
    }
}

/// Lets the weights fade, and counts the days that were watched in the same way.
fn fade(rhythm: &mut Rhythm, from: i64, until: i64) {
    let passed = until.saturating_sub(from).max(0);
    let shape_kept = half_life(passed, SHAPE_HALF_LIFE_DAYS * 24.0);
    for weight in rhythm.hours.iter_mut().chain(&mut rhythm.days) {
        *weight *= narrow(shape_kept);
    }
    let kept = half_life(passed, HALF_LIFE_DAYS * 24.0);
    rhythm.level *= narrow(kept);
    // The integral of the fading weight over the time that passed.
    let mean_life_days = HALF_LIFE_DAYS / std::f64::consts::LN_2;
    rhythm.watched_days =
        narrow(f64::from(rhythm.watched_days) * kept + mean_life_days * (1.0 - kept));
    rhythm.recent *= narrow(half_life(passed, BURST_HALF_LIFE_HOURS));
}

/// When to ask next. The jitter depends on nothing but the source's name and the time.
pub fn next(rhythm: &Rhythm, bounds: &Bounds, name: &str, now: Timestamp) -> Timestamp {
    let now = now.as_millis();
    let worth = bounds.worth_item_seconds * (0.9 + 0.2 * fraction(name, now));
    let rate = Rate::new(rhythm);
    let (min, max) = (millis(bounds.min), millis(bounds.max));
    let pause = steady_pause(worth, rate.per_day).clamp(wide(min), wide(max));
    let step = (pause / STEPS_IN_A_PAUSE).clamp(STEP_BOUNDS_MS.0, STEP_BOUNDS_MS.1);
    let future = Future::new(&rate, now, step);
    let most_new = bounds.capacity.map_or(f64::INFINITY, |items| f64::from(items) * MAX_NEW_SHARE);
    let steps = |pause: i64| (wide(pause) / step).ceil();
    let allowed = Allowed { min: steps(min), max: steps(max), most_new };
    let jitter = 0.5 - fraction(name, now.wrapping_add(1));
    let planned = (wide(future.first_request(worth, &allowed)) + jitter) * step;
    Timestamp::from_millis(now.saturating_add(whole(planned).clamp(min, max.max(min))))
}

/// Items that the rhythm would have brought since the last one, within four weeks; none where it is
/// not known yet, after less than a day.
pub fn missed(rhythm: &Rhythm, now: Timestamp) -> f64 {
    let Some(last) = rhythm.last_arrival_at.filter(|_| rhythm.watched_days >= 1.0) else {
        return 0.0;
    };
    let rate = Rate::new(&Rhythm { recent: 0.0, ..rhythm.clone() });
    let hours = (now.as_millis() - last.as_millis()).clamp(0, 28 * DAY_MS) / HOUR_MS;
    let at = |hour: i64| rate.per_hour(last.as_millis() + hour * HOUR_MS, 0);
    (0..hours).map(at).sum::<f64>() / (1.0 - BURST_CHILDREN)
}

/// What a plan may do, in steps.
struct Allowed {
    min: f64,
    max: f64,
    most_new: f64,
}

/// The pause in milliseconds that is best where items come at a constant rate.
fn steady_pause(worth: f64, per_day: f64) -> f64 {
    let per_second = per_day / 86_400.0;
    let cost_per_second = |pause: f64| {
        let felt = FELT.iter().map(|(share, seconds)| {
            share * seconds * (pause + seconds * (-pause / seconds).exp_m1())
        });
        (worth + per_second * felt.sum::<f64>()) / pause
    };
    let tried = (0..TRIED_PAUSES).map(|number| 30.0 * TRIED_FACTOR.powi(number));
    let best = tried.min_by(|one, other| cost_per_second(*one).total_cmp(&cost_per_second(*other)));
    best.unwrap_or_default() * 1_000.0
}

/// What comes in the next steps, and what is left of each part of a wait after a step.
struct Future {
    items: Vec<f64>,
    kept: [f64; FELT.len()],
    kept_of_half: [f64; FELT.len()],
}

/// Items that wait.
#[derive(Default)]
struct Waiting {
    items: f64,
    /// What of each part of their waits is still to be felt.
    ahead: [f64; FELT.len()],
}

impl Waiting {
    /// Another step, with the items that come in its middle.
    fn step(&mut self, new: f64, future: &Future) {
        self.items += new;
        for (part, ahead) in self.ahead.iter_mut().enumerate() {
            *ahead = *ahead * future.kept[part] + new * future.kept_of_half[part];
        }
    }

    /// Item-seconds, as they are felt.
    fn felt(&self) -> f64 {
        let parts = FELT.iter().zip(&self.ahead);
        parts.map(|((share, seconds), ahead)| share * seconds * (self.items - ahead)).sum()
    }
}

impl Future {
    fn new(rate: &Rate, now: i64, step: f64) -> Self {
        let new_items = |number: usize| {
            let middle = (wide(count(number)) + 0.5) * step;
            rate.per_hour(now + whole(middle), whole(middle)) * step / wide(HOUR_MS)
        };
        let kept = |part: f64| FELT.map(|(_, seconds)| (-part * step / 1_000.0 / seconds).exp());
        Self {
            items: (0..STEPS).map(new_items).collect(),
            kept: kept(1.0),
            kept_of_half: kept(0.5),
        }
    }

    /// The first request of the cheapest plan, from the last step back to the first.
    fn first_request(&self, worth: f64, allowed: &Allowed) -> i64 {
        let mut costs = vec![0.0; STEPS + 1];
        let mut first = STEPS;
        for from in (0..STEPS).rev() {
            let mut best = (f64::INFINITY, STEPS);
            let mut waiting = Waiting::default();
            for (to, cost_after) in costs.iter().enumerate().skip(from + 1) {
                let length = wide(count(to - from));
                waiting.step(self.items[to - 1], self);
                if length < allowed.min && to < STEPS {
                    continue;
                }
                // What comes after the last step is as much waited for as before it.
                let request = if to < STEPS { worth } else { 0.0 };
                let waited = waiting.felt();
                // Whoever waits longer only waits more.
                if waited >= best.0 {
                    break;
                }
                let cost = waited + request + cost_after;
                if cost < best.0 {
                    best = (cost, to);
                }
                let is_full = waiting.items >= allowed.most_new;
                if length >= allowed.max || is_full {
                    break;
                }
            }
            costs[from] = best.0;
            first = best.1;
        }
        count(first)
    }
}

/// The rate of arrivals at any time.
struct Rate {
    per_day: f64,
    hours: [f64; 24],
    days: [f64; 7],
    burst_per_hour: f64,
}

impl Rate {
    fn new(rhythm: &Rhythm) -> Self {
        let days = f64::from(rhythm.watched_days);
        let decay = std::f64::consts::LN_2 / BURST_HALF_LIFE_HOURS;
        Self {
            per_day: (f64::from(rhythm.level) + PRIOR_ITEMS) / (days + 1.0),
            hours: shape(&rhythm.hours),
            days: shape(&rhythm.days),
            burst_per_hour: BURST_CHILDREN * f64::from(rhythm.recent) * decay,
        }
    }

    fn per_hour(&self, at: i64, passed: i64) -> f64 {
        let rhythm = self.per_day / 24.0 * self.hours[hour(at)] * self.days[day(at)];
        // A part of the mean rate is the bursts' own.
        let burst = self.burst_per_hour * half_life(passed, BURST_HALF_LIFE_HOURS);
        rhythm * (1.0 - BURST_CHILDREN) + burst
    }
}

/// How much more than on average comes in each part, 1 on average: smoothed with its neighbours,
/// the more the less was seen.
fn shape<const N: usize>(weights: &[f32]) -> [f64; N] {
    let mut shape = [1.0; N];
    if weights.len() != N {
        return shape;
    }
    let parts = wide(count(N));
    let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    let width = (parts / 24.0) * (1.0 + MAX_SMOOTHING / (1.0 + sum / SMOOTHED_ITEMS));
    let kernel: Vec<f64> = (0..N)
        .map(|distance| {
            let around = wide(count(distance.min(N - distance))) / width;
            (-around * around / 2.0).exp()
        })
        .collect();
    let whole: f64 = kernel.iter().sum();
    for (at, part) in shape.iter_mut().enumerate() {
        let near =
            |(other, weight): (usize, &f32)| f64::from(*weight) * kernel[(N + at - other) % N];
        let smooth: f64 = weights.iter().enumerate().map(near).sum::<f64>() / whole;
        *part = (smooth + PRIOR_SHAPE / parts) / (sum + PRIOR_SHAPE) * parts;
    }
    shape
}

fn hour(at: i64) -> usize {
    usize::try_from(at.rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0)
}

/// The day of the week from Monday; the first of January 1970 was a Thursday.
fn day(at: i64) -> usize {
    usize::try_from((at.div_euclid(DAY_MS) + 3).rem_euclid(7)).unwrap_or(0)
}

fn half_life(passed_ms: i64, half_life_hours: f64) -> f64 {
    (-wide(passed_ms) / wide(HOUR_MS) / half_life_hours).exp2()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}

/// A number from 0 to 1 that depends on nothing but the name and the time.
fn fraction(name: &str, now: i64) -> f64 {
    let hash = ContentHash::of(format!("{name} {now}").as_bytes());
    let digits = hash.as_str().get(..6).unwrap_or_default();
    f64::from(u32::from_str_radix(digits, 16).unwrap_or(0)) / f64::from(0x00ff_ffff)
}

#[allow(clippy::cast_precision_loss)] // times and counts are far below 2^52
fn wide(value: i64) -> f64 {
    value as f64
}

fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[allow(clippy::cast_possible_truncation)] // a float becomes the nearest integer
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[allow(clippy::cast_possible_truncation)] // weights need no more digits
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2 March 2026, 00:00 UTC.
    const MONDAY: i64 = 1_772_409_600_000;

    fn at(day: i64, hour: f64) -> Timestamp {
        Timestamp::from_millis(MONDAY + day * DAY_MS + whole(hour * wide(HOUR_MS)))
    }

    fn bounds(worth_item_seconds: f64) -> Bounds {
        let (min, max) = (Duration::from_mins(1), Duration::from_hours(24));
        Bounds { min, max, worth_item_seconds, capacity: None }
    }

    /// Four weeks in which an item comes each half hour from 9 to 17 on working days.
    fn office() -> Rhythm {
        let mut rhythm = Rhythm::default();
        let mut last = None;
        for day in (-28..0_i64).filter(|day| day.rem_euclid(7) < 5) {
            let hours = (0..16).map(|half| 9.0 + f64::from(half) / 2.0 + 0.1);
            let arrivals: Vec<_> = hours.map(|hour| Some(at(day, hour))).collect();
            learn(&mut rhythm, &arrivals, last, at(day, 18.0));
            last = Some(at(day, 18.0));
        }
        learn(&mut rhythm, &[], last, at(0, 0.0));
        rhythm
    }

    fn pause_hours(rhythm: &Rhythm, bounds: &Bounds, now: Timestamp) -> f64 {
        let pause = next(rhythm, bounds, "a", now).as_millis() - now.as_millis();
        wide(pause) / wide(HOUR_MS)
    }

    #[test]
    fn asks_by_day_and_not_by_night() {
        let rhythm = office();
        let noon = pause_hours(&rhythm, &bounds(30.0), at(0, 12.0));
        let evening = pause_hours(&rhythm, &bounds(30.0), at(0, 19.0));
        let saturday = pause_hours(&rhythm, &bounds(30.0), at(5, 12.0));
        assert!(noon < 0.8, "{noon}");
        assert!(evening > 4.0 * noon, "{evening} {noon}");
        assert!(saturday > 2.0 * noon, "{saturday} {noon}");
    }

    #[test]
    fn a_daily_request_falls_on_the_end_of_the_day() {
        let rhythm = office();
        let mut now = at(0, 3.0);
        for _ in 0..4 {
            now = next(&rhythm, &bounds(2_000_000.0), "a", now);
        }
        let hour = wide(now.as_millis().rem_euclid(DAY_MS)) / wide(HOUR_MS);
        assert!((15.0..21.0).contains(&hour), "{hour}");
    }

    #[test]
    fn a_steady_source_is_asked_as_the_worth_says() {
        let mut rhythm = Rhythm::default();
        for hour in 0..24 * 60_i64 {
            let now = at(0, wide(hour) + 1.0);
            learn(&mut rhythm, &[Some(at(0, wide(hour) + 0.5))], Some(at(0, wide(hour))), now);
        }
        let steady = steady_pause(30.0, 24.0) / wide(HOUR_MS);
        assert!((0.1..0.6).contains(&steady), "{steady}");
        let pause = pause_hours(&rhythm, &bounds(30.0), at(60, 0.0));
        assert!((steady * 0.6..steady * 1.6).contains(&pause), "{pause} {steady}");
        let often = pause_hours(&rhythm, &bounds(5.0), at(60, 0.0));
        assert!(often < pause / 2.0, "{often} {pause}");
    }

    #[test]
    fn a_burst_shortens_the_pause() {
        let mut rhythm = office();
        let calm = pause_hours(&rhythm, &bounds(600.0), at(5, 12.0));
        let arrivals: Vec<_> = (0..5).map(|n| Some(at(5, 11.9 + f64::from(n) / 100.0))).collect();
        learn(&mut rhythm, &arrivals, Some(at(5, 11.0)), at(5, 12.0));
        let lively = pause_hours(&rhythm, &bounds(600.0), at(5, 12.0));
        assert!(lively < calm / 2.0, "{lively} {calm}");
    }

    #[test]
    fn keeps_within_its_bounds_and_its_list() {
        let check = |rhythm: &Rhythm, bounds: Bounds, expected: std::ops::RangeInclusive<f64>| {
            let pause = pause_hours(rhythm, &bounds, at(0, 10.0));
            assert!(expected.contains(&pause), "{bounds:?}: {pause}");
        };
        let (silent, office) = (Rhythm::default(), office());
        check(&silent, bounds(1e9), 12.0..=24.0);
        let hour = Duration::from_hours(1);
        check(&office, Bounds { min: 2 * hour, ..bounds(1.0) }, 2.0..=2.2);
        check(&office, Bounds { max: hour, ..bounds(1e9) }, 0.1..=1.0);
        check(&office, Bounds { capacity: Some(6), ..bounds(1e9) }, 0.5..=3.5);
        check(&office, Bounds { min: hour, max: hour, ..bounds(1.0) }, 1.0..=1.0);
        assert_eq!(
            next(&office, &bounds(50.0), "a", at(0, 0.0)),
            next(&office, &bounds(50.0), "a", at(0, 0.0))
        );
        assert_ne!(
            next(&office, &bounds(50.0), "a", at(0, 0.0)),
            next(&office, &bounds(50.0), "b", at(0, 0.0))
        );
    }

    #[test]
    fn impossible_times_teach_nothing_wrong() {
        let check = |arrival: Option<Timestamp>, last: Option<Timestamp>, expected: Option<i64>| {
            assert_eq!(place(arrival, last, at(0, 10.0)), expected);
        };
        let millis = |hour: f64| Some(at(0, hour).as_millis());
        check(Some(at(0, 9.0)), Some(at(0, 8.0)), millis(9.0));
        check(Some(at(0, 7.0)), Some(at(0, 8.0)), millis(8.0));
        check(Some(at(9, 0.0)), Some(at(0, 8.0)), millis(10.0));
        check(None, Some(at(0, 8.0)), millis(9.0));
        check(None, None, None);
        check(Some(at(9, 0.0)), None, None);
        check(Some(at(-400, 0.0)), None, None);
        check(Some(at(-4, 0.0)), None, Some(at(-4, 0.0).as_millis()));
    }
}

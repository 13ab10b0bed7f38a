//! For how long a source asks to be left alone: ttl, sy:updatePeriod, max-age, Expires.

use std::time::Duration;

use dateline_wire::date;
use dateline_wire::feed::Updates;

use crate::http::Answer;

/// What a feed says of itself, in seconds.
pub(super) fn of_feed(updates: &Updates) -> Option<u64> {
    let ttl = updates.ttl_minutes.map(|minutes| u64::from(minutes) * 60);
    let period = updates.period.as_deref().and_then(|period| {
        let seconds = match period.trim().to_ascii_lowercase().as_str() {
            "hourly" => 3_600,
            "daily" => 86_400,
            "weekly" => 7 * 86_400,
            "monthly" => 30 * 86_400,
            "yearly" => 365 * 86_400,
            _ => return None,
        };
        Some(seconds / u64::from(updates.frequency.unwrap_or(1).max(1)))
    });
    ttl.max(period).filter(|seconds| *seconds > 0)
}

/// What the answer's headers say (RFC 9111, section 4.2.1): max-age goes before Expires.
pub(crate) fn of_answer(answer: &Answer) -> Option<Duration> {
    let control = answer.header("cache-control").unwrap_or_default().to_ascii_lowercase();
    let directive = |name: &str| {
        let mut all = control.split(',').map(str::trim);
        all.find_map(|part| Some(part.strip_prefix(name)?.strip_prefix('=')?.trim_matches('"')))
    };
    if control.split(',').any(|part| matches!(part.trim(), "no-cache" | "no-store")) {
        return None;
    }
    if let Some(seconds) = directive("max-age").and_then(|text| text.parse().ok()) {
        // What a cache on the way has already used up.
        let age = answer.header("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        let left = Duration::from_secs(u64::saturating_sub(seconds, age));
        return Some(left).filter(|left| !left.is_zero());
    }
    let time = |name: &str| Some(date::parse(answer.header(name)?)?.at.as_millis());
    let left = time("expires")?.checked_sub(time("date")?)?;
    u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_feed_asks_for() {
        let check = |ttl: Option<u32>, period: &str, frequency: Option<u32>, expected| {
            let updates = Updates {
                ttl_minutes: ttl,
                period: Some(period.to_owned()).filter(|period| !period.is_empty()),
                frequency,
            };
            assert_eq!(of_feed(&updates), expected, "{updates:?}");
        };
        check(None, "", None, None);
        check(Some(15), "", None, Some(900));
        check(Some(0), "", None, None);
        check(None, "hourly", None, Some(3_600));
        check(None, " Hourly\n", Some(4), Some(900));
        check(None, "daily", Some(0), Some(86_400));
        check(Some(90), "hourly", None, Some(5_400));
        check(None, "now and then", None, None);
    }

    #[test]
    fn reads_what_an_answer_asks_for() {
        let check = |headers: &[(&str, &str)], expected: Option<u64>| {
            let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let answer =
                Answer { headers: headers.iter().map(pair).collect(), ..Answer::default() };
            assert_eq!(of_answer(&answer), expected.map(Duration::from_secs), "{headers:?}");
        };
        let date = ("date", "Tue, 03 Mar 2026 10:00:00 GMT");
        check(&[("cache-control", "public, max-age=300")], Some(300));
        check(&[("cache-control", "Max-Age=300"), ("age", "100")], Some(200));
        check(&[("cache-control", "max-age=300"), ("age", "400")], None);
        check(&[("cache-control", "s-maxage=300")], None);
        check(&[("cache-control", "no-cache, max-age=300")], None);
        check(&[date, ("expires", "Tue, 03 Mar 2026 10:10:00 GMT")], Some(600));
        check(&[date, ("expires", "Tue, 03 Mar 2026 09:00:00 GMT")], None);
        check(&[date, ("expires", "0")], None);
        check(
            &[("cache-control", "max-age=60"), date, ("expires", "Tue, 03 Mar 2026 11:00:00 GMT")],
            Some(60),
        );
        check(&[], None);
    }
}

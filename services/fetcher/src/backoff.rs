//! How long to wait after a failure: doubled with each, with a jitter that is the same on every
//! run, so that many sources that fail at once do not come back at once.

use std::time::Duration;

use dateline_record::ContentHash;

use crate::config::{Config, millis};

/// The pause after `failures` failures in a row of what `name` names.
pub(crate) fn pause(config: &Config, name: &str, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(30);
    let longest = millis(config.max_backoff_ms);
    let pause = millis(config.first_backoff_ms).saturating_mul(1 << doublings).min(longest);
    pause.mul_f64(0.75 + 0.5 * fraction(name, failures)).min(longest)
}

/// A number from 0 to 1 that depends on nothing but the name and the count.
fn fraction(name: &str, failures: u32) -> f64 {
    let hash = ContentHash::of(format!("{name} {failures}").as_bytes());
    let digits = hash.as_str().get(..6).unwrap_or_default();
    let number = u32::from_str_radix(digits, 16).unwrap_or(0);
    f64::from(number) / f64::from(0x00ff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_a_day() {
        let config = crate::testing::config();
        let check = |failures: u32, expected_seconds: f64| {
            let pause = pause(&config, "a", failures).as_secs_f64();
            let bounds = (expected_seconds * 0.75)..=(expected_seconds * 1.25).min(86_400.0);
            assert!(bounds.contains(&pause), "{failures}: {pause}");
        };
        check(1, 30.0);
        check(2, 60.0);
        check(6, 960.0);
        check(100, 86_400.0);
        check(u32::MAX, 86_400.0);
        assert_eq!(pause(&config, "a", 3), pause(&config, "a", 3));
        assert_ne!(pause(&config, "a", 3), pause(&config, "b", 3));
    }
}

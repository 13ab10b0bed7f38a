//! Pauses that double, with full jitter, between tries.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// How often and after which pauses something is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryPolicy {
    /// Tries in all.
    pub(crate) attempts: u32,
    /// The pause after the first try.
    pub(crate) first: Duration,
    /// No pause is longer.
    pub(crate) longest: Duration,
}

impl RetryPolicy {
    /// The pause after the try of that number, counted from 1: a random part of the doubled
    /// first pause, and at least what the other side asked for.
    pub(crate) fn pause(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        let most = u64::try_from(doubled.min(self.longest).as_micros()).unwrap_or(u64::MAX);
        let random = RandomState::new().hash_one(attempt);
        let pause = Duration::from_micros(random % most.max(1));
        pause.max(asked.unwrap_or_default().min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let policy = RetryPolicy { attempts: 5, first, longest };
        for attempt in 1..40 {
            assert!(policy.pause(attempt, None) < longest);
        }
        assert!(policy.pause(1, None) < first);
        assert_eq!(policy.pause(1, Some(Duration::from_millis(300))).as_millis(), 300);
        assert_eq!(policy.pause(1, Some(Duration::from_mins(5))), longest);
    }
}

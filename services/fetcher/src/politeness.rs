//! One clock per host for all sources of the process: when it may be asked next.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Hosts that are remembered; the ones that may be asked anyway are forgotten first.
const MAX_HOSTS: usize = 50_000;

/// The clocks of all hosts.
#[derive(Debug)]
pub(crate) struct Politeness {
    interval: Duration,
    max_wait: Duration,
    hosts: Mutex<HashMap<String, HostClock>>,
}

#[derive(Clone, Copy, Debug)]
struct HostClock {
    next: Instant,
    /// The host's own wish, where it is longer.
    crawl_delay: Duration,
}

/// The host's turn is too far away to wait for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotNow {
    /// How far.
    pub(crate) wait: Duration,
}

impl Politeness {
    pub(crate) fn new(interval: Duration, max_wait: Duration) -> Self {
        Self {
            interval,
            max_wait,
            hosts: Mutex::default(),
        }
    }

    /// Takes the host's next turn and waits for it, or takes none where it is too far away.
    pub(crate) async fn turn(&self, host: &str) -> Result<(), NotNow> {
        let at = self.reserve(host)?;
        tokio::time::sleep_until(at).await;
        Ok(())
    }

    fn reserve(&self, host: &str) -> Result<Instant, NotNow> {
        self.with(host, |clock, interval| {
            let now = Instant::now();
            let at = clock.next.max(now);
            let wait = at - now;
            if wait > self.max_wait {
                return Err(NotNow { wait });
            }
            clock.next = at + clock.crawl_delay.max(interval);
            Ok(at)
        })
    }

    /// The pause that the host's robots.txt asks for; it counts from the request before.
    pub(crate) fn set_crawl_delay(&self, host: &str, delay: Duration) {
        self.with(host, |clock, interval| {
            let before = clock.crawl_delay.max(interval);
            clock.crawl_delay = delay;
            clock.next += delay.max(interval).saturating_sub(before);
        });
    }

    /// Leaves the host alone for that long, as its `Retry-After` asks.
    pub(crate) fn block(&self, host: &str, pause: Duration) {
        self.with(host, |clock, _| {
            clock.next = clock.next.max(Instant::now() + pause);
        });
    }

    fn with<T>(&self, host: &str, act: impl FnOnce(&mut HostClock, Duration) -> T) -> T {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if hosts.len() >= MAX_HOSTS {
            hosts.retain(|_, clock| clock.next > now);
        }
        let new = HostClock {
            next: now,
            crawl_delay: Duration::ZERO,
        };
        act(hosts.entry(host.to_owned()).or_insert(new), self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn turns_are_an_interval_apart() {
        let politeness = Politeness::new(SECOND, 5 * SECOND);
        let start = Instant::now();
        for _ in 0..3 {
            politeness.turn("a.example").await.unwrap();
        }
        assert_eq!(start.elapsed(), 2 * SECOND);
        politeness.turn("b.example").await.unwrap();
        assert_eq!(
            start.elapsed(),
            2 * SECOND,
            "another host has its own clock"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_crawl_delay_counts_from_the_request_before() {
        let politeness = Politeness::new(SECOND, 20 * SECOND);
        let start = Instant::now();
        politeness.turn("a.example").await.unwrap();
        politeness.set_crawl_delay("a.example", 10 * SECOND);
        politeness.turn("a.example").await.unwrap();
        assert_eq!(start.elapsed(), 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_too_far_away_is_not_taken() {
        let politeness = Politeness::new(SECOND, 5 * SECOND);
        politeness.block("a.example", 60 * SECOND);
        let refused = politeness.turn("a.example").await.unwrap_err();
        assert_eq!(refused.wait, 60 * SECOND);
        let again = politeness.turn("a.example").await.unwrap_err();
        assert_eq!(
            again.wait,
            60 * SECOND,
            "a refusal must not push the host's turn back"
        );
    }
}

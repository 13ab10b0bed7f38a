//! One clock per host for all sources of the process: when it may be asked next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dateline_record::{HostMemory, Timestamp};
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

#[derive(Clone, Debug)]
struct HostClock {
    next: Instant,
    /// The host's own wish, where it is longer.
    crawl_delay: Duration,
    /// Held by whoever asks the host.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The right to ask a host once. The pause until the next counts from its end, so that two
/// requests never reach the host closer to each other than they should.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    politeness: &'a Politeness,
    host: String,
    _held: tokio::sync::OwnedMutexGuard<()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.politeness.with(&self.host, |clock, interval| {
            let next = Instant::now() + clock.crawl_delay.max(interval);
            clock.next = clock.next.max(next);
        });
    }
}

/// The host's turn is too far away to wait for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotNow {
    /// How far.
    pub(crate) wait: Duration,
}

impl Politeness {
    pub(crate) fn new(interval: Duration, max_wait: Duration) -> Self {
        Self { interval, max_wait, hosts: Mutex::default() }
    }

    /// Waits for the host's next turn and takes it, or takes none where it is too far away.
    pub(crate) async fn turn(&self, host: &str) -> Result<Turn<'_>, NotNow> {
        let turn = self.with(host, |clock, _| Arc::clone(&clock.turn));
        let held = tokio::time::timeout(self.max_wait, turn.lock_owned()).await;
        let held = held.map_err(|_| NotNow { wait: self.max_wait })?;
        let next = self.with(host, |clock, _| clock.next);
        let wait = next.saturating_duration_since(Instant::now());
        if wait > self.max_wait {
            return Err(NotNow { wait });
        }
        tokio::time::sleep_until(next).await;
        Ok(Turn { politeness: self, host: host.to_owned(), _held: held })
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

    /// What the next owner of the host must know; none where there is nothing.
    pub(crate) fn memory(&self, host: &str, now: Timestamp) -> Option<HostMemory> {
        let (crawl_delay, next) = self.with(host, |clock, interval| {
            (clock.crawl_delay, clock.next.checked_sub(clock.crawl_delay.max(interval)))
        });
        let blocked =
            next.map_or(Duration::ZERO, |next| next.saturating_duration_since(Instant::now()));
        let blocked_until = (!blocked.is_zero()).then(|| crate::after(now, blocked));
        let crawl_delay_ms = u64::try_from(crawl_delay.as_millis()).unwrap_or(u64::MAX);
        let is_plain = crawl_delay_ms == 0 && blocked_until.is_none();
        (!is_plain).then(|| HostMemory { host: host.to_owned(), crawl_delay_ms, blocked_until })
    }

    /// Takes a host over from somebody who may have asked it a moment ago.
    pub(crate) fn take_over(&self, host: &str, memory: Option<&HostMemory>, now: Timestamp) {
        let delay =
            memory.map_or(Duration::ZERO, |memory| Duration::from_millis(memory.crawl_delay_ms));
        let until = memory.and_then(|memory| memory.blocked_until);
        let ahead = until.map_or(0, |until| until.as_millis().saturating_sub(now.as_millis()));
        let blocked = Duration::from_millis(u64::try_from(ahead).unwrap_or(0));
        self.with(host, |clock, interval| {
            clock.crawl_delay = clock.crawl_delay.max(delay);
            let pause = clock.crawl_delay.max(interval).max(blocked);
            clock.next = clock.next.max(Instant::now() + pause);
        });
    }

    fn with<T>(&self, host: &str, act: impl FnOnce(&mut HostClock, Duration) -> T) -> T {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if hosts.len() >= MAX_HOSTS {
            hosts.retain(|_, clock| clock.next > now || Arc::strong_count(&clock.turn) > 1);
        }
        let new = || HostClock { next: now, crawl_delay: Duration::ZERO, turn: Arc::default() };
        act(hosts.entry(host.to_owned()).or_insert_with(new), self.interval)
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
            drop(politeness.turn("a.example").await.unwrap());
        }
        assert_eq!(start.elapsed(), 2 * SECOND);
        drop(politeness.turn("b.example").await.unwrap());
        assert_eq!(start.elapsed(), 2 * SECOND, "another host has its own clock");
    }

    #[tokio::test(start_paused = true)]
    async fn a_crawl_delay_counts_from_the_request_before() {
        let politeness = Politeness::new(SECOND, 20 * SECOND);
        let start = Instant::now();
        drop(politeness.turn("a.example").await.unwrap());
        politeness.set_crawl_delay("a.example", 10 * SECOND);
        drop(politeness.turn("a.example").await.unwrap());
        assert_eq!(start.elapsed(), 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_host_asked_for_outlives_its_owner() {
        let now = Timestamp::from_millis(1_000_000);
        let first = Politeness::new(SECOND, 60 * SECOND);
        assert_eq!(first.memory("a.example", now), None);
        first.set_crawl_delay("a.example", 10 * SECOND);
        first.block("a.example", 40 * SECOND);
        let memory = first.memory("a.example", now).unwrap();
        assert_eq!(memory.crawl_delay_ms, 10_000);
        let next = Politeness::new(SECOND, 60 * SECOND);
        next.take_over("a.example", Some(&memory), now);
        next.take_over("b.example", None, now);
        let start = Instant::now();
        drop(next.turn("b.example").await.unwrap());
        assert_eq!(start.elapsed(), SECOND, "somebody may have asked it a moment ago");
        drop(next.turn("a.example").await.unwrap());
        assert!(start.elapsed() >= 30 * SECOND, "{:?}", start.elapsed());
        drop(next.turn("a.example").await.unwrap());
        assert!(start.elapsed() >= 40 * SECOND, "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_too_far_away_is_not_taken() {
        let politeness = Politeness::new(SECOND, 5 * SECOND);
        politeness.block("a.example", 60 * SECOND);
        let refused = politeness.turn("a.example").await.unwrap_err();
        assert_eq!(refused.wait, 60 * SECOND);
        let again = politeness.turn("a.example").await.unwrap_err();
        assert_eq!(again.wait, 60 * SECOND, "a refusal must not push the host's turn back");
    }
}

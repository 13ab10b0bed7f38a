//! Identical warnings at most once in ten seconds, with the number of those that were held back.

use std::{
    collections::HashMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// Within this time, of identical warnings only the first is written.
const WINDOW: Duration = Duration::from_secs(10);

/// Kinds of warnings that are told apart at once; what comes beyond is written, never lost.
const MOST_WINDOWS: usize = 4_096;

/// The fields that make two warnings of one place in the code different.
const IDENTITY: [&str; 5] = ["service", "source_id", "worker", "topic", "code"];

/// A field of the lines that are never held back: a record's terminal line, and our own summary.
const EXEMPT: [&str; 2] = ["age_ms", "suppressed"];

/// Holds identical warnings and errors back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limiter(Arc<Mutex<HashMap<(Identifier, u64), Window>>>);

/// What is known of identical warnings.
#[derive(Debug)]
struct Window {
    since: Instant,
    suppressed: u64,
    words: Words,
}

/// The words of a warning that its summary repeats.
#[derive(Debug, Default)]
struct Words {
    message: String,
    service: Option<String>,
    source_id: Option<String>,
    identity: DefaultHasher,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        let name = field.name();
        if IDENTITY.contains(&name) {
            (name, value).hash(&mut self.identity);
        }
        match name {
            "message" => value.clone_into(&mut self.message),
            "service" => self.service = Some(value.to_owned()),
            "source_id" => self.source_id = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let name = field.name();
        if name == "message" || IDENTITY.contains(&name) {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

impl Limiter {
    fn windows(&self) -> MutexGuard<'_, HashMap<(Identifier, u64), Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a warning is the first of its kind for a while.
    fn admits(&self, event: &Event<'_>, now: Instant) -> bool {
        let mut words = Words::default();
        event.record(&mut words);
        let key = (event.metadata().callsite(), words.identity.finish());
        let mut windows = self.windows();
        if let Some(window) = windows.get_mut(&key) {
            window.suppressed += 1;
            return false;
        }
        if windows.len() < MOST_WINDOWS {
            windows.insert(key, Window { since: now, suppressed: 0, words });
        }
        true
    }

    /// Writes how many warnings were held back in the windows that are over by now; at the end of
    /// the process in all.
    pub(crate) fn report(&self, now: Instant, is_end: bool) {
        let mut over = Vec::new();
        // The lines are written after the lock is given back: writing them takes it again.
        self.windows().retain(|_, window| {
            let is_over = is_end || now.saturating_duration_since(window.since) >= WINDOW;
            if is_over && window.suppressed > 0 {
                over.push((window.suppressed, std::mem::take(&mut window.words)));
            }
            !is_over
        });
        for (suppressed, Words { message, service, source_id, .. }) in over {
            tracing::warn!(
                service,
                source_id,
                suppressed,
                of = message,
                "identical lines suppressed"
            );
        }
    }
}

fn is_limited(metadata: &Metadata<'_>) -> bool {
    let has = |name: &&str| metadata.fields().field(*name).is_some();
    *metadata.level() <= Level::WARN && !EXEMPT.iter().any(has)
}

/// A layer of its own rather than a filter of another one: those keep what they have said of an event
/// that then never comes.
impl<S: Subscriber> Layer<S> for Limiter {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        !is_limited(event.metadata()) || self.admits(event, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::{fmt::MakeWriter, prelude::*};

    use super::*;

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(write: impl FnOnce(&Limiter)) -> Vec<String> {
        let (log, limiter) = (Log::default(), Limiter::default());
        let layer = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .without_time()
            .with_writer(log.clone());
        let registry = tracing_subscriber::registry().with(limiter.clone()).with(layer);
        tracing::subscriber::with_default(registry, || write(&limiter));
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn fail(source_id: &str) {
        tracing::warn!(service = "fetcher", source_id, error = "gone", "source not available");
    }

    #[test]
    fn identical_warnings_are_counted_and_others_are_not_touched() {
        let lines = logged(|limiter| {
            for _ in 0..100 {
                fail("a");
            }
            fail("b");
            for _ in 0..3 {
                tracing::info!(service = "fetcher", "source polled");
                tracing::warn!(service = "fetcher", age_ms = 1, "record dead-lettered");
            }
            limiter.report(Instant::now(), false);
            limiter.report(Instant::now() + WINDOW, false);
            fail("a");
        });
        let count = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
        assert_eq!(count("source not available\",\"service\""), 3, "{lines:#?}");
        assert_eq!(count("source polled"), 3);
        assert_eq!(count("record dead-lettered"), 3);
        assert_eq!(count("\"suppressed\":99"), 1, "{lines:#?}");
        assert_eq!(count("suppressed"), 1, "only what was held back is told");
    }

    #[test]
    fn the_end_tells_what_is_left() {
        let lines = logged(|limiter| {
            fail("a");
            fail("a");
            limiter.report(Instant::now(), true);
            limiter.report(Instant::now(), true);
        });
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[1].contains("\"suppressed\":1,\"of\":\"source not available\""));
    }
}

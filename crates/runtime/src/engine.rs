//! What all loops of one process share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use dateline_bus::{Bus, Limit};
use dateline_record::SourceId;
use tokio_util::sync::CancellationToken;

use crate::{
    config::RuntimeConfig, health::Health, metrics::Metrics, push::Inbox, retry::RetryPolicy,
    spans::Spans,
};

/// What all loops of one process share.
pub struct Engine {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// `[runtime]`.
    pub config: RuntimeConfig,
    /// What was counted.
    pub metrics: Arc<Metrics>,
    /// Whether the loops turn.
    pub health: Arc<Health>,
    /// Cancelled when the process is to end.
    pub stop: CancellationToken,
    /// The threads that handle records.
    pub pool: rayon::ThreadPool,
    /// What came in at the push port and waits for a unit of work.
    pub(crate) inbox: Arc<Inbox>,
    /// The source to which the fetcher is held, where a command asks for just one.
    pub only_source: Option<SourceId>,
    /// Where spans go.
    pub(crate) spans: Spans,
    /// Of so many stories the lines of one are written.
    pub(crate) log_one_in: u64,
    /// The finite sources that have been read to their end.
    exhausted: Mutex<BTreeSet<String>>,
}

impl Engine {
    /// An engine on an open bus.
    pub fn new(bus: Arc<dyn Bus>, config: RuntimeConfig) -> anyhow::Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(config.cpu_threads)
            .thread_name(|number| format!("cpu-{number}"))
            .build()
            .context("runtime.cpu_threads")?;
        Ok(Self {
            bus,
            config,
            metrics: Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"))),
            health: Arc::new(Health::default()),
            stop: CancellationToken::new(),
            pool,
            inbox: Arc::default(),
            only_source: None,
            spans: Spans::default(),
            log_one_in: 1,
            exhausted: Mutex::default(),
        })
    }

    /// Whether a finite source has been read to its end, and what it gave has been handed over.
    pub fn is_exhausted(&self, source: &str) -> bool {
        self.exhausted.lock().unwrap_or_else(PoisonError::into_inner).contains(source)
    }

    pub(crate) fn set_exhausted(&self, sources: BTreeSet<String>) {
        *self.exhausted.lock().unwrap_or_else(PoisonError::into_inner) = sources;
    }

    pub(crate) fn unit_limit(&self) -> Limit {
        Limit { records: self.config.unit_records.max(1), bytes: self.config.unit_bytes.max(1) }
    }

    /// How long the work of one unit may take.
    pub(crate) fn unit_time(&self) -> Duration {
        Duration::from_millis(self.config.unit_time_ms)
    }

    pub(crate) fn poll_wait(&self) -> Duration {
        Duration::from_millis(self.config.poll_wait_ms)
    }

    pub(crate) fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            attempts: self.config.retry_attempts.max(1),
            first: Duration::from_millis(self.config.retry_first_pause_ms),
            longest: Duration::from_millis(self.config.retry_longest_pause_ms),
        }
    }

    /// Pauses, but not beyond the end of the process; true where the process is to end.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        const STEP: Duration = Duration::from_millis(50);
        let mut left = pause;
        while !left.is_zero() && !self.stop.is_cancelled() {
            let step = left.min(STEP);
            std::thread::sleep(step);
            left = left.saturating_sub(step);
        }
        self.stop.is_cancelled()
    }
}

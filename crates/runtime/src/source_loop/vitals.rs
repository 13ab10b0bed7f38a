//! How the sources of a worker are: measured now and then, logged where one falls silent or comes back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use dateline_record::{FetchState, SourceKind};

use crate::{Polled, Source, Vitals, clock, engine::Engine, metrics::Metrics};

/// How often the sources are looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// The condition whose coming and going is logged.
const SILENT: &str = "silent";

/// Tells the workers of a process apart: each shows its own sources.
static WORKERS: AtomicU64 = AtomicU64::new(0);

/// What is known of a worker's sources.
pub(super) struct VitalSigns {
    worker: u64,
    measured: Option<Instant>,
    silent: BTreeSet<String>,
}

impl Default for VitalSigns {
    fn default() -> Self {
        let worker = WORKERS.fetch_add(1, Ordering::Relaxed);
        Self { worker, measured: None, silent: BTreeSet::new() }
    }
}

impl VitalSigns {
    /// Measures where the time for it has come.
    pub(super) fn measure<'a, S: Source>(
        &mut self,
        engine: &Engine,
        source: &S,
        states: impl Iterator<Item = &'a FetchState>,
    ) {
        if self.measured.is_some_and(|last| last.elapsed() < INTERVAL) {
            return;
        }
        self.measured = Some(Instant::now());
        let now = clock::now();
        let lasting = states.filter(|state| !is_errand(state));
        let vitals: BTreeMap<String, Vitals> =
            lasting.map(|state| (state.source.id.to_string(), source.vitals(state, now))).collect();
        let shown = vitals.iter().map(|(name, vitals)| (name.as_str(), vitals));
        engine.metrics.sources(self.worker, shown);
        let is_silent = |vitals: &Vitals| vitals.conditions.contains(&SILENT);
        for (name, vitals) in &vitals {
            let missed_items = vitals.missed_items;
            if is_silent(vitals) && self.silent.insert(name.clone()) {
                tracing::warn!(service = S::NAME, source_id = name, missed_items, "source silent");
            } else if !is_silent(vitals) && self.silent.remove(name) {
                tracing::info!(service = S::NAME, source_id = name, "source recovered");
            }
        }
        self.silent.retain(|name| vitals.contains_key(name));
    }
}

fn is_errand(state: &FetchState) -> bool {
    matches!(state.source.kind, SourceKind::Errand(_))
}

/// Counts what a poll brought.
pub(super) fn count_poll(metrics: &Metrics, polled: &Polled) {
    if is_errand(&polled.state) {
        return;
    }
    let now = polled.state.updated_at;
    let gaps = polled.state.gaps.iter().filter(|gap| gap.until == now).count() as u64;
    let brought = (polled.stories.len() as u64, gaps);
    metrics.polled(polled.state.source.id.as_str(), polled.http_status, brought);
}

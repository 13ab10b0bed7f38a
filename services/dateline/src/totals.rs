//! What a run did: totals as a line of JSON, or in words.

use std::{collections::BTreeMap, time::Duration};

use dateline_record::{FaultCode, SkipReason};
use dateline_runtime::Metrics;
use serde_json::json;

/// What became of every story that was read.
pub(crate) struct Totals {
    pub(crate) read: u64,
    pub(crate) emitted: u64,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    pub(crate) dead: BTreeMap<&'static str, u64>,
    pub(crate) events: u64,
    pub(crate) seconds: f64,
}

const STAGES: [&str; 6] = ["fetcher", "cleaner", "entity-extractor", "cluster", "profiles", "sink"];

impl Totals {
    pub(crate) fn of(metrics: &Metrics, elapsed: Duration) -> Self {
        let over_stages = |outcome: &str, word: &'static str| {
            let count = |stage| metrics.count(stage, outcome, word);
            (word, STAGES.into_iter().map(count).sum::<u64>())
        };
        let some = |(_, count): &(&str, u64)| *count > 0;
        let skipped = SkipReason::ALL.iter().map(|reason| over_stages("skipped", reason.as_str()));
        let dead = FaultCode::ALL.iter().map(|code| over_stages("dead_lettered", code.as_str()));
        let unread = FaultCode::ALL
            .iter()
            .map(|code| metrics.count("fetcher", "dead_lettered", code.as_str()))
            .sum::<u64>();
        Self {
            read: metrics.count("fetcher", "ok", "") + unread,
            emitted: metrics.count("sink", "ok", ""),
            skipped: skipped.filter(some).collect(),
            dead: dead.filter(some).collect(),
            events: metrics.events("sink"),
            seconds: (elapsed.as_secs_f64() * 1_000.0).round() / 1_000.0,
        }
    }

    /// One line for a program.
    pub(crate) fn json(&self) -> String {
        json!({
            "read": self.read,
            "emitted": self.emitted,
            "skipped": self.skipped,
            "dead": self.dead,
            "events": self.events,
            "seconds": self.seconds,
        })
        .to_string()
    }

    /// One line for a person.
    pub(crate) fn words(&self) -> String {
        let list = |counts: &BTreeMap<&str, u64>| {
            let sum: u64 = counts.values().sum();
            let parts: Vec<String> =
                counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
            if parts.is_empty() { "0".to_owned() } else { format!("{sum} ({})", parts.join(", ")) }
        };
        format!(
            "{} stories read, {} in the warehouse, {} skipped, {} dead-lettered, {} events, {} s",
            self.read,
            self.emitted,
            list(&self.skipped),
            list(&self.dead),
            self.events,
            self.seconds
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_is_accounted_for() {
        let metrics = Metrics::new("test");
        for _ in 0..5 {
            metrics.record("fetcher", "ok", "");
        }
        metrics.record("fetcher", "dead_lettered", "bad_document");
        metrics.record("cleaner", "skipped", "no_story");
        metrics.record("cleaner", "dead_lettered", "too_deep");
        for _ in 0..3 {
            metrics.record("sink", "ok", "");
        }
        metrics.sink("sink", 12, 4);
        metrics.sink("sink-jsonl", 12, 4);
        let totals = Totals::of(&metrics, Duration::from_millis(1_500));
        assert_eq!(
            totals.json(),
            r#"{"dead":{"bad_document":1,"too_deep":1},"emitted":3,"events":4,"read":6,"seconds":1.5,"skipped":{"no_story":1}}"#
        );
        assert_eq!(
            totals.words(),
            "6 stories read, 3 in the warehouse, 1 (no_story 1) skipped, \
             2 (bad_document 1, too_deep 1) dead-lettered, 4 events, 1.5 s"
        );
    }
}

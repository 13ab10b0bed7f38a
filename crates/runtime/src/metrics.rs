//! Every metric of every service, declared in one place.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::Registry,
};

/// Labels of what became of a record.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RecordLabels {
    stage: String,
    outcome: String,
    reason: String,
}

/// The label of a stage.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct StageLabels {
    stage: String,
}

/// Labels of a group's lag.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct LagLabels {
    stage: String,
    topic: String,
    partition: u32,
}

/// The metrics of one process.
pub struct Metrics {
    registry: Registry,
    records: Family<RecordLabels, Counter>,
    duration: Family<StageLabels, Histogram>,
    age: Family<StageLabels, Histogram>,
    commits: Family<RecordLabels, Counter>,
    commit_duration: Family<StageLabels, Histogram>,
    retries: Family<StageLabels, Counter>,
    lag: Family<LagLabels, Gauge>,
    sink_rows: Counter,
    sink_events: Counter,
}

/// From 0.1 ms to 26 s.
fn duration_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 4.0, 10))
}

/// From 10 ms to 7 days.
fn age_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.01, 4.0, 14))
}

impl Metrics {
    /// All metrics at zero.
    pub fn new(version: &str) -> Self {
        let mut registry = Registry::with_prefix("dateline");
        let metrics = Self {
            records: Family::default(),
            duration: Family::new_with_constructor(duration_histogram),
            age: Family::new_with_constructor(age_histogram),
            commits: Family::default(),
            commit_duration: Family::new_with_constructor(duration_histogram),
            retries: Family::default(),
            lag: Family::default(),
            sink_rows: Counter::default(),
            sink_events: Counter::default(),
            registry: Registry::default(),
        };
        metrics.register(&mut registry, version);
        Self { registry, ..metrics }
    }

    fn register(&self, registry: &mut Registry, version: &str) {
        let of = |text: &str| text.to_owned();
        registry.register("records", of("Records by what became of them"), self.records.clone());
        registry.register(
            "process_duration_seconds",
            of("Time that a stage took for one record"),
            self.duration.clone(),
        );
        registry.register(
            "record_age_seconds",
            of("Time from fetching to the end of the stage"),
            self.age.clone(),
        );
        registry.register("commits", of("Units of work by result"), self.commits.clone());
        registry.register(
            "commit_duration_seconds",
            of("Time of a commit"),
            self.commit_duration.clone(),
        );
        registry.register("retries", of("Calls that were repeated"), self.retries.clone());
        registry.register(
            "consumer_lag_records",
            of("Offsets between a group's position and the end of a partition"),
            self.lag.clone(),
        );
        registry.register("sink_rows", of("Rows written"), self.sink_rows.clone());
        registry.register(
            "sink_events",
            of("Events of the stories written"),
            self.sink_events.clone(),
        );
        let build = Info::new([("version", version.to_owned())]);
        registry.register("build", of("The build that runs"), build);
    }

    /// Counts a record; `reason` is a skip reason or a fault code, else empty.
    pub fn record(&self, stage: &str, outcome: &str, reason: &str) {
        self.records.get_or_create(&record_labels(stage, outcome, reason)).inc();
    }

    /// Observes how long a record took and how old it was at the end.
    pub fn observe(&self, stage: &str, elapsed: Duration, age: Duration) {
        let labels = StageLabels { stage: stage.to_owned() };
        self.duration.get_or_create(&labels).observe(elapsed.as_secs_f64());
        self.age.get_or_create(&labels).observe(age.as_secs_f64());
    }

    /// Counts a commit: `ok`, `fenced`, `aborted` or `failed`.
    pub fn commit(&self, stage: &str, result: &str, elapsed: Duration) {
        self.commits.get_or_create(&record_labels(stage, result, "")).inc();
        let labels = StageLabels { stage: stage.to_owned() };
        self.commit_duration.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }

    /// Counts a repeated call.
    pub fn retry(&self, stage: &str) {
        self.retries.get_or_create(&StageLabels { stage: stage.to_owned() }).inc();
    }

    /// Sets the lag of a partition.
    pub fn lag(&self, stage: &str, topic: &str, partition: u32, behind: u64) {
        let labels = LagLabels { stage: stage.to_owned(), topic: topic.to_owned(), partition };
        self.lag.get_or_create(&labels).set(i64::try_from(behind).unwrap_or(i64::MAX));
    }

    /// Counts rows, and the events of the stories written.
    pub fn sink(&self, rows: u64, events: u64) {
        self.sink_rows.inc_by(rows);
        self.sink_events.inc_by(events);
    }

    /// Events of the stories written so far.
    pub fn events(&self) -> u64 {
        self.sink_events.get()
    }

    /// How many records of a stage came to this end so far.
    pub fn count(&self, stage: &str, outcome: &str, reason: &str) -> u64 {
        let counter = self.records.get(&record_labels(stage, outcome, reason));
        counter.map_or(0, |counter| counter.get())
    }

    /// All metrics in the text format of `OpenMetrics`.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn record_labels(stage: &str, outcome: &str, reason: &str) -> RecordLabels {
    RecordLabels { stage: stage.to_owned(), outcome: outcome.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new("1.2.3");
        metrics.record("cleaner", "skipped", "no_story");
        metrics.observe("cleaner", Duration::from_millis(3), Duration::from_secs(1));
        metrics.commit("cleaner", "ok", Duration::from_millis(2));
        metrics.lag("cleaner", "dateline.raw.v1", 2, 7);
        assert_eq!(metrics.count("cleaner", "skipped", "no_story"), 1);
        let text = metrics.encode();
        let check = |line: &str| assert!(text.contains(line), "{line} not in:\n{text}");
        check(r#"dateline_records_total{stage="cleaner",outcome="skipped",reason="no_story"} 1"#);
        check(
            r#"dateline_consumer_lag_records{stage="cleaner",topic="dateline.raw.v1",partition="2"} 7"#,
        );
        check(r#"dateline_build_info{version="1.2.3"} 1"#);
        check(r#"dateline_process_duration_seconds_count{stage="cleaner"} 1"#);
    }
}

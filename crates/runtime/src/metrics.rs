//! Every metric of every service, declared in one place.

mod declared;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Metric, Registry},
};

pub use declared::{DECLARED, Declared};

/// Labels of what became of a record.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RecordLabels {
    stage: String,
    outcome: String,
    reason: String,
}

/// Labels of what became of a unit of work.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct CommitLabels {
    stage: String,
    outcome: String,
}

/// The label of a stage.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct StageLabels {
    stage: String,
}

/// Labels of a dead letter.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct DeadLabels {
    stage: String,
    code: String,
}

/// Labels of a group's lag.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct LagLabels {
    stage: String,
    topic: String,
    partition: u32,
}

/// The label of a source.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct SourceLabels {
    source_id: String,
}

/// Labels of an answer to a source's request.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ResponseLabels {
    source_id: String,
    status_class: String,
}

/// Labels of what is the matter with a source.
#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct ConditionLabels {
    source_id: String,
    condition: String,
}

/// How one source is, as its owner sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vitals {
    /// What is the matter with it: words of a fixed list.
    pub conditions: Vec<&'static str>,
    /// Stories that its rhythm would have brought since its last one.
    pub missed_items: f64,
    /// When its last story came, in seconds since 1970; none where none has.
    pub last_story_s: Option<f64>,
}

/// The metrics of one process.
pub struct Metrics {
    registry: Registry,
    records: Family<RecordLabels, Counter>,
    duration: Family<StageLabels, Histogram>,
    age: Family<StageLabels, Histogram>,
    commits: Family<CommitLabels, Counter>,
    commit_duration: Family<StageLabels, Histogram>,
    retries: Family<StageLabels, Counter>,
    dead: Family<DeadLabels, Counter>,
    lag: Family<LagLabels, Gauge>,
    sink_rows: Family<StageLabels, Counter>,
    sink_events: Family<StageLabels, Counter>,
    sources: SourceMetrics,
}

/// What is measured of sources.
#[derive(Default)]
struct SourceMetrics {
    responses: Family<ResponseLabels, Counter>,
    stories: Family<SourceLabels, Counter>,
    gaps: Family<SourceLabels, Counter>,
    missed: Family<SourceLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    last_story: Family<SourceLabels, Gauge<f64, std::sync::atomic::AtomicU64>>,
    condition: Family<ConditionLabels, Gauge>,
    /// What each worker shows of its sources now, so that it can be taken away.
    shown: Mutex<BTreeMap<u64, Shown>>,
}

type Shown = (BTreeSet<SourceLabels>, BTreeSet<ConditionLabels>);

fn duration_histogram() -> Histogram {
    Histogram::new([
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
        30.0,
    ])
}

/// The objective's 5 s is a bound.
fn age_histogram() -> Histogram {
    Histogram::new([
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0,
        86_400.0,
    ])
}

impl Metrics {
    /// All metrics at zero.
    pub fn new(version: &str) -> Self {
        let metrics = Self {
            records: Family::default(),
            duration: Family::new_with_constructor(duration_histogram),
            age: Family::new_with_constructor(age_histogram),
            commits: Family::default(),
            commit_duration: Family::new_with_constructor(duration_histogram),
            retries: Family::default(),
            dead: Family::default(),
            lag: Family::default(),
            sink_rows: Family::default(),
            sink_events: Family::default(),
            sources: SourceMetrics::default(),
            registry: Registry::default(),
        };
        Self { registry: metrics.registry(version), ..metrics }
    }

    fn registry(&self, version: &str) -> Registry {
        let mut registry = Registry::with_prefix("dateline");
        let mut add = Add(&mut registry);
        add.metric("records", &self.records);
        add.metric("process_duration_seconds", &self.duration);
        add.metric("record_age_seconds", &self.age);
        add.metric("commits", &self.commits);
        add.metric("commit_duration_seconds", &self.commit_duration);
        add.metric("retries", &self.retries);
        add.metric("dead_letters", &self.dead);
        add.metric("consumer_lag_records", &self.lag);
        add.metric("sink_rows", &self.sink_rows);
        add.metric("sink_events", &self.sink_events);
        add.metric("fetch_responses", &self.sources.responses);
        add.metric("source_stories", &self.sources.stories);
        add.metric("source_gaps", &self.sources.gaps);
        add.metric("source_missed_items", &self.sources.missed);
        add.metric("source_last_story_timestamp_seconds", &self.sources.last_story);
        add.metric("source_condition", &self.sources.condition);
        let start = Gauge::<i64>::default();
        start.set(crate::clock::now().as_millis() / 1_000);
        add.metric("process_start_time_seconds", &start);
        let commit = option_env!("DATELINE_COMMIT").unwrap_or("unknown").to_owned();
        let labels = [("version", version.to_owned()), ("commit", commit)];
        registry.register("build", declared::help("build"), Info::new(labels));
        registry
    }

    /// Counts a record; `reason` is a skip reason or a fault code, else empty.
    pub fn record(&self, stage: &str, outcome: &str, reason: &str) {
        self.records.get_or_create(&record_labels(stage, outcome, reason)).inc();
    }

    /// Counts a dead letter.
    pub fn dead_letter(&self, stage: &str, code: &str) {
        let labels = DeadLabels { stage: stage.to_owned(), code: code.to_owned() };
        self.dead.get_or_create(&labels).inc();
    }

    /// Observes how long a record took and how old it was at the end.
    pub fn observe(&self, stage: &str, elapsed: Duration, age: Duration) {
        let labels = StageLabels { stage: stage.to_owned() };
        self.duration.get_or_create(&labels).observe(elapsed.as_secs_f64());
        self.age.get_or_create(&labels).observe(age.as_secs_f64());
    }

    /// Counts a commit: `ok`, `fenced`, `aborted` or `failed`.
    pub fn commit(&self, stage: &str, outcome: &str, elapsed: Duration) {
        let labels = CommitLabels { stage: stage.to_owned(), outcome: outcome.to_owned() };
        self.commits.get_or_create(&labels).inc();
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

    /// Counts rows of a target, and the events of the stories written there.
    pub fn sink(&self, stage: &str, rows: u64, events: u64) {
        let labels = StageLabels { stage: stage.to_owned() };
        self.sink_rows.get_or_create(&labels).inc_by(rows);
        self.sink_events.get_or_create(&labels).inc_by(events);
    }

    /// Counts what a poll of a source brought: an answer, stories, and gaps in its list.
    pub fn polled(&self, source: &str, http_status: Option<u16>, (stories, gaps): (u64, u64)) {
        if let Some(status) = http_status {
            let status_class = format!("{}xx", status / 100);
            let labels = ResponseLabels { source_id: source.to_owned(), status_class };
            self.sources.responses.get_or_create(&labels).inc();
        }
        let labels = SourceLabels { source_id: source.to_owned() };
        self.sources.stories.get_or_create(&labels).inc_by(stories);
        self.sources.gaps.get_or_create(&labels).inc_by(gaps);
    }

    /// Shows how the sources of a worker are, and no others: another worker may own those now.
    pub fn sources<'a>(&self, worker: u64, vitals: impl Iterator<Item = (&'a str, &'a Vitals)>) {
        let (mut sources, mut conditions) = Shown::default();
        for (name, vitals) in vitals {
            let source = SourceLabels { source_id: name.to_owned() };
            self.sources.missed.get_or_create(&source).set(vitals.missed_items);
            if let Some(at) = vitals.last_story_s {
                self.sources.last_story.get_or_create(&source).set(at);
            }
            for condition in &vitals.conditions {
                let condition = (*condition).to_owned();
                let labels = ConditionLabels { source_id: name.to_owned(), condition };
                self.sources.condition.get_or_create(&labels).set(1);
                conditions.insert(labels);
            }
            sources.insert(source);
        }
        let mut all = self.sources.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = all.entry(worker).or_default();
        for gone in shown.0.difference(&sources) {
            self.sources.missed.remove(gone);
            self.sources.last_story.remove(gone);
        }
        for gone in shown.1.difference(&conditions) {
            self.sources.condition.remove(gone);
        }
        *shown = (sources, conditions);
    }

    /// Events of the stories that a sink has written so far.
    pub fn events(&self, stage: &str) -> u64 {
        let labels = StageLabels { stage: stage.to_owned() };
        self.sink_events.get(&labels).map_or(0, |counter| counter.get())
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

    /// All metrics in Prometheus' own text format, version 0.0.4.
    pub fn encode_plain(&self) -> String {
        text::plain(&self.encode())
    }
}

/// Registers metrics under the words that are declared for them.
struct Add<'a>(&'a mut Registry);

impl Add<'_> {
    fn metric(&mut self, name: &'static str, metric: &(impl Metric + Clone)) {
        self.0.register(name, declared::help(name), metric.clone());
    }
}

fn record_labels(stage: &str, outcome: &str, reason: &str) -> RecordLabels {
    RecordLabels { stage: stage.to_owned(), outcome: outcome.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Metrics {
        let metrics = Metrics::new("1.2.3");
        metrics.record("cleaner", "skipped", "no_story");
        metrics.observe("cleaner", Duration::from_millis(3), Duration::from_secs(1));
        metrics.commit("cleaner", "ok", Duration::from_millis(2));
        metrics.lag("cleaner", "dateline.raw.v1", 2, 7);
        metrics.retry("cleaner");
        metrics.dead_letter("cleaner", "panic");
        metrics.sink("sink", 3, 2);
        metrics.polled("wire", Some(304), (0, 1));
        let vitals =
            Vitals { conditions: vec!["silent"], missed_items: 8.5, last_story_s: Some(1_000.0) };
        metrics.sources(1, [("wire", &vitals)].into_iter());
        metrics
    }

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = filled();
        assert_eq!(metrics.count("cleaner", "skipped", "no_story"), 1);
        let text = metrics.encode();
        let check = |line: &str| assert!(text.contains(line), "{line} not in:\n{text}");
        check(r#"dateline_records_total{stage="cleaner",outcome="skipped",reason="no_story"} 1"#);
        check(
            r#"dateline_consumer_lag_records{stage="cleaner",topic="dateline.raw.v1",partition="2"} 7"#,
        );
        check(r#"dateline_build_info{version="1.2.3",commit=""#);
        check(r#"dateline_process_duration_seconds_count{stage="cleaner"} 1"#);
        check(r#"dateline_fetch_responses_total{source_id="wire",status_class="3xx"} 1"#);
        check(r#"dateline_source_missed_items{source_id="wire"} 8.5"#);
        check(r#"dateline_source_condition{source_id="wire",condition="silent"} 1"#);
    }

    #[test]
    fn a_source_that_another_owns_is_shown_no_more() {
        let metrics = filled();
        let well = Vitals::default();
        metrics.sources(1, [("web", &well)].into_iter());
        let text = metrics.encode();
        assert!(text.contains(r#"dateline_source_missed_items{source_id="web"} 0"#), "{text}");
        assert!(!text.contains(r#"dateline_source_missed_items{source_id="wire"}"#), "{text}");
        assert!(!text.contains("silent"), "{text}");
    }

    #[test]
    fn what_is_declared_is_what_is_shown() {
        let plain = filled().encode_plain();
        let types: BTreeSet<(&str, &str)> = plain
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
            .collect();
        let declared = DECLARED.iter().map(|metric| (metric.name, metric.kind)).collect();
        assert_eq!(types, declared);
        for Declared { name, labels, .. } in DECLARED {
            let line = plain.lines().find(|line| {
                let rest = line.strip_prefix(name).unwrap_or_default();
                rest.starts_with(['{', ' ']) || rest.starts_with("_bucket{")
            });
            let line = line.unwrap_or_else(|| panic!("{name} has no sample:\n{plain}"));
            let inner = line.split_once('{').map_or("", |(_, rest)| rest);
            let shown: Vec<&str> = inner
                .split("\",")
                .filter_map(|pair| pair.split_once("=\""))
                .map(|pair| pair.0)
                .filter(|label| *label != "le")
                .collect();
            assert_eq!(shown, *labels, "{line}");
        }
    }
}

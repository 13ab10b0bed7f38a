//! The declared list: dashboards, alerts and the runbook may name only what stands here.

/// A metric as scrapers see it.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its whole name.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Its labels, without a histogram's `le`.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

const fn declare(
    name: &'static str,
    kind: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Declared {
    Declared { name, kind, labels, help }
}

/// Every metric of every service.
#[rustfmt::skip] // one line each
pub const DECLARED: &[Declared] = &[
    declare("dateline_records_total", "counter", &["stage", "outcome", "reason"], "Records by what became of them"),
    declare("dateline_process_duration_seconds", "histogram", &["stage"], "Time that a stage took for one record"),
    declare("dateline_record_age_seconds", "histogram", &["stage"], "Time from fetching to the end of the stage"),
    declare("dateline_commits_total", "counter", &["stage", "outcome"], "Units of work by result"),
    declare("dateline_commit_duration_seconds", "histogram", &["stage"], "Time of a commit"),
    declare("dateline_retries_total", "counter", &["stage"], "Calls that were repeated"),
    declare("dateline_dead_letters_total", "counter", &["stage", "code"], "Records that were given up, by reason"),
    declare("dateline_consumer_lag_records", "gauge", &["stage", "topic", "partition"], "Offsets between a group's position and the end of a partition"),
    declare("dateline_sink_rows_total", "counter", &["stage"], "Rows written, for each target"),
    declare("dateline_sink_events_total", "counter", &["stage"], "Events of the stories written, for each target"),
    declare("dateline_fetch_responses_total", "counter", &["source_id", "status_class"], "Answers to the requests of a source"),
    declare("dateline_source_stories_total", "counter", &["source_id"], "Stories that a source brought"),
    declare("dateline_source_gaps_total", "counter", &["source_id"], "Times in which stories of a source may have been lost"),
    declare("dateline_source_missed_items", "gauge", &["source_id"], "Stories that a source's rhythm would have brought since its last"),
    declare("dateline_source_last_story_timestamp_seconds", "gauge", &["source_id"], "When the last story of a source came"),
    declare("dateline_source_condition", "gauge", &["source_id", "condition"], "What is the matter with a source, 1 where it is"),
    declare("dateline_process_start_time_seconds", "gauge", &[], "When this process began"),
    declare("dateline_build_info", "gauge", &["version", "commit"], "The build that runs"),
];

/// The help of a metric by its name without prefix and suffix.
pub(super) fn help(short: &str) -> &'static str {
    let is_it = |metric: &&Declared| {
        let rest = metric.name.strip_prefix("dateline_").and_then(|name| name.strip_prefix(short));
        rest.is_some_and(|suffix| ["", "_total", "_info"].contains(&suffix))
    };
    DECLARED.iter().find(is_it).map_or("", |metric| metric.help)
}

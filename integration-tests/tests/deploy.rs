//! What is deployed speaks of what there is: alerts, dashboards and runbook name declared metrics, each
//! alert has its section and its cases, and the chart has the topics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::BTreeSet,
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use dateline_bus::{Cleanup, dateline_topics};
use dateline_runtime::metrics::{DECLARED, Declared};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

const ALERTS: &str = "deploy/chart/files/alerts.yaml";
const DASHBOARDS: [&str; 2] =
    ["deploy/chart/files/pipeline.json", "deploy/chart/files/sources.json"];

/// The expressions of a dashboard.
fn expressions(dashboard: &str) -> Vec<String> {
    let board: Value = serde_json::from_str(&read(dashboard)).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

/// The metrics that a text names, each with the labels that are chosen by there.
fn named(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("dateline_") {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if text[..at].ends_with(is_name) {
            continue;
        }
        let name: String = text[at..].chars().take_while(|letter| is_name(*letter)).collect();
        let rest = &text[at + name.len()..];
        let chosen = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let labels = chosen.map_or_else(Vec::new, |(inner, _)| {
            inner
                .split("\",")
                .filter_map(|pair| pair.split(['=', '!']).next())
                .map(|label| label.trim_matches([' ', ',']).to_owned())
                .collect()
        });
        found.push((name, labels));
    }
    found
}

fn declared(name: &str) -> Option<&'static Declared> {
    DECLARED.iter().find(|metric| {
        let suffix = name.strip_prefix(metric.name);
        match metric.kind {
            "histogram" => suffix.is_some_and(|end| ["_bucket", "_count", "_sum"].contains(&end)),
            _ => suffix == Some(""),
        }
    })
}

#[test]
fn only_declared_metrics_are_named() {
    let mut texts =
        vec![read(ALERTS), read("docs/operations.md").replace("_seconds`", "_seconds_sum`")];
    texts.extend(DASHBOARDS.iter().flat_map(|board| expressions(board)));
    let mut used = BTreeSet::new();
    for (name, labels) in texts.iter().flat_map(|text| named(text)) {
        let metric = declared(&name).unwrap_or_else(|| panic!("{name} is not declared"));
        for label in labels {
            let is_known = metric.labels.contains(&label.as_str()) || label == "le";
            assert!(is_known, "{name} has no label {label:?}");
        }
        used.insert(metric.name);
    }
    let unused: Vec<_> = DECLARED.iter().filter(|metric| !used.contains(metric.name)).collect();
    assert!(unused.is_empty(), "nobody looks at {unused:?}");
}

/// The alerts, by name, with the expression's line in the file.
fn alerts() -> Vec<String> {
    let text = read(ALERTS);
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

#[test]
fn every_alert_has_a_section_and_a_firing_and_a_silent_case() {
    let (rules, book) = (read(ALERTS), read("docs/operations.md"));
    let cases = read("deploy/prometheus/alerts.test.yaml");
    assert!(alerts().len() >= 10);
    for alert in alerts() {
        let anchor = format!("runbook: docs/operations.md#{}\n", alert.to_lowercase());
        assert!(rules.contains(&anchor), "{alert} is not linked");
        let section = book.split(&format!("\n## {alert}\n")).nth(1);
        let section = section.unwrap_or_else(|| panic!("{alert} has no section"));
        let section = section.split("\n## ").next().unwrap();
        for part in ["**Meaning.**", "**First look.**"] {
            assert!(section.contains(part), "{alert}: {part}");
        }
        let head = format!("alertname: {alert}\n");
        let after = cases.split(&head).skip(1);
        let expected: Vec<&str> = after.map(|rest| rest.lines().next().unwrap().trim()).collect();
        assert!(expected.contains(&"exp_alerts: []"), "{alert} has no silent case");
        assert!(expected.contains(&"exp_alerts:"), "{alert} has no firing case");
    }
}

#[test]
fn the_chart_has_the_topics() {
    let values = read("deploy/chart/values.yaml");
    let listed: BTreeSet<String> = values
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("dateline.") && line.contains(": "))
        .map(str::to_owned)
        .collect();
    let topics = dateline_topics(1, Duration::from_secs(1), 1).into_iter().map(|spec| {
        let kind = if spec.cleanup == Cleanup::Compact { "compact" } else { "delete" };
        format!("{}: {kind}", spec.topic)
    });
    assert_eq!(listed, topics.collect());
}

/// Whether a tool is there; where it is not, that is a failure in CI.
fn has(tool: &str, package: &str) -> bool {
    if Command::new(tool).arg("--version").output().is_ok() {
        return true;
    }
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{tool} is missing in CI");
    println!("skipped: {tool} on the dashboards: sudo apt-get install -y {package}");
    false
}

#[test]
fn every_expression_of_a_dashboard_is_sound() {
    if !has("promtool", "prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut rules = "groups:\n  - name: dashboards\n    rules:\n".to_owned();
    for (number, text) in DASHBOARDS.iter().flat_map(|board| expressions(board)).enumerate() {
        let text = Value::String(text);
        writeln!(rules, "      - {{record: 'panel:{number}', expr: {text}}}").unwrap();
    }
    let file = folder.path().join("rules.yaml");
    fs::write(&file, rules).unwrap();
    let output = Command::new("promtool").args(["check", "rules"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

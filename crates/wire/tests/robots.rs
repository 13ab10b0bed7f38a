//! Google's robots.txt cases: what the reference matcher must answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corpora;

use dateline_wire::robots::Robots;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    test: String,
    robots: String,
    agent: String,
    url: String,
    allowed: bool,
}

#[test]
fn answers_as_googles_matcher() {
    let Some(folder) = corpora::folder("robots") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("google.jsonl")).unwrap();
    let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| {
            Robots::parse(case.robots.as_bytes()).allows(&case.agent, &case.url) != case.allowed
        })
        .map(|case| {
            let Case { test, robots, agent, url, allowed } = case;
            let shown = |text: &str| text.chars().take(300).collect::<String>();
            format!("{test}: {agent:?} {} must be {allowed}\n{}", shown(url), shown(robots))
        })
        .collect();
    println!("robots: {} of {} right", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

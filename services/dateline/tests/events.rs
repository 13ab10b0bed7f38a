//! `dateline extract --jsonl` and `--explain`, `dateline export` and `dateline score events`.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

fn dateline(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn story(id: &str, text: &str) -> String {
    json!({"id": id, "text": text, "published": "2014-10-07T12:00:00Z", "title": "News of the day"})
        .to_string()
}

const MEETING: &str = "TBILISI, Oct 7 - The foreign ministers of Armenia and Azerbaijan met in Tbilisi on Monday. \
                       Armenia accused Azerbaijan of shelling a village.";

#[test]
fn a_line_in_is_a_record_out() {
    let input = format!("{}\n\n{}\n", story("a", MEETING), story("b", "Turkey may attack Syria."));
    let output = dateline(&["extract", "--jsonl", "-"], &input);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let records: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0]["id"], &records[1]["id"]), (&json!("a"), &json!("b")));
    let events = records[0]["events"].as_array().unwrap();
    assert_eq!(events[0]["type"], "CONSULT");
    assert_eq!(events[0]["place"]["name"], "Tbilisi");
    assert_eq!(events[0]["date"]["from"], "2014-10-06");
    assert_eq!(events[0]["quad"], "verbal_cooperation");
    assert_eq!(events[1]["type"], "ACCUSE");
    assert_ne!(events[0]["event_key"], events[1]["event_key"]);
    // Another outlet's story of the same events has other ids and the same keys.
    let again = dateline(&["extract", "--jsonl", "-"], &story("c", MEETING));
    let other: Value = serde_json::from_str(&text(&again.stdout)).unwrap();
    assert_eq!(other["events"][0]["event_key"], events[0]["event_key"]);
    assert_ne!(other["events"][0]["event_id"], events[0]["event_id"]);
}

#[test]
fn a_line_that_is_no_story_names_its_place() {
    let output = dateline(&["extract", "--jsonl", "-"], "{\"id\": 1}\n");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("-:1: text: missing"), "{}", text(&output.stderr));
    let output = dateline(&["extract", "--jsonl", "-"], "no json\n");
    assert!(text(&output.stderr).contains("-:1: no JSON"), "{}", text(&output.stderr));
}

#[test]
fn a_decision_is_explained() {
    let body =
        "OSLO, Oct 7 - Norway accused Sudan of spying. Japan denies sending troops to Sudan.";
    let output = dateline(&["extract", "--jsonl", "--explain", "-"], &story("a", body));
    let told = text(&output.stdout);
    assert!(told.contains("0. Norway accused Sudan of spying."), "{told}");
    assert!(told.contains("actors: NOR/GOV, SDN/GOV"), "{told}");
    assert!(told.contains("=> ACCUSE NOR/GOV > SDN/GOV"), "{told}");
    assert!(told.contains("type: verb.accuse.accuse"), "{told}");
    assert!(told.contains("dropped"), "{told}");
}

#[test]
fn older_tables_have_their_columns() {
    let body = format!("{MEETING} Turkey may attack Syria.");
    let records = dateline(&["extract", "--jsonl", "-"], &story("a", &body));
    let check = |form: &str, columns: usize, cells: &[(usize, &str)]| {
        let output = dateline(&["export", "--as", form, "-"], &text(&records.stdout));
        let table = text(&output.stdout);
        let first: Vec<&str> = table.lines().next().unwrap().split('\t').collect();
        assert!(table.lines().all(|line| line.split('\t').count() == columns), "{table}");
        for (cell, expected) in cells {
            assert_eq!(first[*cell], *expected, "{form} column {cell}");
        }
        assert!(text(&output.stderr).contains("1 events left out"), "{}", text(&output.stderr));
    };
    check("gdelt", 61, &[(1, "20141006"), (7, "ARM"), (17, "AZE"), (28, "04"), (29, "1")]);
    check("phoenix", 26, &[(1, "20141006"), (6, "ARM"), (10, "AZE"), (20, "Tbilisi")]);
}

#[test]
fn a_gold_file_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let gold = folder.path().join("gold.jsonl");
    let predictions = folder.path().join("found.jsonl");
    let event = |kind: &str| {
        json!({"type": kind, "source": [{"code": "ARM"}], "target": [{"code": "AZE"}],
            "reciprocal": kind == "CONSULT", "status": "actual", "required": true,
            "date": {"start": "2014-10-06", "end": "2014-10-07"},
            "place": if kind == "CONSULT" { json!({"name": "Tbilisi", "country": "GEO"}) } else { Value::Null }})
    };
    let mut row: Value = serde_json::from_str(&story("a", MEETING)).unwrap();
    row["events"] = json!([event("CONSULT"), event("ACCUSE"), event("AID")]);
    fs::write(&gold, format!("{row}\n")).unwrap();
    let (gold, predictions) = (gold.display().to_string(), predictions.display().to_string());
    let output = dateline(&["score", "events", &gold, "--predictions", &predictions], "");
    let words = text(&output.stdout);
    assert!(words.contains("type and actors: precision 100.0  recall 66.7"), "{words}");
    assert!(words.contains("name of the place: 100.0 % of 1"), "{words}");
    let written: Value = serde_json::from_str(&fs::read_to_string(&predictions).unwrap()).unwrap();
    assert_eq!(written["events"].as_array().unwrap().len(), 2);
}

//! The commands as a user calls them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rusqlite::Connection;
use serde_json::Value;

fn dateline(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline"));
    command.args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder below `../shared` of the workspace; none where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpora = std::env::var_os("DATELINE_CORPORA").map(PathBuf::from);
    let path = match (corpora, name.strip_prefix("corpora/")) {
        (Some(corpora), Some(rest)) => corpora.join(rest),
        _ => workspace.join("../shared").join(name),
    };
    if path.exists() {
        return Some(path);
    }
    println!("skipped: the tests on {name}, which is absent (see CONTRIBUTING.md)");
    None
}

/// Runs over an input and returns the totals and the warehouse.
fn run(input: &Path, folder: &Path) -> (Value, Connection) {
    let (input, data) = (input.display().to_string(), folder.display().to_string());
    let output = dateline(&["run", "--input", &input, "--data-dir", &data, "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line = text(&output.stdout);
    assert_eq!(line.lines().count(), 1, "one line of totals: {line}");
    let warehouse = Connection::open(folder.join("warehouse.sqlite3")).unwrap();
    (serde_json::from_str(&line).unwrap(), warehouse)
}

fn sum(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn every_kind_of_file_becomes_a_story_and_a_second_run_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    let body = "TOKYO, Oct 7 (Example Wire) - Japan imposed sanctions on Russia on Tuesday.\n\n\
                Tokyo said the measures would take effect at once.\n";
    fs::write(input.join("a.txt"), format!("Japan sanctions Russia\n\n{body}")).unwrap();
    let html = format!(
        "<html><head><title>A page</title></head><body><article><h1>A page</h1><p>{}</p><p>{}</p></article></body></html>",
        "France and Germany signed an agreement on trade in Paris on Monday, officials said.",
        "The agreement was welcomed by the European Union, a spokesman said in Brussels later."
    );
    fs::write(input.join("b.html"), html).unwrap();
    let lines = "{\"id\": \"1\", \"title\": \"One\", \"text\": \"France accused Spain of spying.\", \"published\": \"2014-10-07T09:00:00Z\"}\n\
                 {\"id\": \"2\", \"title\":\n\
                 {\"id\": \"3\", \"title\": \"Three\", \"text\": \"Three is a story, too.\", \"published\": \"2014-10-07T09:00:00Z\"}\n";
    fs::write(input.join("c.jsonl"), lines).unwrap();
    let data = folder.path().join("data");
    let (totals, warehouse) = run(&input, &data);
    assert_eq!(totals["read"], 5);
    assert_eq!(totals["emitted"], 4);
    assert_eq!(totals["dead"], serde_json::json!({"bad_document": 1}), "the cut line is named");
    let titles: Vec<String> = {
        let mut rows = warehouse.prepare("SELECT title FROM stories ORDER BY title").unwrap();
        let titles = rows.query_map([], |row| row.get(0)).unwrap();
        titles.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(titles, ["A page", "Japan sanctions Russia", "One", "Three"]);
    let (again, _) = run(&input, &data);
    assert_eq!((&again["read"], &again["emitted"]), (&0.into(), &0.into()));
}

#[test]
fn the_example_story_comes_out_right() {
    let Some(seed) = shared("seed") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (totals, warehouse) = run(&seed, folder.path());
    assert!(totals["emitted"].as_u64().unwrap() >= 1);
    let of_story = "FROM stories WHERE title = \
                    'Japan, Russia leaders to meet on APEC sidelines in November'";
    let story: (String, String) = warehouse
        .query_row(&format!("SELECT dateline, text {of_story}"), [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(story.0.starts_with("TOKYO"), "{}", story.0);
    assert!(story.1.starts_with("Japanese Prime Minister Shinzo Abe will meet"));
    assert!(!story.1.contains("Japan, Russia leaders to meet"), "the title stands once");
    assert!(!story.1.contains("best viewed"), "the furniture is gone");
    let has = |sql: &str| -> bool { warehouse.query_row(sql, [], |row| row.get(0)).unwrap() };
    for name in ["Abe", "Putin", "Sochi", "Beijing", "Crimea"] {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM mentions WHERE text LIKE '%{name}%')");
        assert!(has(&sql), "{name} is not among the mentions");
    }
    assert!(
        has("SELECT EXISTS (SELECT 1 FROM events_current WHERE type = 'AGREE' \
             AND status = 'planned' AND 'JPN' IN (source_code, target_code) \
             AND 'RUS' IN (source_code, target_code))"),
        "the planned meeting of the two leaders is the main event"
    );
}

#[test]
fn a_thousand_wire_stories_are_accounted_for() {
    let Some(reuters) = shared("corpora/reuters21578/reut2-000.sgm") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (totals, warehouse) = run(&reuters, folder.path());
    assert_eq!(totals["read"], 1_000);
    let accounted =
        totals["emitted"].as_u64().unwrap() + sum(&totals["skipped"]) + sum(&totals["dead"]);
    assert_eq!(accounted, 1_000, "{totals}");
    let stories: u64 =
        warehouse.query_row("SELECT count(*) FROM stories", [], |row| row.get(0)).unwrap();
    assert_eq!(totals["emitted"].as_u64().unwrap(), stories);
    assert!(totals["events"].as_u64().unwrap() > 0);
}

#[test]
fn a_stage_is_a_command_over_standard_input() {
    let story = "Japan sanctions Russia\n\nTOKYO, Oct 7 (Example Wire) - Japan imposed sanctions \
                 on Russia on Tuesday over the annexation of Crimea.\n";
    let through = |command: &str| -> Value {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dateline"))
            .args([command, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(story.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let clean = through("clean");
    assert_eq!(clean["title"], "Japan sanctions Russia");
    assert_eq!(clean["dateline"]["place"], "TOKYO");
    let found = through("extract");
    assert_eq!(found["events"][0]["type"], "SANCTION");
    assert_eq!(found["events"][0]["source"]["code"], "JPN");
    assert_eq!(found["events"][0]["target"]["code"], "RUS");
}

#[test]
fn mistakes_are_named_with_exit_code_64() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let check = |arguments: &[&str], expected: &str| {
        let output = dateline(arguments);
        assert_eq!(output.status.code(), Some(64), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    };
    let wrong = write("wrong.toml", "[runtime]\nworker = 2\n");
    check(&["check", "--config", &wrong], "wrong.toml:2:1: runtime.worker: there is no such key");
    check(&["run", "--config", &wrong], "wrong.toml:2:1");
    write("sources/bad.toml", "kind = \"feed\"\nurl = \"ftp://example.org/\"\n");
    let sources = folder.path().join("sources").display().to_string();
    check(&["check", "--sources", &sources], "bad.toml");
    let absent = folder.path().join("absent").display().to_string();
    let data = folder.path().join("data").display().to_string();
    check(&["run", "--input", &absent, "--data-dir", &data], "give a file, a folder, or -");
}

#[test]
fn the_shipped_settings_and_sources_are_sound() {
    let sources = format!("{}/../../config/sources", env!("CARGO_MANIFEST_DIR"));
    let output = dateline(&["check", "--sources", &sources]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = dateline(&["config"]);
    assert!(text(&output.stdout).contains("[runtime]"));
}

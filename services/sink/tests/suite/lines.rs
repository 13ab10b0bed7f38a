//! Lines of JSON as a reader without the sink sees them.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use super::stream::Shelf;

/// The rows of a log, in the order of its files.
pub(crate) fn rows(folder: &Path, table: &str) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder.join("jsonl").join(table))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort();
    let text: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the views of docs/warehouse.md would say: of each story its newest version.
pub(crate) fn shelf(folder: &Path) -> Shelf {
    let order =
        |row: &Value| (row["revision"].as_u64().unwrap(), row["log_offset"].as_u64().unwrap());
    let id = |row: &Value| row["story_id"].as_str().unwrap().to_owned();
    let mut newest: BTreeMap<String, Value> = BTreeMap::new();
    for row in rows(folder, "stories_log") {
        if newest.get(&id(&row)).is_none_or(|stands| order(&row) > order(stands)) {
            newest.insert(id(&row), row);
        }
    }
    let words = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut shelf = Shelf::new();
    for (id, row) in &newest {
        let (title, text) = (words(&row["title"]), words(&row["text"]));
        let line = format!("{} {} {title} {text}", row["revision"], words(&row["status"]));
        shelf.insert(id.clone(), vec![line]);
    }
    let mut parts = Vec::new();
    for row in rows(folder, "events_log") {
        let line = format!("{} {}", words(&row["type"]), words(&row["sentence_text"]));
        parts.push((0, id(&row), order(&row), line));
    }
    for row in rows(folder, "mentions_log") {
        parts.push((1, id(&row), order(&row), format!("mention {}", words(&row["text"]))));
    }
    parts.sort_by(|one, other| (one.0, &one.3).cmp(&(other.0, &other.3)));
    for (_, id, at, line) in parts {
        if newest.get(&id).is_some_and(|stands| order(stands) == at) {
            shelf.get_mut(&id).unwrap().push(line);
        }
    }
    shelf
}

/// How many records the log has taken, each counted.
pub(crate) fn records(folder: &Path) -> u64 {
    let offset = |row: &Value| (row["log_partition"].as_u64(), row["log_offset"].as_u64());
    let mut offsets: Vec<_> = rows(folder, "stories_log").iter().map(offset).collect();
    let all = offsets.len();
    offsets.sort_unstable();
    offsets.dedup();
    assert_eq!(offsets.len(), all, "an offset was written twice");
    all as u64
}

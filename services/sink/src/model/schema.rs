//! What a column means: the words that stand at its field in the record's JSON Schema.

use dateline_record::schema;
use serde_json::Value;

use super::{About, Column, Table};

/// What a column means, in words; none where the record's schema has no such field.
pub fn meaning(table: &Table, column: &Column) -> Option<String> {
    match column.about {
        About::Is(words) => Some(words.to_owned()),
        About::From(path) => {
            let topics = schema::topics();
            let record = &topics.iter().find(|topic| topic.topic == table.topic)?.schema;
            let mut at = Field { node: record, words: None };
            for step in path.split('.') {
                at = at.step(record, step)?;
            }
            at.words.map(|words| words.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

/// A field of a schema, and the nearest words that tell of it.
struct Field<'a> {
    node: &'a Value,
    words: Option<&'a str>,
}

impl<'a> Field<'a> {
    fn step(&self, root: &'a Value, name: &str) -> Option<Self> {
        let node = property(root, self.node, name)?;
        Some(Self { node, words: node.get("description").and_then(Value::as_str) })
    }
}

/// The property of an object, of a list's items, or of what a reference names.
fn property<'a>(root: &'a Value, node: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(found) = node.get("properties").and_then(|properties| properties.get(name)) {
        return Some(found);
    }
    if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(reference.strip_prefix('#')?)?;
        return property(root, target, name);
    }
    if let Some(items) = node.get("items") {
        return property(root, items, name);
    }
    let branches = ["anyOf", "allOf", "oneOf"];
    let mut choices =
        branches.iter().filter_map(|key| node.get(key).and_then(Value::as_array)).flatten();
    choices.find_map(|choice| property(root, choice, name))
}

#[cfg(test)]
mod tests {
    use super::super::{CHANGES, EVENTS, TABLES};
    use super::*;

    #[test]
    fn every_column_says_what_it_means() {
        for table in TABLES.into_iter().chain([&CHANGES]) {
            for column in table.columns {
                let words = meaning(table, column).unwrap_or_default();
                assert!(!words.is_empty(), "{}.{}: {:?}", table.name, column.name, column.about);
            }
        }
    }

    #[test]
    fn words_come_from_the_record() {
        let column = EVENTS.columns.iter().find(|column| column.name == "latitude").unwrap();
        assert_eq!(meaning(&EVENTS, column).unwrap(), "Degrees north.");
        let wrong = Column { about: About::From("events.nothing"), ..*column };
        assert_eq!(meaning(&EVENTS, &wrong), None);
    }
}

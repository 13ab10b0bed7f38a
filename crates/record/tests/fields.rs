//! Every field of the record of events says what it is and shows a value.
#![allow(clippy::unwrap_used)]

use dateline_record::{Record, StoryEvents, schema};
use serde_json::Value;

/// The properties of a schema and of its definitions, with the names of those who have them.
fn properties(schema: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut take = |owner: &str, object: &Value| {
        for (name, property) in object["properties"].as_object().into_iter().flatten() {
            found.push((format!("{owner}.{name}"), property.clone()));
        }
    };
    take("StoryEvents", schema);
    for (owner, object) in schema["$defs"].as_object().into_iter().flatten() {
        take(owner, object);
    }
    found
}

#[test]
fn every_field_has_a_description_and_an_example() {
    let topics = schema::topics();
    let topic = topics.iter().find(|topic| topic.topic == StoryEvents::TOPIC).unwrap();
    let properties = properties(&topic.schema);
    assert!(properties.len() > 60, "{}", properties.len());
    for (name, property) in &properties {
        let words = property["description"].as_str().unwrap_or_default();
        assert!(words.len() > 10, "{name} has no description");
        assert!(
            property["examples"].as_array().is_some_and(|all| !all.is_empty()),
            "{name}: {property}"
        );
    }
}

#[test]
fn examples_fit_their_schema() {
    let topics = schema::topics();
    let topic = topics.iter().find(|topic| topic.topic == StoryEvents::TOPIC).unwrap();
    for (name, property) in properties(&topic.schema) {
        let mut own = property.clone();
        own["$defs"] = topic.schema["$defs"].clone();
        let validator = jsonschema::validator_for(&own).unwrap();
        for example in property["examples"].as_array().into_iter().flatten() {
            assert!(validator.is_valid(example), "{name}: {example}");
        }
    }
}

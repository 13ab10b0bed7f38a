//! JSON Schemas of the records and the AsyncAPI document of the topics, generated from the types.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::{
    CleanState, CleanStory, ClusterState, DeadLetter, DeadMark, FetchState, ProfileState, RawStory,
    Record, SourceProfile, SourceSpec, StoryEvents, StoryRelations,
};

/// One topic: its name, what it carries and the JSON Schema of its values.
pub struct TopicSchema {
    /// The topic's name.
    pub topic: &'static str,
    /// What it carries, in one sentence.
    pub description: &'static str,
    /// The record's key, in words.
    pub key: &'static str,
    /// The stages that write to it.
    pub writers: &'static [&'static str],
    /// The stages that read it.
    pub readers: &'static [&'static str],
    /// The JSON Schema (draft 2020-12) of its values.
    pub schema: Value,
}

fn topic<R: Record>(
    key: &'static str,
    writers: &'static [&'static str],
    readers: &'static [&'static str],
) -> TopicSchema {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = Value::from(generator.into_root_schema_for::<R>());
    TopicSchema { topic: R::TOPIC, description: R::DESCRIPTION, key, writers, readers, schema }
}

/// All topics in the order in which a story meets them.
pub fn topics() -> Vec<TopicSchema> {
    const STAGES: &[&str] =
        &["fetcher", "cleaner", "entity-extractor", "cluster", "profiles", "sink"];
    vec![
        topic::<SourceSpec>("source id", &["dateline"], &["fetcher"]),
        topic::<FetchState>("source id", &["fetcher"], &["fetcher"]),
        topic::<RawStory>("story id", &["fetcher"], &["cleaner"]),
        topic::<CleanState>("story id", &["cleaner"], &["cleaner"]),
        topic::<CleanStory>("story id", &["cleaner"], &["entity-extractor", "cluster", "profiles"]),
        topic::<StoryEvents>("story id", &["entity-extractor"], &["sink"]),
        topic::<ClusterState>("story id", &["cluster"], &["cluster"]),
        topic::<StoryRelations>("story id", &["cluster"], &["sink"]),
        topic::<ProfileState>("source id", &["profiles"], &["profiles"]),
        topic::<SourceProfile>("source id", &["profiles"], &["cleaner"]),
        topic::<DeadLetter>("key of the dead record", STAGES, &["dateline"]),
        topic::<DeadMark>("partition and offset of the letter", &["dateline"], &["dateline"]),
    ]
}

/// The AsyncAPI 3.0 document of the topics.
pub fn asyncapi(version: &str) -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    let mut schemas = Map::new();
    for topic in topics() {
        let name = component_name(topic.topic);
        channels.insert(
            name.clone(),
            json!({
                "address": topic.topic,
                "description": topic.description,
                "messages": {"record": {"$ref": format!("#/components/messages/{name}")}},
                "bindings": {"kafka": {"topic": topic.topic}},
            }),
        );
        let directions = [("send", topic.writers), ("receive", topic.readers)];
        for (action, stages) in directions {
            for stage in stages {
                operations.insert(
                    format!("{stage}.{action}.{name}"),
                    json!({
                        "action": action,
                        "channel": {"$ref": format!("#/channels/{name}")},
                        "title": format!("{stage} {action}s {}", topic.topic),
                    }),
                );
            }
        }
        messages.insert(name.clone(), message(&topic, &name));
        schemas.insert(name, embedded_schema(&topic.schema));
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dateline",
            "version": version,
            "description": "The topics on which Dateline's stages talk.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    })
}

fn component_name(topic: &str) -> String {
    topic.replace('.', "-")
}

fn message(topic: &TopicSchema, name: &str) -> Value {
    json!({
        "name": topic.topic,
        "title": topic.description,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "description": "CloudEvents 1.0, binary content mode, and W3C trace context.",
            "properties": {
                "ce_specversion": {"type": "string", "const": "1.0"},
                "ce_id": {"type": "string"},
                "ce_source": {"type": "string"},
                "ce_type": {"type": "string", "const": topic.topic},
                "ce_time": {"type": "string", "format": "date-time"},
                "content-type": {"type": "string", "const": "application/json"},
                "ce_recordedtime": {"type": "string", "format": "date-time"},
                "traceparent": {"type": "string"},
            },
            "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"],
        },
        "payload": {"$ref": format!("#/components/schemas/{name}")},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
    })
}

/// A schema that stands inside another document carries its definitions under its own name.
fn embedded_schema(schema: &Value) -> Value {
    json!({
        "schemaFormat": "application/schema+json;version=draft-2020-12",
        "schema": schema,
    })
}

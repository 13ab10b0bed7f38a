//! A record at a glance: what it is of, when it was written, and its facts in a few words.

use dateline_bus::Received;
use dateline_record::{
    CleanStory, DeadLetter, Facts, FetchState, RawStory, Record, SourceSpec, StoryEvents,
    StoryRelations, Timestamp, read,
};
use serde_json::{Value, json};

/// A record at a glance.
pub(crate) struct Glance {
    /// Its key: the story's id, or the source's.
    pub(crate) key: String,
    /// The source that it is of; empty where it is of none.
    pub(crate) source_id: String,
    /// When it was written, as far as it says so, else what it tells the time of.
    pub(crate) written_at: Timestamp,
    /// The trace that it belongs to; empty where it has none.
    pub(crate) trace_id: String,
    /// Its facts as `name=value`.
    pub(crate) facts: String,
}

impl Glance {
    pub(crate) fn of(received: &Received) -> Self {
        let record = &received.record;
        let header = |name: &str| {
            let value = record.header(name)?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let written_at = header("ce_recordedtime").and_then(|text| Timestamp::parse(&text));
        let trace = header("traceparent").unwrap_or_default();
        let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
        let (source_id, facts) = told(received);
        Self {
            key,
            source_id,
            written_at: written_at.unwrap_or_else(|| Timestamp::from_millis(record.timestamp_ms)),
            trace_id: trace.split('-').nth(1).unwrap_or_default().to_owned(),
            facts,
        }
    }
}

/// The source and the facts of a record, by its topic.
fn told(received: &Received) -> (String, String) {
    let topic = received.topic.as_str();
    let Some(value) = &received.record.value else {
        return (String::new(), "taken back".to_owned());
    };
    // A topic made by `replay` has the name of the one that it stands beside, and a suffix.
    if topic.starts_with(RawStory::TOPIC) {
        known::<RawStory>(value)
    } else if topic.starts_with(CleanStory::TOPIC) {
        known::<CleanStory>(value)
    } else if topic.starts_with(StoryEvents::TOPIC) {
        known::<StoryEvents>(value)
    } else if topic.starts_with(StoryRelations::TOPIC) {
        known::<StoryRelations>(value)
    } else if topic == SourceSpec::TOPIC {
        known::<SourceSpec>(value)
    } else if topic == FetchState::TOPIC {
        known::<FetchState>(value)
    } else if topic == DeadLetter::TOPIC {
        dead(value)
    } else {
        (String::new(), format!("bytes={}", value.len()))
    }
}

fn known<R: Record>(value: &[u8]) -> (String, String) {
    match read::<R>(value) {
        Ok(record) => (record.source().to_owned(), words(&record.facts())),
        Err(error) => (String::new(), format!("unreadable: {error}")),
    }
}

fn dead(value: &[u8]) -> (String, String) {
    match read::<DeadLetter>(value) {
        Ok(letter) => (
            letter.details.get("source_id").cloned().unwrap_or_default(),
            format!("stage={} code={} what={:?}", letter.stage, letter.code.as_str(), letter.what),
        ),
        Err(error) => (String::new(), format!("unreadable: {error}")),
    }
}

/// Facts as `name=value`, under the names that the logs have.
fn words(facts: &Facts) -> String {
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    let text = |value: Option<&str>| value.map(str::to_owned);
    let all = [
        ("revision", number(facts.revision)),
        ("http_status", facts.http_status.map(|status| status.to_string())),
        ("format", text(facts.format.as_deref())),
        ("bytes", number(facts.bytes)),
        ("language", text(facts.language.as_deref())),
        ("place", facts.place.as_ref().map(|place| format!("{place:?}"))),
        ("words", number(facts.words)),
        ("removed", number(facts.removed)),
        ("mentions", number(facts.mentions)),
        ("events", number(facts.events)),
        ("not_coded", text(facts.not_coded)),
        ("relations", number(facts.relations)),
        ("url", text(facts.url.as_deref())),
    ];
    let some = all.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    some.collect::<Vec<_>>().join(" ")
}

/// A whole record for a program: its place, headers and value.
pub(crate) fn whole(received: &Received) -> Value {
    let record = &received.record;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: serde_json::Map<String, Value> = record
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.as_deref().map(text).into()))
        .collect();
    let value = record
        .value
        .as_deref()
        .map(|value| serde_json::from_slice(value).unwrap_or_else(|_| Value::String(text(value))));
    json!({
        "topic": received.topic.as_str(),
        "partition": received.partition,
        "offset": received.offset,
        "timestamp": Timestamp::from_millis(record.timestamp_ms).to_string(),
        "key": record.key.as_deref().map(text),
        "headers": headers,
        "value": value,
    })
}

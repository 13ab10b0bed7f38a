//! `DeadLetter`: a record that a stage could not handle, with its bytes untouched.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Payload, Record, Timestamp};

/// A record that a stage could not handle; on `dateline.dead.v1`.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct DeadLetter {
    /// The stage that gave it up.
    pub stage: String,
    /// Why, as a code of a fixed list.
    pub code: FaultCode,
    /// Why, in words: source, field and fix; cut to 256 characters.
    pub what: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Where it was read.
    pub origin: Origin,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Payload>,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Payload>,
    /// Its headers, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Payload)>,
    /// When it was given up.
    pub dead_at: Timestamp,
    /// The version of the build that gave it up.
    pub build: String,
    /// More about it for a reader, for example the URL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

/// The place of a record on a topic.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Origin {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
}

/// Why a record was given up.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// The value is not the JSON that the topic's schema describes.
    BadRecord,
    /// The record has no value where it needs one.
    NoValue,
    /// The document is larger than the configured bound.
    TooLarge,
    /// The document could not be read as what it says it is.
    BadDocument,
    /// The document is nested deeper than the configured bound.
    TooDeep,
    /// The stage's code panicked on the record.
    Panic,
    /// The record was retried as often as configured.
    RetriesExhausted,
    /// The target refuses the row.
    BadRow,
}

impl FaultCode {
    /// All codes in their order.
    pub const ALL: &'static [Self] = &[
        Self::BadRecord,
        Self::NoValue,
        Self::TooLarge,
        Self::BadDocument,
        Self::TooDeep,
        Self::Panic,
        Self::RetriesExhausted,
        Self::BadRow,
    ];

    /// The code that stands in records, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRecord => "bad_record",
            Self::NoValue => "no_value",
            Self::TooLarge => "too_large",
            Self::BadDocument => "bad_document",
            Self::TooDeep => "too_deep",
            Self::Panic => "panic",
            Self::RetriesExhausted => "retries_exhausted",
            Self::BadRow => "bad_row",
        }
    }
}

impl Record for DeadLetter {
    const TOPIC: &'static str = "dateline.dead.v1";
    const DESCRIPTION: &'static str = "Records that a stage could not handle, byte for byte.";

    fn key(&self) -> Cow<'_, str> {
        let key = self.key.as_ref().and_then(|key| std::str::from_utf8(key.as_bytes()).ok());
        key.unwrap_or(&self.origin.topic).into()
    }

    fn event_id(&self) -> String {
        let Origin { topic, partition, offset } = &self.origin;
        format!("{}.{topic}.{partition}.{offset}", self.stage)
    }

    fn time(&self) -> Timestamp {
        self.dead_at
    }
}

/// What an operator did with a dead letter; on `dateline.dead-marks.v1`.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct DeadMark {
    /// The letter: partition and offset on `dateline.dead.v1`, for example `2-17`.
    pub letter: String,
    /// What was done.
    pub action: DeadAction,
    /// When.
    pub marked_at: Timestamp,
}

/// What is done with a dead letter.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadAction {
    /// Its record went back to where it was read, byte for byte.
    Replayed,
    /// It is not wanted any more.
    Dropped,
}

impl Record for DeadMark {
    const TOPIC: &'static str = "dateline.dead-marks.v1";
    const DESCRIPTION: &'static str =
        "What an operator did with a dead letter; compacted, the newest mark of a letter counts.";

    fn key(&self) -> Cow<'_, str> {
        self.letter.as_str().into()
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.letter, self.marked_at.as_millis())
    }

    fn time(&self) -> Timestamp {
        self.marked_at
    }
}

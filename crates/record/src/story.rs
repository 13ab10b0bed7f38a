//! What every record of a story carries: revision, status, signal, provenance.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Orders the versions of one story: the provider's version number where it gives one, else the
/// time of fetching in milliseconds. The greater replaces the smaller as a whole.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a story whose provider gives no version.
    pub fn from_time(fetched_at: Timestamp) -> Self {
        Self(u64::try_from(fetched_at.as_millis()).unwrap_or(0))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Whether a story may be used, in the words of the newswire standards.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// May be published and coded.
    #[default]
    Usable,
    /// May not be published before its time.
    Embargoed,
    /// Taken back for now; all earlier versions too.
    Withheld,
    /// Killed; all earlier versions too.
    Canceled,
}

impl Status {
    /// The word that stands in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::Embargoed => "embargoed",
            Self::Withheld => "withheld",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the story's earlier versions must go, too.
    pub fn recalls(self) -> bool {
        matches!(self, Self::Withheld | Self::Canceled)
    }
}

/// Why this version of a story was sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The first version.
    #[default]
    New,
    /// More or newer facts.
    Update,
    /// An error of an earlier version was mended.
    Correction,
    /// The story is taken back: a revision without events.
    Kill,
}

impl Signal {
    /// The word that stands in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Update => "update",
            Self::Correction => "correction",
            Self::Kill => "kill",
        }
    }
}

/// What made this record: enough to make it again.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Provenance {
    /// The stage that wrote the record, for example `cleaner`.
    #[schemars(example = &"cleaner")]
    pub stage: String,
    /// The version of the build, for example `0.1.0`.
    #[schemars(example = &"0.1.0")]
    pub build: String,
    /// Hash of the stage's effective configuration.
    #[schemars(example = &"ffe679bb831c95b67dc17819c63c5090")]
    pub config_hash: String,
    /// Version of each model or knowledge file that took part, as `name@version`.
    #[schemars(example = serde_json::json!(["knowledge@2026.11"]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Version of the ontology that gave the codes, as `name@version`.
    #[schemars(example = &"plover@2021.11.4")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ontology: Option<String>,
}

//! What one story has to do with others: signatures of texts, `StoryRelations` on
//! `dateline.relations.v1`, and what is remembered to find them on `dateline.cluster-state.v1`.

use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    ContentHash, Facts, Provenance, Record, Revision, SourceId, Status, StoryId, Timestamp,
};

/// Values of a sketch.
pub const SKETCH_VALUES: usize = 126;

/// What a text is told by without being read again: equal and similar texts have equal and
/// similar signatures, whatever their case, punctuation and white space.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Signature {
    /// Hash of the words: equal where two texts say the same, word for word.
    pub exact: ContentHash,
    /// Words of the text, each as often as it stands there.
    pub tokens: u32,
    /// Different runs of three words.
    pub shingles: u32,
    /// The numbers of the text, each once, hashed to 16 bits, ascending; at most 64.
    pub numbers: Values,
    /// `MinHash` of the runs of three words, 126 values: the share of equal ones estimates the
    /// share of runs that two texts have in common.
    pub sketch: Values,
}

/// 16-bit values; in JSON the base64 (RFC 4648, padded) of their little-endian bytes.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Values(pub Box<[u16]>);

impl Values {
    /// How many values two sketches share, place by place.
    pub fn agreeing(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).filter(|(one, another)| one == another).count()
    }

    /// How many values of this ascending list are in another.
    pub fn within(&self, other: &Self) -> usize {
        self.0.iter().filter(|value| other.0.binary_search(value).is_ok()).count()
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|value| value.to_le_bytes()).collect();
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let bytes = STANDARD
            .decode(text.as_bytes())
            .map_err(|error| de::Error::custom(format!("base64: {error}")))?;
        let (pairs, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(de::Error::custom("half a value: wants an even number of bytes"));
        }
        Ok(Self(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()))
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "description": "16-bit values, little-endian, in base64."
        })
    }
}

/// How one story comes from another.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// The same words.
    Exact,
    /// The same story, edited: shortened, with another lead, updated.
    Republished,
    /// A later version that its provider sent as a story of its own.
    Revision,
    /// One contains the other and much else: a digest, a page of news in brief.
    Derived,
}

impl RelationKind {
    /// The word that stands in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Republished => "republished",
            Self::Revision => "revision",
            Self::Derived => "derived",
        }
    }
}

impl fmt::Display for RelationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One relation of a story to a story that was there before it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Relation {
    /// The other story.
    pub story_id: StoryId,
    /// How the two belong together.
    pub kind: RelationKind,
    /// The estimated share of runs of three words that both have, of all that one of them has.
    pub similarity: f64,
}

/// The relations of one story, all of them: a later record of the same story replaces an earlier
/// one as a whole. It comes with each version of the story, and again where another story changes
/// what is known: one that joins two clusters, or one that is taken back.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct StoryRelations {
    /// Names the story whatever its revision.
    pub story_id: StoryId,
    /// The version of the story that was compared.
    pub revision: Revision,
    /// Counts the records of this story; the greater replaces the smaller.
    pub edition: u64,
    /// Whether the story may be used; what was taken back has no relations.
    pub status: Status,
    /// The source that brought it.
    pub source_id: SourceId,
    /// The earliest story that says the same, by way of others or itself: all stories with one
    /// cluster id are one story told by many. Absent where the story was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<StoryId>,
    /// Relations to stories that were there before it.
    pub relations: Vec<Relation>,
    /// The version of this story that said the same, title and text, where there was one: nothing
    /// that is drawn from the words need be drawn again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_since: Option<Revision>,
    /// When the version was received that made this record necessary.
    pub found_at: Timestamp,
    /// What made this record.
    #[serde(default)]
    pub provenance: Provenance,
}

impl Record for StoryRelations {
    const TOPIC: &'static str = "dateline.relations.v1";
    const DESCRIPTION: &'static str = "What a story has to do with stories before it.";

    fn key(&self) -> Cow<'_, str> {
        self.story_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.source_id.as_str()
    }

    fn facts(&self) -> Facts {
        Facts {
            revision: Some(self.revision.0),
            relations: Some(self.relations.len() as u64),
            ..Facts::default()
        }
    }

    fn event_id(&self) -> String {
        format!("{}.{}.{}", self.story_id, self.revision, self.edition)
    }

    fn time(&self) -> Timestamp {
        self.found_at
    }
}

/// What is remembered of a story to compare later ones with it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ClusterState {
    /// The last record that was written of it.
    pub last: StoryRelations,
    /// Who gave the story its id.
    pub provider: String,
    /// When it was published, else received.
    pub at: Timestamp,
    /// When its newest version was received: it is forgotten after the window.
    pub fetched_at: Timestamp,
    /// When the head of its cluster was published; the head itself may be forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_at: Option<Timestamp>,
    /// Hash of title and text.
    pub content_hash: ContentHash,
    /// Hash of the title's words without marks like `UPDATE 2`.
    pub headline: ContentHash,
    /// Whether the title has such a mark.
    pub is_marked: bool,
    /// The signature of its text; absent where it may not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Record for ClusterState {
    const TOPIC: &'static str = "dateline.cluster-state.v1";
    const DESCRIPTION: &'static str = "What is remembered of each story of the last days.";

    fn key(&self) -> Cow<'_, str> {
        self.last.story_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.last.source_id.as_str()
    }

    fn event_id(&self) -> String {
        self.last.event_id()
    }

    fn time(&self) -> Timestamp {
        self.fetched_at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_come_back(values: Vec<u16>) {
            let values = Values(values.into());
            let json = serde_json::to_string(&values).unwrap();
            prop_assert_eq!(serde_json::from_str::<Values>(&json).unwrap(), values);
        }
    }

    #[test]
    fn half_a_value_is_refused() {
        let check = |json: &str| assert!(serde_json::from_str::<Values>(json).is_err(), "{json}");
        check("\"AA==\"");
        check("\"?\"");
        check("7");
    }

    #[test]
    fn values_are_compared() {
        let values = |of: &[u16]| Values(of.into());
        assert_eq!(values(&[1, 2, 3]).agreeing(&values(&[1, 3, 3])), 2);
        assert_eq!(values(&[1, 2, 9]).within(&values(&[2, 3, 9])), 2);
    }
}

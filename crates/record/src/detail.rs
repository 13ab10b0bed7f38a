//! What an event carries besides who, what, whom, when and where: numbers, certainty, other tellings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Span;

/// How many people an act concerned, as far as its sentence says.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Magnitudes {
    /// People killed.
    #[schemars(example = 21)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub killed: Option<u32>,
    /// People hurt.
    #[schemars(example = 7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub injured: Option<u32>,
    /// People arrested, detained or abducted.
    #[schemars(example = 30)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detained: Option<u32>,
    /// People in the street; "thousands" is 1,000.
    #[schemars(example = 1000)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crowd: Option<u32>,
}

impl Magnitudes {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How sure each field is, from 0 to 1; absent where the field is.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct FieldConfidence {
    /// That the type is right.
    #[schemars(example = 0.8)]
    #[serde(rename = "type")]
    pub kind: f64,
    /// That the source is right.
    #[schemars(example = 0.9)]
    pub source: f64,
    /// That the target is right.
    #[schemars(example = 0.7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// That the status is right.
    #[schemars(example = 0.9)]
    pub status: f64,
    /// That the days meet those of the act.
    #[schemars(example = 0.85)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<f64>,
    /// That the place is right.
    #[schemars(example = 0.8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<f64>,
}

/// Another sentence that tells the same event.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Telling {
    /// The sentence, counted from 0 in the body.
    #[schemars(example = 4)]
    pub sentence: u32,
    /// Its bytes in the story's text.
    #[schemars(example = Span::new(310, 402))]
    pub sentence_span: Span,
    /// The words that told the type there.
    #[schemars(example = &"talks")]
    pub trigger: String,
    /// The bytes of those words in the story's text.
    #[schemars(example = Span::new(330, 335))]
    pub trigger_span: Span,
    /// The rule that found it there.
    #[schemars(example = &"noun.light.consult.talks")]
    pub rule: String,
}

/// How the place of an event was found.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceBasis {
    /// The clause of the act names it.
    Clause,
    /// Another clause or sentence that tells the same act names it.
    Story,
    /// The dateline, of an act that is plainly local.
    Dateline,
}

impl PlaceBasis {
    /// The word that stands in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clause => "clause",
            Self::Story => "story",
            Self::Dateline => "dateline",
        }
    }
}

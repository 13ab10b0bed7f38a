//! The section `[entity-extractor]` of `dateline.toml`.

use dateline_record::Confidence;
use serde::{Deserialize, Serialize};

/// The settings of the extractor; `config/dateline.toml` says what each means and has its default.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sentences after so many are not read.
    pub max_sentences: usize,
    /// Longer sentences are not coded.
    pub max_sentence_tokens: usize,
    /// Events less sure than this are not put out.
    pub min_confidence: f64,
    /// What the model of pairs finds is an event from this chance on.
    pub min_pair_chance: f64,
    /// What a verb tells of two actors is an event from this score on.
    pub min_act_score: f64,
    /// Stories whose language is less surely English are not coded.
    pub min_language_confidence: Confidence,
}

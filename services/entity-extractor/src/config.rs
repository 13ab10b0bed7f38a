//! The section `[entity-extractor]` of `dateline.toml`.

use dateline_record::Confidence;
use serde::{Deserialize, Serialize};

/// A part of the method.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The verb tables: what verbs tell by the words around them.
    Lexicon,
    /// The model of pairs of actors.
    Model,
    /// Whom surnames, pronouns, acronyms and "the two sides" stand for.
    Coreference,
    /// The parser, and all that rests on it.
    Parser,
}

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
    /// Parts of the method that are left out, to measure what each brings.
    pub without: Vec<Part>,
    /// Stories whose language is less surely English are not coded.
    pub min_language_confidence: Confidence,
}

//! The section `[cluster]` of `dateline.toml`.

use serde::{Deserialize, Serialize};

/// The settings of the cluster stage; `config/dateline.toml` says what each means and has its
/// default.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct Config {
    pub window_hours: u32,
    pub max_stories: usize,
    pub gate_hours: u32,
    pub max_relations: usize,
    pub min_tokens: u32,
    pub min_contained: f64,
    pub other_numbers_surcharge: f64,
    pub short_tokens: u32,
    pub short_min_contained: f64,
    pub short_min_numbers: f64,
    pub tiny_tokens: u32,
    pub tiny_min_similarity: f64,
    pub derived_min_contained: f64,
    pub derived_max_similarity: f64,
}

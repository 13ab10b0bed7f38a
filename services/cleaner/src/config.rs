//! The section `[cleaner]` of `dateline.toml`.

use serde::{Deserialize, Serialize};

/// The settings of the cleaner; `config/dateline.toml` says what each means and has its default.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A larger document is dead-lettered.
    pub max_document_bytes: usize,
    /// A page nested deeper is dead-lettered.
    pub max_depth: usize,
    /// A page with more elements is dead-lettered.
    pub max_nodes: usize,
    /// A page with more bytes of text and comments is dead-lettered.
    pub max_text_bytes: usize,
    /// A page with more `<`, `&` and null characters is dead-lettered.
    pub max_marks: usize,
    /// A short block with a larger share of linked text is navigation.
    pub max_link_share: f64,
    /// A block is short up to so many characters.
    pub short_block_chars: usize,
    /// A block without an end of sentence is a fragment up to so many characters.
    pub fragment_chars: usize,
    /// The language is told from so many characters at the start of the text.
    pub language_window_chars: usize,
    /// A language less sure than this gives way to a declared one.
    pub min_language_confidence: f64,
    /// A version is compared with one that came so many hours before it; 0 compares none.
    pub unchanged_window_hours: u32,
    /// So many stories are remembered by each worker.
    pub unchanged_max_stories: usize,
}

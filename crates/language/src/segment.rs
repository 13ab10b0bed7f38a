//! Sentences and words of English text as the treebanks cut them, with their bytes.

mod boundary;
mod chunk;
mod ends;
mod learn;
mod lists;

use std::ops::Range;

pub use learn::{Plan, learn};

/// What mail, the web and news end sentences at; see `models/sentences/CARD.md`.
const WEIGHTS: &[u8] = include_bytes!("../../../models/sentences/ends-en.bin");

/// A sentence: its bytes, and those of its words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sentence {
    /// From the first byte of its first word to the end of its last.
    pub span: Range<usize>,
    /// The words, in order; `doesn't` is two, `pro-government` one, `10-year` three.
    pub words: Vec<Range<usize>>,
}

impl Sentence {
    /// The words as text.
    pub fn forms<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.words.iter().map(|word| text.get(word.clone()).unwrap_or_default()).collect()
    }
}

/// The sentences of a text whose paragraphs have an empty line between them.
///
/// Words are cut as in Universal Dependencies (English-EWT), which the parser was trained on; for
/// whole names with their hyphens see [`crate::tokens`].
pub fn segment(text: &str) -> Vec<Sentence> {
    segment_with(WEIGHTS, text)
}

/// The same with other weights than those compiled in, as [`learn`] gives them.
pub fn segment_with(weights: &[u8], text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::with_capacity(text.len() / 100);
    let mut words = Vec::new();
    let mut start = 0;
    for paragraph in text.split("\n\n") {
        words.clear();
        read_words(text, start..start + paragraph.len(), &mut words);
        boundary::cut(text, &words, ends::Ends(weights), &mut sentences);
        start += paragraph.len() + 2;
    }
    sentences
}

fn read_words(text: &str, paragraph: Range<usize>, words: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = paragraph.start;
    while at < paragraph.end {
        if let Some(length) = space(text, at) {
            at += length;
            continue;
        }
        let start = at;
        while at < paragraph.end && space(text, at).is_none() {
            at += 1;
            while at < paragraph.end && bytes[at] & 0xc0 == 0x80 {
                at += 1;
            }
        }
        chunk::split(text, start..at, words);
    }
}

/// The bytes of the white space at a place.
fn space(text: &str, at: usize) -> Option<usize> {
    let byte = *text.as_bytes().get(at)?;
    if byte < 0x80 {
        return byte.is_ascii_whitespace().then_some(1);
    }
    // Marks that write nothing are no part of a word either.
    let c = text[at..].chars().next()?;
    let is_blank =
        c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}' | '\u{2060}');
    is_blank.then_some(c.len_utf8())
}

//! What a word is by itself: its letters, shape, affixes, groups and lists, as hashes.

use super::{
    hash,
    table::{Clusters, Lists, extend},
};

/// Parts of a word with hyphens that are looked up; longer ones are no names.
const MAX_PARTS: usize = 6;

/// The case of a word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Case {
    /// Begins with a small letter.
    Lower,
    /// Begins with a capital and goes on with a small letter.
    Capital,
    /// All its letters are capitals.
    Upper,
    /// Has no letter.
    None,
}

/// A word.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) exact: u64,
    pub(crate) lower: u64,
    /// Each letter by its kind: `Xxxx-XX`.
    pub(crate) shape: u64,
    /// The shape with runs as one: `Xx-X`.
    pub(crate) short: u64,
    /// The first one to five letters.
    pub(crate) prefixes: Vec<u64>,
    /// The last one to five letters.
    pub(crate) suffixes: Vec<u64>,
    pub(crate) groups: Option<[u16; 4]>,
    pub(crate) case: Case,
    /// The hashes of its parts between hyphens, with the hyphens.
    pub(crate) parts: Vec<u64>,
    /// The lists in which it stands alone.
    pub(crate) lists: u16,
    /// Links the words of a longer name: "of", "de".
    pub(crate) is_link: bool,
    /// Begins sentences and no names: "The".
    pub(crate) is_function: bool,
    pub(crate) has_digit: bool,
}

const LINKS: &[&str] = &[
    "of", "the", "and", "for", "&", "-", "de", "la", "del", "du", "der", "den", "von", "van",
    "bin", "ibn", "al", "el", "da", "do", "dos", "das", "di", "le", "et", "on", "in", "'s", "’s",
    ".",
];

const FUNCTION: &[&str] = &[
    "the",
    "a",
    "an",
    "in",
    "on",
    "at",
    "for",
    "with",
    "by",
    "from",
    "but",
    "and",
    "or",
    "he",
    "she",
    "it",
    "they",
    "we",
    "i",
    "you",
    "this",
    "that",
    "these",
    "those",
    "there",
    "as",
    "if",
    "when",
    "while",
    "after",
    "before",
    "although",
    "however",
    "meanwhile",
    "his",
    "her",
    "its",
    "their",
    "our",
    "my",
    "not",
    "no",
    "some",
    "many",
    "most",
    "more",
    "all",
    "both",
    "one",
    "two",
    "to",
    "of",
    "is",
    "are",
    "was",
    "what",
    "who",
    "how",
    "why",
    "where",
    "so",
    "then",
    "also",
    "during",
    "under",
    "since",
    "last",
    "according",
];

impl Word {
    pub(crate) fn new(text: &str, clusters: &Clusters, lists: &Lists) -> Self {
        let small = text.to_lowercase();
        let (exact, lower) = (hash::word(text), hash::word(&small));
        let parts = parts(&small);
        let (shape, short) = shapes(text);
        Self {
            exact,
            lower,
            shape,
            short,
            prefixes: affixes(text.char_indices().map(|(at, c)| &text[..at + c.len_utf8()])),
            suffixes: affixes(text.char_indices().rev().map(|(at, _)| &text[at..])),
            groups: clusters.of(exact, lower),
            case: case(text),
            lists: lists.of(extend(0, &parts)),
            parts,
            is_link: LINKS.contains(&text),
            is_function: FUNCTION.contains(&small.as_str()),
            has_digit: text.bytes().any(|byte| byte.is_ascii_digit()),
        }
    }

    /// What stands before the first and behind the last word of a sentence.
    pub(crate) fn edge(name: &str) -> Self {
        let id = hash::word(name);
        Self {
            exact: id,
            lower: id,
            shape: id,
            short: id,
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            groups: None,
            case: Case::None,
            parts: Vec::new(),
            lists: 0,
            is_link: false,
            is_function: false,
            has_digit: false,
        }
    }

    pub(crate) fn is_capital(&self) -> bool {
        matches!(self.case, Case::Capital | Case::Upper)
    }

    /// A group of the word, where it has any: 0 is the coarsest.
    pub(crate) fn group(&self, level: usize) -> u64 {
        self.groups.map_or(u64::MAX, |groups| u64::from(groups[level]))
    }
}

fn affixes<'t>(pieces: impl Iterator<Item = &'t str>) -> Vec<u64> {
    pieces.take(5).map(hash::word).collect()
}

fn parts(small: &str) -> Vec<u64> {
    let dash = hash::word("-");
    let mut parts = Vec::new();
    for (index, part) in small.split('-').enumerate() {
        if index > 0 {
            parts.push(dash);
        }
        if !part.is_empty() {
            parts.push(hash::word(part));
        }
    }
    parts.truncate(MAX_PARTS);
    parts
}

fn case(text: &str) -> Case {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return Case::None };
    if !first.is_uppercase() {
        return Case::Lower;
    }
    if letters.all(char::is_uppercase) && text.chars().count() > 1 {
        Case::Upper
    } else {
        Case::Capital
    }
}

fn shapes(text: &str) -> (u64, u64) {
    let mut long = String::with_capacity(text.len());
    let mut short = String::new();
    for c in text.chars() {
        let kind = match c {
            c if c.is_uppercase() => 'X',
            c if c.is_alphabetic() => 'x',
            c if c.is_ascii_digit() => 'd',
            '’' => '\'',
            c => c,
        };
        if long.chars().count() < 10 {
            long.push(kind);
        }
        if !short.ends_with(kind) {
            short.push(kind);
        }
    }
    (hash::word(&long), hash::word(&short))
}

//! Noun phrases of a sentence, with who or what they name.

use std::ops::Range;

use dateline_knowledge::{Knowledge, Sense};
use dateline_language::TokenKind;

use super::{
    memory::Memory,
    names::{self, Name, What},
    party::Party,
    resolve,
    sentence::{Class, Sentence},
};

/// A noun phrase without the phrases that hang on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The preposition right before it.
    pub(crate) preposition: Option<usize>,
    pub(crate) names: Vec<Name>,
    /// Who it stands for; two for "both sides".
    pub(crate) parties: Vec<Party>,
    /// Whose thing it is: "Japan's measures", "Russian involvement", "its annexation".
    pub(crate) owner: Option<Party>,
    /// Nothing but words of time: "Tuesday", "last month".
    pub(crate) is_time: bool,
}

impl Chunk {
    pub(crate) fn range(&self) -> Range<usize> {
        self.first..self.last
    }
}

/// The noun phrases of a sentence, in order. `memory` knows who was named before and learns of
/// those who are named here.
pub(crate) fn chunks(sentence: &Sentence, known: &Knowledge, memory: &mut Memory) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut at = 0;
    while at < sentence.tokens.len() {
        let end = phrase_end(sentence, at);
        if end == at {
            at += 1;
            continue;
        }
        let names = names::find(sentence, at, end, known, memory.day());
        let mut chunk = Chunk {
            first: at,
            last: end,
            preposition: at.checked_sub(1).filter(|before| is_preposition(sentence, *before)),
            is_time: names.is_empty() && (at..end).all(|at| is_time_word(sentence, at)),
            names,
            ..Chunk::default()
        };
        resolve::resolve(sentence, known, memory, &chunks, &mut chunk);
        share_head(sentence, &mut chunks, &mut chunk);
        memory.learn(sentence, &chunks, &chunk);
        chunks.push(chunk);
        at = end;
    }
    chunks
}

/// "Hungarian and Romanian officials": officials of both.
fn share_head(sentence: &Sentence, chunks: &mut [Chunk], chunk: &mut Chunk) {
    let Some(left) = chunks.last_mut() else { return };
    let is_people = |name: &Name| matches!(name.what, What::Country { sense: Sense::People, .. });
    let is_row = sentence.word(left.last) == "and" && left.last + 1 == chunk.first;
    let is_bare = left.names.last().is_some_and(|name| is_people(name) && name.last == left.last)
        && !sentence.word(left.last - 1).ends_with('s');
    let has_head =
        chunk.names.first().is_some_and(|name| is_people(name) && name.last < chunk.last)
            && chunk.first == chunk.names.first().map_or(0, |name| name.first);
    let ([adjective], [head]) = (left.parties.as_slice(), chunk.parties.as_slice()) else { return };
    if !is_row || !is_bare || !has_head || head.is_person {
        return;
    }
    let shared = Party { sector: head.sector.clone(), ..adjective.clone() };
    left.parties.clear();
    chunk.parties.insert(0, shared);
}

/// `after`, `since`, `as` and `before` are prepositions before a noun.
fn is_preposition(sentence: &Sentence, at: usize) -> bool {
    let word = sentence.word(at);
    sentence.class(at) == Class::Preposition
        || sentence.class(at) == Class::Subordinator
            && matches!(word, "after" | "before" | "since" | "as" | "until")
}

/// A phrase ends before a determiner or a pronoun, too: "the two leaders" begins anew after
/// "a 10-minute phone conversation".
fn phrase_end(sentence: &Sentence, first: usize) -> usize {
    let mut end = first;
    while sentence.class(end) == Class::Word && end < sentence.tokens.len() {
        let word = sentence.word(end);
        let is_new = end > first
            && (is_determiner(word) || is_pronoun(word))
            && sentence.tokens[end].kind == TokenKind::Word;
        let was_pronoun = end > first && is_pronoun(sentence.word(end - 1));
        let is_date = end > first
            && names::is_calendar(word)
            && sentence.is_capital(end)
            && !is_determiner(word);
        if is_new || was_pronoun || is_date {
            break;
        }
        end += 1;
    }
    end
}

fn is_determiner(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "his"
            | "her"
            | "its"
            | "their"
            | "this"
            | "these"
            | "those"
            | "both"
            | "each"
            | "any"
            | "some"
    )
}

pub(crate) fn is_pronoun(word: &str) -> bool {
    matches!(
        word,
        "he" | "she"
            | "it"
            | "they"
            | "him"
            | "them"
            | "we"
            | "us"
            | "i"
            | "you"
            | "himself"
            | "themselves"
            | "itself"
    )
}

pub(crate) fn is_time_word(sentence: &Sentence, at: usize) -> bool {
    const WORDS: &[&str] = &[
        "last",
        "next",
        "late",
        "early",
        "earlier",
        "later",
        "today",
        "yesterday",
        "tomorrow",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "day",
        "days",
        "night",
        "morning",
        "afternoon",
        "evening",
        "weekend",
        "spring",
        "summer",
        "autumn",
        "winter",
        "ago",
        "again",
        "also",
        "now",
        "then",
        "same",
        "hours",
        "hour",
        "minutes",
        "this",
        "meanwhile",
        "however",
        "twice",
        "too",
        "there",
        "here",
        "instead",
        "together",
    ];
    let word = sentence.word(at);
    WORDS.contains(&word)
        || names::is_calendar(word) && !is_pronoun(word)
        || word.ends_with("ly")
        || word.bytes().all(|byte| byte.is_ascii_digit())
}

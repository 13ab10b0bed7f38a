//! A document as the features see it: its distinct words, and what each is in the whole of it.

use std::collections::{HashMap, HashSet};

use super::{
    table::{Clusters, Lists, extend, list},
    word::{Case, Word},
};

/// The longest name of a list, in tokens.
const MAX_PHRASE: usize = 7;
/// Neighbours of a word that are remembered on each side.
const MAX_NEIGHBOURS: usize = 3;

/// Index of the word that stands before a sentence.
const BEFORE: u32 = 0;
/// Index of the word that stands behind a sentence.
const AFTER: u32 = 1;

/// What a word is in the document.
// Each flag is a fact of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) count: u32,
    /// The same letters stand somewhere without capital.
    pub(crate) is_seen_small: bool,
    /// It stands with its capital within a sentence.
    pub(crate) is_seen_inside: bool,
    /// It stands behind a first name or a title.
    pub(crate) is_titled: bool,
    /// It stands before a word like "Ministry".
    pub(crate) is_before_head: bool,
    /// Lower-case hashes of words right before and right behind it.
    pub(crate) before: Vec<u64>,
    pub(crate) behind: Vec<u64>,
}

/// A stretch of words with capitals, with the small words that link them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// A sentence.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) words: Vec<u32>,
    /// For each token the lists that a phrase through it stands in: 16 bits each for the first,
    /// an inner, the last and the only word of the phrase.
    pub(crate) lists: Vec<u64>,
    /// For each token its run; empty where it is in none.
    pub(crate) runs: Vec<Run>,
    /// No word begins with a small letter.
    pub(crate) is_capitals: bool,
}

/// A document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) words: Vec<Word>,
    pub(crate) usages: Vec<Usage>,
    pub(crate) sentences: Vec<Sentence>,
}

impl Document {
    pub(crate) fn new<S: AsRef<str>>(
        sentences: &[Vec<S>],
        clusters: &Clusters,
        lists: &Lists,
    ) -> Self {
        let mut words = vec![Word::edge("\u{2}before"), Word::edge("\u{3}after")];
        let mut index: HashMap<&str, u32> = HashMap::new();
        let mut numbered = Vec::with_capacity(sentences.len());
        for sentence in sentences {
            let ids = sentence.iter().map(|token| {
                *index.entry(token.as_ref()).or_insert_with(|| {
                    words.push(Word::new(token.as_ref(), clusters, lists));
                    u32::try_from(words.len() - 1).unwrap_or(u32::MAX)
                })
            });
            numbered.push(ids.collect::<Vec<u32>>());
        }
        let usages = usages(&words, &numbered);
        let sentences = numbered.into_iter().map(|ids| Sentence::new(ids, &words, lists));
        Self { sentences: sentences.collect(), words, usages }
    }

    /// The index of the word at a place of a sentence, also right beyond its ends.
    pub(crate) fn id(sentence: &Sentence, at: usize, offset: isize) -> usize {
        let id = match at.checked_add_signed(offset) {
            None => BEFORE,
            Some(at) => sentence.words.get(at).copied().unwrap_or(AFTER),
        };
        id as usize
    }

    /// The word at a place of a sentence, also right beyond its ends.
    pub(crate) fn word(&self, sentence: &Sentence, at: usize, offset: isize) -> &Word {
        &self.words[Self::id(sentence, at, offset)]
    }
}

impl Sentence {
    fn new(ids: Vec<u32>, words: &[Word], lists: &Lists) -> Self {
        let is_capitals = !ids.iter().any(|id| words[*id as usize].case == Case::Lower);
        let found = phrases(&ids, words, lists);
        let runs = if is_capitals && ids.len() > 4 {
            vec![Run::default(); ids.len()]
        } else {
            runs(&ids, words)
        };
        Self { lists: found, runs, is_capitals, words: ids }
    }
}

/// Finds the names of the lists that begin with a capital or a digit.
fn phrases(ids: &[u32], words: &[Word], lists: &Lists) -> Vec<u64> {
    let word = |at: usize| &words[ids[at] as usize];
    let mut found = vec![0; ids.len()];
    for first in 0..ids.len() {
        if word(first).case == Case::Lower {
            found[first] |= u64::from(word(first).lists & (list::TITLE | list::HEAD)) << 48;
            continue;
        }
        if word(first).case == Case::None {
            continue;
        }
        let mut phrase = 0;
        for last in first..ids.len().min(first + MAX_PHRASE) {
            phrase = extend(phrase, &word(last).parts);
            if word(last).case == Case::Lower && !word(last).is_link {
                break;
            }
            let bits = if last == first { word(first).lists } else { lists.of(phrase) };
            mark(&mut found[first..=last], u64::from(bits));
        }
    }
    found
}

fn mark(tokens: &mut [u64], bits: u64) {
    match tokens {
        _ if bits == 0 => {}
        [only] => *only |= bits << 48,
        [first, inner @ .., last] => {
            *first |= bits;
            *last |= bits << 32;
            for token in inner {
                *token |= bits << 16;
            }
        }
        [] => {}
    }
}

/// Stretches of capitals; up to two small linking words stand between them.
fn runs(ids: &[u32], words: &[Word]) -> Vec<Run> {
    let word = |at: usize| &words[ids[at] as usize];
    let is_part = |at: usize| word(at).is_capital() && (at > 0 || !word(at).is_function);
    let mut runs = vec![Run::default(); ids.len()];
    let mut at = 0;
    while at < ids.len() {
        if !is_part(at) {
            at += 1;
            continue;
        }
        let (first, mut end, mut next) = (at, at + 1, at + 1);
        while next < ids.len() && next - end < 3 {
            if is_part(next) {
                end = next + 1;
            } else if !word(next).is_link {
                break;
            }
            next += 1;
        }
        let as_u32 = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        runs[first..end].fill(Run { first: as_u32(first), last: as_u32(end) });
        at = end;
    }
    runs
}

fn usages(words: &[Word], sentences: &[Vec<u32>]) -> Vec<Usage> {
    let mut usages = vec![Usage::default(); words.len()];
    let small: HashSet<u64> =
        words.iter().filter(|word| word.case == Case::Lower).map(|word| word.exact).collect();
    for (usage, word) in usages.iter_mut().zip(words) {
        usage.is_seen_small = word.is_capital() && small.contains(&word.lower);
    }
    for ids in sentences {
        let is_capitals = !ids.iter().any(|id| words[*id as usize].case == Case::Lower);
        for (at, id) in ids.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| &words[ids[at] as usize]);
            let behind = ids.get(at + 1).map(|id| &words[*id as usize]);
            let usage = &mut usages[*id as usize];
            usage.count += 1;
            if !is_capitals && words[*id as usize].is_capital() {
                note(usage, before, behind);
            }
        }
    }
    usages
}

fn note(usage: &mut Usage, before: Option<&Word>, behind: Option<&Word>) {
    usage.is_seen_inside |= before.is_some();
    if let Some(before) = before {
        usage.is_titled |= before.is_capital() && before.lists & (list::FIRST | list::TITLE) != 0;
        if usage.before.len() < MAX_NEIGHBOURS {
            usage.before.push(before.lower);
        }
    }
    if let Some(behind) = behind {
        usage.is_before_head |= behind.is_capital() && behind.lists & list::HEAD != 0;
        if usage.behind.len() < MAX_NEIGHBOURS {
            usage.behind.push(behind.lower);
        }
    }
}

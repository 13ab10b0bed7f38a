//! The features of the second stage: what the first said of the neighbours, and of the same words
//! elsewhere in the document.

use std::collections::HashMap;

use super::{
    document::{Document, Sentence},
    hash::{bucket, join},
    tags,
};

/// Kinds of names, and one for no name.
const KINDS: usize = 7;

/// How often the first stage gave each kind, `0` for none.
#[derive(Clone, Copy, Debug, Default)]
struct Votes([u16; KINDS]);

/// What the first stage said of the whole document.
#[derive(Debug, Default)]
pub(crate) struct Consensus {
    /// By word as written.
    words: HashMap<u64, Votes>,
    /// By the words of a whole run.
    runs: HashMap<u64, Votes>,
    /// By a word of a longer name.
    inside: HashMap<u64, Votes>,
}

impl Votes {
    fn add(&mut self, kind: usize) {
        self.0[kind] = self.0[kind].saturating_add(1);
    }

    /// Without the vote that a token itself gave.
    fn without(mut self, kind: usize) -> Self {
        self.0[kind] = self.0[kind].saturating_sub(1);
        self
    }

    /// The kind that most say, and how surely; none where nobody voted.
    fn most(self) -> Option<u64> {
        let total: u16 = self.0.iter().sum();
        let (kind, count) =
            self.0.iter().enumerate().max_by_key(|(kind, count)| (**count, KINDS - kind))?;
        let sure = u64::from(*count == total) + u64::from(*count > 1) + u64::from(*count > 3);
        (total > 0).then(|| kind as u64 * 4 + sure)
    }
}

fn kind_of(label: u8) -> usize {
    tags::kind(label).map_or(0, |kind| kind as usize + 1)
}

impl Consensus {
    pub(crate) fn new(document: &Document, labels: &[Vec<u8>]) -> Self {
        let mut consensus = Self::default();
        for (sentence, labels) in document.sentences.iter().zip(labels) {
            for (at, label) in labels.iter().enumerate() {
                let word = document.word(sentence, at, 0);
                if word.is_capital() {
                    consensus.words.entry(word.exact).or_default().add(kind_of(*label));
                }
            }
            for (range, kind) in tags::names(labels) {
                let hash = phrase(document, sentence, range.start, range.end);
                consensus.runs.entry(hash).or_default().add(kind as usize + 1);
                let length = range.len();
                for at in range.filter(|_| length > 1) {
                    let word = document.word(sentence, at, 0);
                    if word.is_capital() {
                        consensus.inside.entry(word.exact).or_default().add(kind as usize + 1);
                    }
                }
            }
        }
        consensus
    }

    /// The features of one token.
    pub(crate) fn features(
        &self,
        document: &Document,
        sentence: &Sentence,
        (labels, at): (&[u8], usize),
        emit: &mut impl FnMut(u32),
    ) {
        let mut add = |template: u64, value: u64| emit(bucket(512 + template, value));
        let label = |offset: isize| {
            let place = at.checked_add_signed(offset).and_then(|at| labels.get(at));
            place.map_or(99, |label| u64::from(*label))
        };
        add(1, label(0));
        add(2, join(label(-1), label(0)));
        add(3, join(label(0), label(1)));
        add(4, join(label(-1), label(1)));
        add(5, join(label(-2), join(label(-1), label(0))));
        add(6, join(label(0), join(label(1), label(2))));
        let word = document.word(sentence, at, 0);
        add(7, join(label(0), word.short));
        add(8, join(label(0), word.group(1)));
        self.elsewhere(document, sentence, (labels, at), &mut add);
    }

    fn elsewhere(
        &self,
        document: &Document,
        sentence: &Sentence,
        (labels, at): (&[u8], usize),
        add: &mut impl FnMut(u64, u64),
    ) {
        let word = document.word(sentence, at, 0);
        if !word.is_capital() {
            return;
        }
        let own = kind_of(labels[at]);
        let votes =
            |map: &HashMap<u64, Votes>, key: u64| map.get(&key).copied().unwrap_or_default();
        let same = votes(&self.words, word.exact).without(own).most().unwrap_or(90);
        add(20, same);
        add(21, join(same, u64::from(labels[at])));
        add(22, join(same, word.short));
        let is_inside = part_of_longer(labels, at);
        let inside = votes(&self.inside, word.exact);
        let inside = if is_inside { inside.without(own) } else { inside };
        let inside = inside.most().unwrap_or(90);
        add(23, inside);
        add(24, join(inside, join(same, u64::from(labels[at]))));
        let run = sentence.runs[at];
        let (first, end) = (run.first as usize, run.last as usize);
        if first == end {
            return;
        }
        let whole = votes(&self.runs, phrase(document, sentence, first, end));
        let is_same = tags::names(&labels[first..end])
            .first()
            .is_some_and(|(range, kind)| range.len() == end - first && *kind as usize + 1 == own);
        let whole = if is_same { whole.without(own) } else { whole };
        let whole = whole.most().unwrap_or(90);
        let place = u64::from(at == first) + 2 * u64::from(at + 1 == end);
        add(25, join(whole, place));
        add(26, join(whole, join(place, u64::from(labels[at]))));
    }
}

fn part_of_longer(labels: &[u8], at: usize) -> bool {
    let kind = tags::kind(labels[at]);
    let is_same = |place: Option<usize>| {
        place.and_then(|place| labels.get(place)).and_then(|label| tags::kind(*label)) == kind
    };
    kind.is_some() && (is_same(at.checked_sub(1)) || is_same(Some(at + 1)))
}

fn phrase(document: &Document, sentence: &Sentence, first: usize, end: usize) -> u64 {
    (first..end).fold(1, |hash, at| join(hash, document.word(sentence, at, 0).exact))
}

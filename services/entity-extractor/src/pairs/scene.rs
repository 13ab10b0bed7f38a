//! A sentence as the parser reads it, and the actors that stand in it.

use std::ops::Range;

use dateline_language::{Parse, Parser, Relation, Upos};

use super::verbs::{Verbs, WordId};

/// Words, lemmas and parse of a sentence.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) spans: Vec<Range<usize>>,
    pub(crate) words: Vec<String>,
    pub(crate) lemmas: Vec<String>,
    /// Each word's lemma and form as the verb table numbers them.
    pub(crate) ids: Vec<[Option<WordId>; 2]>,
    pub(crate) parse: Parse,
}

/// The words of an actor, from the first to one past the last, and the one that heads them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Side {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) head: usize,
}

impl Side {
    /// Whether a word is of both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.first < other.last && other.first < self.last
    }
}

impl Scene {
    /// The sentence that lies at `range` in the text.
    pub(crate) fn new(text: &str, range: Range<usize>, parser: &Parser, table: &Verbs) -> Self {
        let mut scenes = Self::all(text, &[range], parser, table);
        scenes.pop().unwrap_or_default()
    }

    /// The sentences that lie at `ranges`, parsed together: that is faster, and the same.
    pub(crate) fn all(
        text: &str,
        ranges: &[Range<usize>],
        parser: &Parser,
        table: &Verbs,
    ) -> Vec<Self> {
        let spans: Vec<Vec<Range<usize>>> =
            ranges.iter().map(|range| words(text, range.clone())).collect();
        let forms: Vec<Vec<&str>> = spans
            .iter()
            .map(|spans| spans.iter().filter_map(|span| text.get(span.clone())).collect())
            .collect();
        let trees = parser.parse_all(&forms.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let parts = spans.into_iter().zip(forms).zip(trees);
        let scene = |((spans, forms), parse): ((Vec<Range<usize>>, Vec<&str>), Parse)| {
            let lemmas = forms.iter().zip(parse.nodes()).map(|(form, node)| {
                let lemma = parser.lemma(form, *node).to_lowercase();
                if node.upos == Upos::Verb { table.spelled(lemma) } else { lemma }
            });
            let lemmas: Vec<String> = lemmas.collect();
            let words: Vec<String> = forms.iter().map(|form| form.to_lowercase()).collect();
            let both = lemmas.iter().zip(&words);
            let ids = both.map(|(lemma, word)| [table.id(lemma), table.id(word)]).collect();
            Self { spans, words, lemmas, ids, parse }
        };
        parts.map(scene).collect()
    }

    /// The words that lie in a range of bytes.
    pub(crate) fn side(&self, bytes: Range<usize>) -> Option<Side> {
        let first = self.spans.iter().position(|span| span.end > bytes.start)?;
        let last = self.spans.iter().rposition(|span| span.start < bytes.end)? + 1;
        if first >= last {
            return None;
        }
        let is_inside = |word: usize| (first..last).contains(&word);
        let tops = (first..last).filter(|word| !self.parse.head(*word).is_some_and(is_inside));
        let head = tops.min_by_key(|word| (self.is_small(*word), self.depth(*word)))?;
        Some(Side { first, last, head })
    }

    fn is_small(&self, word: usize) -> bool {
        let relation = self.parse.relation(word);
        matches!(relation, Relation::Det | Relation::Case | Relation::Punct | Relation::Mark)
    }

    fn depth(&self, word: usize) -> usize {
        self.above(word).len()
    }

    /// A word and those above it, up to the root.
    pub(crate) fn above(&self, word: usize) -> Vec<usize> {
        let mut path = vec![word];
        while let Some(head) = path.last().and_then(|word| self.parse.head(*word)) {
            path.push(head);
        }
        path
    }

    pub(crate) fn lemma(&self, word: usize) -> &str {
        self.lemmas.get(word).map_or("", String::as_str)
    }

    /// Whether one of two hangs on the other with no verb between, and is not joined to it.
    pub(crate) fn is_part(&self, one: &Side, other: &Side) -> bool {
        let hangs = |below: &Side, top: &Side| {
            let way = self.above(below.head);
            let way: Vec<usize> = way.into_iter().take_while(|word| *word != top.head).collect();
            let is_nominal = |word: &usize| {
                let relation = self.parse.relation(*word).base();
                matches!(relation, Relation::Nmod | Relation::Compound | Relation::Amod)
                    && !self.is_verb(*word)
            };
            self.above(below.head).contains(&top.head) && way.iter().all(is_nominal)
        };
        hangs(one, other) || hangs(other, one)
    }

    /// The verbs that head a clause of their own.
    pub(crate) fn predicates(&self) -> impl Iterator<Item = usize> {
        (0..self.words.len()).filter(|word| {
            let relation = self.parse.relation(*word).base();
            self.is_verb(*word)
                && matches!(
                    relation,
                    Relation::Root
                        | Relation::Ccomp
                        | Relation::Advcl
                        | Relation::Parataxis
                        | Relation::Conj
                        | Relation::Acl
                )
        })
    }

    pub(crate) fn is_verb(&self, word: usize) -> bool {
        self.parse.upos(word) == Upos::Verb
    }

    /// The way from one word to another: up to the lowest word above both, and down.
    pub(crate) fn path(&self, from: usize, to: usize) -> Path {
        let (up, down) = (self.above(from), self.above(to));
        let top = up.iter().copied().find(|word| down.contains(word));
        let Some(top) = top else {
            // Two trees in one sentence: the roots are as if joined.
            return Path { top: from, up, down: down.into_iter().rev().collect() };
        };
        let up = up.into_iter().take_while(|word| *word != top).collect();
        let mut down: Vec<usize> = down.into_iter().take_while(|word| *word != top).collect();
        down.reverse();
        Path { top, up, down }
    }

    /// The word that tells what the source does to the target.
    pub(crate) fn trigger(&self, source: &Side, target: &Side) -> usize {
        let path = self.path(source.head, target.head);
        let top = path.top;
        let below = |words: &[usize]| {
            words.iter().copied().find(|word| self.is_verb(*word) && !is_of(*word, source, target))
        };
        if top == source.head && self.are_joined(source, target) {
            return self.governor(source.head);
        }
        if top == source.head {
            return below(&path.down).unwrap_or_else(|| self.governor(top));
        }
        if top == target.head {
            let mut up = path.up.clone();
            up.reverse();
            return below(&up).unwrap_or_else(|| self.governor(top));
        }
        top
    }

    /// "A and B": one is joined to the other.
    pub(crate) fn are_joined(&self, source: &Side, target: &Side) -> bool {
        let joins = |high: &Side, low: &Side| {
            let path = self.path(low.head, high.head);
            path.top == high.head
                && path.up.iter().all(|word| self.parse.relation(*word) == Relation::Conj)
        };
        joins(source, target) || joins(target, source)
    }

    /// The verb above a word, else the next word above it.
    fn governor(&self, word: usize) -> usize {
        let above = self.above(word);
        let verb = above.iter().skip(1).copied().find(|word| self.is_verb(*word));
        verb.or(above.get(1).copied()).unwrap_or(word)
    }
}

/// The words of a part of a text.
fn words(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let part = text.get(range.clone()).unwrap_or_default();
    let sentences = dateline_language::segment(part);
    let words = sentences.iter().flat_map(|sentence| sentence.words.iter());
    words.map(|word| range.start + word.start..range.start + word.end).collect()
}

fn is_of(word: usize, source: &Side, target: &Side) -> bool {
    (source.first..source.last).contains(&word) || (target.first..target.last).contains(&word)
}

/// A way through the parse.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) top: usize,
    /// From the start up, without the top.
    pub(crate) up: Vec<usize>,
    /// From below the top down to the end.
    pub(crate) down: Vec<usize>,
}

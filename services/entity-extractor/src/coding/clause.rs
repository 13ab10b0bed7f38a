//! Who is the subject of a verb and what stands behind it.

use super::opponent::Cast;
use crate::{
    notes::Notes,
    story::{
        chunk::Chunk,
        memory::are_joined,
        party::Party,
        sentence::{Class, Sentence},
    },
};

/// The other side is looked for in so many tokens behind the verb.
const REACH_TOKENS: usize = 18;

/// A sentence with its phrases.
pub(crate) struct Clause<'a> {
    pub(crate) sentence: &'a Sentence<'a>,
    pub(crate) chunks: &'a [Chunk],
    /// The country that people without one belong to.
    pub(crate) home: Option<&'a str>,
    /// Who the story is about.
    pub(crate) cast: &'a Cast,
    pub(crate) notes: &'a Notes,
}

impl<'a> Clause<'a> {
    /// Notes a step for who wants to see it.
    pub(crate) fn note(&self, what: impl FnOnce() -> String) {
        self.notes.add(self.sentence.index, what);
    }

    fn chunk_ending_at(&self, last: usize) -> Option<usize> {
        self.chunks.iter().position(|chunk| chunk.last == last)
    }

    /// The phrase that begins at a token.
    pub(crate) fn chunk_at(&self, first: usize) -> Option<&'a Chunk> {
        self.chunks.iter().find(|chunk| chunk.first == first)
    }

    /// The parties of a phrase and of those that "and" joins to it on the left: `A, B and C`.
    fn joined_left(&self, index: usize) -> Vec<Party> {
        let mut parties = self.chunks[index].parties.clone();
        let mut right = index;
        while right > 0 {
            let (left, this) = (&self.chunks[right - 1], &self.chunks[right]);
            let is_one =
                left.parties.len() == 1 && are_joined(self.sentence, left.last, this.first);
            let has_and = self.has_conjunction(left.last, self.chunks[index].first);
            if !is_one || !has_and {
                break;
            }
            parties.splice(0..0, left.parties.iter().cloned());
            right -= 1;
        }
        parties
    }

    /// The same to the right.
    pub(crate) fn joined_right(&self, index: usize) -> Vec<Party> {
        let mut parties = self.chunks[index].parties.clone();
        for right in index + 1..self.chunks.len() {
            let (left, this) = (&self.chunks[right - 1], &self.chunks[right]);
            if this.parties.len() != 1
                || !are_joined(self.sentence, left.last, this.first)
                || self.opens_clause(this)
            {
                break;
            }
            parties.extend(this.parties.iter().cloned());
        }
        let is_list = parties.len() < 2
            || self.chunks[index..]
                .iter()
                .take(parties.len())
                .any(|chunk| self.has_conjunction(chunk.last, chunk.last + 2));
        if is_list { parties } else { self.chunks[index].parties.clone() }
    }

    /// A verb right behind a joined phrase makes it the subject of a clause of its own.
    fn opens_clause(&self, chunk: &Chunk) -> bool {
        match self.sentence.class(chunk.last) {
            Class::Verb(group) => {
                self.sentence.groups.get(group).is_some_and(dateline_language::VerbGroup::is_finite)
            }
            _ => false,
        }
    }

    fn has_conjunction(&self, from: usize, to: usize) -> bool {
        (from..to).any(|at| self.sentence.word(at) == "and")
    }

    /// The subject of the verb group with this index; empty where it is no actor.
    pub(crate) fn subject(&self, group: usize) -> Vec<Party> {
        self.subject_within(group, 4)
    }

    fn subject_within(&self, group: usize, depth: usize) -> Vec<Party> {
        let Some(verb) = self.sentence.groups.get(group).filter(|_| depth > 0) else {
            return Vec::new();
        };
        if !verb.is_finite() {
            return self
                .governor(group)
                .map_or_else(Vec::new, |governor| self.subject_within(governor, depth - 1));
        }
        let mut at = verb.first;
        while at > 0 {
            let before = at - 1;
            match self.sentence.class(before) {
                Class::Word => match self.chunk_ending_at(at) {
                    Some(index) => match self.as_subject(index) {
                        Step::Found(parties) => return parties,
                        Step::Back(first) => at = first,
                    },
                    None => at = before,
                },
                Class::Preposition => at = before,
                Class::Comma => match self.before_insertion(before) {
                    Some(open) => at = open,
                    None if at < verb.first => return Vec::new(),
                    None => return self.shared_subject(group, depth),
                },
                Class::Conjunction => return self.shared_subject(group, depth),
                Class::Subordinator
                    if is_relative(self.sentence.word(before)) && at == verb.first =>
                {
                    return self.antecedent(before);
                }
                Class::Subordinator | Class::Mark | Class::Verb(_) | Class::Act => {
                    return Vec::new();
                }
            }
        }
        Vec::new()
    }

    fn as_subject(&self, index: usize) -> Step {
        let chunk = &self.chunks[index];
        if chunk.is_time {
            return Step::Back(chunk.first);
        }
        // "after ministers met": there the word opens a clause and governs no phrase.
        let is_governed = |at: usize| self.sentence.class(at) == Class::Preposition;
        if chunk.preposition.is_some_and(is_governed) {
            // "rebels in the north": the phrase hangs on what stands before it.
            return Step::Back(chunk.first.saturating_sub(1));
        }
        if !chunk.parties.is_empty() {
            return Step::Found(self.joined_left(index));
        }
        Step::Found(Vec::new())
    }

    /// Where an insertion between commas opens: `Abe, who met him, said`.
    fn before_insertion(&self, close: usize) -> Option<usize> {
        let open = (0..close).rev().find(|at| matches!(self.sentence.class(*at), Class::Comma))?;
        let inside = open + 1..close;
        let is_relative = is_relative(self.sentence.word(open + 1))
            || matches!(self.sentence.word(open + 1), "of" | "including" | "whose" | "along");
        let has_verb = inside.clone().any(|at| matches!(self.sentence.class(at), Class::Verb(group) if self.sentence.groups[group].is_finite()));
        let is_long = inside.len() > 20;
        let starts_clause = matches!(self.sentence.class(open + 1), Class::Conjunction);
        ((is_relative || !has_verb) && !is_long && !starts_clause).then_some(open)
    }

    /// "Japan imposed sanctions and urged Russia": the verb before "and" has the same subject.
    fn shared_subject(&self, group: usize, depth: usize) -> Vec<Party> {
        let earlier = (0..group)
            .rev()
            .find(|other| self.sentence.groups[*other].is_finite() && !self.is_in_relative(*other));
        earlier.map_or_else(Vec::new, |earlier| self.subject_within(earlier, depth - 1))
    }

    fn is_in_relative(&self, group: usize) -> bool {
        let first = self.sentence.groups[group].first;
        first > 0 && is_relative(self.sentence.word(first - 1))
    }

    /// Whom "who" and "which" stand for: the phrase before them, with those joined to it.
    fn antecedent(&self, relative: usize) -> Vec<Party> {
        let end = if self.sentence.class(relative.wrapping_sub(1)) == Class::Comma {
            relative - 1
        } else {
            relative
        };
        match self.chunk_ending_at(end) {
            Some(index) => self.joined_left(index),
            None => Vec::new(),
        }
    }

    /// The verb that an infinitive or a gerund hangs on.
    pub(crate) fn governor(&self, group: usize) -> Option<usize> {
        let verb = self.sentence.groups.get(group)?;
        let before =
            (0..group).rev().find(|other| self.sentence.groups[*other].main < verb.first)?;
        let from = self.sentence.groups[before].main + 1;
        let blocks = |at: usize| {
            matches!(self.sentence.class(at), Class::Mark)
                || matches!(self.sentence.word(at), "that" | "which" | "who" | "but")
        };
        let is_free = !(from..verb.first).any(blocks);
        is_free.then_some(before)
    }

    /// Parties of the object right behind token `from`.
    pub(crate) fn object(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while self.sentence.word(at).ends_with("ly") && self.chunk_at(at).is_none() {
            at += 1;
        }
        let index = self.chunks.iter().position(|chunk| chunk.first == at)?;
        if self.chunks[index].is_time {
            return self
                .chunks
                .get(index + 1)
                .filter(|next| next.first == self.chunks[index].last)
                .map(|_| index + 1);
        }
        Some(index)
    }

    /// The phrase behind the first `preposition` after token `from`, before the clause ends.
    pub(crate) fn behind(&self, from: usize, preposition: &str) -> Option<usize> {
        for at in from..(from + REACH_TOKENS).min(self.sentence.tokens.len()) {
            if self.ends_clause(at, from) {
                return None;
            }
            if self.sentence.word(at) == preposition
                && self.sentence.class(at) == Class::Preposition
            {
                return self.chunks.iter().position(|chunk| chunk.first == at + 1);
            }
        }
        None
    }

    fn ends_clause(&self, at: usize, from: usize) -> bool {
        match self.sentence.class(at) {
            Class::Verb(group) => self.sentence.groups[group].first >= from,
            Class::Mark => self.sentence.word(at) != "(",
            Class::Subordinator => {
                is_relative(self.sentence.word(at))
                    || matches!(
                        self.sentence.word(at),
                        "because" | "while" | "when" | "if" | "where"
                    )
            }
            _ => false,
        }
    }
}

enum Step {
    Found(Vec<Party>),
    Back(usize),
}

fn is_relative(word: &str) -> bool {
    matches!(word, "who" | "which" | "that" | "whom")
}

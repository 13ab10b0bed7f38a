//! Clauses from a parse: who does what to whom, when, whether, and who says so.

mod arguments;
mod frame;
mod report;

use std::ops::Range;

use crate::{Modal, Parse, Relation, Tense, Upos, Xpos};

/// How a predicate stands in its sentence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Link {
    /// The sentence's own.
    #[default]
    Main,
    /// What is said, thought or known: "said that they met", and a quotation beside its verb.
    Complement,
    /// Goes on with a verb: "agreed to meet".
    Open,
    /// Says more of a noun: "the man who fled", "the man killed by", "a plan to attack".
    Noun,
    /// When, why, how: "after they met", "killing two".
    Adverbial,
    /// Is a subject itself: "Meeting them helped".
    Subject,
    /// Beside the clause above without a word that joins them.
    Beside,
}

/// A word with the preposition before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Oblique {
    /// The first word of the preposition: `because` of "because of"; none of "met Monday".
    pub case: Option<usize>,
    /// The noun.
    pub word: usize,
}

/// A verb, or a noun or adjective with a form of "be", with what belongs to it.
///
/// Words are indices into the sentence. Lists hold the first word of a row and its conjuncts:
/// "Iran and Iraq met" has two subjects. Pronouns of relative clauses are replaced by the noun that
/// the clause is about.
// Voice, aspect and negation are independent: each is a yes or no of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Predicate {
    /// The verb, or the noun or adjective.
    pub word: usize,
    /// From the first auxiliary to the verb or its particle.
    pub group: Range<usize>,
    /// All words of the clause, with clauses within it.
    pub span: Range<usize>,
    /// `off` of "called off".
    pub particle: Option<usize>,
    /// Grammatical subjects; of a passive they are whom it is done to.
    pub subjects: Vec<usize>,
    /// Whether the subjects come from another clause: "agreed to meet".
    pub borrows_subjects: bool,
    /// Direct objects.
    pub objects: Vec<usize>,
    /// Indirect objects: "gave them aid".
    pub recipients: Vec<usize>,
    /// `by` whom, of a passive.
    pub agents: Vec<usize>,
    /// Nouns with prepositions, and times without one.
    pub obliques: Vec<Oblique>,
    /// Done to the subject.
    pub is_passive: bool,
    /// `not`, `never`, "no one".
    pub is_negated: bool,
    /// `is meeting`.
    pub is_progressive: bool,
    /// `has met`, `had met`.
    pub is_perfect: bool,
    /// `to meet`.
    pub is_infinitive: bool,
    /// A noun or adjective with a form of "be".
    pub is_copular: bool,
    /// Tense of the first verb of the group.
    pub tense: Tense,
    /// The modal, where there is one.
    pub modal: Option<Modal>,
    /// How it stands in the sentence.
    pub link: Link,
    /// The word that it hangs on: a verb, or the noun that it says more of.
    pub above: Option<usize>,
    /// `if`, `after`, `that`: the first word that joins it to what stands above.
    pub mark: Option<usize>,
    /// The verb that reports it: "said" of "said that they met" and "\"They met,\" she said".
    pub reporter: Option<usize>,
    /// Who says so: the reporter's subjects, or whom it is "according to".
    pub sources: Vec<usize>,
}

impl Predicate {
    /// Who does it.
    pub fn doers(&self) -> &[usize] {
        if self.is_passive { &self.agents } else { &self.subjects }
    }

    /// Whom it is done to; of "told them to leave", who is told.
    pub fn targets(&self) -> &[usize] {
        if self.is_passive {
            &self.subjects
        } else if self.objects.is_empty() {
            &self.recipients
        } else {
            &self.objects
        }
    }

    /// Nouns with a preposition.
    pub fn obliques_with<'p>(
        &'p self,
        words: &'p [&str],
        preposition: &'p str,
    ) -> impl Iterator<Item = usize> + 'p {
        let holds = move |oblique: &&Oblique| {
            oblique.case.is_some_and(|case| words[case].eq_ignore_ascii_case(preposition))
        };
        self.obliques.iter().filter(holds).map(|oblique| oblique.word)
    }
}

/// The predicates of a sentence, in the order of their words.
pub fn predicates(words: &[&str], parse: &Parse) -> Vec<Predicate> {
    let words = &words[..words.len().min(parse.len())];
    let mut found: Vec<Predicate> = Vec::new();
    // From the root down: a clause without a subject looks at the one above, which is there then.
    for word in from_above(parse) {
        if !is_predicate(parse, word) || word >= words.len() {
            continue;
        }
        let mut predicate = frame::read(words, parse, word, &found);
        arguments::fill(words, parse, &mut predicate, &found);
        found.push(predicate);
    }
    report::fill(words, parse, &mut found);
    found.sort_by_key(|predicate| predicate.word);
    found
}

/// The words of a sentence, heads before what depends on them.
fn from_above(parse: &Parse) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..parse.len()).filter(|word| parse.head(*word).is_none()).collect();
    let mut at = 0;
    while let Some(word) = order.get(at).copied() {
        order.extend(parse.children(word));
        at += 1;
    }
    order
}

fn is_predicate(parse: &Parse, word: usize) -> bool {
    let relation = parse.relation(word);
    if matches!(
        relation,
        Relation::Aux
            | Relation::AuxPass
            | Relation::Cop
            | Relation::Amod
            | Relation::Case
            | Relation::Fixed
            | Relation::Compound
            | Relation::Mark
            | Relation::Cc
    ) {
        return false;
    }
    matches!(parse.upos(word), Upos::Verb | Upos::Aux)
        || parse.child_by(word, Relation::Cop).is_some()
}

/// A noun with the words before it that name it, and the rest of its name; without clauses and
/// without nouns that hang on it by a preposition.
pub fn chunk(parse: &Parse, word: usize) -> Range<usize> {
    let mut chunk = word..word + 1;
    for child in parse.children(word) {
        let belongs = match parse.relation(child) {
            Relation::Det
            | Relation::DetPredet
            | Relation::Amod
            | Relation::Compound
            | Relation::Nummod
            | Relation::NmodPoss
            | Relation::NmodDesc
            | Relation::NmodUnmarked
            | Relation::Advmod => child < word,
            Relation::Flat | Relation::Fixed | Relation::Goeswith => true,
            _ => false,
        };
        if belongs {
            let span = parse.span(child);
            chunk = chunk.start.min(span.start)..chunk.end.max(span.end);
        }
    }
    chunk
}

/// The nouns that hang on a noun by a preposition: "talks with Iran on oil".
pub fn modifiers(parse: &Parse, word: usize) -> Vec<Oblique> {
    let nouns = parse.children(word).filter(|child| {
        matches!(
            parse.relation(*child),
            Relation::Nmod | Relation::NmodPoss | Relation::NmodUnmarked
        )
    });
    nouns.flat_map(|noun| obliques_of(parse, noun)).collect()
}

/// A noun and its conjuncts, each with the preposition that it has or shares.
fn obliques_of(parse: &Parse, noun: usize) -> Vec<Oblique> {
    let first = parse.child_by(noun, Relation::Case);
    let row = with_conjuncts(parse, noun);
    let case = |word: usize| parse.child_by(word, Relation::Case).or(first);
    row.into_iter().map(|word| Oblique { case: case(word), word }).collect()
}

/// A word and the nouns that stand in a row with it.
pub fn with_conjuncts(parse: &Parse, word: usize) -> Vec<usize> {
    let mut row = vec![word];
    for child in parse.children_by(word, Relation::Conj) {
        if !is_predicate(parse, child) {
            row.extend(with_conjuncts(parse, child));
        }
    }
    row
}

/// Whether a word is the pronoun of a relative clause.
fn is_relative(parse: &Parse, word: usize) -> bool {
    matches!(parse.xpos(word), Xpos::Wdt | Xpos::Wp)
}

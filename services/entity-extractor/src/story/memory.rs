//! Who was named before in the story: for surnames, pronouns, acronyms and "the two sides".

use std::collections::BTreeMap;

use dateline_knowledge::Kind as ActorKind;
use dateline_language::names::Kind;

use super::{
    chunk::Chunk,
    names::What,
    party::Party,
    sentence::{Class, Sentence},
};

/// A person of the story.
#[derive(Clone, Debug)]
struct Person {
    full: String,
    party: Party,
}

/// What the story has said so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    day: Option<String>,
    /// Nothing is remembered.
    is_blind: bool,
    /// The country of the dateline.
    home: Option<String>,
    people: BTreeMap<String, Person>,
    aliases: BTreeMap<String, Party>,
    /// How often each country or body was named, and when it was named first.
    counts: BTreeMap<String, (usize, usize)>,
    named: usize,
    last_person: Option<Party>,
    last_other: Option<Party>,
    /// The one body or country that did something last, and in which sentence.
    last_subject: Option<(usize, Party)>,
    last_pair: Vec<Party>,
    /// The sentence that told of the two sides together last.
    pair_sentence: usize,
    roles: BTreeMap<String, Party>,
    /// Bodies by the last word of their names.
    bodies: BTreeMap<String, Party>,
}

impl Memory {
    pub(crate) fn new(day: Option<String>, home: Option<String>) -> Self {
        Self { day, home, ..Self::default() }
    }

    /// One that remembers nobody.
    pub(crate) fn blind(self) -> Self {
        Self { is_blind: true, ..self }
    }

    /// The story's day, as `YYYY-MM-DD`.
    pub(crate) fn day(&self) -> Option<&str> {
        self.day.as_deref()
    }

    /// The country that a bare "police" or "government" belongs to: the dateline's, else the one
    /// named most.
    pub(crate) fn home(&self) -> Option<&str> {
        let most = || self.by_count().into_iter().find(|code| code.len() == 3 && !is_body(code));
        self.home.as_deref().or_else(most)
    }

    fn by_count(&self) -> Vec<&str> {
        let mut codes: Vec<(&str, (usize, usize))> =
            self.counts.iter().map(|(code, count)| (code.as_str(), *count)).collect();
        codes.sort_by_key(|(_, (count, first))| (std::cmp::Reverse(*count), *first));
        codes.into_iter().map(|(code, _)| code).collect()
    }

    /// The person that a surname or a full name stands for.
    pub(crate) fn person(&self, name: &str) -> Option<(&str, &Party)> {
        let person = self.people.get(name)?;
        Some((&person.full, &person.party))
    }

    pub(crate) fn alias(&self, name: &str) -> Option<&Party> {
        self.aliases.get(name)
    }

    pub(crate) fn last_person(&self) -> Option<&Party> {
        self.last_person.as_ref()
    }

    pub(crate) fn last_other(&self) -> Option<&Party> {
        self.last_other.as_ref()
    }

    /// Whom "it" stands for in a sentence: the subject before it, else the one named last.
    pub(crate) fn antecedent(&self, sentence: usize) -> Option<&Party> {
        let near = self.last_subject.as_ref().filter(|(told, _)| told + 1 >= sentence);
        near.map(|(_, party)| party).or(self.last_other.as_ref())
    }

    /// The last party that had this role without a name: "the ministry" after "Japan's ministry".
    pub(crate) fn role(&self, role: &str) -> Option<&Party> {
        self.roles.get(role)
    }

    /// The last body whose name ends with a word: "the council" after "the UN Security Council".
    pub(crate) fn body(&self, word: &str) -> Option<&Party> {
        self.bodies.get(word)
    }

    /// The two sides that the story is about.
    pub(crate) fn pair(&self) -> Vec<Party> {
        if self.last_pair.len() == 2 {
            return self.last_pair.clone();
        }
        let times = |code: &str| self.counts.get(code).map_or(0, |count| count.0);
        let codes: Vec<&str> =
            self.by_count().into_iter().filter(|code| code.len() == 3).take(3).collect();
        let (Some(two), third) = (codes.get(..2), codes.get(2)) else { return Vec::new() };
        // Where three are named alike, nobody can tell which two are meant.
        if third.is_some_and(|third| times(third) >= times(two[1])) {
            return Vec::new();
        }
        two.iter().map(|code| Party::new(code, Some("GOV"), 0, 0)).collect()
    }

    /// The two that the sentence before told of together: "they".
    pub(crate) fn recent_pair(&self, sentence: usize) -> &[Party] {
        if self.pair_sentence + 1 == sentence { &self.last_pair } else { &[] }
    }

    /// Two sides that did something together are "the two sides" from then on.
    pub(crate) fn set_pair(&mut self, parties: &[Party], sentence: usize) {
        if let [a, b] = parties
            && a.code != b.code
            && !self.is_blind
        {
            self.pair_sentence = sentence;
            self.last_pair = vec![a.clone(), b.clone()];
        }
    }

    /// Remembers whom a phrase names.
    pub(crate) fn learn(&mut self, sentence: &Sentence, before: &[Chunk], chunk: &Chunk) {
        if self.is_blind {
            return;
        }
        self.learn_acronym(sentence, before, chunk);
        for party in chunk.parties.iter().chain(&chunk.owner) {
            self.named += 1;
            let named = self.named;
            let count = self.counts.entry(party.code.clone()).or_insert((0, named));
            count.0 += 1;
        }
        let [party] = chunk.parties.as_slice() else {
            if chunk.parties.is_empty() && names_somebody(sentence, chunk) {
                // "he" is rather the one named last, of whom nothing is known, than anybody before.
                self.last_person = None;
            }
            return;
        };
        if let Some(name) = chunk.names.last()
            && matches!(&name.what, What::Known(known, _) if known.kind != ActorKind::Person)
            && name.last - name.first > 1
        {
            self.bodies.insert(sentence.word(name.last - 1).to_owned(), party.clone());
        }
        if !party.is_person {
            if is_somebody(sentence, chunk) {
                self.last_person = Some(party.clone());
            }
            if !is_many(sentence, chunk) {
                self.last_other = Some(party.clone());
                if is_subject(sentence, chunk) {
                    self.last_subject = Some((sentence.index, party.clone()));
                }
            }
            self.learn_role(sentence, chunk, party);
            return;
        }
        self.last_person = Some(party.clone());
        let written = party.name.clone().unwrap_or_default();
        let named = chunk
            .names
            .iter()
            .rev()
            .find(|name| matches!(name.what, What::Known(..) | What::Unknown));
        let full =
            named.map_or(written.clone(), |name| sentence.phrase(name.first, name.last).to_owned());
        for name in [written.as_str(), full.as_str()] {
            self.learn_name(name, party);
        }
    }

    fn learn_name(&mut self, full: &str, party: &Party) {
        let surname = full.rsplit(' ').next().unwrap_or_default();
        // Chinese and Korean names begin with the surname.
        let first = full
            .split(' ')
            .next()
            .filter(|_| matches!(party.code.as_str(), "CHN" | "KOR" | "PRK" | "TWN" | "VNM"));
        for key in
            [Some(full), Some(surname), first].into_iter().flatten().filter(|key| key.len() > 1)
        {
            let person = Person { full: full.to_owned(), party: party.clone() };
            let is_fuller = self.people.get(key).is_none_or(|known| known.full.len() <= full.len());
            if is_fuller {
                self.people.insert(key.to_owned(), person);
            }
        }
    }

    fn learn_role(&mut self, sentence: &Sentence, chunk: &Chunk, party: &Party) {
        if let Some(name) = chunk.names.last()
            && let What::Role(_) = name.what
            && !party.is_guess
        {
            let role = sentence.words.get(name.first..name.last).unwrap_or_default().join(" ");
            let last = role.rsplit(' ').next().unwrap_or_default().to_owned();
            self.roles.insert(last, party.clone());
            self.roles.insert(role, party.clone());
        }
    }

    /// "the Popular Front (PF)": the acronym stands for the name before the bracket.
    fn learn_acronym(&mut self, sentence: &Sentence, before: &[Chunk], chunk: &Chunk) {
        let is_bracketed = chunk.first > 0
            && sentence.word(chunk.first - 1) == "("
            && sentence.word(chunk.last) == ")";
        let written = sentence.phrase(chunk.first, chunk.last);
        let is_acronym = chunk.last - chunk.first == 1
            && written.len() > 1
            && !written.chars().any(char::is_lowercase);
        if let Some(previous) = before.last()
            && is_bracketed
            && is_acronym
            && let Some(party) = previous.parties.first().or_else(|| Self::role_of_name(before))
        {
            self.aliases.insert(written.to_owned(), party.clone());
        }
    }

    /// "gunmen of the Popular Front (PF)": the front is whom its gunmen stand for.
    fn role_of_name(before: &[Chunk]) -> Option<&Party> {
        before.iter().rev().take(2).find_map(|chunk| chunk.parties.first())
    }
}

/// Whether a phrase names a person.
fn names_somebody(sentence: &Sentence, chunk: &Chunk) -> bool {
    let tag = sentence.tagged(chunk.first, chunk.last);
    tag.is_some_and(|tag| tag.kind == Kind::Person)
}

/// "the Armenian minister": one person, by the office.
fn is_somebody(sentence: &Sentence, chunk: &Chunk) -> bool {
    const OFFICES: &[&str] = &[
        "minister",
        "president",
        "premier",
        "chancellor",
        "leader",
        "spokesman",
        "spokeswoman",
        "envoy",
        "ambassador",
        "chief",
        "commander",
        "official",
        "governor",
        "mayor",
        "judge",
        "general",
        "negotiator",
        "secretary",
        "diplomat",
        "king",
        "queen",
        "lawmaker",
        "prosecutor",
    ];
    chunk.last.checked_sub(1).is_some_and(|last| OFFICES.contains(&sentence.word(last)))
        && is_subject(sentence, chunk)
}

/// Whether a finite verb follows a phrase that no preposition governs.
fn is_subject(sentence: &Sentence, chunk: &Chunk) -> bool {
    let Class::Verb(group) = sentence.class(chunk.last) else { return false };
    let is_finite = sentence.groups.get(group).is_some_and(dateline_language::VerbGroup::is_finite);
    chunk.preposition.is_none() && is_finite
}

/// "soldiers", "officials": many are not "it".
fn is_many(sentence: &Sentence, chunk: &Chunk) -> bool {
    let Some(last) = chunk.last.checked_sub(1) else { return false };
    let word = sentence.written(last);
    let is_plural = word.ends_with('s') && !word.ends_with("ss");
    is_plural && !word.starts_with(char::is_uppercase)
        || matches!(
            sentence.word(last),
            "people" | "police" | "men" | "women" | "children" | "troops"
        )
}

pub(crate) fn is_body(code: &str) -> bool {
    matches!(code, "UNO" | "EUR" | "IGO" | "NGO" | "MNC" | "IMG")
}

/// Whether a conjunction or a comma joins the tokens at `left` and `right`.
pub(crate) fn are_joined(sentence: &Sentence, left: usize, right: usize) -> bool {
    let mut between = (left..right).map(|at| sentence.class(at)).peekable();
    between.peek().is_some()
        && between.all(|class| matches!(class, Class::Conjunction | Class::Comma))
}

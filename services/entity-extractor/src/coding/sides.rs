//! The actors of a predicate: who heads its phrases, and whom an act is done to.

use std::ops::Range;

use dateline_knowledge::Knowledge;
use dateline_language::{Oblique, Predicate, Relation, Upos, modifiers};

use super::{clause::Clause, found::Found};
use crate::{
    ontology::Ontology,
    pairs::Scene,
    story::{chunk::Chunk, names::What, party::Party},
};

/// Nouns that count those who stand behind "of".
const COUNTS: &[&str] = &[
    "thousand",
    "hundred",
    "dozen",
    "group",
    "number",
    "member",
    "crowd",
    "some",
    "most",
    "many",
    "ten",
    "handful",
    "team",
    "band",
    "delegation",
    "leader",
];

/// Those who speak for somebody: of several, for each.
const SPEAKERS: &[&str] = &[
    "negotiator",
    "representative",
    "delegate",
    "official",
    "leader",
    "minister",
    "president",
    "envoy",
    "diplomat",
    "troop",
    "force",
    "soldier",
    "delegation",
];

/// Nouns for bodies and people that another word says the sector of.
const BODIES: &[&str] = &[
    "group",
    "leader",
    "member",
    "force",
    "movement",
    "faction",
    "organization",
    "organisation",
    "coalition",
    "candidate",
    "politician",
    "supporter",
    "spokesman",
    "spokeswoman",
    "unit",
    "team",
    "patrol",
    "convoy",
    "vehicle",
    "chief",
    "commander",
    "agent",
    "union",
    "alliance",
    "camp",
];

/// A sentence with its parse and what is known of it.
pub(crate) struct Reader<'a> {
    pub(crate) ontology: &'a Ontology,
    pub(crate) known: &'a Knowledge,
    pub(crate) clause: &'a Clause<'a>,
    pub(crate) scene: &'a Scene,
}

impl Reader<'_> {
    /// The token of the sentence that a word of the parse begins in.
    pub(crate) fn token(&self, word: usize) -> Option<usize> {
        let byte = self.scene.spans.get(word)?.start;
        self.clause.sentence.tokens.iter().position(|token| byte < token.end)
    }

    /// Whether the word of an event stands in the clause of a predicate.
    pub(crate) fn is_within(&self, event: &Found, predicate: &Predicate) -> bool {
        let mut words = predicate.span.clone();
        words.any(|word| self.token(word) == Some(event.trigger.0))
    }

    /// The actors that words head, each once.
    pub(crate) fn parties(&self, words: &[usize]) -> Vec<Party> {
        let mut parties: Vec<Party> = Vec::new();
        for party in words.iter().flat_map(|word| self.party(*word)) {
            if parties.iter().all(|known| known.key() != party.key()) {
                parties.push(party);
            }
        }
        parties
    }

    /// The actor of the phrase that a word heads: its own, not what hangs on it.
    pub(super) fn party(&self, word: usize) -> Vec<Party> {
        let chunk = self.chunk(word);
        let own = chunk.map(|chunk| chunk.parties.clone()).unwrap_or_default();
        if !own.is_empty() {
            let joined = self.of_several(word, &own);
            return if joined.len() > 1 { joined } else { own };
        }
        if COUNTS.contains(&self.scene.lemma(word)) {
            let behind = modifiers(&self.scene.parse, word);
            let of = behind.iter().find(|part| self.is_case(part, "of"));
            let counted = of.map(|part| self.party(part.word)).unwrap_or_default();
            if !counted.is_empty() {
                return counted;
            }
        }
        self.people(word, chunk).or_else(|| self.by_means(word, chunk)).into_iter().collect()
    }

    /// "negotiators of the government and the rebels": those of each.
    fn of_several(&self, word: usize, own: &[Party]) -> Vec<Party> {
        let ([one], true) = (own, SPEAKERS.contains(&self.scene.lemma(word))) else {
            return Vec::new();
        };
        let behind = modifiers(&self.scene.parse, word);
        let Some(of) = behind.iter().find(|part| self.is_case(part, "of")) else {
            return Vec::new();
        };
        let joined = self.scene.parse.children_by(of.word, Relation::Conj);
        let words: Vec<usize> = std::iter::once(of.word).chain(joined).collect();
        if words.len() < 2 || one.is_person {
            return Vec::new();
        }
        self.parties(&words)
    }

    /// People without a name: of the country beside them, else of the story's own.
    fn people(&self, word: usize, chunk: Option<&Chunk>) -> Option<Party> {
        let sector = self.sector(word)?;
        // "against any person": nobody.
        let mut articles = self.scene.parse.children_by(word, Relation::Det);
        if articles
            .any(|article| matches!(self.scene.lemma(article), "any" | "every" | "each" | "no"))
        {
            return None;
        }
        let beside = chunk.and_then(|chunk| {
            chunk.names.iter().find_map(|name| match &name.what {
                What::Country { iso3, .. } => Some((*iso3).to_owned()),
                What::Known(known, _) => Some(known.actor.code.clone()),
                _ => None,
            })
        });
        let owner = || chunk.and_then(|chunk| chunk.owner.as_ref()).map(|owner| owner.code.clone());
        // "refugees fleeing the war in Liberia", "opposition groups in Zimbabwe".
        // "inspectors of the agency": those whom they are of.
        let whose = || {
            let behind = modifiers(&self.scene.parse, word);
            let of = behind.iter().find(|part| self.is_case(part, "of"))?;
            let party = self.chunk(of.word)?.parties.first()?;
            (!party.is_guess).then(|| party.code.clone())
        };
        let near = beside
            .or_else(owner)
            .or_else(whose)
            .or_else(|| Some(self.country_within(self.known, word, 3)?.0));
        let is_guess = near.is_none();
        let code = near.or_else(|| self.clause.home.map(str::to_owned))?;
        let words = dateline_language::chunk(&self.scene.parse, word);
        let (first, last) = (self.scene.spans.get(words.start)?, self.scene.spans.get(word)?);
        Some(Party { is_guess, ..Party::new(&code, Some(sector), first.start, last.end) })
    }

    /// The sector of people: of "rebels", and of "opposition groups" by the word before.
    fn sector(&self, word: usize) -> Option<&str> {
        let lemma = self.scene.lemma(word);
        if !BODIES.contains(&lemma) {
            return self.ontology.people(lemma);
        }
        let parts = self.scene.parse.children(word).filter(|part| *part < word);
        let mut sectors = parts.filter_map(|part| {
            let part = self.scene.lemma(part);
            self.ontology.people(part).or_else(|| self.known.agent(part))
        });
        sectors.next().or_else(|| self.ontology.people(lemma))
    }

    pub(super) fn chunk(&self, word: usize) -> Option<&Chunk> {
        let span = self.scene.spans.get(word)?;
        let tokens = &self.clause.sentence.tokens;
        self.clause.chunks.iter().find(|chunk| {
            let last = chunk.last.checked_sub(1).and_then(|last| tokens.get(last));
            let ends = tokens.get(chunk.first).zip(last);
            ends.is_some_and(|(first, last)| first.start <= span.start && span.start < last.end)
        })
    }

    pub(super) fn is_case(&self, part: &Oblique, preposition: &str) -> bool {
        part.case.is_some_and(|case| self.scene.lemma(case) == preposition)
    }

    /// The country that is named first below a word, as itself or by a place of it.
    pub(super) fn country_within(
        &self,
        known: &Knowledge,
        top: usize,
        depth: usize,
    ) -> Option<(String, Range<usize>)> {
        let parse = &self.scene.parse;
        let mut level = vec![top];
        for _ in 0..=depth {
            let mut names = level.iter().filter(|word| parse.upos(**word) == Upos::Propn);
            if let Some(found) = names.find_map(|word| self.country_at(known, *word)) {
                return Some(found);
            }
            let is_near = |word: &usize| {
                let relation = parse.relation(*word);
                relation.is_oblique()
                    || matches!(
                        relation.base(),
                        Relation::Obj | Relation::Nmod | Relation::Acl | Relation::Compound
                    )
            };
            let next: Vec<usize> = level.iter().flat_map(|word| parse.children(*word)).collect();
            level = next.into_iter().filter(is_near).collect();
        }
        None
    }

    fn country_at(&self, known: &Knowledge, word: usize) -> Option<(String, Range<usize>)> {
        let start = self.scene.spans.get(word)?.start;
        let tokens = &self.clause.sentence.tokens;
        let names = self.clause.chunks.iter().flat_map(|chunk| &chunk.names);
        let name = names.into_iter().find(|name| {
            let bytes = tokens.get(name.first).zip(tokens.get(name.last - 1));
            bytes.is_some_and(|(first, last)| first.start <= start && start < last.end)
        })?;
        let bytes = tokens.get(name.first)?.start..tokens.get(name.last - 1)?.end;
        let phrase = self.clause.sentence.phrase(name.first, name.last);
        match &name.what {
            What::Country { iso3, .. } => Some(((*iso3).to_owned(), bytes)),
            What::Place => {
                let place = known.place(phrase, self.clause.home)?;
                Some((place.country?, bytes))
            }
            _ => None,
        }
    }

    /// The government of a country that something belongs to by which force is used: "Israeli tanks".
    fn by_means(&self, word: usize, chunk: Option<&Chunk>) -> Option<Party> {
        let owner = chunk?.owner.as_ref()?;
        let is_before = self.scene.spans.get(word).is_some_and(|span| owner.start < span.start);
        let is_means = is_before && self.ontology.is_means(self.scene.lemma(word));
        is_means.then(|| Party { sector: Some("MIL".to_owned()), ..owner.clone() })
    }

    /// Whether a word is a thing by which force is used.
    pub(crate) fn is_means(&self, word: usize) -> bool {
        self.ontology.is_means(self.scene.lemma(word))
    }

    /// Whether the sentence names nobody of another country.
    pub(crate) fn is_alone(&self, doer: &Party) -> bool {
        let mut parties = self.clause.chunks.iter().flat_map(|chunk| chunk.parties.iter());
        parties.all(|party| party.code == doer.code)
    }

    /// Whether it is done to somebody who is only a pronoun that nobody is known for.
    pub(crate) fn is_unknown(&self, predicate: &Predicate) -> bool {
        let pronoun = |word: &&usize| self.scene.parse.upos(**word) == Upos::Pron;
        let object = predicate.targets().first().filter(pronoun);
        object.is_some_and(|word| self.party(*word).is_empty())
    }

    pub(crate) fn has_object(&self, verb: usize) -> bool {
        self.scene.parse.child_by(verb, Relation::Obj).is_some()
    }

    /// Whether a verb has an object or a clause as its content.
    pub(crate) fn has_object_or_content(&self, verb: usize) -> bool {
        self.has_content(verb) || self.has_object(verb)
    }

    /// Whether a clause is the content of a verb: "denied that", "denies sending".
    pub(crate) fn has_content(&self, verb: usize) -> bool {
        let parse = &self.scene.parse;
        let mut children = parse.children(verb);
        children.any(|child| matches!(parse.relation(child), Relation::Ccomp | Relation::Xcomp))
    }
}

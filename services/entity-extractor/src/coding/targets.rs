//! Whom an act is done to or with: the phrases of its verb, what hangs on them, and those farther down.

use dateline_knowledge::Knowledge;
use dateline_language::{Oblique, Predicate, Relation, Upos, modifiers};

use super::{opponent::is_state, sides::Reader};
use crate::story::party::Party;

/// Prepositions of whom an act is done to or with, besides its object; the surest first.
const SIDES: &[&str] =
    &["against", "with", "on", "upon", "to", "at", "from", "over", "toward", "towards", "for"];

/// Verbs for moving one's own forces.
const MOVES: &[&str] = &[
    "send",
    "deploy",
    "dispatch",
    "move",
    "rush",
    "mobilize",
    "mobilise",
    "station",
    "position",
    "pull",
    "withdraw",
    "redeploy",
    "contribute",
    "provide",
    "commit",
    "post",
];

/// The way that led to the other side of an act.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Way {
    /// A phrase of the verb's own.
    Own,
    /// What hangs on one: "bombed positions of the rebels".
    Hanging,
    /// Somebody farther down, or in the clause that is the verb's content.
    Below,
}

/// Steps down from a word on which somebody is looked for.
const MAX_BELOW: usize = 4;

impl Reader<'_> {
    /// Whom it is done to: the object, phrases with prepositions, what hangs on either, and of
    /// "demanded that X leave" X. Beside them, which way led to them.
    pub(crate) fn others(&self, predicate: &Predicate, doers: &[Party]) -> (Vec<Party>, Way) {
        let moved = self.moved(predicate);
        let is_other = |party: &Party| {
            let is_moved = moved.iter().any(|own| own.start == party.start);
            !is_moved && doers.iter().all(|doer| doer.key() != party.key())
        };
        let others = |words: &[usize]| -> Vec<Party> {
            self.parties(words).into_iter().filter(is_other).collect()
        };
        let steps: [&dyn Fn() -> Vec<Party>; 9] = [
            &|| others(&self.partners(predicate)),
            &|| others(predicate.targets()),
            &|| others(&predicate.recipients),
            &|| others(&self.against(predicate)),
            &|| others(&self.authors(predicate)),
            &|| others(&self.beside(predicate)),
            &|| self.hanging(predicate).into_iter().filter(is_other).collect(),
            &|| others(&self.content(predicate)),
            &|| self.below(predicate.word, doers).into_iter().collect(),
        ];
        let mut found = steps.iter().map(|step| step()).enumerate();
        let first = found.find(|(_, found)| !found.is_empty());
        first.map_or((Vec::new(), Way::Own), |(step, found)| {
            let way = match step {
                0..6 => Way::Own,
                6 => Way::Hanging,
                _ => Way::Below,
            };
            (found, way)
        })
    }

    /// "is due to fly to Brussels for talks with officials": with whom the talks are.
    fn partners(&self, predicate: &Predicate) -> Vec<usize> {
        let parts = predicate.obliques.iter().map(|part| part.word);
        let is_talk = |word: &usize| {
            let form = self.scene.words.get(*word).map_or("", String::as_str);
            let mut rules = self.ontology.noun(form);
            rules.any(|rule| rule.kind == dateline_record::EventType::Consult)
        };
        let talks = predicate.targets().iter().copied().chain(parts).filter(is_talk);
        let with = talks.flat_map(|talk| modifiers(&self.scene.parse, talk));
        with.filter(|part| self.is_case(part, "with")).map(|part| part.word).collect()
    }

    /// "sent 300 more troops to Somalia", "pulled its soldiers out": those who are moved are no other side.
    fn moved(&self, predicate: &Predicate) -> Vec<Party> {
        if !MOVES.contains(&self.scene.lemma(predicate.word)) {
            return Vec::new();
        }
        let counted =
            predicate.targets().iter().flat_map(|word| modifiers(&self.scene.parse, *word));
        let counted: Vec<usize> = counted.map(|part| part.word).collect();
        let words: Vec<usize> = predicate.targets().iter().copied().chain(counted).collect();
        let mut moved = self.parties(&words);
        moved.retain(|party| matches!(party.sector.as_deref(), Some("MIL" | "COP")));
        moved
    }

    /// Somebody of another country further down: "agreed to provide aid for Romania", "willing to send
    /// troops to help defend Kuwait".
    fn below(&self, top: usize, doers: &[Party]) -> Option<Party> {
        let parse = &self.scene.parse;
        let mut level = vec![top];
        for _ in 0..MAX_BELOW {
            let goes_down = |word: &usize| {
                let relation = parse.relation(*word);
                relation.is_oblique()
                    || matches!(
                        relation.base(),
                        Relation::Obj
                            | Relation::Iobj
                            | Relation::Xcomp
                            | Relation::Ccomp
                            | Relation::Nmod
                            | Relation::Conj
                            | Relation::Acl
                    ) && relation != Relation::AclRelcl
                    || relation == Relation::Advcl && self.is_infinitive(*word)
            };
            let next: Vec<usize> = level.iter().flat_map(|word| parse.children(*word)).collect();
            level = next.into_iter().filter(goes_down).collect();
            let parties = level.iter().flat_map(|word| self.party(*word));
            let mut foreign = parties.filter(|party| {
                !party.is_guess && doers.iter().all(|doer| doer.code != party.code)
            });
            if let Some(party) = foreign.next() {
                return Some(party);
            }
        }
        None
    }

    fn is_infinitive(&self, verb: usize) -> bool {
        let mut marks = self.scene.parse.children_by(verb, Relation::Mark);
        marks.any(|mark| self.scene.lemma(mark) == "to")
    }

    fn beside(&self, predicate: &Predicate) -> Vec<usize> {
        let by_side = SIDES.iter().flat_map(|side| {
            predicate.obliques.iter().filter(|part| self.is_case(part, side)).map(|part| part.word)
        });
        by_side.collect()
    }

    /// "imposing sanctions led by the United States against Russia": whatever "against" hangs on, it is
    /// whom sanctions are meant for.
    fn against(&self, predicate: &Predicate) -> Vec<usize> {
        let parse = &self.scene.parse;
        let behind = predicate.word + 1..predicate.span.end;
        let is_embargo = |word: usize| {
            matches!(self.scene.lemma(word), "sanction" | "tariff" | "embargo" | "boycott")
        };
        if !behind.clone().any(is_embargo) {
            return Vec::new();
        }
        let mut cases = behind.filter(|word| self.scene.lemma(*word) == "against");
        let noun = cases.find_map(|case| {
            let noun = parse.head(case).filter(|noun| *noun > case)?;
            let way = self.scene.above(noun);
            let mut way = way.iter().skip(1).take_while(|word| **word != predicate.word);
            // Not in a clause of its own: "said that it fights against".
            let is_plain = way
                .all(|word| !self.scene.is_verb(*word) || parse.relation(*word) == Relation::Acl);
            is_plain.then_some(noun)
        });
        noun.into_iter().collect()
    }

    /// "condemned the attack by Israel on Lebanon": whose act it is goes before whom that was against.
    fn authors(&self, predicate: &Predicate) -> Vec<usize> {
        let parts = predicate.targets().iter().flat_map(|word| modifiers(&self.scene.parse, *word));
        parts.filter(|part| self.is_case(part, "by")).map(|part| part.word).collect()
    }

    /// "sanctions on Russia", "Russia's demand", "Turkish bases".
    fn hanging(&self, predicate: &Predicate) -> Vec<Party> {
        // What is spoken of, and for whom, is no side.
        let is_side = |part: &&Oblique| !self.is_case(part, "of") && !self.is_case(part, "for");
        let obliques = predicate.obliques.iter().filter(is_side).map(|part| part.word);
        for noun in predicate.targets().iter().copied().chain(obliques) {
            let behind = modifiers(&self.scene.parse, noun);
            let behind: Vec<usize> = behind.iter().map(|part| part.word).collect();
            let mut found = self.parties(&behind);
            let owner = |word: usize| self.chunk(word).and_then(|chunk| chunk.owner.clone());
            found.extend(owner(noun));
            // "imports of Latvian fish", "police stations".
            if found.is_empty() {
                found.extend(behind.iter().find_map(|word| owner(*word)));
            }
            if found.is_empty() {
                found.extend(self.holder(noun));
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Whose "police stations", "army convoy" and "union offices" are.
    fn holder(&self, noun: usize) -> Option<Party> {
        let mut parts = self.scene.parse.children_by(noun, Relation::Compound);
        let sector = parts.find_map(|part| {
            let is_common = self.scene.parse.upos(part) != Upos::Propn;
            self.ontology
                .people(self.scene.lemma(part))
                .or_else(|| self.known.agent(self.scene.lemma(part)))
                .filter(|_| is_common)
        })?;
        let near = self.country_within(self.known, noun, 2).map(|(code, _)| code);
        let is_guess = near.is_none();
        let code = near.or_else(|| self.clause.home.map(str::to_owned))?;
        let words = dateline_language::chunk(&self.scene.parse, noun);
        let (first, last) = (self.scene.spans.get(words.start)?, self.scene.spans.get(noun)?);
        Some(Party { is_guess, ..Party::new(&code, Some(sector), first.start, last.end) })
    }

    /// The sides of the clause that is the content of a verb.
    fn content(&self, predicate: &Predicate) -> Vec<usize> {
        let parse = &self.scene.parse;
        let contents = parse
            .children(predicate.word)
            .filter(|child| matches!(parse.relation(*child), Relation::Ccomp | Relation::Xcomp));
        let parts = contents.flat_map(|content| parse.children(content));
        let mut parts: Vec<usize> = parts
            .filter(|part| {
                let relation = parse.relation(*part);
                relation.is_subject() || relation == Relation::Obj || relation.is_oblique()
            })
            .collect();
        parts.sort_by_key(|part| !parse.relation(*part).is_subject());
        let found = parts.into_iter().find(|part| !self.party(*part).is_empty());
        found.into_iter().collect()
    }

    /// Whether the other side is named, but nobody who is known: "thanked the foundation", "expressed
    /// gratitude to Temasek", "supports the territory's independence".
    pub(crate) fn names_a_stranger(&self, predicate: &Predicate) -> bool {
        let parse = &self.scene.parse;
        let targets = predicate.targets();
        let hanging = targets.iter().flat_map(|word| modifiers(parse, *word));
        let sides = predicate.obliques.iter().copied().chain(hanging);
        let behind =
            sides.filter(|part| ["to", "with", "for"].iter().any(|word| self.is_case(part, word)));
        let words: Vec<usize> = targets
            .iter()
            .chain(&predicate.recipients)
            .copied()
            .chain(behind.map(|part| part.word))
            .collect();
        let owners = targets.iter().flat_map(|word| parse.children_by(*word, Relation::NmodPoss));
        let owners: Vec<usize> = owners.filter(|word| parse.upos(*word) != Upos::Pron).collect();
        let is_name = |word: &usize| parse.upos(*word) == Upos::Propn;
        let is_stranger = |word: &usize| self.party(*word).is_empty();
        words.iter().filter(|word| is_name(word)).any(is_stranger) || owners.iter().any(is_stranger)
    }

    /// "asked the White House to": one part of a government to another.
    pub(crate) fn is_to_himself(&self, predicate: &Predicate, doers: &[Party]) -> bool {
        let objects = self.parties(predicate.targets());
        let is_doer = |party: &Party| doers.iter().any(|doer| doer.key() == party.key());
        let is_named = |party: &Party| !party.is_guess && is_state(party);
        doers.len() == 1
            && !predicate.is_passive
            && !objects.is_empty()
            && objects.iter().all(|party| is_doer(party) && is_named(party))
    }

    /// The people of the country in which an act was done, where no other side is told.
    pub(crate) fn of_place(&self, known: &Knowledge, predicate: &Predicate) -> Option<Party> {
        let (code, bytes) = self.country_within(known, predicate.word, MAX_BELOW)?;
        Some(Party { is_guess: true, ..Party::new(&code, None, bytes.start, bytes.end) })
    }
}

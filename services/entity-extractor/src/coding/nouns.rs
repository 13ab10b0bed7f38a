//! Events that a noun tells: beside a light verb ("held talks with") or by itself ("its
//! annexation of", "talks between").

use dateline_record::{EventStatus, EventType};

use super::{
    clause::Clause,
    found::{Found, More},
    status,
    verbs::{settle, targets_without, together},
};
use crate::{
    engine::Engine,
    ontology::{Effect, NounRule},
    story::{chunk::Chunk, names::What, party::Party},
};

/// The noun stands within so many tokens behind its light verb.
const REACH_TOKENS: usize = 9;

/// The events of the nouns of a sentence.
pub(crate) fn find(engine: &Engine, clause: &Clause) -> Vec<Found> {
    let mut found = Vec::new();
    for chunk in clause.chunks {
        let Some(noun) = chunk.last.checked_sub(1) else {
            continue;
        };
        let word = clause.sentence.word(noun);
        let rules: Vec<&NounRule> = engine.ontology.noun(word).collect();
        let light = rules.iter().find_map(|rule| light(engine, clause, chunk, noun, rule));
        found
            .extend(light.or_else(|| {
                rules.iter().find_map(|rule| owned(engine, clause, chunk, noun, rule))
            }));
    }
    found
}

/// "held talks with X", "imposed sanctions on X", "tried to arrange meetings with X".
fn light(
    engine: &Engine,
    clause: &Clause,
    chunk: &Chunk,
    noun: usize,
    rule: &NounRule,
) -> Option<Found> {
    let group = light_verb(engine, clause, chunk, noun, rule)?;
    let verb = &clause.sentence.groups[group];
    let status = light_status(engine, clause, group)?;
    let (subject, targets) = if verb.is_passive {
        let doer = clause.behind(noun + 1, "by").map(|index| clause.joined_right(index));
        (doer.unwrap_or_default(), targets(clause, noun, rule))
    } else {
        (clause.subject(group), targets(clause, noun, rule))
    };
    if subject.is_empty() {
        return None;
    }
    let mut targets = targets_without(targets, &subject);
    if targets.is_empty() {
        targets = targets_without(destination(engine, clause, noun, rule), &subject);
    }
    if targets.is_empty() && is_reply(engine, clause, group) {
        targets = opponent(clause, verb.first, &subject);
    }
    let sides = together(rule.reciprocal, rule.alone, subject, targets, false)?;
    let (kind, status) = settle(rule.kind, status)?;
    let found = Found {
        sources: sides.sources,
        targets: sides.targets,
        // Who seeks a meeting asks the other side for it.
        is_reciprocal: sides.is_reciprocal && kind != EventType::Request,
        status,
        kind,
        ..blank(clause, noun, rule, "light")
    };
    Some(found)
}

fn light_verb(
    engine: &Engine,
    clause: &Clause,
    chunk: &Chunk,
    noun: usize,
    rule: &NounRule,
) -> Option<usize> {
    let groups = &clause.sentence.groups;
    let before = groups.iter().rposition(|group| group.main < chunk.first)?;
    let group = &groups[before];
    if noun - group.main > REACH_TOKENS || crosses_clause(clause, group.main + 1, chunk.first) {
        return None;
    }
    let lemma = match group.verb {
        Some(verb) => engine.lexicon.lemma(verb),
        None if matches!(clause.sentence.word(group.main), "had" | "has" | "have") => "have",
        None => return None,
    };
    let particle = clause.sentence.word(group.main + 1);
    let fits = rule.light.iter().any(|light| match light.split_once(' ') {
        Some((verb, more)) => verb == lemma && more == particle,
        None => light == lemma,
    });
    fits.then_some(before)
}

/// A light verb governs its noun directly, or through "with": no other noun comes between.
fn crosses_clause(clause: &Clause, from: usize, to: usize) -> bool {
    use crate::story::sentence::Class;
    (from..to).any(|at| match clause.sentence.class(at) {
        Class::Preposition => !matches!(clause.sentence.word(at), "with" | "off" | "up" | "out"),
        Class::Mark | Class::Subordinator | Class::Comma => true,
        _ => false,
    })
}

/// A light verb may itself be an operator: "had planned a visit", "cancelled the visit".
fn light_status(engine: &Engine, clause: &Clause, group: usize) -> Option<EventStatus> {
    let verb = &clause.sentence.groups[group];
    let lemma = verb.verb.map_or("", |verb| engine.lexicon.lemma(verb));
    let outer = status::of(clause, group, &engine.ontology, &engine.lexicon)?;
    let particle = clause.sentence.word(verb.main + 1);
    let named = engine
        .ontology
        .operator(&format!("{lemma} {particle}"))
        .or_else(|| engine.ontology.operator(lemma));
    match named {
        Some(Effect::Status(EventStatus::Planned))
            if verb.tense == dateline_language::Tense::PastPerfect =>
        {
            Some(EventStatus::Cancelled)
        }
        Some(Effect::Status(status)) if outer == EventStatus::Actual => Some(status),
        _ => Some(outer),
    }
}

fn is_reply(engine: &Engine, clause: &Clause, group: usize) -> bool {
    let lemma = clause.sentence.groups[group].verb.map_or("", |verb| engine.lexicon.lemma(verb));
    matches!(lemma, "respond" | "retaliate")
}

/// Whom a reply answers: the other actor who was named last before it.
fn opponent(clause: &Clause, before: usize, subject: &[Party]) -> Vec<Party> {
    let chunks = clause
        .chunks
        .iter()
        .rev()
        .filter(|chunk| chunk.last <= before && chunk.preposition.is_none());
    let mut others = chunks
        .flat_map(|chunk| chunk.parties.iter())
        .filter(|party| subject.iter().all(|other| other.code != party.code));
    others.next().cloned().into_iter().collect()
}

/// "Russia's annexation of X", "its invasion of X".
fn owned(
    engine: &Engine,
    clause: &Clause,
    chunk: &Chunk,
    noun: usize,
    rule: &NounRule,
) -> Option<Found> {
    if !rule.owned {
        return None;
    }
    // "the expulsion of a diplomat by Moscow"
    let by = || clause.behind(noun + 1, "by").and_then(|index| clause.joined_right(index).pop());
    let owner = chunk.owner.clone().or_else(by)?;
    let index = rule.target.iter().find_map(|place| {
        (clause.sentence.word(noun + 1) == place)
            .then(|| clause.chunks.iter().position(|next| next.first == noun + 2))
            .flatten()
    })?;
    let targets = targets_without(sufferer(engine, clause, index), std::slice::from_ref(&owner));
    if targets.is_empty() {
        return None;
    }
    let found = Found {
        sources: vec![owner],
        targets,
        status: EventStatus::Actual,
        kind: rule.kind,
        ..blank(clause, noun, rule, "owned")
    };
    Some(found)
}

/// Whose country a seized or invaded place is.
fn sufferer(engine: &Engine, clause: &Clause, index: usize) -> Vec<Party> {
    let chunk = &clause.chunks[index];
    if !chunk.parties.is_empty() {
        return chunk.parties.clone();
    }
    let place = chunk.names.iter().find(|name| name.what == What::Place);
    let country = place.and_then(|name| {
        let phrase = clause.sentence.phrase(name.first, name.last);
        let country = engine.known.place(phrase, None)?.country?;
        let bytes = (
            clause.sentence.tokens.get(name.first)?.start,
            clause.sentence.tokens.get(name.last - 1)?.end,
        );
        Some(Party::new(&country, None, bytes.0, bytes.1))
    });
    country.or_else(|| chunk.owner.clone()).into_iter().collect()
}

fn targets(clause: &Clause, noun: usize, rule: &NounRule) -> Vec<Party> {
    let mut found = rule.target.iter().filter_map(|place| clause.behind(noun + 1, place));
    found
        .find_map(|index| Some(clause.joined_right(index)).filter(|parties| !parties.is_empty()))
        .unwrap_or_default()
}

/// The country of the town that a trip leads to.
fn destination(engine: &Engine, clause: &Clause, noun: usize, rule: &NounRule) -> Vec<Party> {
    if rule.mode.as_deref() != Some("visit") {
        return Vec::new();
    }
    let to = clause.behind(noun + 1, "to");
    to.map(|index| sufferer(engine, clause, index)).unwrap_or_default()
}

fn blank(clause: &Clause, noun: usize, rule: &NounRule, how: &str) -> Found {
    Found {
        kind: rule.kind,
        mode: rule.mode.clone(),
        sources: Vec::new(),
        targets: Vec::new(),
        is_reciprocal: false,
        status: EventStatus::Actual,
        date: None,
        place: None,
        attribution: None,
        sentence: clause.sentence.index,
        trigger: (noun, noun + 1),
        rule: format!("noun.{how}.{}.{}", kind(rule.kind), clause.sentence.word(noun)),
        confidence: 0.75,
        more: More { cameo: Some(rule.cameo.clone()), ..More::default() },
    }
}

fn kind(kind: EventType) -> String {
    kind.as_str().to_lowercase()
}

//! Events that a verb tells.

use dateline_language::VerbGroup;
use dateline_record::{EventStatus, EventType};

use super::{
    clause::Clause,
    found::{Found, More},
    sense, status,
};
use crate::{
    engine::Engine,
    ontology::{OBJECT, TO_OBJECT, VerbRule},
    story::{chunk::is_pronoun, party::Party},
};

/// What the sides of an act are.
pub(crate) struct Sides {
    pub(crate) sources: Vec<Party>,
    pub(crate) targets: Vec<Party>,
    pub(crate) is_reciprocal: bool,
    /// The other side was named only as an owner: "Ukrainian ships".
    pub(crate) is_indirect: bool,
}

/// The events of the verb groups of a sentence.
pub(crate) fn find(engine: &Engine, clause: &Clause) -> Vec<Found> {
    (0..clause.sentence.groups.len()).filter_map(|group| event(engine, clause, group)).collect()
}

fn event(engine: &Engine, clause: &Clause, index: usize) -> Option<Found> {
    let group = clause.sentence.groups.get(index)?;
    let lemma = engine.lexicon.lemma(group.verb?);
    let next: Vec<&str> =
        (group.main + 1..group.main + 4).map(|at| clause.sentence.word(at)).collect();
    let (rule, extra) = engine.ontology.verb(lemma, &next)?;
    let note = |why: &str| clause.note(|| format!("dropped verb.{lemma}: {why}"));
    let Some(status) = status::of(clause, index, &engine.ontology, &engine.lexicon) else {
        note("it is only the content of another act");
        return None;
    };
    let end = group.main + 1 + extra;
    let Some(sides) = sides(clause, index, group, rule, (end, extra)) else {
        note("no two sides by the order of words");
        return None;
    };
    if sense::is_private(&sides.sources, &sides.targets, rule.kind) {
        note("private people among themselves");
        return None;
    }
    if sense::is_trip(sides.sources.first(), rule.mode.as_deref()) {
        note("a citizen who travels visits no government");
        return None;
    }
    if rule.kind == EventType::Protest && sides.sources.first().is_some_and(sense::is_of_state) {
        note("who acts for the state does not protest");
        return None;
    }
    let (kind, status) = settle(rule.kind, status)?;
    let guesses = sides.sources.iter().chain(&sides.targets).filter(|party| party.is_guess).count();
    let mut confidence = 0.8_f64;
    for _ in 0..guesses.min(2) {
        confidence -= 0.1;
    }
    if sides.is_indirect {
        confidence -= 0.1;
    }
    Some(Found {
        kind,
        mode: rule.mode.clone(),
        sources: sides.sources,
        targets: sides.targets,
        // Who seeks a meeting asks the other side for it.
        is_reciprocal: sides.is_reciprocal && kind != EventType::Request,
        status,
        date: None,
        place: None,
        attribution: None,
        sentence: clause.sentence.index,
        trigger: (group.main, end),
        rule: format!("verb.{}.{}", rule.kind.as_str().to_lowercase(), lemma.replace(' ', "_")),
        confidence,
        more: More { cameo: Some(rule.cameo.clone()), ..More::default() },
    })
}

/// A meeting to come is AGREE, one that was sought and did not come about is REQUEST; for the
/// acts that are words ("urged", "accused"), what would be said is not said.
pub(crate) fn settle(kind: EventType, status: EventStatus) -> Option<(EventType, EventStatus)> {
    let is_talk = matches!(kind, EventType::Consult | EventType::Cooperate);
    match status {
        EventStatus::Planned | EventStatus::Cancelled if is_talk => {
            Some((EventType::Agree, status))
        }
        // Help that is to come is promised.
        EventStatus::Planned if matches!(kind, EventType::Support | EventType::Aid) => {
            Some((EventType::Agree, status))
        }
        EventStatus::Attempted if kind == EventType::Consult => Some((EventType::Request, status)),
        EventStatus::Hypothetical if is_word(kind) => None,
        _ => Some((kind, status)),
    }
}

/// Acts that are done by saying something.
pub(crate) fn is_word(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::Request
            | EventType::Accuse
            | EventType::Reject
            | EventType::Threaten
            | EventType::Agree
            | EventType::Support
    )
}

fn sides(
    clause: &Clause,
    index: usize,
    group: &VerbGroup,
    rule: &VerbRule,
    words: (usize, usize),
) -> Option<Sides> {
    let (end, extra) = words;
    let subject = clause.subject(index);
    if group.is_passive {
        return passive(clause, group, rule, subject);
    }
    if subject.is_empty() {
        return None;
    }
    let (targets, is_indirect) = targets(clause, end, extra, rule);
    let targets = targets_without(targets, &subject);
    let has_pronoun = is_pronoun(clause.sentence.word(end));
    if targets.is_empty() && has_pronoun {
        // "have not met him": whom they met is not known, and not each other.
        return None;
    }
    together(
        rule.reciprocal,
        rule.alone || rule.kind == EventType::Agree,
        subject,
        targets,
        is_indirect,
    )
    .filter(|sides| fits(rule, sides))
}

/// "X was attacked by Y": the doer stands behind "by", and may be missing.
fn passive(
    clause: &Clause,
    group: &VerbGroup,
    rule: &VerbRule,
    subject: Vec<Party>,
) -> Option<Sides> {
    if subject.is_empty() || !rule.target.iter().any(|place| place == OBJECT) {
        return None;
    }
    let doer = clause.behind(group.main + 1, "by")?;
    let sources = clause.joined_right(doer);
    let sources = targets_without(sources, &subject);
    if sources.is_empty() {
        return None;
    }
    Some(Sides { sources, targets: subject, is_reciprocal: rule.reciprocal, is_indirect: false })
        .filter(|sides| fits(rule, sides))
}

/// Puts the sides together; two subjects of a mutual act are each other's other side.
pub(crate) fn together(
    is_mutual: bool,
    alone: bool,
    mut subject: Vec<Party>,
    targets: Vec<Party>,
    is_indirect: bool,
) -> Option<Sides> {
    if !targets.is_empty() {
        return Some(Sides { sources: subject, targets, is_reciprocal: is_mutual, is_indirect });
    }
    if is_mutual && subject.len() >= 2 {
        let targets = subject.split_off(1);
        return Some(Sides { sources: subject, targets, is_reciprocal: true, is_indirect });
    }
    let is_event = alone && !is_mutual && !subject.is_empty();
    is_event.then_some(Sides { sources: subject, targets, is_reciprocal: false, is_indirect })
}

/// The other side, by the places that the rule names.
fn targets(clause: &Clause, end: usize, extra: usize, rule: &VerbRule) -> (Vec<Party>, bool) {
    let last = end - 1;
    for place in &rule.target {
        let found = match place.as_str() {
            OBJECT => clause.object(end),
            TO_OBJECT => None,
            // The preposition is a word of the verb itself: "call on X".
            word if extra > 0 && clause.sentence.word(last) == word => clause.object(end),
            word => clause.behind(end, word),
        };
        let Some(index) = found else {
            continue;
        };
        let parties = clause.joined_right(index);
        if !parties.is_empty() {
            return (parties, false);
        }
        if let Some(owner) =
            clause.chunks[index].owner.clone().filter(|_| place == OBJECT && takes_owner(rule.kind))
        {
            return (vec![owner], true);
        }
    }
    (Vec::new(), false)
}

/// "supported Vietnam's bid" supports Vietnam; "met Vietnam's demands" does not meet it.
fn takes_owner(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::Support
            | EventType::Accuse
            | EventType::Reject
            | EventType::Coerce
            | EventType::Assault
    )
}

/// Nobody acts towards himself.
pub(crate) fn targets_without(targets: Vec<Party>, subject: &[Party]) -> Vec<Party> {
    let is_same = |party: &Party| {
        subject.iter().any(|other| {
            other.code == party.code && (other.sector == party.sector || party.sector.is_none())
        })
    };
    targets.into_iter().filter(|party| !is_same(party) && !party.code.is_empty()).collect()
}

fn fits(rule: &VerbRule, sides: &Sides) -> bool {
    let has_persons = |parties: &[Party]| parties.iter().any(|party| party.is_person);
    !rule.persons || has_persons(&sides.targets)
}

//! Whether an act is so: from tense, modal, negation and the verbs that govern it.

use dateline_language::{Form, Lexicon, Modal, Tense, VerbGroup};
use dateline_record::EventStatus;

use super::clause::Clause;
use crate::ontology::{Effect, Ontology};

/// The status of the act that a verb group tells; none where the act is only the content of
/// another verb's event.
pub(crate) fn of(
    clause: &Clause,
    group: usize,
    ontology: &Ontology,
    lexicon: &Lexicon,
) -> Option<EventStatus> {
    let verb = clause.sentence.groups.get(group)?;
    if is_conditional(clause, verb) {
        return Some(EventStatus::Hypothetical);
    }
    if verb.is_finite() {
        return Some(of_finite(clause, verb));
    }
    let Some(governor) = clause.governor(group) else {
        return (verb.form != Form::Base && !verb.is_infinitive).then_some(EventStatus::Actual);
    };
    let over = &clause.sentence.groups[governor];
    let lemma = over.verb.map_or("", |verb| lexicon.lemma(verb));
    let outer = of(clause, governor, ontology, lexicon)?;
    // "is to visit", "is due to visit", "is ready to visit".
    if over.verb.is_none() && verb.is_infinitive {
        return Some(if over.is_negated { EventStatus::Negated } else { EventStatus::Planned });
    }
    match ontology.operator(lemma) {
        Some(Effect::Drop) => None,
        Some(Effect::Status(EventStatus::Planned)) if over.tense == Tense::PastPerfect => {
            Some(EventStatus::Cancelled)
        }
        Some(Effect::Status(_)) if over.is_negated => Some(EventStatus::Negated),
        Some(Effect::Status(status)) => Some(status),
        // "arrived to attend": a purpose is no act that is told.
        None if verb.is_infinitive && verb.first > over.main + 1 => {
            Some(EventStatus::Planned).filter(|_| outer == EventStatus::Planned)
        }
        None => Some(outer),
    }
}

fn of_finite(clause: &Clause, verb: &VerbGroup) -> EventStatus {
    let sentence = clause.sentence;
    let is_neither =
        (verb.first.saturating_sub(8)..verb.first).any(|at| sentence.word(at) == "neither");
    if verb.is_negated || is_neither {
        return EventStatus::Negated;
    }
    // "were to have signed": what was meant to be and was not.
    let is_past = matches!(sentence.word(verb.first), "was" | "were");
    if is_past
        && verb.is_infinitive
        && (verb.first..verb.main).any(|at| sentence.word(at) == "have")
    {
        return EventStatus::Cancelled;
    }
    match verb.modal {
        Some(Modal::Will) => EventStatus::Planned,
        Some(Modal::Would | Modal::May | Modal::Must) => EventStatus::Hypothetical,
        None if verb.is_infinitive => EventStatus::Planned,
        // "is visiting on Thursday" is a plan, "is visiting" goes on.
        None if verb.is_progressive && verb.tense == Tense::Present => EventStatus::Ongoing,
        None if is_denied(clause, verb) => EventStatus::Denied,
        None => EventStatus::Actual,
    }
}

/// "denied that its troops had opened fire".
fn is_denied(clause: &Clause, verb: &VerbGroup) -> bool {
    let sentence = clause.sentence;
    let mut at = verb.first;
    while at > 0 {
        at -= 1;
        if sentence.word(at) == "that" {
            let before = at.checked_sub(1).map_or("", |at| sentence.word(at));
            return matches!(before, "denied" | "denies" | "denying" | "deny");
        }
        if matches!(
            sentence.class(at),
            crate::story::sentence::Class::Verb(_) | crate::story::sentence::Class::Mark
        ) {
            return false;
        }
    }
    false
}

/// "if Russia attacks": the clause begins with a condition.
fn is_conditional(clause: &Clause, verb: &VerbGroup) -> bool {
    let sentence = clause.sentence;
    let start = verb.first.saturating_sub(8);
    let mut words = (start..verb.first).rev().map(|at| (at, sentence.word(at)));
    let opened = words.find(|(_, word)| {
        matches!(*word, "if" | "unless" | "whether" | "should" | "," | "that" | ";")
    });
    opened.is_some_and(|(at, word)| {
        matches!(word, "if" | "unless" | "whether")
            && !(at..verb.first).any(|at| sentence.word(at) == ",")
    })
}

//! Threats of what is no event by itself: "threatened to impose a curfew", "threatened to stop the talks if
//! the others go on".

use dateline_language::{Predicate, Relation};
use dateline_record::{EventStatus, EventType};

use super::{
    attach,
    found::{Found, More},
    mood, opponent,
    sides::Reader,
};
use crate::{
    engine::Engine,
    pairs::Scene,
    story::{party::Party, sentence::Sentence},
};

/// Words that say a threat and nothing of what is threatened.
const THREATS: &[&str] = &["threaten"];
/// Words for a promise, which of force is a threat.
const VOWS: &[&str] = &["vow", "swear"];
/// Below the confidence of a rule; less where the one it is meant for is not told.
const SURE: f64 = 0.7;
const SUPPLIED: f64 = 0.6;

/// The threat that a predicate tells, where no event is told within it.
pub(crate) fn of(engine: &Engine, reader: &Reader, predicate: &Predicate) -> Option<Found> {
    let scene = reader.scene;
    if !THREATS.contains(&scene.lemma(predicate.word)) || reader.is_unknown(predicate) {
        return None;
    }
    let doers = reader.parties(predicate.doers());
    let doer = doers.first().filter(|doer| !doer.is_guess)?;
    let status = mood::of(scene, predicate.word, &engine.ontology)?;
    let is_said = matches!(status, EventStatus::Actual | EventStatus::Ongoing);
    let (targets, is_supplied) = threatened(reader, predicate, doer, &doers)?;
    let token = reader.token(predicate.word).filter(|_| is_said)?;
    Some(Found {
        kind: EventType::Threaten,
        mode: None,
        sources: doers,
        targets,
        is_reciprocal: false,
        status: EventStatus::Actual,
        date: None,
        place: None,
        attribution: None,
        sentence: reader.clause.sentence.index,
        trigger: (token, token + 1),
        rule: "act.threaten.threaten".to_owned(),
        confidence: if is_supplied { SUPPLIED } else { SURE },
        more: More {
            cameo: engine.table.code(scene, predicate.word),
            trace: vec!["act: a threat, whatever of".to_owned()],
            ..More::default()
        },
    })
}

/// What the verb above an act, or the condition it hangs on, makes of it: "threatened to seize the nets",
/// "will cut ties unless", "failed to reach agreement".
pub(crate) fn settle(scene: &Scene, sentence: &Sentence, event: &mut Found) {
    let start = sentence.tokens.get(event.trigger.0).map_or(0, |token| token.start);
    let Some(word) = attach::word_at(scene, start) else { return };
    let Some(verb) = scene.above(word).into_iter().find(|word| scene.is_verb(*word)) else {
        return;
    };
    let over = scene.parse.head(verb).filter(|_| scene.parse.relation(verb) == Relation::Xcomp);
    let is_under = |words: &[&str]| over.is_some_and(|over| words.contains(&scene.lemma(over)));
    let is_open = matches!(event.status, EventStatus::Hypothetical | EventStatus::Planned);
    let kind = match event.kind {
        EventType::Coerce
        | EventType::Assault
        | EventType::Sanction
        | EventType::Mobilize
        | EventType::Protest
            if is_open && (is_under(THREATS) || is_under(VOWS) || has_unless(scene, verb)) =>
        {
            EventType::Threaten
        }
        EventType::Agree | EventType::Support
            if event.status == EventStatus::Attempted && is_under(&["fail"]) =>
        {
            EventType::Reject
        }
        _ => return,
    };
    event.more.trace.push(format!("type: {} by the words around it", kind.as_str()));
    event.kind = kind;
    event.status = EventStatus::Actual;
    event.mode = None;
    event.more.cameo = None;
}

fn has_unless(scene: &Scene, verb: usize) -> bool {
    let mut clauses = scene.parse.children_by(verb, Relation::Advcl);
    clauses.any(|clause| {
        let mut marks = scene.parse.children_by(clause, Relation::Mark);
        marks.any(|mark| scene.lemma(mark) == "unless")
    })
}

/// Whom it is meant for: who is named in what is threatened or in the condition, the people of the place, or
/// the other side of the story; beside them, whether the sentence does not say so.
fn threatened(
    reader: &Reader,
    predicate: &Predicate,
    doer: &Party,
    doers: &[Party],
) -> Option<(Vec<Party>, bool)> {
    let told = reader.others(predicate, doers).0;
    if !told.is_empty() {
        return Some((told, false));
    }
    let conditions = reader.scene.parse.children_by(predicate.word, Relation::Advcl);
    let subjects = conditions.flat_map(|clause| reader.scene.parse.children(clause));
    let subjects: Vec<usize> =
        subjects.filter(|word| reader.scene.parse.relation(*word).is_subject()).collect();
    let mut named = reader.parties(&subjects);
    named.retain(|party| doers.iter().all(|doer| doer.key() != party.key()));
    if !named.is_empty() {
        return Some((named, false));
    }
    let there = reader.of_place(reader.known, predicate).filter(|party| party.code != doer.code);
    let other = there.or_else(|| {
        opponent::of(EventType::Threaten, doer, reader.clause.home, reader.clause.cast)
    });
    other.map(|other| (vec![other], true))
}

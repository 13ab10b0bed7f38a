//! Whether an act is so, by the parse: from auxiliaries, negation, conditions and the verbs above.

use dateline_language::{Relation, Upos, Xpos};
use dateline_record::EventStatus;

use crate::{
    ontology::{Effect, Ontology},
    pairs::Scene,
};

/// Verbs above an act that are looked at.
const MAX_ABOVE: usize = 4;

/// Nouns whose clause is what they say: "denied a report that it had urged".
const RUMOURS: &[&str] =
    &["report", "claim", "allegation", "accusation", "charge", "rumour", "rumor", "suggestion"];

/// The status of the act that a word tells; none where it is only the content of another act.
pub(crate) fn of(scene: &Scene, trigger: usize, ontology: &Ontology) -> Option<EventStatus> {
    let own = own(scene, trigger);
    if own != EventStatus::Actual {
        return Some(own);
    }
    let mut below = trigger;
    for above in scene.above(trigger).into_iter().skip(1).take(MAX_ABOVE) {
        let relation = scene.parse.relation(below);
        let is_content = matches!(
            relation,
            Relation::Xcomp | Relation::Ccomp | Relation::Obj | Relation::Advcl | Relation::Acl
        ) || relation.is_oblique() && scene.parse.upos(below) != Upos::Verb;
        if matches!(relation.base(), Relation::Acl | Relation::Ccomp)
            && RUMOURS.contains(&scene.lemma(above))
        {
            below = above;
            continue;
        }
        if !is_content || !scene.is_verb(above) {
            break;
        }
        if scene.lemma(above) == "deny" {
            // "denies sending troops" tells no act; "denied that its troops attacked" a denied one.
            return (relation != Relation::Xcomp).then_some(EventStatus::Denied);
        }
        let outer = self::own(scene, above);
        let next = format!("{} {}", scene.lemma(above), scene.lemma(above + 1));
        let named = named(scene, above).and_then(|phrase| ontology.operator(&phrase));
        let named = named.or_else(|| ontology.operator(&next));
        match named.or_else(|| ontology.operator(scene.lemma(above))) {
            Some(Effect::Drop) => return None,
            Some(Effect::Status(_)) if outer == EventStatus::Negated => {
                return Some(EventStatus::Negated);
            }
            Some(Effect::Status(status)) => return Some(status),
            None if relation != Relation::Ccomp && outer != EventStatus::Actual => {
                return Some(outer);
            }
            // "arrived to attend": a purpose is no act that is told.
            None if relation == Relation::Advcl && is_infinitive(scene, below) => {
                return Some(EventStatus::Planned);
            }
            None => {}
        }
        below = above;
    }
    Some(EventStatus::Actual)
}

/// A verb and its particle: "call off".
fn named(scene: &Scene, verb: usize) -> Option<String> {
    let particle = scene.parse.child_by(verb, Relation::CompoundPrt)?;
    Some(format!("{} {}", scene.lemma(verb), scene.lemma(particle)))
}

fn is_infinitive(scene: &Scene, verb: usize) -> bool {
    scene.parse.children_by(verb, Relation::Mark).any(|mark| scene.lemma(mark) == "to")
}

/// The verb that a verb is the purpose of: who "blocked a road to demand pay" does demand it.
pub(crate) fn purpose(scene: &Scene, verb: usize) -> Option<usize> {
    let is_purpose = scene.parse.relation(verb) == Relation::Advcl && is_infinitive(scene, verb);
    scene.parse.head(verb).filter(|head| is_purpose && scene.is_verb(*head))
}

/// "said that it would lend": what "will" was when it was said; not so with a condition.
fn is_reported_future(scene: &Scene, word: usize) -> bool {
    let parse = &scene.parse;
    let is_reported = matches!(parse.relation(word).base(), Relation::Ccomp | Relation::Parataxis)
        && parse.head(word).is_some_and(|head| parse.xpos(head) == Xpos::Vbd);
    let below: Vec<usize> = parse.children(word).collect();
    let is_condition = |child: &usize| {
        let mut marks = parse.children_by(*child, Relation::Mark);
        marks.any(|mark| matches!(scene.lemma(mark), "if" | "unless" | "should"))
    };
    is_reported && !below.iter().any(is_condition)
}

/// What a word says of itself.
fn own(scene: &Scene, word: usize) -> EventStatus {
    let children = || scene.parse.children(word);
    let form = |child: usize| scene.words.get(child).map_or("", String::as_str);
    let is_negated = children().any(|child| match scene.parse.relation(child) {
        Relation::Advmod => matches!(form(child), "not" | "n't" | "never" | "neither" | "nor"),
        Relation::Det | Relation::Cc | Relation::CcPreconj => {
            matches!(form(child), "no" | "neither" | "nor")
        }
        _ => false,
    });
    if is_negated {
        return EventStatus::Negated;
    }
    if children().any(|child| {
        scene.parse.relation(child) == Relation::Mark
            && matches!(form(child), "if" | "unless" | "whether")
    }) {
        return EventStatus::Hypothetical;
    }
    let mut modal = children().filter(|child| scene.parse.xpos(*child) == Xpos::Md);
    if let Some(modal) = modal.next() {
        return match form(modal) {
            "will" | "shall" | "'ll" | "wo" => EventStatus::Planned,
            "would" | "'d" if is_reported_future(scene, word) => EventStatus::Planned,
            _ => EventStatus::Hypothetical,
        };
    }
    let adjectives = children().filter(|child| scene.parse.relation(*child) == Relation::Amod);
    for adjective in adjectives {
        match scene.lemma(adjective) {
            "planned" | "upcoming" | "forthcoming" | "scheduled" => return EventStatus::Planned,
            "possible" | "proposed" | "potential" | "likely" => return EventStatus::Hypothetical,
            "failed" | "attempted" | "foiled" => return EventStatus::Attempted,
            "cancelled" | "canceled" => return EventStatus::Cancelled,
            _ => {}
        }
    }
    if is_dropped_plan(scene, word) {
        return EventStatus::Cancelled;
    }
    if is_lasting(scene, word) {
        return EventStatus::Ongoing;
    }
    let is_going_on = scene.parse.xpos(word) == Xpos::Vbg
        && children().any(|child| {
            scene.parse.relation(child) == Relation::Aux
                && match form(child) {
                    "is" | "are" | "'s" | "'re" | "am" | "been" => true,
                    // "said it was sheltering"
                    "was" | "were" => scene.parse.relation(word) == Relation::Ccomp,
                    _ => false,
                }
        });
    if is_going_on { EventStatus::Ongoing } else { EventStatus::Actual }
}

/// "were to have signed": what was meant to be and was not.
fn is_dropped_plan(scene: &Scene, word: usize) -> bool {
    let form = |at: usize| scene.words.get(at).map_or("", String::as_str);
    let mut starts = word.saturating_sub(4)..word;
    starts.any(|at| {
        matches!(form(at), "was" | "were") && form(at + 1) == "to" && form(at + 2) == "have"
    })
}

/// "for a ninth day", "for the third week": it still goes on.
fn is_lasting(scene: &Scene, word: usize) -> bool {
    let is_unit = |at: &usize| matches!(scene.lemma(*at), "day" | "week" | "month" | "night");
    let mut units = scene.parse.children(word).filter(is_unit);
    units.any(|unit| {
        let below = || scene.parse.children(unit).map(|at| scene.lemma(at));
        below().any(|lemma| lemma == "for") && below().any(is_ordinal)
    })
}

fn is_ordinal(word: &str) -> bool {
    const WORDS: &[&str] =
        &["second", "third", "fifth", "eighth", "ninth", "twelfth", "straight", "consecutive"];
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    WORDS.contains(&word) || word.ends_with("th") && (is_number || word.len() > 4)
}

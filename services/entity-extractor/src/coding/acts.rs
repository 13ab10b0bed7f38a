//! Events of the parse's predicates: who is the doer and whom it is done to, the type by the verb
//! table and the model together.

use dateline_language::{Predicate, modifiers, predicates};
use dateline_record::EventType;

use super::{clause::Clause, found::Found, mood, verbs};
use crate::{
    engine::Engine,
    ontology::Effect,
    pairs::{CLASSES, Scene, class_of, features},
    story::party::Party,
};

/// Prepositions of whom an act is done to or with, besides its object.
const SIDES: &[&str] = &["against", "with", "on", "upon", "to", "at", "from", "over", "toward", "towards", "for", "of"];

/// What the verb table's word for a type adds to the model's chance: with words around the verb that
/// fit, and for the verb alone.
const FITTING: f32 = 0.4;
const PLAIN: f32 = 0.2;
/// What a rule of the ontology adds.
const RULED: f32 = 0.45;

/// A predicate with its sides.
struct Act<'a> {
    predicate: &'a Predicate,
    doers: Vec<Party>,
    others: Vec<Party>,
}

/// The events of a sentence that `known` does not tell.
pub(crate) fn find(engine: &Engine, clause: &Clause, scene: &Scene, known: &[Found]) -> Vec<Found> {
    let words: Vec<&str> = scene.words.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for predicate in &predicates(&words, &scene.parse) {
        let Some(token) = token_of(clause, scene, predicate.word) else { continue };
        if known.iter().any(|event| (event.trigger.0..event.trigger.1).contains(&token)) {
            continue;
        }
        let doers = parties(clause, scene, predicate.doers());
        if doers.is_empty() {
            continue;
        }
        let others = others(clause, scene, predicate, &doers);
        let act = Act { predicate, doers, others };
        found.extend(event(engine, clause, scene, &act, token));
    }
    found
}

pub(crate) fn token_of(clause: &Clause, scene: &Scene, word: usize) -> Option<usize> {
    let byte = scene.spans.get(word)?.start;
    clause.sentence.tokens.iter().position(|token| byte < token.end)
}

/// The actors that words head.
fn parties(clause: &Clause, scene: &Scene, words: &[usize]) -> Vec<Party> {
    let mut parties: Vec<Party> = Vec::new();
    for word in words {
        for party in party(clause, scene, *word) {
            if parties.iter().all(|known| known.key() != party.key()) {
                parties.push(party);
            }
        }
    }
    parties
}

/// The actor of the phrase that a word heads: the phrase's own, not what hangs on it.
fn party(clause: &Clause, scene: &Scene, word: usize) -> Vec<Party> {
    let Some(span) = scene.spans.get(word) else { return Vec::new() };
    let chunk = clause.chunks.iter().find(|chunk| {
        let tokens = clause.sentence.tokens.get(chunk.first).zip(
            chunk.last.checked_sub(1).and_then(|last| clause.sentence.tokens.get(last)),
        );
        tokens.is_some_and(|(first, last)| first.start <= span.start && span.start < last.end)
    });
    let own = chunk.map(|chunk| chunk.parties.clone()).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    // "thousands of Iraqis", "a group of lawmakers".
    let is_count = matches!(
        scene.lemma(word),
        "thousand" | "hundred" | "dozen" | "ten" | "group" | "number" | "member" | "lot" | "crowd" | "some" | "most"
    );
    let behind = modifiers(&scene.parse, word);
    let of = behind.iter().find(|part| is_count && part.case.is_some_and(|case| scene.lemma(case) == "of"));
    of.map(|part| party(clause, scene, part.word)).unwrap_or_default()
}

/// Whom it is done to: the object, what hangs on the object, phrases with prepositions, and of
/// "demanded that X leave" X.
fn others(clause: &Clause, scene: &Scene, predicate: &Predicate, doers: &[Party]) -> Vec<Party> {
    let without = |found: Vec<Party>| -> Vec<Party> {
        found.into_iter().filter(|party| doers.iter().all(|doer| doer.key() != party.key())).collect()
    };
    let direct = without(parties(clause, scene, predicate.targets()));
    if !direct.is_empty() {
        return direct;
    }
    let beside: Vec<usize> = SIDES
        .iter()
        .flat_map(|side| {
            let fits = move |case: Option<usize>| case.is_some_and(|case| scene.lemma(case) == *side);
            predicate.obliques.iter().filter(move |part| fits(part.case)).map(|part| part.word)
        })
        .collect();
    let beside = without(parties(clause, scene, &beside));
    if !beside.is_empty() {
        return beside;
    }
    let nouns = predicate.targets().iter().copied().chain(predicate.obliques.iter().map(|part| part.word));
    for noun in nouns {
        let hanging: Vec<usize> = modifiers(&scene.parse, noun).iter().map(|part| part.word).collect();
        let found = without(parties(clause, scene, &hanging));
        if !found.is_empty() {
            return found;
        }
        let owner = without(owners(clause, scene, noun));
        if !owner.is_empty() {
            return owner;
        }
    }
    let content = scene.parse.children(predicate.word).filter(|child| {
        use dateline_language::Relation;
        matches!(scene.parse.relation(*child), Relation::Ccomp | Relation::Xcomp)
    });
    for content in content {
        let subjects: Vec<usize> = scene
            .parse
            .children(content)
            .filter(|child| scene.parse.relation(*child).is_subject())
            .collect();
        let found = without(parties(clause, scene, &subjects));
        if !found.is_empty() {
            return found;
        }
        let objects: Vec<usize> = scene
            .parse
            .children(content)
            .filter(|child| {
                scene.parse.relation(*child) == dateline_language::Relation::Obj
                    || scene.parse.relation(*child).is_oblique()
            })
            .collect();
        let found = without(parties(clause, scene, &objects));
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Whose thing the phrase names: "three Turkish police stations".
fn owners(clause: &Clause, scene: &Scene, word: usize) -> Vec<Party> {
    let Some(span) = scene.spans.get(word) else { return Vec::new() };
    let chunks = clause.chunks.iter().filter(|chunk| {
        let tokens = clause.sentence.tokens.get(chunk.first).zip(
            chunk.last.checked_sub(1).and_then(|last| clause.sentence.tokens.get(last)),
        );
        tokens.is_some_and(|(first, last)| first.start <= span.start && span.start < last.end)
    });
    chunks.filter_map(|chunk| chunk.owner.clone()).collect()
}

/// Acts that are told of one side alone.
fn stands_alone(kind: EventType) -> bool {
    matches!(kind, EventType::Protest | EventType::Mobilize)
}

fn event(engine: &Engine, clause: &Clause, scene: &Scene, act: &Act, token: usize) -> Option<Found> {
    let word = act.predicate.word;
    let (source, target) = (act.doers.first()?, act.others.first());
    let mut scores = [0.0_f32; CLASSES.len()];
    let side = |party: &Party| scene.side(party.start..party.end);
    if let (Some(model), Some(target)) = (&engine.model, target) {
        let (source, target) = (side(source)?, side(target)?);
        scores = model.chances(&features(scene, Some(&engine.table), &source, &target));
    }
    let next: Vec<&str> = (word + 1..word + 4).map(|at| scene.words.get(at).map_or("", String::as_str)).collect();
    let rule = engine.ontology.verb(scene.lemma(word), &next).map(|(rule, _)| rule);
    if let Some(rule) = rule {
        scores[class_of(Some(rule.kind))] += RULED;
    }
    if let Some((kind, has_words)) = engine.table.kind(scene, word) {
        scores[class_of(Some(kind))] += if has_words { FITTING } else { PLAIN };
    }
    let kinds = CLASSES.iter().zip(scores);
    let best = kinds.filter_map(|(kind, score)| Some(((*kind)?, score)));
    let (kind, score) = best.max_by(|a, b| a.1.total_cmp(&b.1))?;
    if target.is_none() && !stands_alone(kind) || f64::from(score) < engine.config.min_act_score {
        return None;
    }
    if matches!(engine.ontology.operator(scene.lemma(word)), Some(Effect::Status(_))) {
        return None;
    }
    let status = mood::of(scene, word, &engine.ontology)?;
    let (kind, status) = verbs::settle(kind, status).unwrap_or((kind, status));
    let mode = rule.filter(|rule| rule.kind == kind).and_then(|rule| rule.mode.clone());
    let is_mutual = matches!(kind, EventType::Consult | EventType::Cooperate);
    Some(Found {
        kind,
        mode,
        sources: act.doers.clone(),
        targets: act.others.clone(),
        is_reciprocal: is_mutual,
        status,
        date: None,
        place: None,
        attribution: None,
        sentence: clause.sentence.index,
        trigger: (token, token + 1),
        rule: format!("act.{}.{}", kind.as_str().to_lowercase(), scene.lemma(word)),
        confidence: f64::from(score.min(0.95)),
    })
}

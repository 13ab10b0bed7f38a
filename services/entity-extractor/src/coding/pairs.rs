//! Events that the model of pairs finds where no rule does.

use dateline_record::{EventStatus, EventType};

use super::{
    acts,
    clause::Clause,
    found::{Found, More},
    mood, sense,
    sides::Reader,
    verbs,
};
use crate::{
    engine::Engine,
    pairs::{Scene, Side, features, likeliest},
    story::{chunk::Chunk, party::Party},
};

/// Actors of a sentence: a list of more is no story of what they do to each other.
const MAX_PARTIES: usize = 12;
/// What no word between two tells must be so likely.
const LEAST_WITHOUT_WORD: f32 = 0.9;
/// Acts of a sentence.
const MAX_EVENTS: usize = 3;

/// A pair and what the model says of it.
struct Proposal {
    kind: EventType,
    chance: f32,
    trigger: usize,
    source: usize,
    target: usize,
    has_word: bool,
}

/// A sentence, and what is known of it.
struct Told<'a> {
    clause: &'a Clause<'a>,
    scene: &'a Scene,
    known: &'a [Found],
}

/// The events of a sentence that `known` does not tell yet.
pub(crate) fn find(engine: &Engine, clause: &Clause, scene: &Scene, known: &[Found]) -> Vec<Found> {
    let parties = parties(clause);
    let Some(model) = engine.model.as_ref().filter(|_| parties.len() >= 2) else {
        return Vec::new();
    };
    let placed: Vec<(Party, Side)> = parties
        .into_iter()
        .filter_map(|party| scene.side(party.start..party.end).map(|side| (party, side)))
        .collect();
    let reader = Reader { ontology: &engine.ontology, known: &engine.known, clause, scene };
    let is_vague = |word: usize| engine.ontology.is_vague(scene.lemma(word));
    let mut proposals = Vec::new();
    for (number, (one, one_side)) in placed.iter().enumerate() {
        for (other_number, (other, other_side)) in placed.iter().enumerate() {
            // "fishermen in the Gambian port": the port is part of who they are.
            let is_pair = one.key() != other.key()
                && !one_side.overlaps(other_side)
                && !scene.is_part(one_side, other_side);
            if !is_pair || is_told(known, one, other) {
                continue;
            }
            let trigger = scene.trigger(one_side, other_side);
            if scene.lemma(trigger) == "deny" {
                // What is denied is no act of him who denies it.
                continue;
            }
            let chances =
                model.chances(&features(scene, Some(&engine.table), one_side, other_side));
            let Some((kind, chance)) = likeliest(chances) else { continue };
            if is_misread(engine, &reader, one, trigger, kind) {
                continue;
            }
            let has_word = is_worded(engine, scene, kind, (one_side, other_side));
            let is_named = !one.is_guess && !other.is_guess && one.code != other.code;
            if sense::is_private(std::slice::from_ref(one), std::slice::from_ref(other), kind)
                || !has_word && (!is_named || !scene.is_verb(trigger) || is_vague(trigger))
            {
                continue;
            }
            let least = if has_word { 0.0 } else { LEAST_WITHOUT_WORD };
            if chance >= least && f64::from(chance) >= engine.config.min_pair_chance {
                let (source, target) = (number, other_number);
                proposals.push(Proposal { kind, chance, trigger, source, target, has_word });
            } else {
                clause.note(|| {
                    let (one, other, word) = (one.key(), other.key(), scene.lemma(trigger));
                    format!("dropped pair.{word} {one}>{other} ({} {chance:.2})", kind.as_str())
                });
            }
        }
    }
    proposals.sort_by(|a, b| b.chance.total_cmp(&a.chance));
    choose(engine, &Told { clause, scene, known }, &placed, proposals)
}

/// Whether a word tells no act of the type, or none of him.
fn is_misread(
    engine: &Engine,
    reader: &Reader,
    doer: &Party,
    word: usize,
    kind: EventType,
) -> bool {
    // Who reports an act does not do it.
    acts::REPORTS.contains(&reader.scene.lemma(word)) && !verbs::is_word(kind)
        || sense::is_silence(reader, word)
        || sense::is_otherwise(reader, word, kind).is_some()
        || sense::is_figure(reader, word, kind)
        || kind == EventType::Consult
            && (sense::wants_a_person(engine, reader, word)
                || sense::is_trip(Some(doer), Some("visit")))
}

/// Whether a word between the two or below what one does tells an act of the type.
fn is_worded(
    engine: &Engine,
    scene: &Scene,
    kind: EventType,
    (one, other): (&Side, &Side),
) -> bool {
    let trigger = scene.trigger(one, other);
    let path = scene.path(one.head, other.head);
    let below = scene.parse.children(trigger);
    let words = std::iter::once(trigger).chain(path.down).chain(path.up).chain(below);
    let tells = |word: usize| {
        let is_act = scene.is_verb(word) && !engine.ontology.is_vague(scene.lemma(word));
        is_act && acts::by_word(engine, scene, word) == Some(kind)
            || engine.ontology.noun(scene.lemma(word)).any(|rule| rule.kind == kind)
            || engine
                .ontology
                .noun(scene.words.get(word).map_or("", String::as_str))
                .any(|rule| rule.kind == kind)
    };
    words.into_iter().any(tells)
}

fn parties(clause: &Clause) -> Vec<Party> {
    let mut parties: Vec<Party> = Vec::new();
    // "Polish journalists": they are not Poland.
    let owner = |chunk: &'_ Chunk| {
        let owner = chunk.owner.clone();
        owner.filter(|owner| chunk.parties.iter().all(|party| party.code != owner.code))
    };
    let all =
        clause.chunks.iter().flat_map(|chunk| chunk.parties.iter().cloned().chain(owner(chunk)));
    for party in all {
        let is_new = parties.iter().all(|known| known.start != party.start);
        if is_new && !party.code.is_empty() && parties.len() < MAX_PARTIES {
            parties.push(party);
        }
    }
    parties
}

/// Whether a rule tells what these two do.
fn is_told(known: &[Found], one: &Party, other: &Party) -> bool {
    let has = |side: &[Party], party: &Party| side.iter().any(|known| known.key() == party.key());
    known.iter().any(|found| {
        has(&found.sources, one) && has(&found.targets, other)
            || has(&found.sources, other) && has(&found.targets, one)
    })
}

/// The surest first; each two actors once, and acts of one word together.
fn choose(
    engine: &Engine,
    told: &Told,
    placed: &[(Party, Side)],
    proposals: Vec<Proposal>,
) -> Vec<Found> {
    let mut taken: Vec<(String, String)> = Vec::new();
    let mut chosen: Vec<Found> = Vec::new();
    for proposal in proposals {
        let (source, target) = (&placed[proposal.source].0, &placed[proposal.target].0);
        let pair = (source.key(), target.key());
        let is_taken = taken.contains(&pair) || taken.contains(&(pair.1.clone(), pair.0.clone()));
        if is_taken {
            continue;
        }
        taken.push(pair);
        let Some(found) = found(engine, told, &proposal, (source, target)) else {
            continue;
        };
        let same = chosen.iter().position(|known| {
            known.trigger == found.trigger
                && known.kind == found.kind
                && known.sources.first().map(Party::key) == found.sources.first().map(Party::key)
        });
        match same {
            Some(known) => chosen[known].targets.extend(found.targets),
            None if chosen.len() < MAX_EVENTS => chosen.push(found),
            None => {}
        }
    }
    chosen
}

fn found(
    engine: &Engine,
    told: &Told,
    proposal: &Proposal,
    (source, target): (&Party, &Party),
) -> Option<Found> {
    let Told { clause, scene, known } = told;
    let status = mood::of(scene, proposal.trigger, &engine.ontology)?;
    // A meeting to come is AGREE, one that did not come about REQUEST.
    let kind = proposal.kind;
    let (kind, status) = verbs::settle(kind, status).unwrap_or((kind, status));
    let reader = Reader { ontology: &engine.ontology, known: &engine.known, clause, scene };
    let token = reader.token(proposal.trigger)?;
    let is_between = |event: &Found| {
        let codes =
            |side: &[Party]| side.iter().map(|party| party.code.clone()).collect::<Vec<_>>();
        codes(&event.sources).contains(&source.code) && codes(&event.targets).contains(&target.code)
    };
    // "imposed sanctions on Belarus over the arrest of its leaders" tells one act against Belarus.
    if known.iter().any(|event| event.is_told_by(token) || is_between(event)) {
        return None;
    }
    let is_mutual = matches!(kind, EventType::Consult | EventType::Cooperate)
        || kind == EventType::Agree && status != EventStatus::Planned && {
            let side = |party: &Party| scene.side(party.start..party.end);
            side(source).zip(side(target)).is_some_and(|(a, b)| scene.are_joined(&a, &b))
        };
    Some(Found {
        kind,
        mode: None,
        sources: vec![source.clone()],
        targets: vec![target.clone()],
        is_reciprocal: is_mutual,
        status,
        date: None,
        place: None,
        attribution: None,
        sentence: clause.sentence.index,
        trigger: (token, token + 1),
        rule: format!("pair.{}.{}", kind.as_str().to_lowercase(), scene.lemma(proposal.trigger)),
        confidence: f64::from(proposal.chance),
        more: More {
            cameo: engine.table.code(scene, proposal.trigger),
            trace: vec![format!(
                "pair: chance {:.2}, by {}",
                proposal.chance,
                if proposal.has_word { "words" } else { "model" }
            )],
            ..More::default()
        },
    })
}

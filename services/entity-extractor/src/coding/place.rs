//! Where an act happened: the place that the clause of the trigger names.

use dateline_knowledge::{Knowledge, Sense};
use dateline_record::{EventStatus, EventType, Place};

use super::{clause::Clause, found::Found};
use crate::story::{
    chunk::Chunk,
    names::What,
    party::Party,
    sentence::{Class, Sentence},
};

/// Whether acts of a type happen at a place.
pub(crate) fn is_local(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::Consult
            | EventType::Protest
            | EventType::Mobilize
            | EventType::Coerce
            | EventType::Assault
            | EventType::Aid
            | EventType::Retreat
    )
}

/// The place of an act that is told at token `trigger`.
pub(crate) fn find(
    clause: &Clause,
    kind: EventType,
    is_meeting: bool,
    trigger: usize,
    known: &Knowledge,
) -> Option<Place> {
    if !is_local(kind) && !is_meeting {
        return None;
    }
    let sentence = clause.sentence;
    let placed = clause.chunks.iter().filter(|chunk| is_placed(sentence, chunk));
    let named = placed.filter_map(|chunk| Some((chunk, named(sentence, chunk, known)?)));
    let best = named.filter(|(chunk, _)| !is_elsewhere(sentence, trigger, chunk.first)).min_by_key(
        |(chunk, _)| {
            let is_before = chunk.first < trigger;
            (is_before, chunk.first.abs_diff(trigger))
        },
    );
    best.map(|(_, place)| place)
}

/// Whether an act without a place of its own is plainly at that of the dateline: bodies in motion or
/// at one table, and one side at home there.
pub(crate) fn is_at(event: &Found, is_meeting: bool, dateline: &Place) -> bool {
    let is_local =
        matches!(event.kind, EventType::Protest | EventType::Coerce | EventType::Mobilize)
            || event.kind == EventType::Consult && event.mode.as_deref() != Some("phone")
            || event.mode.as_deref() == Some("expel")
            || is_meeting;
    let is_done = matches!(event.status, EventStatus::Actual | EventStatus::Ongoing);
    let is_home = |party: &Party| Some(&party.code) == dateline.country.as_ref();
    is_local && is_done && event.sources.iter().chain(&event.targets).any(is_home)
}

fn is_placed(sentence: &Sentence, chunk: &Chunk) -> bool {
    chunk.preposition.is_some_and(|at| {
        matches!(sentence.word(at), "in" | "at" | "near" | "outside" | "around" | "across")
    })
}

fn named(sentence: &Sentence, chunk: &Chunk, known: &Knowledge) -> Option<Place> {
    let name = chunk
        .names
        .iter()
        .rev()
        .find(|name| matches!(name.what, What::Place | What::Country { .. }))?;
    let phrase = sentence.phrase(name.first, name.last);
    match name.what {
        What::Country { sense: Sense::People, .. } => None,
        What::Country { iso3, sense: Sense::Name } => country(iso3, known),
        _ => known.place(phrase, None),
    }
}

/// A country as a place.
pub(crate) fn country(iso3: &str, known: &Knowledge) -> Option<Place> {
    let country = known.country_by_code(iso3)?;
    Some(Place {
        name: country.name.to_owned(),
        country: Some(country.iso3.to_owned()),
        geonames_id: country.geonames_id,
        latitude: country.middle.map(|(north, _)| north),
        longitude: country.middle.map(|(_, east)| east),
    })
}

/// A mark or a clause of its own stands between.
fn is_elsewhere(sentence: &Sentence, trigger: usize, first: usize) -> bool {
    let (from, to) = if first > trigger { (trigger + 1, first) } else { (first, trigger) };
    let finite = |at: usize| matches!(sentence.class(at), Class::Verb(group) if sentence.groups[group].is_finite());
    (from..to).any(|at| sentence.class(at) == Class::Mark || finite(at) && first > trigger)
}

//! One happening, one event: what several sentences tell of the same is put together.

use dateline_record::{Basis, DateInterval, EventStatus, EventType, PlaceBasis};

use super::found::{Found, Told};
use crate::notes::Notes;

/// Merges in the text's order; the first telling stays and takes over what the later ones know.
pub(crate) fn merge(found: Vec<Found>, notes: &Notes) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::new();
    for event in found {
        match kept.iter_mut().find(|known| is_same(known, &event)) {
            Some(known) => {
                notes.add(event.sentence, || {
                    format!(
                        "merged {} with {} of sentence {}",
                        event.rule, known.rule, known.sentence
                    )
                });
                absorb(known, event);
            }
            None => kept.push(event),
        }
    }
    kept
}

fn is_same(a: &Found, b: &Found) -> bool {
    a.kind == b.kind
        && have_same_sides(a, b)
        && have_one_mode(a, b)
        && may_be_one(a, b)
        && dates_agree(a.date.as_ref(), b.date.as_ref())
}

/// A call and a visit are two happenings.
fn have_one_mode(a: &Found, b: &Found) -> bool {
    a.mode == b.mode || a.mode.is_none() || b.mode.is_none()
}

fn codes(parties: &[crate::story::party::Party]) -> Vec<&str> {
    let mut codes: Vec<&str> = parties.iter().map(|party| party.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn have_same_sides(a: &Found, b: &Found) -> bool {
    let straight = codes(&a.sources) == codes(&b.sources) && codes(&a.targets) == codes(&b.targets);
    let is_mutual = a.is_reciprocal || b.is_reciprocal;
    straight
        || is_mutual
            && codes(&a.sources) == codes(&b.targets)
            && codes(&a.targets) == codes(&b.sources)
}

/// An agreement and the plan that it is about are one; what did not happen is not what did.
fn may_be_one(a: &Found, b: &Found) -> bool {
    let is_agreement = a.kind == EventType::Agree;
    let class = |status: EventStatus| match status {
        EventStatus::Planned if is_agreement => 0,
        EventStatus::Actual | EventStatus::Ongoing | EventStatus::Historical => 0,
        EventStatus::Planned => 1,
        EventStatus::Attempted | EventStatus::Hypothetical => 2,
        EventStatus::Negated | EventStatus::Denied => 3,
        EventStatus::Cancelled => 4,
    };
    class(a.status) == class(b.status)
        && (a.kind != EventType::Agree || a.is_reciprocal == b.is_reciprocal)
}

/// Two days that both stand in the text and do not meet are two happenings.
fn dates_agree(a: Option<&DateInterval>, b: Option<&DateInterval>) -> bool {
    match (a, b) {
        // The day of the story stands in for one that the text does not give.
        (Some(a), Some(b)) if a.basis == Basis::Expression && b.basis == Basis::Expression => {
            a.from <= b.to && b.from <= a.to
        }
        _ => true,
    }
}

fn absorb(known: &mut Found, event: Found) {
    let told = Told { sentence: event.sentence, trigger: event.trigger, rule: event.rule };
    if known.sentence != told.sentence || known.trigger != told.trigger {
        known.more.also.push(told);
        known.more.also.extend(event.more.also);
    }
    if known.more.magnitudes.is_empty() {
        known.more.magnitudes = event.more.magnitudes;
    }
    if known.place.is_none() && event.place.is_some() {
        known.more.place_basis = Some(match event.more.place_basis {
            Some(PlaceBasis::Dateline) => PlaceBasis::Dateline,
            _ => PlaceBasis::Story,
        });
    }
    let is_given = |date: &DateInterval| date.basis == Basis::Expression;
    let given =
        known.date.take_if(|date| is_given(date) || !event.date.as_ref().is_some_and(is_given));
    known.date = given.or(event.date);
    known.place = known.place.take().or(event.place);
    known.mode = known.mode.take().or(event.mode);
    known.attribution = known.attribution.take().or(event.attribution);
    known.is_reciprocal |= event.is_reciprocal;
    known.confidence = known.confidence.max(event.confidence);
}

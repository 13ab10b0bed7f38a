//! Whom an act concerns where its sentence does not say so: the people or the government of the same
//! country, or the other side that the story is about.

use std::collections::BTreeMap;

use dateline_record::EventType;

use crate::story::{chunk::Chunk, memory::is_body, party::Party};

/// Who was named so many sentences before may be the other side.
const NEAR_SENTENCES: usize = 3;

/// Sectors that act for the state.
const STATE: &[&str] = &["GOV", "MIL", "COP", "JUD", "LEG", "SPY"];

/// Who a story is about, by how often each was named so far.
#[derive(Debug, Default)]
pub(crate) struct Cast {
    named: BTreeMap<String, Named>,
    /// The sentence that was read last.
    sentence: usize,
}

/// An actor, how often it was named, and in which sentence last.
#[derive(Debug)]
struct Named {
    times: usize,
    sentence: usize,
    party: Party,
}

impl Cast {
    /// Learns of the actors of a sentence.
    pub(crate) fn learn(&mut self, sentence: usize, chunks: &[Chunk]) {
        self.sentence = sentence;
        for party in chunks.iter().flat_map(|chunk| chunk.parties.iter()) {
            if party.code.is_empty() || party.sector.as_deref() == Some("MED") {
                continue;
            }
            let known = self.named.entry(party.key());
            let known = known.or_insert_with(|| Named { times: 0, sentence, party: party.clone() });
            known.times += 1;
            known.sentence = sentence;
            if known.party.is_guess && !party.is_guess {
                known.party = party.clone();
            }
        }
    }

    /// The other side that the story is about: of those who may answer to a party the one whose country
    /// or body was named most, the last of them; it must have been named a little before.
    fn other(&self, party: &Party, home: Option<&str>) -> Option<&Party> {
        let mut totals: BTreeMap<(&str, bool), (usize, &Named)> = BTreeMap::new();
        for named in self.named.values().filter(|named| is_other(party, &named.party, home)) {
            let side = (named.party.code.as_str(), is_state(&named.party));
            let total = totals.entry(side).or_insert((0, named));
            total.0 += named.times;
            if (named.times, named.party.start) > (total.1.times, total.1.party.start) {
                total.1 = named;
            }
        }
        let most = totals.values().max_by_key(|(times, named)| (*times, named.party.start))?.1;
        let is_near = self.named.values().any(|named| {
            named.party.code == most.party.code && named.sentence + NEAR_SENTENCES >= self.sentence
        });
        Some(&most.party).filter(|_| is_near)
    }
}

pub(crate) fn is_state(party: &Party) -> bool {
    party.sector.as_deref().is_none_or(|sector| STATE.contains(&sector))
}

/// Sectors that stand against the state, or for many.
const FORCES: &[&str] = &["REB", "OPP", "PTY", "LAB", "REL"];

/// Whether somebody who is named acts for more than himself: a state, a body, those who stand against
/// one.
fn is_public(party: &Party) -> bool {
    let is_force = party.sector.as_deref().is_some_and(|sector| FORCES.contains(&sector));
    !party.is_guess && (is_state(party) || is_force || is_body(&party.code))
}

/// Another country that is named or the story's own, or within one country the state and those in arms against it.
fn is_other(one: &Party, other: &Party, home: Option<&str>) -> bool {
    let is_rebel = |party: &Party| party.sector.as_deref() == Some("REB");
    if one.code == other.code {
        return !is_rebel(one) && is_rebel(other) || is_rebel(one) && is_state(other);
    }
    let is_known = !other.is_guess || home == Some(other.code.as_str());
    is_known && (is_state(other) || is_body(&other.code))
}

/// The other side of an act of which only the doer is told.
pub(crate) fn of(kind: EventType, doer: &Party, home: Option<&str>, cast: &Cast) -> Option<Party> {
    let at = |sector: &str| {
        // Nobody is named: the side has no words of its own.
        let party = Party::new(&doer.code, Some(sector), doer.end, doer.end);
        Party { is_guess: true, ..party }
    };
    let is_home = home == Some(doer.code.as_str());
    match kind {
        EventType::Protest if !is_state(doer) => Some(at("GOV")),
        EventType::Coerce | EventType::Concede | EventType::Retreat | EventType::Mobilize
            if is_home && is_state(doer) =>
        {
            Some(at("CVL"))
        }
        EventType::Request
        | EventType::Accuse
        | EventType::Reject
        | EventType::Threaten
        | EventType::Agree
        | EventType::Support
        | EventType::Sanction
        | EventType::Concede
        | EventType::Retreat => {
            let named = cast.other(doer, None).or_else(|| cast.other(doer, home));
            let other = named.filter(|_| is_public(doer))?;
            Some(Party { is_guess: true, ..other.clone() })
        }
        _ => None,
    }
}

//! Whom an act concerns where its sentence does not say so: the people or the government of the same
//! country, or the other side that the story is about.

use std::collections::BTreeMap;

use dateline_record::EventType;

use crate::story::{chunk::Chunk, memory::is_body, party::Party};

/// Sectors that act for the state.
const STATE: &[&str] = &["GOV", "MIL", "COP", "JUD", "LEG", "SPY"];

/// Who a story is about, by how often each was named so far.
#[derive(Debug, Default)]
pub(crate) struct Cast {
    counts: BTreeMap<String, (usize, Party)>,
}

impl Cast {
    /// Learns of the actors of a sentence.
    pub(crate) fn learn(&mut self, chunks: &[Chunk]) {
        for party in chunks.iter().flat_map(|chunk| chunk.parties.iter()) {
            if party.code.is_empty() || party.sector.as_deref() == Some("MED") {
                continue;
            }
            let entry = self.counts.entry(party.key()).or_insert_with(|| (0, party.clone()));
            entry.0 += 1;
        }
    }

    /// The other side that the story is about: of those who may answer to a party the one whose country
    /// or body was named most, the last of them.
    fn other(&self, party: &Party) -> Option<&Party> {
        let mut totals: BTreeMap<(&str, bool), (usize, &(usize, Party))> = BTreeMap::new();
        for named in self.counts.values().filter(|(_, other)| is_other(party, other)) {
            let side = (named.1.code.as_str(), is_state(&named.1));
            let total = totals.entry(side).or_insert((0, named));
            total.0 += named.0;
            if (named.0, named.1.start) > (total.1.0, total.1.1.start) {
                total.1 = named;
            }
        }
        let most = totals.values().max_by_key(|(count, named)| (*count, named.1.start));
        most.map(|(_, named)| &named.1)
    }
}

fn is_state(party: &Party) -> bool {
    party.sector.as_deref().is_none_or(|sector| STATE.contains(&sector))
}

/// Sectors that stand against the state, or for many.
const FORCES: &[&str] = &["REB", "OPP", "PTY", "LAB", "REL"];

/// Whether somebody acts for more than himself: a state, a body, those who stand against one.
fn is_public(party: &Party) -> bool {
    is_state(party)
        || is_body(&party.code)
        || party.sector.as_deref().is_some_and(|sector| FORCES.contains(&sector))
}

/// Another country, or within one country the state and who stands against it.
fn is_other(one: &Party, other: &Party) -> bool {
    is_public(other) && (one.code != other.code || is_state(one) != is_state(other))
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
            let other = cast.other(doer).filter(|_| is_public(doer))?;
            Some(Party { is_guess: true, ..other.clone() })
        }
        _ => None,
    }
}

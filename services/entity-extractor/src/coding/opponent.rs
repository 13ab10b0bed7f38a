//! Whom an act concerns where its sentence does not say so: the people or the government of the same
//! country, or the other side that the story is about.

use std::collections::BTreeMap;

use dateline_record::EventType;

use crate::story::{chunk::Chunk, party::Party};

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

    /// The one named most of those who are not the same as a party.
    fn other(&self, party: &Party) -> Option<&Party> {
        let others = self.counts.values().filter(|(_, other)| is_other(party, other));
        others.max_by_key(|(count, other)| (*count, other.start)).map(|(_, other)| other)
    }
}

fn is_state(party: &Party) -> bool {
    party.sector.as_deref().is_none_or(|sector| STATE.contains(&sector))
}

/// Another country, or within one country the state and somebody else.
fn is_other(one: &Party, other: &Party) -> bool {
    one.code != other.code || is_state(one) != is_state(other)
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
            let other = cast.other(doer)?;
            Some(Party { is_guess: true, ..other.clone() })
        }
        _ => None,
    }
}

//! Whose turn it is to write: each partition of a topic has one writer, the last that asked for
//! its position; and what has become of a write whose answer was lost.

use std::collections::BTreeMap;

use dateline_bus::{Place, Positions};

/// What a target stores of a place.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stored {
    /// Counts the writers that the place has had.
    pub(crate) epoch: i64,
    /// The next offset to write; none before the first write.
    pub(crate) next: Option<u64>,
}

/// What this writer holds: the places that it asked for, as they stood then or after its last write.
#[derive(Debug, Default)]
pub(crate) struct Claims(BTreeMap<Place, Stored>);

/// How a write stands to what is stored.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// Nothing has happened since the last write: go on.
    Open,
    /// It is written already: the answer to an earlier try was lost.
    Done,
    /// Somebody else has written, or has asked to, and says where he found it.
    Fenced(String),
}

impl Claims {
    pub(crate) fn hold(&mut self, place: &Place, stored: Stored) {
        self.0.insert(place.clone(), stored);
    }

    pub(crate) fn has(&self, place: &Place) -> bool {
        self.0.contains_key(place)
    }

    /// Whether a record stands in the target already: a reader that followed the group's stale
    /// hint comes with such.
    pub(crate) fn is_written(&self, place: &Place, offset: u64) -> bool {
        let held = self.0.get(place).and_then(|held| held.next);
        held.is_some_and(|next| offset < next)
    }

    /// Compares with what is stored now, in the transaction that is to write up to `to`.
    pub(crate) fn standing(&self, to: &Positions, stored: &BTreeMap<Place, Stored>) -> Standing {
        let (mut open, mut done) = (true, true);
        for (place, next) in to {
            let now = stored.get(place).copied().unwrap_or_default();
            let held = self.0.get(place).copied().unwrap_or_default();
            if now.epoch != held.epoch {
                let what = format!(
                    "{}/{}: writer {} has taken over from {}",
                    place.0, place.1, now.epoch, held.epoch
                );
                return Standing::Fenced(what);
            }
            open &= now.next == held.next;
            done &= now.next == Some(*next);
        }
        match (open, done) {
            (true, _) => Standing::Open,
            (false, true) => Standing::Done,
            (false, false) => Standing::Fenced("positions were moved by another hand".to_owned()),
        }
    }

    /// Moves what is held on, once it is written.
    pub(crate) fn advance(&mut self, to: &Positions) {
        for (place, next) in to {
            self.0.entry(place.clone()).or_default().next = Some(*next);
        }
    }
}

#[cfg(test)]
mod tests {
    use dateline_bus::Topic;

    use super::*;

    #[test]
    fn a_write_is_judged_by_what_is_stored() {
        let place = (Topic::new("t"), 0);
        let mut claims = Claims::default();
        claims.hold(&place, Stored { epoch: 3, next: Some(10) });
        let to = Positions::from([(place.clone(), 20)]);
        let check = |epoch, next, expected: &str| {
            let stored = BTreeMap::from([(place.clone(), Stored { epoch, next })]);
            let standing = format!("{:?}", claims.standing(&to, &stored));
            assert!(standing.starts_with(expected), "{standing}");
        };
        check(3, Some(10), "Open");
        check(3, Some(20), "Done");
        check(3, Some(15), "Fenced");
        check(4, Some(10), "Fenced");
        check(4, Some(20), "Fenced");
        check(3, None, "Fenced");
        assert!(claims.is_written(&place, 9) && !claims.is_written(&place, 10));
        assert!(!claims.is_written(&(Topic::new("t"), 1), 0));
    }
}

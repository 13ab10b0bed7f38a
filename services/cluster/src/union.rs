//! Sets of stories that are joined step by step.

use std::collections::HashMap;

use crate::entry::Packed;

/// Sets of stories.
#[derive(Default)]
pub(crate) struct Union(HashMap<Packed, Packed>);

impl Union {
    /// The member that stands for a set.
    pub(crate) fn find(&mut self, member: Packed) -> Packed {
        let mut at = member;
        while let Some(above) = self.0.get(&at).copied().filter(|above| *above != at) {
            // Halves the way for the next one.
            if let Some(top) = self.0.get(&above).copied() {
                self.0.insert(at, top);
            }
            at = above;
        }
        at
    }

    /// Joins the sets of two stories.
    pub(crate) fn join(&mut self, one: Packed, other: Packed) {
        let (one, other) = (self.find(one), self.find(other));
        self.0.insert(one, one.min(other));
        self.0.insert(other, one.min(other));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_sets_have_one_name() {
        let mut union = Union::default();
        for (one, other) in [(1, 2), (8, 9), (3, 4), (4, 2), (9, 7)] {
            union.join(one, other);
        }
        assert_eq!([1, 2, 3, 4].map(|member| union.find(member)), [1; 4]);
        assert_eq!([7, 8, 9, 5].map(|member| union.find(member)), [7, 7, 7, 5]);
    }
}

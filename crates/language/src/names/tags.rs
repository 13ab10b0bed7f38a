//! Labels of tokens: each kind of name has four (begin, inside, last, unit), what is no name has one.

use std::ops::Range;

/// What a name names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A person.
    Person,
    /// An organisation.
    Organization,
    /// A place, a country, a building.
    Location,
    /// A people, a religion, a party's followers, an event, a work, a product.
    Miscellaneous,
    /// A date.
    Date,
    /// A sum of money.
    Money,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Person,
        Self::Organization,
        Self::Location,
        Self::Miscellaneous,
        Self::Date,
        Self::Money,
    ];

    /// The short name that scores are given under.
    pub fn label(self) -> &'static str {
        ["PER", "ORG", "LOC", "MISC", "DATE", "MONEY"][self as usize]
    }
}

/// How many labels there are.
pub(crate) const COUNT: usize = 25;
/// Labels with padding, so that a row of weights is a whole number of machine registers.
pub(crate) const WIDTH: usize = 32;
/// The label of what is no name.
pub(crate) const OUTSIDE: u8 = 0;

const BEGIN: u8 = 1;
const INSIDE: u8 = 2;
const LAST: u8 = 3;
const UNIT: u8 = 4;

/// The label of token `at` of a name that has `length` tokens.
pub(crate) fn label(kind: Kind, at: usize, length: usize) -> u8 {
    let part = match (at, length) {
        (0, 1) => UNIT,
        (0, _) => BEGIN,
        (at, length) if at + 1 == length => LAST,
        _ => INSIDE,
    };
    kind as u8 * 4 + part
}

/// The kind that a label belongs to.
pub(crate) fn kind(label: u8) -> Option<Kind> {
    let index = usize::from(label.checked_sub(1)?) / 4;
    Kind::ALL.get(index).copied()
}

fn part(label: u8) -> u8 {
    if label == OUTSIDE { OUTSIDE } else { (label - 1) % 4 + 1 }
}

/// Whether a name may still go on behind this label.
fn is_open(label: u8) -> bool {
    matches!(part(label), BEGIN | INSIDE)
}

/// Whether a label needs an open name of its kind before it.
fn continues(label: u8) -> bool {
    matches!(part(label), INSIDE | LAST)
}

/// Whether `right` may stand behind `left`.
pub(crate) fn may_follow(left: u8, right: u8) -> bool {
    if is_open(left) { continues(right) && kind(left) == kind(right) } else { !continues(right) }
}

/// Whether a sentence may begin with a label.
pub(crate) fn may_start(label: u8) -> bool {
    !continues(label)
}

/// Whether a sentence may end with a label.
pub(crate) fn may_end(label: u8) -> bool {
    !is_open(label)
}

/// The names that the labels of a sentence spell.
pub(crate) fn names(labels: &[u8]) -> Vec<(Range<usize>, Kind)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, label) in labels.iter().enumerate() {
        let Some(kind) = kind(*label) else { continue };
        if matches!(part(*label), BEGIN | UNIT) {
            start = at;
        }
        if matches!(part(*label), LAST | UNIT) {
            found.push((start..at + 1, kind));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_names() {
        let labels: Vec<u8> = (0..3).map(|at| label(Kind::Money, at, 3)).collect();
        let mut sentence = vec![OUTSIDE];
        sentence.extend(labels);
        sentence.push(label(Kind::Person, 0, 1));
        assert_eq!(names(&sentence), [(1..4, Kind::Money), (4..5, Kind::Person)]);
    }

    #[test]
    fn a_name_ends_before_another_begins() {
        let check = |left: u8, right: u8, expected: bool| {
            assert_eq!(may_follow(left, right), expected, "{left} {right}");
        };
        check(OUTSIDE, OUTSIDE, true);
        check(OUTSIDE, label(Kind::Date, 1, 3), false);
        check(label(Kind::Date, 0, 3), label(Kind::Date, 1, 3), true);
        check(label(Kind::Date, 0, 3), label(Kind::Person, 1, 3), false);
        check(label(Kind::Date, 0, 3), OUTSIDE, false);
        check(label(Kind::Date, 2, 3), label(Kind::Date, 0, 2), true);
        assert!(!may_start(label(Kind::Date, 1, 2)) && !may_end(label(Kind::Date, 0, 2)));
    }
}

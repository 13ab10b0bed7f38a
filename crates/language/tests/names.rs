//! The tagger that is compiled in: what it finds, and that it stays within its input.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::LazyLock;

use dateline_language::names::{Kind, Names, Scheme};
use proptest::prelude::*;

static NAMES: LazyLock<Names> = LazyLock::new(|| Names::load(Scheme::News).unwrap());

fn found(text: &str) -> Vec<(String, Kind)> {
    let words: Vec<&str> = text.split(' ').collect();
    let mentions = NAMES.tag(std::slice::from_ref(&words));
    mentions.into_iter().map(|m| (words[m.first..m.last].join(" "), m.kind)).collect()
}

#[test]
fn finds_names() {
    let check = |text: &str, expected: &[(&str, Kind)]| {
        let found = found(text);
        let found: Vec<(&str, Kind)> = found.iter().map(|(name, kind)| (&**name, *kind)).collect();
        assert_eq!(found, expected, "{text}");
    };
    check(
        "President Anna Kimani of Kenya arrived in Nairobi on Monday .",
        &[
            ("Anna Kimani", Kind::Person),
            ("Kenya", Kind::Location),
            ("Nairobi", Kind::Location),
            ("Monday", Kind::Date),
        ],
    );
    check(
        "Officials from the World Bank met Chinese traders .",
        &[("World Bank", Kind::Organization), ("Chinese", Kind::Miscellaneous)],
    );
    check("they left early and nobody knew why .", &[]);
}

#[test]
fn both_schemes_load() {
    let document = [vec!["Riga", "is", "in", "Latvia", "."]];
    assert_eq!(Names::load(Scheme::Conll).unwrap().tag(&document).len(), 2);
    assert_eq!(NAMES.tag::<&str>(&[]), []);
    assert_eq!(NAMES.tag::<&str>(&[Vec::new()]), []);
}

proptest! {
    #[test]
    fn names_are_in_order_and_within_their_sentence(
        document in prop::collection::vec(prop::collection::vec("\\PC{0,8}|[A-Z][a-z]{1,6}", 0..9), 0..4),
    ) {
        let mut before = (0, 0);
        for mention in NAMES.tag(&document) {
            prop_assert!((mention.sentence, mention.first) >= before);
            prop_assert!(mention.first < mention.last);
            prop_assert!(mention.last <= document[mention.sentence].len());
            before = (mention.sentence, mention.last);
        }
    }
}

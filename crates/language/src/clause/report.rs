//! Who says what: a clause's reporter, whether it stands above, below or beside.

use super::{Link, Predicate, with_conjuncts};
use crate::{Parse, Relation};

/// Stems of verbs that report; a form begins with one of them.
const REPORTS: &[&str] = &[
    "say",
    "said",
    "tell",
    "told",
    "announc",
    "report",
    "add",
    "stat",
    "claim",
    "declar",
    "insist",
    "warn",
    "confirm",
    "deni",
    "deny",
    "wrote",
    "writ",
    "tweet",
    "argu",
    "quot",
    "acknowledg",
    "admit",
    "alleg",
    "assert",
    "cite",
    "explain",
    "note",
    "noti",
    "predict",
    "remark",
    "reveal",
    "suggest",
    "vow",
    "promis",
    "pledg",
    "stress",
    "reiterat",
    "comment",
    "conclud",
    "complain",
    "agree",
    "testif",
    "urg",
    "ask",
    "repl",
    "respond",
    "recall",
    "show",
    "believ",
    "think",
    "thought",
    "hope",
    "fear",
    "estimat",
    "accus",
    "maintain",
    "indicat",
    "observ",
    "point",
    "continu",
    "demand",
    "threaten",
    "boast",
    "joke",
    "shout",
    "post",
    "disclos",
    "caution",
    "concede",
    "conced",
    "counter",
    "contend",
];

/// Fills reporters and sources.
pub(super) fn fill(words: &[&str], parse: &Parse, predicates: &mut [Predicate]) {
    for at in 0..predicates.len() {
        let reporter = reporter(words, parse, &predicates[at], predicates);
        let sources = match reporter {
            Some(verb) => subjects(verb, predicates),
            None => according_to(words, parse, predicates[at].word),
        };
        if reporter.is_some() && predicates[at].link == Link::Beside {
            predicates[at].link = Link::Complement;
        }
        (predicates[at].reporter, predicates[at].sources) = (reporter, sources);
    }
    share(parse, predicates);
}

/// What is reported of the first of a row is so of the rest, unless they are reported themselves.
fn share(parse: &Parse, predicates: &mut [Predicate]) {
    for at in 0..predicates.len() {
        let word = predicates[at].word;
        if parse.relation(word) != Relation::Conj || predicates[at].reporter.is_some() {
            continue;
        }
        let first = predicates.iter().find(|first| Some(first.word) == parse.head(word));
        // "They met, he said, and left": the verb that reports is no part of what it reports.
        let first = first.filter(|first| first.reporter.is_some_and(|verb| verb != word));
        if let Some((reporter, sources)) =
            first.map(|first| (first.reporter, first.sources.clone()))
        {
            (predicates[at].reporter, predicates[at].sources) = (reporter, sources);
        }
    }
}

fn subjects(verb: usize, predicates: &[Predicate]) -> Vec<usize> {
    let verb = predicates.iter().find(|predicate| predicate.word == verb);
    verb.map(|verb| verb.doers().to_vec()).unwrap_or_default()
}

fn reporter(
    words: &[&str],
    parse: &Parse,
    predicate: &Predicate,
    all: &[Predicate],
) -> Option<usize> {
    let word = predicate.word;
    let is_verb = |verb: usize| all.iter().any(|other| other.word == verb && !other.is_copular);
    let head = parse.head(word).filter(|head| is_verb(*head));
    match parse.relation(word) {
        Relation::Ccomp => return head,
        // "The ministry said: they met".
        Relation::Parataxis => {
            let says = head.filter(|head| reports(words, *head) && !has_content(parse, *head));
            if says.is_some() && !reports(words, word) {
                return says;
            }
        }
        _ => {}
    }
    // "They met, the ministry said".
    parse
        .children_by(word, Relation::Parataxis)
        .find(|child| is_verb(*child) && reports(words, *child) && !has_content(parse, *child))
}

fn reports(words: &[&str], verb: usize) -> bool {
    let verb = words[verb].to_lowercase();
    REPORTS.iter().any(|stem| verb.starts_with(stem))
}

/// Whether a verb already has what it reports.
fn has_content(parse: &Parse, verb: usize) -> bool {
    parse.child_by(verb, Relation::Ccomp).is_some()
}

/// Whom a clause is "according to".
fn according_to(words: &[&str], parse: &Parse, word: usize) -> Vec<usize> {
    let source = parse.children(word).find(|child| {
        parse.children(*child).any(|inner| words[inner].eq_ignore_ascii_case("according"))
            && matches!(parse.relation(*child), Relation::Obl | Relation::Advcl | Relation::Nmod)
    });
    source.map(|source| with_conjuncts(parse, source)).unwrap_or_default()
}

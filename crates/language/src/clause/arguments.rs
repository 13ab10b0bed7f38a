//! What belongs to a predicate: its own arguments, and subjects that it has from other clauses.

use super::{
    Link, Oblique, Predicate,
    frame::{conjunct_of, only_verb_of},
    is_relative, modifiers, obliques_of, with_conjuncts,
};
use crate::{Parse, Relation, Upos, Xpos};

/// Verbs whose subject does what they promise somebody: "promised them to leave".
const PROMISES: &[&str] = &[
    "promise",
    "promised",
    "promises",
    "promising",
    "vow",
    "vowed",
    "vows",
    "threatened",
    "pledged",
];

/// Fills a predicate's arguments; those above are known already.
pub(super) fn fill(words: &[&str], parse: &Parse, predicate: &mut Predicate, known: &[Predicate]) {
    let word = predicate.word;
    for child in parse.children(word) {
        match parse.relation(child) {
            Relation::Nsubj | Relation::NsubjPass | Relation::NsubjOuter => {
                predicate.subjects.extend(row(parse, word, child));
            }
            Relation::Obj => predicate.objects.extend(row(parse, word, child)),
            Relation::Iobj => predicate.recipients.extend(row(parse, word, child)),
            Relation::OblAgent => predicate.agents.extend(row(parse, word, child)),
            Relation::Obl | Relation::OblUnmarked => {
                predicate.obliques.extend(oblique(words, parse, word, child));
            }
            _ => {}
        }
    }
    find_times(words, parse, predicate);
    find_agents(words, parse, predicate);
    predicate.is_passive |= !predicate.agents.is_empty();
    borrow(words, parse, predicate, known);
}

/// A noun with its conjuncts; of the pronoun of a relative clause, the noun that it stands for.
fn row(parse: &Parse, verb: usize, noun: usize) -> Vec<usize> {
    let stands_for = is_relative(parse, noun).then(|| antecedent(parse, verb)).flatten();
    with_conjuncts(parse, stands_for.unwrap_or(noun))
}

fn oblique(words: &[&str], parse: &Parse, verb: usize, noun: usize) -> Vec<Oblique> {
    if parse.children(noun).any(|case| words[case].eq_ignore_ascii_case("according")) {
        return Vec::new();
    }
    let is_where = words[noun].eq_ignore_ascii_case("where");
    match antecedent(parse, verb).filter(|_| is_relative(parse, noun) || is_where) {
        Some(word) => vec![Oblique { case: parse.child_by(noun, Relation::Case), word }],
        None => obliques_of(parse, noun),
    }
}

/// The noun that a verb's relative clause is about.
fn antecedent(parse: &Parse, verb: usize) -> Option<usize> {
    let mut verb = verb;
    while parse.relation(verb) == Relation::Conj {
        verb = parse.head(verb)?;
    }
    parse.head(verb).filter(|_| parse.relation(verb) == Relation::AclRelcl)
}

/// "killed by rebels on Monday": a day is when it was done, though it may hang on a noun.
fn find_times(words: &[&str], parse: &Parse, predicate: &mut Predicate) {
    let nouns = predicate.subjects.iter().chain(&predicate.objects).chain(&predicate.agents);
    let others = predicate.obliques.iter().map(|oblique| oblique.word);
    let nouns: Vec<usize> =
        nouns.copied().chain(others).filter(|noun| parse.head(*noun).is_some()).collect();
    for noun in nouns {
        let modifiers = modifiers(parse, noun);
        let is_time = |modifier: &&Oblique| {
            let is_own = predicate.span.contains(&modifier.word);
            is_own && is_day(words[modifier.word])
        };
        predicate.obliques.extend(modifiers.iter().filter(is_time));
    }
}

/// A day of the week or a month.
fn is_day(word: &str) -> bool {
    const DAYS: &[&str] = &[
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Jan.",
        "Feb.",
        "Mar.",
        "Apr.",
        "Aug.",
        "Sept.",
        "Oct.",
        "Nov.",
        "Dec.",
    ];
    DAYS.contains(&word)
}

/// "by" somebody beside a passive, where the parse has it as any other preposition.
fn find_agents(words: &[&str], parse: &Parse, predicate: &mut Predicate) {
    if !predicate.is_passive || !predicate.agents.is_empty() {
        return;
    }
    let is_agent = |oblique: &Oblique| {
        oblique.case.is_some_and(|case| words[case].eq_ignore_ascii_case("by"))
            && matches!(parse.upos(oblique.word), Upos::Propn | Upos::Pron)
            && parse.child_by(oblique.word, Relation::Nummod).is_none()
    };
    predicate.agents = predicate.obliques.iter().filter(|o| is_agent(o)).map(|o| o.word).collect();
    predicate.obliques.retain(|oblique| !is_agent(oblique));
}

/// Subjects and objects that stand with another clause.
fn borrow(words: &[&str], parse: &Parse, predicate: &mut Predicate, known: &[Predicate]) {
    let first = conjunct_of(parse, predicate.word, known);
    if let Some(first) = first {
        share_objects(parse, predicate, first);
    }
    find_gap(parse, predicate);
    if !predicate.subjects.is_empty() {
        return;
    }
    let above = known.iter().find(|above| Some(above.word) == predicate.above);
    predicate.subjects = match (first, predicate.link) {
        (Some(first), _) => first.subjects.clone(),
        (None, Link::Main) => only_verb_of(parse, predicate.word)
            .map(|noun| with_conjuncts(parse, noun))
            .unwrap_or_default(),
        (None, Link::Open) => above.map(|above| controllers(words, above)).unwrap_or_default(),
        // "allowed them to leave": whom it is allowed is who leaves, however the parse hangs it.
        (None, Link::Adverbial)
            if predicate.is_infinitive
                && above.is_some_and(|above| !above.recipients.is_empty()) =>
        {
            above.map(|above| controllers(words, above)).unwrap_or_default()
        }
        (None, Link::Adverbial) if !has_tense(parse, predicate) => {
            above.map(|above| above.subjects.clone()).unwrap_or_default()
        }
        (None, Link::Noun) => of_noun(words, parse, predicate, known),
        _ => Vec::new(),
    };
    predicate.borrows_subjects = !predicate.subjects.is_empty();
}

fn has_tense(parse: &Parse, predicate: &Predicate) -> bool {
    predicate.tense != crate::Tense::None
        || predicate.modal.is_some()
        || matches!(parse.xpos(predicate.word), Xpos::Vbd | Xpos::Vbz | Xpos::Vbp)
}

/// "arrested and beat the man": the object stands behind both verbs.
fn share_objects(parse: &Parse, predicate: &mut Predicate, first: &Predicate) {
    let is_alike = parse.upos(predicate.word) == Upos::Verb && predicate.objects.is_empty();
    if is_alike && !predicate.is_passive && first.objects.first() > Some(&predicate.word) {
        predicate.objects.clone_from(&first.objects);
    }
}

/// "the man they killed": a relative clause without a pronoun is short of one argument.
fn find_gap(parse: &Parse, predicate: &mut Predicate) {
    let word = predicate.word;
    if parse.relation(word) != Relation::AclRelcl {
        return;
    }
    let Some(noun) = parse.head(word) else { return };
    let has_pronoun = predicate.span.clone().any(|inner| is_relative(parse, inner))
        || parse.children(word).any(|child| parse.xpos(child) == Xpos::Wrb);
    let is_full = parse.child_by(word, Relation::Ccomp).is_some()
        || parse.child_by(word, Relation::Xcomp).is_some();
    if has_pronoun || predicate.subjects.is_empty() || is_full {
        return;
    }
    if predicate.objects.is_empty() && !predicate.is_passive && !predicate.is_copular {
        predicate.objects = with_conjuncts(parse, noun);
    }
}

/// Who does what a verb makes, asks or agrees to do.
fn controllers(words: &[&str], above: &Predicate) -> Vec<usize> {
    let promises = PROMISES.contains(&words[above.word].to_lowercase().as_str());
    let asked = if above.objects.is_empty() { &above.recipients } else { &above.objects };
    let asked = if promises || above.is_passive { &above.subjects } else { asked };
    if asked.is_empty() { above.subjects.clone() } else { asked.clone() }
}

/// The subjects of a clause that says more of a noun.
fn of_noun(
    words: &[&str],
    parse: &Parse,
    predicate: &Predicate,
    known: &[Predicate],
) -> Vec<usize> {
    let Some(noun) = predicate.above else { return Vec::new() };
    if !predicate.is_infinitive {
        return with_conjuncts(parse, noun);
    }
    // "Iran's plan to attack", "a call by Iran to stop", "Iran announced a plan to attack".
    let is_giver = |modifier: &Oblique| {
        modifier.case.is_some_and(|case| {
            ["from", "by", "'s", "’s", "'", "’"].contains(&words[case].to_lowercase().as_str())
        }) || parse.relation(modifier.word) == Relation::NmodPoss
    };
    let givers: Vec<usize> =
        modifiers(parse, noun).iter().filter(|m| is_giver(m)).map(|m| m.word).collect();
    if !givers.is_empty() {
        return givers;
    }
    let verb = parse.head(noun);
    let verb = known.iter().find(|above| Some(above.word) == verb && !above.is_passive);
    verb.filter(|_| parse.relation(noun) == Relation::Obj)
        .map(|verb| verb.subjects.clone())
        .unwrap_or_default()
}

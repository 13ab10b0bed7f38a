//! A predicate's own words: its verb group with voice, tense, modality, negation, and its link.

use super::{Link, Predicate, is_relative};
use crate::{Modal, Parse, Relation, Tense, Upos, Xpos};

/// Reads the group of a predicate; those above are known already.
pub(super) fn read(words: &[&str], parse: &Parse, word: usize, known: &[Predicate]) -> Predicate {
    let mut predicate = Predicate {
        word,
        span: parse.span(word),
        particle: parse.child_by(word, Relation::CompoundPrt),
        is_copular: parse.child_by(word, Relation::Cop).is_some(),
        mark: parse.child_by(word, Relation::Mark),
        ..Predicate::default()
    };
    let helpers: Vec<usize> = parse
        .children(word)
        .filter(|child| {
            matches!(parse.relation(*child), Relation::Aux | Relation::AuxPass | Relation::Cop)
        })
        .collect();
    (predicate.link, predicate.above) = link(parse, word, known);
    read_group(words, parse, &helpers, &mut predicate);
    predicate.is_negated = is_negated(words, parse, word);
    let conjunct = conjunct_of(parse, word, known);
    if let Some(first) = conjunct.filter(|_| helpers.is_empty()) {
        share(parse, first, &mut predicate);
    }
    predicate
}

/// The predicate that a predicate stands in a row with.
pub(super) fn conjunct_of<'k>(
    parse: &Parse,
    word: usize,
    known: &'k [Predicate],
) -> Option<&'k Predicate> {
    let head = parse.head(word).filter(|_| parse.relation(word) == Relation::Conj)?;
    known.iter().find(|predicate| predicate.word == head)
}

fn link(parse: &Parse, word: usize, known: &[Predicate]) -> (Link, Option<usize>) {
    if let Some(first) = conjunct_of(parse, word, known) {
        return (first.link, first.above);
    }
    if only_verb_of(parse, word).is_some() {
        return (Link::Main, None);
    }
    let link = match parse.relation(word) {
        Relation::Root => Link::Main,
        Relation::Ccomp => Link::Complement,
        Relation::Xcomp => Link::Open,
        Relation::Acl | Relation::AclRelcl | Relation::Appos | Relation::Nmod => Link::Noun,
        Relation::Advcl | Relation::AdvclRelcl | Relation::Obl => Link::Adverbial,
        relation if relation.is_subject() => Link::Subject,
        _ => Link::Beside,
    };
    (link, parse.head(word))
}

/// The noun that stands as the root of "Gunmen who hit the town fled", where "fled", which has a tense
/// and no pronoun, was taken for a part of a noun: then the noun is its subject.
pub(super) fn only_verb_of(parse: &Parse, word: usize) -> Option<usize> {
    let has_tense = matches!(parse.xpos(word), Xpos::Vbd | Xpos::Vbz | Xpos::Vbp);
    let root = parse.root()?;
    let is_noun = matches!(parse.upos(root), Upos::Noun | Upos::Propn | Upos::Pron)
        && parse.child_by(root, Relation::Cop).is_none();
    let is_clause = match parse.relation(word) {
        Relation::Acl | Relation::Xcomp => true,
        Relation::AclRelcl => !parse.children(word).any(|child| is_relative(parse, child)),
        _ => false,
    };
    let is_adrift = is_clause && is_noun && root < word;
    let has_subject = parse.children(word).any(|child| parse.relation(child).is_subject());
    (has_tense && is_adrift && !has_subject).then_some(root)
}

fn read_group(words: &[&str], parse: &Parse, helpers: &[usize], predicate: &mut Predicate) {
    let word = predicate.word;
    let to = parse.children_by(word, Relation::Mark).find(|mark| parse.xpos(*mark) == Xpos::To);
    let before = helpers.iter().copied().chain(to).filter(|helper| *helper < word);
    let first = before.min().unwrap_or(word);
    predicate.group = first..predicate.particle.map_or(word, |particle| particle.max(word)) + 1;
    predicate.is_infinitive = to.is_some();
    let has = |relation| helpers.iter().any(|helper| parse.relation(*helper) == relation);
    let is_reduced = helpers.is_empty()
        && parse.xpos(word) == Xpos::Vbn
        && matches!(parse.relation(word), Relation::Acl | Relation::Advcl | Relation::Xcomp);
    predicate.is_passive =
        has(Relation::AuxPass) || parse.child_by(word, Relation::NsubjPass).is_some() || is_reduced;
    let is_have = |helper: &usize| {
        let word = words[*helper].to_lowercase();
        let is_had = parse.xpos(*helper) != Xpos::Md && matches!(word.as_str(), "'d" | "’d");
        is_had || matches!(word.as_str(), "have" | "has" | "had" | "having" | "'ve" | "’ve")
    };
    predicate.is_perfect =
        helpers.iter().any(|helper| parse.relation(*helper) == Relation::Aux && is_have(helper));
    predicate.is_progressive = parse.xpos(word) == Xpos::Vbg && has(Relation::Aux);
    predicate.modal = helpers.iter().find_map(|helper| modal(parse, words, *helper));
    let finite = helpers.iter().copied().chain([word]).find_map(|verb| tense(parse.xpos(verb)));
    predicate.tense = match finite {
        Some(Tense::Past) if predicate.is_perfect => Tense::PastPerfect,
        Some(tense) if predicate.modal.is_none() => tense,
        _ => Tense::None,
    };
}

fn tense(tag: Xpos) -> Option<Tense> {
    match tag {
        Xpos::Vbd => Some(Tense::Past),
        Xpos::Vbz | Xpos::Vbp => Some(Tense::Present),
        _ => None,
    }
}

fn modal(parse: &Parse, words: &[&str], helper: usize) -> Option<Modal> {
    if parse.xpos(helper) != Xpos::Md {
        return None;
    }
    match words[helper].to_lowercase().as_str() {
        "will" | "shall" | "'ll" | "’ll" | "wo" => Some(Modal::Will),
        "would" | "'d" | "’d" => Some(Modal::Would),
        "must" | "should" | "ought" => Some(Modal::Must),
        _ => Some(Modal::May),
    }
}

fn is_negated(words: &[&str], parse: &Parse, word: usize) -> bool {
    let is_no = |word: usize, nos: &[&str]| nos.contains(&words[word].to_lowercase().as_str());
    parse.children(word).any(|child| match parse.relation(child) {
        Relation::Advmod => {
            is_no(child, &["not", "n't", "n’t", "never", "nt", "neither", "nor"])
                || is_no(child, &["longer"])
                    && parse.children(child).any(|before| is_no(before, &["no"]))
        }
        Relation::Nsubj | Relation::NsubjPass => {
            is_no(child, &["nobody", "none", "nothing", "neither"])
                || parse.children_by(child, Relation::Det).any(|det| is_no(det, &["no", "neither"]))
        }
        Relation::Obj => parse.children_by(child, Relation::Det).any(|det| is_no(det, &["no"])),
        _ => false,
    })
}

/// What the helpers of the first of a row mean for one without its own: "will meet and talk".
fn share(parse: &Parse, first: &Predicate, predicate: &mut Predicate) {
    let own = parse.xpos(predicate.word);
    let same = match parse.xpos(first.word) {
        Xpos::Vbn => own == Xpos::Vbn,
        Xpos::Vbg => own == Xpos::Vbg,
        Xpos::Vb => own == Xpos::Vb,
        _ => false,
    };
    if !same || parse.upos(predicate.word) != Upos::Verb {
        return;
    }
    predicate.is_passive |= first.is_passive;
    predicate.is_perfect = first.is_perfect;
    predicate.is_progressive = first.is_progressive;
    predicate.is_infinitive |= first.is_infinitive;
    predicate.is_negated |= first.is_negated;
    predicate.tense = first.tense;
    predicate.modal = first.modal;
}

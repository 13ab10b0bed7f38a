//! The features of the first stage: what stands at and around a token.

use super::{
    document::{Document, Sentence},
    hash::{bucket, join},
    word::Word,
};

/// The offsets whose words give features of their own.
pub(crate) const OFFSETS: [isize; 5] = [-2, -1, 0, 1, 2];

/// The features that a word gives to the token that stands `offset` before it. They depend on
/// nothing else, so their weights are added up once for each distinct word of a document.
pub(crate) fn of_word(word: &Word, offset: isize, emit: &mut impl FnMut(u32)) {
    let place = offset.unsigned_abs() as u64 * 2 + u64::from(offset > 0);
    let mut add = |template: u64, value: u64| {
        emit(bucket(template * 8 + place, value));
    };
    add(1, word.lower);
    add(2, word.short);
    add(3, word.group(1));
    if offset.abs() == 2 {
        return;
    }
    if word.exact != word.lower {
        add(4, word.exact);
    }
    add(5, word.shape);
    add(6, word.group(0));
    add(7, word.group(2));
    if let Some(suffix) = word.suffixes.get(2) {
        add(8, *suffix);
    }
    if offset != 0 {
        return;
    }
    add(9, word.group(3));
    for (length, affix) in word.prefixes.iter().enumerate() {
        add(10 + length as u64, *affix);
    }
    for (length, affix) in word.suffixes.iter().enumerate() {
        add(15 + length as u64, *affix);
    }
    for part in word.parts.iter().filter(|_| word.parts.len() > 1) {
        add(20, *part);
    }
    add(21, join(word.short, u64::from(word.lists)));
    add(22, 0);
}

/// The features of a token that depend on more than one word.
pub(crate) fn of_place(
    document: &Document,
    sentence: &Sentence,
    at: usize,
    emit: &mut impl FnMut(u32),
) {
    let mut add = |template: u64, value: u64| emit(bucket(256 + template, value));
    neighbours(document, sentence, at, &mut add);
    lists(sentence, at, &mut add);
    usage(document, sentence, at, &mut add);
    run(document, sentence, at, &mut add);
}

fn neighbours(document: &Document, sentence: &Sentence, at: usize, add: &mut impl FnMut(u64, u64)) {
    let word = |offset: isize| document.word(sentence, at, offset);
    let (left, here, right) = (word(-1), word(0), word(1));
    add(1, join(left.lower, here.lower));
    add(2, join(here.lower, right.lower));
    add(3, join(left.lower, right.lower));
    add(4, join(left.short, join(here.short, right.short)));
    add(5, join(left.group(1), here.group(1)));
    add(6, join(here.group(1), right.group(1)));
    add(7, join(left.lower, here.short));
    add(8, join(here.short, right.lower));
    add(9, join(word(-2).lower, left.lower));
    add(10, join(right.lower, word(2).lower));
    let edge = u64::from(at == 0) + 2 * u64::from(sentence.is_capitals);
    add(11, join(here.short, edge));
    add(12, join(here.lower, edge));
    if left.has_digit || here.has_digit || right.has_digit {
        add(13, join(left.shape, join(here.shape, right.shape)));
    }
}

fn lists(sentence: &Sentence, at: usize, add: &mut impl FnMut(u64, u64)) {
    let bits = |at: Option<usize>| at.and_then(|at| sentence.lists.get(at)).copied().unwrap_or(0);
    let (left, here, right) = (bits(at.checked_sub(1)), bits(Some(at)), bits(Some(at + 1)));
    for (template, mut rest) in [(20, left), (21, here), (22, right)] {
        while rest != 0 {
            add(template, u64::from(rest.trailing_zeros()));
            rest &= rest - 1;
        }
    }
    if here != 0 {
        add(23, here);
    }
    // Single-word lists around the token: a first name before, a head behind.
    if (left | right) >> 48 != 0 && here != 0 {
        add(24, join(left >> 48, join(here >> 48, right >> 48)));
    }
}

fn usage(document: &Document, sentence: &Sentence, at: usize, add: &mut impl FnMut(u64, u64)) {
    let id = Document::id(sentence, at, 0);
    let (word, usage) = (&document.words[id], &document.usages[id]);
    if !word.is_capital() {
        return;
    }
    let flags = u64::from(usage.is_seen_small)
        + 2 * u64::from(usage.is_seen_inside)
        + 4 * u64::from(usage.is_titled)
        + 8 * u64::from(usage.is_before_head)
        + 16 * u64::from(usage.count.min(3));
    add(30, join(flags, word.short));
    add(31, join(flags, u64::from(at == 0) + 2 * u64::from(sentence.is_capitals)));
    add(32, join(flags & 0b1100, word.group(0)));
    for neighbour in &usage.before {
        add(33, *neighbour);
    }
    for neighbour in &usage.behind {
        add(34, *neighbour);
    }
}

/// What the whole stretch of capitals is like: its last word tells most.
fn run(document: &Document, sentence: &Sentence, at: usize, add: &mut impl FnMut(u64, u64)) {
    let run = sentence.runs[at];
    let (first, end) = (run.first as usize, run.last as usize);
    if first == end {
        return;
    }
    let word = |place: usize, offset: isize| document.word(sentence, place, offset);
    let last = word(end - 1, 0);
    let from_start = (at - first).min(3) as u64;
    let from_end = (end - 1 - at).min(3) as u64;
    let length = (end - first).min(5) as u64;
    add(40, join(last.lower, u64::from(from_end == 0)));
    add(41, join(word(first, 0).lower, from_start.min(1)));
    add(42, join(last.group(1), from_end.min(1)));
    add(43, join(length, join(from_start, from_end)));
    let (before, behind) = (word(first, -1), word(end, 0));
    add(44, join(before.lower, from_start.min(1)));
    add(45, join(behind.lower, from_end.min(1)));
    add(46, join(before.group(1), join(behind.group(1), 1)));
    add(47, join(word(first, -2).lower, join(before.lower, length)));
    add(48, join(behind.lower, word(end, 1).lower));
    add(49, join(word(first, 0).group(1), join(last.group(1), length)));
    add(50, join(before.group(2), length.min(3)));
    add(51, join(behind.group(2), length.min(3)));
}

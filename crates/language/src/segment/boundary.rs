//! Where a sentence ends.

use std::ops::Range;

use super::{
    Sentence,
    chunk::{is_dotted, is_initial, is_title},
    ends::Ends,
    lists::{BEFORE_NUMBERS, ENDINGS, STARTERS},
};

/// Cuts the words of a paragraph into sentences.
pub(super) fn cut(
    text: &str,
    words: &[Range<usize>],
    weights: Ends,
    sentences: &mut Vec<Sentence>,
) {
    let mut found = ends(text, words);
    weights.review(text, words, &mut found);
    let mut start = 0;
    for end in found {
        push(&words[start..=end], sentences);
        start = end + 1;
    }
    push(&words[start..], sentences);
}

/// The words behind which a sentence ends by the rules, without the last.
pub(super) fn ends(text: &str, words: &[Range<usize>]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if is_rule(&text[words[at].clone()]) {
            found.extend(at.checked_sub(1).filter(|before| found.last() != Some(before)));
            found.push(at);
            at += 1;
            continue;
        }
        let end = after_closers(text, words, at + 1);
        if ends_at(text, words, at, end) {
            found.push(end - 1);
            at = end;
        } else {
            at += 1;
        }
    }
    found.pop_if(|last| *last + 1 == words.len());
    found
}

/// A line drawn from marks: "=======", "_______".
fn is_rule(word: &str) -> bool {
    const SHORTEST: usize = 5;
    word.len() >= SHORTEST
        && word.starts_with(['=', '_', '*', '-', '~', '#'])
        && word.bytes().all(|byte| byte == word.as_bytes()[0])
}

fn push(words: &[Range<usize>], sentences: &mut Vec<Sentence>) {
    if let (Some(first), Some(last)) = (words.first(), words.last()) {
        sentences.push(Sentence { span: first.start..last.end, words: words.to_vec() });
    }
}

/// Quotes and brackets that close without a space before them belong to what they close, and so does
/// the number of a note: "left. [12] Later".
fn after_closers(text: &str, words: &[Range<usize>], from: usize) -> usize {
    let mut end = from;
    while let Some(word) = words.get(end) {
        let is_near = word.start == words[end - 1].end;
        let closers = ["\"", "”", "’", "'", "''", "’’", ")", "]", "»", "}"];
        if is_near && closers.contains(&&text[word.clone()]) {
            end += 1;
        } else if is_note(text, &words[end..]) {
            end += 3;
        } else {
            break;
        }
    }
    end
}

fn is_note(text: &str, words: &[Range<usize>]) -> bool {
    let [open, number, close, ..] = words else { return false };
    &text[open.clone()] == "["
        && &text[close.clone()] == "]"
        && text[number.clone()].bytes().all(|byte| byte.is_ascii_digit())
}

fn ends_at(text: &str, words: &[Range<usize>], at: usize, end: usize) -> bool {
    let word = &text[words[at].clone()];
    let Some(mark) = word
        .chars()
        .next_back()
        .filter(|c| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？'))
    else {
        return false;
    };
    let Some(next) = words.get(end) else { return true };
    if matches!(mark, '。' | '！' | '？') {
        return true;
    }
    if next.start == words[end - 1].end && !text[next.clone()].starts_with(char::is_uppercase) {
        return false;
    }
    let starts = starts(text, words, end) || end == at + 1 && goes_without_capital(text, words, at);
    if word.len() > 1 && word.starts_with(char::is_alphanumeric) {
        return starts && abbreviation_ends(word.trim_end_matches('.'), &text[next.clone()]);
    }
    starts
}

/// Who writes no capitals still ends sentences: "it is done. they left", "did they? who knows".
fn goes_without_capital(text: &str, words: &[Range<usize>], at: usize) -> bool {
    let (mark, next) = (&text[words[at].clone()], &text[words[at + 1].clone()]);
    let before = at.checked_sub(1).map_or("", |before| &text[words[before].clone()]);
    let is_word = before.len() > 1 && before.ends_with(char::is_alphabetic) || before == ")";
    let is_near = at > 0 && words[at].start == words[at - 1].end;
    let is_asked = mark.bytes().all(|byte| matches!(byte, b'!' | b'?'));
    is_word && (is_near && mark == "." || is_asked) && next.starts_with(char::is_alphabetic)
}

/// Whether a sentence may begin with the word at a place.
fn starts(text: &str, words: &[Range<usize>], at: usize) -> bool {
    let word = &text[words[at].clone()];
    let first = word.chars().next().unwrap_or(' ');
    if first.is_alphabetic() {
        return !first.is_lowercase() || word.chars().nth(1).is_some_and(char::is_uppercase);
    }
    if matches!(first, ')' | ']' | ',' | ';' | ':' | '%' | '/' | '.' | '!' | '?' | '…') {
        return false;
    }
    if matches!(first, '-' | '–' | '—' | '"' | '“' | '\'' | '‘' | '(' | '[') {
        // A lower-case letter behind the mark goes on with the sentence.
        let next = words.get(at + 1).and_then(|word| text[word.clone()].chars().next());
        return !next.is_some_and(char::is_lowercase);
    }
    true
}

fn abbreviation_ends(word: &str, next: &str) -> bool {
    if is_title(word) || is_initial(word) || BEFORE_NUMBERS.contains(&word) {
        return false;
    }
    let begins = STARTERS.contains(&next) || next.starts_with(['"', '“', '‘']);
    if is_dotted(word) || ENDINGS.contains(&word) {
        return begins;
    }
    true
}

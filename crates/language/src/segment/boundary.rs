//! Where a sentence ends.

use std::ops::Range;

use super::{
    Sentence,
    chunk::{is_dotted, is_initial},
    lists::{ENDINGS, STARTERS, TITLES},
};

/// Cuts the words of a paragraph into sentences.
pub(super) fn cut(text: &str, words: &[Range<usize>], sentences: &mut Vec<Sentence>) {
    let mut start = 0;
    let mut at = 0;
    while at < words.len() {
        let end = after_closers(text, words, at + 1);
        if ends(text, words, at, end) {
            push(&words[start..end], sentences);
            start = end;
            at = end;
        } else {
            at += 1;
        }
    }
    push(&words[start..], sentences);
}

fn push(words: &[Range<usize>], sentences: &mut Vec<Sentence>) {
    if let (Some(first), Some(last)) = (words.first(), words.last()) {
        sentences.push(Sentence { span: first.start..last.end, words: words.to_vec() });
    }
}

/// Quotes and brackets that close without a space before them belong to what they close.
fn after_closers(text: &str, words: &[Range<usize>], from: usize) -> usize {
    let mut end = from;
    while let Some(word) = words.get(end) {
        let is_near = word.start == words[end - 1].end;
        let closes = matches!(
            &text[word.clone()],
            "\"" | "”" | "’" | "'" | "''" | "’’" | ")" | "]" | "»" | "}"
        );
        if !is_near || !closes {
            break;
        }
        end += 1;
    }
    end
}

fn ends(text: &str, words: &[Range<usize>], at: usize, end: usize) -> bool {
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
    let starts = starts(text, words, end);
    if word.len() > 1 && word.starts_with(char::is_alphanumeric) {
        return starts && abbreviation_ends(word.trim_end_matches('.'), &text[next.clone()]);
    }
    starts
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
    if TITLES.contains(&word) || is_initial(word) {
        return false;
    }
    let begins = STARTERS.contains(&next) || next.starts_with(['"', '“', '‘', '(']);
    if is_dotted(word) || ENDINGS.contains(&word) {
        return begins;
    }
    true
}

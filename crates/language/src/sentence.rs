//! Sentences with their bytes; a paragraph's end is always a sentence's end.

use std::ops::Range;

use crate::token::ABBREVIATIONS;

/// Abbreviations that often end a sentence before a capital: only these do.
const ENDING: &[&str] = &["Inc", "Corp", "Co", "Ltd", "Jr", "Sr", "etc", "Bros"];

/// The sentences of a text whose paragraphs have an empty line between them.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for paragraph in text.split("\n\n") {
        split(paragraph, start, &mut found);
        start += paragraph.len() + 2;
    }
    found
}

fn split(paragraph: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let mut start = 0;
    for (at, c) in paragraph.char_indices() {
        if !matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？') || at < start {
            continue;
        }
        let end = after_quotes(paragraph, at + c.len_utf8());
        let is_end = matches!(c, '。' | '！' | '？') || is_boundary(paragraph, at, end, c);
        if is_end {
            push(paragraph, start..end, offset, found);
            start = end;
        }
    }
    push(paragraph, start..paragraph.len(), offset, found);
}

fn push(paragraph: &str, range: Range<usize>, offset: usize, found: &mut Vec<Range<usize>>) {
    let piece = &paragraph[range.clone()];
    let trimmed = piece.trim();
    if !trimmed.is_empty() {
        let start = offset + range.start + (piece.len() - piece.trim_start().len());
        found.push(start..start + trimmed.len());
    }
}

/// Closing quotes and brackets belong to the sentence that they close.
fn after_quotes(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let length = rest
        .char_indices()
        .find(|(_, c)| !matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '»' | '.' | '!' | '?'))
        .map_or(rest.len(), |(at, _)| at);
    from + length
}

fn is_boundary(text: &str, at: usize, end: usize, c: char) -> bool {
    let rest = &text[end..];
    if rest.is_empty() {
        return true;
    }
    if !rest.starts_with(char::is_whitespace) {
        return false;
    }
    let next = rest.trim_start().chars().next().unwrap_or(' ');
    let starts = next.is_uppercase()
        || next.is_ascii_digit()
        || "\"“‘'([«".contains(next)
        || !next.is_lowercase() && next.is_alphabetic();
    if c != '.' {
        return starts;
    }
    starts && !is_abbreviation(&text[..at], rest.trim_start())
}

fn is_abbreviation(before: &str, rest: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || "(\"“'".contains(c))
        .next()
        .unwrap_or_default();
    if ABBREVIATIONS.contains(&word) {
        return !ENDING.contains(&word)
            && (word != "No" || rest.starts_with(|c: char| c.is_ascii_digit()));
    }
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let is_acronym = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    // "in the U.S. The talks": an article or a pronoun begins a sentence, a name goes on.
    is_initial || is_acronym && !begins_a_sentence(rest)
}

fn begins_a_sentence(rest: &str) -> bool {
    let word = rest.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    matches!(
        word,
        "The"
            | "It"
            | "He"
            | "She"
            | "They"
            | "In"
            | "On"
            | "But"
            | "A"
            | "An"
            | "At"
            | "This"
            | "That"
            | "We"
            | "And"
            | "However"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn splits() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("They met. They left.", &["They met.", "They left."]);
        check(
            "Mr. Abe met Gen. Example in the U.S. capital. It ended.",
            &["Mr. Abe met Gen. Example in the U.S. capital.", "It ended."],
        );
        check("\"They met.\" Abe left.", &["\"They met.\"", "Abe left."]);
        check(
            "He paid $1.5 million on Oct. 7. J. Example left",
            &["He paid $1.5 million on Oct. 7.", "J. Example left"],
        );
        check("In the U.S. The talks failed.", &["In the U.S.", "The talks failed."]);
        check("One\n\nTwo. three", &["One", "Two. three"]);
        check("両国は会談した。合意した。", &["両国は会談した。", "合意した。"]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn sentences_hold_all_text(text in "[A-Za-z.!? \n\"é。]{0,80}") {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(range.start >= end && range.end > range.start);
                prop_assert!(text[end..range.start].trim().is_empty());
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}

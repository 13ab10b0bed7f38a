//! Quotations with their bytes.

use std::ops::Range;

/// The quotations of a text, with their marks: outer ones only, in order.
///
/// A quotation ends at its closing mark, or with its paragraph: who quotes several paragraphs opens
/// each of them anew. Apostrophes are no marks: a single mark opens only before a word and closes
/// only behind one, and only where both are found.
pub fn quotes(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for paragraph in text.split("\n\n") {
        read(paragraph, start, &mut found);
        start += paragraph.len() + 2;
    }
    found
}

fn read(paragraph: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some((start, mark)) = opening(paragraph, at) {
        let inner = start + mark.len_utf8();
        let end = closing(paragraph, inner, mark);
        match end {
            Some(end) => found.push(offset + start..offset + end),
            // A single mark without its partner is an apostrophe; others quote to the end.
            None if !matches!(mark, '\'' | '‘') && start == 0 => {
                return found.push(offset..offset + paragraph.trim_end().len());
            }
            None => {}
        }
        at = end.unwrap_or(inner);
    }
}

fn opening(text: &str, from: usize) -> Option<(usize, char)> {
    let mut before = text[..from].chars().next_back();
    for (at, c) in text[from..].char_indices() {
        let next = text[from + at + c.len_utf8()..].chars().next();
        let is_free = before.is_none_or(|before| !before.is_alphanumeric());
        let is_opening = match c {
            '“' | '„' | '«' | '「' => true,
            '"' => is_free && next.is_some_and(|next| !next.is_whitespace()),
            '‘' | '\'' => is_free && next.is_some_and(char::is_uppercase),
            _ => false,
        };
        if is_opening {
            return Some((from + at, c));
        }
        before = Some(c);
    }
    None
}

/// The end of the mark that closes a quotation.
fn closing(text: &str, from: usize, opening: char) -> Option<usize> {
    let closes: &[char] = match opening {
        '“' => &['”', '"'],
        '„' => &['“', '”'],
        '«' => &['»'],
        '「' => &['」'],
        '"' => &['"', '”'],
        '‘' => &['’'],
        _ => &['\''],
    };
    let is_single = matches!(opening, '\'' | '‘');
    let mut places = text[from..].char_indices().filter(|(_, c)| closes.contains(c));
    places.find_map(|(at, c)| {
        let end = from + at + c.len_utf8();
        let next = text[end..].chars().next();
        let is_apostrophe = is_single && next.is_some_and(char::is_alphanumeric);
        (!is_apostrophe).then_some(end)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_quotations() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = quotes(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("\"They met,\" he said. \"It ended.\"", &["\"They met,\"", "\"It ended.\""]);
        check("He called it “a ‘great’ day”, and left", &["“a ‘great’ day”"]);
        check("The rebels' leader said 'We won't go' and left", &["'We won't go'"]);
        check("the '90s and the boys' club", &[]);
        check("“They met.\n\n“They left,” he said.", &["“They met.", "“They left,”"]);
        check("a 6\" gun and a 9\" gun", &[]);
        check("«Ja», sagte er; „Nein“, sie", &["«Ja»", "„Nein“"]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn quotations_are_apart_and_in_order(text in "[a-zA\"'“”‘’«» .\n]{0,60}") {
            let mut end = 0;
            for range in quotes(&text) {
                prop_assert!(range.start >= end && range.end > range.start);
                prop_assert!(text.get(range.clone()).is_some());
                end = range.end;
            }
        }
    }
}

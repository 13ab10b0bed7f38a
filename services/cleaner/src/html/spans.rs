//! Where the text of blocks stands in the page's source.

use dateline_record::Span;
use unicode_normalization::UnicodeNormalization;

use super::walk::Block;

/// A shorter block is looked for close by only: it may stand anywhere.
const SHORT_BYTES: usize = 24;
/// Close by is so many letters away.
const NEAR_BYTES: usize = 2_000;
/// Searching gives up after so many bytes in all, so that a hostile page costs no time.
const MAX_SEARCHED_BYTES: usize = 32 << 20;

/// Elements whose content no reader sees.
const HIDDEN: &[&str] = &["script", "style", "template", "svg", "textarea", "title", "noscript"];

/// The letters and digits of a source, each with where it stands.
#[derive(Default)]
struct Letters {
    text: String,
    /// For each byte of `text`, start and end of what it was made of.
    places: Vec<(u32, u32)>,
}

/// Notes for each block the bytes of the source that it was made of, markup within included.
pub(crate) fn locate(html: &str, blocks: &mut [Block]) {
    let letters = letters(html);
    let (mut cursor, mut searched) = (0, 0);
    for block in blocks {
        let needle = squeeze(&block.text);
        if needle.is_empty() || searched > MAX_SEARCHED_BYTES {
            continue;
        }
        let window = if needle.len() < SHORT_BYTES { NEAR_BYTES } else { letters.text.len() };
        let mut end = (cursor + window).min(letters.text.len());
        while !letters.text.is_char_boundary(end) {
            end += 1;
        }
        let found = letters.text[cursor..end].find(&needle);
        searched += found.unwrap_or(end - cursor);
        if let Some(at) = found {
            let (first, last) = (cursor + at, cursor + at + needle.len());
            let span = (letters.places[first].0, letters.places[last - 1].1);
            let span = with_marks(html, &block.text, span.0 as usize, span.1 as usize);
            let source = html[span.range()].bytes();
            block.verbatim_bytes =
                source.zip(block.text.bytes()).take_while(|(a, b)| a == b).count();
            block.source = Some(span);
            cursor = last;
        }
    }
}

/// The span with the quotes and full stops around its letters.
fn with_marks(html: &str, text: &str, start: usize, end: usize) -> Span {
    let is_letter = |c: char| c.is_alphanumeric();
    let head = text.find(is_letter).map_or("", |at| &text[..at]);
    let tail = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    let tail = &text[tail.len()..];
    let start = if html[..start].ends_with(head) { start - head.len() } else { start };
    let end = if html[end..].starts_with(tail) { end + tail.len() } else { end };
    Span::new(start, end)
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn letters(html: &str) -> Letters {
    let mut letters = Letters::default();
    let mut at = 0;
    while at < html.len() {
        let rest = &html[at..];
        let next = rest.find(['<', '&']).unwrap_or(rest.len());
        letters.push(&rest[..next], at);
        at += next;
        let rest = &html[at..];
        at += if rest.starts_with('<') {
            skip_markup(rest)
        } else if rest.starts_with('&') {
            letters.push_entity(rest, at)
        } else {
            rest.len()
        };
    }
    letters
}

impl Letters {
    fn push(&mut self, text: &str, start: usize) {
        for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            self.push_char(c, start + at, start + at + c.len_utf8());
        }
    }

    fn push_char(&mut self, c: char, start: usize, end: usize) {
        let bounded = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let before = self.text.len();
        self.text.extend(c.to_lowercase());
        let place = (bounded(start), bounded(end));
        self.places.resize(self.places.len() + self.text.len() - before, place);
    }

    /// Reads an entity; returns how many bytes it has.
    fn push_entity(&mut self, rest: &str, start: usize) -> usize {
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let Some((c, end)) = end.and_then(|end| Some((entity(rest.get(1..end)?)?, end))) else {
            return 1;
        };
        if c.is_alphanumeric() {
            self.push_char(c, start, start + end + 1);
        }
        end + 1
    }
}

/// The character of an entity; a space where it is none that a word is made of.
fn entity(name: &str) -> Option<char> {
    if let Some(digits) = name.strip_prefix('#') {
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => digits.parse().ok()?,
        };
        return char::from_u32(code);
    }
    let whole = match name {
        "szlig" => Some('ß'),
        "aelig" => Some('æ'),
        "AElig" => Some('Æ'),
        "oslash" => Some('ø'),
        "Oslash" => Some('Ø'),
        "thorn" => Some('þ'),
        "THORN" => Some('Þ'),
        "eth" => Some('ð'),
        "ETH" => Some('Ð'),
        "oelig" => Some('œ'),
        _ => None,
    };
    whole
        .or_else(|| accented(name))
        .or_else(|| name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(' '))
}

/// `eacute` is an `e` and an accent.
fn accented(name: &str) -> Option<char> {
    const ACCENTS: &[(&str, char)] = &[
        ("acute", '\u{301}'),
        ("grave", '\u{300}'),
        ("circ", '\u{302}'),
        ("uml", '\u{308}'),
        ("tilde", '\u{303}'),
        ("cedil", '\u{327}'),
        ("ring", '\u{30a}'),
        ("caron", '\u{30c}'),
    ];
    let letter = name.chars().next().filter(char::is_ascii_alphabetic)?;
    let accent = ACCENTS.iter().find(|(word, _)| name[1..] == **word)?.1;
    let mut composed = [letter, accent].into_iter().nfc();
    composed.next().filter(|_| composed.next().is_none())
}

/// The bytes of a tag, a comment, or an element that shows nothing.
fn skip_markup(rest: &str) -> usize {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or(rest.len(), |end| end + 7);
    }
    let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
    if !is_tag {
        return 1;
    }
    let end = tag_end(rest);
    let name = rest[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let Some(hidden) = HIDDEN.iter().find(|hidden| hidden.eq_ignore_ascii_case(name)) else {
        return end;
    };
    end + content_end(&rest[end..], hidden)
}

/// Up to the end tag of a hidden element; where there is none, all that follows is hidden.
fn content_end(rest: &str, name: &str) -> usize {
    let is_end = |at: &usize| {
        let tag = rest.as_bytes().get(at + 2..at + 2 + name.len());
        tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
    };
    rest.match_indices("</").map(|(at, _)| at).find(is_end).unwrap_or(rest.len())
}

/// One past the `>` of a tag; a `>` within quotes does not count.
fn tag_end(rest: &str) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (None, b'>') => return at + 1,
            _ => {}
        }
        if quote.is_none() && !byte.is_ascii_whitespace() {
            after_equals = byte == b'=';
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::{super::walk, *};

    #[test]
    fn leads_back_to_the_source() {
        let check = |html: &str, expected: &[Option<&str>]| {
            let mut page = walk::page(&Document::from(html).root());
            locate(html, &mut page.blocks);
            let found: Vec<Option<&str>> = page
                .blocks
                .iter()
                .map(|block| block.source.map(|span| &html[span.range()]))
                .collect();
            assert_eq!(found, expected, "{html}");
        };
        check(
            "<p>One <b>and</b> two.</p><p>Caf&eacute; au lait",
            &[Some("One <b>and</b> two."), Some("Caf&eacute; au lait")],
        );
        check("<script>One</script><p title='One'>One", &[Some("One")]);
        check("<!-- One --><p>so\u{ad}ft &#8211; &#x41;", &[Some("so\u{ad}ft &#8211; &#x41;")]);
        check("<p>—", &[None]);
    }

    #[test]
    fn hostile_pages_cost_little() {
        let html = format!("<p>{}", "<".repeat(100_000));
        locate(&html, &mut walk::page(&Document::from(html.as_str()).root()).blocks);
        let html = "<script>".repeat(20_000);
        assert!(letters(&html).text.is_empty());
    }
}

//! A linear scan before any tree is built: HTML parsers are quadratic in depth, and a page can
//! be made to exploit that.

use dateline_record::FaultCode;
use dateline_runtime::Fault;

use crate::Config;

/// Elements that never have an end tag.
const VOID: &[&[u8]] = &[
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta",
    b"source", b"track", b"wbr",
];
/// Elements whose start closes an open one of their kind, so that a page may leave the end out.
const SELF_CLOSING: &[&[u8]] =
    &[b"p", b"li", b"dt", b"dd", b"tr", b"td", b"th", b"option", b"thead", b"tbody"];
/// Elements whose content is text up to their end tag.
const RAW_TEXT: &[&[u8]] = &[b"script", b"style", b"textarea", b"title", b"noscript", b"iframe"];

/// Parsers compare each attribute of a tag with all others; pages have some dozens.
const MAX_ATTRIBUTES: usize = 2_000;

/// How large a page is in what costs a parser time: upper bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    /// The deepest nesting.
    pub(crate) depth: usize,
    /// Elements.
    pub(crate) nodes: usize,
    /// The most attributes of a tag.
    attributes: usize,
    /// Bytes of text and comments, scripts and the like apart.
    text: usize,
    /// `<`, `&` and null bytes: parsers leave their fast path at each.
    pub(crate) marks: usize,
}

/// Refuses a page that is nested too deep or has too many elements or too much text.
pub(crate) fn check(html: &str, config: &Config) -> Result<Size, Fault> {
    let size = measure(html.as_bytes());
    size.check(config)?;
    Ok(size)
}

/// Refuses a page of bytes whose charset is not known yet; for all that keep ASCII as it is.
pub(crate) fn check_bytes(html: &[u8], config: &Config) -> Result<(), Fault> {
    measure(html).check(config)
}

impl Size {
    fn check(&self, config: &Config) -> Result<(), Fault> {
        let too_large = [
            (self.attributes, MAX_ATTRIBUTES, "attributes of a tag", ""),
            (self.nodes, config.max_nodes, "elements", "; raise cleaner.max_nodes"),
            (self.text, config.max_text_bytes, "bytes of text", "; raise cleaner.max_text_bytes"),
            (self.marks, config.max_marks, "`<`, `&` and nulls", "; raise cleaner.max_marks"),
        ];
        if self.depth > config.max_depth {
            let (depth, limit) = (self.depth, config.max_depth);
            let what =
                format!("body: nested {depth} deep, more than {limit}; raise cleaner.max_depth");
            return Err(Fault::poison(FaultCode::TooDeep, what));
        }
        match too_large.iter().find(|(found, limit, ..)| found > limit) {
            Some((found, limit, what, fix)) => {
                let what = format!("body: {found} {what}, more than {limit}{fix}");
                Err(Fault::poison(FaultCode::TooLarge, what))
            }
            None => Ok(()),
        }
    }
}

fn measure(html: &[u8]) -> Size {
    let (mut size, mut depth, mut at, mut text_start) = (Size::default(), 0_usize, 0, 0);
    let mut last_optional: Option<&[u8]> = None;
    size.marks = html.iter().filter(|byte| matches!(byte, b'<' | b'&' | 0)).count();
    while let Some(open) = find(html, at, b'<') {
        let is_end = html.get(open + 1) == Some(&b'/');
        let name_start = open + 1 + usize::from(is_end);
        let name = name(html, name_start);
        at = name_start + name.len();
        if name.is_empty() {
            at = skip_markup(html, open);
            continue;
        }
        size.text += open - text_start;
        let end = tag_end(html, at);
        size.attributes = size.attributes.max(attributes(&html[at..end]));
        (at, text_start) = (end, end);
        let is_flat = is_one_of(name, VOID) || is_one_of(name, SELF_CLOSING);
        if is_end {
            depth = depth.saturating_sub(usize::from(!is_flat));
            continue;
        }
        size.nodes += 1;
        if is_one_of(name, RAW_TEXT) {
            at = raw_text_end(html, end, name);
            text_start = at;
            continue;
        }
        if !is_flat {
            let is_repeated = last_optional.is_some_and(|last| last.eq_ignore_ascii_case(name));
            depth += 1;
            size.depth = size.depth.max(depth + usize::from(!is_repeated));
        }
        last_optional = is_flat.then_some(name);
    }
    size.text += html.len() - text_start;
    size
}

/// The attributes of a tag: words outside of quotes.
fn attributes(tag: &[u8]) -> usize {
    let (mut count, mut quote, mut after_space) = (0, None, false);
    for byte in tag {
        match (quote, byte) {
            (Some(open), byte) if *byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, byte) => {
                let is_space = byte.is_ascii_whitespace();
                count += usize::from(after_space && !is_space);
                after_space = is_space;
            }
        }
    }
    count
}

fn find(html: &[u8], from: usize, byte: u8) -> Option<usize> {
    let rest = html.get(from..)?;
    rest.iter().position(|b| *b == byte).map(|at| from + at)
}

fn name(html: &[u8], start: usize) -> &[u8] {
    let rest = html.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take(32)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    if rest.first().is_some_and(u8::is_ascii_alphabetic) { &rest[..length] } else { &[] }
}

fn is_one_of(name: &[u8], list: &[&[u8]]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Comments and declarations hold no elements.
fn skip_markup(html: &[u8], open: usize) -> usize {
    let rest = &html[open..];
    if !rest.starts_with(b"<!--") {
        return open + 1;
    }
    let end = rest[4..].windows(3).position(|bytes| bytes == b"-->");
    end.map_or(html.len(), |end| open + 4 + end + 3)
}

/// One past the `>` of a tag; a `>` within quotes does not count.
fn tag_end(html: &[u8], from: usize) -> usize {
    let mut quote = None;
    let mut after_equals = false;
    for (index, byte) in html.iter().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), byte) if *byte == open => quote = None,
            (None, b'"' | b'\'') if after_equals => quote = Some(*byte),
            (None, b'>') => return index + 1,
            _ => {}
        }
        if quote.is_none() && !byte.is_ascii_whitespace() {
            after_equals = *byte == b'=';
        }
    }
    html.len()
}

fn raw_text_end(html: &[u8], from: usize, element: &[u8]) -> usize {
    let mut at = from;
    while let Some(open) = find(html, at, b'<') {
        if html.get(open + 1) == Some(&b'/') && name(html, open + 2).eq_ignore_ascii_case(element) {
            return tag_end(html, open + 2);
        }
        at = open + 1;
    }
    html.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures() {
        let check = |html: &str, expected: usize| {
            let depth = measure(html.as_bytes()).depth;
            assert!(depth.abs_diff(expected) <= 1, "{html:?}: {depth}");
        };
        check("<div><div><p>a</div></div>", 2);
        check("<p>a<p>b<p>c", 0);
        check("<div title='>'><b>a</b></div>", 2);
        check("<script>'<div><div><div>'</script><b>a</b>", 1);
        check("<!-- <div><div><div> --><i>a</i>", 1);
        check("no tags < at all", 0);
        check("<div", 1);
    }

    #[test]
    fn refuses_bombs() {
        let config = crate::finish::tests::config();
        let code = |html: &str| match check(html, &config) {
            Err(Fault::Poison { code, .. }) => Some(code),
            _ => None,
        };
        assert_eq!(code(&"<div>".repeat(300)), Some(FaultCode::TooDeep));
        assert_eq!(code(&"<b>".repeat(30_000)), Some(FaultCode::TooDeep));
        assert_eq!(code(&"<br>".repeat(60_000)), Some(FaultCode::TooLarge));
        assert_eq!(code(&"<p>a</p>".repeat(20_000)), None);
        let attributes: String = "a=1 ".repeat(3_000);
        assert_eq!(code(&format!("<p {attributes}>")), Some(FaultCode::TooLarge));
        assert_eq!(code(&format!("<p title='{attributes}'>")), None);
        assert_eq!(code(&format!("<script>{attributes}</script>")), None);
        let text = "They met. ".repeat(120_000);
        assert_eq!(code(&format!("<p>{text}")), Some(FaultCode::TooLarge));
        assert_eq!(code(&format!("<!-- {text}")), Some(FaultCode::TooLarge));
        assert_eq!(code(&format!("<script>{text}</script><p>{}", &text[..10_000])), None);
        assert_eq!(code(&"<".repeat(300_000)), Some(FaultCode::TooLarge));
        assert_eq!(
            code(&format!("<p title='{}'>", "&".repeat(300_000))),
            Some(FaultCode::TooLarge)
        );
    }
}

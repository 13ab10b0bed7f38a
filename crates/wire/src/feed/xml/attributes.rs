//! The attributes of an element, read from its tag as it stands in the feed, and its namespaces.

use std::borrow::Cow;

use super::super::names::{self, Ns};
use crate::entity;

/// Declarations that may be open at once.
const MAX_DECLARATIONS: usize = 256;

/// A prefix with the depth of the element that declares it.
pub(super) struct Declared<'a> {
    pub(super) depth: usize,
    pub(super) prefix: &'a str,
    pub(super) ns: Ns,
}

/// The attributes of an element.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Attributes<'a> {
    pub(super) raw: &'a str,
    pub(super) max_bytes: usize,
}

impl<'a> Attributes<'a> {
    /// The value of an attribute, whatever the case of its name; one that is too long is none.
    pub(in super::super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        if self.raw.is_empty() {
            return None;
        }
        let (_, value) = self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        (value.len() <= self.max_bytes).then(|| unescape(value.trim()))
    }

    /// The same; an empty value is none.
    pub(in super::super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty()).map(Cow::into_owned)
    }

    /// Names with values as written.
    pub(super) fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            loop {
                rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
                if rest.is_empty() {
                    return None;
                }
                let end = rest.bytes().position(|byte| byte == b'=' || byte.is_ascii_whitespace());
                let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
                let Some(value) = after.trim_start().strip_prefix('=') else {
                    rest = after;
                    continue;
                };
                let (value, after) = split_value(value.trim_start());
                rest = after;
                return Some((name, value));
            }
        })
    }
}

/// A value without its quotes, and what follows it.
fn split_value(text: &str) -> (&str, &str) {
    let quote = text.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
    if let Some(quote) = quote {
        let end = memchr::memchr(quote, &text.as_bytes()[1..]).unwrap_or(text.len() - 1);
        return (&text[1..=end], text.get(end + 2..).unwrap_or_default());
    }
    let end = text.bytes().position(|byte| byte.is_ascii_whitespace());
    text.split_at(end.unwrap_or(text.len()))
}

/// Notes the namespaces that an element declares.
pub(super) fn declare<'a>(
    attributes: Attributes<'a>,
    depth: usize,
    namespaces: &mut Vec<Declared<'a>>,
) {
    for (key, value) in attributes.iter() {
        let prefix = match key.split_once(':') {
            None if key == "xmlns" => "",
            Some(("xmlns", prefix)) => prefix,
            _ => continue,
        };
        if namespaces.len() == MAX_DECLARATIONS {
            return;
        }
        namespaces.push(Declared { depth, prefix, ns: names::by_uri(value) });
    }
}

fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    super::token::decode(value, |piece| text.push_str(piece));
    Cow::Owned(text)
}

/// The attributes as they are written into HTML: without namespaces.
pub(super) fn for_html(raw: &str, into: &mut String) {
    if !raw.contains("xmlns") {
        into.push_str(raw.trim_end().trim_end_matches('/').trim_end());
        return;
    }
    for (key, value) in (Attributes { raw, max_bytes: usize::MAX }).iter() {
        if key != "xmlns" && !key.starts_with("xmlns:") {
            let quote = if value.contains('"') { '\'' } else { '"' };
            into.extend([" ", key, "="]);
            into.push(quote);
            into.push_str(value);
            into.push(quote);
        }
    }
}

/// Resolves what a reference stands for; false where nobody knows.
pub(super) fn resolve(name: &str, into: &mut String) -> bool {
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return entity::resolve(name, into),
    };
    into.push(c);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written() {
        let check = |raw: &str, name: &str, expected: Option<&str>| {
            let attributes = Attributes { raw, max_bytes: 20 };
            assert_eq!(attributes.get(name).as_deref(), expected, "{raw}");
        };
        check(" a=\"1\" b = '2' c=3 d", "b", Some("2"));
        check(" a=\"1\" b = '2' c=3 d", "c", Some("3"));
        check(" a=\"1\" b = '2' c=3 d", "d", None);
        check(" d HREF='x y'/", "href", Some("x y"));
        check(" a=\"1\"b='&amp;&x;'", "b", Some("&&x;"));
        check(" a=\"é", "a", Some("é"));
        check(" a=\"012345678901234567890\"", "a", None);
        check(" =x", "", Some("x"));
    }
}

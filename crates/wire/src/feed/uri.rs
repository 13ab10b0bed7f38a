//! Relative addresses made absolute: of links, and within HTML.

use std::borrow::Cow;

use url::Url;

/// Attributes of HTML that hold an address.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "action",
    "cite",
    "background",
    "longdesc",
    "poster",
    "data",
    "usemap",
    "codebase",
    "classid",
    "profile",
];

/// Schemes that run what they name: no base.
const SCRIPTS: &[&str] = &["javascript", "vbscript", "data"];

/// An absolute link stays as written; a relative one is resolved where there is a base.
pub(super) fn resolve(text: &str, base: Option<&Url>) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if scheme(text).is_some() {
        return Some(text.to_owned());
    }
    let resolved = base.and_then(|base| base.join(text).ok());
    Some(resolved.map_or_else(|| text.to_owned(), Into::into))
}

/// The scheme of an absolute address.
fn scheme(text: &str) -> Option<&str> {
    let end =
        text.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))?;
    let is_scheme = end > 1 && text.as_bytes()[0].is_ascii_alphabetic();
    (is_scheme && text.as_bytes()[end] == b':').then(|| &text[..end])
}

/// A base that an element declares, within the base around it.
pub(super) fn base(declared: &str, outer: Option<&Url>) -> Option<Url> {
    let declared = declared.trim();
    if scheme(declared).is_some_and(|name| SCRIPTS.iter().any(|bad| bad.eq_ignore_ascii_case(name)))
    {
        return None;
    }
    match outer {
        Some(outer) => outer.join(declared).ok(),
        None => Url::parse(declared).ok(),
    }
}

/// HTML with its relative addresses made absolute.
pub(super) fn absolute<'a>(html: &'a str, base: &Url) -> Cow<'a, str> {
    let bytes = html.as_bytes();
    let mut text = String::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'=', bytes) {
        if at < done || !is_address(&bytes[..at]) {
            continue;
        }
        let (start, end) = value(html, at + 1);
        let link = html[start..end].trim();
        if link.is_empty() || link.starts_with('#') || scheme(link).is_some() {
            if link.len() == end - start {
                continue;
            }
            text.push_str(&html[done..start]);
            text.push_str(link);
        } else if let Ok(resolved) = base.join(&link.replace("&amp;", "&")) {
            text.push_str(&html[done..start]);
            text.push_str(&resolved.as_str().replace('&', "&amp;"));
        } else {
            continue;
        }
        done = end;
    }
    if done == 0 {
        return Cow::Borrowed(html);
    }
    text.push_str(&html[done..]);
    Cow::Owned(text)
}

/// Whether an attribute's name that holds an address ends there, within a tag.
fn is_address(before: &[u8]) -> bool {
    let name_end = before.trim_ascii_end().len();
    let start = before[..name_end].iter().rposition(|byte| !byte.is_ascii_alphanumeric());
    let Some(start) = start.filter(|start| before[*start].is_ascii_whitespace()) else {
        return false;
    };
    let name = &before[start + 1..name_end];
    ADDRESSES.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Where the value of an attribute lies, without its quotes.
fn value(html: &str, from: usize) -> (usize, usize) {
    let bytes = html.as_bytes();
    let spaces = bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = from + spaces;
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(start) {
        let length = memchr::memchr(*quote, &bytes[start + 1..]);
        // Without its end, what follows is no address.
        return length.map_or((start, start), |length| (start + 1, start + 1 + length));
    }
    let length = bytes[start..].iter().position(|byte| b" \t\r\n>".contains(byte));
    (start, length.map_or(bytes.len(), |length| start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_links_absolute() {
        let root = Url::parse("http://a.example/b/c").unwrap();
        let check = |link: &str, expected: Option<&str>| {
            assert_eq!(resolve(link, Some(&root)).as_deref(), expected, "{link}");
        };
        check(" d?e=f:g ", Some("http://a.example/b/d?e=f:g"));
        check("//x.example/", Some("http://x.example/"));
        check("HTTP://X.example", Some("HTTP://X.example"));
        check("tag:a,2014:b", Some("tag:a,2014:b"));
        check("", None);
        assert_eq!(resolve("/a", None).as_deref(), Some("/a"));
        assert_eq!(base("javascript:x", Some(&root)), None);
        assert_eq!(base("http:///a.example/d/", None).unwrap().as_str(), "http://a.example/d/");
    }

    #[test]
    fn makes_links_in_html_absolute() {
        let root = Url::parse("http://a.example/b/c").unwrap();
        let check = |html: &str, expected: &str| assert_eq!(absolute(html, &root), expected);
        check("<a href=\"d\">x=y</a>", "<a href=\"http://a.example/b/d\">x=y</a>");
        check("<img src = '/d?a=1&amp;b=2'>", "<img src = 'http://a.example/d?a=1&amp;b=2'>");
        check("<a HREF=d>é</a>", "<a HREF=http://a.example/b/d>é</a>");
        check("<a href=' http://x.example/ '>", "<a href='http://x.example/'>");
        check("<a href=\"#e\" data-href=\"d\">", "<a href=\"#e\" data-href=\"d\">");
        check("<a href=\"d", "<a href=\"d");
        check("a = b href", "a = b href");
    }
}

//! Cuts a feed into tags and text. It is lenient where XML is not: a stray `<` or `&` is text.

use memchr::{memchr, memchr2, memchr3, memmem};

/// A piece of a feed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token<'a> {
    /// The start of an element: its name and what follows the name; whether it ends there too.
    Start { name: &'a str, rest: &'a str, is_empty: bool },
    /// The end of an element.
    End(&'a str),
    /// Text with references.
    Text(&'a str),
    /// Text as it is meant.
    Verbatim(&'a str),
    /// A comment, processing instruction or document type: nothing.
    Nothing,
    /// Markup that never ends, and what it is.
    Broken(&'static str),
}

/// What never comes again in the rest of the feed, so that it is not looked for twice.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
struct Missing {
    greater: bool,
    comment: bool,
    section: bool,
    double_quote: bool,
    single_quote: bool,
    /// A `>` outside quotes after a tag with a quoted one.
    unquoted: bool,
    /// There is one document type at most.
    document_type: bool,
}

/// Reads pieces one after the other.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    source: &'a str,
    at: usize,
    missing: Missing,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0, missing: Missing::default() }
    }

    /// Where the next piece begins.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Goes on elsewhere, further on.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.source[self.at..];
        let bytes = rest.as_bytes();
        match *bytes.first()? {
            b'<' if begins_markup(bytes) => Some(self.markup(rest)),
            _ => {
                let mut end = 1;
                loop {
                    let next = memchr(b'<', &bytes[end..]).map(|next| end + next);
                    match next {
                        Some(next) if !begins_markup(&bytes[next..]) => end = next + 1,
                        other => {
                            end = other.unwrap_or(bytes.len());
                            break;
                        }
                    }
                }
                self.at += end;
                Some(Token::Text(&rest[..end]))
            }
        }
    }

    fn markup(&mut self, rest: &'a str) -> Token<'a> {
        match rest.as_bytes()[1] {
            b'!' => self.declaration(rest),
            b'?' => {
                let end = self.find_greater(rest, 2);
                self.pass(end.map(|end| end + 1), "processing instruction")
            }
            b'/' => {
                let Some(end) = self.find_greater(rest, 2) else {
                    return self.broken("tag");
                };
                self.at += end + 1;
                let name = &rest[2..end];
                let length = name.bytes().position(|byte| byte.is_ascii_whitespace());
                Token::End(&name[..length.unwrap_or(name.len())])
            }
            _ => self.start(rest),
        }
    }

    fn start(&mut self, rest: &'a str) -> Token<'a> {
        let Some(end) = self.tag_end(rest) else {
            return self.broken("tag");
        };
        self.at += end + 1;
        let inside = &rest[1..end];
        let is_empty = inside.ends_with('/');
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let length = inside.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'/');
        let (name, rest) = inside.split_at(length.unwrap_or(inside.len()));
        Token::Start { name, rest, is_empty }
    }

    /// Where a tag ends: at the first `>` outside quotes, or at the first at all where a quote is
    /// never closed.
    fn tag_end(&mut self, rest: &str) -> Option<usize> {
        let bytes = rest.as_bytes();
        let first = self.find_greater(rest, 1)?;
        let mut at = 1;
        while let Some(quote) = memchr2(b'"', b'\'', &bytes[at..first.max(at)]) {
            let quote = at + quote;
            let is_double = bytes[quote] == b'"';
            // Only what follows `=` opens a value.
            let opens = bytes[..quote].trim_ascii_end().ends_with(b"=");
            if !opens {
                at = quote + 1;
                continue;
            }
            let Some(length) = self.find_quote(&bytes[quote + 1..], is_double) else {
                return Some(first);
            };
            at = quote + 1 + length + 1;
            if at > first {
                return Some(self.tag_end_after(rest, at).unwrap_or(first));
            }
        }
        Some(first)
    }

    /// Where a tag ends of which the first `>` is quoted.
    fn tag_end_after(&mut self, rest: &str, from: usize) -> Option<usize> {
        if self.missing.unquoted {
            return None;
        }
        let bytes = rest.as_bytes();
        let mut at = from;
        while let Some(next) = memchr3(b'>', b'"', b'\'', bytes.get(at..)?) {
            let next = at + next;
            if bytes[next] == b'>' {
                return Some(next);
            }
            at = next + 1;
            if bytes[..next].trim_ascii_end().ends_with(b"=") {
                at += self.find_quote(&bytes[at..], bytes[next] == b'"')? + 1;
            }
        }
        self.missing.unquoted = true;
        None
    }

    fn find_quote(&mut self, bytes: &[u8], is_double: bool) -> Option<usize> {
        let (quote, missing) = if is_double {
            (b'"', &mut self.missing.double_quote)
        } else {
            (b'\'', &mut self.missing.single_quote)
        };
        if *missing {
            return None;
        }
        let found = memchr(quote, bytes);
        *missing = found.is_none();
        found
    }

    fn find_greater(&mut self, rest: &str, from: usize) -> Option<usize> {
        if self.missing.greater {
            return None;
        }
        let found = memchr(b'>', &rest.as_bytes()[from..]).map(|end| from + end);
        self.missing.greater = found.is_none();
        found
    }

    /// `<!--`, `<![CDATA[` or `<!DOCTYPE`.
    fn declaration(&mut self, rest: &'a str) -> Token<'a> {
        if rest.starts_with("<!--") {
            let end = find_end(rest, 4, "-->", &mut self.missing.comment);
            return self.pass(end, "comment");
        }
        if rest.as_bytes().get(..9).is_some_and(|mark| mark.eq_ignore_ascii_case(b"<![CDATA[")) {
            let Some(end) = find_end(rest, 9, "]]>", &mut self.missing.section) else {
                return self.broken("CDATA section");
            };
            self.at += end;
            return Token::Verbatim(&rest[9..end - 3]);
        }
        let is_first = !std::mem::replace(&mut self.missing.document_type, true);
        let end = is_first.then(|| doctype_end(rest)).flatten();
        let end = end.or_else(|| self.find_greater(rest, 2)).map(|end| end + 1);
        self.pass(end, "document type")
    }

    fn pass(&mut self, end: Option<usize>, what: &'static str) -> Token<'a> {
        match end {
            Some(end) => {
                self.at += end;
                Token::Nothing
            }
            None => self.broken(what),
        }
    }

    fn broken(&mut self, what: &'static str) -> Token<'a> {
        self.at += 1;
        Token::Broken(what)
    }
}

/// Bytes up to and with the mark that ends a section.
fn find_end(rest: &str, from: usize, mark: &str, missing: &mut bool) -> Option<usize> {
    if *missing {
        return None;
    }
    let found = memmem::find(&rest.as_bytes()[from..], mark.as_bytes());
    *missing = found.is_none();
    found.map(|at| from + at + mark.len())
}

/// Bytes in which the end of a document type is looked for.
const DOCTYPE_WINDOW_BYTES: usize = 64 * 1024;

/// Where a document type ends, with its internal subset.
fn doctype_end(rest: &str) -> Option<usize> {
    let bytes = &rest.as_bytes()[..rest.len().min(DOCTYPE_WINDOW_BYTES)];
    let first = memchr(b'>', bytes)?;
    let Some(subset) = memchr(b'[', &bytes[..first]) else {
        return Some(first);
    };
    let close = memmem::find(&bytes[subset..], b"]>").map(|at| subset + at + 1);
    let spaced = memchr::memchr_iter(b']', &bytes[subset..]).find_map(|at| {
        let after = bytes[subset + at + 1..].trim_ascii_start();
        after.starts_with(b">").then(|| bytes.len() - after.len())
    });
    close.into_iter().chain(spaced).min()
}

fn begins_markup(bytes: &[u8]) -> bool {
    match bytes.get(1) {
        Some(b'!' | b'?') => true,
        Some(b'/') => bytes.get(2).is_some_and(|byte| is_name_start(*byte)),
        Some(byte) => is_name_start(*byte),
        None => false,
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

/// Longest name of a reference.
const MAX_REFERENCE_BYTES: usize = 40;

/// Gives text with its references resolved, piece by piece; an unknown one stays as written.
pub(super) fn decode(text: &str, mut push: impl FnMut(&str)) {
    let mut rest = text;
    let mut resolved = String::new();
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let after = &rest[at + 1..];
        let window = &after.as_bytes()[..after.len().min(MAX_REFERENCE_BYTES)];
        let end = memchr(b';', window);
        resolved.clear();
        let known = end.filter(|end| super::attributes::resolve(&after[..*end], &mut resolved));
        if let Some(end) = known {
            push(&rest[..at]);
            push(&resolved);
            rest = &after[end + 1..];
        } else {
            push(&rest[..=at]);
            rest = after;
        }
    }
    push(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_markup() {
        let check = |text: &str, expected: &[Token<'_>]| {
            let mut tokens = Tokens::new(text);
            let all: Vec<Token<'_>> = std::iter::from_fn(|| tokens.next()).collect();
            assert_eq!(all, expected, "{text}");
        };
        let start = |name, rest| Token::Start { name, rest, is_empty: false };
        let empty = |name, rest| Token::Start { name, rest, is_empty: true };
        check("<a b='>'>x</a >", &[start("a", " b='>'"), Token::Text("x"), Token::End("a")]);
        check("1 < 2 <b/>", &[Token::Text("1 < 2 "), empty("b", "")]);
        check("<![CDATA[<a>]]>", &[Token::Verbatim("<a>")]);
        check("<!-- <a> --><?x?>", &[Token::Nothing, Token::Nothing]);
        check("<!DOCTYPE a [<!ENTITY b \"c>\">] >d", &[Token::Nothing, Token::Text("d")]);
        check("<a b=\"c><d>", &[start("a", " b=\"c"), start("d", "")]);
        check("<a b=it's><d>", &[start("a", " b=it's"), start("d", "")]);
        check("<!-- a", &[Token::Broken("comment"), Token::Text("!-- a")]);
        check("<a ", &[Token::Broken("tag"), Token::Text("a ")]);
    }

    #[test]
    fn resolves_references() {
        let check = |text: &str, expected: &str| {
            let mut all = String::new();
            decode(text, |piece| all.push_str(piece));
            assert_eq!(all, expected);
        };
        check("a &lt;b&gt; &amp;amp; &#233; &eacute;", "a <b> &amp; é é");
        check("a & b &c; &", "a & b &c; &");
    }
}

//! Collects the text of a field: plain, HTML written as text, or markup in the feed itself.

use base64::Engine;
use quick_xml::escape::partial_escape;

use super::super::field::Field;
use super::super::names::Ns;
use super::super::{Rich, TextKind, uri};
use super::attributes::{self, Attributes};
use super::{Scope, token};
use crate::entity;

/// How the characters of a field are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    /// Plain text.
    Plain,
    /// HTML, written as text.
    Html,
    /// Markup in the feed itself: `<` as text is no tag.
    Markup,
    /// A document in base64: HTML or plain text.
    Base64(TextKind),
}

/// The text of a field so far.
pub(super) struct Collector {
    mode: Mode,
    text: String,
    has_tags: bool,
    max_bytes: usize,
}

impl Collector {
    pub(super) fn new(ns: Ns, field: Field, attributes: &Attributes<'_>, max_bytes: usize) -> Self {
        let mode = if field.is_rich() { mode(ns, attributes) } else { Mode::Plain };
        Self { mode, text: String::new(), has_tags: false, max_bytes }
    }

    /// Text with references.
    pub(super) fn text(&mut self, text: &str) {
        // What is resolved is shorter than how it is written.
        self.text.reserve(text.len().min(self.max_bytes.saturating_sub(self.text.len())));
        token::decode(text, |piece| self.verbatim(piece));
    }

    /// Text as it is meant.
    pub(super) fn verbatim(&mut self, text: &str) {
        if self.mode == Mode::Markup {
            self.push(&partial_escape(text));
        } else {
            self.push(text);
        }
    }

    pub(super) fn open_tag(&mut self, name: &str, rest: &str) {
        self.has_tags = true;
        if self.text.len() >= self.max_bytes {
            return;
        }
        self.text.push('<');
        self.push(without_prefix(name));
        attributes::for_html(rest, &mut self.text);
        self.text.push('>');
    }

    pub(super) fn close_tag(&mut self, name: &str) {
        let name = without_prefix(name);
        if !matches!(name, "br" | "img" | "hr" | "input" | "wbr" | "source") {
            for piece in ["</", name, ">"] {
                self.push(piece);
            }
        }
    }

    fn push(&mut self, text: &str) {
        let room = self.max_bytes.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
        } else {
            self.text.push_str(&text[..text.floor_char_boundary(room)]);
        }
    }

    /// The text, trimmed, as what it was written for.
    pub(super) fn value(self) -> String {
        from_c1(trimmed(self.text))
    }

    /// The text with its kind and its links made absolute.
    pub(super) fn finish(self, scope: &Scope) -> Rich {
        let (value, kind) = match self.mode {
            Mode::Base64(kind) => (trimmed(from_base64(&self.text)), kind),
            Mode::Plain if !self.has_tags => (self.text, TextKind::Plain),
            Mode::Html
                if !self.has_tags
                    && memchr::memchr2(b'<', b'&', self.text.as_bytes()).is_none() =>
            {
                (self.text, TextKind::Plain)
            }
            Mode::Plain | Mode::Html => (self.text, TextKind::Html),
            Mode::Markup => (self.text, TextKind::Xhtml),
        };
        let mut value = from_c1(trimmed(value));
        if let Some(base) = &scope.base
            && kind != TextKind::Plain
            && let std::borrow::Cow::Owned(absolute) = uri::absolute(&value, base)
        {
            value = absolute;
        }
        Rich { value, kind, language: scope.language.clone(), base: scope.base.clone() }
    }
}

/// Without white space at both ends, in place.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    let start = text.len() - text.trim_start().len();
    if start > 0 {
        text.drain(..start);
    }
    text
}

fn without_prefix(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// RSS writes HTML as text; Atom says what it writes, in two ways by its two versions.
fn mode(ns: Ns, attributes: &Attributes<'_>) -> Mode {
    if ns == Ns::Xhtml {
        return Mode::Markup;
    }
    let kind = attributes.get("type").map(|kind| kind.to_ascii_lowercase());
    if ns != Ns::Atom && kind.is_none() {
        return Mode::Html;
    }
    let kind = kind.as_deref().unwrap_or("text").split(';').next().unwrap_or_default().trim();
    let html_or_plain = if kind.contains("html") { TextKind::Html } else { TextKind::Plain };
    match (attributes.get("mode").as_deref(), kind) {
        (Some("base64"), _) => Mode::Base64(html_or_plain),
        (Some("escaped"), "text" | "text/plain") | (_, "" | "text" | "text/plain" | "plain") => {
            Mode::Plain
        }
        (Some("escaped"), _) | (_, "html" | "text/html") => Mode::Html,
        (_, "xhtml" | "application/xhtml+xml") | (Some("xml"), _) => Mode::Markup,
        (_, kind) if kind.starts_with("text/") => Mode::Plain,
        (_, kind) if kind.ends_with("xml") => Mode::Markup,
        _ if ns != Ns::Atom => Mode::Html,
        // Atom 1.0 writes all else in base64.
        _ => Mode::Base64(html_or_plain),
    }
}

/// Control characters of Latin-1 are windows-1252 that was taken for it.
fn from_c1(text: String) -> String {
    let bytes = text.as_bytes();
    let is_c1 = |at: usize| bytes.get(at + 1).is_some_and(|byte| *byte < 0xa0);
    if !memchr::memchr_iter(0xc2, bytes).any(is_c1) {
        return text;
    }
    text.chars().map(|c| entity::windows_1252(c).unwrap_or(c)).collect()
}

fn from_base64(text: &str) -> String {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match base64::engine::general_purpose::STANDARD.decode(&packed) {
        Ok(bytes) => crate::decode::decode(&bytes, None).text,
        // Said to be base64 and is not: it is what it looks like.
        Err(_) => text.to_owned(),
    }
}

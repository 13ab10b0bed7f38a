//! Collects the text of a field: plain, HTML written as text, or markup in the feed itself.

use base64::Engine;
use quick_xml::{escape::partial_escape, events::BytesStart};

use super::super::Rich;
use super::super::build::Attributes;
use super::super::field::Field;
use super::super::names::Ns;
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
    /// HTML in base64 (Atom 0.3).
    Base64,
}

/// The text of a field so far.
pub(super) struct Collector {
    mode: Mode,
    text: String,
    has_tags: bool,
}

impl Collector {
    pub(super) fn new(ns: Ns, field: Field, attributes: &Attributes) -> Self {
        Self { mode: mode(ns, field, attributes), text: String::new(), has_tags: false }
    }

    pub(super) fn push_text(&mut self, text: &str, max_bytes: usize) {
        if self.mode == Mode::Markup {
            self.push(&partial_escape(text), max_bytes);
        } else {
            self.push(text, max_bytes);
        }
    }

    pub(super) fn open_tag(&mut self, element: &BytesStart<'_>, max_bytes: usize) {
        self.has_tags = true;
        let name = without_prefix(element.name().into_inner());
        let tag = format!("<{name}{}>", attributes_of(element));
        self.push(&tag, max_bytes);
    }

    pub(super) fn close_tag(&mut self, name: &str, max_bytes: usize) {
        let name = without_prefix(name);
        if !matches!(name, "br" | "img" | "hr" | "input" | "wbr" | "source") {
            self.push(&format!("</{name}>"), max_bytes);
        }
    }

    fn push(&mut self, text: &str, max_bytes: usize) {
        let room = max_bytes.saturating_sub(self.text.len());
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
    }

    pub(super) fn finish(self) -> Rich {
        let is_html = !matches!(self.mode, Mode::Plain) || self.has_tags;
        let value = match self.mode {
            Mode::Base64 => from_base64(&self.text),
            _ => from_c1(self.text),
        };
        Rich { value, is_html }
    }
}

fn without_prefix(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn attributes_of(element: &BytesStart<'_>) -> String {
    let raw = element.attributes_raw().trim_end_matches('/');
    if raw.contains("xmlns") { String::new() } else { raw.trim_end().to_owned() }
}

/// RSS writes HTML as text; Atom says what it writes, in two ways by its two versions.
fn mode(ns: Ns, field: Field, attributes: &Attributes) -> Mode {
    if !matches!(field, Field::Title | Field::Summary | Field::Content) {
        return Mode::Plain;
    }
    if ns == Ns::Xhtml {
        return Mode::Markup;
    }
    if ns != Ns::Atom {
        return Mode::Html;
    }
    let kind = attributes.kind.as_deref().unwrap_or("text").to_ascii_lowercase();
    match (attributes.mode.as_deref(), kind.as_str()) {
        (Some("base64"), _) => Mode::Base64,
        (Some("escaped"), "text" | "text/plain") | (_, "" | "text" | "text/plain" | "plain") => {
            Mode::Plain
        }
        (Some("escaped"), _) | (_, "html" | "text/html") => Mode::Html,
        (_, "xhtml" | "application/xhtml+xml") | (Some("xml"), _) => Mode::Markup,
        (_, kind) if kind.starts_with("text/") => Mode::Plain,
        (_, kind) if kind.ends_with("xml") => Mode::Markup,
        // Atom 1.0 writes all else in base64.
        _ => Mode::Base64,
    }
}

/// Control characters of Latin-1 are windows-1252 that was taken for it.
fn from_c1(text: String) -> String {
    let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if !text.contains(is_c1) {
        return text;
    }
    text.chars().map(|c| entity::windows_1252(c).unwrap_or(c)).collect()
}

fn from_base64(text: &str) -> String {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).unwrap_or_default();
    crate::decode::decode(&bytes, None).text
}

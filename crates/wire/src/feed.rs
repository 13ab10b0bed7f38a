//! RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 and JSON Feed: one lenient reader, one result.

mod build;
mod field;
mod json;
mod names;
mod xml;

use dateline_record::Timestamp;
use url::Url;

use crate::{Problem, date::Quality};

/// Bounds of what one feed may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Elements within elements; a deeper feed is read up to there.
    pub max_depth: usize,
    /// Items and deletions; the rest is left out.
    pub max_items: usize,
    /// Bytes of one attribute's value; a longer one is ignored.
    pub max_attribute_bytes: usize,
    /// Bytes of one field's text; the rest is cut.
    pub max_field_bytes: usize,
    /// Problems that are listed; later ones are not.
    pub max_problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: 100,
            max_items: 2_000,
            max_attribute_bytes: 64 * 1024,
            max_field_bytes: 2 * 1024 * 1024,
            max_problems: 20,
        }
    }
}

/// A feed, whatever its format.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Feed {
    /// Its title, as plain text.
    pub title: Option<String>,
    /// The page that it belongs to.
    pub link: Option<String>,
    /// The language of its items, where they do not say (BCP 47).
    pub language: Option<String>,
    /// For how many minutes it may be kept, as RSS says it.
    pub ttl_minutes: Option<u32>,
    /// Its items, in its order.
    pub items: Vec<Item>,
    /// Items that it takes back (RFC 6721).
    pub deleted: Vec<Deleted>,
    /// What could not be read; the rest was.
    pub problems: Vec<Problem>,
}

/// One item of a feed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Item {
    /// The id that the feed gives it: guid, atom:id or rdf:about.
    pub id: Option<String>,
    /// The article's page, absolute where the feed's base allows it.
    pub link: Option<String>,
    /// The title, as plain text.
    pub title: Option<String>,
    /// The summary or description.
    pub summary: Option<Rich>,
    /// The full text, where the feed carries it.
    pub content: Option<Rich>,
    /// The authors' names, as far as they can be told from addresses.
    pub authors: Vec<String>,
    /// When it was first published.
    pub published: Option<Moment>,
    /// When it was last changed.
    pub updated: Option<Moment>,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// Categories and subjects.
    pub categories: Vec<String>,
}

/// Text of a feed with its kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rich {
    /// The text.
    pub value: String,
    /// Whether `value` is HTML or plain text.
    pub is_html: bool,
}

/// A time of a feed: as written, and as a moment where it can be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moment {
    /// As written.
    pub text: String,
    /// The moment.
    pub at: Option<Timestamp>,
    /// How much of it was written and how much is assumed.
    pub quality: Option<Quality>,
}

/// An item that the feed takes back.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Deleted {
    /// The id of the item.
    pub id: String,
    /// When it was taken back.
    pub when: Option<Moment>,
}

impl Rich {
    /// The text as a fragment of HTML.
    pub fn html(&self) -> String {
        if self.is_html {
            return self.value.clone();
        }
        quick_xml::escape::partial_escape(self.value.as_str()).into_owned()
    }
}

impl Moment {
    /// Reads a time and keeps what was written.
    pub fn read(text: &str) -> Self {
        let date = crate::date::parse(text);
        Self {
            text: text.to_owned(),
            at: date.map(|date| date.at),
            quality: date.map(|date| date.quality),
        }
    }
}

/// Reads a feed of any format. `base` is where it was fetched, for relative links.
///
/// No feed fails as a whole: what can be read is read, and the rest is in `problems`.
pub fn parse(text: &str, base: Option<&Url>, limits: &Limits) -> Feed {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return json::parse(text, base, limits);
    }
    xml::parse(text, base, limits)
}

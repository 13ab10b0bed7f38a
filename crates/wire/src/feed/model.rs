//! What a feed says, whatever its format.

use std::sync::Arc;

use dateline_record::Timestamp;
use url::Url;

use super::plain;
use crate::{Problem, date::Quality};

/// A feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// What is said of the feed itself.
    pub about: About,
    /// When it wants to be asked again.
    pub updates: Updates,
    /// Its items, in its order.
    pub items: Vec<Item>,
    /// Items that it takes back (RFC 6721).
    pub deleted: Vec<Deleted>,
    /// What could not be read; the rest was.
    pub problems: Vec<Problem>,
}

/// When a feed wants to be asked again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Updates {
    /// For how many minutes it may be kept, as RSS says it.
    pub ttl_minutes: Option<u32>,
    /// `hourly` to `yearly` (RSS syndication module).
    pub period: Option<String>,
    /// Updates within that period.
    pub frequency: Option<u32>,
}

/// One item of a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// What is said of it as of any other thing.
    pub about: About,
    /// The summary or description.
    pub summary: Option<Rich>,
    /// The full text, where the feed carries it; the longest where there are several.
    pub content: Option<Rich>,
    /// The page with the readers' comments.
    pub comments: Option<String>,
    /// After that it is no longer meant to be shown.
    pub expires: Option<Moment>,
    /// The place that it is about (`GeoRSS`).
    pub place: Option<Box<Place>>,
    /// The feed from which it was taken over.
    pub source: Option<Box<About>>,
}

/// What feeds, items and the sources of items have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The id that the feed gives: guid, atom:id or rdf:about.
    pub id: Option<String>,
    /// The title, as it was written.
    pub title: Option<Rich>,
    /// A second title or the description of a feed.
    pub subtitle: Option<Rich>,
    /// A word to those who see the feed itself (Atom 0.3).
    pub info: Option<Rich>,
    /// The page, absolute where the feed's base allows it.
    pub link: Option<String>,
    /// All links and enclosures that say what they are.
    pub links: Vec<Link>,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// The authors.
    pub authors: Vec<Person>,
    /// Those who helped.
    pub contributors: Vec<Person>,
    /// Who publishes it.
    pub publisher: Option<Box<Person>>,
    /// Categories and subjects.
    pub categories: Vec<Category>,
    /// Who may do what with it.
    pub rights: Option<Rich>,
    /// When it was first published.
    pub published: Option<Moment>,
    /// When it was last changed.
    pub updated: Option<Moment>,
    /// When it was made, before it was published.
    pub created: Option<Moment>,
    /// The address of its image or logo.
    pub image: Option<String>,
    /// The address of its icon.
    pub icon: Option<String>,
    /// What made the feed.
    pub generator: Option<Box<Generator>>,
}

impl About {
    /// The title as plain text on one line.
    pub fn plain_title(&self) -> Option<String> {
        self.title.as_ref().map(Rich::plain).filter(|title| !title.is_empty())
    }

    /// The address of the first link with that relation, for example `hub` or `self`.
    pub fn link_with_rel(&self, rel: &str) -> Option<&str> {
        self.links.iter().find(|link| link.rel == rel).map(|link| link.href.as_str())
    }

    /// Files that belong to it.
    pub fn enclosures(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(|link| link.rel == "enclosure")
    }
}

/// A link with all that is said of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Link {
    /// The address, absolute where the feed's base allows it.
    pub href: String,
    /// `alternate`, `enclosure`, `self`, `hub` and so on.
    pub rel: String,
    /// The media type.
    pub kind: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The language of what it leads to.
    pub language: Option<String>,
    /// The length in bytes, as written.
    pub length: Option<String>,
}

/// Somebody.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Person {
    /// The name.
    pub name: Option<String>,
    /// The address for mail.
    pub email: Option<String>,
    /// The page.
    pub uri: Option<String>,
}

impl Person {
    /// The name, else the address for mail.
    pub fn display(&self) -> Option<&str> {
        self.name.as_deref().or(self.email.as_deref())
    }
}

/// A category or subject.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Category {
    /// The category.
    pub term: String,
    /// The scheme that it is of.
    pub scheme: Option<String>,
    /// What readers are to see.
    pub label: Option<String>,
}

/// What made a feed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Generator {
    /// Its name.
    pub name: String,
    /// Its page.
    pub uri: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// A place on the earth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// What the points are.
    pub shape: Shape,
    /// Latitude and longitude of each point in degrees, as the feed orders them.
    pub points: Vec<(f64, f64)>,
}

/// What the points of a place are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Shape {
    /// One point.
    #[default]
    Point,
    /// A way.
    Line,
    /// The border of an area.
    Polygon,
    /// Two corners of a box.
    Box,
}

/// Text of a feed with its kind.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rich {
    /// The text.
    pub value: String,
    /// What `value` is.
    pub kind: TextKind,
    /// The language in force where it stands (BCP 47).
    pub language: Option<Arc<str>>,
    /// What its relative links were relative to; in `value` they are absolute.
    pub base: Option<Arc<Url>>,
}

/// What a text is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TextKind {
    /// Plain text.
    #[default]
    Plain,
    /// HTML.
    Html,
    /// XHTML, written as markup of the feed.
    Xhtml,
}

impl Rich {
    /// Text of that kind.
    pub fn new(value: impl Into<String>, kind: TextKind) -> Self {
        Self { value: value.into(), kind, language: None, base: None }
    }

    /// The text as a fragment of HTML.
    pub fn html(&self) -> String {
        match self.kind {
            TextKind::Html | TextKind::Xhtml => self.value.clone(),
            TextKind::Plain => quick_xml::escape::partial_escape(self.value.as_str()).into_owned(),
        }
    }

    /// The text without markup, on one line.
    pub fn plain(&self) -> String {
        match self.kind {
            TextKind::Html | TextKind::Xhtml => plain::of_html(&self.value),
            TextKind::Plain => plain::collapse(&self.value),
        }
    }
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

/// An item that the feed takes back.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Deleted {
    /// The id of the item.
    pub id: String,
    /// When it was taken back.
    pub when: Option<Moment>,
}

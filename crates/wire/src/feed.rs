//! RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, CDF and JSON Feed: one lenient reader, one result.

mod build;
mod field;
mod json;
mod model;
mod names;
mod plain;
mod uri;
mod xml;

pub use model::{
    About, Category, Deleted, Feed, Generator, Item, Link, Moment, Person, Place, Rich, Shape,
    TextKind, Updates,
};

use url::Url;

/// Bounds of what one feed may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Elements within elements; a deeper feed is read up to there.
    pub max_depth: usize,
    /// Items and deletions; the rest is left out.
    pub max_items: usize,
    /// Authors, categories or links of one item; the rest is left out.
    pub max_list: usize,
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
            max_list: 100,
            max_attribute_bytes: 64 * 1024,
            max_field_bytes: 2 * 1024 * 1024,
            max_problems: 20,
        }
    }
}

/// What is known of a feed before it is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Where it was fetched, for relative links; `Content-Location` where the answer has one.
    pub base: Option<&'a Url>,
    /// The `Content-Language` of the answer.
    pub language: Option<&'a str>,
}

/// What the relative links of a document are relative to: its `Content-Location`, where that is
/// an address of the web, else its own address.
pub fn base_of(document: &Url, content_location: Option<&str>) -> Url {
    let location = content_location.and_then(|location| document.join(location).ok());
    let location = location.filter(|location| matches!(location.scheme(), "http" | "https"));
    location.unwrap_or_else(|| document.clone())
}

/// Reads a feed of any format. `base` is where it was fetched, for relative links.
///
/// No feed fails as a whole: what can be read is read, and the rest is in `problems`.
pub fn parse(text: &str, base: Option<&Url>, limits: &Limits) -> Feed {
    parse_in(text, &Context { base, language: None }, limits)
}

/// The same, with all that the answer's headers say.
pub fn parse_in(text: &str, context: &Context<'_>, limits: &Limits) -> Feed {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return json::parse(text, context.base, limits);
    }
    xml::parse(text, context, limits)
}

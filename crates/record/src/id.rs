//! Identifiers: every id is derived from content, so the same story has the same id everywhere.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::EventType;

/// Bytes of a digest that an id keeps: 128 bits, 32 hexadecimal digits.
const ID_BYTES: usize = 16;

/// Separates the parts of a digest's input, so that ("ab", "c") and ("a", "bc") differ.
const UNIT_SEPARATOR: u8 = 0x1f;

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
        hasher.update([UNIT_SEPARATOR]);
    }
    hex(&hasher.finalize()[..ID_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// Names one story for ever, whatever its revision: 32 hexadecimal digits.
    StoryId
}

text_id! {
    /// Names one event of one story: 32 hexadecimal digits.
    EventId
}

text_id! {
    /// Names a source as its file does, for example `example-news`.
    SourceId
}

text_id! {
    /// SHA-256 of some content, cut to 32 hexadecimal digits.
    ContentHash
}

impl StoryId {
    /// The id of the story that `provider` calls `provider_id` (its own id, else the canonical URL).
    pub fn derive(provider: &str, provider_id: &str) -> Self {
        Self(digest([provider.as_bytes(), provider_id.as_bytes()]))
    }

    /// Takes over an id that was derived before, for example one typed by an operator.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl EventId {
    /// The id of the event of type `kind` between two actors on an occasion: its days, its place, or
    /// its number where a story tells several alike. How a sentence words it does not matter, so that
    /// a revision keeps the ids of what it does not change.
    pub fn derive(story: &StoryId, kind: EventType, sides: (&str, &str), occasion: &str) -> Self {
        Self(digest([
            story.as_str().as_bytes(),
            kind.as_str().as_bytes(),
            sides.0.as_bytes(),
            sides.1.as_bytes(),
            occasion.as_bytes(),
        ]))
    }

    /// The id of another event that is alike, by its number.
    #[must_use]
    pub fn again(&self, number: usize) -> Self {
        Self(digest([self.0.as_bytes(), number.to_string().as_bytes()]))
    }
}

/// What the same event has in every story that tells it: made of type, sides, days, and whether it is
/// so; not of the story, the wording or the place, which outlets give more or less finely.
pub fn event_key(kind: EventType, sides: (&str, &str), days: &str, is_so: bool) -> String {
    let is_so = if is_so { "so" } else { "not" };
    let parts = [kind.as_str(), sides.0, sides.1, days, is_so];
    digest(parts.map(str::as_bytes))
}

impl SourceId {
    /// A source id; `None` where `text` is not 1 to 100 of `a-z 0-9 . _ -`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty()
            && text.len() <= 100
            && text.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
            });
        fits.then(|| Self(text.to_owned()))
    }

    /// A source id made from any text: what does not fit becomes `-`.
    pub fn from_lossy(text: &str) -> Self {
        let mut name: String = text
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' })
            .take(100)
            .collect();
        if name.is_empty() {
            name.push('-');
        }
        Self(name)
    }
}

impl ContentHash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(digest([bytes]))
    }

    /// Takes over a hash that was made before, for example one that was packed into fewer bytes.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_golden() {
        // A change of these values would give every story a second id: it needs a new topic version.
        assert_eq!(
            StoryId::derive("reuters.com", "tag:reuters.com,2014:newsml_L3N0S2").as_str(),
            "20654ad327af4667131c9dc1fdc178e8"
        );
        assert_eq!(ContentHash::of(b"").as_str(), "ffe679bb831c95b67dc17819c63c5090");
    }

    #[test]
    fn the_border_between_provider_and_id_counts() {
        assert_ne!(StoryId::derive("ab", "c"), StoryId::derive("a", "bc"));
    }

    #[test]
    fn source_ids() {
        let check = |text: &str, fits: bool| {
            assert_eq!(SourceId::parse(text).is_some(), fits, "{text:?}");
        };
        check("example-news", true);
        check("a.b_c-9", true);
        check("", false);
        check("Upper", false);
        check("../etc", false);
        check(&"x".repeat(101), false);
        assert_eq!(SourceId::from_lossy("My Folder/é").as_str(), "my-folder--");
        assert!(SourceId::parse(SourceId::from_lossy("Ä").as_str()).is_some());
    }
}

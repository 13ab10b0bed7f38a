//! Stories as JSON Lines: one object a line, with at least a text or a title.

use std::ops::Range;

use dateline_record::{FaultCode, JsonFields, Signal, Status, Timestamp};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::{Problem, date};

/// One story. Unknown fields are ignored.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct JsonStory {
    /// The provider's own id, a string or a number.
    #[serde(default, deserialize_with = "text_or_number")]
    pub id: Option<String>,
    /// The headline.
    #[serde(default, deserialize_with = "null_as_default")]
    pub title: String,
    /// The text: paragraphs with an empty line between them.
    #[serde(default, deserialize_with = "null_as_default")]
    pub text: String,
    /// The text as a fragment of HTML, where it is given so.
    #[serde(skip)]
    pub html: Option<String>,
    /// When it was first published, as written.
    #[serde(default, deserialize_with = "text_or_number")]
    pub published: Option<String>,
    /// `published` as a moment; none where it cannot be read.
    #[serde(skip)]
    pub published_at: Option<Timestamp>,
    /// The provider's version, as written: a number orders the versions of a story.
    #[serde(default, deserialize_with = "text_or_number")]
    pub version: Option<String>,
    /// Whether the story may be used: `usable`, `embargoed`, `withheld`, `canceled`.
    #[serde(default)]
    pub status: Option<Status>,
    /// Why this version was sent: `new`, `update`, `correction`, `kill`.
    #[serde(default)]
    pub signal: Option<Signal>,
    /// Where the story can be read.
    #[serde(default)]
    pub url: Option<String>,
    /// The language (BCP 47).
    #[serde(default)]
    pub language: Option<String>,
    /// An embargoed story may not be used before this time.
    #[serde(default, deserialize_with = "embargo")]
    pub embargoed_until: Option<Timestamp>,
    /// The authors, a list or one text.
    #[serde(default, deserialize_with = "one_or_many")]
    pub authors: Vec<String>,
}

/// The lines of a file that are not empty, each with its bytes, without the line's end.
pub fn split(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let mut position = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(position..).filter(|rest| !rest.is_empty())?;
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest[..length].trim_ascii();
            let skipped = rest[..length].len() - rest[..length].trim_ascii_start().len();
            let start = position + skipped;
            position += length + 1;
            if !line.is_empty() {
                return Some(start..start + line.len());
            }
        }
    })
}

/// Reads one object.
pub fn parse(bytes: &[u8]) -> Result<JsonStory, Problem> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(bad(".", "the line is no JSON object: write one {...} a line"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut story: JsonStory = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| bad(&error.path().to_string(), &error.into_inner().to_string()))?;
    deserializer.end().map_err(|error| bad(".", &error.to_string()))?;
    story.published_at = story.published.as_deref().and_then(date::parse).map(|date| date.at);
    let is_recall = story.status.is_some_and(Status::recalls) || story.signal == Some(Signal::Kill);
    if story.text.trim().is_empty() && story.title.trim().is_empty() && !is_recall {
        return Err(bad("text", "text and title are empty: give the story a text"));
    }
    Ok(story)
}

/// Reads one object whose parts lie where `fields` says. Its status is not read: what the words
/// mean, only the source can tell.
pub fn parse_fields(bytes: &[u8], fields: &JsonFields) -> Result<JsonStory, Problem> {
    let item: Value =
        serde_json::from_slice(bytes).map_err(|error| bad(".", &error.to_string()))?;
    let value = |pointer: &str| match item.pointer(pointer)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let part = |pointer: &Option<String>| pointer.as_deref().and_then(value);
    let published = part(&fields.published);
    let embargo = part(&fields.embargoed_until);
    let embargoed_until = embargo.as_deref().and_then(date::parse).map(|date| date.at);
    if embargo.is_some() && embargoed_until.is_none() {
        return Err(bad("embargoed_until", "it is no time: write it like 2014-10-07T09:30:00Z"));
    }
    Ok(JsonStory {
        id: value(&fields.id),
        title: part(&fields.title).unwrap_or_default(),
        text: part(&fields.text).unwrap_or_default(),
        html: part(&fields.html),
        published_at: published.as_deref().and_then(date::parse).map(|date| date.at),
        published,
        version: part(&fields.version),
        url: part(&fields.url),
        language: part(&fields.language),
        embargoed_until,
        ..JsonStory::default()
    })
}

fn bad(field: &str, what: &str) -> Problem {
    Problem::new(FaultCode::BadDocument, field, what)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(serde_json::Number),
}

fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = Option::<TextOrNumber>::deserialize(from)
        .map_err(|_| de::Error::custom("expected a string or a number"))?;
    let text = value.map(|value| match value {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    });
    Ok(text.filter(|text| !text.trim().is_empty()))
}

fn null_as_default<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn embargo<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    let read = date::parse(&text).map(|date| date.at);
    // A story must not slip out because its embargo was mistyped.
    read.map(Some).ok_or_else(|| {
        de::Error::custom(format!("{text:?} is no time; write it like 2014-10-07T09:30:00Z"))
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let value = Option::<OneOrMany>::deserialize(from)
        .map_err(|_| de::Error::custom("expected a list of names or one name"))?;
    Ok(match value {
        None => Vec::new(),
        Some(OneOrMany::One(name)) => vec![name],
        Some(OneOrMany::Many(names)) => names,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_lines() {
        let check = |file: &str, expected: &[&str]| {
            let lines: Vec<&str> = split(file.as_bytes()).map(|range| &file[range]).collect();
            assert_eq!(lines, expected, "{file:?}");
        };
        check("", &[]);
        check("{}", &["{}"]);
        check("{}\n", &["{}"]);
        check("\u{feff}{1}\r\n\n  {2}  \n\n", &["{1}", "{2}"]);
    }

    #[test]
    fn reads_what_providers_write() {
        let story = parse(
            br#"{"id": 7, "title": null, "text": "A.", "published": "7 Oct 2014 10:00 GMT",
                 "version": 3, "status": "canceled", "authors": "A Writer", "more": [1]}"#,
        )
        .unwrap();
        assert_eq!(story.id.as_deref(), Some("7"));
        assert_eq!(story.version.as_deref(), Some("3"));
        assert_eq!(story.status, Some(Status::Canceled));
        assert_eq!(story.authors, ["A Writer"]);
        assert_eq!(story.published_at.unwrap().to_string(), "2014-10-07T10:00:00.000Z");
    }

    #[test]
    fn says_which_field_is_wrong() {
        let check = |line: &str, field: &str| {
            assert_eq!(parse(line.as_bytes()).unwrap_err().field, field, "{line}");
        };
        check(r#"{"text": "a", "id": {}}"#, "id");
        check(r#"{"text": 7}"#, "text");
        check(r#"{"text": "a", "status": "dead"}"#, "status");
        check(r#"{"text": "a", "embargoed_until": "soon"}"#, "embargoed_until");
        check(r#"{"id": "7"}"#, "text");
        check(r#"{"text": "a"} {}"#, ".");
        check("[1]", ".");
        check(r#"{"text": "cut"#, "text");
    }

    #[test]
    fn a_kill_needs_no_text() {
        assert!(parse(br#"{"id": "7", "signal": "kill"}"#).is_ok());
        assert!(parse(br#"{"id": "7", "status": "withheld"}"#).is_ok());
    }

    #[test]
    fn finds_parts_where_they_are_said_to_be() {
        let pointer = |text: &str| Some(text.to_owned());
        let fields = JsonFields {
            id: "/sys/uuid".to_owned(),
            version: pointer("/sys/rev"),
            title: pointer("/heads/0"),
            html: pointer("/body"),
            published: pointer("/at"),
            embargoed_until: pointer("/hold"),
            ..JsonFields::default()
        };
        let json = r#"{"sys": {"uuid": "u1", "rev": 3}, "heads": ["Ministers meet"],
            "body": "<p>They met.</p>", "at": "2026-03-02T10:00:00Z", "hold": null}"#;
        let story = parse_fields(json.as_bytes(), &fields).unwrap();
        assert_eq!(story.id.as_deref(), Some("u1"));
        assert_eq!(story.version.as_deref(), Some("3"));
        assert_eq!(story.title, "Ministers meet");
        assert_eq!(story.html.as_deref(), Some("<p>They met.</p>"));
        assert!(story.published_at.is_some() && story.embargoed_until.is_none());
        let held = json.replace("null", "\"next week\"");
        assert_eq!(parse_fields(held.as_bytes(), &fields).unwrap_err().field, "embargoed_until");
        assert!(parse_fields(b"not JSON", &fields).is_err());
    }
}

//! `RawStory`: one version of a story as it arrived, byte for byte, on `dateline.raw.v1`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::plain_url;
use crate::{
    Access, Facts, JsonFields, Payload, Provenance, Record, Revision, Signal, SourceId, Status,
    StoryId, Timestamp,
};

/// One version of a story as it arrived, with its bytes untouched.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RawStory {
    /// Names the story whatever its revision; derived from provider and provider id.
    pub story_id: StoryId,
    /// Orders the versions of the story.
    pub revision: Revision,
    /// Whether the story may be used.
    #[serde(default)]
    pub status: Status,
    /// Why this version was sent.
    #[serde(default)]
    pub signal: Signal,
    /// The source that brought it.
    pub source_id: SourceId,
    /// Who gave the story its id: an agency or a site, for example `example.com`.
    pub provider: String,
    /// The provider's own id of the story, else its canonical URL.
    pub provider_id: String,
    /// The provider's own version, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_version: Option<String>,
    /// Where the story can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The title as the feed or the wire gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When the provider says that the story was first published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// The provider's text for that time, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_text: Option<String>,
    /// When the provider says that this version was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// An embargoed story may not be used before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<Timestamp>,
    /// The language that the provider declares, as a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// 1 (flash) to 5 (routine), on one scale for all providers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<u8>,
    /// The wire's own word for the urgency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency_text: Option<String>,
    /// A note to editors, a daybook or the like: it is kept and never coded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_advisory: bool,
    /// The id under which the wire sent this version, where it is another one than that of the
    /// story that it updates, corrects or kills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// The note to editors, for example what was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ed_note: Option<String>,
    /// The slug or keyword line of a wire story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// A dateline that the wire gives apart from the body, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<String>,
    /// Authors as the feed or the wire gave them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// When the fetcher received the bytes.
    pub fetched_at: Timestamp,
    /// What kind of document the body is.
    pub format: Format,
    /// How the body's bytes become text, where the fetcher knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<Charset>,
    /// The document as received.
    pub body: Payload,
    /// The request that brought the body, where it came by HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpExchange>,
    /// Whether the page showed the story, as far as the fetcher can tell. Where it did not, the
    /// body may be what the feed says.
    #[serde(default, skip_serializing_if = "is_open")]
    pub access: Access,
    /// Where a `json_story` has its parts, where it is not of Dateline's own form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Box<JsonFields>>,
    /// What made this record.
    #[serde(default)]
    pub provenance: Provenance,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_open(access: &Access) -> bool {
    *access == Access::Open
}

impl RawStory {
    /// A usable first version of which only the origin and the bytes are known.
    pub fn new(
        provider: &str,
        provider_id: &str,
        format: Format,
        body: impl Into<Vec<u8>>,
        fetched_at: Timestamp,
    ) -> Self {
        Self {
            story_id: StoryId::derive(provider, provider_id),
            revision: Revision::from_time(fetched_at),
            status: Status::Usable,
            signal: Signal::New,
            source_id: SourceId::from_lossy(provider),
            provider: provider.to_owned(),
            provider_id: provider_id.to_owned(),
            provider_version: None,
            url: None,
            title: None,
            published_at: None,
            published_text: None,
            modified_at: None,
            embargoed_until: None,
            language: None,
            urgency: None,
            urgency_text: None,
            is_advisory: false,
            item_id: None,
            ed_note: None,
            slug: None,
            dateline: None,
            authors: Vec::new(),
            fetched_at,
            format,
            charset: None,
            body: Payload::new(body),
            http: None,
            access: Access::Open,
            fields: None,
            provenance: Provenance::default(),
        }
    }
}

/// What kind of document a body is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text, one story.
    Text,
    /// A web page.
    Html,
    /// A fragment of HTML, for example the content of a feed item.
    HtmlFragment,
    /// One `<REUTERS>` element of the Reuters-21578 collection.
    ReutersSgml,
    /// One object of JSON: `{id, title, text, published}`, or with its parts where `fields` says.
    JsonStory,
    /// An item of NewsML-G2 2.x.
    NewsmlG2,
    /// An item of NewsML 1.x.
    Newsml1,
    /// A NITF document.
    Nitf,
    /// An item of ninjs 1.x, 2.x or 3.x.
    Ninjs,
    /// A message of ANPA 1312.
    Anpa1312,
    /// A message of IPTC 7901.
    Iptc7901,
    /// An item of the AP Media API.
    ApMedia,
}

impl Format {
    /// The word that stands in records and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::HtmlFragment => "html_fragment",
            Self::ReutersSgml => "reuters_sgml",
            Self::JsonStory => "json_story",
            Self::NewsmlG2 => "newsml_g2",
            Self::Newsml1 => "newsml1",
            Self::Nitf => "nitf",
            Self::Ninjs => "ninjs",
            Self::Anpa1312 => "anpa1312",
            Self::Iptc7901 => "iptc7901",
            Self::ApMedia => "ap_media",
        }
    }
}

/// How the body's bytes become text, and why it is thought so.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Charset {
    /// The encoding's name in the WHATWG Encoding Standard, for example `windows-1252`.
    pub name: String,
    /// What decided: `bom`, `http`, `declaration`, `utf8` or `guess`.
    pub basis: String,
}

/// The request that brought a body.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct HttpExchange {
    /// The status code of the last response.
    pub status: u16,
    /// The response's headers, names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The URLs that redirected to the next, first the one asked for; empty where none did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<String>,
    /// What robots.txt said of the URL.
    pub robots: RobotsVerdict,
    /// Whether the body was cut at the limit of its bytes or by a broken connection.
    #[serde(default)]
    pub truncated: bool,
}

/// What robots.txt said of a URL.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RobotsVerdict {
    /// A rule allows it, or none forbids it.
    Allowed,
    /// The host has no robots.txt.
    Absent,
    /// The source is one for which robots.txt is not asked (a feed that was given by name).
    NotAsked,
}

impl Record for RawStory {
    const TOPIC: &'static str = "dateline.raw.v1";
    const DESCRIPTION: &'static str = "Stories as they arrived, byte for byte.";

    fn key(&self) -> Cow<'_, str> {
        self.story_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.source_id.as_str()
    }

    fn facts(&self) -> Facts {
        Facts {
            revision: Some(self.revision.0),
            url: self.url.as_deref().map(plain_url),
            http_status: self.http.as_ref().map(|http| http.status),
            format: Some(self.format.as_str().into()),
            bytes: Some(self.body.as_bytes().len() as u64),
            ..Facts::default()
        }
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.story_id, self.revision)
    }

    /// An embargoed story travels from the end of its embargo on, and is kept for as long as any.
    fn time(&self) -> Timestamp {
        let released = self.embargoed_until.filter(|_| !self.status.recalls());
        released.map_or(self.fetched_at, |at| at.max(self.fetched_at))
    }
}

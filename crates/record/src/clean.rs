//! `CleanStory`: the story and nothing but the story, on `dateline.clean.v1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ContentHash, Facts, Provenance, Record, Revision, Signal, Signature, SourceId, Status, StoryId,
    Timestamp,
};

/// One version of a story, freed of what the site or the wire added to it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CleanStory {
    /// Names the story whatever its revision.
    pub story_id: StoryId,
    /// Orders the versions of the story.
    pub revision: Revision,
    /// Whether the story may be used.
    pub status: Status,
    /// Why this version was sent.
    pub signal: Signal,
    /// A note to editors, a daybook or the like: it is kept and never coded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_advisory: bool,
    /// The source that brought it.
    pub source_id: SourceId,
    /// Who gave the story its id.
    pub provider: String,
    /// Where the story can be read: the canonical URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The headline.
    pub title: String,
    /// The line below the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// The byline as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byline: Option<String>,
    /// The authors, one name each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// The news agency that the story is from, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The dateline, which is not part of `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<Dateline>,
    /// When the story was first published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// Where the time of publishing was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_source: Option<TimeSource>,
    /// That time as written: the day may be another one in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_text: Option<String>,
    /// When this version was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// An embargoed story may not be used before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<Timestamp>,
    /// When the fetcher received the story.
    pub fetched_at: Timestamp,
    /// The language of the text.
    pub language: Language,
    /// The body: paragraphs with an empty line between them, no dateline, no furniture.
    pub text: String,
    /// The paragraphs of `text`, in order.
    pub paragraphs: Vec<Paragraph>,
    /// The site's section, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The site's or the wire's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Words of `text`.
    pub word_count: u32,
    /// Hash of title and text: equal where two versions say the same.
    pub content_hash: ContentHash,
    /// What `text` is compared by; absent where there are no three words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// Whether the page showed the whole story.
    pub access: Access,
    /// The rules that found the body, for example `text` or `news`.
    pub profile: String,
    /// What was removed and why, in the document's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// The first of the versions that said the same, where the one before this was known and did:
    /// whoever has its result need not make another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_since: Option<Revision>,
    /// What made this record.
    #[serde(default)]
    pub provenance: Provenance,
}

impl CleanStory {
    /// Hash of all that a later stage makes a result of, and of what made it: title, text (by the hash
    /// that the story has of it) and the rest, but not why and when the version came, where its bytes lay and what was removed.
    pub fn digest(&self) -> ContentHash {
        let dateline = self.dateline.as_ref().map(|dateline| {
            let Dateline { place, date, agency, text, span: _ } = dateline;
            (place, date, agency, text)
        });
        let kinds: Vec<_> = self.paragraphs.iter().map(|each| (each.span, each.kind)).collect();
        let said =
            (&self.title, &self.subtitle, &self.content_hash, kinds, dateline, &self.language);
        let who = (&self.byline, &self.authors, &self.agency, &self.provider, &self.url);
        let when = (self.published_at, &self.published_text, self.embargoed_until);
        let may = (self.status, self.is_advisory, self.access);
        let all = (said, who, when, may, &self.section, &self.tags, &self.provenance);
        // Strings, numbers and names of variants: nothing of it can fail to be written.
        ContentHash::of(&serde_json::to_vec(&all).unwrap_or_default())
    }
}

/// Where a wire story was written, by whom and when.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Dateline {
    /// The place as written, for example `TOKYO`.
    #[schemars(example = &"TOKYO")]
    pub place: String,
    /// The day as written, for example `Oct 7`.
    #[schemars(example = &"Oct 7")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The agency in brackets, for example `Reuters`.
    #[schemars(example = &"Reuters")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The whole dateline as written, with its dash.
    #[schemars(example = &"TOKYO, Oct 7 (Reuters) -")]
    pub text: String,
    /// Its bytes in the decoded input; absent where the wire gave it apart from the body.
    #[schemars(example = Span::new(40, 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// Bytes `start..end` of a text.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Span {
    /// The first byte.
    #[schemars(example = 0)]
    pub start: u32,
    /// One past the last byte.
    #[schemars(example = 27)]
    pub end: u32,
}

impl Span {
    /// The span `start..end`; texts are bounded far below 4 GB, and a longer one is held at the end.
    pub fn new(start: usize, end: usize) -> Self {
        let bounded = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: bounded(start), end: bounded(end) }
    }

    /// The span as a range of `usize`.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One paragraph of a story.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Paragraph {
    /// Its bytes in `text`.
    pub span: Span,
    /// Its bytes in the decoded input (UTF-8), from the first to the last that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_span: Option<Span>,
    /// What it is in the story.
    #[serde(default, skip_serializing_if = "ParagraphKind::is_text")]
    pub kind: ParagraphKind,
}

/// What a paragraph is in the story.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParagraphKind {
    /// Running text.
    #[default]
    Text,
    /// The line below the headline.
    Lead,
    /// A heading within the story.
    Heading,
    /// An item of a list.
    Item,
    /// A quotation set apart.
    Quote,
}

impl ParagraphKind {
    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// The language of a text and how sure that is.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Language {
    /// ISO 639-1 code, `und` where it could not be told.
    #[schemars(example = &"en")]
    pub code: String,
    /// How sure that is.
    #[schemars(example = Confidence::High)]
    pub confidence: Confidence,
}

/// How sure a decision is.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// Sure.
    High,
}

/// Where a time was read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// The feed item or the wire's header.
    Provider,
    /// The page's JSON-LD.
    JsonLd,
    /// A `<meta>` element of the page.
    Meta,
    /// A `<time>` element of the page.
    TimeElement,
    /// The story's text.
    Text,
}

/// Whether the page showed the whole story.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// All of it, as far as can be told.
    #[default]
    Open,
    /// A part, the rest for subscribers.
    Paywalled,
    /// Nothing: a page that asks whether the reader is human.
    Challenge,
}

/// One block that was removed.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Removed {
    /// The rule that removed it, for example `repeated_title`.
    pub reason: String,
    /// Its text, cut to 200 characters.
    pub text: String,
    /// Its bytes in the decoded input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_span: Option<Span>,
}

impl Record for CleanStory {
    const TOPIC: &'static str = "dateline.clean.v1";
    const DESCRIPTION: &'static str = "Stories freed of what the site or the wire added.";

    fn key(&self) -> Cow<'_, str> {
        self.story_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.source_id.as_str()
    }

    fn facts(&self) -> Facts {
        Facts {
            revision: Some(self.revision.0),
            language: Some(self.language.code.clone()),
            place: self.dateline.as_ref().map(|dateline| dateline.place.clone()),
            words: Some(u64::from(self.word_count)),
            removed: Some(self.removed.len() as u64),
            ..Facts::default()
        }
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.story_id, self.revision)
    }

    fn time(&self) -> Timestamp {
        self.fetched_at
    }
}

//! `StoryEvents`: the whole result of one version of a story, on `dateline.events.v1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Dateline, EventId, EventStatus, EventType, Language, Provenance, Record, Revision, Signal,
    SourceId, Span, Status, StoryId, Timestamp,
};

/// Everything that was found in one version of a story; a newer revision replaces it as a whole,
/// and a kill is a revision with no events.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct StoryEvents {
    /// The story that says it.
    pub story: StorySummary,
    /// Names of people, organisations, places and nationalities, in the text's order.
    pub mentions: Vec<Mention>,
    /// Who did what to whom, in the text's order.
    pub events: Vec<Event>,
    /// Why the story was not coded, where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_coded: Option<SkipReason>,
    /// What made this record.
    #[serde(default)]
    pub provenance: Provenance,
}

/// What a warehouse keeps of the story itself.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct StorySummary {
    /// Names the story whatever its revision.
    pub story_id: StoryId,
    /// Orders the versions of the story.
    pub revision: Revision,
    /// Whether the story may be used.
    pub status: Status,
    /// Why this version was sent.
    pub signal: Signal,
    /// The source that brought it.
    pub source_id: SourceId,
    /// Who gave the story its id.
    pub provider: String,
    /// Where the story can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The headline.
    pub title: String,
    /// The dateline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<Dateline>,
    /// When the story was first published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// When the fetcher received the story.
    pub fetched_at: Timestamp,
    /// The language of the text.
    pub language: Language,
    /// Words of the text.
    pub word_count: u32,
    /// The text that all spans point into; empty for a kill.
    pub text: String,
}

/// One mention of somebody or something by name.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Mention {
    /// What is named.
    pub kind: MentionKind,
    /// Its bytes in the story's text.
    pub span: Span,
    /// The words as written.
    pub text: String,
    /// The sentence it stands in, counted from 0 in the body.
    pub sentence: u32,
    /// The canonical name, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code of the actor that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The place that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What a mention names.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionKind {
    /// A person.
    Person,
    /// An organisation.
    Organization,
    /// A place: country, city, region, water.
    Place,
    /// A nationality, religion or political group.
    Group,
}

/// The code of an actor.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Actor {
    /// ISO 3166-1 alpha-3 code of the country, or the code of an international body, for example
    /// `JPN` or `IGO`; empty where unknown.
    pub code: String,
    /// What part of society acts, for example `GOV`, `MIL`, `CVL`; absent where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
}

/// A place on the map.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Place {
    /// Its canonical name.
    pub name: String,
    /// ISO 3166-1 alpha-3 code of its country, where it lies in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `GeoNames` id, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geonames_id: Option<u32>,
    /// Degrees north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

/// One side of an event.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ActorRef {
    /// The words as written.
    pub text: String,
    /// The canonical name, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its code.
    #[serde(flatten)]
    pub actor: Actor,
    /// Its bytes in the story's text.
    pub span: Span,
}

/// Who did what to whom, where and when, and which sentence says so.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Event {
    /// Names the event; derived from story, sentence, type and actors.
    pub event_id: EventId,
    /// What kind of event it is.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// The finer kind, for example `meet` or `arrest`, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Who did it.
    pub source: ActorRef,
    /// To whom; absent where the act has no other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ActorRef>,
    /// Whether both sides did it, so that source and target may change places.
    #[serde(default)]
    pub reciprocal: bool,
    /// Whether it is so.
    pub status: EventStatus,
    /// When it happened or is to happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<DateInterval>,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Who is said to have said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// The sentence that says so, counted from 0 in the body.
    pub sentence: u32,
    /// The bytes of that sentence in the story's text.
    pub sentence_span: Span,
    /// The words that told the type.
    pub trigger: String,
    /// The bytes of those words in the story's text.
    pub trigger_span: Span,
    /// The rule that found it.
    pub rule: String,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
}

/// Days from `from` to `to`, both included.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct DateInterval {
    /// The first day, as `YYYY-MM-DD`.
    pub from: String,
    /// The last day, as `YYYY-MM-DD`.
    pub to: String,
    /// How fine the text was.
    pub granularity: Granularity,
    /// How the interval was found.
    pub basis: Basis,
    /// The words, where there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How fine a date is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// One day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// How a date was found.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Words of the same sentence.
    Expression,
    /// The time of publishing, for want of words.
    Published,
}

/// Why a story, or a version of it, gave no events.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The story was killed or withheld.
    Killed,
    /// The story may not be used before its time.
    Embargoed,
    /// It is a note to editors and no story.
    Advisory,
    /// There is no model for the story's language.
    NoModel,
    /// The page shows nothing but a question whether the reader is human.
    Challenge,
    /// Nothing of the document is a story.
    NoStory,
}

impl SkipReason {
    /// All reasons in their order.
    pub const ALL: &'static [Self] = &[
        Self::Killed,
        Self::Embargoed,
        Self::Advisory,
        Self::NoModel,
        Self::Challenge,
        Self::NoStory,
    ];

    /// The word that stands in records, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Embargoed => "embargoed",
            Self::Advisory => "advisory",
            Self::NoModel => "no_model",
            Self::Challenge => "challenge",
            Self::NoStory => "no_story",
        }
    }
}

impl Record for StoryEvents {
    const TOPIC: &'static str = "dateline.events.v1";
    const DESCRIPTION: &'static str = "The whole result of one version of a story.";

    fn key(&self) -> Cow<'_, str> {
        self.story.story_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.story.source_id.as_str()
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.story.story_id, self.story.revision)
    }

    fn time(&self) -> Timestamp {
        self.story.fetched_at
    }
}

//! `StoryEvents`: the whole result of one version of a story, on `dateline.events.v1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Context, Dateline, EventId, EventStatus, EventType, Facts, FieldConfidence, Language,
    Magnitudes, PlaceBasis, Provenance, Quad, Record, Revision, Signal, SourceId, Span, Status,
    StoryId, Telling, Timestamp,
};

/// Everything that was found in one version of a story; a newer revision replaces it as a whole,
/// and a kill is a revision with no events.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct StoryEvents {
    /// The story that says it.
    #[schemars(example = story_example())]
    pub story: StorySummary,
    /// Names of people, organisations, places and nationalities, in the text's order.
    #[schemars(example = serde_json::json!([]))]
    pub mentions: Vec<Mention>,
    /// Who did what to whom, in the text's order.
    #[schemars(example = serde_json::json!([]))]
    pub events: Vec<Event>,
    /// Why the story was not coded, where it was not.
    #[schemars(example = SkipReason::NoModel)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_coded: Option<SkipReason>,
    /// What made this record.
    #[schemars(example = provenance_example())]
    #[serde(default)]
    pub provenance: Provenance,
}

/// What a warehouse keeps of the story itself.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct StorySummary {
    /// Names the story whatever its revision.
    #[schemars(example = &"20654ad327af4667131c9dc1fdc178e8")]
    pub story_id: StoryId,
    /// Orders the versions of the story.
    #[schemars(example = 1_412_640_000_000_u64)]
    pub revision: Revision,
    /// Whether the story may be used.
    #[schemars(example = Status::Usable)]
    pub status: Status,
    /// Why this version was sent.
    #[schemars(example = Signal::Correction)]
    pub signal: Signal,
    /// The source that brought it.
    #[schemars(example = &"example-news")]
    pub source_id: SourceId,
    /// Who gave the story its id.
    #[schemars(example = &"example.com")]
    pub provider: String,
    /// Where the story can be read.
    #[schemars(example = &"https://example.com/world/1")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The headline.
    #[schemars(example = &"Ministers of Armenia and Azerbaijan meet in Tbilisi")]
    pub title: String,
    /// The dateline.
    #[schemars(example = dateline_example())]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<Dateline>,
    /// When the story was first published.
    #[schemars(example = &"2024-05-15T08:40:00Z")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// When the fetcher received the story.
    #[schemars(example = &"2024-05-15T08:41:07.512Z")]
    pub fetched_at: Timestamp,
    /// The language of the text.
    #[schemars(example = serde_json::json!({"code": "en", "confidence": "high"}))]
    pub language: Language,
    /// Words of the text.
    #[schemars(example = 220)]
    pub word_count: u32,
    /// The text that all spans point into; empty for a kill.
    #[schemars(example = &"The foreign ministers of Armenia and Azerbaijan met in Tbilisi on Tuesday.")]
    pub text: String,
}

/// One mention of somebody or something by name.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Mention {
    /// What is named.
    #[schemars(example = MentionKind::Place)]
    pub kind: MentionKind,
    /// Its bytes in the story's text.
    #[schemars(example = Span::new(55, 62))]
    pub span: Span,
    /// The words as written.
    #[schemars(example = &"Tbilisi")]
    pub text: String,
    /// The sentence it stands in, counted from 0 in the body.
    #[schemars(example = 0)]
    pub sentence: u32,
    /// The canonical name, where known.
    #[schemars(example = &"Tbilisi")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code of the actor that it stands for.
    #[schemars(example = serde_json::json!({"code": "JPN", "sector": "GOV"}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The place that it names.
    #[schemars(example = serde_json::json!({"name": "Tbilisi", "country": "GEO", "geonames_id": 611_717}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Why its spelling is in doubt; absent where it is not.
    #[schemars(example = SpellingDoubt::Misspelt)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<SpellingDoubt>,
}

/// Why the spelling of a name is in doubt.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpellingDoubt {
    /// It is one edit from the known name that it is taken for.
    Misspelt,
    /// A word of it has letters of several scripts, as a forged name has that looks like another.
    MixedScripts,
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
    #[schemars(example = &"JPN")]
    pub code: String,
    /// What part of society acts, for example `GOV`, `MIL`, `CVL`; absent where unknown.
    #[schemars(example = &"GOV")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
}

/// A place on the map.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Place {
    /// Its canonical name.
    #[schemars(example = &"Tbilisi")]
    pub name: String,
    /// ISO 3166-1 alpha-3 code of its country, where it lies in one.
    #[schemars(example = &"GEO")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `GeoNames` id, where known.
    #[schemars(example = 611_717)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geonames_id: Option<u32>,
    /// Degrees north.
    #[schemars(example = 41.69)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[schemars(example = 44.83)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

/// One side of an event.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ActorRef {
    /// The words as written.
    #[schemars(example = &"the Japanese prime minister")]
    pub text: String,
    /// The canonical name, where known.
    #[schemars(example = &"Shinzo Abe")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its code.
    #[serde(flatten)]
    pub actor: Actor,
    /// Its bytes in the story's text.
    #[schemars(example = Span::new(0, 27))]
    pub span: Span,
    /// Whether the text leaves the country or the actor itself to be inferred: "police" of a story
    /// from Lima.
    #[schemars(example = false)]
    #[serde(default)]
    pub inferred: bool,
}

/// Who did what to whom, where and when, and which sentence says so.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Event {
    /// Names the event of the story; derived from story, type, actors, days and place, not from the
    /// wording, so that a revision keeps the ids of what it does not change.
    #[schemars(example = &"4f2f4c0e8a3f5d7b6a190c119b1c0f6d")]
    pub event_id: EventId,
    /// What kind of event it is.
    #[schemars(example = EventType::Consult)]
    #[serde(rename = "type")]
    pub kind: EventType,
    /// The finer kind, for example `meet` or `arrest`, where known.
    #[schemars(example = &"meet")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Who did it.
    #[schemars(example = serde_json::json!({"text": "Japan", "code": "JPN", "sector": "GOV", "span": {"start": 0, "end": 5}}))]
    pub source: ActorRef,
    /// To whom; absent where the act has no other side.
    #[schemars(example = serde_json::json!({"text": "Russia", "code": "RUS", "sector": "GOV", "span": {"start": 10, "end": 16}}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ActorRef>,
    /// Whether both sides did it, so that source and target may change places.
    #[schemars(example = true)]
    #[serde(default)]
    pub reciprocal: bool,
    /// Whether it is so.
    #[schemars(example = EventStatus::Actual)]
    pub status: EventStatus,
    /// When it happened or is to happen.
    #[schemars(example = serde_json::json!({"from": "2024-05-14", "to": "2024-05-14", "granularity": "day", "basis": "expression", "text": "Tuesday"}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<DateInterval>,
    /// Where it happened.
    #[schemars(example = serde_json::json!({"name": "Tbilisi", "country": "GEO", "geonames_id": 611_717}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Who is said to have said so.
    #[schemars(example = &"the hosts")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// The sentence that says so, counted from 0 in the body.
    #[schemars(example = 0)]
    pub sentence: u32,
    /// The bytes of that sentence in the story's text.
    #[schemars(example = Span::new(0, 75))]
    pub sentence_span: Span,
    /// The words that told the type.
    #[schemars(example = &"met")]
    pub trigger: String,
    /// The bytes of those words in the story's text.
    #[schemars(example = Span::new(48, 51))]
    pub trigger_span: Span,
    /// The rule that found it.
    #[schemars(example = &"verb.consult.meet")]
    pub rule: String,
    /// How sure it is, from 0 to 1.
    #[schemars(example = 0.8)]
    pub confidence: f64,
    /// Names the act: the events of one act of several actors, one for each pair, share it.
    #[schemars(example = &"9b1c0f6d4f2f4c0e8a3f5d7b6a190c11")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act_id: Option<EventId>,
    /// The same in every story that tells the same event: derived from type, actors, days and whether
    /// it is so. Count its values, not the rows, where outlets are not to count.
    #[schemars(example = &"0d9f3f6a1c774d0c9d4a5a1f0c6e2b7d")]
    #[serde(default)]
    pub event_key: String,
    /// The CAMEO code, of two to four digits.
    #[schemars(example = &"042")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cameo: Option<String>,
    /// Words or deeds, with or against another.
    #[schemars(example = Quad::VerbalCooperation)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quad: Option<Quad>,
    /// From -10 (the worst conflict) to 10 (the best cooperation): the PLOVER score of type and mode.
    #[schemars(example = 2.5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intensity: Option<f64>,
    /// What it is about, by words of its sentence and the headline.
    #[schemars(example = serde_json::json!(["military"]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Context>,
    /// How many people it concerned.
    #[schemars(example = Magnitudes { killed: Some(21), ..Magnitudes::default() })]
    #[serde(default, skip_serializing_if = "Magnitudes::is_empty")]
    pub magnitudes: Magnitudes,
    /// How the place was found.
    #[schemars(example = PlaceBasis::Clause)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_basis: Option<PlaceBasis>,
    /// Whether the words that tell it stand in a quotation.
    #[schemars(example = false)]
    #[serde(default)]
    pub quoted: bool,
    /// How sure each field is.
    #[schemars(example = FieldConfidence {
        kind: 0.8, source: 0.9, target: Some(0.7), status: 0.9, date: Some(0.85), place: None,
    })]
    #[serde(default)]
    pub field_confidence: FieldConfidence,
    /// Other sentences that tell the same event.
    #[schemars(example = serde_json::json!([]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Telling>,
    /// What led to it, a step an entry: what was decided, a colon, the rule and its score.
    #[schemars(example = serde_json::json!(["type: verb.consult.meet", "date: published"]))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<String>,
    /// The ontology that gave the codes, as `name@version`.
    #[schemars(example = &"plover@2021.11.4")]
    #[serde(default)]
    pub ontology: String,
}

/// Days from `from` to `to`, both included.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct DateInterval {
    /// The first day, as `YYYY-MM-DD`.
    #[schemars(example = &"2024-05-14")]
    pub from: String,
    /// The last day, as `YYYY-MM-DD`.
    #[schemars(example = &"2024-05-14")]
    pub to: String,
    /// How fine the text was.
    #[schemars(example = Granularity::Day)]
    pub granularity: Granularity,
    /// How the interval was found.
    #[schemars(example = Basis::Expression)]
    pub basis: Basis,
    /// The words, where there were any.
    #[schemars(example = &"Tuesday")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl DateInterval {
    /// Both days, as `YYYY-MM-DD..YYYY-MM-DD`.
    pub fn days(&self) -> String {
        format!("{}..{}", self.from, self.to)
    }
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
    /// An earlier version of the story said the same; its result stands.
    Unchanged,
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
        Self::Unchanged,
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
            Self::Unchanged => "unchanged",
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

    fn facts(&self) -> Facts {
        Facts {
            revision: Some(self.story.revision.0),
            mentions: Some(self.mentions.len() as u64),
            events: Some(self.events.len() as u64),
            not_coded: self.not_coded.map(SkipReason::as_str),
            ..Facts::default()
        }
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.story.story_id, self.story.revision)
    }

    fn time(&self) -> Timestamp {
        self.story.fetched_at
    }
}

fn provenance_example() -> serde_json::Value {
    serde_json::json!({
        "stage": "entity-extractor",
        "build": "0.1.0",
        "config_hash": "ffe679bb831c95b67dc17819c63c5090",
        "models": ["knowledge@2026.11"],
        "ontology": "plover@2021.11.4",
    })
}

fn dateline_example() -> serde_json::Value {
    serde_json::json!({
        "place": "TBILISI",
        "date": "May 15",
        "agency": "Reuters",
        "text": "TBILISI, May 15 (Reuters) -",
    })
}

fn story_example() -> serde_json::Value {
    serde_json::json!({
        "story_id": "20654ad327af4667131c9dc1fdc178e8",
        "revision": 1_412_640_000_000_u64,
        "status": "usable",
        "signal": "new",
        "source_id": "example-news",
        "provider": "example.com",
        "title": "Ministers meet in Tbilisi",
        "fetched_at": "2024-05-15T08:41:07.512Z",
        "language": {"code": "en", "confidence": "high"},
        "word_count": 220,
        "text": "The foreign ministers met in Tbilisi on Tuesday.",
    })
}

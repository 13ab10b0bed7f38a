//! The tables: each column's name, kind and meaning beside the value that a row has there.

use dateline_record::{
    ActorRef, Event, Mention, Place, Record, Relation, Status, StoryEvents, StoryId,
    StoryRelations, Timestamp,
};
use serde::Serialize;

use super::{
    About::{From, Is},
    Column, Kind, Table,
    value::Value,
};

/// Declares the columns of a table and the function that gives a row's values in their order.
macro_rules! columns {
    ($(#[$doc:meta])* $columns:ident, $values:ident($row:ident: $type:ty) {
        $($name:ident: $kind:ident $($null:ident)? = $value:expr, $about:expr;)+
    }) => {
        $(#[$doc])*
        const $columns: &[Column] = &[$(Column {
            name: stringify!($name),
            kind: Kind::$kind,
            nullable: { const NULL: &[&str] = &[$(stringify!($null))?]; !NULL.is_empty() },
            about: $about,
        }),+];

        /// The values of a row, in the order of the columns.
        pub(crate) fn $values<'a>($row: &$type) -> Vec<Value<'a>> {
            vec![$(Value::from($value)),+]
        }
    };
}

/// Where a record stood and when it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log<'a> {
    pub(crate) op: &'static str,
    pub(crate) topic: &'a str,
    pub(crate) partition: u32,
    pub(crate) offset: u64,
    pub(crate) ingested_at: Timestamp,
}

/// A row of `stories`.
pub(crate) struct StoryRow<'a> {
    pub(crate) log: Log<'a>,
    pub(crate) result: &'a StoryEvents,
    /// Hash of all that the rows of its events and mentions say.
    pub(crate) result_hash: Option<String>,
}

/// A row of `events`.
pub(crate) struct EventRow<'a> {
    pub(crate) result: &'a StoryEvents,
    pub(crate) event: &'a Event,
}

/// A row of `mentions`.
pub(crate) struct MentionRow<'a> {
    pub(crate) result: &'a StoryEvents,
    pub(crate) mention: &'a Mention,
}

/// A row of `clusters`.
pub(crate) struct ClusterRow<'a> {
    pub(crate) log: Log<'a>,
    pub(crate) record: &'a StoryRelations,
}

/// A row of `relations`.
pub(crate) struct RelationRow<'a> {
    pub(crate) record: &'a StoryRelations,
    pub(crate) relation: &'a Relation,
}

/// A row of `changes`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeRow<'a> {
    pub(crate) log: Log<'a>,
    pub(crate) story_id: &'a str,
    pub(crate) revision: u64,
    pub(crate) status: &'static str,
    pub(crate) events: usize,
    pub(crate) mentions: usize,
    pub(crate) relations: usize,
}

/// Where a row of a log stood.
pub const LOG: [Column; 5] = {
    let [.., op, topic, partition, offset, ingested_at] = *CHANGE_COLUMNS else {
        panic!("the columns of a change end with those of the log")
    };
    [op, topic, partition, offset, ingested_at]
};

/// The columns of [`STORIES`] that a story which was taken back loses.
pub(crate) const WORDS: [&str; 3] = ["title", "dateline", "text"];

/// The columns that hold words of a story, by their table: no copy of them may stand where a database
/// keeps what it has sampled.
pub(crate) const PROSE: [(&str, &[&str]); 3] = [
    ("stories", &WORDS),
    ("events", &["source_text", "target_text", "attribution", "sentence_text", "trigger", "trace"]),
    ("mentions", &["text"]),
];

/// Each story in its newest version.
pub const STORIES: Table = Table {
    name: "stories",
    about: "each story, in its newest version; one that was taken back keeps no words",
    topic: StoryEvents::TOPIC,
    columns: STORY_COLUMNS,
    is_of_story: true,
    indexes: &[],
};

/// Each event of a story's newest version.
pub const EVENTS: Table = Table {
    name: "events",
    about: "each event of a story's newest version",
    topic: StoryEvents::TOPIC,
    columns: EVENT_COLUMNS,
    is_of_story: false,
    indexes: &[
        ("events_of_story", "story_id"),
        ("events_by_type", "type, date_from"),
        ("events_by_time", "told_at"),
        ("events_by_country", "place_country, told_at"),
        ("events_by_source", "source_code, told_at"),
        ("events_by_target", "target_code, told_at"),
    ],
};

/// Each name in a story's newest version.
pub const MENTIONS: Table = Table {
    name: "mentions",
    about: "each name in a story's newest version",
    topic: StoryEvents::TOPIC,
    columns: MENTION_COLUMNS,
    is_of_story: false,
    indexes: &[("mentions_of_story", "story_id")],
};

/// Which stories say the same.
pub const CLUSTERS: Table = Table {
    name: "clusters",
    about: "each story: all with one `cluster_id` are one story told by many",
    topic: StoryRelations::TOPIC,
    columns: CLUSTER_COLUMNS,
    is_of_story: true,
    indexes: &[("stories_of_cluster", "cluster_id")],
};

/// Which story comes from which.
pub const RELATIONS: Table = Table {
    name: "relations",
    about: "each pair: a story, one that was there before it, and how they belong together",
    topic: StoryRelations::TOPIC,
    columns: RELATION_COLUMNS,
    is_of_story: false,
    indexes: &[("relations_of_story", "story_id"), ("relations_to_story", "other_story_id")],
};

/// What came, in its order; only ever added to.
pub const CHANGES: Table = Table {
    name: "changes",
    about: "each record that came, in its order; only ever added to, and without words of a story",
    topic: "",
    columns: CHANGE_COLUMNS,
    is_of_story: false,
    indexes: &[("changes_of_story", "story_id")],
};

columns! {
    STORY_COLUMNS, story_values(row: StoryRow<'a>) {
    story_id: Text = row.result.story.story_id.as_str(), From("story.story_id");
    revision: Int = row.result.story.revision.0, From("story.revision");
    status: Text = row.result.story.status.as_str(), From("story.status");
    signal: Text = row.result.story.signal.as_str(), From("story.signal");
    source_id: Text = row.result.story.source_id.as_str(), From("story.source_id");
    provider: Text = &row.result.story.provider, From("story.provider");
    url: Text null = row.result.story.url.as_ref(), From("story.url");
    title: Text null = kept(row.result, &row.result.story.title), From("story.title");
    dateline: Text null = dateline(row.result), From("story.dateline.text");
    published_at: Time null = row.result.story.published_at, From("story.published_at");
    fetched_at: Time = row.result.story.fetched_at, From("story.fetched_at");
    language: Text = &row.result.story.language.code, From("story.language.code");
    word_count: Int = row.result.story.word_count, From("story.word_count");
    text: Text null = kept(row.result, &row.result.story.text),
        Is("The text that the sentences are in; null where the story was taken back.");
    not_coded: Text null = row.result.not_coded.map(dateline_record::SkipReason::as_str),
        From("not_coded");
    log_topic: Text = row.log.topic, Is("The topic that it came from.");
    log_partition: Int = row.log.partition, Is("The partition that it came from.");
    log_offset: Int = row.log.offset, Is("Its offset there.");
    result_hash: Text null = row.result_hash.clone(),
        Is("Hash of text, mentions and events: a version with the same hash leaves their rows as they are.");
    op: Text null = row.log.op, Is("What the version does: `insert`, `update`, `correct` or `retract`.");
    ingested_at: Time null = row.log.ingested_at, Is("When the sink wrote the row.");
    build: Text null = given(&row.result.provenance.build),
        From("provenance.build");
    ontology: Text null = row.result.provenance.ontology.as_ref(), From("provenance.ontology");
    }
}

columns! {
    EVENT_COLUMNS, event_values(row: EventRow<'a>) {
    event_id: Text = row.event.event_id.as_str(), From("events.event_id");
    story_id: Text = row.result.story.story_id.as_str(), From("story.story_id");
    revision: Int = row.result.story.revision.0,
        Is("The version of the story that gave the row; where later ones say the same, the first of them, in a view on a log the last.");
    type: Text = row.event.kind.as_str(), From("events.type");
    mode: Text null = row.event.mode.as_ref(), From("events.mode");
    status: Text = row.event.status.as_str(), From("events.status");
    source_text: Text = &row.event.source.text, Is("Who did it, as written.");
    source_name: Text null = row.event.source.name.as_ref(), From("events.source.name");
    source_code: Text = &row.event.source.actor.code, From("events.source.code");
    source_sector: Text null = row.event.source.actor.sector.as_ref(), From("events.source.sector");
    target_text: Text null = target(row.event).map(|side| &side.text),
        Is("To whom, as written; null where the act has no other side.");
    target_name: Text null = target(row.event).and_then(|side| side.name.as_ref()),
        From("events.target.name");
    target_code: Text null = target(row.event).map(|side| &side.actor.code),
        From("events.target.code");
    target_sector: Text null = target(row.event).and_then(|side| side.actor.sector.as_ref()),
        From("events.target.sector");
    reciprocal: Bool = row.event.reciprocal, From("events.reciprocal");
    date_from: Date null = row.event.date.as_ref().map(|date| Value::Date(&date.from)),
        From("events.date.from");
    date_to: Date null = row.event.date.as_ref().map(|date| Value::Date(&date.to)),
        From("events.date.to");
    date_granularity: Text null = row.event.date.as_ref().and_then(|date| word(&date.granularity)),
        From("events.date.granularity");
    date_basis: Text null = row.event.date.as_ref().and_then(|date| word(&date.basis)),
        From("events.date.basis");
    place_name: Text null = row.event.place.as_ref().map(|place| &place.name),
        From("events.place.name");
    place_country: Text null = country(row.event.place.as_ref()), From("events.place.country");
    place_geonames_id: Int null = geonames(row.event.place.as_ref()),
        From("events.place.geonames_id");
    latitude: Float null = latitude(row.event.place.as_ref()), From("events.place.latitude");
    longitude: Float null = longitude(row.event.place.as_ref()), From("events.place.longitude");
    attribution: Text null = row.event.attribution.as_ref(), From("events.attribution");
    sentence: Int = row.event.sentence, From("events.sentence");
    sentence_text: Text = sentence(row.result, row.event), Is("The sentence that says so.");
    trigger: Text = &row.event.trigger, From("events.trigger");
    rule: Text = &row.event.rule, From("events.rule");
    confidence: Float = row.event.confidence, From("events.confidence");
    act_id: Text null = row.event.act_id.as_ref().map(dateline_record::EventId::as_str),
        From("events.act_id");
    event_key: Text null = given(&row.event.event_key), From("events.event_key");
    cameo: Text null = row.event.cameo.as_ref(), From("events.cameo");
    quad: Text null = row.event.quad.as_ref().and_then(word), From("events.quad");
    intensity: Float null = row.event.intensity, From("events.intensity");
    contexts: Text null = list(&row.event.contexts),
        Is("What it is about, by words of its sentence and the headline; words with a comma between.");
    killed: Int null = row.event.magnitudes.killed, From("events.magnitudes.killed");
    injured: Int null = row.event.magnitudes.injured, From("events.magnitudes.injured");
    detained: Int null = row.event.magnitudes.detained, From("events.magnitudes.detained");
    crowd: Int null = row.event.magnitudes.crowd, From("events.magnitudes.crowd");
    place_basis: Text null = row.event.place_basis.as_ref().and_then(word),
        From("events.place_basis");
    quoted: Bool null = row.event.quoted, From("events.quoted");
    source_inferred: Bool null = row.event.source.inferred, From("events.source.inferred");
    target_inferred: Bool null = target(row.event).map(|side| side.inferred),
        From("events.target.inferred");
    ontology: Text null = given(&row.event.ontology), From("events.ontology");
    told_at: Time null = told_at(row.result),
        Is("When the story was published, else received: what the latest events are told by. Of the version that gave the row.");
    source_start: Int null = row.event.source.span.start, Is("The first byte of `source_text` in the story's text.");
    source_end: Int null = row.event.source.span.end, Is("One past its last byte.");
    target_start: Int null = target(row.event).map(|side| side.span.start),
        Is("The first byte of `target_text` in the story's text.");
    target_end: Int null = target(row.event).map(|side| side.span.end), Is("One past its last byte.");
    trigger_start: Int null = row.event.trigger_span.start, Is("The first byte of `trigger` in the story's text.");
    trigger_end: Int null = row.event.trigger_span.end, Is("One past its last byte.");
    sentence_start: Int null = row.event.sentence_span.start, Is("The first byte of `sentence_text` in the story's text.");
    sentence_end: Int null = row.event.sentence_span.end, Is("One past its last byte.");
    trace: Text null = steps(row.event), Is("What led to the event, a step a line.");
    }
}

columns! {
    MENTION_COLUMNS, mention_values(row: MentionRow<'a>) {
    story_id: Text = row.result.story.story_id.as_str(), From("story.story_id");
    revision: Int = row.result.story.revision.0, Is("As in `events`.");
    kind: Text null = word(&row.mention.kind), From("mentions.kind");
    text: Text = &row.mention.text, From("mentions.text");
    name: Text null = row.mention.name.as_ref(), From("mentions.name");
    actor_code: Text null = row.mention.actor.as_ref().map(|actor| &actor.code),
        From("mentions.actor.code");
    actor_sector: Text null = row.mention.actor.as_ref().and_then(|actor| actor.sector.as_ref()),
        From("mentions.actor.sector");
    place_country: Text null = country(row.mention.place.as_ref()), From("mentions.place.country");
    place_geonames_id: Int null = geonames(row.mention.place.as_ref()),
        From("mentions.place.geonames_id");
    latitude: Float null = latitude(row.mention.place.as_ref()), From("mentions.place.latitude");
    longitude: Float null = longitude(row.mention.place.as_ref()), From("mentions.place.longitude");
    sentence: Int = row.mention.sentence, From("mentions.sentence");
    span_start: Int = row.mention.span.start, From("mentions.span.start");
    span_end: Int = row.mention.span.end, From("mentions.span.end");
    doubt: Text null = row.mention.doubt.as_ref().and_then(word), From("mentions.doubt");
    }
}

columns! {
    CLUSTER_COLUMNS, cluster_values(row: ClusterRow<'a>) {
    story_id: Text = row.record.story_id.as_str(), From("story_id");
    revision: Int = row.record.revision.0, From("revision");
    cluster_id: Text null = row.record.cluster_id.as_ref().map(StoryId::as_str),
        From("cluster_id");
    unchanged_since: Int null = row.record.unchanged_since.map(|revision| revision.0),
        From("unchanged_since");
    found_at: Time = row.record.found_at, From("found_at");
    op: Text null = row.log.op, Is("What the record does: `update` or `retract`.");
    log_topic: Text null = row.log.topic, Is("The topic that it came from.");
    log_partition: Int null = row.log.partition, Is("The partition that it came from.");
    log_offset: Int null = row.log.offset, Is("Its offset there.");
    ingested_at: Time null = row.log.ingested_at, Is("When the sink wrote the row.");
    }
}

columns! {
    RELATION_COLUMNS, relation_values(row: RelationRow<'a>) {
    story_id: Text = row.record.story_id.as_str(), From("story_id");
    other_story_id: Text = row.relation.story_id.as_str(), From("relations.story_id");
    kind: Text = row.relation.kind.as_str(), From("relations.kind");
    similarity: Float = row.relation.similarity, From("relations.similarity");
    revision: Int null = row.record.revision.0, From("revision");
    }
}

columns! {
    CHANGE_COLUMNS, change_values(row: ChangeRow<'a>) {
    story_id: Text = row.story_id, Is("The story that it tells of.");
    revision: Int = row.revision, Is("The version of the story.");
    status: Text = row.status, Is("Whether the story may be used.");
    events: Int = row.events, Is("How many events it has.");
    mentions: Int = row.mentions, Is("How many mentions it has.");
    relations: Int = row.relations, Is("How many relations it has.");
    op: Text = row.log.op,
        Is("What it does: `insert`, `update`, `correct` or `retract`, as the record itself says.");
    log_topic: Text = row.log.topic, Is("The topic that it came from.");
    log_partition: Int = row.log.partition, Is("The partition that it came from.");
    log_offset: Int = row.log.offset, Is("Its offset there.");
    ingested_at: Time = row.log.ingested_at, Is("When the sink wrote the row.");
    }
}

/// Words of a story that may be kept: taken-back copy goes at once, its headline too.
fn kept<'a>(result: &'a StoryEvents, text: &'a str) -> Option<&'a str> {
    (!result.story.status.recalls()).then_some(text)
}

fn dateline(result: &StoryEvents) -> Option<&str> {
    result.story.dateline.as_ref().and_then(|dateline| kept(result, &dateline.text))
}

fn target(event: &Event) -> Option<&ActorRef> {
    event.target.as_ref()
}

fn sentence<'a>(result: &'a StoryEvents, event: &Event) -> &'a str {
    result.story.text.get(event.sentence_span.range()).unwrap_or_default()
}

fn told_at(result: &StoryEvents) -> Timestamp {
    result.story.published_at.unwrap_or(result.story.fetched_at)
}

fn steps(event: &Event) -> Option<String> {
    (!event.trace.is_empty()).then(|| event.trace.join("\n"))
}

fn country(place: Option<&Place>) -> Option<&String> {
    place.and_then(|place| place.country.as_ref())
}

fn geonames(place: Option<&Place>) -> Option<u32> {
    place.and_then(|place| place.geonames_id)
}

fn latitude(place: Option<&Place>) -> Option<f64> {
    place.and_then(|place| place.latitude)
}

fn longitude(place: Option<&Place>) -> Option<f64> {
    place.and_then(|place| place.longitude)
}

/// The word that stands for a value of a closed list in its JSON.
fn word(value: &impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    value.as_str().map(str::to_owned)
}

/// A text that an older record leaves empty.
fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The words of values of a closed list; none where there are none.
fn list(values: &[impl Serialize]) -> Option<String> {
    let words: Vec<String> = values.iter().filter_map(word).collect();
    (!words.is_empty()).then(|| words.join(","))
}

/// What a version of a story does.
pub(crate) fn op(status: Status, signal: dateline_record::Signal) -> &'static str {
    use dateline_record::Signal;
    match signal {
        _ if status.recalls() => "retract",
        Signal::New => "insert",
        Signal::Update => "update",
        Signal::Correction => "correct",
        Signal::Kill => "retract",
    }
}

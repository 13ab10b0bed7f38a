//! One story as the warehouse has it: text, names, events, what repeats it, and its versions.

use dateline_record::{Record, StoryEvents, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    store::{Store, Values, rows, truth},
};

/// How long a story may have been on its way before the warehouse had it.
const BEFORE_MS: i64 = 86_400_000;

/// Stories of one cluster that are listed.
const MOST_OUTLETS: usize = 200;

/// A story with all that belongs to it.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct StoryPage {
    /// The story itself.
    pub(crate) story: StoryRow,
    /// Its events, in the text's order.
    pub(crate) events: Vec<StoryEvent>,
    /// Its names, in the text's order.
    pub(crate) mentions: Vec<MentionRow>,
    /// What it comes from, and what comes from it.
    pub(crate) relations: Vec<RelationRow>,
    /// All stories that tell the same, itself among them, the earliest first.
    pub(crate) cluster: Vec<OutletRow>,
    /// The versions that came, in their order.
    pub(crate) changes: Vec<ChangeRow>,
}

/// The story itself; the names are those of the table `stories`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[allow(missing_docs)] // each is explained in docs/warehouse.md
pub(crate) struct StoryRow {
    pub(crate) story_id: String,
    pub(crate) revision: u64,
    pub(crate) status: String,
    pub(crate) signal: String,
    pub(crate) source_id: String,
    pub(crate) provider: String,
    pub(crate) url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) dateline: Option<String>,
    pub(crate) published_at: Option<String>,
    pub(crate) fetched_at: String,
    pub(crate) language: String,
    pub(crate) word_count: u32,
    pub(crate) text: Option<String>,
    pub(crate) not_coded: Option<String>,
    pub(crate) ingested_at: Option<String>,
    pub(crate) build: Option<String>,
    pub(crate) ontology: Option<String>,
}

/// An event of the story; the names are those of the table `events`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[allow(missing_docs)] // each is explained in docs/warehouse.md
pub(crate) struct StoryEvent {
    pub(crate) event_id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) mode: Option<String>,
    pub(crate) quad: Option<String>,
    pub(crate) cameo: Option<String>,
    pub(crate) status: String,
    pub(crate) source_text: String,
    pub(crate) source_name: Option<String>,
    pub(crate) source_code: String,
    pub(crate) source_sector: Option<String>,
    #[serde(deserialize_with = "truth")]
    pub(crate) source_inferred: Option<bool>,
    pub(crate) source_start: Option<u32>,
    pub(crate) source_end: Option<u32>,
    pub(crate) target_text: Option<String>,
    pub(crate) target_name: Option<String>,
    pub(crate) target_code: Option<String>,
    pub(crate) target_sector: Option<String>,
    #[serde(deserialize_with = "truth")]
    pub(crate) target_inferred: Option<bool>,
    pub(crate) target_start: Option<u32>,
    pub(crate) target_end: Option<u32>,
    #[serde(deserialize_with = "truth")]
    pub(crate) reciprocal: Option<bool>,
    pub(crate) date_from: Option<String>,
    pub(crate) date_to: Option<String>,
    pub(crate) date_granularity: Option<String>,
    pub(crate) date_basis: Option<String>,
    pub(crate) place_name: Option<String>,
    pub(crate) place_country: Option<String>,
    pub(crate) place_basis: Option<String>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) attribution: Option<String>,
    #[serde(deserialize_with = "truth")]
    pub(crate) quoted: Option<bool>,
    pub(crate) contexts: Option<String>,
    pub(crate) intensity: Option<f64>,
    pub(crate) killed: Option<u32>,
    pub(crate) injured: Option<u32>,
    pub(crate) detained: Option<u32>,
    pub(crate) crowd: Option<u32>,
    pub(crate) sentence: u32,
    pub(crate) sentence_text: String,
    pub(crate) sentence_start: Option<u32>,
    pub(crate) sentence_end: Option<u32>,
    pub(crate) trigger: String,
    pub(crate) trigger_start: Option<u32>,
    pub(crate) trigger_end: Option<u32>,
    pub(crate) rule: String,
    pub(crate) confidence: f64,
    pub(crate) trace: Option<String>,
}

/// A name in the story; the names are those of the table `mentions`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[allow(missing_docs)] // each is explained in docs/warehouse.md
pub(crate) struct MentionRow {
    pub(crate) kind: Option<String>,
    pub(crate) text: String,
    pub(crate) name: Option<String>,
    pub(crate) actor_code: Option<String>,
    pub(crate) actor_sector: Option<String>,
    pub(crate) place_country: Option<String>,
    pub(crate) place_geonames_id: Option<i64>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) sentence: u32,
    pub(crate) span_start: u32,
    pub(crate) span_end: u32,
}

/// A relation to another story.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
pub(crate) struct RelationRow {
    /// The other story.
    pub(crate) story_id: String,
    /// `exact`, `republished`, `revision` or `derived`.
    pub(crate) kind: String,
    /// The share of runs of three words that both have.
    pub(crate) similarity: f64,
    /// Whether the other was there before this one.
    #[serde(deserialize_with = "truth")]
    pub(crate) is_earlier: Option<bool>,
    /// Its headline; none where it was taken back or has not come.
    pub(crate) title: Option<String>,
    /// The source that brought it.
    pub(crate) source_id: Option<String>,
}

/// A story that tells the same.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[allow(missing_docs)] // each is explained in docs/warehouse.md
pub(crate) struct OutletRow {
    pub(crate) story_id: String,
    pub(crate) title: Option<String>,
    pub(crate) source_id: String,
    pub(crate) provider: String,
    pub(crate) url: Option<String>,
    pub(crate) published_at: Option<String>,
    pub(crate) fetched_at: String,
}

/// A version that came; the names are those of the table `changes`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[allow(missing_docs)] // each is explained in docs/warehouse.md
pub(crate) struct ChangeRow {
    pub(crate) revision: u64,
    pub(crate) op: String,
    pub(crate) status: String,
    pub(crate) events: u32,
    pub(crate) mentions: u32,
    pub(crate) ingested_at: String,
}

const STORY: &str = "SELECT story_id, revision, status, signal, source_id, provider, url, title, \
     dateline, published_at, fetched_at, language, word_count, text, not_coded, ingested_at, \
     build, ontology FROM stories WHERE story_id = ?1";

const EVENTS: &str = "SELECT event_id, type, mode, quad, cameo, status, source_text, source_name, \
     source_code, source_sector, source_inferred, source_start, source_end, target_text, \
     target_name, target_code, target_sector, target_inferred, target_start, target_end, \
     reciprocal, CAST(date_from AS text) AS date_from, CAST(date_to AS text) AS date_to, \
     date_granularity, date_basis, place_name, place_country, place_basis, latitude, longitude, \
     attribution, quoted, contexts, intensity, killed, injured, detained, crowd, sentence, \
     sentence_text, sentence_start, sentence_end, events.trigger AS trigger, trigger_start, \
     trigger_end, rule, confidence, trace FROM events WHERE story_id = ?1 \
     ORDER BY sentence, trigger_start, event_id LIMIT 1000";

const MENTIONS: &str = "SELECT kind, text, name, actor_code, actor_sector, place_country, \
     place_geonames_id, latitude, longitude, sentence, span_start, span_end FROM mentions \
     WHERE story_id = ?1 ORDER BY span_start, span_end LIMIT 5000";

const RELATIONS: &str = "SELECT found.story_id AS story_id, found.kind AS kind, \
     found.similarity AS similarity, found.is_earlier AS is_earlier, stories.title AS title, \
     stories.source_id AS source_id FROM (\
     SELECT other_story_id AS story_id, kind, similarity, 1 AS is_earlier FROM relations \
     WHERE story_id = ?1 UNION ALL \
     SELECT story_id, kind, similarity, 0 AS is_earlier FROM relations WHERE other_story_id = ?1\
     ) AS found LEFT JOIN stories ON stories.story_id = found.story_id \
     ORDER BY found.similarity DESC, found.story_id LIMIT 200";

const CHANGES: &str = "SELECT revision, op, status, events, mentions, ingested_at FROM changes \
     WHERE story_id = ?1 AND log_topic = ?2 ORDER BY revision, log_offset LIMIT 500";

/// A story by its id.
pub(crate) fn page(store: &dyn Store, story_id: &str) -> Result<StoryPage, Fault> {
    let mut values = Values::default();
    values.text(story_id);
    let given = &values.0;
    let Some(found) = rows::<StoryRow>(store, STORY, given)?.into_iter().next() else {
        let what = format!("there is no story {story_id} in the warehouse");
        return Err(Fault::missing(&what));
    };
    let mut change_values = values.clone();
    change_values.text(StoryEvents::TOPIC);
    Ok(StoryPage {
        story: found,
        events: rows(store, EVENTS, given)?,
        mentions: rows(store, MENTIONS, given)?,
        relations: rows(store, RELATIONS, given)?,
        cluster: rows(store, &outlets(), given)?,
        changes: rows(store, CHANGES, &change_values.0)?,
    })
}

/// From when on the bus may have records of a story: a while before the warehouse met it.
pub(crate) fn first_seen(store: &dyn Store, story_id: &str) -> anyhow::Result<Option<Timestamp>> {
    #[derive(Deserialize)]
    struct First {
        first: Option<Timestamp>,
    }
    let mut values = Values::default();
    values.text(story_id);
    let statement = "SELECT min(ingested_at) AS first FROM changes WHERE story_id = ?1";
    let found: Vec<First> = rows(store, statement, &values.0)?;
    let first = found.first().and_then(|found| found.first);
    Ok(first.map(|at| Timestamp::from_millis(at.as_millis() - BEFORE_MS)))
}

fn outlets() -> String {
    format!(
        "SELECT stories.story_id AS story_id, stories.title AS title, \
         stories.source_id AS source_id, stories.provider AS provider, stories.url AS url, \
         stories.published_at AS published_at, stories.fetched_at AS fetched_at \
         FROM clusters AS own \
         INNER JOIN clusters AS others ON others.cluster_id = own.cluster_id \
         INNER JOIN stories ON stories.story_id = others.story_id \
         WHERE own.story_id = ?1 AND stories.status = 'usable' \
         ORDER BY coalesce(stories.published_at, stories.fetched_at), stories.story_id \
         LIMIT {MOST_OUTLETS}"
    )
}

//! What a batch asks of current tables: of each story its last version, once.

use std::collections::{BTreeMap, HashMap};

use dateline_record::{ContentHash, StoryEvents, StoryRelations, Timestamp};
use dateline_runtime::{Landing, SinkRecord};

use crate::model::{self, ChangeRow, ClusterRow, EventRow, Log, MentionRow, RelationRow, StoryRow};

/// What stands in a target of a story.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Known {
    pub(crate) revision: u64,
    pub(crate) offset: u64,
    pub(crate) result_hash: Option<String>,
    /// Whether the story's words stand there.
    pub(crate) has_text: bool,
}

/// What stands in a target, by the id of the story.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) stories: HashMap<String, Known>,
    pub(crate) clusters: HashMap<String, Known>,
}

/// What is to be done to current tables.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    /// The stories whose row is replaced.
    pub(crate) stories: Vec<StoryRow<'a>>,
    /// Those of them whose events and mentions are replaced, too.
    pub(crate) replaced: Vec<&'a str>,
    pub(crate) events: Vec<EventRow<'a>>,
    pub(crate) mentions: Vec<MentionRow<'a>>,
    /// The stories whose relations are replaced.
    pub(crate) clusters: Vec<ClusterRow<'a>>,
    pub(crate) relations: Vec<RelationRow<'a>>,
    /// What came.
    pub(crate) changes: Vec<ChangeRow<'a>>,
    /// Whether words go that stood in the target.
    pub(crate) recalls: bool,
}

/// The id of the story that a record is about.
pub(crate) fn story_id(record: &SinkRecord) -> &str {
    match &record.record {
        Landing::Events(record) => record.story.story_id.as_str(),
        Landing::Relations(record) => record.story_id.as_str(),
    }
}

impl<'a> Plan<'a> {
    /// Sorts a batch out. Of one story the greatest revision counts, and of one revision the last
    /// that came.
    pub(crate) fn of(records: &[&'a SinkRecord], standing: &Standing, now: Timestamp) -> Self {
        let mut plan = Self::default();
        let mut stories = BTreeMap::new();
        let mut clusters = BTreeMap::new();
        for record in records {
            plan.changes.push(change(record, now));
            let (last, order) = match &record.record {
                Landing::Events(result) => (&mut stories, result.story.revision.0),
                Landing::Relations(result) => (&mut clusters, result.revision.0),
            };
            let slot = last.entry(story_id(record)).or_insert((order, *record));
            if order >= slot.0 {
                *slot = (order, *record);
            }
        }
        for (id, (revision, record)) in stories {
            let known = standing.stories.get(id);
            if let (Landing::Events(result), true) =
                (&record.record, is_newer(known, revision, record.offset))
            {
                plan.story(result, log(record, now), known);
            }
        }
        for (id, (revision, record)) in clusters {
            let known = standing.clusters.get(id);
            if let (Landing::Relations(result), true) =
                (&record.record, is_newer(known, revision, record.offset))
            {
                plan.cluster(result, log(record, now));
            }
        }
        plan
    }

    fn story(&mut self, result: &'a StoryEvents, log: Log<'a>, known: Option<&Known>) {
        let result_hash = result_hash(result);
        let is_same =
            result_hash.is_some() && known.is_some_and(|known| known.result_hash == result_hash);
        self.stories.push(StoryRow { log, result, result_hash });
        if is_same {
            return;
        }
        self.replaced.push(result.story.story_id.as_str());
        if result.story.status.recalls() {
            self.recalls |= known.is_some_and(|known| known.has_text);
            return;
        }
        self.events.extend(result.events.iter().map(|event| EventRow { result, event }));
        self.mentions.extend(result.mentions.iter().map(|mention| MentionRow { result, mention }));
    }

    fn cluster(&mut self, record: &'a StoryRelations, log: Log<'a>) {
        self.clusters.push(ClusterRow { log, record });
        let rows = record.relations.iter().map(|relation| RelationRow { record, relation });
        self.relations.extend(rows);
    }

    /// The rows that it writes to current tables.
    pub(crate) fn rows(&self) -> u64 {
        let rows = self.stories.len() + self.events.len() + self.mentions.len();
        (rows + self.clusters.len() + self.relations.len()) as u64
    }
}

/// A total order, so that a replay, a late older version and a revision given twice all come to
/// the same.
fn is_newer(known: Option<&Known>, revision: u64, offset: u64) -> bool {
    known.is_none_or(|known| (revision, offset) > (known.revision, known.offset))
}

/// A hash of all that the rows of events and mentions say; none for what has no such rows.
pub(crate) fn result_hash(result: &StoryEvents) -> Option<String> {
    let said = (&result.story.text, &result.mentions, &result.events);
    let json = serde_json::to_vec(&said).ok()?;
    (!result.story.status.recalls()).then(|| ContentHash::of(&json).to_string())
}

/// Where a record stood, and what it does.
pub(crate) fn log(record: &SinkRecord, now: Timestamp) -> Log<'_> {
    let op = match &record.record {
        Landing::Events(result) => model::op(result.story.status, result.story.signal),
        Landing::Relations(result) if result.status.recalls() => "retract",
        Landing::Relations(_) => "update",
    };
    Log {
        op,
        topic: record.place.0.as_str(),
        partition: record.place.1,
        offset: record.offset,
        ingested_at: now,
    }
}

fn change(record: &SinkRecord, now: Timestamp) -> ChangeRow<'_> {
    let log = log(record, now);
    match &record.record {
        Landing::Events(result) => ChangeRow {
            log,
            story_id: result.story.story_id.as_str(),
            revision: result.story.revision.0,
            status: result.story.status.as_str(),
            events: result.events.len(),
            mentions: result.mentions.len(),
            relations: 0,
        },
        Landing::Relations(result) => ChangeRow {
            log,
            story_id: result.story_id.as_str(),
            revision: result.revision.0,
            status: result.status.as_str(),
            events: 0,
            mentions: 0,
            relations: result.relations.len(),
        },
    }
}

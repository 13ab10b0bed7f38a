//! The rows of the logs: what each record says, whatever its version, with where it stood.

use dateline_record::Timestamp;
use dateline_runtime::{Landing, SinkRecord};

use crate::{
    model::{
        self, CLUSTERS, ClusterRow, EVENTS, EventRow, LOG, Log, MENTIONS, MentionRow, RELATIONS,
        RelationRow, STORIES, StoryRow, Table, Value,
    },
    plan,
};

/// Gives each row that a record adds to the logs, in the order of [`Table::log_columns`]. A story's
/// own row comes last: where it stands, its parts stand, too.
pub(crate) fn rows<'a>(
    record: &'a SinkRecord,
    now: Timestamp,
    mut put: impl FnMut(&'static Table, Vec<Value<'a>>),
) {
    let log = plan::log(record, now);
    let mut give = |table: &'static Table, mut values: Vec<Value<'a>>| {
        let named = |name| table.columns.iter().any(|column| column.name == name);
        let more = LOG.iter().zip(log_values(log)).filter(|(column, _)| !named(column.name));
        values.extend(more.map(|(_, value)| value));
        put(table, values);
    };
    match &record.record {
        Landing::Events(result) => {
            if !result.story.status.recalls() {
                for event in &result.events {
                    give(&EVENTS, model::event_values(&EventRow { result, event }));
                }
                for mention in &result.mentions {
                    give(&MENTIONS, model::mention_values(&MentionRow { result, mention }));
                }
            }
            let row = StoryRow { log, result, result_hash: plan::result_hash(result) };
            give(&STORIES, model::story_values(&row));
        }
        Landing::Relations(record) => {
            for relation in &record.relations {
                give(&RELATIONS, model::relation_values(&RelationRow { record, relation }));
            }
            give(&CLUSTERS, model::cluster_values(&ClusterRow { log, record }));
        }
    }
}

/// The values of [`LOG`].
fn log_values(log: Log<'_>) -> [Value<'_>; 5] {
    [
        log.op.into(),
        log.topic.into(),
        log.partition.into(),
        log.offset.into(),
        log.ingested_at.into(),
    ]
}

/// Whether a record takes a story back, so that words of its earlier versions must go.
pub(crate) fn recalls(record: &SinkRecord) -> bool {
    matches!(&record.record, Landing::Events(result) if result.story.status.recalls())
}

#[cfg(test)]
mod tests {
    use dateline_bus::Topic;
    use dateline_record::{Record, Status, StoryEvents};
    use serde_json::json;

    use super::*;
    use crate::model::WORDS;

    fn record(status: Status) -> SinkRecord {
        let story = json!({
            "story_id": dateline_record::StoryId::derive("test", "a"), "revision": 1,
            "status": status, "signal": "new", "source_id": "test", "provider": "test",
            "title": "a title", "dateline": {"place": "PARIS", "text": "PARIS, Oct 7 -"},
            "fetched_at": "2014-10-07T00:00:00Z",
            "language": {"code": "en", "confidence": "high"}, "word_count": 3, "text": "a text",
        });
        let record = json!({"story": story, "mentions": [], "events": [], "provenance": {"stage": "", "build": "1", "config_hash": ""}});
        let events: StoryEvents = serde_json::from_value(record).unwrap();
        let place = (Topic::new(StoryEvents::TOPIC), 0);
        SinkRecord { place, offset: 7, record: Landing::Events(Box::new(events)) }
    }

    #[test]
    fn the_columns_that_a_kill_empties_are_those_with_words() {
        let empty = |status| {
            let mut names = Vec::new();
            rows(&record(status), Timestamp::from_millis(0), |table, values| {
                let pairs = table.columns.iter().zip(&values);
                let found = pairs.filter(|(_, value)| **value == Value::Null);
                names.extend(found.map(|(column, _)| column.name));
            });
            names
        };
        let (usable, killed) = (empty(Status::Usable), empty(Status::Canceled));
        for word in WORDS {
            assert!(!usable.contains(&word) && killed.contains(&word), "{word}");
        }
        let lost = killed.iter().filter(|name| !usable.contains(name) && **name != "result_hash");
        assert_eq!(lost.count(), WORDS.len());
    }
}

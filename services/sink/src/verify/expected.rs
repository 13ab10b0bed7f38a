//! What the records of the topics must come to.

use std::collections::{BTreeMap, HashMap};

use dateline_record::Timestamp;
use dateline_runtime::{Landing, SinkRecord};

use super::{Digest, Part, WHOLES, row_hash};
use crate::{
    model::{self, ClusterRow, EventRow, MentionRow, RelationRow, StoryRow, Value},
    plan::{log, result_hash, story_id},
};

/// The digests of the newest versions.
#[derive(Default)]
pub(super) struct Expected {
    pub(super) stories: [BTreeMap<String, Digest>; WHOLES.len()],
    orders: [HashMap<String, (u64, u64)>; WHOLES.len()],
}

impl Expected {
    pub(super) fn take(&mut self, record: &SinkRecord) {
        let (number, revision) = match &record.record {
            Landing::Events(result) => (0, result.story.revision.0),
            Landing::Relations(result) => (1, result.revision.0),
        };
        let (id, order) = (story_id(record).to_owned(), (revision, record.offset));
        let stands = self.orders[number].get(&id);
        if stands.is_none_or(|stands| order > *stands) {
            self.orders[number].insert(id.clone(), order);
            self.stories[number].insert(id, digest(record));
        }
    }
}

fn digest(record: &SinkRecord) -> Digest {
    let log = log(record, Timestamp::from_millis(0));
    match &record.record {
        Landing::Events(result) => {
            let mut digest = Digest { day: day(result.story.fetched_at), ..Digest::default() };
            let row = StoryRow { log, result, result_hash: result_hash(result) };
            add(&mut digest, WHOLES[0].own(), &model::story_values(&row));
            let mut parts = WHOLES[0].parts();
            if let (false, Some(events), Some(mentions)) =
                (result.story.status.recalls(), parts.next(), parts.next())
            {
                for event in &result.events {
                    let row = EventRow { result, event };
                    add(&mut digest, events, &model::event_values(&row));
                }
                for mention in &result.mentions {
                    let row = MentionRow { result, mention };
                    add(&mut digest, mentions, &model::mention_values(&row));
                }
            }
            digest
        }
        Landing::Relations(record) => {
            let mut digest = Digest { day: day(record.found_at), ..Digest::default() };
            add(&mut digest, WHOLES[1].own(), &model::cluster_values(&ClusterRow { log, record }));
            for (relation, part) in record
                .relations
                .iter()
                .flat_map(|relation| WHOLES[1].parts().map(move |part| (relation, part)))
            {
                let row = RelationRow { record, relation };
                add(&mut digest, part, &model::relation_values(&row));
            }
            digest
        }
    }
}

fn day(time: Timestamp) -> String {
    time.date().to_string()
}

fn add(digest: &mut Digest, part: Part, values: &[Value<'_>]) {
    let compared = part.columns();
    let pairs = part.table.columns.iter().zip(values);
    let values = pairs.filter(|(column, _)| compared.iter().any(|own| own.name == column.name));
    let words: Vec<_> = values.map(|(_, value)| value.words()).collect();
    digest.add(row_hash(part.table.name, words.iter().map(|word| word.as_deref())));
}

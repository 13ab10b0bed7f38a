//! Between records and what the index keeps.

use dateline_record::{
    CleanStory, ClusterState, Provenance, Relation, Revision, Signal, Signature, SourceId, Status,
    StoryRelations, Timestamp, Values,
};

use crate::{
    Clusters,
    entry::{self, Entry, Head, Link, Packed, Print, hash, pack},
    headline::Headline,
    share,
};

/// A time of publishing so much later than that of receiving is wrong.
const MOST_AHEAD_MS: i64 = 24 * 3_600_000;

impl Clusters {
    /// What the index is to keep of a story; `earlier` is its version before.
    pub(crate) fn fresh(
        &mut self,
        id: Packed,
        story: &CleanStory,
        earlier: Option<Entry>,
    ) -> Entry {
        let headline = Headline::of(&story.title);
        let fetched_ms = story.fetched_at.as_millis();
        let published = story.published_at.map(Timestamp::as_millis);
        let published = published.filter(|at_ms| *at_ms <= fetched_ms + MOST_AHEAD_MS);
        // Many sites show the time of the last change as that of publishing: the first one counts.
        let at_ms = published.unwrap_or(fetched_ms);
        let at_ms = earlier.map_or(at_ms, |earlier| earlier.at_ms.min(at_ms));
        let is_live = story.status == Status::Usable && story.signal != Signal::Kill;
        // What may not be used is compared with nothing, and neither are notes to editors.
        let is_compared = is_live && !story.is_advisory;
        Entry {
            id,
            revision: story.revision.0,
            unchanged_since: None,
            edition: 0,
            status: story.status,
            source: self.name(story.source_id.as_str()),
            provider: self.name(&story.provider),
            at_ms,
            fetched_ms,
            content: pack(story.content_hash.as_str()).unwrap_or_default(),
            headline: pack(headline.hash.as_str()).unwrap_or_default(),
            is_marked: headline.is_marked,
            is_live,
            print: story.signature.as_ref().filter(|_| is_compared).and_then(Print::of),
            head: None,
            links: Box::default(),
            ring: 0,
        }
    }

    /// What was remembered; none where it is not what this build writes.
    pub(crate) fn unpack(&mut self, memory: &ClusterState) -> Option<Entry> {
        let last = &memory.last;
        let link = |relation: &Relation| {
            let agreeing = (relation.similarity / share(1)).round();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 126
            let agreeing = agreeing as u8;
            Some(Link { other: pack(relation.story_id.as_str())?, kind: relation.kind, agreeing })
        };
        let head = last.cluster_id.as_ref().zip(memory.cluster_at);
        let head =
            head.and_then(|(id, at)| Some(Head { at_ms: at.as_millis(), id: pack(id.as_str())? }));
        Some(Entry {
            id: pack(last.story_id.as_str())?,
            revision: last.revision.0,
            unchanged_since: last.unchanged_since.map(|revision| revision.0),
            edition: last.edition,
            status: last.status,
            source: self.name(last.source_id.as_str()),
            provider: self.name(&memory.provider),
            at_ms: memory.at.as_millis(),
            fetched_ms: memory.fetched_at.as_millis(),
            content: pack(memory.content_hash.as_str())?,
            headline: pack(memory.headline.as_str())?,
            is_marked: memory.is_marked,
            is_live: head.is_some(),
            print: memory.signature.as_ref().and_then(Print::of),
            head,
            links: last.relations.iter().filter_map(link).collect(),
            ring: 0,
        })
    }
}

/// The relations of a story as they go out.
pub(crate) fn relations(
    entry: &Entry,
    found_at: Timestamp,
    provenance: &Provenance,
) -> StoryRelations {
    let relation = |link: &Link| Relation {
        story_id: entry::story_id(link.other),
        kind: link.kind,
        // Three digits are more than the estimate is worth.
        similarity: (share(link.agreeing) * 1_000.0).round() / 1_000.0,
    };
    StoryRelations {
        story_id: entry::story_id(entry.id),
        revision: Revision(entry.revision),
        edition: entry.edition,
        status: entry.status,
        source_id: SourceId::from_lossy(&entry.source),
        cluster_id: entry.head.map(|head| entry::story_id(head.id)),
        relations: entry.links.iter().map(relation).collect(),
        unchanged_since: entry.unchanged_since.map(Revision),
        found_at,
        provenance: provenance.clone(),
    }
}

/// What is remembered of a story.
pub(crate) fn memory(entry: &Entry, last: StoryRelations) -> ClusterState {
    let signature = |print: &Print| Signature {
        exact: hash(print.exact),
        tokens: print.tokens,
        shingles: print.shingles,
        numbers: Values(print.numbers.clone()),
        sketch: Values(print.sketch.as_slice().into()),
    };
    ClusterState {
        last,
        provider: entry.provider.to_string(),
        at: Timestamp::from_millis(entry.at_ms),
        fetched_at: Timestamp::from_millis(entry.fetched_ms),
        cluster_at: entry.head.map(|head| Timestamp::from_millis(head.at_ms)),
        content_hash: hash(entry.content),
        headline: hash(entry.headline),
        is_marked: entry.is_marked,
        signature: entry.print.as_ref().map(signature),
    }
}

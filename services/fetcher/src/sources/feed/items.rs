//! The items of a feed against what was seen before: what is new, what has changed, what was taken
//! back.

use std::collections::HashSet;

use dateline_record::{
    ContentHash, Format, Gap, HttpExchange, Payload, RawStory, Signal, SourceKind, Status, StoryId,
};
use dateline_wire::feed::{Feed, Item};

use crate::sources::poll::Poll;
use crate::sources::seen::Seen;
use crate::web::Visit;
use crate::{identity, signals};

/// A content of so many bytes is taken for the whole text.
const FULL_CONTENT_BYTES: usize = 600;

/// A summary of so many bytes is no summary but the whole text.
const FULL_SUMMARY_BYTES: usize = 2_000;

/// Bytes of a summary in which a word of correction is looked for.
const MARKER_WINDOW_BYTES: usize = 200;

/// Gaps that are remembered.
const MAX_GAPS: usize = 20;

impl Poll<'_> {
    /// Takes over the items of a feed; false where some must be read again.
    pub(in crate::sources) fn take_feed(&mut self, feed: &Feed, visit: &Visit) -> bool {
        let mut seen = Seen::new(std::mem::take(&mut self.state.seen));
        let deleted: HashSet<StoryId> =
            feed.deleted.iter().map(|deleted| self.id_of(&deleted.id)).collect();
        self.note_gap(feed, &seen);
        let exchange = visit.exchange();
        let mut all_taken = true;
        // Feeds list the newest first; stories are to be read in the order in which they came.
        for item in feed.items.iter().rev() {
            let story = self.story_of(item, feed, visit, &exchange);
            if !deleted.contains(&story.story_id) {
                all_taken &= self.take_item(item, story, &mut seen);
            }
        }
        for deleted in &feed.deleted {
            self.take_deletion(&deleted.id, visit, &mut seen);
        }
        let room = self.tools.config.max_seen_items.max(feed.items.len() + feed.deleted.len());
        self.state.seen = seen.into_items(room);
        all_taken
    }

    /// Notes a gap where a feed that is as full as it was shows nothing that is known: what it
    /// showed in between, nobody has seen.
    fn note_gap(&mut self, feed: &Feed, seen: &Seen) {
        let listed = u32::try_from(feed.items.len()).unwrap_or(u32::MAX);
        let was_listed = std::mem::replace(&mut self.state.listed_items, listed);
        let Some(from) = self.state.last_success_at else {
            return;
        };
        // An item that is older than the last poll was there then, under another id: no gap.
        let is_older = |item: &Item| {
            item.about.published.as_ref().and_then(|moment| moment.at).is_some_and(|at| at < from)
        };
        let is_known = |item: &Item| seen.hash_of(&self.id_of(&provider_id(item))).is_some();
        let is_full = was_listed > 0 && listed >= was_listed;
        if !is_full || feed.items.iter().any(|item| is_known(item) || is_older(item)) {
            return;
        }
        tracing::warn!(
            source_id = %self.state.source.id,
            gap_from = %from,
            gap_until = %self.now,
            new_items = listed,
            "gap in a feed, items may have been lost"
        );
        self.state.gaps.push(Gap { from, until: self.now, new_items: listed });
        let surplus = self.state.gaps.len().saturating_sub(MAX_GAPS);
        self.state.gaps.drain(..surplus);
    }

    /// Emits an item, or lets it wait for its page; false where there is no room to wait.
    fn take_item(&mut self, item: &Item, mut story: RawStory, seen: &mut Seen) -> bool {
        let hash = content_hash(item);
        let known = seen.hash_of(&story.story_id);
        if known == Some(&hash) {
            seen.set(story.story_id, hash);
            return true;
        }
        let summary = item.summary.as_ref().map_or("", |summary| summary.value.as_str());
        let window = &summary[..summary.floor_char_boundary(MARKER_WINDOW_BYTES)];
        let marked = signals::marked(&item.about.plain_title().unwrap_or_default(), window);
        let unmarked = if known.is_some() { Signal::Update } else { Signal::New };
        story.signal = marked.unwrap_or(unmarked);
        story.status = signals::status(story.signal);
        let (id, is_new, published_at) =
            (story.story_id.clone(), known.is_none(), story.published_at);
        if self.needs_page(item, &story) {
            if !self.push_pending(story) {
                return false;
            }
        } else {
            self.state.pending.retain(|waiting| waiting.story.story_id != id);
            self.stories.push(story);
        }
        if is_new {
            self.arrivals.push(published_at);
        }
        seen.set(id, hash);
        true
    }

    fn needs_page(&self, item: &Item, story: &RawStory) -> bool {
        let wants_pages =
            matches!(self.state.source.kind, SourceKind::Feed { fetch_pages: true, .. });
        let is_full = item.content.as_ref().is_some_and(|c| c.value.len() >= FULL_CONTENT_BYTES)
            || item.summary.as_ref().is_some_and(|s| s.value.len() >= FULL_SUMMARY_BYTES);
        wants_pages && !is_full && item.about.link.is_some() && story.signal != Signal::Kill
    }

    /// Takes back a story that is known.
    fn take_deletion(&mut self, id: &str, visit: &Visit, seen: &mut Seen) {
        let story_id = self.id_of(id);
        let killed = ContentHash::of(b"killed");
        if seen.hash_of(&story_id).is_none_or(|hash| *hash == killed) {
            return;
        }
        seen.set(story_id.clone(), killed);
        self.state.pending.retain(|waiting| waiting.story.story_id != story_id);
        self.stories.push(RawStory {
            story_id,
            status: Status::Canceled,
            signal: Signal::Kill,
            provider_id: id.trim().to_owned(),
            format: Format::HtmlFragment,
            http: Some(visit.exchange()),
            ..self.bare_story(visit.received_at)
        });
    }

    fn id_of(&self, provider_id: &str) -> StoryId {
        StoryId::derive(self.state.source.provider(), provider_id.trim())
    }

    /// The story as the feed alone tells it.
    fn story_of(
        &self,
        item: &Item,
        feed: &Feed,
        visit: &Visit,
        exchange: &HttpExchange,
    ) -> RawStory {
        let about = &item.about;
        let provider_id = provider_id(item);
        let language = about.language.clone().or_else(|| feed.about.language.clone());
        RawStory {
            story_id: self.id_of(&provider_id),
            provider_id,
            url: about.link.clone(),
            title: about.plain_title(),
            published_at: about.published.as_ref().and_then(|moment| moment.at),
            published_text: about.published.as_ref().map(|moment| moment.text.clone()),
            modified_at: about.updated.as_ref().and_then(|moment| moment.at),
            language: language.or_else(|| self.state.source.language.clone()),
            authors: about.authors.iter().filter_map(|a| a.display()).map(str::to_owned).collect(),
            format: Format::HtmlFragment,
            body: Payload::new(longest_text(item)),
            http: Some(exchange.clone()),
            ..self.bare_story(visit.received_at)
        }
    }
}

fn provider_id(item: &Item) -> String {
    let about = &item.about;
    let title = about.plain_title();
    let content = || title.clone().unwrap_or_else(|| longest_text(item));
    identity::provider_id(about.id.as_deref(), about.link.as_deref(), &content())
}

/// The longest text that the feed carries of an item, as HTML.
fn longest_text(item: &Item) -> String {
    let texts = [&item.content, &item.summary];
    let longest = texts.into_iter().flatten().max_by_key(|text| text.value.len());
    longest.map(dateline_wire::feed::Rich::html).unwrap_or_default()
}

/// What the feed says of an item; another hash is another version.
pub(super) fn content_hash(item: &Item) -> ContentHash {
    let rich = |text: &Option<dateline_wire::feed::Rich>| {
        text.as_ref().map_or_else(String::new, |text| text.value.clone())
    };
    let parts = [
        item.about.plain_title().unwrap_or_default(),
        item.about.link.clone().unwrap_or_default(),
        rich(&item.summary),
        rich(&item.content),
        item.about.updated.as_ref().map_or_else(String::new, |moment| moment.text.clone()),
    ];
    ContentHash::of(parts.join("\u{1f}").as_bytes())
}

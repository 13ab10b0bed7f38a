//! The pages of items that wait for them: fetched in their order, asked for again after a failure,
//! and after too many the story is emitted from what the feed says, so that none is lost.

use std::collections::HashSet;
use std::time::Duration;

use dateline_record::{Access, Errand, PendingItem, Signal, SourceSpec, Status};
use url::Url;

use super::page::{self, Outcome};
use super::poll::Poll;
use crate::host::{self, Realm};
use crate::{after, backoff, now};

impl Poll<'_> {
    /// Fetches pages whose time has come, a bounded number.
    pub(super) async fn fetch_pages(&mut self) {
        let mut waiting = std::mem::take(&mut self.state.pending);
        let mut later = Vec::new();
        let mut closed_hosts = HashSet::new();
        let mut asked = 0;
        for item in waiting.drain(..) {
            let host = host_of(&item).to_owned();
            let is_due = item.not_before <= self.now && !closed_hosts.contains(&host);
            if !is_due || asked >= self.tools.config.max_pages_per_poll {
                later.push(item);
                continue;
            }
            let url = item.story.url.clone().unwrap_or_default();
            let realm = Realm::new(self.territory, &self.state.source);
            let outcome = page::ask(self.tools, &realm, &url).await;
            if matches!(outcome, Outcome::NotAsked(_)) {
                closed_hosts.insert(host);
            } else {
                asked += 1;
            }
            later.extend(self.take_page(item, outcome));
        }
        self.state.pending = later;
    }

    /// Emits the story, or gives the item back to wait.
    fn take_page(&mut self, mut item: PendingItem, outcome: Outcome) -> Option<PendingItem> {
        match outcome {
            Outcome::Page(visit) => {
                page::fill(&mut item.story, *visit);
                self.emit(item);
            }
            Outcome::Gone => {
                item.story.signal = Signal::Kill;
                item.story.status = Status::Canceled;
                self.emit(item);
            }
            Outcome::Never(what) => self.emit_from_feed(item, &what),
            // Asking again is what the challenge is there to stop.
            Outcome::Challenged(what) => {
                item.story.access = Access::Challenge;
                self.emit_from_feed(item, &what);
            }
            Outcome::Elsewhere(url) => self.hand_over(item, &url),
            Outcome::NotAsked(wait) => {
                item.not_before = after(now(), wait);
                return Some(item);
            }
            Outcome::Later { what, pause } => return self.wait(item, &what, pause),
        }
        None
    }

    fn wait(
        &mut self,
        mut item: PendingItem,
        what: &str,
        pause: Option<Duration>,
    ) -> Option<PendingItem> {
        item.attempts += 1;
        if item.attempts >= self.tools.config.max_page_attempts {
            self.emit_from_feed(item, what);
            return None;
        }
        let name = item.story.story_id.as_str();
        let backoff = backoff::pause(&self.tools.config, name, item.attempts);
        item.not_before = after(now(), backoff.max(pause.unwrap_or_default()));
        tracing::info!(
            source_id = %self.state.source.id,
            story_id = name,
            attempts = item.attempts,
            error = what,
            "page could not be fetched and is asked for again"
        );
        Some(item)
    }

    fn emit_from_feed(&mut self, mut item: PendingItem, what: &str) {
        tracing::warn!(
            source_id = %self.state.source.id,
            story_id = %item.story.story_id,
            attempts = item.attempts,
            error = what,
            "page cannot be had, the story is what the feed says"
        );
        item.story.fetched_at = now();
        self.emit(item);
    }

    /// Leaves a page to the owner of its host.
    fn hand_over(&mut self, item: PendingItem, url: &Url) {
        let mut story = Box::new(item.story);
        story.url = Some(url.to_string());
        let spec = SourceSpec::errand(Errand::Page { story }, &host::domain(url), self.now);
        self.errands.push(spec);
    }

    fn emit(&mut self, item: PendingItem) {
        let mut story = item.story;
        story.revision = self.revision(story.fetched_at);
        self.stories.push(story);
    }
}

fn host_of(item: &PendingItem) -> &str {
    let url = item.story.url.as_deref().unwrap_or_default();
    let after_scheme = url.split_once("//").map_or(url, |(_, rest)| rest);
    after_scheme.split(['/', '?', '#']).next().unwrap_or_default()
}

//! One poll of a source on the web: its list if its time has come, then the pages that wait.

use std::time::Duration;

use dateline_record::{
    FetchState, Format, Pace, PendingItem, RawStory, Revision, Signal, SourceKind, SourceSpec,
    Timestamp,
};
use dateline_runtime::{BadInput, Polled, Territory};
use url::Url;

use super::page::empty_story;
use super::{api, cut, front, sitemap};
use crate::host::Realm;
use crate::http::Conditions;
use crate::schedule::{self, Bounds};
use crate::web::{Question, Visit, WebError};
use crate::{Tools, after, backoff};

/// One poll of one source.
pub(crate) struct Poll<'a> {
    pub(super) tools: &'a Tools,
    pub(super) state: FetchState,
    pub(super) now: Timestamp,
    pub(super) territory: &'a Territory,
    pub(super) stories: Vec<RawStory>,
    pub(super) errands: Vec<SourceSpec>,
    pub(super) dead: Vec<BadInput>,
    pub(super) http_status: Option<u16>,
    /// When the new items of this poll came, as far as they say it.
    pub(super) arrivals: Vec<Option<Timestamp>>,
}

/// What asking for a list came to.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// For how long the source wants to be left alone.
    pub(super) hint: Option<Duration>,
    /// Items that the list can hold, where it shows only the newest.
    pub(super) capacity: Option<u32>,
    /// Whether there is more to be had at once.
    pub(super) more: bool,
}

/// Why the list did not come.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The host's turn has not come; nothing was asked.
    NotNow(Duration),
    /// It failed; why, and the least pause where the host asks for one.
    Failed(String, Option<Duration>),
}

impl From<String> for Failure {
    fn from(what: String) -> Self {
        Self::Failed(what, None)
    }
}

/// Polls a source of any kind that asks the web.
pub(crate) async fn poll(
    tools: &Tools,
    state: FetchState,
    now: Timestamp,
    territory: &Territory,
) -> Polled {
    let mut poll = Poll::new(tools, state, now, territory);
    if poll.state.next_feed_at.is_none_or(|at| at <= now) {
        let asked = match poll.state.source.kind.clone() {
            SourceKind::Feed { url, .. } => poll.ask_feed(&url).await,
            SourceKind::Sitemap(sitemap) => sitemap::ask(&mut poll, &sitemap).await,
            SourceKind::Api(api) => api::ask(&mut poll, &api).await,
            SourceKind::Front(front) => front::ask(&mut poll, &front).await,
            SourceKind::Folder { .. } | SourceKind::Push | SourceKind::Errand(_) => {
                Ok(Asked::default())
            }
        };
        poll.settle(asked);
        poll.subscribe().await;
    }
    poll.fetch_pages().await;
    poll.finish()
}

/// How often a source is asked.
fn pace(kind: &SourceKind) -> Pace {
    match kind {
        SourceKind::Feed { pace, .. } => *pace,
        SourceKind::Sitemap(sitemap) => sitemap.pace,
        SourceKind::Api(api) => api.pace,
        SourceKind::Front(front) => front.pace,
        SourceKind::Folder { .. } | SourceKind::Push | SourceKind::Errand(_) => Pace::default(),
    }
}

impl<'a> Poll<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        state: FetchState,
        now: Timestamp,
        territory: &'a Territory,
    ) -> Self {
        Self {
            tools,
            state,
            now,
            territory,
            stories: Vec::new(),
            errands: Vec::new(),
            dead: Vec::new(),
            http_status: None,
            arrivals: Vec::new(),
        }
    }
}

impl Poll<'_> {
    /// Asks for a list. An answer other than 2xx and 304 is a failure.
    pub(super) async fn get(
        &mut self,
        url: &Url,
        conditions: Conditions<'_>,
        ask_robots: bool,
    ) -> Result<Visit, Failure> {
        let source = self.state.source.clone();
        let realm = Realm::new(self.territory, &source);
        let max_bytes = self.tools.config.max_feed_bytes;
        let question = Question { url, realm: &realm, ask_robots, conditions, max_bytes };
        let visit = match self.tools.web.visit(question).await {
            Ok(visit) => visit,
            Err(WebError::NotNow(wait)) => return Err(Failure::NotNow(wait)),
            Err(WebError::Elsewhere(to)) => {
                let what = format!(
                    "url: {url} redirects to {to}, a host that another fetcher owns; write that \
                     address"
                );
                return Err(what.into());
            }
            Err(error) => return Err(error.to_string().into()),
        };
        let status = visit.answer.status;
        self.http_status = Some(status);
        if !matches!(status, 200..=299 | 304) {
            let pause = visit.answer.retry_after(self.now);
            let what = match crate::access::challenge(&visit.answer) {
                Some(guard) => {
                    format!("{url} answered with status {status} and a challenge of {guard}")
                }
                None => format!("{url} answered with status {status}"),
            };
            return Err(Failure::Failed(what, pause));
        }
        Ok(visit)
    }

    /// A story of the source of which nothing else is known.
    pub(super) fn bare_story(&self, received_at: Timestamp) -> RawStory {
        RawStory {
            revision: self.revision(received_at),
            source_id: self.state.source.id.clone(),
            provider: self.state.source.provider().to_owned(),
            fetched_at: received_at,
            format: Format::HtmlFragment,
            signal: Signal::New,
            ..empty_story(self.tools)
        }
    }

    /// The revision of a version that came at a time.
    pub(super) fn revision(&self, at: Timestamp) -> Revision {
        Revision::from_time(self.state.version_time(at.max(self.now)))
    }

    /// Lets a story wait for its page; false where there is no room.
    pub(super) fn push_pending(&mut self, story: RawStory) -> bool {
        self.state.pending.retain(|waiting| waiting.story.story_id != story.story_id);
        if self.state.pending.len() >= self.tools.config.max_pending_items {
            return false;
        }
        self.state.pending.push(PendingItem { story, attempts: 0, not_before: self.now });
        true
    }

    fn settle(&mut self, asked: Result<Asked, Failure>) {
        match asked {
            Ok(asked) => {
                self.learn();
                self.state.failures = 0;
                self.state.last_error = None;
                self.state.last_success_at = Some(self.now);
                self.state.next_feed_at = Some(self.next_time(&asked));
            }
            Err(Failure::NotNow(wait)) => self.state.next_feed_at = Some(after(self.now, wait)),
            Err(Failure::Failed(what, pause)) => self.failed(&what, pause),
        }
    }

    /// Takes what this poll brought into the source's rhythm.
    fn learn(&mut self) {
        let arrivals = std::mem::take(&mut self.arrivals);
        schedule::learn(&mut self.state.rhythm, &arrivals, self.state.last_success_at, self.now);
    }

    fn next_time(&self, asked: &Asked) -> Timestamp {
        if asked.more {
            return self.now;
        }
        let pace = pace(&self.state.source.kind);
        if let Some(seconds) = pace.interval_seconds {
            return after(self.now, Duration::from_secs(seconds));
        }
        let config = &self.tools.config;
        let given = |seconds: Option<u64>, default_ms: u64| {
            seconds.map_or(Duration::from_millis(default_ms), Duration::from_secs)
        };
        let hint = asked.hint.unwrap_or_default().min(Duration::from_millis(config.max_hint_ms));
        let mut min = given(pace.min_interval_seconds, config.min_poll_interval_ms).max(hint);
        if self.is_pushed() {
            min = min.max(Duration::from_millis(config.subscribed_poll_interval_ms));
        }
        let mut max = given(pace.max_interval_seconds, config.max_poll_interval_ms).max(min);
        // Where items were lost in the last pause, the next must be shorter.
        if let Some(gap) = self.state.gaps.last().filter(|gap| gap.until == self.now) {
            let pause = gap.until.as_millis().saturating_sub(gap.from.as_millis());
            max = max.min(Duration::from_millis(u64::try_from(pause / 2).unwrap_or(0))).max(min);
        }
        let bounds = Bounds {
            min,
            max,
            worth_item_seconds: config.request_worth_item_seconds,
            capacity: asked.capacity,
        };
        let id = self.state.source.id.as_str();
        schedule::next(&self.state.rhythm, &bounds, id, self.now)
    }

    fn failed(&mut self, what: &str, pause: Option<Duration>) {
        let state = &mut self.state;
        state.failures = state.failures.saturating_add(1);
        // The old address may answer again where the new one does not.
        state.moved = None;
        let backoff = backoff::pause(&self.tools.config, state.source.id.as_str(), state.failures);
        let pause = backoff.max(pause.unwrap_or_default());
        state.next_feed_at = Some(after(self.now, pause));
        tracing::warn!(
            source_id = %state.source.id,
            failures = state.failures,
            pause_seconds = pause.as_secs(),
            error = what,
            "source could not be fetched"
        );
        state.last_error = Some(cut(what));
    }

    pub(super) fn finish(mut self) -> Polled {
        if self.state.source.kind == SourceKind::Push {
            // There is nothing to ask for: it is delivered.
            self.state.next_feed_at = Some(Timestamp::from_millis(i64::MAX));
        }
        let list = self.state.next_feed_at.unwrap_or(self.now);
        let page = self.state.pending.iter().map(|item| item.not_before).min();
        self.state.next_poll_at = page.map_or(list, |page| page.min(list));
        self.state.end_poll(self.now);
        Polled {
            stories: self.stories,
            errands: self.errands,
            dead: self.dead,
            state: self.state,
            http_status: self.http_status,
        }
    }
}

//! Feeds: asked at intervals with conditional requests; each new or changed item becomes a story,
//! with its page where the feed does not carry the text.

mod items;
mod pages;

use std::time::Duration;

use dateline_record::{FetchState, RawStory, SourceKind, SourceSpec, Timestamp, Validators};
use dateline_runtime::{Polled, Territory};
use dateline_wire::decode::decode;
use dateline_wire::feed::{Context, Feed, Limits, base_of, parse_in};
use url::Url;

use crate::host::Realm;
use crate::http::Conditions;
use crate::web::{Question, Visit, WebError};
use crate::{Tools, after, backoff};

/// One poll of one feed.
pub(super) struct Poll<'a> {
    tools: &'a Tools,
    state: FetchState,
    now: Timestamp,
    territory: &'a Territory,
    stories: Vec<RawStory>,
    errands: Vec<SourceSpec>,
    http_status: Option<u16>,
}

/// Why the feed did not come.
struct Failure {
    what: String,
    /// The least pause, where the host asks for one.
    pause: Option<Duration>,
}

/// Asks a feed if its time has come, then for the pages that wait.
pub(crate) async fn poll(
    tools: &Tools,
    state: FetchState,
    now: Timestamp,
    territory: &Territory,
) -> Polled {
    let (stories, errands) = (Vec::new(), Vec::new());
    let mut poll = Poll { tools, state, now, territory, stories, errands, http_status: None };
    if poll.state.next_feed_at.is_none_or(|at| at <= now) {
        poll.ask_feed().await;
    }
    poll.fetch_pages().await;
    poll.finish()
}

impl Poll<'_> {
    async fn ask_feed(&mut self) {
        let SourceKind::Feed { url, interval_seconds, .. } = self.state.source.kind.clone() else {
            return;
        };
        match self.get(&url).await {
            Ok(Some(visit)) => {
                if let Err(what) = self.read(&visit) {
                    return self.failed(&Failure { what, pause: None });
                }
            }
            Ok(None) => {}
            Err(Ok(wait)) => {
                self.state.next_feed_at = Some(after(self.now, wait));
                return;
            }
            Err(Err(failure)) => return self.failed(&failure),
        }
        self.state.failures = 0;
        self.state.last_error = None;
        self.state.last_success_at = Some(self.now);
        self.state.next_feed_at = Some(after(self.now, Duration::from_secs(interval_seconds)));
    }

    /// The feed, or none where it has not changed. An inner `Ok` is a pause without a failure.
    async fn get(&mut self, url: &str) -> Result<Option<Visit>, Result<Duration, Failure>> {
        let failed = |what: String, pause| Err(Err(Failure { what, pause }));
        let url = match Url::parse(url) {
            Ok(url) => url,
            Err(error) => return failed(format!("url {url:?} is no address: {error}"), None),
        };
        let validators = &self.state.validators;
        let realm = Realm::new(self.territory, &self.state.source);
        let question = Question {
            url: &url,
            realm: &realm,
            ask_robots: false,
            conditions: Conditions {
                etag: validators.etag.as_deref(),
                last_modified: validators.last_modified.as_deref(),
            },
            max_bytes: self.tools.config.max_feed_bytes,
        };
        let visit = match self.tools.web.visit(question).await {
            Ok(visit) => visit,
            Err(WebError::NotNow(wait)) => return Err(Ok(wait)),
            Err(WebError::Elsewhere(to)) => {
                let what = format!(
                    "url: {url} redirects to {to}, a host that another fetcher owns; write that address"
                );
                return failed(what, None);
            }
            Err(error) => return failed(error.to_string(), None),
        };
        let status = visit.answer.status;
        self.http_status = Some(status);
        match status {
            200..=299 => Ok(Some(visit)),
            304 => Ok(None),
            _ => {
                let pause = visit.answer.retry_after(self.now);
                failed(format!("{url} answered with status {status}"), pause)
            }
        }
    }

    /// Reads a feed that came.
    fn read(&mut self, visit: &Visit) -> Result<(), String> {
        let limits = Limits {
            max_items: self.tools.config.max_feed_items,
            max_depth: self.tools.config.max_feed_depth,
            ..Limits::default()
        };
        let text = decode(&visit.answer.body, visit.answer.header("content-type")).text;
        let base = base_of(&visit.url, visit.answer.header("content-location"));
        let language = visit.answer.header("content-language");
        let feed = parse_in(&text, &Context { base: Some(&base), language }, &limits);
        self.refuse_no_feed(&feed)?;
        let all_taken = self.take_feed(&feed, visit);
        // A feed of which not all was taken must come whole the next time.
        self.state.validators = if all_taken && !visit.answer.truncated {
            Validators {
                etag: visit.answer.header("etag").map(str::to_owned),
                last_modified: visit.answer.header("last-modified").map(str::to_owned),
            }
        } else {
            Validators::default()
        };
        Ok(())
    }

    fn refuse_no_feed(&self, feed: &Feed) -> Result<(), String> {
        let Some(problem) = feed.problems.first() else {
            return Ok(());
        };
        let is_nothing =
            feed.items.is_empty() && feed.deleted.is_empty() && feed.about.title.is_none();
        if is_nothing {
            return Err(problem.to_string());
        }
        tracing::warn!(
            source_id = %self.state.source.id,
            problems = feed.problems.len(),
            error = %problem,
            "feed is partly unreadable"
        );
        Ok(())
    }

    fn failed(&mut self, failure: &Failure) {
        let state = &mut self.state;
        state.failures = state.failures.saturating_add(1);
        let pause = backoff::pause(&self.tools.config, state.source.id.as_str(), state.failures);
        let pause = pause.max(failure.pause.unwrap_or_default());
        state.next_feed_at = Some(after(self.now, pause));
        tracing::warn!(
            source_id = %state.source.id,
            failures = state.failures,
            pause_seconds = pause.as_secs(),
            error = failure.what,
            "feed could not be fetched"
        );
        state.last_error = Some(cut(&failure.what));
    }

    fn finish(mut self) -> Polled {
        let feed = self.state.next_feed_at.unwrap_or(self.now);
        let page = self.state.pending.iter().map(|item| item.not_before).min();
        self.state.next_poll_at = page.map_or(feed, |page| page.min(feed));
        self.state.updated_at = self.now;
        Polled {
            stories: self.stories,
            errands: self.errands,
            dead: Vec::new(),
            state: self.state,
            http_status: self.http_status,
        }
    }
}

/// An error's text as the state keeps it.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(256).collect()
}

//! Feeds: asked at their own rhythm with conditional requests; each new or changed item becomes a
//! story, with its page where the feed does not carry the text.

pub(super) mod hints;
pub(super) mod items;

use dateline_record::{ContentHash, Moved, Timestamp, Trust, Validators};
use dateline_wire::decode::decode;
use dateline_wire::feed::{Context, Feed, Limits, base_of, parse_in};
use url::Url;

use super::poll::{Asked, Failure, Poll};
use crate::http::Conditions;
use crate::web::Visit;
use crate::{Config, after};

/// Reads a feed that came.
pub(crate) fn parse(config: &Config, visit: &Visit) -> Feed {
    let limits = Limits {
        max_items: config.max_feed_items,
        max_depth: config.max_feed_depth,
        ..Limits::default()
    };
    let text = decode(&visit.answer.body, visit.answer.header("content-type")).text;
    let base = base_of(&visit.url, visit.answer.header("content-location"));
    let language = visit.answer.header("content-language");
    parse_in(&text, &Context { base: Some(&base), language }, &limits)
}

/// Whether a document has nothing of a feed.
pub(crate) fn is_none(feed: &Feed) -> bool {
    feed.items.is_empty()
        && feed.deleted.is_empty()
        && feed.about.title.is_none()
        && !feed.problems.is_empty()
}

impl Poll<'_> {
    /// Asks for the feed and takes its items.
    pub(super) async fn ask_feed(&mut self, url: &str) -> Result<Asked, Failure> {
        let url = self.address(url)?;
        let asks_whole = self.asks_whole();
        let validators = std::mem::take(&mut self.state.validators);
        let conditions = if asks_whole { Conditions::default() } else { conditions(&validators) };
        let visit = match self.get(&url, conditions, false).await {
            Ok(visit) => visit,
            Err(failure) => {
                self.state.validators = validators;
                return Err(failure);
            }
        };
        self.note_move(&visit);
        if visit.answer.status == 304 {
            if asks_whole || (validators.etag.is_none() && validators.last_modified.is_none()) {
                self.state.validators = validators;
                let what = "answered 304 Not Modified to a request without a condition";
                return Err(format!("{url} {what}").into());
            }
            self.state.trust.conditional_polls += 1;
            self.state.validators = validators;
            return Ok(self.asked(&visit));
        }
        let feed = parse(&self.tools.config, &visit);
        if let Err(failure) = self.refuse_no_feed(&feed) {
            self.state.validators = validators;
            return Err(failure);
        }
        self.judge_validators(&feed, &visit, &validators, asks_whole).await;
        self.note_hub(&feed, &visit);
        self.state.hint_seconds = hints::of_feed(&feed.updates);
        let all_taken = self.take_feed(&feed, &visit);
        // A feed of which not all was taken must come whole the next time.
        if all_taken && !visit.answer.truncated {
            self.state.validators = validators_of(&visit);
        }
        Ok(self.asked(&visit))
    }

    /// Where the feed is now.
    pub(super) fn address(&self, url: &str) -> Result<Url, Failure> {
        let url = self.state.moved.as_ref().map_or(url, |moved| &moved.to);
        Url::parse(url).map_err(|error| format!("url: {url:?} is no address: {error}").into())
    }

    /// Whether this request is to bring the feed changed or not.
    fn asks_whole(&mut self) -> bool {
        let trust = &mut self.state.trust;
        if trust.distrusted_until.is_some_and(|until| until > self.now) {
            return true;
        }
        trust.distrusted_until = None;
        let every = self.tools.config.unconditional_every_polls;
        every > 0 && trust.conditional_polls + 1 >= every
    }

    fn asked(&self, visit: &Visit) -> Asked {
        let said = self.state.hint_seconds.map(std::time::Duration::from_secs);
        let hint = said.max(hints::of_answer(&visit.answer));
        let capacity = Some(self.state.listed_items).filter(|listed| *listed > 0);
        Asked { hint, capacity, more: false }
    }

    /// Remembers where the feed has gone for good.
    pub(super) fn note_move(&mut self, visit: &Visit) {
        let Some(to) = &visit.moved_to else {
            return;
        };
        tracing::info!(
            source_id = %self.state.source.id,
            url = %to,
            "source has moved for good, its new address is asked from now on"
        );
        self.state.moved = Some(Moved { to: to.to_string(), since: self.now });
    }

    /// Finds out whether the validators lie: the same ones came with other items, or the host
    /// says to the old ones that nothing has changed although it just sent something else.
    async fn judge_validators(
        &mut self,
        feed: &Feed,
        visit: &Visit,
        before: &Validators,
        asks_whole: bool,
    ) {
        let body = Some(hash_of(feed));
        let said_unchanged = self.state.trust.conditional_polls > 0;
        let is_other = self.state.trust.body.is_some() && self.state.trust.body != body;
        let until = self.state.trust.distrusted_until;
        self.state.trust = Trust { conditional_polls: 0, distrusted_until: until, body };
        let has_any = before.etag.is_some() || before.last_modified.is_some();
        if until.is_some() || !is_other || !has_any || visit.answer.truncated {
            return;
        }
        let lies = validators_of(visit) == *before
            || (asks_whole && said_unchanged && self.is_told_unchanged(visit, before).await);
        if lies {
            let until: Timestamp =
                after(self.now, crate::config::millis(self.tools.config.distrust_validators_ms));
            self.state.trust.distrusted_until = Some(until);
            tracing::warn!(
                source_id = %self.state.source.id,
                distrusted_until = %until,
                "validators of a feed lie, it is asked for whole from now on"
            );
        }
    }

    async fn is_told_unchanged(&mut self, visit: &Visit, before: &Validators) -> bool {
        let status = self.http_status;
        let answer = self.get(&visit.url, conditions(before), false).await;
        self.http_status = status;
        answer.is_ok_and(|again| again.answer.status == 304)
    }

    fn refuse_no_feed(&self, feed: &Feed) -> Result<(), Failure> {
        let Some(problem) = feed.problems.first() else {
            return Ok(());
        };
        if is_none(feed) {
            return Err(problem.to_string().into());
        }
        tracing::warn!(
            source_id = %self.state.source.id,
            problems = feed.problems.len(),
            error = %problem,
            "feed is partly unreadable"
        );
        Ok(())
    }
}

/// What to send so that only something new is sent back.
pub(super) fn conditions(validators: &Validators) -> Conditions<'_> {
    Conditions {
        etag: validators.etag.as_deref(),
        last_modified: validators.last_modified.as_deref(),
        ..Conditions::default()
    }
}

pub(super) fn validators_of(visit: &Visit) -> Validators {
    Validators {
        etag: visit.answer.header("etag").map(str::to_owned),
        last_modified: visit.answer.header("last-modified").map(str::to_owned),
    }
}

/// Hash of what the items say; the time of a feed's making changes with each request.
fn hash_of(feed: &Feed) -> ContentHash {
    let items: Vec<String> =
        feed.items.iter().map(|item| items::content_hash(item).to_string()).collect();
    ContentHash::of(items.join(" ").as_bytes())
}

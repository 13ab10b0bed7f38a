//! Errands: the page of a story that another host's owner found, and the end of an embargo.

use std::time::Duration;

use dateline_record::{
    Access, Errand, FetchState, RawStory, Revision, Signal, SourceKind, Status, Timestamp,
};
use dateline_runtime::{Polled, Territory};

use super::page::{self, Outcome};
use crate::host::{self, Realm};
use crate::{Tools, after, backoff, now};

/// Runs an errand; its state is exhausted where it is done.
pub(crate) async fn poll(
    tools: &Tools,
    state: FetchState,
    now: Timestamp,
    territory: &Territory,
) -> Polled {
    let mut polled = Polled {
        stories: Vec::new(),
        errands: Vec::new(),
        dead: Vec::new(),
        state,
        http_status: None,
    };
    polled.state.updated_at = now;
    match polled.state.source.kind.clone() {
        SourceKind::Errand(Errand::Release { story }) => release(*story, &mut polled),
        SourceKind::Errand(Errand::Page { story }) => {
            fetch(tools, *story, &mut polled, territory).await;
        }
        // Deliveries are received, not polled.
        _ => polled.state.exhausted = true,
    }
    polled
}

fn release(mut story: RawStory, polled: &mut Polled) {
    if story.status == Status::Embargoed {
        story.status = Status::Usable;
    }
    done(story, polled);
}

fn done(story: RawStory, polled: &mut Polled) {
    polled.stories.push(story);
    polled.state.exhausted = true;
}

async fn fetch(tools: &Tools, mut story: RawStory, polled: &mut Polled, territory: &Territory) {
    let url = story.url.clone().unwrap_or_default();
    let realm = Realm::new(territory, &polled.state.source);
    match page::ask(tools, &realm, &url).await {
        Outcome::Page(visit) => {
            page::fill(&mut story, *visit);
            emit(story, polled);
        }
        Outcome::Gone => {
            story.signal = Signal::Kill;
            story.status = Status::Canceled;
            emit(story, polled);
        }
        Outcome::Elsewhere(url) => {
            story.url = Some(url.to_string());
            let errand = Errand::Page { story: Box::new(story) };
            let spec = dateline_record::SourceSpec::errand(errand, &host::domain(&url), now());
            polled.errands.push(spec);
            polled.state.exhausted = true;
        }
        Outcome::Never(what) => from_feed(story, &what, polled),
        Outcome::Challenged(what) => {
            story.access = Access::Challenge;
            from_feed(story, &what, polled);
        }
        Outcome::NotAsked(wait) => polled.state.next_poll_at = after(now(), wait),
        Outcome::Later { what, pause } => later(tools, story, (what, pause), polled),
    }
}

fn later(
    tools: &Tools,
    story: RawStory,
    (what, pause): (String, Option<Duration>),
    polled: &mut Polled,
) {
    polled.state.failures += 1;
    let failures = polled.state.failures;
    if failures >= tools.config.max_page_attempts {
        return from_feed(story, &what, polled);
    }
    let backoff = backoff::pause(&tools.config, story.story_id.as_str(), failures);
    polled.state.next_poll_at = after(now(), backoff.max(pause.unwrap_or_default()));
    polled.state.last_error = Some(super::cut(&what));
}

/// The page cannot be had: the story is what its feed says, so that it is not lost.
fn from_feed(mut story: RawStory, what: &str, polled: &mut Polled) {
    tracing::warn!(
        source_id = %story.source_id,
        story_id = %story.story_id,
        error = what,
        "page cannot be had, the story is what the feed says"
    );
    story.fetched_at = now();
    emit(story, polled);
}

fn emit(mut story: RawStory, polled: &mut Polled) {
    story.revision = Revision::from_time(story.fetched_at);
    done(story, polled);
}

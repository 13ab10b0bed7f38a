//! Errands: the page of a story that another host's owner found, and the end of an embargo.

use dateline_record::{Errand, FetchState, RawStory, SourceKind, Status, Timestamp};
use dateline_runtime::{Polled, Territory};

use super::poll::Poll;
use crate::Tools;

/// Runs an errand; its state is exhausted where it is done.
pub(crate) async fn poll(
    tools: &Tools,
    state: FetchState,
    now: Timestamp,
    territory: &Territory,
) -> Polled {
    let kind = state.source.kind.clone();
    let mut poll = Poll::new(tools, state, now, territory);
    match kind {
        SourceKind::Errand(Errand::Release { story }) => poll.stories.push(released(*story)),
        SourceKind::Errand(Errand::Page { story }) => {
            if poll.state.next_feed_at.is_none() {
                poll.push_pending(*story);
                poll.state.next_feed_at = Some(Timestamp::from_millis(i64::MAX));
            }
            poll.fetch_pages().await;
        }
        // Deliveries are received, not polled.
        _ => {}
    }
    poll.state.exhausted = poll.state.pending.is_empty();
    poll.finish()
}

fn released(mut story: RawStory) -> RawStory {
    if story.status == Status::Embargoed {
        story.status = Status::Usable;
    }
    story
}

//! What was delivered at the push port: a provider's stories, or a hub's word on a feed.

use dateline_record::{Delivery, FaultCode, FetchState, RobotsVerdict, SourceKind};
use dateline_runtime::{Fault, Polled, Territory};
use url::Url;

use super::{feed, folder, poll::Poll, websub};
use crate::Tools;
use crate::http::Answer;
use crate::web::Visit;

/// Takes a delivery for a source.
pub(crate) fn receive(
    tools: &Tools,
    state: FetchState,
    delivery: Delivery,
) -> Result<Polled, Fault> {
    let territory = Territory::everywhere();
    let now = crate::now();
    let kind = state.source.kind.clone();
    let mut poll = Poll::new(tools, state, now, &territory);
    match kind {
        SourceKind::Push => {
            (poll.stories, poll.dead) = folder::delivered::read(tools, &poll.state, &delivery);
            folder::serials::note(&mut poll.state, &poll.stories, now, true);
            poll.state.last_success_at = Some(now);
        }
        SourceKind::Feed { .. } if delivery.body.as_bytes().is_empty() => {
            note(&mut poll.state, &delivery)?;
        }
        SourceKind::Feed { url, .. } => take_feed(&mut poll, &url, delivery)?,
        _ => {
            let what = "the source takes no deliveries: its kind is neither push nor feed";
            return Err(Fault::poison(FaultCode::BadDocument, what));
        }
    }
    Ok(poll.finish())
}

/// A hub's word on the subscription.
fn note(state: &mut FetchState, delivery: &Delivery) -> Result<(), Fault> {
    let poison = |what: String| Fault::poison(FaultCode::BadDocument, what);
    let known = state.subscription.as_mut();
    let known = known.ok_or_else(|| poison("no hub was asked for this feed".to_owned()))?;
    websub::take_note(known, &delivery.headers, delivery.received_at).map_err(poison)?;
    tracing::info!(
        source_id = %state.source.id,
        lease_until = known.lease_until.map(|until| until.to_string()),
        "hub has answered"
    );
    Ok(())
}

/// The part of a feed that a hub has pushed.
fn take_feed(poll: &mut Poll<'_>, url: &str, delivery: Delivery) -> Result<(), Fault> {
    let poison = |what: String| Fault::poison(FaultCode::BadDocument, what);
    let url = Url::parse(url).map_err(|error| poison(format!("url: {error}")))?;
    let answer = Answer {
        status: 200,
        headers: delivery.headers,
        body: delivery.body.as_bytes().to_vec(),
        truncated: false,
    };
    let (redirects, moved_to, robots) = (Vec::new(), None, RobotsVerdict::NotAsked);
    let received_at = delivery.received_at;
    let visit = Visit { answer, url, redirects, moved_to, robots, received_at };
    let feed = feed::parse(&poll.tools.config, &visit);
    if feed::is_none(&feed) {
        return Err(poison("the hub has pushed what is no feed".to_owned()));
    }
    // A part of a feed says nothing of how many items the whole one lists.
    let listed = poll.state.listed_items;
    let last_success_at = poll.state.last_success_at.take();
    let all_taken = poll.take_feed(&feed, &visit);
    poll.state.listed_items = listed;
    poll.state.last_success_at = last_success_at;
    if !all_taken {
        // There is no room for its pages: the feed tells of it once more when there is.
        poll.state.next_feed_at = Some(poll.now);
    }
    Ok(())
}

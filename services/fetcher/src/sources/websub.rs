//! WebSub (W3C Recommendation): a feed that names a hub is subscribed to there, so that what is new is
//! pushed. The feed is still asked for, more seldom, since a hub may forget.

use std::collections::BTreeMap;
use std::time::Duration;

use dateline_record::{Subscription, Timestamp};
use dateline_wire::feed::Feed;
use url::{Url, form_urlencoded};

use super::poll::Poll;
use crate::after;
use crate::http::Form;
use crate::push::Way;
use crate::web::Visit;

/// A hub that has not confirmed is asked again after so long.
const ASK_AGAIN: Duration = Duration::from_hours(1);

/// Bytes of a hub's answer, which says nothing.
const MAX_ANSWER_BYTES: usize = 4096;

impl Poll<'_> {
    /// Notes the hub that a feed names, in itself or in the answer's headers.
    pub(super) fn note_hub(&mut self, feed: &Feed, visit: &Visit) {
        if !self.tools.push.can_subscribe() {
            return;
        }
        let header = visit.answer.header("link").unwrap_or_default();
        let find = |rel: &str| {
            let own = feed.about.link_with_rel(rel).map(str::to_owned);
            let link = linked(header, rel).or(own)?;
            visit.url.join(&link).ok().map(|url| url.to_string())
        };
        let Some(hub) = find("hub") else {
            self.state.subscription = None;
            return;
        };
        let topic = find("self").unwrap_or_else(|| visit.url.to_string());
        let known = self.state.subscription.as_ref();
        if known.is_none_or(|known| known.hub != hub || known.topic != topic) {
            let (asked_at, lease_until) = (None, None);
            self.state.subscription = Some(Subscription { hub, topic, asked_at, lease_until });
        }
    }

    /// Whether a hub pushes what is new.
    pub(super) fn is_pushed(&self) -> bool {
        let lease = self.state.subscription.as_ref().and_then(|known| known.lease_until);
        lease.is_some_and(|until| until > self.now)
    }

    /// Asks the hub, where it was not asked or its lease comes to an end.
    pub(super) async fn subscribe(&mut self) {
        let Some(known) = self.state.subscription.clone().filter(|known| is_due(known, self.now))
        else {
            return;
        };
        let Some(address) = self.tools.push.address(&self.state.source, Way::Hub) else {
            return;
        };
        if let Some(subscription) = &mut self.state.subscription {
            subscription.asked_at = Some(self.now);
        }
        let lease = self.tools.config.subscription_lease_seconds.to_string();
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.topic", &known.topic)
            .append_pair("hub.callback", &address.url)
            .append_pair("hub.secret", &address.secret)
            .append_pair("hub.lease_seconds", &lease)
            .finish();
        let Ok(hub) = Url::parse(&known.hub) else {
            return;
        };
        // One hub serves many feeds of many owners, so it is nobody's own: each fetcher keeps its
        // pauses there.
        let form = Form { secret: None, body: &body };
        let error = match self.tools.web.post(&hub, form, MAX_ANSWER_BYTES).await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                tracing::info!(source_id = %self.state.source.id, %hub, "hub asked to push");
                return;
            }
            Ok(answer) => format!("status {}", answer.status),
            Err(error) => error.to_string(),
        };
        tracing::warn!(source_id = %self.state.source.id, %hub, error, "hub cannot be asked to push");
    }
}

fn is_due(known: &Subscription, now: Timestamp) -> bool {
    let Some(asked_at) = known.asked_at else {
        return true;
    };
    match known.lease_until {
        Some(until) => {
            // At four fifths of the lease there is time left for a hub that is down.
            let lease = until.as_millis().saturating_sub(asked_at.as_millis());
            now.as_millis() > asked_at.as_millis().saturating_add(lease / 5 * 4)
        }
        None => now > after(asked_at, ASK_AGAIN),
    }
}

/// What a hub said when it verified: whether it pushes, and until when.
pub(super) fn take_note(
    known: &mut Subscription,
    note: &BTreeMap<String, String>,
    at: Timestamp,
) -> Result<(), String> {
    let topic = note.get("hub.topic");
    if topic.is_some_and(|topic| *topic != known.topic) {
        return Err(format!("hub.topic: {topic:?} is not what was asked for, {:?}", known.topic));
    }
    let lease = note.get("hub.lease_seconds").and_then(|text| text.parse().ok());
    known.lease_until = match note.get("hub.mode").map(String::as_str) {
        Some("subscribe") => lease.map(|seconds| after(at, Duration::from_secs(seconds))),
        _ => None,
    };
    Ok(())
}

/// The target of a relation in a `Link` header (RFC 8288).
fn linked(header: &str, rel: &str) -> Option<String> {
    header.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_of = parameters.split(';').any(|parameter| {
            let Some((name, value)) = parameter.split_once('=') else { return false };
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
        });
        is_of.then(|| target.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_link_headers() {
        let check = |header: &str, rel: &str, expected: Option<&str>| {
            assert_eq!(linked(header, rel).as_deref(), expected, "{header}");
        };
        let header = "<https://hub.example/>; rel=\"hub\", <https://a.example/feed>; rel=self";
        check(header, "hub", Some("https://hub.example/"));
        check(header, "self", Some("https://a.example/feed"));
        check(header, "next", None);
        check(
            "<https://a.example/>; title=\"hub\"; rel=\"Self HUB\"",
            "hub",
            Some("https://a.example/"),
        );
        check("nonsense", "hub", None);
    }

    #[test]
    fn asks_again_before_the_lease_ends() {
        let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
        let check = |asked: Option<i64>, lease: Option<i64>, now: i64, expected: bool| {
            let known = Subscription {
                hub: String::new(),
                topic: String::new(),
                asked_at: asked.map(at),
                lease_until: lease.map(at),
            };
            assert_eq!(is_due(&known, at(now)), expected, "{asked:?} {lease:?} {now}");
        };
        check(None, None, 0, true);
        check(Some(0), None, 1, false);
        check(Some(0), None, 2, true);
        check(Some(0), Some(100), 79, false);
        check(Some(0), Some(100), 81, true);
    }
}

//! JSON interfaces: pages of items behind a token, followed by link or cursor; each item's exact
//! bytes are the story, read as its format or as the source's file says.

mod item;
mod json;

use std::time::Duration;

use dateline_record::{Api, NextPage, Timestamp, Validators};
use serde_json::value::RawValue;
use url::Url;

use super::feed::{self, conditions, validators_of};
use super::poll::{Asked, Failure, Poll};
use super::seen::Seen;
use crate::http::Conditions;
use crate::secret::{NoSecret, Secret};
use crate::web::Visit;
use item::Taken;

/// How far back the first poll of an interface looks that is asked by time.
const FIRST_SINCE_MS: i64 = 24 * 3_600_000;

/// What stands in an address for the time of the last success.
const SINCE: &str = "{since}";

/// Asks for pages, up to the poll's bound.
pub(super) async fn ask(poll: &mut Poll<'_>, api: &Api) -> Result<Asked, Failure> {
    let secret = match &api.auth {
        Some(auth) => match poll.tools.tokens.secret(&poll.tools.web, auth).await {
            Ok(secret) => Some(secret),
            Err(NoSecret::NotNow(wait)) => return Err(Failure::NotNow(wait)),
            Err(NoSecret::Failed(what)) => return Err(what.into()),
        },
        None => None,
    };
    let asked = ask_pages(poll, api, secret.as_ref()).await;
    asked.map_err(|failure| match (failure, &secret) {
        (Failure::Failed(what, pause), Some(secret)) => {
            if matches!(poll.http_status, Some(401 | 403)) {
                poll.tools.tokens.forget(secret);
            }
            Failure::Failed(secret.redact(&what), pause)
        }
        (failure, _) => failure,
    })
}

async fn ask_pages(
    poll: &mut Poll<'_>,
    api: &Api,
    secret: Option<&Secret>,
) -> Result<Asked, Failure> {
    let mut url = start(poll, api)?;
    let mut asked = Asked::default();
    for page in 0..api.max_pages {
        let validators = poll.state.validators.clone();
        let visit = get(poll, api, &url, (secret, &validators)).await?;
        asked.hint = feed::hints::of_answer(&visit.answer).max(asked.hint);
        if visit.answer.status == 304 {
            return Ok(asked);
        }
        let taken = take_page(poll, api, &visit, secret).await?;
        let next = match (&api.next, taken.all) {
            (Some(next), true) => next_url(next, &visit)?,
            _ => None,
        };
        let goes_on = taken.items > 0 && (taken.new > 0 || is_stream(api));
        poll.state.validators = Validators::default();
        match next.filter(|next| *next != url) {
            Some(next) if taken.all => {
                let next = secret.map_or_else(|| next.clone(), |secret| secret.strip(&next));
                if is_stream(api) {
                    poll.state.next_page = Some(next.to_string());
                }
                if !goes_on {
                    return Ok(asked);
                }
                url = next;
            }
            _ => {
                if taken.all && !visit.answer.truncated && !api.url.contains(SINCE) {
                    poll.state.validators = validators_of(&visit);
                }
                asked.more = !taken.all;
                return Ok(asked);
            }
        }
        asked.more = page + 1 == api.max_pages && is_stream(api);
    }
    if !is_stream(api) {
        tracing::warn!(
            source_id = %poll.state.source.id,
            max_pages = api.max_pages,
            "interface has more new items than max_pages, the oldest are left out"
        );
    }
    Ok(asked)
}

/// Whether the place is kept between polls.
fn is_stream(api: &Api) -> bool {
    api.next.as_ref().is_some_and(|next| next.resume)
}

/// The page to begin with.
fn start(poll: &Poll<'_>, api: &Api) -> Result<Url, Failure> {
    let kept = poll.state.next_page.clone().filter(|_| is_stream(api));
    let text = kept.unwrap_or_else(|| {
        let early = poll.now.as_millis().saturating_sub(FIRST_SINCE_MS);
        let since = poll.state.last_success_at.unwrap_or(Timestamp::from_millis(early));
        api.url.replace(SINCE, &since.to_string())
    });
    Url::parse(&text).map_err(|error| format!("url: {text:?} is no address: {error}").into())
}

async fn get(
    poll: &mut Poll<'_>,
    api: &Api,
    url: &Url,
    (secret, validators): (Option<&Secret>, &Validators),
) -> Result<Visit, Failure> {
    // Who gives an address of another site as the next page does not get our secret there.
    let is_home = Url::parse(&api.url).is_ok_and(|home| home.origin() == url.origin());
    let conditions = Conditions {
        secret: secret.filter(|_| is_home),
        patience: Duration::from_secs(api.long_poll_seconds.into()),
        ..conditions(validators)
    };
    poll.get(url, conditions, false).await
}

/// What came of a page.
#[derive(Debug, Default)]
struct Page {
    items: usize,
    new: usize,
    /// Whether all of it was taken; else it is asked for again.
    all: bool,
}

async fn take_page(
    poll: &mut Poll<'_>,
    api: &Api,
    visit: &Visit,
    secret: Option<&Secret>,
) -> Result<Page, Failure> {
    let document = json::document(&visit.answer.body)
        .map_err(|error| format!("{} gave no JSON: {error}", visit.url))?;
    let items: Vec<&RawValue> = json::find(document, &api.items)
        .and_then(|list| serde_json::from_str(list.get()).ok())
        .ok_or_else(|| format!("items: {:?} finds no list in {}", api.items, visit.url))?;
    let limit = poll.tools.config.max_feed_items;
    let mut page = Page { items: items.len(), new: 0, all: items.len() <= limit };
    let mut seen = Seen::new(std::mem::take(&mut poll.state.seen));
    let room = poll.tools.config.max_seen_items.max(2 * items.len());
    // A list has the newest first; stories are to be read in the order in which they came.
    let mut order: Vec<(usize, &RawValue)> = items.into_iter().take(limit).enumerate().collect();
    if !is_stream(api) {
        order.reverse();
    }
    let mut failure = None;
    for (number, element) in order {
        match item::take(poll, (api, secret), (number, element), visit, &mut seen).await {
            Ok(Taken::New) => page.new += 1,
            Ok(Taken::Known) => {}
            Ok(Taken::NoRoom) => page.all = false,
            Err(failed) => {
                failure = Some(failed);
                break;
            }
        }
        if !page.all {
            break;
        }
    }
    poll.state.seen = seen.into_items(room);
    failure.map_or(Ok(page), Err)
}

/// Where the next page is.
fn next_url(next: &NextPage, visit: &Visit) -> Result<Option<Url>, Failure> {
    let document = json::document(&visit.answer.body).map_err(|error| error.to_string())?;
    let Some(value) = json::find(document, &next.pointer).and_then(json::text) else {
        return Ok(None);
    };
    let Some(parameter) = &next.parameter else {
        let url = visit.url.join(&value);
        return url.map(Some).map_err(|_| {
            format!("next.pointer: {value:?} is no address; a cursor needs next.parameter").into()
        });
    };
    let mut url = visit.url.clone();
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != parameter)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(parameter, &value);
    Ok(Some(url))
}

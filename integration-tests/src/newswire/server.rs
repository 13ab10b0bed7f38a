//! The sites on one port, told apart by the `Host` header; every request is written down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dateline_record::{ContentHash, Timestamp};

use super::page;
use super::render;
use super::script::{ChangeKind, Channel};
use super::world::World;

/// What server and script share.
#[derive(Debug)]
pub(super) struct Shared {
    world: Mutex<World>,
    hits: Mutex<Vec<Hit>>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The host that was asked.
    pub host: String,
    /// The path that was asked for.
    pub path: String,
    /// When it arrived.
    pub at: Instant,
    /// The status of the answer.
    pub status: u16,
}

/// What one host was asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HostCount {
    /// All requests.
    pub requests: usize,
    /// Answers that said that nothing had changed.
    pub not_modified: usize,
    /// The shortest time between the arrival of two requests.
    pub shortest_gap: Option<Duration>,
}

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self { world: Mutex::new(world), hits: Mutex::default() }
    }

    pub(super) fn with_world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn hits(&self) -> Vec<Hit> {
        self.hits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, hit: Hit) {
        self.hits.lock().unwrap_or_else(PoisonError::into_inner).push(hit);
    }
}

/// Counts the requests of each host.
pub(super) fn count(hits: &[Hit]) -> BTreeMap<String, HostCount> {
    let mut counts = BTreeMap::<String, HostCount>::new();
    let mut last = BTreeMap::<&str, Instant>::new();
    for hit in hits {
        let count = counts.entry(hit.host.clone()).or_default();
        count.requests += 1;
        count.not_modified += usize::from(hit.status == 304);
        if let Some(before) = last.insert(&hit.host, hit.at) {
            let gap = hit.at.saturating_duration_since(before);
            count.shortest_gap = Some(count.shortest_gap.map_or(gap, |known| known.min(gap)));
        }
    }
    counts
}

/// The sites as one application.
pub(super) fn app(shared: Arc<Shared>) -> Router {
    Router::new().fallback(answer).with_state(shared)
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let at = Instant::now();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
    let path = request.uri().path().to_owned();
    let channel = Channel::SITES.iter().find(|channel| channel.host() == Some(&host));
    let response = match channel {
        Some(channel) => shared.with_world(|world| site(world, *channel, &path, request.headers())),
        None => StatusCode::MISDIRECTED_REQUEST.into_response(),
    };
    shared.note(Hit { host, path, at, status: response.status().as_u16() });
    response
}

fn site(world: &World, channel: Channel, path: &str, headers: &HeaderMap) -> Response {
    if path == "/robots.txt" {
        return typed("text/plain; charset=utf-8", channel.robots().to_owned());
    }
    if Some(path) == channel.feed_path() {
        return feed(world, channel, headers);
    }
    let found = world.published(channel).find(|version| version.story.page_path() == path);
    match found {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(version) if version.kind == ChangeKind::Gone => StatusCode::GONE.into_response(),
        Some(version) => typed("text/html; charset=utf-8", page::article(channel, &version)),
    }
}

fn typed(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// A feed, or the word that it has not changed.
fn feed(world: &World, channel: Channel, headers: &HeaderMap) -> Response {
    let body = render::feed(world, channel);
    let etag = format!("\"{}\"", ContentHash::of(body.as_bytes()));
    let modified = http_date(world.changed_at(channel));
    let given = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // If-None-Match goes before If-Modified-Since (RFC 9110, section 13.2.2).
    let is_known = match given(header::IF_NONE_MATCH) {
        Some(known) => known == etag,
        None => given(header::IF_MODIFIED_SINCE) == Some(&modified),
    };
    let kind =
        if channel == Channel::Northpost { "application/atom+xml" } else { "application/rss+xml" };
    let (status, body) = if is_known {
        (StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        (StatusCode::OK, Body::from(body))
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::ETAG, etag),
        (header::LAST_MODIFIED, modified),
    ];
    (status, headers, body).into_response()
}

/// A time as HTTP writes it.
fn http_date(at: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let millis = i64::try_from(seconds).unwrap_or(0) * 1000;
    let text = render::rfc822(&Timestamp::from_millis(millis).to_string());
    let day = usize::try_from(seconds / 86_400 % 7).unwrap_or(0);
    format!("{}, {text}", DAYS[day])
}

//! Article pages: one GET with all manners, and what its answer means for the story.

use std::time::Duration;

use dateline_record::{
    Access, Format, Payload, RawStory, Revision, Signal, SourceId, Status, StoryId,
};
use dateline_runtime::Territory;
use dateline_wire::decode::decode;
use url::Url;

use crate::host::Realm;
use crate::http::Conditions;
use crate::identity;
use crate::web::{Question, Visit, WebError};
use crate::{Tools, access, now};

/// What asking for a page came to.
pub(crate) enum Outcome {
    /// The page is there.
    Page(Box<Visit>),
    /// The page is gone for good: the story was taken back.
    Gone,
    /// The page will not be had; why.
    Never(String),
    /// The host asks for a human; which guard.
    Challenged(String),
    /// The page may be had later; why, and the least pause.
    Later { what: String, pause: Option<Duration> },
    /// The host's turn has not come; nothing was asked.
    NotAsked(Duration),
    /// The page is on a host that another fetcher owns.
    Elsewhere(Url),
}

/// Asks for a page.
pub(crate) async fn ask(tools: &Tools, realm: &Realm<'_>, url: &str) -> Outcome {
    let url = match Url::parse(url) {
        Ok(url) => url,
        Err(error) => return Outcome::Never(format!("{url:?} is no address: {error}")),
    };
    match tools.web.visit(question(tools, realm, &url)).await {
        Ok(visit) => judge(visit),
        Err(WebError::Elsewhere(url)) => Outcome::Elsewhere(url),
        Err(WebError::NotNow(wait)) => Outcome::NotAsked(wait),
        Err(WebError::NoRobots { wait, .. }) if wait.is_zero() => {
            Outcome::Later { what: "robots.txt could not be read".to_owned(), pause: None }
        }
        Err(error @ WebError::NoRobots { wait, .. }) => {
            Outcome::Later { what: error.to_string(), pause: Some(wait) }
        }
        Err(error) if error.may_pass() => Outcome::Later { what: error.to_string(), pause: None },
        Err(error) => Outcome::Never(error.to_string()),
    }
}

pub(crate) fn question<'a>(tools: &Tools, realm: &'a Realm<'a>, url: &'a Url) -> Question<'a> {
    Question {
        url,
        realm,
        ask_robots: true,
        conditions: Conditions::default(),
        max_bytes: tools.config.max_body_bytes,
    }
}

fn judge(visit: Visit) -> Outcome {
    let status = visit.answer.status;
    let what = format!("{} answered with status {status}", visit.url);
    if let Some(guard) = access::challenge(&visit.answer) {
        return Outcome::Challenged(format!("{what} and a challenge of {guard}"));
    }
    match status {
        200..=299 if visit.answer.body.is_empty() => Outcome::Later { what, pause: None },
        200..=299 if format(&visit).is_some() => Outcome::Page(Box::new(visit)),
        200..=299 => Outcome::Never(format!("{} is neither HTML nor text", visit.url)),
        410 => Outcome::Gone,
        // A page is often listed a moment before it is there.
        404 | 408 | 425 | 429 => {
            Outcome::Later { what, pause: visit.answer.retry_after(visit.received_at) }
        }
        400..=499 => Outcome::Never(what),
        _ => Outcome::Later { what, pause: visit.answer.retry_after(visit.received_at) },
    }
}

/// What kind of document a page is; none where it is no text.
pub(crate) fn format(visit: &Visit) -> Option<Format> {
    let kind = visit.answer.header("content-type").unwrap_or("text/html").to_ascii_lowercase();
    match kind.split(';').next().unwrap_or_default().trim() {
        "text/html" | "application/xhtml+xml" => Some(Format::Html),
        "text/plain" => Some(Format::Text),
        _ => None,
    }
}

/// Puts a page into the story that its feed told of.
pub(crate) fn fill(story: &mut RawStory, visit: Visit) {
    if access::paywall(&visit.answer).is_some() {
        story.access = Access::Paywalled;
    }
    story.format = format(&visit).unwrap_or(Format::Html);
    story.fetched_at = visit.received_at;
    story.url = Some(identity::canonical(&visit.url).to_string());
    let content_type = visit.answer.header("content-type").map(str::to_owned);
    let (exchange, body) = visit.into_record();
    story.charset = Some(decode(&body, content_type.as_deref()).charset);
    story.body = Payload::new(body);
    story.http = Some(exchange);
}

/// Fetches one page that nobody's feed told of.
pub(crate) async fn fetch_one(tools: &Tools, url: &str) -> anyhow::Result<RawStory> {
    let url = Url::parse(url)?;
    let territory = Territory::everywhere();
    let realm = Realm::everywhere(&territory);
    let visit = tools.web.visit(question(tools, &realm, &url)).await?;
    let status = visit.answer.status;
    if let Some(guard) = access::challenge(&visit.answer) {
        anyhow::bail!("{} answered with status {status} and a challenge of {guard}", visit.url);
    }
    anyhow::ensure!((200..300).contains(&status), "{} answered with status {status}", visit.url);
    Ok(story_of(tools, visit))
}

/// The story of a page that nobody's feed told of.
pub(crate) fn story_of(tools: &Tools, visit: Visit) -> RawStory {
    let provider = visit.url.host_str().unwrap_or_default().to_owned();
    let provider_id = identity::canonical(&visit.url).to_string();
    let at = now();
    let mut story = RawStory {
        story_id: StoryId::derive(&provider, &provider_id),
        revision: Revision::from_time(at),
        status: Status::Usable,
        signal: Signal::New,
        source_id: SourceId::from_lossy(&provider),
        provider,
        provider_id,
        ..empty_story(tools)
    };
    fill(&mut story, visit);
    story
}

/// A story of which nothing is known yet.
pub(crate) fn empty_story(tools: &Tools) -> RawStory {
    let at = now();
    let provenance = tools.provenance.clone();
    RawStory { provenance, ..RawStory::new("", "", Format::Text, Vec::new(), at) }
}

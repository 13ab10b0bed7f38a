//! One address looked at with all manners, for an operator: what came, what it is, what would be
//! taken of it.

use dateline_record::{Access, HttpExchange, RawStory, RobotsVerdict};
use dateline_runtime::Territory;
use dateline_wire::decode::decode;
use dateline_wire::sitemap::{self, Kind, MAX_URLS};
use serde::Serialize;
use url::Url;

use crate::host::Realm;
use crate::sources::{feed, page, sitemap as sitemaps};
use crate::web::{Question, Visit, WebError};
use crate::{Tools, access};

/// What was found at an address.
#[derive(Debug, Serialize)]
pub struct Look {
    /// Where it was at last.
    pub url: String,
    /// `page`, `text`, `feed`, `sitemap`, `sitemap_index` or `other`.
    pub kind: &'static str,
    /// The request and its answer.
    pub http: HttpExchange,
    /// The encoding of the text and what decided it.
    pub charset: String,
    /// Bytes of the body, after decompression.
    pub bytes: usize,
    /// Whether the story is shown.
    pub access: Access,
    /// What tells that it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_reason: Option<String>,
    /// What a source would take of a feed or a sitemap, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<LookItem>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// The raw record, where the address is a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<Box<RawStory>>,
    /// The body.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// What a source would take.
#[derive(Debug, Default, Serialize)]
pub struct LookItem {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was published or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Bytes of the text that the list itself carries.
    pub text_bytes: usize,
}

/// Fetches an address that robots.txt allows.
pub(crate) async fn at(tools: &Tools, address: &str) -> anyhow::Result<Look> {
    let url = Url::parse(address).map_err(|error| {
        anyhow::anyhow!("{address:?} is no address: {error}; write https://...")
    })?;
    let territory = Territory::everywhere();
    let realm = Realm::everywhere(&territory);
    let max_bytes = tools.config.max_feed_bytes.max(tools.config.max_body_bytes);
    let question = Question { max_bytes, ..page::question(tools, &realm, &url) };
    match tools.web.visit(question).await {
        Ok(visit) => Ok(read(tools, visit)),
        Err(WebError::NotNow(wait)) => {
            anyhow::bail!("the host may not be asked for another {} s", wait.as_secs())
        }
        Err(error) => Err(error.into()),
    }
}

fn read(tools: &Tools, visit: Visit) -> Look {
    let body = visit.answer.body.clone();
    let inflated = sitemaps::inflate(&body, tools.config.max_feed_bytes);
    let plain = inflated.as_deref().unwrap_or(&body);
    let decoded = decode(plain, visit.answer.header("content-type"));
    let guard = access::challenge(&visit.answer);
    let wall = access::paywall(&visit.answer);
    let mut look = Look {
        url: visit.url.to_string(),
        kind: "other",
        http: visit.exchange(),
        charset: format!("{} ({})", decoded.charset.name, decoded.charset.basis),
        bytes: body.len(),
        access: match (guard, wall) {
            (Some(_), _) => Access::Challenge,
            (None, Some(_)) => Access::Paywalled,
            (None, None) => Access::Open,
        },
        access_reason: guard.or(wall).map(str::to_owned),
        items: Vec::new(),
        problems: Vec::new(),
        story: None,
        body: Vec::new(),
    };
    if (200..300).contains(&visit.answer.status) && guard.is_none() {
        tell(tools, &mut look, &decoded.text, visit);
    }
    look.body = body;
    look
}

/// Finds out what the document is.
fn tell(tools: &Tools, look: &mut Look, text: &str, visit: Visit) {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let is_markup = start.starts_with("<?xml") || start.starts_with('<');
    let is_page = page::format(&visit).is_some() && !start.starts_with("<?xml");
    if is_markup {
        let sitemap = sitemap::parse(text, Some(&visit.url), MAX_URLS);
        if sitemap.kind == Kind::Feed {
            return take_feed(tools, look, &visit);
        }
        if !sitemap.entries.is_empty() {
            look.kind = if sitemap.kind == Kind::Index { "sitemap_index" } else { "sitemap" };
            look.problems = sitemap.problems.iter().map(ToString::to_string).collect();
            look.items = sitemap.entries.into_iter().map(item_of_entry).collect();
            return;
        }
    }
    if start.starts_with('{') && !feed::is_none(&feed::parse(&tools.config, &visit)) {
        return take_feed(tools, look, &visit);
    }
    if is_page {
        let story = page::story_of(tools, visit);
        look.kind = if story.format == dateline_record::Format::Text { "text" } else { "page" };
        look.story = Some(Box::new(story));
    }
}

fn take_feed(tools: &Tools, look: &mut Look, visit: &Visit) {
    let feed = feed::parse(&tools.config, visit);
    look.kind = "feed";
    look.problems = feed.problems.iter().map(ToString::to_string).collect();
    look.items = feed
        .items
        .iter()
        .map(|item| {
            let about = &item.about;
            let texts = [&item.content, &item.summary];
            let longest = texts.into_iter().flatten().map(|text| text.value.len()).max();
            let moment = about.published.as_ref().or(about.updated.as_ref());
            LookItem {
                title: about.plain_title(),
                url: about.link.clone(),
                at: moment.map(|moment| {
                    moment.at.map_or_else(|| moment.text.clone(), |at| at.to_string())
                }),
                text_bytes: longest.unwrap_or(0),
            }
        })
        .collect();
}

fn item_of_entry(entry: sitemap::Entry) -> LookItem {
    let listed = sitemaps::listed(entry);
    let at = listed.newest().map(|at| at.to_string());
    LookItem { title: listed.title, url: Some(listed.url), at, text_bytes: 0 }
}

impl Look {
    /// What robots.txt says, for a reader.
    pub fn robots(&self) -> &'static str {
        match self.http.robots {
            RobotsVerdict::Allowed => "allowed",
            RobotsVerdict::Absent => "the host has no robots.txt",
            RobotsVerdict::NotAsked => "not asked",
        }
    }
}

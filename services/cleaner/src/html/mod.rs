//! Web pages and fragments of HTML into drafts.

mod filter;
mod guard;
mod json_ld;
mod meta;
mod walk;

use dateline_record::{Access, RawStory};
use dateline_runtime::Fault;
use dom_query::Document;
use dom_smoothie::Readability;

use crate::{
    Config,
    draft::{Block, Draft},
    repair,
};

/// A candidate for the body with less text than this is no story, and the next one is tried.
const MIN_BODY_CHARS: usize = 140;

/// Where a body is looked for when the generator of candidates finds none.
const CONTAINERS: &[&str] = &["article", "[itemprop=articleBody]", "main", "[role=main]", "body"];

/// What a page that asks whether the reader is human says.
const CHALLENGES: &[&str] = &[
    "just a moment",
    "checking your browser",
    "verify you are human",
    "are you a robot",
    "enable javascript and cookies to continue",
    "captcha delivery",
    "unusual traffic",
    "access to this page has been denied",
    "attention required cloudflare",
    "pardon our interruption",
];

/// A web page.
pub(crate) fn page(html: &str, raw: &RawStory, config: &Config) -> Result<Draft, Fault> {
    guard::check(html, config)?;
    let document = Document::from(html);
    let facts = meta::read(&document);
    let body = body(document, raw.url.as_deref());
    let mut draft = facts.draft(raw.title.as_deref());
    draft.profile = "news";
    draft.needs_body = true;
    filter::keep(&mut draft, body, config);
    draft.is_challenge = is_challenge(&draft);
    Ok(draft)
}

/// The content of a feed item.
pub(crate) fn fragment(html: &str, raw: &RawStory, config: &Config) -> Result<Draft, Fault> {
    guard::check(html, config)?;
    let document = Document::fragment(html);
    let mut draft = Draft {
        title: repair::line(raw.title.as_deref().unwrap_or_default()),
        profile: "fragment",
        ..Draft::default()
    };
    let blocks = walk::blocks(&document.root());
    let is_one = blocks.len() == 1;
    filter::keep(&mut draft, blocks, config);
    if is_one && draft.paragraphs.is_empty() {
        // The only block of an item is its text, however short.
        draft.paragraphs =
            draft.removed.drain(..).map(|removed| Block::new(removed.text)).collect();
    }
    Ok(draft)
}

fn body(document: Document, url: Option<&str>) -> Vec<walk::Block> {
    let containers = containers(&document);
    let url = url.filter(|url| url.starts_with("http"));
    let candidate = Readability::with_document(document, url, None)
        .ok()
        .and_then(|mut readability| readability.parse().ok())
        .map(|article| walk::blocks(&Document::fragment(article.content).root()))
        .unwrap_or_default();
    if chars(&candidate) >= MIN_BODY_CHARS {
        return candidate;
    }
    let best = containers.into_iter().find(|blocks| prose(blocks) >= MIN_BODY_CHARS);
    best.unwrap_or(candidate)
}

/// Only used when there is no better candidate, so only its paragraphs count as prose.
fn containers(document: &Document) -> Vec<Vec<walk::Block>> {
    let found = CONTAINERS.iter().filter_map(|selector| {
        let selection = document.select_single(selector);
        let node = *selection.nodes().first()?;
        Some(walk::blocks(&node))
    });
    found.collect()
}

fn chars(blocks: &[walk::Block]) -> usize {
    blocks.iter().map(|block| block.text.chars().count()).sum()
}

fn prose(blocks: &[walk::Block]) -> usize {
    let paragraphs =
        blocks.iter().filter(|block| block.is_paragraph && block.link_chars * 2 < block.text.len());
    paragraphs.map(|block| block.text.chars().count()).sum()
}

fn is_challenge(draft: &Draft) -> bool {
    let length: usize = draft.paragraphs.iter().map(|block| block.text.len()).sum();
    if length > 1_500 || draft.access == Access::Paywalled {
        return false;
    }
    let mut key = repair::key(&draft.title);
    for block in &draft.paragraphs {
        key.push(' ');
        key.push_str(&repair::key(&block.text));
    }
    CHALLENGES.iter().any(|words| key.contains(words))
}

//! Web pages and fragments of HTML into drafts.

mod authors;
mod choose;
mod filter;
mod guard;
mod json_ld;
mod lead;
mod meta;
mod months;
mod near;
mod prose;
mod spans;
mod times;
mod title;
mod walk;
mod words;
mod zones;

use dateline_record::{Access, RawStory};
use dateline_runtime::Fault;
use dom_query::Document;
use dom_smoothie::Readability;

use crate::{
    Config,
    draft::{Block, Draft},
    repair,
};

/// A second opinion is asked on pages of at most so many bytes: it costs several passes.
const MAX_SECOND_BYTES: usize = 1 << 20;
/// And of at most so many elements, nested at most so deep: it looks at each from all around it.
const MAX_SECOND_NODES: usize = 8_000;
const MAX_SECOND_DEPTH: usize = 100;
/// And with at most so many `<` and `&`: it writes the page and reads it again.
const MAX_SECOND_MARKS: usize = 40_000;

/// A body with less text than this is no story, and another way to it is tried.
const MIN_BODY_CHARS: usize = 140;

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
    let size = guard::check(html, config)?;
    let document = Document::from(html);
    let facts = meta::read(&document);
    let told = facts.body();
    let profile = if facts.is_news() { "news" } else { "generic" };
    let mut page = walk::page(&document.root());
    let mut draft = facts.draft(raw.title.as_deref(), &page);
    draft.profile = profile;
    draft.needs_body = true;
    spans::locate(html, &mut page.blocks);
    let choice = choose::choose(&page);
    filter::keep(&mut draft, &page, &choice, config);
    if chars(&draft) < MIN_BODY_CHARS && choice.has_zones() {
        by_text(&mut draft, &page, config);
    }
    rescue(&mut draft, told.as_deref());
    let is_small = html.len() <= MAX_SECOND_BYTES
        && size.nodes <= MAX_SECOND_NODES
        && size.depth <= MAX_SECOND_DEPTH
        && size.marks <= MAX_SECOND_MARKS;
    if chars(&draft) < MIN_BODY_CHARS && is_small {
        by_readability(&mut draft, document, config);
    }
    draft.is_challenge = is_challenge(&draft);
    Ok(draft)
}

/// Another way to a body, where the first found little: the text whatever its elements are called.
fn by_text(draft: &mut Draft, page: &walk::Page, config: &Config) {
    let mut other = draft.clone();
    filter::keep(&mut other, page, &choose::choose_by_text(page), config);
    if chars(&other) > chars(draft) {
        *draft = other;
    }
}

/// What the page tells machines, where it shows much less.
fn rescue(draft: &mut Draft, told: Option<&str>) {
    let told = told.map(|told| told.split('\n').map(repair::line).filter(|line| !line.is_empty()));
    let told: Vec<Block> = told.map(|lines| lines.map(Block::new).collect()).unwrap_or_default();
    let length: usize = told.iter().map(|block| block.text.chars().count()).sum();
    if length >= MIN_BODY_CHARS && chars(draft) * 10 < length * 3 {
        draft.paragraphs = told;
        draft.profile = "told";
    }
}

/// A second opinion where nothing else is found.
fn by_readability(draft: &mut Draft, document: Document, config: &Config) {
    let article = Readability::with_document(document, None, None)
        .ok()
        .and_then(|mut readability| readability.parse().ok());
    let Some(article) = article else {
        return;
    };
    let page = walk::page(&Document::fragment(article.content).root());
    let mut other = draft.clone();
    filter::keep(&mut other, &page, &choose::all(&page), config);
    if chars(&other) > chars(draft) {
        *draft = other;
        draft.profile = "readability";
    }
}

fn chars(draft: &Draft) -> usize {
    draft.paragraphs.iter().map(|block| block.text.chars().count()).sum()
}

/// Refuses bytes that would cost too much to decode, before their charset is known.
pub(crate) fn check_bytes(html: &[u8], config: &Config) -> Result<(), Fault> {
    guard::check_bytes(html, config)
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
    let mut page = walk::page(&document.root());
    spans::locate(html, &mut page.blocks);
    let is_one = page.blocks.len() == 1;
    let choice = choose::all(&page);
    filter::keep(&mut draft, &page, &choice, config);
    if is_one && draft.paragraphs.is_empty() {
        // The only block of an item is its text, however short.
        draft.paragraphs =
            draft.removed.drain(..).map(|removed| Block::new(removed.text)).collect();
    }
    Ok(draft)
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

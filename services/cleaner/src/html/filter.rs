//! The news filter: which blocks of a page are the story.

use std::collections::HashSet;

use dateline_record::ParagraphKind;

use super::{
    choose::Choice,
    lead, prose,
    walk::{self, Kind, Page},
};
use crate::{
    Config, byline,
    draft::{Block, Draft},
    furniture, repair,
};

/// A shorter paragraph may well be said again in another.
const MIN_RETOLD_BYTES: usize = 50;
/// A title of more bytes is told from other headings when its kicker stands before it.
const MIN_TITLE_BYTES: usize = 24;
/// A shorter quotation may be said twice.
const MIN_PULLED_CHARS: usize = 20;
/// The name of an author stands at most so many blocks behind the last of a story.
const TAIL_BLOCKS: usize = 3;
/// What tells of an author has at most so many words.
const MAX_BIOGRAPHY_WORDS: usize = 60;
/// What is said of an author first, as `Correspondent`, has at most so many bytes.
const MAX_BYTES_BEFORE_AUTHOR: usize = 40;
/// A box in the story has at most so many blocks.
const MAX_BOX_BLOCKS: usize = 12;
/// A shorter item of a list is no prose.
const MIN_ITEM_CHARS: usize = 60;
/// Headings are shorter than this.
const MAX_HEADING_CHARS: usize = 200;

/// Keeps the story's blocks as paragraphs and notes the others with a reason.
pub(crate) fn keep(draft: &mut Draft, page: &Page, choice: &Choice, config: &Config) {
    let body = &page.places[choice.place];
    let is_generic = draft.profile == "generic";
    let mut sieve = Sieve {
        config,
        is_generic,
        has_begun: false,
        titles: draft.title_keys(),
        seen: HashSet::new(),
    };
    let mut kept: Vec<(Block, usize)> = Vec::new();
    let lead = lead::find(page, choice, draft);
    for (index, found) in page.blocks.iter().enumerate() {
        let is_lead = lead == Some(index);
        let block = Block {
            kind: kind(found, is_lead),
            source: found.source,
            verbatim_bytes: found.verbatim_bytes,
            ..Block::new(found.text.clone())
        };
        let zone = choice.zones[found.place].filter(|_| !is_lead);
        let is_outside = !is_lead && !(body.first..body.end).contains(&index);
        let reason = if is_outside {
            Some("outside")
        } else {
            zone.or_else(|| sieve.reason(found, block.kind))
        };
        match reason {
            Some("outside") => {}
            Some(reason) => {
                if heads_more(reason)
                    && let Some(heading) = kept.pop_if(|last| headed(last, found, page))
                {
                    draft.remove("heading", &heading.0);
                }
                draft.remove(reason, &block);
            }
            None => {
                sieve.has_begun |= prose::ends_sentence(&block.text);
                kept.push((block, found.place));
            }
        }
    }
    let last = kept.last().map(|(block, _)| block.text.clone());
    draft.paragraphs = kept.into_iter().map(|(block, _)| block).collect();
    drop_pulled(draft);
    drop_biographies(draft);
    drop_trailing(draft, config);
    sign(draft, &page.blocks[body.first..body.end], last.as_deref());
}

/// A quotation that stands in a paragraph, too, was pulled out to catch the eye.
fn drop_pulled(draft: &mut Draft) {
    let keys: Vec<String> = draft.paragraphs.iter().map(|block| repair::key(&block.text)).collect();
    let is_pulled = |index: &usize| {
        let key = &keys[*index];
        if is_retold(key, &keys) {
            return true;
        }
        let is_quote = draft.paragraphs[*index].kind == ParagraphKind::Quote;
        let is_long = prose::weight(key) >= MIN_PULLED_CHARS;
        is_quote
            && is_long
            && keys.iter().any(|other| other.len() > key.len() && other.contains(key))
    };
    let pulled: Vec<usize> = (0..keys.len()).filter(is_pulled).collect();
    for index in pulled.into_iter().rev() {
        draft.drop_paragraph(index, "pulled_quote");
    }
}

/// A paragraph behind the story that begins with its author tells of the author, if no other does.
fn drop_biographies(draft: &mut Draft) {
    let end = draft.paragraphs.len();
    let tail = end.saturating_sub(TAIL_BLOCKS).max(1).min(end);
    let authors: Vec<String> =
        draft.authors.iter().filter(|author| byline::is_person(author)).cloned().collect();
    let (story, behind) = draft.paragraphs.split_at(tail);
    let names = |block: &Block, author: &String| block.text.contains(author.as_str());
    let begins = |block: &Block, author: &String| {
        block.text.find(author.as_str()).is_some_and(|at| at <= MAX_BYTES_BEFORE_AUTHOR)
    };
    let is_told = |author: &String| story.iter().any(|block| names(block, author));
    let is_biography = |block: &Block| {
        block.text.split_whitespace().nth(MAX_BIOGRAPHY_WORDS).is_none()
            && authors.iter().any(|author| begins(block, author) && !is_told(author))
    };
    let found: Vec<usize> = behind
        .iter()
        .enumerate()
        .filter(|(_, b)| is_biography(b))
        .map(|(at, _)| tail + at)
        .collect();
    for index in found.into_iter().rev() {
        draft.drop_paragraph(index, "author");
    }
}

/// Whether a block tells once more what stands in several others.
fn is_retold(key: &str, keys: &[String]) -> bool {
    let is_told = |other: &&String| {
        other.len() >= MIN_RETOLD_BYTES && other.len() * 2 < key.len() && key.contains(*other)
    };
    key.len() > MIN_RETOLD_BYTES * 4 && keys.iter().filter(is_told).take(3).count() == 3
}

/// A name alone behind the story is its author's, where no person is named elsewhere.
fn sign(draft: &mut Draft, blocks: &[walk::Block], last: Option<&str>) {
    if draft.authors.iter().any(|author| byline::is_person(author)) {
        return;
    }
    let end = last.and_then(|last| blocks.iter().rposition(|block| block.text == last));
    let tail = blocks.get(end.unwrap_or_default()..).unwrap_or_default();
    let names = tail.iter().take(TAIL_BLOCKS).map(|block| block.text.trim_matches(['(', ')']));
    if let Some(name) = names.map(str::trim).find(|text| byline::is_person(text)) {
        draft.authors = vec![name.to_owned()];
    }
}

fn kind(found: &walk::Block, is_lead: bool) -> ParagraphKind {
    if is_lead {
        return ParagraphKind::Lead;
    }
    match found.kind {
        Kind::Heading(_) => ParagraphKind::Heading,
        Kind::Item | Kind::Cell => ParagraphKind::Item,
        Kind::Quote => ParagraphKind::Quote,
        Kind::Paragraph | Kind::Loose if is_bold_label(found) => ParagraphKind::Heading,
        Kind::Paragraph | Kind::Loose => ParagraphKind::Text,
    }
}

/// A short paragraph that is bold from end to end is a heading.
fn is_bold_label(found: &walk::Block) -> bool {
    found.bold_chars * 10 >= found.text.len() * 9
        && prose::weight(&found.text) < 120
        && !found.text.ends_with(['.', ':'])
}

/// Whether a heading stands in one element with what was removed, and no text of the story does.
fn headed(last: &(Block, usize), removed: &walk::Block, page: &Page) -> bool {
    let outer = page.places[page.places[last.1].parent];
    last.0.kind == ParagraphKind::Heading
        && (outer.first..outer.end).len() <= MAX_BOX_BLOCKS
        && removed.place >= page.places[last.1].parent
        && page.places[removed.place].end <= outer.end
}

/// Whether a heading right before what was removed belongs to it.
fn heads_more(reason: &str) -> bool {
    matches!(
        reason,
        "related"
            | "links"
            | "newsletter"
            | "author"
            | "comments"
            | "form"
            | "navigation"
            | "box"
            | "subscribe"
            | "share"
            | "aside"
    )
}

struct Sieve<'a> {
    config: &'a Config,
    /// Of pages that are no news, lists and tables are a part of the text.
    is_generic: bool,
    /// A sentence of the text has been kept.
    has_begun: bool,
    titles: Vec<String>,
    seen: HashSet<String>,
}

impl Sieve<'_> {
    /// Short text in links; a sentence with a full stop is text whatever it links to.
    fn is_navigation(&self, found: &walk::Block, chars: usize) -> bool {
        let is_sentence = chars > 40 && found.text.ends_with('.') && found.kind == Kind::Paragraph;
        found.link_share() > self.config.max_link_share
            && chars < self.config.short_block_chars
            && !is_sentence
    }

    fn reason(&mut self, found: &walk::Block, kind: ParagraphKind) -> Option<&'static str> {
        let text = &found.text;
        let chars = prose::weight(text);
        let is_post = self.is_generic && kind == ParagraphKind::Quote;
        if let Some(reason) = furniture::reason(text).filter(|_| !is_post) {
            return Some(reason);
        }
        if self.is_navigation(found, chars) {
            return Some("links");
        }
        let key = repair::key(text);
        let is_kicked = |title: &String| title.len() > MIN_TITLE_BYTES && key.ends_with(title);
        if self.titles.contains(&key)
            || kind == ParagraphKind::Heading && self.titles.iter().any(is_kicked)
        {
            return Some("repeated_title");
        }
        if !self.seen.insert(key) && text.len() > 20 {
            return Some("repeated");
        }
        match kind {
            ParagraphKind::Lead => None,
            ParagraphKind::Heading => (chars > MAX_HEADING_CHARS).then_some("heading"),
            _ if self.is_generic => {
                let is_short = chars < self.config.fragment_chars && !prose::ends_sentence(text);
                (!self.has_begun && is_short).then_some("fragment")
            }
            _ if found.kind == Kind::Cell => Some("table"),
            ParagraphKind::Item if !prose::ends_sentence(text) || chars < MIN_ITEM_CHARS => {
                Some("list")
            }
            _ => {
                let is_fragment = chars < self.config.fragment_chars && !prose::ends_sentence(text);
                is_fragment.then_some("fragment")
            }
        }
    }
}

/// A story does not end on words that are no sentence.
fn drop_trailing(draft: &mut Draft, config: &Config) {
    while let Some(last) = draft.paragraphs.last() {
        let is_short = prose::weight(&last.text) < config.short_block_chars / 2;
        let is_heading = last.kind == ParagraphKind::Heading;
        // A page that is no news may well end on a list.
        let is_list = draft.profile == "generic";
        let is_loose = is_heading || !is_list && is_short && !prose::ends_sentence(&last.text);
        if draft.paragraphs.len() < 2 || !is_loose {
            break;
        }
        draft.drop_paragraph(draft.paragraphs.len() - 1, "trailing");
    }
}

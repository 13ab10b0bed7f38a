//! The line below the headline, which often stands apart from the body.

use super::{
    choose::Choice,
    prose,
    walk::{Block, Kind, Page},
};
use crate::{draft::Draft, repair};

/// A lead is at least so long.
const MIN_CHARS: usize = 25;
/// A lead is at most so long.
const MAX_CHARS: usize = 900;
/// It stands at most so many blocks before the body.
const MAX_DISTANCE: usize = 30;

/// The block that is the lead, where it stands before the body.
pub(crate) fn find(page: &Page, choice: &Choice, draft: &Draft) -> Option<usize> {
    let first = page.places[choice.place].first;
    let start = after_title(page, first, draft)?;
    let mut best: Option<(usize, u8)> = None;
    for index in start..first {
        let rank = rank(page, choice, &page.blocks[index], draft);
        if rank > best.map_or(0, |(_, rank)| rank) {
            best = Some((index, rank));
        }
    }
    best.map(|(index, _)| index)
}

/// One past the headline, where it is close before the body.
fn after_title(page: &Page, first: usize, draft: &Draft) -> Option<usize> {
    let titles = draft.title_keys();
    let from = first.saturating_sub(MAX_DISTANCE);
    let blocks = &page.blocks[from..first];
    let by_text = blocks
        .iter()
        .rposition(|block| block.is_heading() && titles.contains(&repair::key(&block.text)));
    let by_kind = || blocks.iter().rposition(|block| block.kind == Kind::Heading(1));
    by_text.or_else(by_kind).map(|at| from + at + 1)
}

/// How well a block fits: what the page describes itself by, a class that says so, a sentence.
fn rank(page: &Page, choice: &Choice, block: &Block, draft: &Draft) -> u8 {
    let chars = prose::weight(&block.text);
    if !(MIN_CHARS..=MAX_CHARS).contains(&chars) || block.link_share() > 0.3 {
        return 0;
    }
    if crate::furniture::reason(&block.text).is_some() {
        return 0;
    }
    let key = repair::key(&block.text);
    let is_described = draft.subtitle.as_deref().is_some_and(|subtitle| {
        let subtitle = repair::key(subtitle);
        let head: String = subtitle.chars().take(60).collect();
        !head.is_empty() && (key.starts_with(&head) || subtitle.starts_with(&key))
    });
    let is_lead = is_marked(page, block.place);
    if is_described {
        return 3;
    }
    if choice.zones[block.place].is_some() {
        return 0;
    }
    if is_lead {
        return 2;
    }
    u8::from(chars >= 60 && prose::ends_sentence(&block.text) && !block.is_heading())
}

/// Whether the element or the one around it says that it is the lead.
fn is_marked(page: &Page, place: usize) -> bool {
    let place = &page.places[place];
    place.sign.is_lead || page.places[place.parent].sign.is_lead
}

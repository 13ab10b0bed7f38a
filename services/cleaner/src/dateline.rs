//! Datelines: `TOKYO, March 2 (Example Wire) -` apart from the story that follows.

mod forms;
mod grammar;

use dateline_record::{Dateline, Span};

use crate::{
    draft::{Block, Draft},
    repair,
};

/// How many paragraphs from the start a dateline may stand in: a lead-in may come before it.
const HEAD_PARAGRAPHS: usize = 3;

fn split(paragraph: &str) -> Option<grammar::Found> {
    forms::split(paragraph).or_else(|| grammar::split(paragraph))
}

/// Moves the dateline out of the body. What the wire gives apart goes before what the text says.
pub(crate) fn take(draft: &mut Draft, given_apart: Option<&str>) {
    if draft.dateline.is_none() {
        draft.dateline = given_apart.map(repair::line).and_then(|text| given(&text));
    }
    let heads = draft.paragraphs.len().min(HEAD_PARAGRAPHS);
    for index in 0..heads {
        if let Some(found) = split(&draft.paragraphs[index].text) {
            cut(draft, index, found);
            break;
        }
    }
    if draft.agency.is_none() {
        draft.agency = draft.dateline.as_ref().and_then(|dateline| dateline.agency.clone());
    }
}

/// Reads a dateline that stands alone, as a wire gives it.
pub(crate) fn given(text: &str) -> Option<Dateline> {
    let parts = grammar::alone(text)?;
    Some(dateline(parts, text, None))
}

/// Whether a paragraph begins with a dateline.
pub(crate) fn is_at_start(text: &str) -> bool {
    split(text).is_some_and(|found| !found.parts.place.is_empty())
}

fn cut(draft: &mut Draft, index: usize, found: grammar::Found) {
    let block = &mut draft.paragraphs[index];
    let written = block.text[..found.end].trim_end().to_owned();
    let span = span_of(block, &written);
    block.text = block.text[found.end..].trim_start().to_owned();
    if let (Some(source), Some(span)) = (&mut block.source, span) {
        source.start = span.end;
    }
    if found.parts.place.is_empty() {
        // `(Example Wire) -` names no place: it is the agency's mark and no dateline.
        draft.agency = draft.agency.take().or(found.parts.agency);
        let mark = Block { source: span, ..Block::new(written) };
        draft.remove("agency_mark", &mark);
    } else if draft.dateline.is_none() {
        draft.dateline = Some(dateline(found.parts, &written, span));
    }
}

/// The dateline is the start of its paragraph, so its bytes are known where the paragraph's are
/// and nothing in it was repaired.
fn span_of(block: &Block, written: &str) -> Option<Span> {
    let is_verbatim = written.len() <= block.verbatim_bytes;
    let start = block.source.filter(|_| is_verbatim)?.start as usize;
    Some(Span::new(start, start + written.len()))
}

fn dateline(parts: grammar::Parts, text: &str, span: Option<Span>) -> Dateline {
    Dateline {
        place: parts.place,
        date: parts.date,
        agency: parts.agency,
        text: text.to_owned(),
        span,
    }
}

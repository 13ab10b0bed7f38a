//! Plain text into title and paragraphs, with their bytes in the input.

use dateline_record::{Span, TimeSource};
use dateline_wire::date;

use crate::{
    dateline,
    draft::{Block, Draft},
    repair,
};

/// Lines longer than this are not broken by hand: each is a paragraph.
const LONGEST_WRAPPED_CHARS: usize = 110;
/// A title has at most so many characters.
const MAX_TITLE_CHARS: usize = 220;

/// A line that is a date has at most so many bytes.
const MAX_DATE_LINE_BYTES: usize = 60;

/// A line with its place in the input.
struct Line<'a> {
    raw: &'a str,
    start: usize,
}

/// Reads a plain text. `title` is what the feed or the wire gave.
pub(crate) fn draft(text: &str, title: Option<&str>) -> Draft {
    let mut draft = Draft {
        title: repair::line(title.unwrap_or_default()),
        profile: "text",
        paragraphs: paragraphs(text, 0),
        ..Draft::default()
    };
    if draft.title.is_empty() && has_title(&draft.paragraphs) {
        draft.title = draft.paragraphs.remove(0).text;
    }
    take_date_line(&mut draft);
    draft
}

/// A text of one paragraph is a body, or a flash where it ends like a title.
fn has_title(blocks: &[Block]) -> bool {
    blocks.first().is_some_and(|first| is_title(&first.text))
}

/// Whether a paragraph reads like a headline: short, not a dateline, no end of sentence.
pub(crate) fn is_title(text: &str) -> bool {
    let is_short = text.chars().count() <= MAX_TITLE_CHARS;
    let ends = text.ends_with(['.', ':', ';', ',', '。']) && !text.ends_with("...");
    is_short && !ends && !dateline::is_at_start(text)
}

/// A head line that is nothing but a date is when the story was published.
fn take_date_line(draft: &mut Draft) {
    let heads = draft.paragraphs.len().min(3);
    let found = (0..heads).find_map(|index| {
        let text = &draft.paragraphs[index].text;
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_short = text.len() <= MAX_DATE_LINE_BYTES && text.split(' ').count() <= 9;
        (digits >= 5 && is_short && !text.contains(" vs "))
            .then(|| date::parse(text))
            .flatten()
            .map(|date| (index, date.at))
    });
    if let Some((index, at)) = found {
        draft.published = Some((at, TimeSource::Text));
        draft.drop_paragraph(index, "date_line");
    }
}

/// The paragraphs of a text that stands at `offset` in the input.
pub(crate) fn paragraphs(text: &str, offset: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut group: Vec<Line> = Vec::new();
    let mut position = offset;
    for raw in text.split('\n') {
        if raw.trim().is_empty() {
            flush(&mut group, &mut blocks);
        } else {
            if starts_paragraph(raw, &group) {
                flush(&mut group, &mut blocks);
            }
            group.push(Line { raw, start: position });
        }
        position += raw.len() + 1;
    }
    flush(&mut group, &mut blocks);
    blocks
}

/// Whether a line begins a paragraph although no empty line stands before it: wires indent the
/// first line; a title may stand right above the dateline; unwrapped lines stand for themselves.
fn starts_paragraph(raw: &str, group: &[Line]) -> bool {
    let Some(last) = group.last() else {
        return false;
    };
    let is_indented = raw.starts_with("  ") || raw.starts_with('\t');
    let was_indented = last.raw.starts_with("   ") && group.len() > 1;
    let is_unwrapped = is_long(last.raw) || is_long(raw);
    is_indented && !was_indented
        || is_unwrapped
        || group.len() == 1 && repair::key(last.raw) == repair::key(raw)
        || dateline::is_at_start(raw.trim())
}

fn is_long(raw: &str) -> bool {
    raw.len() > LONGEST_WRAPPED_CHARS && raw.chars().count() > LONGEST_WRAPPED_CHARS
}

fn flush(group: &mut Vec<Line>, blocks: &mut Vec<Block>) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let joined = if group.len() == 1 {
        repair::line(first.raw)
    } else {
        let raws: Vec<&str> = group.iter().map(|line| line.raw).collect();
        repair::line(&raws.join(" "))
    };
    let indent = first.raw.len() - first.raw.trim_start().len();
    let source = Span::new(first.start + indent, last.start + last.raw.trim_end().len());
    if !joined.is_empty() {
        let raw = first.raw.trim_start().bytes();
        let verbatim_bytes = raw.zip(joined.bytes()).take_while(|(a, b)| a == b).count();
        blocks.push(Block {
            text: joined,
            source: Some(source),
            verbatim_bytes,
            ..Block::default()
        });
    }
    group.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        paragraphs(text, 0).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn finds_paragraphs() {
        let check = |text: &str, expected: &[&str]| assert_eq!(texts(text), expected, "{text:?}");
        check("", &[]);
        check("One.\n\nTwo.", &["One.", "Two."]);
        check("One goes\non.\r\n\r\nTwo.\r\n", &["One goes on.", "Two."]);
        check(
            "One goes\non.\n    Two\ngoes on.\n    Three.",
            &["One goes on.", "Two goes on.", "Three."],
        );
        check("Title here\nTOKYO - Body.", &["Title here", "TOKYO - Body."]);
        let long = "word ".repeat(30);
        check(&format!("{long}\nNext."), &[long.trim(), "Next."]);
    }

    #[test]
    fn spans_lead_back_to_the_input() {
        let text = "Title\n\n  One goes\non.  \né\n\nTwo.";
        for block in paragraphs(text, 0) {
            let source = &text[block.source.unwrap().range()];
            assert_eq!(repair::line(source), block.text);
        }
    }

    #[test]
    fn takes_title_and_date() {
        let check = |text: &str, title: &str, count: usize| {
            let draft = draft(text, None);
            assert_eq!((draft.title.as_str(), draft.paragraphs.len()), (title, count), "{text:?}");
        };
        check("Ministers meet\n\nThey met.", "Ministers meet", 1);
        check("They met. They left.", "", 1);
        check("IT ENDS", "IT ENDS", 0);
        check("TOKYO - They met.\n\nThey left.", "", 2);
        let dated = draft("Ministers meet\n\n7 Oct 2014 09:30 GMT\n\nThey met.", None);
        assert_eq!(dated.published.unwrap().0.to_string(), "2014-10-07T09:30:00.000Z");
        assert_eq!(dated.paragraphs.len(), 1);
    }
}

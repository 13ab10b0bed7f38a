//! What ANPA 1312 and IPTC 7901 have in common: control characters, where messages lie, what
//! their words say.

use std::ops::Range;

use dateline_record::{Signal, Status};

use super::item::{Layout, Paragraph, WireItem};
use super::slug::Keyword;
use super::words::squeeze;
use super::{body, embargo};

pub(super) const START_OF_HEADER: char = '\u{1}';
pub(super) const START_OF_TEXT: char = '\u{2}';
pub(super) const END_OF_TEXT: char = '\u{3}';

/// A message in its parts.
pub(super) struct Parts<'a> {
    pub(super) header: &'a str,
    pub(super) text: &'a str,
    pub(super) trailer: &'a str,
}

/// The messages of a file: each from its start of header to the next one.
pub(super) fn split(bytes: &[u8]) -> Vec<Range<usize>> {
    const HEADER: u8 = 1;
    const SYNCHRONOUS_IDLE: u8 = 0x16;
    let lead =
        |at: usize| bytes[..at].iter().rev().take_while(|byte| **byte == SYNCHRONOUS_IDLE).count();
    let starts: Vec<usize> = memchr::memchr_iter(HEADER, bytes).map(|at| at - lead(at)).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
}

/// Header, text and trailer of a message.
pub(super) fn parts(message: &str) -> Parts<'_> {
    let message = message.trim_start_matches('\u{16}');
    let message = message.strip_prefix(START_OF_HEADER).unwrap_or(message);
    let (header, rest) = message.split_once(START_OF_TEXT).unwrap_or((message, ""));
    let (text, trailer) = rest.split_once(END_OF_TEXT).unwrap_or((rest, ""));
    Parts { header, text, trailer }
}

/// Lines without control characters, which mean type faces and quads.
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| line.chars().filter(|c| !c.is_control() || *c == '\t').collect())
}

/// Takes over what the keyword line and the note to editors say of status and signal.
pub(super) fn take_words(item: &mut WireItem, keyword: &Keyword) {
    item.note_signal(keyword.signal);
    let note = item.ed_note.clone().unwrap_or_default();
    if keyword.is_withheld {
        item.status = Status::Withheld;
    }
    item.embargo = embargo::find(&note);
    if keyword.is_embargoed && item.embargo.is_none() {
        item.embargo = Some(super::item::Moment::default());
    }
    if item.embargo.is_some() && item.status == Status::Usable {
        item.status = Status::Embargoed;
    }
    if keyword.is_urgent
        && item.urgency.as_ref().and_then(|urgency| urgency.level).is_none_or(|level| level > 3)
    {
        item.urgency = super::words::urgency("urgent");
    }
    if item.signal == Signal::Kill {
        item.status = Status::Canceled;
    }
}

/// Paragraphs of the text; rows of a table, whose cells semicolons set apart, stay together.
pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut found: Vec<Paragraph> = Vec::new();
    let mut prose = String::new();
    for line in text.lines() {
        let is_row = line.matches(';').count() >= 2 && !line.contains("; ");
        if !is_row {
            prose.push_str(line);
            prose.push('\n');
            continue;
        }
        found.extend(body::of_text(&std::mem::take(&mut prose)));
        let row = line.trim().replace(';', "\t");
        match found.last_mut().filter(|last| last.layout == Layout::Table) {
            Some(table) => {
                table.text.push('\n');
                table.text.push_str(&row);
            }
            None => found.push(Paragraph { text: row, layout: Layout::Table }),
        }
    }
    found.extend(body::of_text(&prose));
    found
}

/// Quotation marks and dashes as typewriters write them.
pub(super) fn typeset(text: &str) -> String {
    text.replace("``", "\u{201c}").replace("''", "\u{201d}").replace(" _ ", " \u{2014} ")
}

/// A text as one line; none where nothing is in it.
pub(super) fn line(text: &str) -> Option<String> {
    squeeze(&typeset(text))
}

//! The SGML of the Reuters-21578 collection: one `<REUTERS>` element, one story.

use std::ops::Range;

use dateline_record::Timestamp;

use crate::{Problem, date, decode::decode};

/// One story of the collection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReutersStory {
    /// `NEWID`: the story's number in the collection.
    pub new_id: String,
    /// `OLDID`: its number in the older collection.
    pub old_id: String,
    /// How the text is laid out.
    pub kind: TextKind,
    /// `DATE` as written, for example `26-FEB-1987 15:01:01.79`.
    pub date: String,
    /// `DATE` as a moment, UTC being assumed since it names no zone.
    pub published: Option<Timestamp>,
    /// `TOPICS`: categories that an indexer gave.
    pub topics: Vec<String>,
    /// `PLACES`.
    pub places: Vec<String>,
    /// `PEOPLE`.
    pub people: Vec<String>,
    /// `ORGS`.
    pub orgs: Vec<String>,
    /// `EXCHANGES`.
    pub exchanges: Vec<String>,
    /// `UNKNOWN`: the wire's own header lines, for example `u f BC-BAHIA-COCOA-REVIEW 02-26 0105`.
    pub header: String,
    /// `TITLE`; empty where there is none.
    pub title: String,
    /// `AUTHOR` as written, for example `By Jeremy Clift, Reuters`; empty where there is none.
    pub author: String,
    /// `DATELINE` as written, for example `SALVADOR, Feb 26 -`; empty where there is none.
    pub dateline: String,
    /// The text, its lines as the wire broke them; a paragraph begins with four spaces.
    /// Empty for a brief.
    pub body: String,
}

/// How a story's text is laid out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TextKind {
    /// Title, dateline and body.
    #[default]
    Norm,
    /// A title that stands for itself.
    Brief,
    /// Text whose parts were not told apart: all of it is `body`.
    Unprocessed,
}

const OPEN: &[u8] = b"<REUTERS";
const CLOSE: &[u8] = b"</REUTERS>";

/// The `<REUTERS>` elements of a file, each with its bytes; a cut last element is a problem.
pub fn split(bytes: &[u8]) -> impl Iterator<Item = Result<Range<usize>, Problem>> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        let start = position + find(bytes.get(position..)?, OPEN)?;
        let after = start + OPEN.len();
        let close = find(&bytes[after..], CLOSE).map(|at| after + at + CLOSE.len());
        let next = find(&bytes[after..], OPEN).map(|at| after + at);
        let end = match (close, next) {
            (Some(close), next) if next.is_none_or(|next| close <= next) => {
                position = close;
                return Some(Ok(start..close));
            }
            (_, next) => next.unwrap_or(bytes.len()),
        };
        position = end;
        let what = "the element is cut: there is no </REUTERS> before the next one";
        Some(Err(Problem::bad("REUTERS", what).at(start..end)))
    })
}

/// Reads one element.
pub fn parse(bytes: &[u8]) -> Result<ReutersStory, Problem> {
    let text = decode(bytes, None).text;
    let Some(tag) =
        text.trim_start().strip_prefix("<REUTERS").and_then(|rest| rest.split_once('>'))
    else {
        return Err(Problem::bad("REUTERS", "the document does not begin with <REUTERS ...>"));
    };
    let (attributes, content) = tag;
    let Some((text_tag, story)) = content.split_once("<TEXT").and_then(|(_, t)| t.split_once('>'))
    else {
        return Err(Problem::bad("TEXT", "the element has no <TEXT>: there is no story in it"));
    };
    let story = story.rsplit_once("</TEXT>").map_or(story, |(story, _)| story);
    let kind = text_kind(text_tag);
    let date = field(content, "DATE");
    Ok(ReutersStory {
        new_id: attribute(attributes, "NEWID"),
        old_id: attribute(attributes, "OLDID"),
        published: date::parse(&date).map(|date| date.at),
        date,
        topics: list(content, "TOPICS"),
        places: list(content, "PLACES"),
        people: list(content, "PEOPLE"),
        orgs: list(content, "ORGS"),
        exchanges: list(content, "EXCHANGES"),
        header: field(content, "UNKNOWN"),
        title: field(story, "TITLE"),
        author: field(story, "AUTHOR"),
        dateline: field(story, "DATELINE"),
        body: body(story, kind),
        kind,
    })
}

fn text_kind(tag: &str) -> TextKind {
    match attribute(tag, "TYPE").as_str() {
        "BRIEF" => TextKind::Brief,
        "UNPROC" => TextKind::Unprocessed,
        _ => TextKind::Norm,
    }
}

fn body(story: &str, kind: TextKind) -> String {
    match kind {
        // A brief carries the wire's filler words where others have a text.
        TextKind::Brief => String::new(),
        TextKind::Unprocessed => block(story),
        TextKind::Norm => element(story, "BODY").map(block).unwrap_or_default(),
    }
}

/// Text that keeps its lines; the wire's end mark `REUTER` and control characters go.
fn block(raw: &str) -> String {
    let text = unescape(raw);
    let text = text.trim_end();
    let text = match text.rsplit_once('\n') {
        Some((before, "REUTER" | " REUTER" | " Reuter" | "Reuter")) => before.trim_end(),
        _ => text,
    };
    text.trim_start_matches('\n').to_owned()
}

fn field(text: &str, name: &str) -> String {
    element(text, name).map(|raw| unescape(raw).trim().to_owned()).unwrap_or_default()
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>")).map_or(rest, |(inside, _)| inside))
}

fn list(text: &str, name: &str) -> Vec<String> {
    let Some(inside) = element(text, name) else {
        return Vec::new();
    };
    let entries = inside.split("<D>").skip(1);
    entries.filter_map(|entry| entry.split("</D>").next()).map(unescape).collect()
}

fn attribute(tag: &str, name: &str) -> String {
    let inside = tag.split_once(&format!("{name}=\"")).map(|(_, rest)| rest);
    inside.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// Resolves references; those to control characters, which the wire used as marks, vanish.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        push_clean(&mut text, before);
        let end = after.find(';').filter(|end| *end <= 6);
        if let Some((c, end)) = end.and_then(|end| Some((reference(&after[..end])?, end))) {
            text.extend(Some(c).filter(|c| !is_mark(*c)));
            rest = &after[end + 1..];
        } else {
            text.push('&');
            rest = after;
        }
    }
    push_clean(&mut text, rest);
    text
}

fn push_clean(text: &mut String, raw: &str) {
    if raw.chars().any(is_mark) {
        text.extend(raw.chars().filter(|c| !is_mark(*c)));
    } else {
        text.push_str(raw);
    }
}

fn is_mark(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        _ => name.strip_prefix('#')?.parse().ok().and_then(char::from_u32),
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"<!DOCTYPE lewis SYSTEM \"lewis.dtd\">\n\
        <REUTERS TOPICS=\"YES\" OLDID=\"16\" NEWID=\"7\">\n<DATE> 2-MAR-1987 09:05:11.25</DATE>\n\
        <PLACES><D>japan</D><D>usa</D></PLACES>\n<TEXT>&#2;\n<TITLE>MINISTERS &lt;MEET> AT&amp;T\n\
        </TITLE>\n<AUTHOR>    By A Writer</AUTHOR><DATELINE>    TOKYO, March 2 - </DATELINE>\
        <BODY>Ministers met.\n    They talked.\n REUTER\n&#3;</BODY></TEXT>\n</REUTERS>\n\
        <REUTERS NEWID=\"8\"><TEXT TYPE=\"BRIEF\">\n***<TITLE>IT ENDS</TITLE>Filler.</TEXT></REUTERS>\n\
        <REUTERS NEWID=\"9\"><TEXT TYPE=\"UNPROC\">\nTABLE\n 1 2\n</TEXT></REUTERS>\n\
        <REUTERS NEWID=\"10\"><TEXT>cut";

    fn stories() -> Vec<Result<ReutersStory, Problem>> {
        split(FILE).map(|range| range.and_then(|range| parse(&FILE[range]))).collect()
    }

    #[test]
    fn reads_all_parts() {
        let stories = stories();
        let first = stories[0].as_ref().unwrap();
        assert_eq!(first.new_id, "7");
        assert_eq!(first.old_id, "16");
        assert_eq!(first.title, "MINISTERS <MEET> AT&T");
        assert_eq!(first.author, "By A Writer");
        assert_eq!(first.dateline, "TOKYO, March 2 -");
        assert_eq!(first.body, "Ministers met.\n    They talked.");
        assert_eq!(first.places, ["japan", "usa"]);
        assert_eq!(first.published.unwrap().to_string(), "1987-03-02T09:05:11.250Z");
    }

    #[test]
    fn briefs_and_tables_and_a_cut_file() {
        let stories = stories();
        let brief = stories[1].as_ref().unwrap();
        assert_eq!((brief.kind, brief.body.as_str()), (TextKind::Brief, ""));
        assert_eq!(brief.title, "IT ENDS");
        let table = stories[2].as_ref().unwrap();
        assert_eq!((table.kind, table.body.as_str()), (TextKind::Unprocessed, "TABLE\n 1 2"));
        let cut = stories[3].as_ref().unwrap_err();
        assert_eq!(&FILE[cut.bytes.clone().unwrap()], b"<REUTERS NEWID=\"10\"><TEXT>cut");
        assert_eq!(stories.len(), 4);
    }

    #[test]
    fn an_element_without_end_does_not_swallow_the_next() {
        let file = b"<REUTERS NEWID=\"1\"><TEXT>a <REUTERS NEWID=\"2\"><TEXT>b</TEXT></REUTERS>";
        let found: Vec<bool> = split(file).map(|range| range.is_ok()).collect();
        assert_eq!(found, [false, true]);
    }
}

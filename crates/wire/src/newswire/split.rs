//! Where the items of a document lie, so that a bad one does not spoil the others.

use std::ops::Range;

use super::{WireFormat, g2, json, telegram};
use crate::Problem;

type Place = Result<Range<usize>, Problem>;

/// The items of a document, each with its bytes. An XML document of one item is that item with
/// all of its bytes, since its declaration and its envelope tell of it.
pub(super) fn split(format: WireFormat, bytes: &[u8]) -> Vec<Place> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Vec::new();
    }
    let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let found: Vec<Place> = match format {
        _ if is_wide => Vec::new(),
        WireFormat::NewsmlG2 => of_document(bytes, elements(bytes, g2::ITEMS)),
        WireFormat::Newsml1 => of_document(bytes, elements(bytes, &["NewsItem"])),
        WireFormat::Nitf => of_document(bytes, elements(bytes, &["nitf"])),
        WireFormat::Ninjs => json::values(bytes).into_iter().map(Ok).collect(),
        WireFormat::ApMedia => {
            let values = json::values(bytes).into_iter();
            values.flat_map(|value| ap_items(bytes, value)).map(Ok).collect()
        }
        WireFormat::Anpa1312 | WireFormat::Iptc7901 => {
            telegram::split(bytes).into_iter().map(Ok).collect()
        }
    };
    // Where no item is found, reading the whole will tell what is wrong.
    if found.is_empty() { vec![Ok(0..bytes.len())] } else { found }
}

fn of_document(bytes: &[u8], found: Vec<Place>) -> Vec<Place> {
    if found.len() == 1 && found[0].is_ok() { vec![Ok(0..bytes.len())] } else { found }
}

/// The items of an answer: `data.items[].item`, `data.item`, or the object itself.
fn ap_items(bytes: &[u8], value: Range<usize>) -> Vec<Range<usize>> {
    let item_of = |value: &Range<usize>| json::member(bytes, value, "item");
    let data = json::member(bytes, &value, "data").unwrap_or_else(|| value.clone());
    if let Some(items) = json::member(bytes, &data, "items") {
        let values = json::values(&bytes[items.clone()]).into_iter();
        let values = values.map(|found| items.start + found.start..items.start + found.end);
        return values.map(|value| item_of(&value).unwrap_or(value)).collect();
    }
    vec![item_of(&data).unwrap_or(value)]
}

/// A start or an end of an element.
struct Tag<'a> {
    name: &'a str,
    start: usize,
    end: usize,
    is_end: bool,
    is_empty: bool,
}

/// The outermost elements of those names; one that is cut ends where the next one begins.
fn elements(bytes: &[u8], names: &[&str]) -> Vec<Place> {
    let tags: Vec<Tag<'_>> = tags(bytes).filter(|tag| names.contains(&tag.name)).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(tag) = tags.get(at) {
        if tag.is_end {
            at += 1;
            continue;
        }
        let close = if tag.is_empty { Some(at) } else { closing(&tags, at) };
        if let Some(close) = close {
            found.push(Ok(tag.start..tags[close].end));
            at = close + 1;
        } else {
            let next = tags[at + 1..].iter().find(|tag| !tag.is_end);
            let end = next.map_or(bytes.len(), |next| next.start);
            let what = format!("the item is cut: <{}> has no end", tag.name);
            found.push(Err(Problem::bad(tag.name, what).at(tag.start..end)));
            at += 1;
        }
    }
    found
}

/// The end of an element that may hold others of its name.
fn closing(tags: &[Tag<'_>], open: usize) -> Option<usize> {
    let name = tags[open].name;
    let mut depth = 0_usize;
    for (at, tag) in tags.iter().enumerate().skip(open).filter(|(_, tag)| tag.name == name) {
        match (tag.is_end, tag.is_empty) {
            (true, _) => depth = depth.saturating_sub(1),
            (false, false) => depth += 1,
            (false, true) => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The tags of a document; what stands in comments, sections and instructions is none.
fn tags(bytes: &[u8]) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr(b'<', bytes.get(at..)?)?;
            let rest = &bytes[start..];
            let skip = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
            if let Some((_, end)) = skip.iter().find(|(open, _)| rest.starts_with(open.as_bytes()))
            {
                at = memchr::memmem::find(rest, end.as_bytes())
                    .map_or(bytes.len(), |e| start + e + end.len());
                continue;
            }
            let end = tag_end(bytes, start + 1);
            at = end;
            if let Some(tag) = tag(&bytes[start..end], start) {
                return Some(tag);
            }
        }
    })
}

fn tag(source: &[u8], start: usize) -> Option<Tag<'_>> {
    let is_end = source.get(1) == Some(&b'/');
    let name = &source[1 + usize::from(is_end)..];
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"._-:".contains(byte) || *byte >= 0x80;
    let length = name.iter().take_while(|byte| is_name(byte)).count();
    let name = std::str::from_utf8(&name[..length]).ok().filter(|name| !name.is_empty())?;
    let name = name.rsplit(':').next().unwrap_or(name);
    Some(Tag { name, start, end: start + source.len(), is_end, is_empty: source.ends_with(b"/>") })
}

/// One past the `>` of a tag; one within quotes does not count.
fn tag_end(bytes: &[u8], from: usize) -> usize {
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), byte) if *byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'>') => return at + 1,
            // A tag that is not closed does not swallow what follows.
            (None, b'<') => return at,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(format: WireFormat, text: &str) -> Vec<Result<&str, &str>> {
        let places = split(format, text.as_bytes()).into_iter();
        let read = |place: Place| match place {
            Ok(range) => Ok(&text[range]),
            Err(problem) => Err(&text[problem.bytes.unwrap_or_default()]),
        };
        places.map(read).collect()
    }

    #[test]
    fn finds_items() {
        let one = "<?xml version='1.0'?><newsMessage><newsItem guid='a'/></newsMessage>";
        assert_eq!(found(WireFormat::NewsmlG2, one), [Ok(one)]);
        let two = "<m><!-- <newsItem> --><n:newsItem g='>'>a</n:newsItem><packageItem/></m>";
        let expected = [Ok("<n:newsItem g='>'>a</n:newsItem>"), Ok("<packageItem/>")];
        assert_eq!(found(WireFormat::NewsmlG2, two), expected);
        let nested = "<N><NewsItem>a<NewsItem>b</NewsItem></NewsItem><NewsItem/></N>";
        let expected = [Ok("<NewsItem>a<NewsItem>b</NewsItem></NewsItem>"), Ok("<NewsItem/>")];
        assert_eq!(found(WireFormat::Newsml1, nested), expected);
        assert_eq!(found(WireFormat::NewsmlG2, " \n"), []);
    }

    #[test]
    fn a_cut_item_does_not_swallow_the_next() {
        let text = "<s><newsItem>a <newsItem>b</newsItem></s>";
        let expected = [Err("<newsItem>a "), Ok("<newsItem>b</newsItem>")];
        assert_eq!(found(WireFormat::NewsmlG2, text), expected);
    }

    #[test]
    fn finds_objects_and_telegrams() {
        let feed = r#"{"data": {"items": [{"meta": {}, "item": {"a": 1}}, {"item": {"b": 2}}]}}"#;
        assert_eq!(found(WireFormat::ApMedia, feed), [Ok(r#"{"a": 1}"#), Ok(r#"{"b": 2}"#)]);
        let one = r#"{"data": {"item": {"a": 1}}}"#;
        assert_eq!(found(WireFormat::ApMedia, one), [Ok(r#"{"a": 1}"#)]);
        let bare = r#"{"altids": {"itemid": "1"}}"#;
        assert_eq!(found(WireFormat::ApMedia, bare), [Ok(bare)]);
        let telegrams = "noise\u{16}\u{16}\u{1}one\u{3}\u{16}\u{1}two";
        let expected = [Ok("\u{16}\u{16}\u{1}one\u{3}"), Ok("\u{16}\u{1}two")];
        assert_eq!(found(WireFormat::Anpa1312, telegrams), expected);
    }
}

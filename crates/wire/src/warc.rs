//! Records of web archives: the heads of WARC 0.17 to 1.1 and ARC 1.0, and the HTTP message in a
//! record. Whoever reads the file gives the bytes; nothing here reads one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dateline_record::{FaultCode, Timestamp};

use crate::{Problem, date};

/// Bytes of the longest head of a record or of an HTTP message.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The head of a record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// What the record is.
    pub kind: Kind,
    /// `WARC-Target-URI`, without the angle brackets that some writers put around it.
    pub target: Option<String>,
    /// `WARC-Date`.
    pub date: Option<Timestamp>,
    /// The media type of the block, without parameters and in lower case.
    pub content_type: String,
    /// Bytes of the block.
    pub length: u64,
}

/// What a record is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// An HTTP response as it came.
    Response,
    /// A document that did not come by HTTP.
    Resource,
    /// A document that was made of another one, for example its text.
    Conversion,
    /// Requests, metadata, revisits and whatever else is no document.
    #[default]
    Other,
}

/// An HTTP message in a record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Message<'a> {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body with its transfer encoding undone; its content encoding is as in `headers`.
    pub body: Cow<'a, [u8]>,
}

/// Where the head of a record ends: the bytes of it, with the empty line after a WARC head; none
/// where `bytes` holds no whole head.
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    let first = line_end(bytes, 0)?;
    if !bytes.starts_with(b"WARC/") {
        return Some(first);
    }
    let mut at = first;
    loop {
        let end = line_end(bytes, at)?;
        if bytes[at..end].trim_ascii().is_empty() {
            return Some(end);
        }
        at = end;
    }
}

fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'\n', bytes.get(from..)?).map(|at| from + at + 1)
}

/// Reads the head of a record.
pub fn parse_head(bytes: &[u8]) -> Result<Head, Problem> {
    let text = String::from_utf8_lossy(bytes);
    if text.starts_with("WARC/") { warc_head(&text) } else { arc_head(text.trim()) }
}

fn warc_head(text: &str) -> Result<Head, Problem> {
    let fields = fields(text.lines().skip(1));
    let get = |name: &str| fields.get(name).map(|value| value.trim());
    let length = get("content-length").and_then(|length| length.parse().ok());
    let Some(length) = length else {
        let what = "it is missing or no number: the record's end is not known";
        return Err(Problem::bad("Content-Length", what));
    };
    let kind = match get("warc-type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "response" => Kind::Response,
        "resource" => Kind::Resource,
        "conversion" => Kind::Conversion,
        _ => Kind::Other,
    };
    let target = get("warc-target-uri").map(|uri| uri.trim_matches(['<', '>']).trim());
    Ok(Head {
        kind,
        target: target.filter(|uri| !uri.is_empty()).map(str::to_owned),
        date: get("warc-date").and_then(date::parse).map(|date| date.at),
        content_type: media_type(get("content-type").unwrap_or_default()),
        length,
    })
}

/// `URL IP-address Archive-date Content-type Archive-length`, and in ARC 2.0 more before the last.
fn arc_head(line: &str) -> Result<Head, Problem> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    // An address may have spaces in it, so the fields count from the end.
    let at = words.iter().rposition(|word| is_arc_date(word)).filter(|at| *at >= 2);
    let length = words.last().and_then(|length| length.parse().ok());
    let (Some(at), Some(length), true) = (at, length, line.contains(':')) else {
        let shown = &line[..line.floor_char_boundary(60)];
        let what = format!("neither WARC nor ARC begins a record with {shown:?}");
        return Err(Problem::bad("record", what));
    };
    let target = words[..at - 1].join(" ");
    let is_web = target.starts_with("http://") || target.starts_with("https://");
    Ok(Head {
        kind: if is_web { Kind::Response } else { Kind::Other },
        target: Some(target),
        date: arc_date(words[at]),
        content_type: media_type(words.get(at + 1).copied().unwrap_or_default()),
        length,
    })
}

fn is_arc_date(word: &str) -> bool {
    word.len() == 14 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn arc_date(word: &str) -> Option<Timestamp> {
    let part = |from: usize, to: usize| word.get(from..to).unwrap_or_default();
    let (day, time) = ((part(0, 4), part(4, 6), part(6, 8)), (part(8, 10), part(10, 12)));
    let text = format!("{}-{}-{}T{}:{}:{}Z", day.0, day.1, day.2, time.0, time.1, part(12, 14));
    date::parse(&text).map(|date| date.at)
}

/// The media type without its parameters.
pub fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Fields of a head, names in lower case; a line that begins with a space goes on.
fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::<String, String>::new();
    let mut last = String::new();
    for line in lines.take_while(|line| !line.trim().is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some(value) = fields.get_mut(&last) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = name.trim().to_ascii_lowercase();
            let value = value.trim();
            let known = fields.entry(last.clone()).or_default();
            if !known.is_empty() {
                known.push_str(", ");
            }
            known.push_str(value);
        }
    }
    fields
}

/// Reads the HTTP response in a record's block.
pub fn message(block: &[u8]) -> Result<Message<'_>, Problem> {
    let end = message_head(&block[..block.len().min(MAX_HEAD_BYTES)]).ok_or_else(|| {
        Problem::new(FaultCode::BadDocument, "http", "the head of the HTTP message has no end")
    })?;
    let head = String::from_utf8_lossy(&block[..end]);
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let status = first.split_ascii_whitespace().nth(1).and_then(|status| status.parse().ok());
    let (Some(status), true) = (status, first.starts_with("HTTP/") || first.starts_with("ICY"))
    else {
        let shown = &first[..first.floor_char_boundary(60)];
        return Err(Problem::bad("http", format!("no HTTP response begins with {shown:?}")));
    };
    let headers = fields(lines);
    let body = &block[end..];
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let body = if is_chunked { dechunk(body) } else { Cow::Borrowed(body) };
    Ok(Message { status, headers, body })
}

fn message_head(bytes: &[u8]) -> Option<usize> {
    let mut at = line_end(bytes, 0)?;
    loop {
        let end = line_end(bytes, at)?;
        if bytes[at..end].trim_ascii().is_empty() {
            return Some(end);
        }
        at = end;
    }
}

/// Undoes chunks; bytes that are none although they are said to be stay as they are, and what
/// came of a body that was cut is kept.
fn dechunk(body: &[u8]) -> Cow<'_, [u8]> {
    let mut whole = Vec::new();
    let mut rest = body;
    while let Some(end) = line_end(rest, 0) {
        let size = std::str::from_utf8(&rest[..end.min(32)])
            .ok()
            .and_then(|line| usize::from_str_radix(line.split(';').next()?.trim(), 16).ok());
        let Some(size) = size else { break };
        if size == 0 {
            return Cow::Owned(whole);
        }
        let chunk = &rest[end..];
        whole.extend_from_slice(&chunk[..size.min(chunk.len())]);
        rest = chunk.get(size..).unwrap_or_default();
        rest = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n")).unwrap_or(rest);
    }
    if whole.is_empty() { Cow::Borrowed(body) } else { Cow::Owned(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_heads() {
        let head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <http://a.example/>\r\n\
                     WARC-Date: 2018-02-09T15:12:11Z\r\nContent-Type: application/http;\r\n \
                     msgtype=response\r\ncontent-length: 12\r\n\r\nHTTP";
        assert_eq!(head_length(head), Some(head.len() - 4));
        assert_eq!(head_length(&head[..40]), None);
        let read = parse_head(&head[..head.len() - 4]).unwrap();
        assert_eq!(read.kind, Kind::Response);
        assert_eq!(read.target.as_deref(), Some("http://a.example/"));
        assert_eq!(read.date.unwrap().to_string(), "2018-02-09T15:12:11.000Z");
        assert_eq!((read.content_type.as_str(), read.length), ("application/http", 12));
        let arc =
            parse_head(b"http://a.example/b c 1.2.3.4 20140216050221 text/html 1591\n").unwrap();
        assert_eq!(arc.target.as_deref(), Some("http://a.example/b c"));
        assert_eq!(arc.date.unwrap().to_string(), "2014-02-16T05:02:21.000Z");
        assert_eq!((arc.kind, arc.length), (Kind::Response, 1591));
        assert!(parse_head(b"WARC/1.0\r\nWARC-Type: response\r\n\r\n").is_err());
        assert!(parse_head(b"hello\n").is_err());
    }

    #[test]
    fn reads_messages() {
        let check = |block: &str, status: u16, body: &str| {
            let message = message(block.as_bytes()).unwrap();
            assert_eq!((message.status, &*message.body), (status, body.as_bytes()), "{block}");
        };
        check("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 200, "body");
        check("HTTP/1.0 404\n\n", 404, "");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(&format!("{chunked}2;x\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"), 200, "abcde");
        check(&format!("{chunked}<html>\n"), 200, "<html>\n");
        check(&format!("{chunked}9\r\nabc"), 200, "abc");
        assert!(message(b"GET / HTTP/1.1\r\n\r\n").is_err());
        assert!(message(b"HTTP/1.1 200 OK\r\nA: b").is_err());
    }
}

//! Web archives: each document in a record is a story; the rest is passed over and counted.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use dateline_record::{
    FaultCode, Format, HttpExchange, RawStory, Revision, RobotsVerdict, StoryId, Timestamp,
};
use dateline_wire::warc::{self, Head, Kind, MAX_HEAD_BYTES, Message};
use dateline_wire::{Problem, decode::decode};
use url::Url;

use super::files::File;
use super::members::{Members, RECORD_BITS};
use super::open::{Bounds, Found, Step};
use crate::identity;

/// How often it is told how far an archive has been read.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);

/// How a document came from the web.
#[derive(Debug, Default)]
pub(super) struct Capture {
    url: Option<String>,
    at: Option<Timestamp>,
    http: Option<HttpExchange>,
}

impl Capture {
    /// Puts it into the story of the document.
    pub(super) fn fill(&self, story: &mut RawStory) {
        if let Some(url) = &self.url {
            story.provider_id.clone_from(url);
            story.story_id = StoryId::derive(&story.provider, url);
            let is_web = url.starts_with("http://") || url.starts_with("https://");
            story.url = Some(url.clone()).filter(|_| is_web);
        }
        if let Some(at) = self.at {
            story.fetched_at = at;
            story.revision = Revision::from_time(at);
        }
        let content_type = self.http.as_ref().and_then(|http| http.headers.get("content-type"));
        if let Some(content_type) = content_type {
            story.charset = Some(decode(story.body.as_bytes(), Some(content_type)).charset);
        }
        story.http.clone_from(&self.http);
    }
}

/// A web archive that is being read.
#[derive(Debug)]
pub(super) struct Warc {
    file: File,
    bounds: Bounds,
    members: Option<Members>,
    /// Where the record stands that comes next.
    next: u64,
    format: Format,
    body: Vec<u8>,
    capture: Capture,
    problem: Option<Problem>,
    skipped: BTreeMap<&'static str, u64>,
    records: u64,
    /// Whether `records` counts from the start of the file.
    is_from_start: bool,
    started: Instant,
    told: Instant,
}

/// A record, read.
enum Record {
    /// A document: it is in `body` and `capture`.
    Document,
    /// Nothing to be read, and why.
    Skipped(&'static str),
}

impl Warc {
    pub(super) fn new(file: &File, bounds: Bounds) -> Self {
        Self {
            file: file.clone(),
            bounds,
            members: None,
            next: 0,
            format: Format::Html,
            body: Vec::new(),
            capture: Capture::default(),
            problem: None,
            skipped: BTreeMap::new(),
            records: 0,
            is_from_start: false,
            started: Instant::now(),
            told: Instant::now(),
        }
    }

    /// The document at a cursor, or the next one after it.
    pub(super) fn step(&mut self, cursor: u64) -> Option<Step<'_>> {
        if (self.members.is_none() || self.next != cursor)
            && let Err(error) = self.seek(cursor)
        {
            self.fail(&error);
            return Some(self.broken(cursor));
        }
        loop {
            let number = self.next;
            let read = match self.record() {
                Ok(None) => {
                    self.tell("web archive has been read");
                    return None;
                }
                Ok(Some(read)) => read,
                Err(error) => {
                    self.records += 1;
                    self.fail(&error);
                    return Some(self.broken(number));
                }
            };
            self.records += 1;
            if self.told.elapsed() >= PROGRESS_INTERVAL {
                self.told = Instant::now();
                self.tell("web archive is being read");
            }
            match read {
                Ok(Record::Document) => return Some(self.document(number)),
                Ok(Record::Skipped(why)) => *self.skipped.entry(why).or_default() += 1,
                Err(problem) => {
                    self.problem = Some(problem);
                    return Some(self.broken(number));
                }
            }
        }
    }

    fn document(&self, number: u64) -> Step<'_> {
        let found = Found::Item(&self.body);
        let (format, next) = (self.format, self.next);
        let capture = Some(&self.capture);
        let place = Some(self.place(number));
        Step { found, format, charset: None, file: None, number, capture, next, place }
    }

    /// Where a record stands, for people: its number too, where the file was read from its start.
    fn place(&self, cursor: u64) -> String {
        let byte = cursor >> RECORD_BITS;
        let within = (cursor & ((1 << RECORD_BITS) - 1)) + 1;
        match self.is_from_start {
            true => format!("record {} at byte {byte}", self.records.max(1)),
            false if within > 1 => format!("record {within} of the member at byte {byte}"),
            false => format!("record at byte {byte}"),
        }
    }

    fn broken(&self, number: u64) -> Step<'_> {
        let found = match &self.problem {
            Some(problem) => Found::Broken(problem, &self.body),
            None => Found::Item(&self.body),
        };
        let (format, next) = (self.format, self.next);
        let (capture, place) = (None, Some(self.place(number)));
        Step { found, format, charset: None, file: None, number, capture, next, place }
    }

    /// Notes that the file cannot be read here; goes on with the next member, if there is one.
    fn fail(&mut self, error: &io::Error) {
        let what = format!("it cannot be read or unpacked here: {error}");
        self.problem = Some(Problem::bad("record", what));
        self.body.clear();
        self.next = u64::MAX - 1;
        if let Some(members) = &mut self.members {
            if members.skip_broken().is_err() {
                members.end();
            }
            self.next = members.cursor();
        }
    }

    fn seek(&mut self, cursor: u64) -> io::Result<()> {
        if cursor >= u64::MAX - 1 {
            self.next = cursor;
            return Ok(());
        }
        let (members, records) = Members::open(self.file.at(), cursor)?;
        self.members = Some(members);
        self.next = cursor;
        (self.records, self.is_from_start) = (0, cursor == 0);
        for _ in 0..records {
            if self.record()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Reads the next record, and finds where the one after it begins; none at the end.
    fn record(&mut self) -> io::Result<Option<Result<Record, Problem>>> {
        let Some(members) = &mut self.members else {
            return Ok(None);
        };
        skip_empty_lines(members)?;
        let Some(head) = read_head(members)? else {
            return Ok(None);
        };
        let read = match warc::parse_head(&head) {
            Ok(head) => self.block(&head)?,
            Err(problem) => {
                self.body = head;
                resync(members)?;
                Err(problem)
            }
        };
        if let Some(members) = &mut self.members {
            members.pass_record();
            // What cannot be unpacked after this record is told when its turn comes.
            let _ = skip_empty_lines(members);
            self.next = members.cursor();
        }
        Ok(Some(read))
    }

    fn block(&mut self, head: &Head) -> io::Result<Result<Record, Problem>> {
        let Some(members) = &mut self.members else {
            return Ok(Ok(Record::Skipped("no archive")));
        };
        let room = self.bounds.max_body_bytes + MAX_HEAD_BYTES;
        let is_wanted = head.kind != Kind::Other;
        let (block, read) = read_block(members, head.length, if is_wanted { room } else { 0 })?;
        let is_cut = read < head.length;
        if is_cut && is_wanted && block.is_empty() {
            self.body = block;
            return Ok(Err(Problem::bad("record", "the archive ends within the record")));
        }
        if !is_wanted {
            return Ok(Ok(Record::Skipped("no document")));
        }
        Ok(self.take(head, block, is_cut))
    }

    /// Makes a document of a record's block.
    fn take(&mut self, head: &Head, block: Vec<u8>, is_cut: bool) -> Result<Record, Problem> {
        self.capture = Capture { url: address(head), at: head.date, http: None };
        let is_http = head.kind == Kind::Response;
        if !is_http {
            // Crawlers keep their own logs and settings as resources with addresses of their own.
            let is_web = self.capture.url.as_deref().is_some_and(|url| url.starts_with("http"));
            let format = format(&head.content_type).filter(|_| is_web);
            let Some(format) = format else {
                return Ok(Record::Skipped("neither HTML nor text"));
            };
            (self.format, self.body) = (format, block);
            return Ok(Record::Document);
        }
        let message = match warc::message(&block) {
            Ok(message) => message,
            Err(problem) => {
                self.body = block;
                return Err(problem);
            }
        };
        if message.status != 200 {
            return Ok(Record::Skipped("status other than 200"));
        }
        let kind = message.headers.get("content-type").map(|kind| warc::media_type(kind));
        let Some(format) = format(kind.as_deref().unwrap_or("text/html")) else {
            return Ok(Record::Skipped("neither HTML nor text"));
        };
        let body = decoded(&message, self.bounds.max_body_bytes);
        let (body, is_short) = match body {
            Ok(body) => body,
            Err(problem) => {
                self.body = block;
                return Err(problem);
            }
        };
        if body.is_empty() {
            return Ok(Record::Skipped("empty body"));
        }
        let truncated = is_cut || is_short;
        let (status, headers) = (message.status, message.headers);
        let (redirects, robots) = (Vec::new(), RobotsVerdict::NotAsked);
        self.capture.http = Some(HttpExchange { status, headers, redirects, robots, truncated });
        (self.format, self.body) = (format, body);
        Ok(Record::Document)
    }

    fn tell(&self, message: &'static str) {
        let read = self.members.as_ref().and_then(Members::position);
        let bytes = read.unwrap_or(self.file.size_bytes);
        let percent = bytes.saturating_mul(100) / self.file.size_bytes.max(1);
        let seconds = self.started.elapsed().as_secs().max(1);
        tracing::info!(
            path = %self.file.path.display(),
            bytes,
            percent,
            records = self.records,
            records_per_second = self.records / seconds,
            skipped = ?self.skipped,
            "{message}"
        );
    }
}

/// The address of a document: canonical where it is one of the web.
fn address(head: &Head) -> Option<String> {
    let target = head.target.as_deref()?;
    let url = Url::parse(target).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    Some(if is_web { identity::canonical(&url).to_string() } else { url.to_string() })
}

fn format(content_type: &str) -> Option<Format> {
    match content_type {
        "text/html" | "application/xhtml+xml" => Some(Format::Html),
        "text/plain" => Some(Format::Text),
        _ => None,
    }
}

/// The body with its content encoding undone, up to a bound, and whether it was cut.
fn decoded(message: &Message<'_>, max_bytes: usize) -> Result<(Vec<u8>, bool), Problem> {
    let encoding = message.headers.get("content-encoding").map_or("", String::as_str).trim();
    let is_gzip = message.body.starts_with(&[0x1f, 0x8b, 8]);
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    let mut body = Vec::new();
    let read = match encoding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" if is_gzip => flate2::bufread::MultiGzDecoder::new(&*message.body)
            .take(limit + 1)
            .read_to_end(&mut body),
        "deflate" => {
            flate2::bufread::ZlibDecoder::new(&*message.body).take(limit + 1).read_to_end(&mut body)
        }
        // Many archives keep the header and have undone the encoding.
        "" | "identity" | "gzip" | "x-gzip" => {
            body.extend_from_slice(&message.body);
            Ok(body.len())
        }
        _ if looks_like_text(&message.body) => {
            body.extend_from_slice(&message.body);
            Ok(body.len())
        }
        other => {
            let shown = &other[..other.floor_char_boundary(40)];
            let what = format!("{shown:?} is not undone: write the archive without it");
            return Err(Problem::new(FaultCode::BadDocument, "content-encoding", what));
        }
    };
    let is_cut = read.is_err() || body.len() > max_bytes;
    body.truncate(max_bytes);
    Ok((body, is_cut))
}

fn looks_like_text(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    start.starts_with(b"<") && !decode(&start[..start.len().min(1_000)], None).lossy
}

fn skip_empty_lines(members: &mut Members) -> io::Result<()> {
    loop {
        let bytes = members.fill()?;
        let count = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if count == 0 {
            return Ok(());
        }
        members.consume(count);
    }
}

/// Reads a head; what is longer than any head, or cut, is given as it is.
fn read_head(members: &mut Members) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while warc::head_length(&head).is_none() && head.len() < MAX_HEAD_BYTES {
        let bytes = members.fill()?;
        if bytes.is_empty() {
            break;
        }
        let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        head.extend_from_slice(&bytes[..end]);
        members.consume(end);
    }
    Ok(Some(head).filter(|head| !head.is_empty()))
}

/// Reads a block: what is kept of it, and how many bytes of it are there.
fn read_block(members: &mut Members, length: u64, room: usize) -> io::Result<(Vec<u8>, u64)> {
    let mut block = Vec::new();
    let mut left = length;
    while left > 0 {
        let bytes = members.fill()?;
        if bytes.is_empty() {
            break;
        }
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        block.extend_from_slice(&bytes[..count.min(room.saturating_sub(block.len()))]);
        members.consume(count);
        left -= u64::try_from(count).unwrap_or(0);
    }
    Ok((block, length - left))
}

/// Goes on at a line that begins a record.
fn resync(members: &mut Members) -> io::Result<()> {
    loop {
        let bytes = members.fill()?;
        if bytes.is_empty() || bytes.starts_with(b"WARC/") {
            return Ok(());
        }
        let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        members.consume(end);
    }
}

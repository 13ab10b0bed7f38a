//! A file that is being read: its bytes, and where each of its items lies in them.

use std::fs;
use std::io::Read;
use std::ops::Range;

use dateline_record::{Charset, FaultCode, Format};
use dateline_runtime::BadInput;
use dateline_wire::newswire::{self, WireFormat};
use dateline_wire::{Problem, decode::decode, json_story, sgml};

use super::files::{File, STDIN};

/// Bytes in which the kind of a file is looked for.
const SNIFF_BYTES: usize = 4096;

/// An item of a file, or why it is none.
type Place = Result<Range<usize>, Problem>;

/// A file in memory, split into its items.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: File,
    bytes: Vec<u8>,
    format: Format,
    /// The encoding of a newswire file, which its items do not tell themselves.
    charset: Option<Charset>,
    items: Vec<Place>,
}

/// An item as it lies in the file.
pub(super) enum Found<'a> {
    /// Its bytes.
    Item(&'a [u8]),
    /// Why it cannot be read, and its bytes.
    Broken(&'a Problem, &'a [u8]),
}

impl OpenFile {
    /// Reads and splits a file; or says why not, which concerns the whole file.
    pub(super) fn read(file: &File, max_bytes: u64) -> Result<Self, BadInput> {
        let bad = |code, what, bytes| {
            Err(BadInput { place: file.path.display().to_string(), code, what, bytes })
        };
        let bytes = match read_bytes(file, max_bytes) {
            Ok(bytes) => bytes,
            Err(error) => {
                let what = format!("{} cannot be read: {error}", file.path.display());
                return bad(FaultCode::BadDocument, what, Vec::new());
            }
        };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max_bytes {
            let what = format!("the file has more bytes than fetcher.max_file_bytes ({max_bytes})");
            return bad(FaultCode::TooLarge, what, Vec::new());
        }
        let Some(format) = format(&file.name, &bytes) else {
            let what = "the file is neither text, HTML, Reuters SGML, JSON Lines nor of a newswire"
                .to_owned();
            let end = bytes.len().min(SNIFF_BYTES);
            return bad(FaultCode::BadDocument, what, bytes[..end].to_vec());
        };
        let items = split(format, &bytes);
        if items.is_empty() {
            return bad(FaultCode::BadDocument, "the file has no story in it".to_owned(), bytes);
        }
        let charset = WireFormat::of(format).map(|_| decode(&bytes, None).charset);
        Ok(Self { file: file.clone(), bytes, format, charset, items })
    }

    /// Whether this is that file, unchanged.
    pub(super) fn is(&self, file: &File) -> bool {
        self.file == *file
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn charset(&self) -> Option<&Charset> {
        self.charset.as_ref()
    }

    /// The item of that number.
    pub(super) fn item(&self, number: usize) -> Option<Found<'_>> {
        Some(match self.items.get(number)? {
            Ok(range) => Found::Item(&self.bytes[range.clone()]),
            Err(problem) => {
                let range = problem.bytes.clone().unwrap_or_default();
                Found::Broken(problem, &self.bytes[range])
            }
        })
    }
}

fn read_bytes(file: &File, max_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = max_bytes.saturating_add(1);
    if file.name == STDIN {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        let capacity = file.size_bytes.min(max_bytes);
        bytes.reserve_exact(usize::try_from(capacity).unwrap_or(0) + 1);
        fs::File::open(&file.path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What a file is, by what newswires write, its ending, else how it begins; none where it is no text.
fn format(name: &str, bytes: &[u8]) -> Option<Format> {
    // What a newswire sends has any ending or none.
    if let Some(format) = newswire::sniff(bytes) {
        return Some(format.into());
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("txt" | "text") => Some(Format::Text),
        Some("html" | "htm" | "xhtml") => Some(Format::Html),
        Some("sgm" | "sgml") => Some(Format::ReutersSgml),
        Some("jsonl" | "ndjson" | "json") => Some(Format::JsonStory),
        _ => sniff(bytes),
    }
}

fn sniff(bytes: &[u8]) -> Option<Format> {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    let lower = String::from_utf8_lossy(head).to_ascii_lowercase();
    let start = lower.trim_start_matches('\u{feff}').trim_start();
    let begins = |mark: &str| start.starts_with(mark);
    if begins("<!doctype lewis") || lower.contains("<reuters ") {
        return Some(Format::ReutersSgml);
    }
    if begins("{") {
        return Some(Format::JsonStory);
    }
    if begins("<!doctype html") || begins("<html") || (begins("<?xml") && lower.contains("<html")) {
        return Some(Format::Html);
    }
    let has_mark = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    (has_mark || !head.contains(&0)).then_some(Format::Text)
}

fn split(format: Format, bytes: &[u8]) -> Vec<Place> {
    match format {
        Format::ReutersSgml => sgml::split(bytes).collect(),
        Format::JsonStory if is_one_object(bytes) => vec![Ok(0..bytes.len())],
        Format::JsonStory => json_story::split(bytes).map(Ok).collect(),
        _ => match WireFormat::of(format) {
            Some(format) => newswire::split(format, bytes),
            None => whole(bytes),
        },
    }
}

fn whole(bytes: &[u8]) -> Vec<Place> {
    if bytes.trim_ascii().is_empty() { Vec::new() } else { vec![Ok(0..bytes.len())] }
}

/// One object over several lines, as `.json` files are often written.
fn is_one_object(bytes: &[u8]) -> bool {
    let first = json_story::split(bytes).next();
    first.is_some_and(|line| bytes[line] == *b"{") && json_story::parse(bytes).is_ok()
}

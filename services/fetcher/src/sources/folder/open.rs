//! A file that is being read, item by item: in memory, or an archive as it streams.

use std::fs;
use std::io::Read;
use std::ops::Range;

use dateline_record::{Charset, FaultCode, Format};
use dateline_runtime::BadInput;
use dateline_wire::newswire::{self, WireFormat};
use dateline_wire::{Problem, decode::decode, json_story, sgml};
use tempfile::NamedTempFile;

use super::archive::{self, Archive, Packed};
use super::archive_warc::{Capture, Warc};
use super::files::{File, STDIN};
use super::stdin::{self, Input};
use crate::Config;

/// Bytes in which the kind of a file is looked for.
const SNIFF_BYTES: usize = 4096;

/// An item of a file, or why it is none.
type Place = Result<Range<usize>, Problem>;

/// What a file may cost.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_field_names)] // named as the settings
pub(super) struct Bounds {
    /// Bytes of a file that is read into memory, and of one within an archive.
    pub(super) max_file_bytes: u64,
    /// Bytes of an archive on standard input.
    pub(super) max_stdin_archive_bytes: u64,
    /// Bytes of a story.
    pub(super) max_body_bytes: usize,
}

impl Bounds {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            max_file_bytes: config.max_file_bytes,
            max_stdin_archive_bytes: config.max_stdin_archive_bytes,
            max_body_bytes: config.max_body_bytes,
        }
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(super) struct OpenFile {
    file: File,
    content: Content,
    /// Holds the bytes of what came packed by standard input.
    _spool: Option<NamedTempFile>,
}

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    Memory(Memory),
    Warc(Box<Warc>),
    Packed(Box<Packed>),
}

/// An item as it lies in the file.
pub(super) enum Found<'a> {
    /// Its bytes.
    Item(&'a [u8]),
    /// Why it cannot be read, and its bytes.
    Broken(&'a Problem, &'a [u8]),
}

/// An item and where it stands.
pub(super) struct Step<'a> {
    pub(super) found: Found<'a>,
    pub(super) format: Format,
    /// The encoding of a newswire file.
    pub(super) charset: Option<&'a Charset>,
    /// The file within the archive, where it is one.
    pub(super) file: Option<&'a File>,
    /// The item's number in its file.
    pub(super) number: u64,
    /// How it came from the web, where the archive tells.
    pub(super) capture: Option<&'a Capture>,
    /// Where it stands, for people, where the number does not say it.
    pub(super) place: Option<String>,
    /// Where the next item stands.
    pub(super) next: u64,
}

impl OpenFile {
    /// Opens a file; or says why not, which concerns the whole file.
    pub(super) fn read(file: &File, bounds: Bounds) -> Result<Self, BadInput> {
        let max_bytes = bounds.max_file_bytes;
        let input = (file.name == STDIN).then(|| stdin::read(std::io::stdin().lock(), bounds));
        let (content, spool) = match input.transpose().map_err(|error| unreadable(file, &error))? {
            None => (Content::read(file, bounds)?, None),
            Some(Input::Plain(bytes)) => {
                (Content::Memory(Memory::of(file, bytes, max_bytes)?), None)
            }
            Some(Input::Packed(spool, size_bytes)) => {
                let spooled = file.spooled(spool.path(), size_bytes);
                (Content::read(&spooled, bounds)?, Some(spool))
            }
        };
        Ok(Self { file: file.clone(), content, _spool: spool })
    }

    /// Whether this is that file, unchanged.
    pub(super) fn is(&self, file: &File) -> bool {
        self.file == *file
    }

    /// The item at a cursor.
    pub(super) fn step(&mut self, cursor: u64) -> Option<Step<'_>> {
        self.content.step(cursor)
    }
}

impl Content {
    fn read(file: &File, bounds: Bounds) -> Result<Self, BadInput> {
        Ok(match Self::archive(file, bounds) {
            Some(archive) => archive,
            None => Self::Memory(Memory::read(file, bounds.max_file_bytes)?),
        })
    }

    /// An archive, where the file is one.
    pub(super) fn archive(file: &File, bounds: Bounds) -> Option<Self> {
        Some(match archive::kind(file)? {
            Archive::Warc => Self::Warc(Box::new(Warc::new(file, bounds))),
            packed => Self::Packed(Box::new(Packed::new(file, packed, bounds))),
        })
    }

    pub(super) fn step(&mut self, cursor: u64) -> Option<Step<'_>> {
        match self {
            Self::Memory(memory) => memory.step(cursor),
            Self::Warc(warc) => warc.step(cursor),
            Self::Packed(packed) => packed.step(cursor),
        }
    }
}

fn unreadable(file: &File, error: &std::io::Error) -> BadInput {
    let place = file.place();
    let what = format!("{place} cannot be read: {error}");
    BadInput { place, code: FaultCode::BadDocument, what, bytes: Vec::new() }
}

/// A file in memory, split into its items.
#[derive(Debug)]
pub(super) struct Memory {
    bytes: Vec<u8>,
    format: Format,
    /// The encoding of a newswire file, which its items do not tell themselves.
    charset: Option<Charset>,
    items: Vec<Place>,
}

impl Memory {
    fn read(file: &File, max_bytes: u64) -> Result<Self, BadInput> {
        let bytes = read_bytes(file, max_bytes).map_err(|error| unreadable(file, &error))?;
        Self::of(file, bytes, max_bytes)
    }

    /// Splits the bytes of a file; or says why not.
    pub(super) fn of(file: &File, bytes: Vec<u8>, max_bytes: u64) -> Result<Self, BadInput> {
        let bad = |code, what, bytes| Err(BadInput { place: file.place(), code, what, bytes });
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max_bytes {
            let what = format!("the file has more bytes than fetcher.max_file_bytes ({max_bytes})");
            return bad(FaultCode::TooLarge, what, Vec::new());
        }
        let Some(format) = format(&file.name, &bytes) else {
            let what =
                "the file is neither text, HTML, Reuters SGML, JSON Lines nor of a newswire, \
                        nor an archive of these"
                    .to_owned();
            let end = bytes.len().min(SNIFF_BYTES);
            return bad(FaultCode::BadDocument, what, bytes[..end].to_vec());
        };
        let items = split(format, &bytes);
        if items.is_empty() {
            return bad(FaultCode::BadDocument, "the file has no story in it".to_owned(), bytes);
        }
        let charset = WireFormat::of(format).map(|_| decode(&bytes, None).charset);
        Ok(Self { bytes, format, charset, items })
    }

    /// What has no item.
    pub(super) fn nothing() -> Self {
        Self { bytes: Vec::new(), format: Format::Text, charset: None, items: Vec::new() }
    }

    /// The item of that number.
    pub(super) fn step(&self, number: u64) -> Option<Step<'_>> {
        let found = match self.items.get(usize::try_from(number).ok()?)? {
            Ok(range) => Found::Item(&self.bytes[range.clone()]),
            Err(problem) => {
                let range = problem.bytes.clone().unwrap_or_default();
                Found::Broken(problem, &self.bytes[range])
            }
        };
        Some(Step {
            found,
            format: self.format,
            charset: self.charset.as_ref(),
            file: None,
            number,
            capture: None,
            place: None,
            next: number + 1,
        })
    }
}

fn read_bytes(file: &File, max_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = max_bytes.saturating_add(1);
    if archive::is_gzip(file.at()) {
        let packed = std::io::BufReader::new(fs::File::open(file.at())?);
        let limit = limit.min(archive::bound(file.size_bytes));
        flate2::bufread::MultiGzDecoder::new(packed).take(limit).read_to_end(&mut bytes)?;
    } else {
        let capacity = file.size_bytes.min(max_bytes);
        bytes.reserve_exact(usize::try_from(capacity).unwrap_or(0) + 1);
        fs::File::open(file.at())?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What a file is, by what newswires write, its ending, else how it begins; none where it is no text.
fn format(name: &str, bytes: &[u8]) -> Option<Format> {
    // What a newswire sends has any ending or none.
    if let Some(format) = newswire::sniff(bytes) {
        return Some(format.into());
    }
    let name = name.strip_suffix(".gz").unwrap_or(name);
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

//! Zip and tar archives: each entry is a file, read one after the other and never written to disk.

use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use dateline_record::{FaultCode, Format};
use dateline_wire::Problem;
use flate2::bufread::MultiGzDecoder;
use tempfile::NamedTempFile;

use super::archive_tar::Tar;
use super::files::{File, is_left_out};
use super::open::{Bounds, Content, Found, Memory, Step};

/// What unpacks to more than so many times its size is a bomb.
const MAX_RATIO: u64 = 200;

/// Bytes that anything may unpack to.
const FREE_BYTES: u64 = 10_000_000;

/// Bytes in which the kind of an archive is looked for.
pub(super) const HEAD_BYTES: u64 = 2_048;

/// Bits of a cursor that tell the item within an entry; those above tell the entry.
const ITEM_BITS: u32 = 24;

/// What an archive is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Archive {
    /// A web archive.
    Warc,
    /// A zip archive.
    Zip,
    /// A tar archive, packed with gzip or not.
    Tar { is_gzip: bool },
}

/// The kind of archive that a file is; none where it is none. How it begins tells, not its name.
pub(super) fn kind(file: &File) -> Option<Archive> {
    let mut head = head(file.at()).ok()?;
    if head.starts_with(b"PK\x03\x04") {
        return Some(Archive::Zip);
    }
    let is_gzip = is_gzip_head(&head);
    if is_gzip {
        let mut unpacked = Vec::new();
        // The head may be cut anywhere; what can be unpacked of it counts.
        let _ = MultiGzDecoder::new(&head[..]).take(512).read_to_end(&mut unpacked);
        head = unpacked;
    }
    if head.starts_with(b"WARC/") || head.starts_with(b"filedesc://") {
        return Some(Archive::Warc);
    }
    (head.get(257..262) == Some(b"ustar")).then_some(Archive::Tar { is_gzip })
}

/// Whether what begins so is an archive or packed with gzip.
pub(super) fn is_packed(head: &[u8]) -> bool {
    let marks: [&[u8]; 4] = [b"PK\x03\x04", &[0x1f, 0x8b, 8], b"WARC/", b"filedesc://"];
    marks.iter().any(|mark| head.starts_with(mark)) || head.get(257..262) == Some(b"ustar")
}

/// Whether a file is packed with gzip.
pub(super) fn is_gzip(path: &Path) -> bool {
    head(path).is_ok_and(|head| is_gzip_head(&head))
}

fn is_gzip_head(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8])
}

/// The most that so many packed bytes may unpack to.
pub(super) fn bound(packed_bytes: u64) -> u64 {
    packed_bytes.saturating_mul(MAX_RATIO).max(FREE_BYTES)
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    if path.is_file() {
        fs::File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    }
    Ok(head)
}

/// A zip or tar archive that is being read.
#[derive(Debug)]
pub(super) struct Packed {
    file: File,
    kind: Archive,
    bounds: Bounds,
    source: Option<Source>,
    current: Option<Entry>,
    problem: Option<Problem>,
    /// Whether it is in another archive: then what is in it must be none.
    is_inner: bool,
    /// Bytes that all entries together may still unpack to.
    left_bytes: u64,
}

#[derive(Debug)]
enum Source {
    Zip(Box<zip::ZipArchive<BufReader<fs::File>>>),
    Tar(Box<Tar>),
}

/// An entry, unpacked.
#[derive(Debug)]
struct Entry {
    number: u64,
    file: File,
    content: Result<Inside, Problem>,
}

/// What is in an entry.
#[derive(Debug)]
enum Inside {
    File(Memory),
    Archive(Box<Nested>),
}

impl Inside {
    fn step(&mut self, number: u64) -> Option<Step<'_>> {
        match self {
            Self::File(memory) => memory.step(number),
            Self::Archive(nested) => nested.step(number),
        }
    }
}

/// An archive in an archive: laid down in a file, and its items numbered as they come.
#[derive(Debug)]
struct Nested {
    file: File,
    content: Content,
    /// The number of the item that `cursor` tells.
    number: u64,
    cursor: u64,
    _spool: NamedTempFile,
}

impl Nested {
    fn new(file: &File, bytes: &[u8], bounds: Bounds) -> Result<Self, Problem> {
        let mut spool = NamedTempFile::new().map_err(|error| unreadable(&error))?;
        spool.write_all(bytes).and_then(|()| spool.flush()).map_err(|error| unreadable(&error))?;
        let file = file.spooled(spool.path(), u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let content = match Content::archive(&file, bounds) {
            Some(Content::Packed(packed)) => Content::Packed(Box::new(packed.inner())),
            Some(archive) => archive,
            None => return Err(Problem::bad("archive", "it begins as an archive and is none")),
        };
        Ok(Self { file, content, number: 0, cursor: 0, _spool: spool })
    }

    fn step(&mut self, number: u64) -> Option<Step<'_>> {
        if number < self.number {
            (self.number, self.cursor) = (0, 0);
        }
        while self.number < number {
            self.cursor = self.content.step(self.cursor)?.next;
            self.number += 1;
        }
        let step = self.content.step(self.cursor)?;
        Some(Step { file: step.file.or(Some(&self.file)), ..step })
    }
}

/// An entry as it comes out of an archive.
pub(super) struct Unpacked {
    pub(super) name: String,
    pub(super) is_file: bool,
    pub(super) bytes: Result<Vec<u8>, Problem>,
}

impl Packed {
    pub(super) fn new(file: &File, kind: Archive, bounds: Bounds) -> Self {
        let file = file.clone();
        let left_bytes = bound(file.size_bytes);
        let (source, current, problem, is_inner) = (None, None, None, false);
        Self { file, kind, bounds, source, current, problem, is_inner, left_bytes }
    }

    fn inner(self) -> Self {
        Self { is_inner: true, ..self }
    }

    /// The item at a cursor: of that entry or of a later one.
    pub(super) fn step(&mut self, cursor: u64) -> Option<Step<'_>> {
        let (mut number, mut item) = (cursor >> ITEM_BITS, cursor & ((1 << ITEM_BITS) - 1));
        if self.problem.is_some() {
            return None;
        }
        loop {
            if self.current.as_ref().is_none_or(|entry| entry.number != number) {
                match self.unpack(number) {
                    Ok(Some(entry)) => self.current = Some(entry),
                    Ok(None) => return None,
                    Err(problem) => return Some(self.broken(problem, number)),
                }
            }
            let entry = self.current.as_mut()?;
            let has_item = match &mut entry.content {
                Ok(memory) => memory.step(item).is_some(),
                Err(_) => item == 0,
            };
            if has_item && !is_left_out_within(&entry.file.name) {
                break;
            }
            (number, item) = (number + 1, 0);
        }
        let entry = self.current.as_mut()?;
        let next = (number << ITEM_BITS) | (item + 1);
        match &mut entry.content {
            Ok(inside) => {
                let step = inside.step(item)?;
                Some(Step { next, file: step.file.or(Some(&entry.file)), ..step })
            }
            Err(problem) => Some(Step { next, ..whole(problem, Some(&entry.file)) }),
        }
    }

    /// What concerns all that is left of the archive.
    fn broken(&mut self, problem: Problem, number: u64) -> Step<'_> {
        let next = (number + 1) << ITEM_BITS;
        Step { next, ..whole(self.problem.insert(problem), None) }
    }

    fn unpack(&mut self, number: u64) -> Result<Option<Entry>, Problem> {
        let (bounds, is_inner) = (self.bounds, self.is_inner);
        let max_bytes = bounds.max_file_bytes;
        let source = match &mut self.source {
            Some(source) => source,
            None => self.source.insert(open(&self.file, self.kind).map_err(|e| unreadable(&e))?),
        };
        let unpacked = match source {
            Source::Zip(zip) => unpack_zip(zip, number, max_bytes),
            Source::Tar(tar) => tar.entry(number, max_bytes).map_err(|error| unreadable(&error))?,
        };
        let length =
            unpacked.as_ref().and_then(|unpacked| unpacked.bytes.as_ref().ok()).map(Vec::len);
        let length = u64::try_from(length.unwrap_or(0)).unwrap_or(u64::MAX);
        // A plain tar unpacks to no more than itself.
        self.left_bytes = self.left_bytes.checked_sub(length).ok_or_else(|| {
            let what = format!("it unpacks to more than {MAX_RATIO} times its size");
            Problem::new(FaultCode::TooLarge, "archive", what)
        })?;
        Ok(unpacked.map(|unpacked| {
            let file = self.file.within(&unpacked.name);
            let content = match unpacked.bytes {
                // Folders and links are no stories.
                _ if !unpacked.is_file => Ok(Inside::File(Memory::nothing())),
                Ok(bytes) => content(&file, bytes, bounds, is_inner),
                Err(problem) => Err(problem),
            };
            Entry { number, file, content }
        }))
    }
}

fn content(file: &File, bytes: Vec<u8>, bounds: Bounds, is_inner: bool) -> Result<Inside, Problem> {
    let max_bytes = bounds.max_file_bytes;
    let bytes = if is_gzip_head(&bytes) { unzip(&bytes, max_bytes)? } else { bytes };
    if is_packed(&bytes) && !is_gzip_head(&bytes) {
        if is_inner {
            let what = "an archive within an archive within an archive is not unpacked: unpack \
                        the outer one";
            return Err(Problem::bad("archive", what));
        }
        return Nested::new(file, &bytes, bounds).map(|nested| Inside::Archive(Box::new(nested)));
    }
    Memory::of(file, bytes, max_bytes)
        .map(Inside::File)
        .map_err(|bad| Problem::new(bad.code, "file", bad.what))
}

fn unzip(packed: &[u8], max_bytes: u64) -> Result<Vec<u8>, Problem> {
    let limit = bound(u64::try_from(packed.len()).unwrap_or(u64::MAX)).min(max_bytes + 1);
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(packed).take(limit).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| unreadable(&error))
}

fn is_left_out_within(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    is_left_out(last) || name.contains("/__MACOSX/")
}

fn whole<'a>(problem: &'a Problem, file: Option<&'a File>) -> Step<'a> {
    Step {
        found: Found::Broken(problem, &[]),
        format: Format::Text,
        charset: None,
        file,
        number: 0,
        capture: None,
        place: None,
        next: 0,
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::bad("archive", format!("it cannot be read on: {error}"))
}

fn open(file: &File, kind: Archive) -> io::Result<Source> {
    if kind == Archive::Zip {
        let reader = BufReader::new(fs::File::open(file.at())?);
        let zip = zip::ZipArchive::new(reader).map_err(io::Error::other)?;
        return Ok(Source::Zip(Box::new(zip)));
    }
    let is_gzip = kind == Archive::Tar { is_gzip: true };
    Ok(Source::Tar(Box::new(Tar::open(file, is_gzip)?)))
}

fn unpack_zip(
    zip: &mut zip::ZipArchive<BufReader<fs::File>>,
    number: u64,
    max_bytes: u64,
) -> Option<Unpacked> {
    let number = usize::try_from(number).ok().filter(|number| *number < zip.len())?;
    let mut entry = match zip.by_index(number) {
        Ok(entry) => entry,
        Err(error) => {
            let name = format!("entry {}", number + 1);
            return Some(Unpacked { name, is_file: true, bytes: Err(unreadable(&error)) });
        }
    };
    let limit = bound(entry.compressed_size()).min(max_bytes);
    let name = entry.name().map_or_else(|_| format!("entry {}", number + 1), Into::into);
    let is_file = entry.is_file();
    let bytes = if is_file { read_bounded(&mut entry, limit) } else { Ok(Vec::new()) };
    Some(Unpacked { name, is_file, bytes })
}

/// Reads what an entry unpacks to, which may be more than it says.
fn read_bounded(entry: &mut dyn Read, limit: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = entry.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > limit {
        let what = format!(
            "it unpacks to more than {limit} bytes, which is fetcher.max_file_bytes or {MAX_RATIO} \
             times its packed size"
        );
        return Err(Problem::new(FaultCode::TooLarge, "entry", what));
    }
    Ok(bytes)
}

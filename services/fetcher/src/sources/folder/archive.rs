//! Zip and tar archives: each entry is a file, read one after the other and never written to disk.

use std::fs;
use std::io::{self, BufReader, Read};
use std::path::Path;

use dateline_record::{FaultCode, Format};
use dateline_wire::Problem;
use flate2::bufread::MultiGzDecoder;

use super::archive_tar::Tar;
use super::files::{File, is_left_out};
use super::open::{Bounds, Found, Memory, Step};

/// What unpacks to more than so many times its size is a bomb.
const MAX_RATIO: u64 = 200;

/// Bytes that anything may unpack to.
const FREE_BYTES: u64 = 10_000_000;

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
    let mut head = head(&file.path).ok()?;
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
    // Standard input has no path; it is read as one file.
    if path.is_file() {
        fs::File::open(path)?.take(2_048).read_to_end(&mut head)?;
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
    content: Result<Memory, Problem>,
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
        Self { file, kind, bounds, source: None, current: None, problem: None }
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
            let entry = self.current.as_ref()?;
            let has_item = match &entry.content {
                Ok(memory) => memory.step(item).is_some(),
                Err(_) => item == 0,
            };
            if has_item && !is_left_out_within(&entry.file.name) {
                break;
            }
            (number, item) = (number + 1, 0);
        }
        let entry = self.current.as_ref()?;
        let next = (number << ITEM_BITS) | (item + 1);
        match &entry.content {
            Ok(memory) => {
                memory.step(item).map(|step| Step { next, file: Some(&entry.file), ..step })
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
        let max_bytes = self.bounds.max_file_bytes;
        let source = match &mut self.source {
            Some(source) => source,
            None => self.source.insert(open(&self.file, self.kind).map_err(|e| unreadable(&e))?),
        };
        let unpacked = match source {
            Source::Zip(zip) => unpack_zip(zip, number, max_bytes),
            Source::Tar(tar) => tar.entry(number, max_bytes).map_err(|error| unreadable(&error))?,
        };
        Ok(unpacked.map(|unpacked| {
            let file = self.file.within(&unpacked.name);
            let content = match unpacked.bytes {
                // Folders and links are no stories.
                _ if !unpacked.is_file => Ok(Memory::nothing()),
                Ok(bytes) => content(&file, bytes, max_bytes),
                Err(problem) => Err(problem),
            };
            Entry { number, file, content }
        }))
    }
}

fn content(file: &File, bytes: Vec<u8>, max_bytes: u64) -> Result<Memory, Problem> {
    let is_archive = bytes.starts_with(b"PK\x03\x04")
        || bytes.get(257..262) == Some(b"ustar")
        || bytes.starts_with(b"WARC/");
    if is_archive {
        let what = "an archive within an archive is not unpacked: unpack the outer one";
        return Err(Problem::bad("archive", what));
    }
    let bytes = if is_gzip_head(&bytes) { unzip(&bytes, max_bytes)? } else { bytes };
    Memory::of(file, bytes, max_bytes).map_err(|bad| Problem::new(bad.code, "file", bad.what))
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
        next: 0,
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::bad("archive", format!("it cannot be read on: {error}"))
}

fn open(file: &File, kind: Archive) -> io::Result<Source> {
    if kind == Archive::Zip {
        let reader = BufReader::new(fs::File::open(&file.path)?);
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

//! Tar archives: the entries of POSIX, GNU and pax, read one after the other.

use std::fs;
use std::io::{self, BufReader, Read};

use dateline_record::FaultCode;
use dateline_wire::Problem;
use flate2::bufread::MultiGzDecoder;

use super::archive::{Unpacked, bound};
use super::files::File;

/// Bytes of a block.
const BLOCK: usize = 512;

/// Bytes of the longest name in an entry of its own.
const MAX_NAME_BYTES: u64 = 64 * 1024;

/// A tar archive at one of its entries.
#[derive(Debug)]
pub(super) struct Tar {
    file: File,
    is_gzip: bool,
    source: Source,
    /// The number of the entry that comes next.
    number: u64,
}

#[derive(Debug)]
enum Source {
    Plain(BufReader<fs::File>),
    Gzip(Box<io::Take<MultiGzDecoder<BufReader<fs::File>>>>),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gzip(reader) => reader.read(buffer),
        }
    }
}

fn source(file: &File, is_gzip: bool) -> io::Result<Source> {
    let reader = BufReader::new(fs::File::open(file.at())?);
    if !is_gzip {
        return Ok(Source::Plain(reader));
    }
    let unpacked = MultiGzDecoder::new(reader).take(bound(file.size_bytes));
    Ok(Source::Gzip(Box::new(unpacked)))
}

/// What a header says.
struct Header {
    name: String,
    size: u64,
    kind: u8,
}

impl Tar {
    pub(super) fn open(file: &File, is_gzip: bool) -> io::Result<Self> {
        Ok(Self { file: file.clone(), is_gzip, source: source(file, is_gzip)?, number: 0 })
    }

    /// The entry of that number; none after the last. An earlier one starts the file anew.
    pub(super) fn entry(&mut self, number: u64, max_bytes: u64) -> io::Result<Option<Unpacked>> {
        if number < self.number {
            *self = Self::open(&self.file, self.is_gzip)?;
        }
        let mut long_name = None;
        loop {
            let Some(mut header) = self.header()? else {
                return Ok(None);
            };
            if matches!(header.kind, b'L' | b'x' | b'g') {
                let bytes = self.body(header.size, MAX_NAME_BYTES)?;
                if let Some(bytes) = bytes.filter(|_| header.kind != b'g') {
                    long_name = name_of(header.kind, &bytes).or(long_name);
                }
                continue;
            }
            header.name = long_name.take().unwrap_or(header.name);
            let is_wanted = self.number == number;
            self.number += 1;
            let is_file = matches!(header.kind, b'0' | 0 | b'7');
            let limit = if is_wanted && is_file { max_bytes } else { 0 };
            let bytes = self.body(header.size, limit)?;
            if is_wanted {
                let bytes = if is_file {
                    bytes.ok_or_else(|| too_large(max_bytes))
                } else {
                    Ok(Vec::new())
                };
                return Ok(Some(Unpacked { name: header.name, is_file, bytes }));
            }
        }
    }

    /// The next header; none at the end.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.source.read(&mut block[filled..])? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(io::Error::other("the archive is cut within a header")),
                read => filled += read,
            }
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte }))
            .sum();
        if number(&block[148..156]) != Some(sum) {
            return Err(io::Error::other("a header's checksum is wrong"));
        }
        let size = number(&block[124..136]);
        let size = size.ok_or_else(|| io::Error::other("a header's size is no number"))?;
        let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
        let is_posix = &block[257..263] == b"ustar\0" && !prefix.is_empty();
        let name = if is_posix { format!("{prefix}/{name}") } else { name };
        Ok(Some(Header { name, size, kind: block[156] }))
    }

    /// Reads a body and what fills its last block; none where it is longer than `limit`.
    fn body(&mut self, size: u64, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let padded = size.checked_next_multiple_of(512);
        let padded = padded.ok_or_else(|| io::Error::other("an entry's size is too large"))?;
        if size > limit {
            let skipped = io::copy(&mut (&mut self.source).take(padded), &mut io::sink())?;
            return if skipped == padded { Ok(None) } else { Err(cut()) };
        }
        let mut bytes = Vec::new();
        let read = (&mut self.source).take(padded).read_to_end(&mut bytes)?;
        bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let is_whole = u64::try_from(read).is_ok_and(|read| read >= size);
        if is_whole { Ok(Some(bytes)) } else { Err(cut()) }
    }
}

fn cut() -> io::Error {
    io::Error::other("the archive is cut within an entry, or unpacks to too much")
}

fn too_large(max_bytes: u64) -> Problem {
    let what = format!("it has more bytes than fetcher.max_file_bytes ({max_bytes})");
    Problem::new(FaultCode::TooLarge, "entry", what)
}

/// A number in octal, or in GNU's binary form.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let digits = field[field.len() - 8..].try_into().ok()?;
        return Some(u64::from_be_bytes(digits));
    }
    let digits = text(field);
    let digits = digits.trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The name in an entry of GNU's `L` or pax' `x` kind.
fn name_of(kind: u8, bytes: &[u8]) -> Option<String> {
    if kind == b'L' {
        return Some(text(bytes));
    }
    let records = String::from_utf8_lossy(bytes).into_owned();
    records
        .lines()
        .find_map(|line| line.split_once(' ')?.1.strip_prefix("path=").map(str::to_owned))
}

//! The bytes of a web archive, plain or packed member by member, and the place of each record.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::GzDecoder;

/// Bits of a cursor that tell the record within a member; those above tell where the member is.
pub(super) const RECORD_BITS: u32 = 24;

/// A file with a count of the bytes that were taken from it.
#[derive(Debug)]
struct Counted {
    reader: BufReader<fs::File>,
    count: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.count += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
        self.count += u64::try_from(amount).unwrap_or(0);
    }
}

/// The bytes of a web archive as they stream.
#[derive(Debug)]
pub(super) struct Members {
    stream: Stream,
    /// Records that were begun in this member.
    record: u64,
}

#[derive(Debug)]
enum Stream {
    Plain(Counted),
    Member { reader: Box<BufReader<GzDecoder<Counted>>>, start: u64 },
    Ended,
}

impl Members {
    /// Opens a file where a cursor says; also gives the records that are to be passed over.
    pub(super) fn open(path: &Path, cursor: u64) -> io::Result<(Self, u64)> {
        let mut file = fs::File::open(path)?;
        let mut magic = [0; 2];
        let is_gzip = file.read(&mut magic)? == 2 && magic == [0x1f, 0x8b];
        let count = file.seek(SeekFrom::Start(cursor >> RECORD_BITS))?;
        let counted = Counted { reader: BufReader::with_capacity(64 * 1024, file), count };
        let stream = if is_gzip { member(counted)? } else { Stream::Plain(counted) };
        Ok((Self { stream, record: 0 }, cursor & ((1 << RECORD_BITS) - 1)))
    }

    /// Where the record stands that begins here.
    pub(super) fn cursor(&self) -> u64 {
        match &self.stream {
            Stream::Plain(counted) => counted.count << RECORD_BITS,
            Stream::Member { start, .. } => (start << RECORD_BITS) | self.record,
            Stream::Ended => u64::MAX - 1,
        }
    }

    /// Bytes of the file that were read.
    pub(super) fn position(&self) -> Option<u64> {
        match &self.stream {
            Stream::Plain(counted) => Some(counted.count),
            Stream::Member { reader, .. } => Some(reader.get_ref().get_ref().count),
            Stream::Ended => None,
        }
    }

    /// Notes that a record was read.
    pub(super) fn pass_record(&mut self) {
        self.record += 1;
    }

    /// The bytes that are there; none at the end of the file.
    pub(super) fn fill(&mut self) -> io::Result<&[u8]> {
        loop {
            let is_empty = match &mut self.stream {
                Stream::Plain(counted) => counted.fill_buf()?.is_empty(),
                Stream::Member { reader, .. } => reader.fill_buf()?.is_empty(),
                Stream::Ended => return Ok(&[]),
            };
            if !is_empty {
                break;
            }
            self.next_member()?;
        }
        match &mut self.stream {
            Stream::Plain(counted) => counted.fill_buf(),
            Stream::Member { reader, .. } => reader.fill_buf(),
            Stream::Ended => Ok(&[]),
        }
    }

    fn next_member(&mut self) -> io::Result<()> {
        self.record = 0;
        if let Stream::Member { reader, .. } = std::mem::replace(&mut self.stream, Stream::Ended) {
            self.stream = member(reader.into_inner().into_inner())?;
        }
        Ok(())
    }

    pub(super) fn consume(&mut self, amount: usize) {
        match &mut self.stream {
            Stream::Plain(counted) => counted.consume(amount),
            Stream::Member { reader, .. } => reader.consume(amount),
            Stream::Ended => {}
        }
    }

    /// Ends the file here.
    pub(super) fn end(&mut self) {
        self.stream = Stream::Ended;
    }

    /// Goes on at the next member after one that cannot be unpacked, or ends the file.
    pub(super) fn skip_broken(&mut self) -> io::Result<()> {
        let Stream::Member { reader, start } = std::mem::replace(&mut self.stream, Stream::Ended)
        else {
            return Ok(());
        };
        self.record = 0;
        let mut counted = reader.into_inner().into_inner();
        // A member that was cut has swallowed a part of the next one.
        counted.count = counted.reader.seek(SeekFrom::Start(start + 1))?;
        loop {
            let buffer = counted.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let found = memchr::memmem::find(buffer, &[0x1f, 0x8b, 8]);
            let length = buffer.len();
            counted.consume(found.unwrap_or(length));
            if found.is_some() {
                self.stream = member(counted)?;
                return Ok(());
            }
        }
    }
}

fn member(mut counted: Counted) -> io::Result<Stream> {
    if counted.fill_buf()?.is_empty() {
        return Ok(Stream::Ended);
    }
    let start = counted.count;
    Ok(Stream::Member { reader: Box::new(BufReader::new(GzDecoder::new(counted))), start })
}

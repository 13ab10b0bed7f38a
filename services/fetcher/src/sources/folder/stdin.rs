//! Standard input, which can be read once: what is packed is laid down in a file, since archives are
//! read here and there and after each poll.

use std::io::{self, Read, Write};

use tempfile::NamedTempFile;

use super::archive;
use super::open::Bounds;

/// What came by standard input.
#[derive(Debug)]
pub(super) enum Input {
    /// A file as it is; one byte more than the bound where it is longer.
    Plain(Vec<u8>),
    /// An archive or a packed file, and its bytes.
    Packed(NamedTempFile, u64),
}

/// Reads all of it, up to a bound.
pub(super) fn read(mut input: impl Read, bounds: Bounds) -> io::Result<Input> {
    let mut head = Vec::new();
    (&mut input).take(archive::HEAD_BYTES).read_to_end(&mut head)?;
    if !archive::is_packed(&head) {
        let limit = bounds.max_file_bytes.saturating_add(1);
        head.reserve(64 * 1024);
        let length = u64::try_from(head.len()).unwrap_or(u64::MAX);
        input.take(limit.saturating_sub(length)).read_to_end(&mut head)?;
        return Ok(Input::Plain(head));
    }
    let mut file = NamedTempFile::new()?;
    let limit = bounds.max_stdin_archive_bytes;
    let length = io::copy(&mut head.chain(input).take(limit.saturating_add(1)), &mut file)?;
    if length > limit {
        let what = format!("it has more bytes than fetcher.max_stdin_archive_bytes ({limit})");
        return Err(io::Error::other(what));
    }
    file.flush()?;
    Ok(Input::Packed(file, length))
}

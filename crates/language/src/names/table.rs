//! Words by their hash, from the files that `models/names/build.py` writes: clusters and lists.

use super::{BadModel, hash};

/// 64-bit hashes, of which the upper half is kept, with a small number each: an index of the upper
/// 16 bits into sorted lists of the next 16.
#[derive(Debug)]
pub(crate) struct Table {
    starts: Vec<u32>,
    rests: Vec<u16>,
    values: Vec<u16>,
}

impl Table {
    fn read(bytes: &mut Bytes) -> Result<Self, BadModel> {
        let starts: Vec<u32> = (0..=0x1_0000).map(|_| bytes.u32()).collect::<Result<_, _>>()?;
        let count = starts.last().copied().unwrap_or(0) as usize;
        let is_sorted = starts.is_sorted();
        if !is_sorted || bytes.rest.len() != count * 4 {
            return Err(BadModel { file: bytes.file, what: "its index does not fit its length" });
        }
        let rests = (0..count).map(|_| bytes.u16()).collect::<Result<_, _>>()?;
        let values = (0..count).map(|_| bytes.u16()).collect::<Result<_, _>>()?;
        Ok(Self { starts, rests, values })
    }

    pub(crate) fn get(&self, hash: u64) -> Option<u16> {
        let top = usize::try_from(hash >> 48).ok()?;
        let rest = u16::try_from((hash >> 32) & 0xffff).ok()?;
        let (first, last) = (*self.starts.get(top)? as usize, *self.starts.get(top + 1)? as usize);
        let at = self.rests.get(first..last)?.binary_search(&rest).ok()?;
        self.values.get(first + at).copied()
    }
}

/// A file that is read from its beginning.
pub(crate) struct Bytes<'b> {
    pub(crate) file: &'static str,
    pub(crate) rest: &'b [u8],
}

impl<'b> Bytes<'b> {
    pub(crate) fn open(
        file: &'static str,
        bytes: &'b [u8],
        magic: [u8; 8],
    ) -> Result<Self, BadModel> {
        let rest = bytes.strip_prefix(&magic);
        rest.map(|rest| Self { file, rest })
            .ok_or(BadModel { file, what: "it does not begin as such a file does" })
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], BadModel> {
        let (head, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(BadModel { file: self.file, what: "it ends too early" })?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, BadModel> {
        Ok(u16::from_le_bytes(self.take()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, BadModel> {
        Ok(u32::from_le_bytes(self.take()?))
    }
}

/// Groups of words that are used alike, from coarse to fine.
#[derive(Debug)]
pub(crate) struct Clusters {
    groups: Vec<[u16; 3]>,
    rows: Table,
}

impl Clusters {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, BadModel> {
        let mut bytes = Bytes::open("clusters.bin", bytes, *b"DLCLUST1")?;
        let count = bytes.u32()?;
        let group = |bytes: &mut Bytes| Ok([bytes.u16()?, bytes.u16()?, bytes.u16()?]);
        let groups = (0..count).map(|_| group(&mut bytes)).collect::<Result<_, _>>()?;
        Ok(Self { groups, rows: Table::read(&mut bytes)? })
    }

    /// The groups of a word, and last the few words that share a vector with it.
    pub(crate) fn of(&self, exact: u64, lower: u64) -> Option<[u16; 4]> {
        let row = self.rows.get(exact).or_else(|| self.rows.get(lower))?;
        let [coarse, middle, fine] = *self.groups.get(usize::from(row))?;
        Some([coarse, middle, fine, row])
    }
}

/// Lists of names: which lists a phrase stands in, a bit each.
#[derive(Debug)]
pub(crate) struct Lists(Table);

/// The bits of lists that other features ask for; the order is that of `models/names/build.py`.
pub(crate) mod list {
    pub(crate) const FIRST: u16 = 1 << 5;
    pub(crate) const TITLE: u16 = 1 << 12;
    pub(crate) const HEAD: u16 = 1 << 13;
}

impl Lists {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, BadModel> {
        let mut bytes = Bytes::open("lists.bin", bytes, *b"DLLISTS1")?;
        Ok(Self(Table::read(&mut bytes)?))
    }

    /// The lists that a phrase stands in; `phrase` joins the hashes of its words.
    pub(crate) fn of(&self, phrase: u64) -> u16 {
        self.0.get(phrase).unwrap_or(0)
    }
}

/// The hash of a phrase, word by word.
pub(crate) fn extend(phrase: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(phrase, |phrase, part| hash::join(phrase, *part))
}

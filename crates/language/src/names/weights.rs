//! The weights of a model: small whole numbers in rows of labels, as a file and in memory.

use super::{
    BadModel,
    decode::{Row, Transitions},
    hash::BUCKET_BITS,
    table::Bytes,
    tags::{COUNT, WIDTH},
};

const MAGIC: [u8; 8] = *b"DLNAMES1";

/// One of so many rows has a weight that a byte cuts off.
const CLIPPED: usize = 2000;

/// Sums of weights before they are scaled.
pub(crate) type Sums = [i16; WIDTH];

/// What a word adds to the sums of its neighbours and its own, by offset.
pub(crate) type OfWord = [Sums; 5];

/// The weights of one stage.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    blocks: Vec<Block>,
    rows: Vec<[i8; WIDTH]>,
    pub(crate) transitions: Transitions,
    step: f32,
}

/// 64 buckets, side by side in memory: what is looked up lies nowhere near what was looked up before.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// A bit for each bucket that has a row.
    present: u64,
    /// How many rows stand before.
    rank: u32,
}

impl Stage {
    fn new(transitions: Transitions, step: f32, rows: &[(u32, [i8; WIDTH])]) -> Self {
        let mut blocks = vec![Block::default(); 1 << (BUCKET_BITS - 6)];
        for (bucket, _) in rows {
            blocks[*bucket as usize / 64].present |= 1 << (bucket % 64);
        }
        let mut before = 0;
        for block in &mut blocks {
            block.rank = before;
            before += block.present.count_ones();
        }
        let rows = rows.iter().map(|(_, row)| *row).collect();
        Self { blocks, rows, transitions, step }
    }

    /// The `kept` features with the largest weights, rounded to steps so that all but the share
    /// `CLIPPED` of the largest fit in a byte.
    pub(crate) fn rounded(rows: &[(u32, Row)], transitions: &Transitions, kept: usize) -> Self {
        let largest = |row: &Row| row.iter().fold(0.0_f32, |largest, w| largest.max(w.abs()));
        let mut order: Vec<&(u32, Row)> = rows.iter().collect();
        order.sort_by(|(a, left), (b, right)| {
            largest(right).total_cmp(&largest(left)).then(a.cmp(b))
        });
        order.truncate(kept);
        order.retain(|(_, row)| largest(row) > 0.0);
        order.sort_by_key(|(bucket, _)| *bucket);
        let mut sizes: Vec<f32> = order.iter().map(|(_, row)| largest(row)).collect();
        sizes.sort_unstable_by(f32::total_cmp);
        let at = sizes.len() - sizes.len().div_ceil(CLIPPED);
        let step = sizes.get(at).copied().unwrap_or(1.0) / 127.0;
        // The bounds make the number fit.
        #[allow(clippy::cast_possible_truncation)]
        let round = |weight: f32| (weight / step).round().clamp(-127.0, 127.0) as i8;
        let rounded = order.iter().map(|(bucket, row)| (*bucket, row.map(round)));
        Self::new(transitions.clone(), step, &rounded.collect::<Vec<_>>())
    }

    /// Adds the weights of a feature.
    pub(crate) fn add(&self, bucket: u32, sums: &mut Sums) {
        let bit = bucket % 64;
        let block = self.blocks.get(bucket as usize / 64).copied().unwrap_or_default();
        if block.present >> bit & 1 == 0 {
            return;
        }
        let behind = (block.present & ((1 << bit) - 1)).count_ones();
        let Some(row) = self.rows.get((block.rank + behind) as usize) else { return };
        for label in 0..WIDTH {
            sums[label] += i16::from(row[label]);
        }
    }

    /// Sums as scores.
    pub(crate) fn scale(&self, sums: &Sums) -> Row {
        std::array::from_fn(|label| f32::from(sums[label]) * self.step)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.step.to_le_bytes());
        for left in 0..COUNT {
            for right in 0..COUNT {
                let (left, right) = (byte(left), byte(right));
                out.extend(self.transitions.get(left, right).to_le_bytes());
            }
        }
        out.extend(u32::try_from(self.rows.len()).unwrap_or(u32::MAX).to_le_bytes());
        let is_present =
            |bucket: &usize| self.blocks[bucket / 64].present >> (bucket % 64) & 1 == 1;
        let mut before = 0;
        for (bucket, row) in (0..1 << BUCKET_BITS).filter(is_present).zip(&self.rows) {
            push_gap(bucket - before, out);
            before = bucket;
            let is_set = |label: &usize| row[*label] != 0;
            let mask = (0..COUNT).filter(is_set).fold(0_u32, |mask, label| mask | 1 << label);
            out.extend(mask.to_le_bytes());
            out.extend((0..COUNT).filter(is_set).flat_map(|label| row[label].to_le_bytes()));
        }
    }

    fn read(bytes: &mut Bytes) -> Result<Self, BadModel> {
        let step = f32::from_le_bytes(bytes.take()?);
        let mut transitions = Transitions::new();
        for left in 0..COUNT {
            for right in 0..COUNT {
                transitions.set(byte(left), byte(right), f32::from_le_bytes(bytes.take()?));
            }
        }
        let mut rows = Vec::new();
        let mut bucket = 0;
        for _ in 0..bytes.u32()? {
            bucket += gap(bytes)?;
            if bucket >> BUCKET_BITS != 0 {
                return Err(BadModel { file: bytes.file, what: "a feature lies beyond the last" });
            }
            let (mut mask, mut row) = (bytes.u32()?, [0; WIDTH]);
            while mask != 0 {
                let [weight] = bytes.take::<1>()?;
                row[mask.trailing_zeros() as usize] = i8::from_le_bytes([weight]);
                mask &= mask - 1;
            }
            rows.push((bucket, row));
        }
        Ok(Self::new(transitions, step, &rows))
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that another follows.
fn push_gap(mut gap: usize, out: &mut Vec<u8>) {
    while gap >= 0x80 {
        out.push(byte(gap & 0x7f) | 0x80);
        gap >>= 7;
    }
    out.push(byte(gap));
}

fn gap(bytes: &mut Bytes) -> Result<u32, BadModel> {
    let mut gap = 0;
    for shift in [0, 7, 14, 21] {
        let [part] = bytes.take::<1>()?;
        gap |= u32::from(part & 0x7f) << shift;
        if part & 0x80 == 0 {
            break;
        }
    }
    Ok(gap)
}

fn byte(label: usize) -> u8 {
    u8::try_from(label).unwrap_or(0)
}

/// Both stages.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    pub(crate) first: Stage,
    pub(crate) second: Stage,
}

impl Weights {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        self.first.write(&mut out);
        self.second.write(&mut out);
        out
    }

    pub(crate) fn read(file: &'static str, bytes: &[u8]) -> Result<Self, BadModel> {
        let mut bytes = Bytes::open(file, bytes, MAGIC)?;
        let first = Stage::read(&mut bytes)?;
        let second = Stage::read(&mut bytes)?;
        if !bytes.rest.is_empty() {
            return Err(BadModel { file, what: "it goes on behind its end" });
        }
        Ok(Self { first, second })
    }
}

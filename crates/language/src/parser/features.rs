//! The features of a word as the ids of the encoder: norm, prefix, suffix, shape.

use std::collections::HashMap;

/// Words of this many letters or more have no shape of their own.
const LONG_LETTERS: usize = 100;
/// A shape repeats a letter no more often than this.
const SHAPE_RUN: usize = 4;
const SUFFIX_LETTERS: usize = 3;

/// How many features a word has.
pub(super) const FEATURES: [&str; 4] = ["NORM", "PREFIX", "SUFFIX", "SHAPE"];

/// The tables that turn forms into ids.
#[derive(Debug)]
pub(super) struct Features {
    /// The id of the norm by that of the form, where it is not the form in lower case.
    pub(super) norms: HashMap<u64, u64>,
    /// Short ids of the names of labels and attributes, by their long ones.
    pub(super) symbols: HashMap<u64, u64>,
}

impl Features {
    /// The ids of a word, in the order of [`FEATURES`].
    pub(super) fn of(&self, word: &str) -> [u64; 4] {
        let form = string_id(word);
        let norm = self.norms.get(&form).copied();
        let prefix = word.chars().next().map_or(0, char::len_utf8);
        let suffix = word.char_indices().rev().nth(SUFFIX_LETTERS - 1).map_or(0, |(at, _)| at);
        [
            norm.unwrap_or_else(|| self.id(&word.to_lowercase())),
            self.id(&word[..prefix]),
            self.id(&word[suffix..]),
            self.id(&shape(word)),
        ]
    }

    fn id(&self, text: &str) -> u64 {
        let id = string_id(text);
        self.symbols.get(&id).copied().unwrap_or(id)
    }
}

/// `Xxxx`, `dd`, `X.X.`: letters by case, digits, marks as they are.
fn shape(word: &str) -> String {
    if word.chars().nth(LONG_LETTERS - 1).is_some() {
        return "LONG".to_owned();
    }
    let mut shape = String::with_capacity(word.len());
    let (mut last, mut run) = (None, 0);
    for c in word.chars() {
        let kind = match c {
            _ if c.is_alphabetic() => {
                if c.is_uppercase() {
                    'X'
                } else {
                    'x'
                }
            }
            _ if c.is_numeric() => 'd',
            _ => c,
        };
        run = if last == Some(kind) { run + 1 } else { 0 };
        last = Some(kind);
        if run < SHAPE_RUN {
            shape.push(kind);
        }
    }
    shape
}

/// `MurmurHash64A` of a text with seed 1; 0 of the empty text.
fn string_id(text: &str) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    if text.is_empty() {
        return 0;
    }
    let (blocks, tail) = text.as_bytes().as_chunks::<8>();
    let mut hash = 1 ^ (text.len() as u64).wrapping_mul(M);
    for block in blocks {
        let mut k = u64::from_le_bytes(*block).wrapping_mul(M);
        k = (k ^ k >> 47).wrapping_mul(M);
        hash = (hash ^ k).wrapping_mul(M);
    }
    if !tail.is_empty() {
        hash ^= tail.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ hash >> 47).wrapping_mul(M);
    hash ^ hash >> 47
}

/// Four rows of a table for an id: `MurmurHash3` (x64, 128 bits) of its eight bytes.
pub(super) fn rows_of(id: u64, seed: u32) -> [u32; 4] {
    let seed = u64::from(seed);
    let mut low = id.wrapping_mul(0x87c3_7b91_1142_53d5);
    low = low.rotate_left(31).wrapping_mul(0x4cf5_ad43_2745_937f);
    low ^= seed ^ 8;
    let mut high = seed ^ 8;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    low = mixed(low);
    high = mixed(high);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default();
    [half(low), half(low >> 32), half(high), half(high >> 32)]
}

fn mixed(mut h: u64) -> u64 {
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ h >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ h >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let check = |word: &str, expected: &str| assert_eq!(shape(word), expected, "{word}");
        check("Apple", "Xxxxx");
        check("Parliament", "Xxxxx");
        check("1,000", "d,ddd");
        check("U.S.", "X.X.");
        check("......", "....");
        check("", "");
        check(&"a".repeat(100), "LONG");
    }
}

//! Vectors of words: what stands for a word that the marked pairs do not have is near one that they have.

use std::{collections::HashMap, sync::LazyLock};

use anyhow::{Result, ensure};

const FILE: &[u8] = include_bytes!("../../../../models/events/vectors.bin");
const MAGIC: &[u8; 8] = b"dlwords1";
const HEAD_BYTES: usize = MAGIC.len() + 8;

/// Numbers of a word.
pub(crate) const COMPONENTS: usize = 48;
/// How much the vectors count beside the features that are there or not.
const SCALE: f32 = 2.0 / 127.0;

/// Empty where the file is not as it should be, which `check` tells before anybody asks.
static VECTORS: LazyLock<Vectors> = LazyLock::new(|| Vectors::read(FILE).unwrap_or_default());

/// The words of the file, and their numbers.
#[derive(Default)]
struct Vectors {
    rows: HashMap<&'static str, usize>,
    numbers: &'static [u8],
}

impl Vectors {
    fn read(file: &'static [u8]) -> Option<Self> {
        let words = file.get(MAGIC.len()..MAGIC.len() + 4)?.try_into().ok()?;
        let end = HEAD_BYTES + usize::try_from(u32::from_le_bytes(words)).ok()?;
        let text = std::str::from_utf8(file.get(HEAD_BYTES..end)?).ok()?;
        let rows: HashMap<&str, usize> =
            text.lines().enumerate().map(|(row, word)| (word, row)).collect();
        let numbers = file.get(end..).filter(|it| it.len() == rows.len() * COMPONENTS)?;
        Some(Self { rows, numbers })
    }
}

/// Whether the vectors can be used.
pub(crate) fn check() -> Result<()> {
    ensure!(
        !VECTORS.rows.is_empty(),
        "models/events/vectors.bin: it is no file of this version; build it with models/build_vectors.py"
    );
    Ok(())
}

/// Adds the mean of the words' vectors to the end of `dense`; nought where none is known.
pub(crate) fn add_mean<'a>(words: impl Iterator<Item = &'a str>, dense: &mut Vec<f32>) {
    let vectors = &*VECTORS;
    let mut sums = [0.0_f32; COMPONENTS];
    let mut count = 0.0_f32;
    for row in words.filter_map(|word| vectors.rows.get(word)) {
        let numbers = &vectors.numbers[row * COMPONENTS..(row + 1) * COMPONENTS];
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += f32::from(i8::from_le_bytes([*number]));
        }
        count += 1.0;
    }
    dense.extend(sums.map(|sum| sum * SCALE / count.max(1.0)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_like_meaning_have_like_vectors() {
        let vector = |word: &str| {
            let mut dense = Vec::new();
            add_mean([word].into_iter(), &mut dense);
            dense
        };
        let alike = |one: &str, other: &str| -> f32 {
            vector(one).iter().zip(vector(other)).map(|(a, b)| a * b).sum()
        };
        assert!(alike("attack", "assault") > alike("attack", "lend"));
        assert!(alike("aid", "assistance") > alike("aid", "protest"));
        assert!(alike("xqzzy", "aid").abs() < 1e-6);
    }
}

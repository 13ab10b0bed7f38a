//! The signature of a text: an exact hash, its numbers, and a `MinHash` of its runs of three words.

use dateline_record::{ContentHash, SKETCH_VALUES, Signature, Values};

/// Words of a run.
const RUN: usize = 3;

/// The most numbers that are kept; the smallest hashes are, so that two texts keep the same ones.
const MOST_NUMBERS: usize = 64;

/// What all hashes start from. Another value would make every signature incomparable with those
/// that are stored: it needs a new topic version.
const SEED: u64 = 0x6461_7465_6c69_6e65;

/// Odd multiplier of the golden ratio, which spreads consecutive numbers.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The multiplier and the summand of each of the permutations.
const PERMUTATIONS: [(u64, u64); SKETCH_VALUES] = permutations();

/// The signature of a text; none where it has no run of three words.
pub(crate) fn of(text: &str) -> Option<Signature> {
    let words = words(text);
    let mut runs: Vec<u64> = words.windows(RUN).map(run).collect();
    runs.sort_unstable();
    runs.dedup();
    if runs.is_empty() {
        return None;
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.hash.to_le_bytes()).collect();
    Some(Signature {
        exact: ContentHash::of(&bytes),
        tokens: bounded(words.len()),
        shingles: bounded(runs.len()),
        numbers: numbers(&words),
        sketch: sketch(&runs),
    })
}

fn bounded(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A word, hashed.
#[derive(Clone, Copy)]
struct Word {
    hash: u64,
    is_number: bool,
}

/// The words of a text: letters and digits in lower case. Scripts without spaces give a word for
/// each character.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::with_capacity(text.len() / 5);
    let mut open: Option<Word> = None;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            words.extend(open.take());
            continue;
        }
        if stands_alone(c) {
            words.extend(open.take());
            words.push(Word { hash: add(SEED, c), is_number: false });
            continue;
        }
        let start = Word { hash: SEED, is_number: c.is_numeric() };
        let word = open.get_or_insert(start);
        if c.is_ascii() {
            word.hash = add(word.hash, c.to_ascii_lowercase());
        } else {
            word.hash = c.to_lowercase().fold(word.hash, add);
        }
    }
    words.extend(open);
    words
}

/// Chinese and Japanese characters.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{20000}'..='\u{323af}')
}

fn add(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
}

/// The finalizer of `SplitMix64`: every bit of the input moves every bit of the result.
const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

const fn permutations() -> [(u64, u64); SKETCH_VALUES] {
    let mut all = [(0, 0); SKETCH_VALUES];
    let mut state = SEED;
    let mut index = 0;
    while index < SKETCH_VALUES {
        let first = state.wrapping_add(GOLDEN);
        state = first.wrapping_add(GOLDEN);
        all[index] = (mix(first) | 1, mix(state));
        index += 1;
    }
    all
}

fn run(words: &[Word]) -> u64 {
    words.iter().fold(SEED, |hash, word| mix(hash.wrapping_add(GOLDEN) ^ mix(word.hash)))
}

fn numbers(words: &[Word]) -> Values {
    let numbers = words.iter().filter(|word| word.is_number);
    let mut hashes: Vec<u16> = numbers.map(|word| low_bits(mix(word.hash))).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(MOST_NUMBERS);
    Values(hashes.into())
}

fn sketch(runs: &[u64]) -> Values {
    let least = |(factor, summand): &(u64, u64)| {
        let permuted = runs.iter().map(|run| run.wrapping_mul(*factor).wrapping_add(*summand));
        // The least value has leading zeros, the more the longer the text: mixed, it has none.
        low_bits(mix(permuted.min().unwrap_or_default()))
    };
    Values(PERMUTATIONS.iter().map(least).collect())
}

#[allow(clippy::cast_possible_truncation)] // meant
fn low_bits(value: u64) -> u16 {
    value as u16
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "Japan imposed sanctions on Russia on Tuesday, 7 October, officials said.";

    #[test]
    fn signatures_are_golden() {
        // A change of these values makes stored signatures incomparable.
        let signature = of(TEXT).unwrap();
        assert_eq!(signature.exact.as_str(), "9d21f44dd2423c354527b0e6322fda55");
        assert_eq!((signature.tokens, signature.shingles), (11, 9));
        assert_eq!(*signature.numbers.0, [50176]);
        assert_eq!(signature.sketch.0.len(), SKETCH_VALUES);
        assert_eq!(signature.sketch.0[..6], [8828, 49569, 51232, 10693, 48757, 4635]);
        assert_eq!(signature.sketch.0[120..], [60689, 54372, 60111, 64380, 31512, 21411]);
        assert_eq!(of("日本は制裁を科した").unwrap().sketch.0[..3], [55472, 20708, 46112]);
    }

    #[test]
    fn only_words_count() {
        let check = |text: &str| assert_eq!(of(text), of(TEXT), "{text:?}");
        check("JAPAN imposed sanctions on  Russia on Tuesday (7 October) - officials\n\nsaid");
        let differs = |text: &str| assert_ne!(of(text), of(TEXT), "{text:?}");
        differs("Japan imposed sanctions on Russia on Tuesday, 8 October, officials said.");
        assert_eq!(of("two words"), None);
        assert_eq!(of(" - . "), None);
        assert_eq!(of("制裁").map(|signature| signature.tokens), None);
    }

    /// Words `w0 w1 …` of a text, by number.
    fn text(numbers: impl Iterator<Item = usize>) -> String {
        numbers.flat_map(|number| ["w".to_owned(), number.to_string(), " ".to_owned()]).collect()
    }

    #[test]
    fn the_share_of_equal_values_estimates_the_share_of_equal_runs() {
        let check = |from: usize, words: usize| {
            let (one, other) = (text(0..words), text(from..from + words));
            let runs = |from: usize| (from..from + words - 2).collect::<BTreeSet<_>>();
            let (a, b) = (runs(0), runs(from));
            let truth = ratio(a.intersection(&b).count(), a.union(&b).count());
            let (one, other) = (of(&one).unwrap(), of(&other).unwrap());
            let estimate = ratio(one.sketch.agreeing(&other.sketch), SKETCH_VALUES);
            // Four standard deviations.
            let bound = 4.0 * (truth * (1.0 - truth) / 126.0).sqrt();
            assert!((estimate - truth).abs() <= bound, "{estimate} for {truth}");
        };
        for words in [60, 150, 600] {
            for share in [1, 4, 10, 20, 30] {
                check(words * share / 40, words);
            }
        }
    }

    fn ratio(part: usize, whole: usize) -> f64 {
        f64::from(bounded(part)) / f64::from(bounded(whole))
    }

    proptest! {
        #[test]
        fn what_stands_between_words_does_not_count(words in prop::collection::vec("[a-zé0-9]{1,9}", 3..40)) {
            let signature = of(&words.join(" ")).unwrap();
            prop_assert_eq!(of(&words.join(", “").to_uppercase()), Some(signature.clone()));
            prop_assert!(signature.numbers.0.is_sorted());
            let other = of(&words[1..].join(" "));
            prop_assert!(other.is_none_or(|other| other.exact != signature.exact));
        }
    }
}

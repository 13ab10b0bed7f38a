//! Learns where sentences end: logistic regression over the features of gaps, rounded to bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    boundary,
    ends::{self, Gap},
    read_words,
};

/// How to learn.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Rounds over all gaps.
    pub rounds: usize,
    /// Size of a step before the gradients seen so far make it smaller.
    pub rate: f32,
    /// How much weights are drawn to nothing in a round.
    pub ridge: f32,
    /// Features that stand at fewer gaps are left out.
    pub least: u32,
    /// Begins the order of the paragraphs.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { rounds: 30, rate: 0.2, ridge: 0.6, least: 2, seed: 20_261_128 }
    }
}

/// A gap that the model decides: its features, and whether a sentence ends there.
struct Case {
    features: Vec<u32>,
    is_end: bool,
}

/// The file of weights, from texts and the bytes at which their sentences end.
pub fn learn(texts: &[(&str, &BTreeSet<usize>)], plan: Plan) -> Vec<u8> {
    let mut cases: Vec<Case> = texts.iter().flat_map(|(text, ends)| cases(text, ends)).collect();
    let (features, counts) = number(&mut cases, plan.least);
    let mut weights = vec![0.0_f32; features.len()];
    let mut squares = vec![1.0e-6_f32; features.len()];
    let mut sums = vec![0.0_f32; features.len()];
    let mut state = plan.seed;
    for round in 0..plan.rounds {
        shuffle(&mut cases, &mut state);
        for case in &cases {
            let score: f32 = case.features.iter().map(|feature| weights[*feature as usize]).sum();
            let wanted = if case.is_end { 1.0 } else { 0.0 };
            let gradient = 1.0 / (1.0 + (-score).exp()) - wanted;
            for feature in &case.features {
                let feature = *feature as usize;
                let slope = gradient + plan.ridge * weights[feature] / counts[feature];
                squares[feature] += slope * slope;
                weights[feature] -= plan.rate * slope / squares[feature].sqrt();
            }
        }
        // The mean of the later rounds: single rounds depend on the order of their cases.
        if round >= plan.rounds / 2 {
            sums.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += weight);
        }
    }
    table(features.into_iter().zip(sums).collect())
}

/// Puts numbers in place of the features' hashes and leaves out the rare ones; which hash has which number,
/// and how often it stands.
fn number(cases: &mut [Case], least: u32) -> (Vec<u32>, Vec<f32>) {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for feature in cases.iter().flat_map(|case| &case.features) {
        *counts.entry(*feature).or_default() += 1;
    }
    counts.retain(|_, count| *count >= least);
    // Counts are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    let (kept, counts): (Vec<u32>, Vec<f32>) =
        counts.into_iter().map(|(feature, count)| (feature, count as f32)).unzip();
    for case in cases {
        let numbers = case.features.iter().filter_map(|feature| kept.binary_search(feature).ok());
        case.features = numbers.filter_map(|number| u32::try_from(number).ok()).collect();
    }
    (kept, counts)
}

fn cases(text: &str, gold: &BTreeSet<usize>) -> Vec<Case> {
    let mut found = Vec::new();
    let mut start = 0;
    for paragraph in text.split("\n\n") {
        let mut words: Vec<Range<usize>> = Vec::new();
        read_words(text, start..start + paragraph.len(), &mut words);
        start += paragraph.len() + 2;
        let sights = ends::sights(text, &words);
        let by_rule = boundary::ends(text, &words);
        let mut begin = 0;
        for gap in ends::gaps(words.len(), &by_rule) {
            let gap = Gap { start: begin, ..gap };
            let is_end = gold.contains(&words[gap.at].end);
            if is_end {
                begin = gap.at + 1;
            }
            if gap.is_open(&sights) {
                let mut features = Vec::new();
                gap.features(&sights, |feature| features.push(feature));
                found.push(Case { features, is_end });
            }
        }
    }
    found
}

/// Fisher and Yates, with a generator of its own: the same order on every machine.
fn shuffle(cases: &mut [Case], state: &mut u64) {
    for at in (1..cases.len()).rev() {
        *state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let chosen = usize::try_from(*state >> 33).unwrap_or(0) % (at + 1);
        cases.swap(at, chosen);
    }
}

/// Rows for the features; of those that share a row the one with the largest weight has it.
fn table(mut features: Vec<(u32, f32)>) -> Vec<u8> {
    features.sort_by(|(a, left), (b, right)| right.abs().total_cmp(&left.abs()).then(a.cmp(b)));
    let largest = features.first().map_or(1.0, |(_, weight)| weight.abs());
    let mut rows = vec![0_u8; 2 << ends::ROW_BITS];
    for (feature, weight) in features {
        let (row, tag) = ends::place(feature);
        // The bounds make the number fit.
        #[allow(clippy::cast_possible_truncation)]
        let rounded = (weight / largest * 127.0).round() as i8;
        if rows[2 * row] == 0 && rounded != 0 {
            rows[2 * row] = tag;
            rows[2 * row + 1] = rounded.cast_unsigned();
        }
    }
    rows
}

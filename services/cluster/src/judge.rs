//! Whether two stories tell the same, judged by their signatures.
//!
//! The share of runs of three words that both have, of all that one has, says little of a text that
//! was cut or added to. How much of the smaller one the larger one contains says more: a shortened,
//! a continued and a quoted story are contained nearly whole, two stories made from one template
//! share half of their words at most. Short templates share more, but not their numbers.

use dateline_record::{RelationKind, SKETCH_VALUES};

use crate::{
    Config,
    entry::{Entry, Print},
};

/// How two texts overlap.
#[derive(Clone, Copy, Debug)]
struct Overlap {
    /// Values of the sketches that agree.
    agreeing: u8,
    /// The estimated share of common runs of all runs.
    similarity: f64,
    /// The estimated share of the smaller text's runs that the larger one has.
    contained: f64,
    /// The share of the smaller text's numbers that the larger one has.
    numbers: f64,
}

fn overlap(one: &Print, other: &Print) -> Overlap {
    let agree = one.sketch.iter().zip(other.sketch.iter()).filter(|(one, other)| one == other);
    let agreeing = u8::try_from(agree.count()).unwrap_or(u8::MAX);
    let similarity = share(agreeing);
    let (one_runs, other_runs) = (f64::from(one.shingles), f64::from(other.shingles));
    let common = similarity / (1.0 + similarity) * (one_runs + other_runs);
    let (smaller, larger) = if one.tokens <= other.tokens { (one, other) } else { (other, one) };
    let contained = (common / one_runs.min(other_runs)).min(1.0);
    Overlap { agreeing, similarity, contained, numbers: numbers_within(smaller, larger) }
}

/// The share that an agreement stands for.
pub(crate) fn share(agreeing: u8) -> f64 {
    let values = u32::try_from(SKETCH_VALUES).unwrap_or(u32::MAX);
    f64::from(agreeing) / f64::from(values)
}

fn numbers_within(smaller: &Print, larger: &Print) -> f64 {
    let within =
        smaller.numbers.iter().filter(|number| larger.numbers.binary_search(number).is_ok());
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if smaller.numbers.is_empty() {
        return 1.0;
    }
    count(within.count()) / count(smaller.numbers.len())
}

/// How the later of two stories comes from the earlier one, with the values that agree; none where
/// they tell different things.
pub(crate) fn judge(config: &Config, later: &Entry, earlier: &Entry) -> Option<(RelationKind, u8)> {
    let gate_ms = i64::from(config.gate_hours) * 3_600_000;
    if later.at_ms.abs_diff(earlier.at_ms) > gate_ms.unsigned_abs() || later.id == earlier.id {
        return None;
    }
    let (one, other) = (later.print.as_ref()?, earlier.print.as_ref()?);
    if one.tokens.min(other.tokens) < config.min_tokens {
        return None;
    }
    if one.exact == other.exact {
        return Some((RelationKind::Exact, u8::try_from(SKETCH_VALUES).unwrap_or(u8::MAX)));
    }
    let overlap = overlap(one, other);
    if !is_same(config, one, other, overlap) {
        return None;
    }
    Some((kind(config, later, earlier, overlap), overlap.agreeing))
}

fn is_same(config: &Config, one: &Print, other: &Print, overlap: Overlap) -> bool {
    let tokens = one.tokens.min(other.tokens);
    if tokens < config.tiny_tokens {
        let same_numbers = one.numbers == other.numbers;
        return overlap.similarity >= config.tiny_min_similarity && same_numbers;
    }
    if tokens < config.short_tokens {
        return overlap.contained >= config.short_min_contained
            && overlap.numbers >= config.short_min_numbers;
    }
    let surcharge = config.other_numbers_surcharge * (1.0 - overlap.numbers);
    overlap.contained >= config.min_contained + surcharge
}

fn kind(config: &Config, later: &Entry, earlier: &Entry, overlap: Overlap) -> RelationKind {
    let same_provider = later.provider == earlier.provider;
    if same_provider && later.headline == earlier.headline {
        return RelationKind::Revision;
    }
    let is_part = overlap.contained >= config.derived_min_contained
        && overlap.similarity < config.derived_max_similarity;
    if is_part {
        return RelationKind::Derived;
    }
    if same_provider && (later.is_marked || earlier.is_marked) {
        return RelationKind::Revision;
    }
    RelationKind::Republished
}

//! The linear model of pairs: hashed features in, a chance for each type out. Whether there is an event at all
//! and which type it is are learned apart: the types better from the marked pairs alone.

use anyhow::{Result, ensure};
use dateline_record::EventType;

use super::{Features, features::GROUPS, vectors::COMPONENTS};

/// The types that the model tells apart, and at the end that there is none. RETREAT is learned as
/// CONCEDE, since the marked examples do not part them.
pub(crate) const CLASSES: [Option<EventType>; 16] = [
    Some(EventType::Agree),
    Some(EventType::Consult),
    Some(EventType::Support),
    Some(EventType::Cooperate),
    Some(EventType::Aid),
    Some(EventType::Concede),
    Some(EventType::Accuse),
    Some(EventType::Request),
    Some(EventType::Reject),
    Some(EventType::Threaten),
    Some(EventType::Protest),
    Some(EventType::Mobilize),
    Some(EventType::Sanction),
    Some(EventType::Coerce),
    Some(EventType::Assault),
    None,
];

/// Features share so many rows of weights.
pub(crate) const ROWS: usize = 1 << 16;

const MAGIC: &[u8; 8] = b"dlpairs3";
const HEAD_BYTES: usize = MAGIC.len() + 8;
const TABLE_BYTES: usize = ROWS * CLASSES.len();
/// Numbers of the vectors of a pair.
pub(crate) const DENSE: usize = GROUPS * COMPONENTS;
const DENSE_BYTES: usize = DENSE * CLASSES.len() * 4;
/// How much surer a type is whose margin is larger by one.
const SHARPNESS: f32 = 3.0;

/// A row of weights for each row of features.
pub(crate) type Weights = Vec<[f32; CLASSES.len()]>;

/// The class of a type.
pub(crate) fn class_of(kind: Option<EventType>) -> usize {
    let kind = if kind == Some(EventType::Retreat) { Some(EventType::Concede) } else { kind };
    CLASSES.iter().position(|class| *class == kind).unwrap_or(CLASSES.len() - 1)
}

/// The type with the highest score.
pub(crate) fn likeliest(scores: [f32; CLASSES.len()]) -> Option<(EventType, f32)> {
    let kinds = CLASSES.iter().zip(scores).filter_map(|(kind, score)| Some(((*kind)?, score)));
    kinds.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// Weights, eight bits each: for whether there is an event, and for its type.
pub(crate) struct Model {
    scales: [f32; 2],
    tables: [&'static [u8]; 2],
    /// For the types by the vectors.
    dense: Vec<[f32; CLASSES.len()]>,
}

impl Model {
    /// A model of the bytes of its file.
    pub(crate) fn read(bytes: &'static [u8]) -> Result<Self> {
        ensure!(
            bytes.len() == HEAD_BYTES + 2 * TABLE_BYTES + DENSE_BYTES && bytes.starts_with(MAGIC),
            "models/events/pairs.bin: it is no model of this version; train it again"
        );
        let (head, tables) = bytes.split_at(HEAD_BYTES);
        let scale = |at: usize| {
            let mut scale = [0; 4];
            scale.copy_from_slice(&head[MAGIC.len() + 4 * at..MAGIC.len() + 4 * at + 4]);
            f32::from_le_bytes(scale)
        };
        let (events, rest) = tables.split_at(TABLE_BYTES);
        let (types, numbers) = rest.split_at(TABLE_BYTES);
        let mut numbers = numbers.chunks_exact(4).map(|bytes| {
            let mut number = [0; 4];
            number.copy_from_slice(bytes);
            f32::from_le_bytes(number)
        });
        let row = |_| std::array::from_fn(|_| numbers.next().unwrap_or_default());
        let dense = (0..DENSE).map(row).collect();
        Ok(Self { scales: [scale(0), scale(1)], tables: [events, types], dense })
    }

    /// The bytes of a file with these weights.
    pub(crate) fn write(events: &Weights, types: &Weights, dense: &Weights) -> Vec<u8> {
        let tables = [events, types];
        let scales = tables.map(|weights| {
            let largest =
                weights.iter().flatten().fold(0.0_f32, |most, weight| most.max(weight.abs()));
            largest.max(f32::MIN_POSITIVE) / 127.0
        });
        let mut bytes = MAGIC.to_vec();
        for scale in scales {
            bytes.extend(scale.to_le_bytes());
        }
        for (weights, scale) in tables.into_iter().zip(scales) {
            let rounded = weights.iter().flatten().map(|weight| (weight / scale).round());
            #[allow(clippy::cast_possible_truncation)] // at most 127
            bytes.extend(rounded.map(|weight| (weight as i8).to_le_bytes()[0]));
        }
        bytes.extend(dense.iter().flatten().flat_map(|weight| weight.to_le_bytes()));
        bytes
    }

    /// How likely each class is.
    pub(crate) fn chances(&self, features: &Features) -> [f32; CLASSES.len()] {
        let sums = [0, 1].map(|table: usize| {
            let mut sums = [0_i32; CLASSES.len()];
            for feature in &features.hashed {
                let row = *feature as usize % ROWS * CLASSES.len();
                let weights = &self.tables[table][row..row + CLASSES.len()];
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += i32::from(i8::from_le_bytes([*weight]));
                }
            }
            #[allow(clippy::cast_precision_loss)] // sums are small
            sums.map(|sum| sum as f32 * self.scales[table])
        });
        joined(sums[0], with_dense(sums[1], &self.dense, &features.dense))
    }
}

/// Margins with what the vectors say.
pub(crate) fn with_dense(
    mut sums: [f32; CLASSES.len()],
    weights: &[[f32; CLASSES.len()]],
    dense: &[f32],
) -> [f32; CLASSES.len()] {
    for (row, number) in weights.iter().zip(dense) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += weight * number;
        }
    }
    sums
}

/// The chances of the classes: that of an event shared among the types by their margins.
pub(crate) fn joined(
    events: [f32; CLASSES.len()],
    types: [f32; CLASSES.len()],
) -> [f32; CLASSES.len()] {
    let none = softmax(events)[CLASSES.len() - 1];
    let mut shares = types.map(|margin| margin * SHARPNESS);
    shares[CLASSES.len() - 1] = f32::NEG_INFINITY;
    let mut chances = softmax(shares).map(|share| share * (1.0 - none));
    chances[CLASSES.len() - 1] = none;
    chances
}

/// Scores as chances.
pub(crate) fn softmax(scores: [f32; CLASSES.len()]) -> [f32; CLASSES.len()] {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    // The same bits on every machine, which those of the platform are not.
    let powers = scores.map(|score| libm::expf(score - most));
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

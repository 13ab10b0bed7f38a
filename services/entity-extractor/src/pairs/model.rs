//! The linear model of pairs: hashed features in, a score for each type out.

use anyhow::{Result, ensure};
use dateline_record::EventType;

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

const MAGIC: &[u8; 8] = b"dlpairs1";
const HEAD_BYTES: usize = MAGIC.len() + 4;

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

/// Weights, eight bits each.
pub(crate) struct Model {
    scale: f32,
    weights: &'static [u8],
}

impl Model {
    /// A model of the bytes of its file.
    pub(crate) fn read(bytes: &'static [u8]) -> Result<Self> {
        ensure!(
            bytes.len() == HEAD_BYTES + ROWS * CLASSES.len() && bytes.starts_with(MAGIC),
            "models/events/pairs.bin: it is no model of this version; train it again"
        );
        let mut scale = [0; 4];
        scale.copy_from_slice(&bytes[MAGIC.len()..HEAD_BYTES]);
        Ok(Self { scale: f32::from_le_bytes(scale), weights: &bytes[HEAD_BYTES..] })
    }

    /// The bytes of a file with these weights.
    pub(crate) fn write(weights: &[[f32; CLASSES.len()]]) -> Vec<u8> {
        let largest = weights.iter().flatten().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let scale = largest.max(f32::MIN_POSITIVE) / 127.0;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(scale.to_le_bytes());
        let rounded = weights.iter().flatten().map(|weight| (weight / scale).round());
        #[allow(clippy::cast_possible_truncation)] // at most 127
        bytes.extend(rounded.map(|weight| (weight as i8).to_le_bytes()[0]));
        bytes
    }

    /// How likely each class is.
    pub(crate) fn chances(&self, features: &[u32]) -> [f32; CLASSES.len()] {
        let mut sums = [0_i32; CLASSES.len()];
        for feature in features {
            let row = *feature as usize % ROWS * CLASSES.len();
            for (sum, weight) in sums.iter_mut().zip(&self.weights[row..row + CLASSES.len()]) {
                *sum += i32::from(i8::from_le_bytes([*weight]));
            }
        }
        #[allow(clippy::cast_precision_loss)] // sums are small
        softmax(sums.map(|sum| sum as f32 * self.scale))
    }
}

/// Scores as chances.
pub(crate) fn softmax(scores: [f32; CLASSES.len()]) -> [f32; CLASSES.len()] {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = scores.map(|score| (score - most).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

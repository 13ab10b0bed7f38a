//! What words add to the scores, remembered over documents: most words of a text are in every text.

use super::{
    features,
    weights::{OfWord, Stage, Sums, Weights},
    word::Word,
};

/// Places, as a power of two; each takes half a kilobyte.
const BITS: u32 = 14;

/// A word by three hashes of it.
type Key = [u64; 3];

/// A word's sums at the place that its hash gives; a later word of the same place takes it over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache(Vec<Option<Box<(Key, OfWord, OfWord)>>>);

impl Cache {
    /// What a word adds in both stages.
    pub(crate) fn of(&mut self, word: &Word, weights: &Weights) -> (OfWord, OfWord) {
        if self.0.is_empty() {
            self.0.resize(1 << BITS, None);
        }
        let key = [word.exact, word.lower, word.shape];
        let place = usize::try_from(word.exact >> (64 - BITS)).unwrap_or(0);
        if let Some(kept) = self.0[place].as_deref().filter(|kept| kept.0 == key) {
            return (kept.1, kept.2);
        }
        let (first, second) = (added(word, &weights.first), added(word, &weights.second));
        self.0[place] = Some(Box::new((key, first, second)));
        (first, second)
    }
}

fn added(word: &Word, stage: &Stage) -> OfWord {
    features::OFFSETS.map(|offset| {
        let mut sums = Sums::default();
        features::of_word(word, offset, &mut |bucket| stage.add(bucket, &mut sums));
        sums
    })
}

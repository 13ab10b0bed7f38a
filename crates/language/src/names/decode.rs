//! The best labels of a sentence under scores for each label and each pair of neighbours.

use super::tags::{self, COUNT, WIDTH};

/// Scores of one token.
pub(crate) type Row = [f32; WIDTH];

/// What may never be chosen.
pub(crate) const NEVER: f32 = -1.0e9;

/// Scores of a label behind another.
#[derive(Clone, Debug)]
pub(crate) struct Transitions(Box<[Row; WIDTH]>);

impl Transitions {
    /// Nothing but what is allowed at all.
    pub(crate) fn new() -> Self {
        let mut rows = Box::new([[NEVER; WIDTH]; WIDTH]);
        for (left, row) in (0_u8..).zip(rows.iter_mut()).take(COUNT) {
            for (right, score) in (0_u8..).zip(row.iter_mut()).take(COUNT) {
                if tags::may_follow(left, right) {
                    *score = 0.0;
                }
            }
        }
        Self(rows)
    }

    pub(crate) fn get(&self, left: u8, right: u8) -> f32 {
        self.0[usize::from(left)][usize::from(right)]
    }

    pub(crate) fn set(&mut self, left: u8, right: u8, score: f32) {
        self.0[usize::from(left)][usize::from(right)] = score;
    }

    pub(crate) fn add(&mut self, left: u8, right: u8, change: f32) {
        self.0[usize::from(left)][usize::from(right)] += change;
    }
}

/// Room that is used again for every sentence.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    best: Vec<Row>,
    from: Vec<[u32; WIDTH]>,
    behind: Vec<Row>,
}

impl Decoder {
    /// The labels with the highest sum.
    pub(crate) fn decode(&mut self, scores: &[Row], transitions: &Transitions) -> Vec<u8> {
        if scores.is_empty() {
            return Vec::new();
        }
        self.forward(scores, transitions);
        let last = self.best[scores.len() - 1];
        let mut label = (0_u8..)
            .take(COUNT)
            .filter(|label| tags::may_end(*label))
            .max_by(|a, b| last[usize::from(*a)].total_cmp(&last[usize::from(*b)]))
            .unwrap_or(0);
        let mut labels = vec![label; scores.len()];
        for at in (1..scores.len()).rev() {
            label = u8::try_from(self.from[at][usize::from(label)]).unwrap_or(0);
            labels[at - 1] = label;
        }
        labels
    }

    fn forward(&mut self, scores: &[Row], transitions: &Transitions) {
        self.best.clear();
        self.from.clear();
        let mut best = scores[0];
        for (label, score) in (0_u8..).zip(best.iter_mut()) {
            if usize::from(label) >= COUNT || !tags::may_start(label) {
                *score = NEVER;
            }
        }
        self.best.push(best);
        self.from.push([0; WIDTH]);
        for row in &scores[1..] {
            let mut next = [NEVER * 4.0; WIDTH];
            let mut from = [0_u32; WIDTH];
            for (left, source) in (0_u32..).zip(&transitions.0[..COUNT]) {
                let before = best[left as usize];
                for label in 0..WIDTH {
                    let sum = before + source[label];
                    let is_better = sum > next[label];
                    next[label] = if is_better { sum } else { next[label] };
                    from[label] = if is_better { left } else { from[label] };
                }
            }
            for label in 0..WIDTH {
                next[label] += row[label];
            }
            best = next;
            self.best.push(best);
            self.from.push(from);
        }
    }

    /// How far the best labels without label `label` at a token fall behind, after `decode`.
    pub(crate) fn margin(
        &mut self,
        scores: &[Row],
        transitions: &Transitions,
        (at, label): (usize, u8),
    ) -> f32 {
        if self.behind.len() != scores.len() {
            self.backward(scores, transitions);
        }
        let sum = |other: usize| self.best[at][other] + self.behind[at][other];
        let others = (0..COUNT).filter(|other| *other != usize::from(label)).map(sum);
        sum(usize::from(label)) - others.fold(NEVER * 8.0, f32::max)
    }

    /// Forgets what was computed for margins; before each new sentence.
    pub(crate) fn reset(&mut self) {
        self.behind.clear();
    }

    fn backward(&mut self, scores: &[Row], transitions: &Transitions) {
        let mut behind = [NEVER; WIDTH];
        for (label, score) in (0_u8..).zip(behind.iter_mut()).take(COUNT) {
            *score = if tags::may_end(label) { 0.0 } else { NEVER };
        }
        self.behind.clear();
        self.behind.push(behind);
        for row in scores[1..].iter().rev() {
            let after = *self.behind.last().unwrap_or(&behind);
            let mut before = [NEVER; WIDTH];
            for (label, best) in before.iter_mut().enumerate().take(COUNT) {
                let sums =
                    (0..COUNT).map(|next| transitions.0[label][next] + row[next] + after[next]);
                *best = sums.fold(NEVER * 4.0, f32::max);
            }
            self.behind.push(before);
        }
        self.behind.reverse();
    }
}

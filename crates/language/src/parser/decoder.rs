//! From vectors to tags and trees: the tagger's and the parser's own layers.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

use super::{
    ParserError,
    arcs::{Arcs, Move},
    encoder::{add, by_piece, place, rows_by_piece},
    file::{Sections, bad},
};
use crate::{Node, Parse, Upos, Xpos};

/// The layers on top of the encoder.
#[derive(Debug)]
pub(super) struct Decoder {
    tag_weights: Array2<f32>,
    tag_bias: Vec<f32>,
    tags: Vec<(Upos, Xpos)>,
    /// All words of a context side by side, each by pieces first.
    lower: Array2<f32>,
    lower_bias: Vec<f32>,
    /// What stands in for a missing word of a context.
    lower_pad: Array2<f32>,
    upper: Array2<f32>,
    upper_bias: Vec<f32>,
    moves: Vec<Move>,
    context: usize,
}

/// A sentence in work: where its rows begin, and how far it is.
struct Work {
    at: usize,
    first: usize,
    arcs: Arcs,
}

impl Decoder {
    pub(super) fn load(file: &Sections<'_>, width: usize) -> Result<Self, ParserError> {
        let tags = file.lines("tag.labels")?.map(tag).collect();
        let upper = file.matrix("upper")?;
        let Context { lower, bias, pad } = Context::load(file)?;
        let context = pad.nrows();
        let pieces = pad.ncols().checked_div(upper.ncols()).unwrap_or(0);
        let decoder = Self {
            tag_weights: transposed(&file.matrix("tag")?),
            tag_bias: file.row("tag.b")?,
            tags,
            lower: transposed(&by_context(&lower, context, pieces)),
            lower_bias: by_piece(&bias, pieces),
            lower_pad: transposed(&rows_by_piece(&transposed(&pad), pieces)),
            upper: transposed(&upper),
            upper_bias: file.row("upper.b")?,
            moves: file.lines("moves")?.map(Move::from_name).collect(),
            context,
        };
        decoder.checked(width)
    }

    fn checked(self, width: usize) -> Result<Self, ParserError> {
        let size = self.lower_pad.ncols();
        let is_tagger = self.tag_weights.dim() == (width, self.tags.len());
        let is_lower =
            self.lower.dim() == (width, self.context * size) && [8, 13].contains(&self.context);
        let is_upper = self.upper.ncols() == self.moves.len()
            && size.is_multiple_of(self.upper.nrows().max(1));
        let is_bias = self.tag_bias.len() == self.tags.len()
            && self.lower_bias.len() == size
            && self.upper_bias.len() == self.moves.len();
        let has_moves = [Move::Shift, Move::Reduce].iter().all(|step| self.moves.contains(step))
            && self.moves.iter().any(|step| matches!(step, Move::Left(_) | Move::Right(_)));
        let checks = [
            ("tag", is_tagger),
            ("lower", is_lower),
            ("upper", is_upper),
            ("bias", is_bias),
            ("moves", has_moves),
        ];
        match checks.iter().find(|(_, is_right)| !is_right) {
            Some((name, _)) => Err(bad(name, "of another size")),
            None => Ok(self),
        }
    }

    /// The parses of sentences from the vectors of their words.
    pub(super) fn decode(&self, vectors: &[f32], sentences: &[&[&str]]) -> Vec<Parse> {
        let width = self.lower.nrows();
        let Ok(rows) = ArrayView2::from_shape((vectors.len() / width, width), vectors) else {
            return Vec::new();
        };
        let scores = rows.dot(&self.tag_weights);
        let mut parses: Vec<Vec<Node>> = Vec::with_capacity(sentences.len());
        let mut work = Vec::with_capacity(sentences.len());
        let mut first = 0;
        for (at, words) in sentences.iter().enumerate() {
            let end = first + words.len();
            parses.push((first..end).map(|row| self.tagged(&scores, row)).collect());
            if !words.is_empty() {
                work.push(Work { at, first, arcs: Arcs::new(words.len()) });
            }
            first = end;
        }
        for done in self.attach_all(&rows.dot(&self.lower), work) {
            for (node, (head, relation)) in parses[done.at].iter_mut().zip(done.arcs.result()) {
                (node.head, node.relation) = (head, relation);
            }
        }
        parses.into_iter().map(Parse::new).collect()
    }

    fn tagged(&self, scores: &Array2<f32>, row: usize) -> Node {
        let row = scores.row(row);
        let scores = row.iter().zip(&self.tag_bias).map(|(score, bias)| score + bias);
        let best = scores.zip(&self.tags).reduce(|a, b| if b.0 > a.0 { b } else { a });
        let (upos, xpos) = best.map_or((Upos::X, Xpos::Other), |(_, tag)| *tag);
        Node { upos, xpos, ..Node::default() }
    }

    /// Steps all sentences at once, so that their contexts are judged by one multiplication.
    fn attach_all(&self, lowered: &Array2<f32>, mut work: Vec<Work>) -> Vec<Work> {
        let hidden = self.upper.nrows();
        let mut done = Vec::with_capacity(work.len());
        let mut states = vec![0.0; work.len() * hidden];
        let mut scores = vec![0.0; work.len() * self.moves.len()];
        let mut sum = vec![0.0; self.lower_pad.ncols()];
        while !work.is_empty() {
            for (item, state) in work.iter().zip(states.chunks_exact_mut(hidden)) {
                self.state(item, lowered, &mut sum);
                state.copy_from_slice(&sum[..hidden]);
            }
            let left = ArrayView2::from_shape((work.len(), hidden), &states);
            let target = ArrayViewMut2::from_shape((work.len(), self.moves.len()), &mut scores);
            if let (Ok(left), Ok(mut target)) = (left, target) {
                general_mat_mul(1.0, &left, &self.upper, 0.0, &mut target);
            }
            for (item, scores) in work.iter_mut().zip(scores.chunks_exact(self.moves.len())) {
                item.arcs.step(self.best(&item.arcs, scores));
            }
            done.extend(work.extract_if(.., |item| item.arcs.is_done()));
        }
        done
    }

    fn state(&self, item: &Work, lowered: &Array2<f32>, sum: &mut [f32]) {
        let size = sum.len();
        let mut words = [None; 13];
        item.arcs.context(&mut words[..self.context]);
        sum.copy_from_slice(&self.lower_bias);
        for (at, word) in words[..self.context].iter().enumerate() {
            let part = match word {
                Some(word) => {
                    let row = lowered.row(item.first + word).to_slice().unwrap_or_default();
                    row.get(at * size..(at + 1) * size)
                }
                None => self.lower_pad.row(at).to_slice(),
            };
            add(sum, part.unwrap_or_default());
        }
        let (front, rest) = sum.split_at_mut(self.upper.nrows());
        for piece in rest.chunks_exact(front.len()) {
            for (best, other) in front.iter_mut().zip(piece) {
                *best = best.max(*other);
            }
        }
    }

    fn best(&self, arcs: &Arcs, scores: &[f32]) -> Move {
        let allowed = arcs.allowed();
        // Where no score is a number, any allowed move still ends the sentence.
        let fallback = self.moves.iter().find(|step| allowed.holds(**step));
        let mut best = (f32::NEG_INFINITY, fallback.copied().unwrap_or(Move::Never));
        for ((score, bias), step) in scores.iter().zip(&self.upper_bias).zip(&self.moves) {
            if score + bias > best.0 && allowed.holds(*step) {
                best = (score + bias, *step);
            }
        }
        best.1
    }
}

/// The layer that reads the words of a context, as the training tool orders its outputs.
struct Context {
    lower: Array2<f32>,
    bias: Vec<f32>,
    pad: Array2<f32>,
}

impl Context {
    /// The parser's own narrowing of vectors is linear and so multiplied into the layer above: what
    /// it adds to each word goes into the bias and is taken from what stands in for missing words.
    fn load(file: &Sections<'_>) -> Result<Self, ParserError> {
        let (narrow, lower) = (file.matrix("narrow")?, file.matrix("lower")?);
        let shift = Array2::from_shape_vec((narrow.nrows(), 1), file.row("narrow.b")?);
        let mut pad = file.matrix("lower.pad")?;
        let is_right = lower.ncols() == narrow.nrows() && lower.nrows() == pad.len();
        let (true, Ok(shift)) = (is_right, shift) else {
            return Err(bad("narrow", "of another size"));
        };
        let mut bias = file.row("lower.b")?;
        let shift = lower.dot(&shift);
        for (mut part, shift) in pad
            .rows_mut()
            .into_iter()
            .zip(shift.as_slice().unwrap_or_default().chunks(bias.len().max(1)))
        {
            add(&mut bias, shift);
            part.iter_mut().zip(shift).for_each(|(pad, shift)| *pad -= shift);
        }
        Ok(Self { lower: lower.dot(&narrow), bias, pad })
    }
}

fn tag(label: &str) -> (Upos, Xpos) {
    let (upos, xpos) = label.split_once('_').unwrap_or((label, ""));
    (Upos::from_name(upos), Xpos::from_name(xpos))
}

fn transposed(matrix: &Array2<f32>) -> Array2<f32> {
    matrix.t().as_standard_layout().into_owned()
}

/// Rows by pieces first within each word of a context.
fn by_context(lower: &Array2<f32>, context: usize, pieces: usize) -> Array2<f32> {
    let size = lower.nrows() / context.max(1);
    Array2::from_shape_fn(lower.dim(), |(row, column)| {
        lower[(row / size * size + place(row % size, size, pieces), column)]
    })
}

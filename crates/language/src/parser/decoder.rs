//! From vectors to tags and trees: the tagger's and the parser's own layers.

use super::{
    ParserError,
    arcs::{Arcs, Move},
    encoder::{add, by_piece, place, rows_by_piece},
    file::{Sections, bad},
    matrix::{Matrix, Panels},
};
use crate::{Node, Parse, Upos, Xpos};

/// The layers on top of the encoder.
#[derive(Debug)]
pub(super) struct Decoder {
    tag_weights: Panels,
    tag_bias: Vec<f32>,
    tags: Vec<(Upos, Xpos)>,
    /// All words of a context side by side, each by pieces first.
    lower: Panels,
    lower_bias: Vec<f32>,
    /// What stands in for a missing word of a context.
    lower_pad: Matrix,
    upper: Panels,
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
        let context = pad.rows();
        let pieces = pad.columns().checked_div(upper.columns()).unwrap_or(0);
        let decoder = Self {
            tag_weights: Panels::new(&file.matrix("tag")?.transposed()),
            tag_bias: file.row("tag.b")?,
            tags,
            lower: Panels::new(&by_context(&lower, context, pieces).transposed()),
            lower_bias: by_piece(&bias, pieces),
            lower_pad: rows_by_piece(&pad.transposed(), pieces).transposed(),
            upper: Panels::new(&upper.transposed()),
            upper_bias: file.row("upper.b")?,
            moves: file.lines("moves")?.map(Move::from_name).collect(),
            context,
        };
        decoder.checked(width)
    }

    fn checked(self, width: usize) -> Result<Self, ParserError> {
        let size = self.lower_pad.columns();
        let (hidden, moves) = self.upper.size();
        let is_tagger = self.tag_weights.size() == (width, self.tags.len());
        let is_lower =
            self.lower.size() == (width, self.context * size) && [8, 13].contains(&self.context);
        let is_upper = moves == self.moves.len() && size.is_multiple_of(hidden.max(1));
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
        let scores = product(vectors, &self.tag_weights);
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
        for done in self.attach_all(&product(vectors, &self.lower), work) {
            for (node, (head, relation)) in parses[done.at].iter_mut().zip(done.arcs.result()) {
                (node.head, node.relation) = (head, relation);
            }
        }
        parses.into_iter().map(Parse::new).collect()
    }

    fn tagged(&self, scores: &[f32], row: usize) -> Node {
        let count = self.tags.len();
        let row = scores.get(row * count..(row + 1) * count).unwrap_or_default();
        let scores = row.iter().zip(&self.tag_bias).map(|(score, bias)| score + bias);
        let best = scores.zip(&self.tags).reduce(|a, b| if b.0 > a.0 { b } else { a });
        let (upos, xpos) = best.map_or((Upos::X, Xpos::Other), |(_, tag)| *tag);
        Node { upos, xpos, ..Node::default() }
    }

    /// Steps all sentences at once, so that their contexts are judged by one multiplication.
    fn attach_all(&self, lowered: &[f32], mut work: Vec<Work>) -> Vec<Work> {
        let (hidden, _) = self.upper.size();
        let mut done = Vec::with_capacity(work.len());
        let mut states = vec![0.0; work.len() * hidden];
        let mut scores = vec![0.0; work.len() * self.moves.len()];
        let mut sum = vec![0.0; self.lower_pad.columns()];
        while !work.is_empty() {
            for (item, state) in work.iter().zip(states.chunks_exact_mut(hidden)) {
                self.state(item, lowered, &mut sum);
                state.copy_from_slice(&sum[..hidden]);
            }
            let scores = &mut scores[..work.len() * self.moves.len()];
            self.upper.multiply(&states, hidden, scores);
            for (item, scores) in work.iter_mut().zip(scores.chunks_exact(self.moves.len())) {
                item.arcs.step(self.best(&item.arcs, scores));
            }
            done.extend(work.extract_if(.., |item| item.arcs.is_done()));
        }
        done
    }

    fn state(&self, item: &Work, lowered: &[f32], sum: &mut [f32]) {
        let size = sum.len();
        let mut words = [None; 13];
        item.arcs.context(&mut words[..self.context]);
        sum.copy_from_slice(&self.lower_bias);
        for (at, word) in words[..self.context].iter().enumerate() {
            let part = match word {
                Some(word) => {
                    let start = ((item.first + word) * self.context + at) * size;
                    lowered.get(start..start + size).unwrap_or_default()
                }
                None => self.lower_pad.row(at),
            };
            add(sum, part);
        }
        let (front, rest) = sum.split_at_mut(self.upper.size().0);
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
    lower: Matrix,
    bias: Vec<f32>,
    pad: Matrix,
}

impl Context {
    /// The parser's own narrowing of vectors is linear and so multiplied into the layer above: what
    /// it adds to each word goes into the bias and is taken from what stands in for missing words.
    fn load(file: &Sections<'_>) -> Result<Self, ParserError> {
        let (narrow, lower) = (file.matrix("narrow")?, file.matrix("lower")?);
        let shift = Matrix::new(1, narrow.rows(), file.row("narrow.b")?);
        let mut pad = file.matrix("lower.pad")?;
        let (pads, size) = pad.size();
        let is_right = lower.columns() == narrow.rows() && lower.rows() == pads * size;
        let (true, Some(shift)) = (is_right, shift) else {
            return Err(bad("narrow", "of another size"));
        };
        let mut bias = file.row("lower.b")?;
        let shift = shift.times_transposed(&lower).into_numbers();
        for (part, shift) in pad.rows_mut().zip(shift.chunks(bias.len().max(1))) {
            add(&mut bias, shift);
            part.iter_mut().zip(shift).for_each(|(pad, shift)| *pad -= shift);
        }
        Ok(Self { lower: lower.times_transposed(&narrow.transposed()), bias, pad })
    }
}

fn tag(label: &str) -> (Upos, Xpos) {
    let (upos, xpos) = label.split_once('_').unwrap_or((label, ""));
    (Upos::from_name(upos), Xpos::from_name(xpos))
}

/// The product of rows, one after the other, with a layer.
fn product(rows: &[f32], layer: &Panels) -> Vec<f32> {
    let (inner, columns) = layer.size();
    let mut product = vec![0.0; rows.len().checked_div(inner).unwrap_or(0) * columns];
    layer.multiply(rows, inner, &mut product);
    product
}

/// Rows by pieces first within each word of a context.
fn by_context(lower: &Matrix, context: usize, pieces: usize) -> Matrix {
    let size = lower.rows() / context.max(1);
    lower.reordered(|row| row / size * size + place(row % size, size, pieces))
}

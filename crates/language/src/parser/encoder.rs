//! The encoder: words to vectors that know their neighbours.

use std::collections::HashMap;

use super::{
    ParserError,
    features::{FEATURES, Features, rows_of},
    file::{Sections, bad},
    matrix::{Matrix, Panels},
};

/// Added to a variance before its root is taken, as in training.
const EPSILON: f32 = 1e-8;

/// Tables of features, a mixing layer, and layers that look one word to each side.
#[derive(Debug)]
pub(super) struct Encoder {
    features: Features,
    tables: Vec<Table>,
    /// Of the mixing layer; its weights are multiplied into the tables.
    bias: Vec<f32>,
    norms: Vec<Norm>,
    layers: Vec<Layer>,
    /// Numbers of a vector.
    pub(super) width: usize,
    /// A number is the largest of so many.
    pieces: usize,
}

#[derive(Debug)]
struct Table {
    seed: u32,
    rows: Matrix,
}

#[derive(Debug)]
struct Layer {
    /// Columns of the weights by pieces first, so that pieces are compared as whole rows.
    weights: Panels,
    bias: Vec<f32>,
}

#[derive(Debug)]
struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

/// The vectors of sentences, with rows between them that keep neighbours apart.
#[derive(Debug, Default)]
struct Spaced {
    /// All rows, the first and the last of them empty.
    rows: Vec<f32>,
    /// The row of each sentence's first word.
    firsts: Vec<usize>,
}

impl Spaced {
    /// The rows of words only.
    fn close_up(mut self, sentences: &[&[&str]], width: usize) -> Vec<f32> {
        let mut end = 0;
        for (words, first) in sentences.iter().zip(&self.firsts) {
            let start = first * width;
            self.rows.copy_within(start..start + words.len() * width, end);
            end += words.len() * width;
        }
        self.rows.truncate(end);
        self.rows
    }
}

impl Encoder {
    pub(super) fn load(file: &Sections<'_>) -> Result<Self, ParserError> {
        let features = Features { norms: file.pairs("norms")?, symbols: file.pairs("symbols")? };
        let mix = file.matrix("maxout.0")?;
        let width = mix.columns() / FEATURES.len();
        let pieces = mix.rows().checked_div(width).unwrap_or(0);
        let mut encoder = Self {
            features,
            tables: Vec::new(),
            bias: by_piece(&file.row("maxout.0.b")?, pieces),
            norms: vec![Norm::load(file, 0, width)?],
            layers: Vec::new(),
            width,
            pieces,
        };
        if encoder.bias.len() != width * pieces || width == 0 {
            return Err(bad("maxout.0", "of another size"));
        }
        let mix = rows_by_piece(&mix, pieces);
        for (at, name) in FEATURES.iter().enumerate() {
            encoder.tables.push(Table::load(file, name, &mix.part(at * width, width))?);
        }
        for at in 1.. {
            if !file.has(&format!("maxout.{at}")) {
                break;
            }
            encoder.layers.push(encoder.layer(file, at)?);
            encoder.norms.push(Norm::load(file, at, width)?);
        }
        Ok(encoder)
    }

    fn layer(&self, file: &Sections<'_>, at: usize) -> Result<Layer, ParserError> {
        let name = format!("maxout.{at}");
        let weights = file.matrix(&name)?;
        let bias = file.row(&format!("{name}.b"))?;
        if weights.size() != (self.width * self.pieces, self.width * 3)
            || bias.len() != weights.rows()
        {
            return Err(bad(&name, "of another size"));
        }
        let weights = Panels::new(&rows_by_piece(&weights, self.pieces).transposed());
        Ok(Layer { weights, bias: by_piece(&bias, self.pieces) })
    }

    /// The vectors of the words of sentences, one after the other.
    pub(super) fn encode(&self, sentences: &[&[&str]]) -> Vec<f32> {
        let mut vectors = self.embed(sentences);
        let count = vectors.rows.len() / self.width - 2;
        let wide = self.width * self.pieces;
        let mut unmaxed = vec![0.0; count * wide];
        for (layer, norm) in self.layers.iter().zip(&self.norms[1..]) {
            // A window is a row with its neighbours: rows that overlap.
            layer.weights.multiply(&vectors.rows, self.width, &mut unmaxed);
            let targets = vectors.rows[self.width..].chunks_exact_mut(self.width);
            for (row, target) in unmaxed.chunks_exact_mut(wide).zip(targets) {
                self.settle(row, &layer.bias, norm);
                add(target, &row[..self.width]);
            }
        }
        vectors.close_up(sentences, self.width)
    }

    /// The largest of each piece, brought to a common mean and spread, in the front of the row.
    fn settle(&self, row: &mut [f32], bias: &[f32], norm: &Norm) {
        add(row, bias);
        let (front, rest) = row.split_at_mut(self.width);
        for piece in rest.chunks_exact(self.width) {
            for (best, other) in front.iter_mut().zip(piece) {
                *best = best.max(*other);
            }
        }
        norm.apply(front);
    }

    /// Each layer carries a word one row further into the rows between sentences: there are as many.
    fn embed(&self, sentences: &[&[&str]]) -> Spaced {
        let between = self.layers.len();
        let words: usize = sentences.iter().map(|words| words.len() + between).sum();
        let mut rows = vec![0.0; (words + between + 2) * self.width];
        let mut firsts = Vec::with_capacity(sentences.len());
        let mut known = HashMap::with_capacity(words);
        let mut row = vec![0.0; self.width * self.pieces];
        let mut at = 1 + between;
        for words in sentences {
            firsts.push(at);
            for word in *words {
                let earlier = *known.entry(*word).or_insert(at);
                let target = at * self.width;
                if earlier < at {
                    rows.copy_within(earlier * self.width..(earlier + 1) * self.width, target);
                } else {
                    self.embed_word(word, &mut row);
                    rows[target..target + self.width].copy_from_slice(&row[..self.width]);
                }
                at += 1;
            }
            at += between;
        }
        Spaced { rows, firsts }
    }

    fn embed_word(&self, word: &str, row: &mut [f32]) {
        row.fill(0.0);
        for (id, table) in self.features.of(word).into_iter().zip(&self.tables) {
            let count = table.rows.rows();
            for hash in rows_of(id, table.seed) {
                add(row, table.rows.row(hash as usize % count));
            }
        }
        self.settle(row, &self.bias, &self.norms[0]);
    }
}

impl Table {
    /// A table multiplied by its part of the mixing layer: then a word only adds rows.
    fn load(file: &Sections<'_>, name: &str, mix: &Matrix) -> Result<Self, ParserError> {
        let section = format!("embed.{name}");
        let table = file.matrix(&section)?;
        let seed = file.lines(&format!("seed.{name}"))?.next().and_then(|line| line.parse().ok());
        if table.columns() != mix.columns() || table.rows() == 0 {
            return Err(bad(&section, "of another size"));
        }
        let seed = seed.ok_or_else(|| bad(&section, "without seed"))?;
        Ok(Self { seed, rows: table.times_transposed(mix) })
    }
}

impl Norm {
    fn load(file: &Sections<'_>, at: usize, width: usize) -> Result<Self, ParserError> {
        let name = format!("norm.{at}");
        let both = file.matrix(&name)?;
        if both.size() != (2, width) {
            return Err(bad(&name, "of another size"));
        }
        Ok(Self { gain: both.row(0).to_vec(), bias: both.row(1).to_vec() })
    }

    fn apply(&self, row: &mut [f32]) {
        let size = f32::from(u16::try_from(row.len()).unwrap_or(u16::MAX));
        let mean = sum(row, |x| x) / size;
        let variance = sum(row, |x| (x - mean) * (x - mean)) / size;
        let scale = 1.0 / (variance + EPSILON).sqrt();
        for ((x, gain), bias) in row.iter_mut().zip(&self.gain).zip(&self.bias) {
            *x = (*x - mean) * scale * gain + bias;
        }
    }
}

/// The sum over eight lanes: one running sum would make each step wait for the last.
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 8];
    let (chunks, rest) = row.as_chunks::<8>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += of(*x);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|x| of(*x)).sum::<f32>()
}

/// Adds a row to another.
pub(super) fn add(target: &mut [f32], row: &[f32]) {
    for (sum, x) in target.iter_mut().zip(row) {
        *sum += x;
    }
}

/// Numbers in the order piece, output instead of output, piece.
pub(super) fn by_piece(row: &[f32], pieces: usize) -> Vec<f32> {
    (0..row.len()).map(|at| row[place(at, row.len(), pieces)]).collect()
}

/// Rows in the order piece, output instead of output, piece.
pub(super) fn rows_by_piece(matrix: &Matrix, pieces: usize) -> Matrix {
    matrix.reordered(|row| place(row, matrix.rows(), pieces))
}

/// Where the training tool has what comes at a place here.
pub(super) fn place(at: usize, length: usize, pieces: usize) -> usize {
    if pieces == 0 || !length.is_multiple_of(pieces) {
        return at;
    }
    let outputs = length / pieces;
    at % outputs * pieces + at / outputs
}

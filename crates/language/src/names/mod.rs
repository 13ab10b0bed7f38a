//! Names in English news: who, where and what is named, by a tagger that learned it in two stages.
//!
//! The first stage looks at the words around each token; the second also at what the first said of
//! the same words elsewhere in the document. The models are built by `models/names/build.py` and
//! the example `train_names`, and compiled in.

mod cache;
pub mod columns;
mod decode;
mod document;
mod features;
mod hash;
mod second;
mod table;
mod tags;
pub mod train;
mod weights;
mod word;

use std::sync::{Mutex, PoisonError};

pub use columns::Scheme;
pub use tags::Kind;

use cache::Cache;
use decode::{Decoder, Row};
use document::{Document, Sentence};
use second::Consensus;
use table::{Clusters, Lists};
use weights::{OfWord, Stage, Sums, Weights};

const CLUSTERS: &[u8] = include_bytes!("../../../../models/names/clusters.bin");
const LISTS: &[u8] = include_bytes!("../../../../models/names/lists.bin");
const NEWS: &[u8] = include_bytes!("../../../../models/names/news.bin");
const CONLL: &[u8] = include_bytes!("../../../../models/names/conll.bin");

/// The version of the models: it changes with every build of them that differs.
pub const VERSION: &str = "names@2026.11.2";

/// A model file that is not as its reader needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadModel {
    /// The file.
    pub file: &'static str,
    /// What is wrong.
    pub what: &'static str,
}

impl std::fmt::Display for BadModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "models/names/{}: {}; build it again", self.file, self.what)
    }
}

impl std::error::Error for BadModel {}

/// A name that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// The sentence, from 0.
    pub sentence: usize,
    /// The first token.
    pub first: usize,
    /// One past the last token.
    pub last: usize,
    /// What it names.
    pub kind: Kind,
    /// How far the best reading without this name falls behind, in the units of the weights: the
    /// larger, the surer.
    pub margin: f32,
}

/// The tagger.
#[derive(Debug)]
pub struct Names {
    clusters: Clusters,
    lists: Lists,
    weights: Weights,
    /// One for each thread that was tagging at the same time.
    caches: Mutex<Vec<Cache>>,
}

impl Names {
    /// Reads the models that are compiled in. `Scheme::News` is what the product uses;
    /// `Scheme::Conll` marks names as CoNLL-2003 does.
    pub fn load(scheme: Scheme) -> Result<Self, BadModel> {
        let weights = match scheme {
            Scheme::News => Weights::read("news.bin", NEWS),
            Scheme::Conll => Weights::read("conll.bin", CONLL),
        };
        Ok(Self {
            clusters: Clusters::read(CLUSTERS)?,
            lists: Lists::read(LISTS)?,
            weights: weights?,
            caches: Mutex::default(),
        })
    }

    /// The names of a document, given as the tokens of its sentences.
    pub fn tag<S: AsRef<str>>(&self, document: &[Vec<S>]) -> Vec<Mention> {
        let document = Document::new(document, &self.clusters, &self.lists);
        let mut decoder = Decoder::default();
        let (first, second) = self.of_words(&document);
        let first = Scorer { document: &document, stage: &self.weights.first, of_words: first };
        let labels: Vec<Vec<u8>> = document
            .sentences
            .iter()
            .map(|sentence| {
                let rows: Vec<Row> = (0..sentence.words.len())
                    .map(|at| first.stage.scale(&first.sums(sentence, at)))
                    .collect();
                decoder.decode(&rows, &first.stage.transitions)
            })
            .collect();
        let consensus = Consensus::new(&document, &labels);
        let second = Scorer { document: &document, stage: &self.weights.second, of_words: second };
        let mut mentions = Vec::new();
        for (index, (sentence, labels)) in document.sentences.iter().zip(&labels).enumerate() {
            if is_plain(&document, sentence, labels) {
                continue;
            }
            let score = |at: usize| {
                let mut sums = second.sums(sentence, at);
                let mut emit = |bucket| second.stage.add(bucket, &mut sums);
                consensus.features(&document, sentence, (labels, at), &mut emit);
                second.stage.scale(&sums)
            };
            let rows: Vec<Row> = (0..labels.len()).map(score).collect();
            self.mentions(&mut decoder, index, &rows, &mut mentions);
        }
        mentions
    }

    /// What each word of a document adds in both stages.
    fn of_words(&self, document: &Document) -> (Vec<OfWord>, Vec<OfWord>) {
        let lock = || self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cache = lock().pop().unwrap_or_default();
        let of_words = document.words.iter().map(|word| cache.of(word, &self.weights)).unzip();
        lock().push(cache);
        of_words
    }

    fn mentions(
        &self,
        decoder: &mut Decoder,
        sentence: usize,
        rows: &[Row],
        mentions: &mut Vec<Mention>,
    ) {
        let transitions = &self.weights.second.transitions;
        let labels = decoder.decode(rows, transitions);
        decoder.reset();
        for (range, kind) in tags::names(&labels) {
            let ends = [range.start, range.end - 1];
            let margins = ends.map(|at| decoder.margin(rows, transitions, (at, labels[at])));
            let margin = margins[0].min(margins[1]);
            mentions.push(Mention { sentence, first: range.start, last: range.end, kind, margin });
        }
    }
}

/// Whether the first stage found nothing, and there is no capital that the rest of the document could tell of.
fn is_plain(document: &Document, sentence: &Sentence, labels: &[u8]) -> bool {
    let is_small = |at: usize| !document.word(sentence, at, 0).is_capital();
    tags::names(labels).is_empty() && (1..labels.len()).all(is_small)
}

/// The weights of a stage for the words of a document, added up once for each distinct word.
struct Scorer<'d> {
    document: &'d Document,
    stage: &'d Stage,
    of_words: Vec<OfWord>,
}

impl Scorer<'_> {
    fn sums(&self, sentence: &Sentence, at: usize) -> Sums {
        let mut sums = Sums::default();
        for (place, offset) in features::OFFSETS.into_iter().enumerate() {
            let word = &self.of_words[Document::id(sentence, at, offset)][place];
            for (sum, part) in sums.iter_mut().zip(word) {
                *sum += part;
            }
        }
        let mut emit = |bucket| self.stage.add(bucket, &mut sums);
        features::of_place(self.document, sentence, at, &mut emit);
        sums
    }
}

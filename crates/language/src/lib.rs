//! Sentences, tokens and verb groups of English news text; pure.

mod clause;
mod group;
mod irregular;
mod labels;
mod lexicon;
pub mod names;
mod parse;
mod parser;
mod quote;
mod segment;
mod sentence;
mod token;
mod words;

pub use clause::{Link, Oblique, Predicate, chunk, modifiers, predicates, with_conjuncts};
pub use group::{Modal, Tense, VerbGroup, verb_groups};
pub use labels::{Relation, Upos, Xpos};
pub use lexicon::{Form, Lexicon, Reading};
pub use parse::{Node, Parse};
pub use parser::{Parser, ParserError};
pub use quote::quotes;
pub use segment::{
    Plan as SentencePlan, Sentence, learn as learn_sentences, segment, segment_with,
};
pub use sentence::sentences;
pub use token::{Token, TokenKind, tokens};

//! Sentences, tokens and verb groups of English news text; pure.

mod group;
mod irregular;
mod lexicon;
mod sentence;
mod token;
mod words;

pub use group::{Modal, Tense, VerbGroup, verb_groups};
pub use lexicon::{Form, Lexicon, Reading};
pub use sentence::sentences;
pub use token::{Token, TokenKind, tokens};

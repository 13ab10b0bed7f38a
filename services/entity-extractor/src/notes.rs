//! What was considered, and why it was dropped: for who wants to see a decision.

use std::cell::RefCell;

/// A step, of a sentence by its number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// The sentence, counted from 0 in the body.
    pub sentence: usize,
    /// What was found, scored or dropped.
    pub what: String,
}

/// Steps as they are taken; nothing is kept where nobody asked.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    lines: Option<RefCell<Vec<Note>>>,
}

impl Notes {
    /// Notes that are kept.
    pub(crate) fn kept() -> Self {
        Self { lines: Some(RefCell::default()) }
    }

    /// Notes a step; its words are only made where they are kept.
    pub(crate) fn add(&self, sentence: usize, what: impl FnOnce() -> String) {
        if let Some(lines) = &self.lines {
            lines.borrow_mut().push(Note { sentence, what: what() });
        }
    }

    pub(crate) fn into_lines(self) -> Vec<Note> {
        self.lines.map(RefCell::into_inner).unwrap_or_default()
    }
}

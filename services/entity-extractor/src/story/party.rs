//! One side of an event, before it is written down.

use dateline_record::{Actor, ActorRef, Span};

/// Somebody who may act.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Party {
    pub(crate) code: String,
    pub(crate) sector: Option<String>,
    pub(crate) name: Option<String>,
    /// Bytes of the words in the story's text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) is_person: bool,
    /// The country was not named but taken from the story.
    pub(crate) is_guess: bool,
}

impl Party {
    pub(crate) fn new(code: &str, sector: Option<&str>, start: usize, end: usize) -> Self {
        Self {
            code: code.to_owned(),
            sector: sector.map(str::to_owned),
            name: None,
            start,
            end,
            is_person: false,
            is_guess: false,
        }
    }

    /// The same actor, named by other words.
    pub(crate) fn at(&self, start: usize, end: usize) -> Self {
        Self { start, end, ..self.clone() }
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor { code: self.code.clone(), sector: self.sector.clone() }
    }

    pub(crate) fn to_ref(&self, text: &str) -> ActorRef {
        ActorRef {
            text: text.get(self.start..self.end).unwrap_or_default().to_owned(),
            name: self.name.clone(),
            actor: self.actor(),
            span: Span::new(self.start, self.end),
            inferred: self.is_guess,
        }
    }

    /// What tells two actors apart, for ids and for merging.
    pub(crate) fn key(&self) -> String {
        let sector = self.sector.as_deref().unwrap_or_default();
        if self.code.is_empty() {
            return self.name.clone().unwrap_or_default();
        }
        format!("{}/{sector}", self.code)
    }
}

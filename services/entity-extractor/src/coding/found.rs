//! An event as it was found, before merging and writing down.

use dateline_record::{DateInterval, EventStatus, EventType, Magnitudes, Place, PlaceBasis};

use crate::story::party::Party;

/// An event of one sentence.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) kind: EventType,
    pub(crate) mode: Option<String>,
    pub(crate) sources: Vec<Party>,
    pub(crate) targets: Vec<Party>,
    pub(crate) is_reciprocal: bool,
    pub(crate) status: EventStatus,
    pub(crate) date: Option<DateInterval>,
    pub(crate) place: Option<Place>,
    pub(crate) attribution: Option<String>,
    pub(crate) sentence: usize,
    /// Tokens of the trigger, in the sentence.
    pub(crate) trigger: (usize, usize),
    pub(crate) rule: String,
    pub(crate) confidence: f64,
    pub(crate) more: More,
}

/// What is known besides.
#[derive(Clone, Debug, Default)]
pub(crate) struct More {
    /// The CAMEO code that the rule or the verb table gave.
    pub(crate) cameo: Option<String>,
    pub(crate) place_basis: Option<PlaceBasis>,
    pub(crate) magnitudes: Magnitudes,
    /// Later tellings of the same event.
    pub(crate) also: Vec<Told>,
    /// Steps of the decision.
    pub(crate) trace: Vec<String>,
}

/// Where an event is told again.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) sentence: usize,
    /// Tokens of the trigger, in the sentence.
    pub(crate) trigger: (usize, usize),
    pub(crate) rule: String,
}

impl Found {
    /// Whether a token of the sentence is part of the trigger.
    pub(crate) fn is_told_by(&self, token: usize) -> bool {
        (self.trigger.0..self.trigger.1).contains(&token)
    }
}

//! From phrases and verbs to events.

pub(crate) mod acts;
pub(crate) mod attach;
pub(crate) mod clause;
pub(crate) mod complete;
pub(crate) mod dates;
pub(crate) mod domain;
pub(crate) mod doubt;
mod evidence;
pub(crate) mod found;
pub(crate) mod magnitudes;
pub(crate) mod merge;
pub(crate) mod mood;
pub(crate) mod nouns;
pub(crate) mod opponent;
pub(crate) mod pairs;
pub(crate) mod place;
pub(crate) mod sense;
pub(crate) mod sides;
pub(crate) mod status;
mod targets;
pub(crate) mod threat;
pub(crate) mod verbs;

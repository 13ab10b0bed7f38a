//! Pairs of actors in a sentence and what one does to the other, by a linear model over the parse.

mod features;
mod margins;
mod model;
mod scene;
mod train;
pub(crate) mod vectors;
mod verbs;

pub(crate) use features::{Features, features};
pub(crate) use model::{CLASSES, Model, class_of, likeliest};
pub(crate) use scene::{Scene, Side};
pub(crate) use verbs::Verbs;

pub use train::{Example, Marked, Plan, Trained, Trainer};

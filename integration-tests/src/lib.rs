//! What the tests of the whole pipeline and the demo run on: the simulated newswire.

pub mod newswire;
pub mod pipeline;

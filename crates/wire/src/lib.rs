//! Bytes of wire formats to typed items; pure: no I/O, no clock.

pub mod date;
pub mod decode;
pub mod json_story;
mod problem;
pub mod sgml;

pub use problem::Problem;

//! Bytes of wire formats to typed items; pure: no I/O, no clock.

pub mod date;
pub mod decode;
mod entity;
pub mod feed;
pub mod json_story;
pub mod newswire;
mod problem;
pub mod robots;
pub mod sgml;
pub mod sitemap;
pub mod warc;

pub use problem::Problem;

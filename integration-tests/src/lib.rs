//! What the tests of the whole pipeline and the demo run on: the simulated newswire and web.

pub mod acl;
mod component;
pub mod kafka;
pub mod newswire;
pub mod pipeline;
pub mod postgres;
pub mod simweb;

//! What the tests of the whole pipeline and the demo run on: the simulated newswire and web.

pub mod acl;
pub mod kafka;
pub mod newswire;
pub mod pipeline;
pub mod simweb;

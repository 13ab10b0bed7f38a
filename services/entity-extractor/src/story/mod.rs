//! What a story's text is made of: sentences, phrases, and who is named in them.

pub(crate) mod chunk;
pub(crate) mod memory;
pub(crate) mod names;
pub(crate) mod party;
pub(crate) mod resolve;
pub(crate) mod sentence;

//! What the tests of all targets share.

pub(crate) mod child;
pub(crate) mod proxy;
pub(crate) mod stream;
pub(crate) mod target;

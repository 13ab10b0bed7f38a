//! What the tests of all targets share.

pub(crate) mod child;
pub(crate) mod clickhouse;
pub(crate) mod duck;
pub(crate) mod lake;
pub(crate) mod lines;
pub(crate) mod proxy;
pub(crate) mod receiver;
pub(crate) mod service;
pub(crate) mod stream;
pub(crate) mod target;

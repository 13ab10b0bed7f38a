//! The kinds of warehouse, one file each.

pub(crate) mod jsonl;
pub(crate) mod postgres;
pub(crate) mod sqlite;

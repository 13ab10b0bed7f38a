//! The kinds of sources, one file each.

pub(crate) mod errand;
pub(crate) mod feed;
pub(crate) mod folder;
pub(crate) mod page;

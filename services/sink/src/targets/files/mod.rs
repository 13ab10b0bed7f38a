//! What targets of files have in common.

pub(super) mod cells;
pub(super) mod killed;

//! Looking after a target: killed words leave its files, not only its tables.

use std::fmt;

use dateline_runtime::Fault;

use crate::{Config, targets};

/// What was done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Maintained {
    /// Files or tables that were written anew.
    pub files: u64,
    /// Rows whose words were taken out.
    pub rows: u64,
}

impl fmt::Display for Maintained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files or tables written anew, {} rows without words", self.files, self.rows)
    }
}

/// Looks after the configured target now.
pub fn maintain(config: &Config) -> anyhow::Result<Maintained> {
    targets::open(config)?.maintain().map_err(|fault| match fault {
        Fault::Fatal(error) => error,
        Fault::Retry { what, .. } | Fault::Poison { what, .. } => anyhow::anyhow!(what),
    })
}

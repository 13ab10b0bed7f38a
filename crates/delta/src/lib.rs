//! Tables of Delta Lake in a folder or an object store: files are put beside each other, and one commit
//! says which of them count and moves named marks. No type of Arrow passes through.
#![cfg(feature = "engine")]

mod actions;
mod store;
mod table;

use std::collections::BTreeSet;

pub use store::{Object, Store};
pub use table::Table;

/// The column that tables are partitioned by: the day on which a row was written.
pub const DAY: &str = "ingest_day";

/// Why something cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the format or the way to the store says; it may be otherwise the next time.
    #[error("{0}")]
    Kernel(#[from] delta_kernel::KernelError),
    /// What the store says.
    #[error("{0}")]
    Objects(#[from] delta_kernel::object_store::Error),
    /// What the file system says.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What Arrow says.
    #[error("{0}")]
    Arrow(#[from] delta_kernel::arrow::error::ArrowError),
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// Another program has changed the table so that it cannot be written to.
    #[error("{table}: {what}")]
    Table {
        /// The name of the table.
        table: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl Error {
    /// Whether the same thing will fail again.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Setting(_) | Self::Table { .. })
    }
}

/// A file of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File {
    /// Below the folder of the table.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
    /// The day of its partition, `YYYY-MM-DD`.
    pub day: String,
    /// How many rows it has.
    pub rows: u64,
    /// The least and greatest value of columns of whole numbers, by which readers skip files.
    pub ranges: Vec<(String, i64, i64)>,
}

/// What a commit does.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Files that count from now on.
    pub add: Vec<File>,
    /// Paths of files that count no more.
    pub remove: BTreeSet<String>,
    /// Names and what they stand at from now on.
    pub marks: Vec<(String, i64)>,
    /// Whether the rows stay the same, only in other files.
    pub is_same: bool,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It is done.
    Committed,
    /// Another writer was first: nothing is done, and the table stands as he left it.
    Conflict,
}

//! Tables of Delta Lake in a folder or an object store: files are put beside each other, and one commit
//! says which of them count and moves named marks. No type of Arrow passes through.
#![cfg(feature = "engine")]

mod actions;
mod store;
mod table;

pub use store::Store;
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

impl From<Error> for dateline_lake::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Setting(_) | Error::Table { .. } => Self::Final(error.to_string()),
            _ => Self::Again(error.to_string()),
        }
    }
}

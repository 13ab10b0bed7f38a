//! What tables of lakes have in common, whatever their format: files are put beside each other, and one
//! commit says which of them count and moves named marks.

use std::collections::BTreeSet;

use bytes::Bytes;

/// Why something cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the format, or the way to the store, says; it may be otherwise the next time.
    #[error("{0}")]
    Again(String),
    /// A setting or a table is so that the same thing will fail again.
    #[error("{0}")]
    Final(String),
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Again(error.to_string())
    }
}

/// A file of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File {
    /// As the table names it.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
    /// The day on which its rows were written, `YYYY-MM-DD`.
    pub day: String,
    /// How many rows it has.
    pub rows: u64,
    /// The least and greatest value of columns of whole numbers, by which readers skip files.
    pub ranges: Vec<(String, i64, i64)>,
}

/// A file as the store lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// Below the folder that was listed.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written, in milliseconds since 1970.
    pub modified: i64,
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

/// A table, as it stood when it was last looked at.
pub trait Lake: Send {
    /// Looks at the table anew.
    fn refresh(&mut self) -> Result<(), Error>;

    /// What a mark stands at.
    fn mark(&mut self, name: &str) -> Result<Option<i64>, Error>;

    /// Writes a file, which counts only when a commit adds it.
    fn put(&self, begin: &str, day: &str, bytes: Vec<u8>) -> Result<File, Error>;

    /// The bytes of a file.
    fn get(&self, file: &File) -> Result<Bytes, Error>;

    /// The files that count.
    fn files(&mut self) -> Result<Vec<File>, Error>;

    /// Does all of a change or nothing.
    fn commit(&mut self, change: &Change) -> Result<Outcome, Error>;

    /// The number of a column in the files, where the format goes by numbers.
    fn column_id(&self, _name: &str) -> Option<i32> {
        None
    }

    /// Whether files may be taken out of it, so that others stand in their place.
    fn replaces(&self) -> bool {
        true
    }

    /// The files in its folder that do not count.
    fn unused(&mut self) -> Result<Vec<Object>, Error> {
        Ok(Vec::new())
    }

    /// Removes a file that does not count.
    fn remove(&self, _path: &str) -> Result<(), Error> {
        Ok(())
    }

    /// Sums up what the table knows of its past, and gives up what is old of it; where it is to forget, all of it,
    /// with the files that only its past had.
    fn settle(&mut self, _forgets: bool) -> Result<(), Error> {
        Ok(())
    }
}

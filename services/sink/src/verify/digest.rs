//! The digest of a story's rows, the same whatever warehouse they stand in.

use dateline_record::ContentHash;

use crate::model::{CLUSTERS, Column, EVENTS, MENTIONS, RELATIONS, STORIES, Table};

/// A table with one row for each story, and what belongs to those rows.
pub(crate) struct Whole {
    pub(crate) table: &'static Table,
    /// The time that tells the story's day.
    pub(crate) day: &'static str,
    pub(crate) parts: &'static [&'static Table],
}

/// All of them.
pub(crate) const WHOLES: [Whole; 2] = [
    Whole { table: &STORIES, day: "fetched_at", parts: &[&EVENTS, &MENTIONS] },
    Whole { table: &CLUSTERS, day: "found_at", parts: &[&RELATIONS] },
];

/// What is compared of a story: its day, how many rows, and the sum of their hashes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Digest {
    pub(crate) day: String,
    pub(crate) rows: u64,
    pub(crate) hash: u64,
}

impl Digest {
    pub(crate) fn add(&mut self, hash: u64) {
        self.rows += 1;
        self.hash = self.hash.wrapping_add(hash);
    }
}

/// A table as it is compared.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) table: &'static Table,
    /// Whether its rows outlive a version that says the same.
    pub(crate) outlives: bool,
}

impl Part {
    /// The columns that are compared: all but when the row was written, and, of rows that outlive
    /// a version that says the same, which version wrote them and its time.
    pub(crate) fn columns(self) -> Vec<&'static Column> {
        let is_compared = |column: &&Column| {
            column.name != "ingested_at"
                && !(self.outlives && ["revision", "told_at"].contains(&column.name))
        };
        self.table.columns.iter().filter(is_compared).collect()
    }
}

impl Whole {
    /// Its own table.
    pub(crate) fn own(&self) -> Part {
        Part { table: self.table, outlives: false }
    }

    /// The tables that belong to it.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        self.parts.iter().map(|table| Part { table, outlives: true })
    }
}

/// The hash of a row by the words of its values.
pub(crate) fn row_hash<'a>(table: &str, words: impl Iterator<Item = Option<&'a str>>) -> u64 {
    let mut bytes = table.as_bytes().to_vec();
    for word in words {
        match word {
            // No text can look like the mark of none: its length stands before it.
            None => bytes.push(0xff),
            Some(word) => {
                bytes.push(0);
                bytes.extend((word.len() as u64).to_le_bytes());
                bytes.extend(word.as_bytes());
            }
        }
    }
    let hash = ContentHash::of(&bytes).to_string();
    hash.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

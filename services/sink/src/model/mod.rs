//! The warehouse's model: every table and column once, from which statements, views, files and
//! docs/warehouse.md are made.

mod rows;
mod schema;
mod value;

pub use rows::{CHANGES, CLUSTERS, EVENTS, LOG, MENTIONS, RELATIONS, STORIES};
pub(crate) use rows::{
    ChangeRow, ClusterRow, EventRow, Log, MentionRow, RelationRow, StoryRow, change_values,
    cluster_values, event_values, mention_values, op, relation_values, story_values,
};
pub(crate) use rows::{PROSE, WORDS};
pub use schema::meaning;
pub(crate) use value::Value;

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Words.
    Text,
    /// A whole number of 64 bits with a sign.
    Int,
    /// A number of 64 bits.
    Float,
    /// Yes or no.
    Bool,
    /// A moment in UTC, to the millisecond.
    Time,
    /// A day.
    Date,
}

/// Where the meaning of a column is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum About {
    /// In the schema of the record, at this path.
    From(&'static str),
    /// Here.
    Is(&'static str),
}

/// One column. Columns are only ever added, and what is added may be null.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, the same in every warehouse.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty.
    pub nullable: bool,
    /// What it means.
    pub about: About,
}

/// One table. In a current table stand the rows of each story's newest version; in a log (named
/// `..._log`) the rows of all versions, each with the columns of [`LOG`].
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, the same in every warehouse.
    pub name: &'static str,
    /// What it has one row for.
    pub about: &'static str,
    /// The topic of its records.
    pub topic: &'static str,
    /// Its columns in their order.
    pub columns: &'static [Column],
    /// Whether it has one row for each story, named by `story_id`.
    pub is_of_story: bool,
    /// What else it is looked up by.
    pub indexes: &'static [(&'static str, &'static str)],
}

/// The current tables.
pub const TABLES: [&Table; 5] = [&STORIES, &EVENTS, &MENTIONS, &CLUSTERS, &RELATIONS];

impl Table {
    /// Whether rows are looked up by a column.
    pub(crate) fn is_looked_up_by(&self, name: &str) -> bool {
        let in_index = |(_, columns): &(&str, &str)| columns.split(", ").any(|own| own == name);
        name == "story_id" || self.indexes.iter().any(in_index)
    }

    /// The name of its form as a log.
    pub fn log_name(&self) -> String {
        format!("{}_log", self.name)
    }

    /// The columns of its form as a log.
    pub fn log_columns(&self) -> Vec<Column> {
        let has = |name| self.columns.iter().any(|column| column.name == name);
        let more = LOG.iter().filter(|column| !has(column.name)).copied();
        // Columns that a current table got later may be empty there; in a log they never are, and
        // warehouses sort by them.
        let is_key = |column: &Column| {
            column.name == "revision" || LOG.iter().any(|own| own.name == column.name)
        };
        let needed =
            |column: Column| Column { nullable: column.nullable && !is_key(&column), ..column };
        self.columns.iter().copied().chain(more).map(needed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once() {
        for table in TABLES.into_iter().chain([&CHANGES]) {
            let mut names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}", table.name);
            assert!(names.contains(&"story_id") && names.contains(&"revision"), "{}", table.name);
        }
    }

    #[test]
    fn a_log_has_every_log_column_once() {
        for table in TABLES {
            let columns = table.log_columns();
            for wanted in &LOG {
                let found = columns.iter().filter(|column| column.name == wanted.name).count();
                assert_eq!(found, 1, "{}.{}", table.name, wanted.name);
            }
        }
    }
}

//! Reading the warehouse while the sink writes it: statements in the words of SQLite, rows as JSON.

use serde_json::{Map, Value};

use crate::{
    Config,
    ddl::Dialect,
    search::Search,
    targets::{postgres::PostgresReader, sqlite::SqliteReader},
};

/// A value that a statement asks with; the first is `?1` in the statement, the second `?2`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Given {
    /// Words.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A moment, as records write it.
    Time(String),
}

/// A row by the names of its columns; times as records write them.
pub type Row = Map<String, Value>;

/// What a kind of warehouse must do to be read.
pub(crate) trait Reads: Send {
    fn select(&mut self, statement: &str, given: &[Given]) -> anyhow::Result<Vec<Row>>;
}

/// A warehouse that is only read.
pub struct Reader {
    reads: Box<dyn Reads>,
    dialect: Dialect,
    /// Whether an index of words was seen.
    has_index: bool,
}

impl Reader {
    /// Opens the first of the configured targets that has tables; nothing is created.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        for target in config.targets() {
            let (reads, dialect): (Box<dyn Reads>, _) = match target {
                "sqlite" => (Box::new(SqliteReader::open(&config.sqlite)?), Dialect::Sqlite),
                "postgres" => {
                    (Box::new(PostgresReader::open(&config.postgres)?), Dialect::Postgres)
                }
                _ => continue,
            };
            return Ok(Self { reads, dialect, has_index: false });
        }
        anyhow::bail!(
            "sink.target: {:?} has no tables that could be read; add \"sqlite\" to sink.also",
            config.target
        )
    }

    /// Whose SQL it takes, where two differ.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How stories are found by words, as `dateline_record::words` cuts them; none where a build that
    /// had no index wrote the tables.
    pub fn search(&mut self, asked: &[String]) -> anyhow::Result<Option<Search>> {
        let search = Search::of(self.dialect, asked);
        if search.is_none() || self.has_index {
            return Ok(search);
        }
        let statement = match self.dialect {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE name = 'search_words'",
            _ => "SELECT 'search' AS name WHERE to_regclass('search') IS NOT NULL",
        };
        self.has_index = !self.select(statement, &[])?.is_empty();
        Ok(search.filter(|_| self.has_index))
    }

    /// The rows of one statement.
    pub fn select(&mut self, statement: &str, given: &[Given]) -> anyhow::Result<Vec<Row>> {
        self.reads.select(statement, given)
    }
}

//! The warehouses that the model is written for: their types and what else they want.

use crate::model::{Column, Kind, Table};

/// A warehouse's SQL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs)] // names say it
pub enum Dialect {
    Sqlite,
    Postgres,
    DuckDb,
    ClickHouse,
    Snowflake,
    BigQuery,
    Databricks,
    Redshift,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Sqlite,
        Self::Postgres,
        Self::DuckDb,
        Self::ClickHouse,
        Self::Snowflake,
        Self::BigQuery,
        Self::Databricks,
        Self::Redshift,
    ];

    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::DuckDb => "duckdb",
            Self::ClickHouse => "clickhouse",
            Self::Snowflake => "snowflake",
            Self::BigQuery => "bigquery",
            Self::Databricks => "databricks",
            Self::Redshift => "redshift",
        }
    }

    /// Whether the sink itself keeps current tables there; elsewhere logs are loaded, and views
    /// say what is current.
    pub fn is_current(self) -> bool {
        matches!(self, Self::Sqlite | Self::Postgres)
    }

    /// The first line of its file.
    pub(crate) fn about(self) -> String {
        let name = self.name();
        if self.is_current() {
            return format!("What the sink makes at start in the target `{name}`.");
        }
        format!(
            "{name}: tables for the rows of all versions, and views that say what is current. The \
             names and columns\n-- of the views are those of the targets `sqlite` and `postgres`."
        )
    }

    /// The name of a type.
    fn kind(self, kind: Kind) -> &'static str {
        let [text, int, float, bool, time, date] = match self {
            Self::Sqlite => ["TEXT", "INTEGER", "REAL", "INTEGER", "TEXT", "TEXT"],
            Self::Postgres => {
                ["text", "bigint", "double precision", "boolean", "timestamptz", "date"]
            }
            Self::DuckDb => ["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMPTZ", "DATE"],
            Self::ClickHouse => {
                ["String", "Int64", "Float64", "Bool", "DateTime64(3, 'UTC')", "Date32"]
            }
            Self::Snowflake => ["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP_TZ", "DATE"],
            Self::BigQuery => ["STRING", "INT64", "FLOAT64", "BOOL", "TIMESTAMP", "DATE"],
            Self::Databricks => ["STRING", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE"],
            Self::Redshift => {
                ["VARCHAR(65535)", "BIGINT", "DOUBLE PRECISION", "BOOLEAN", "TIMESTAMPTZ", "DATE"]
            }
        };
        match kind {
            Kind::Text => text,
            Kind::Int => int,
            Kind::Float => float,
            Kind::Bool => bool,
            Kind::Time => time,
            Kind::Date => date,
        }
    }

    /// A column's declaration.
    pub(crate) fn column(self, column: &Column) -> String {
        let (name, kind) = (self.word(column.name), self.kind(column.kind));
        match (self, column.nullable) {
            (Self::ClickHouse, true) => format!("{name} Nullable({kind})"),
            (Self::ClickHouse, false) | (_, true) => format!("{name} {kind}"),
            (_, false) => format!("{name} {kind} NOT NULL"),
        }
    }

    /// A column's name, in quotes where the warehouse keeps the word for itself.
    pub(crate) fn word(self, name: &str) -> String {
        match (self, name) {
            (Self::Snowflake, "trigger") => "\"TRIGGER\"".to_owned(),
            _ => name.to_owned(),
        }
    }

    /// What stands behind the columns of a log.
    pub(crate) fn table_options(self, table: &Table) -> String {
        match self {
            // The same row written twice is one row: the key names the row within its version.
            Self::ClickHouse => {
                let key = format!("story_id, revision, log_offset{}", row_key(table));
                format!("\nENGINE = ReplacingMergeTree ORDER BY ({key})")
            }
            Self::Databricks => "\nUSING DELTA".to_owned(),
            _ => String::new(),
        }
    }

    /// A log as the views read it.
    pub(crate) fn log(self, table: &Table) -> String {
        let merged = if self == Self::ClickHouse { " FINAL" } else { "" };
        format!("{}_log{merged}", table.name)
    }

    /// How a view is made anew.
    pub(crate) fn create_view(self) -> &'static str {
        match self {
            Self::Sqlite => "CREATE VIEW",
            _ => "CREATE OR REPLACE VIEW",
        }
    }
}

/// What tells the rows of one version apart.
fn row_key(table: &Table) -> &'static str {
    match table.name {
        "events" => ", event_id, sentence, trigger, rule",
        "mentions" => ", span_start, span_end, text",
        "relations" => ", other_story_id, kind",
        _ => "",
    }
}

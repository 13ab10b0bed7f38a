//! Statements that make the model's tables and views, in the words of each warehouse.

mod dialect;
mod views;

use std::fmt::Write;

use crate::{
    model::{CHANGES, Column, TABLES, Table},
    search,
};

pub use dialect::Dialect;
pub use views::{View, current_views, log_views};

/// The tables in which the sink keeps what it needs to write each record once.
const POSITIONS: &str = "CREATE TABLE IF NOT EXISTS positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (topic, partition)
)";
const WRITERS: &str = "CREATE TABLE IF NOT EXISTS writers (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (topic, partition)
)";

/// The statements that make the current tables; views come after, in [`current_views`].
pub fn current_tables(dialect: Dialect) -> Vec<String> {
    let mut statements = Vec::new();
    for table in TABLES.into_iter().chain([&CHANGES]) {
        statements.push(create_table(dialect, table));
        statements.extend(indexes(table));
    }
    statements.extend([POSITIONS, WRITERS].map(str::to_owned));
    statements.extend(search::tables(dialect));
    statements
}

fn create_table(dialect: Dialect, table: &Table) -> String {
    let unique = |column: &Column| table.is_of_story && column.name == "story_id";
    let columns = table.columns.iter().map(|column| {
        let more = if unique(column) { " UNIQUE" } else { "" };
        format!("{}{more}", dialect.column(column))
    });
    let columns: Vec<String> = columns.collect();
    format!("CREATE TABLE IF NOT EXISTS {} (\n    {}\n)", table.name, columns.join(",\n    "))
}

fn indexes(table: &Table) -> impl Iterator<Item = String> {
    let of = |(name, columns): &(&str, &str)| {
        format!("CREATE INDEX IF NOT EXISTS {name} ON {} ({columns})", table.name)
    };
    table.indexes.iter().map(of)
}

/// The statement that adds a column which an older build did not write. What stood before has no
/// value there.
pub(crate) fn add_column(dialect: Dialect, table: &Table, column: &Column) -> String {
    let added = Column { nullable: true, ..*column };
    format!("ALTER TABLE {} ADD COLUMN {}", table.name, dialect.column(&added))
}

/// The statements that make the tables of the log.
pub fn log_tables(dialect: Dialect) -> Vec<String> {
    TABLES.into_iter().map(|table| create_log(dialect, table)).collect()
}

fn create_log(dialect: Dialect, table: &Table) -> String {
    let columns: Vec<String> =
        table.log_columns().iter().map(|column| dialect.column(column)).collect();
    format!(
        "CREATE TABLE IF NOT EXISTS {}_log (\n    {}\n){}",
        table.name,
        columns.join(",\n    "),
        dialect.table_options(table)
    )
}

/// The views of `DuckDB` over tables of Delta Lake, as a file for whoever asks them.
pub fn script_over_delta() -> String {
    let head = "-- duckdb over the target `delta`: what is current. Before it say where the tables are:\n\
                --     SET VARIABLE lake = 'dateline-data/delta';\n";
    script_over(head, |log| format!("delta_scan(getvariable('lake') || '/{log}')"))
}

/// The same over tables of Apache Iceberg.
pub fn script_over_iceberg() -> String {
    let head = "-- duckdb over the target `iceberg`: what is current. Before it say where the catalog is;\n\
                -- another namespace than `dateline` is to be written in its place:\n\
                --     ATTACH '' AS lake (TYPE iceberg, ENDPOINT 'https://...', TOKEN '...');\n";
    script_over(head, |log| format!("lake.dateline.{log}"))
}

fn script_over(head: &str, from: impl Fn(&str) -> String) -> String {
    let mut text = head.to_owned();
    for table in TABLES {
        let word = |column: &Column| format!("    {}", Dialect::DuckDb.word(column.name));
        let columns: Vec<String> = table.log_columns().iter().map(word).collect();
        let (log, columns) = (table.log_name(), columns.join(",\n"));
        let from = from(&log);
        let _ =
            write!(text, "\nCREATE OR REPLACE VIEW {log} AS\nSELECT\n{columns}\nFROM {from};\n");
    }
    for view in log_views(Dialect::DuckDb) {
        let create = Dialect::DuckDb.create_view();
        let _ = write!(text, "\n{create} {} AS\n{};\n", view.name, view.query);
    }
    text
}

/// All that a warehouse needs, as a file for its operator.
pub fn script(dialect: Dialect) -> String {
    let (tables, views) = if dialect.is_current() {
        (current_tables(dialect), current_views(dialect))
    } else {
        (log_tables(dialect), log_views(dialect))
    };
    let mut text = format!("-- {}\n", dialect.about());
    for statement in tables {
        let _ = write!(text, "\n{statement};\n");
    }
    for view in views {
        let _ = write!(text, "\n{} {} AS\n{};\n", dialect.create_view(), view.name, view.query);
    }
    text
}

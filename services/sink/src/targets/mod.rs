//! The kinds of warehouse, one file each.

pub(crate) mod clickhouse;
pub(crate) mod jsonl;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod webhook;

use anyhow::bail;

use crate::{Config, Target, rebuild::Beside, verify::Readable};

/// The names that `sink.target` takes.
const NAMES: [&str; 6] = ["sqlite", "postgres", "clickhouse", "jsonl", "parquet", "webhook"];

/// The name of the service that keeps a target beside the first one: of its logs, its metrics and
/// its consumer group.
pub(crate) fn service(target: &str) -> &'static str {
    match target {
        "sqlite" => "sink-sqlite",
        "jsonl" => "sink-jsonl",
        "postgres" => "sink-postgres",
        "webhook" => "sink-webhook",
        "clickhouse" => "sink-clickhouse",
        "parquet" => "sink-parquet",
        _ => "sink-other",
    }
}

/// The target that the configuration names.
pub(crate) fn open(config: &Config) -> anyhow::Result<Box<dyn Target>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::Sqlite::open(&config.sqlite)?),
        "jsonl" => Box::new(jsonl::Jsonl::open(&config.jsonl)?),
        "postgres" => Box::new(postgres::Postgres::open(&config.postgres)?),
        "clickhouse" => Box::new(clickhouse::ClickHouse::open(&config.clickhouse)?),
        "webhook" => Box::new(webhook::Webhook::open(&config.webhook)?),
        #[cfg(feature = "parquet")]
        "parquet" => Box::new(parquet::Parquet::open(&config.parquet)?),
        other => bail!("target: wants one of {}, has {other:?}", NAMES.join(", ")),
    })
}

/// The same for reading.
pub(crate) fn readable(config: &Config) -> anyhow::Result<Box<dyn Readable>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::Sqlite::open(&config.sqlite)?),
        "postgres" => Box::new(postgres::Postgres::open(&config.postgres)?),
        "jsonl" => Box::new(jsonl::Jsonl::open(&config.jsonl)?),
        #[cfg(feature = "parquet")]
        "parquet" => Box::new(parquet::Parquet::open(&config.parquet)?),
        "clickhouse" => Box::new(clickhouse::ClickHouse::open(&config.clickhouse)?),
        other => bail!("sink.target: {other:?} has no tables that could be compared"),
    })
}

/// A new one beside it.
pub(crate) fn beside(config: &Config) -> anyhow::Result<Box<dyn Beside>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::BesideSqlite::open(&config.sqlite)?),
        "postgres" => Box::new(postgres::BesidePostgres::open(&config.postgres)?),
        "jsonl" => Box::new(jsonl::BesideJsonl::open(&config.jsonl)?),
        other => bail!("sink.target: {other:?} cannot be written anew; remove its files instead"),
    })
}

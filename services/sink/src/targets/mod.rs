//! The kinds of warehouse, one file each.

mod beside;
pub(crate) mod clickhouse;
#[cfg(feature = "delta")]
pub(crate) mod delta;
#[cfg(feature = "parquet")]
mod files;
#[cfg(feature = "iceberg")]
pub(crate) mod iceberg;
pub(crate) mod jsonl;
#[cfg(feature = "lakes")]
mod lakes;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod webhook;

use anyhow::bail;

#[cfg(feature = "parquet")]
use crate::ParquetConfig;
use crate::{Config, JsonlConfig, Target, rebuild::Beside, verify::Readable};
use beside::BesideFolder;

/// The names that `sink.target` takes.
pub(crate) const NAMES: [&str; 8] =
    ["sqlite", "postgres", "clickhouse", "jsonl", "parquet", "delta", "iceberg", "webhook"];

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
        "delta" => "sink-delta",
        "iceberg" => "sink-iceberg",
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
        #[cfg(feature = "delta")]
        "delta" => Box::new(delta::open(&config.delta)?),
        #[cfg(feature = "iceberg")]
        "iceberg" => Box::new(iceberg::open(&config.iceberg)?),
        other if NAMES.contains(&other) => {
            bail!("target: {other} is not in this build: build with --features {other}")
        }
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
        #[cfg(feature = "delta")]
        "delta" => Box::new(delta::open(&config.delta)?),
        #[cfg(feature = "iceberg")]
        "iceberg" => Box::new(iceberg::open(&config.iceberg)?),
        other => bail!("{other} keeps nothing that could be compared with the topics"),
    })
}

/// A new one beside it.
pub(crate) fn beside(config: &Config) -> anyhow::Result<Box<dyn Beside>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::BesideSqlite::open(&config.sqlite)?),
        "postgres" => Box::new(postgres::BesidePostgres::open(&config.postgres)?),
        "jsonl" => Box::new(BesideFolder::open(&config.jsonl.path, |path| {
            jsonl::Jsonl::open(&JsonlConfig { path, ..config.jsonl.clone() })
        })?),
        #[cfg(feature = "parquet")]
        "parquet" => Box::new(BesideFolder::open(&config.parquet.path, |path| {
            parquet::Parquet::open(&ParquetConfig { path, ..config.parquet.clone() })
        })?),
        #[cfg(feature = "delta")]
        "delta" => Box::new(lakes::BesideLakes::open(delta::open(&config.delta)?)?),
        #[cfg(feature = "iceberg")]
        "iceberg" => Box::new(lakes::BesideLakes::open(iceberg::open(&config.iceberg)?)?),
        "clickhouse" => bail!(
            "clickhouse is not written anew beside the old tables: stop the sink, DROP DATABASE {}, and \
             start the sink; it is filled from the topics",
            config.clickhouse.database
        ),
        other => bail!("{other} keeps nothing that could be written anew"),
    })
}

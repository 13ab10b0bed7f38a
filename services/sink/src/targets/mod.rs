//! The kinds of warehouse, one file each.

pub(crate) mod jsonl;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use anyhow::bail;

use crate::{Config, Target, rebuild::Beside, verify::Readable};

/// The target that the configuration names.
pub(crate) fn open(config: &Config) -> anyhow::Result<Box<dyn Target>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::Sqlite::open(&config.sqlite)?),
        "jsonl" => Box::new(jsonl::Jsonl::open(&config.jsonl)?),
        "postgres" => Box::new(postgres::Postgres::open(&config.postgres)?),
        other => bail!("target: wants \"sqlite\", \"postgres\" or \"jsonl\", has {other:?}"),
    })
}

/// The same for reading.
pub(crate) fn readable(config: &Config) -> anyhow::Result<Box<dyn Readable>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::Sqlite::open(&config.sqlite)?),
        "postgres" => Box::new(postgres::Postgres::open(&config.postgres)?),
        other => bail!("sink.target: {other:?} has no tables that could be compared"),
    })
}

/// A new one beside it.
pub(crate) fn beside(config: &Config) -> anyhow::Result<Box<dyn Beside>> {
    Ok(match config.target.as_str() {
        "sqlite" => Box::new(sqlite::BesideSqlite::open(&config.sqlite)?),
        "postgres" => Box::new(postgres::BesidePostgres::open(&config.postgres)?),
        other => bail!("sink.target: {other:?} cannot be written anew; remove its files instead"),
    })
}

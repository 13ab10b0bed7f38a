//! `[sink]`: which warehouse, and what it wants to know.

use std::collections::BTreeMap;

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use crate::targets::NAMES;

/// `[sink]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct Config {
    pub target: String,
    pub also: Vec<String>,
    pub maintain_after_ms: u64,
    pub sqlite: SqliteConfig,
    pub postgres: PostgresConfig,
    pub jsonl: JsonlConfig,
    pub webhook: WebhookConfig,
    pub parquet: ParquetConfig,
    pub clickhouse: ClickHouseConfig,
    pub delta: DeltaConfig,
    pub iceberg: IcebergConfig,
}

impl Config {
    /// Its targets, the first one first.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.target).chain(&self.also).map(String::as_str)
    }

    /// The same for another of its targets.
    pub fn of(&self, target: Option<&str>) -> anyhow::Result<Self> {
        let Some(target) = target else {
            return Ok(self.clone());
        };
        ensure!(
            self.targets().any(|own| own == target),
            "--target {target}: [sink] writes to {}",
            self.targets().collect::<Vec<_>>().join(", ")
        );
        Ok(Self { target: target.to_owned(), also: Vec::new(), ..self.clone() })
    }

    /// Whether its targets are known, and each is named once: a target has one writer.
    pub fn check(&self) -> anyhow::Result<()> {
        let all: Vec<&str> = self.targets().collect();
        for (number, target) in all.iter().enumerate() {
            let key = if number == 0 { "target" } else { "also" };
            let names = NAMES.join(", ");
            ensure!(NAMES.contains(target), "{key}: wants one of {names}, has {target:?}");
        }
        for (number, target) in all.iter().enumerate() {
            ensure!(!all[..number].contains(target), "also: {target:?} is named twice");
        }
        Ok(())
    }
}

/// `[sink.sqlite]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct SqliteConfig {
    pub path: String,
}

/// `[sink.jsonl]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct JsonlConfig {
    pub path: String,
    pub file_bytes: u64,
}

/// `[sink.parquet]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct ParquetConfig {
    pub path: String,
    pub compact: bool,
    pub file_bytes: u64,
}

/// `[sink.delta]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct DeltaConfig {
    pub path: String,
    pub options: BTreeMap<String, String>,
    pub file_bytes: u64,
}

/// `[sink.iceberg]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct IcebergConfig {
    pub uri: String,
    pub warehouse: String,
    pub namespace: String,
    pub options: BTreeMap<String, String>,
    pub file_bytes: u64,
}

/// `[sink.clickhouse]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct ClickHouseConfig {
    pub url: String,
    pub database: String,
    pub user: String,
    pub password_file: String,
    pub request_timeout_ms: u64,
}

/// `[sink.webhook]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct WebhookConfig {
    pub url: String,
    pub secret_file: String,
    pub path: String,
    pub in_flight: usize,
    pub request_timeout_ms: u64,
}

/// `[sink.postgres]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct PostgresConfig {
    pub url: String,
    pub password_file: String,
    pub schema: String,
    pub ca_file: String,
    pub request_timeout_ms: u64,
    pub maintain_timeout_ms: u64,
}

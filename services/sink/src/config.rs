//! `[sink]`: which warehouse, and what it wants to know.

use serde::{Deserialize, Serialize};

/// `[sink]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct Config {
    pub target: String,
    pub sqlite: SqliteConfig,
    pub postgres: PostgresConfig,
    pub jsonl: JsonlConfig,
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
}

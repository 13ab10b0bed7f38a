//! Opening the bus that the configuration names.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use dateline_bus::{
    Bus, TopicSpec, dateline_topics,
    embedded::{Embedded, EmbeddedOptions},
};
use serde::{Deserialize, Serialize};

/// `[bus]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct BusConfig {
    pub kind: BusKind,
    pub data_dir: String,
    pub partitions: u32,
    pub retention_hours: u64,
    pub retention_bytes: u64,
    pub lease_expiry_ms: u64,
    pub kafka: KafkaConfig,
}

/// Which bus.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BusKind {
    /// Topics in one file.
    Embedded,
    /// Apache Kafka.
    Kafka,
}

/// `[bus.kafka]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct KafkaConfig {
    pub bootstrap: String,
    pub replication_factor: u16,
    pub session_timeout_ms: u32,
    pub transaction_timeout_ms: u32,
    pub properties: BTreeMap<String, String>,
    pub properties_from_files: BTreeMap<String, String>,
}

impl BusConfig {
    /// The topics as they should be.
    pub fn topics(&self) -> Vec<TopicSpec> {
        let age = Duration::from_secs(self.retention_hours.saturating_mul(3600));
        dateline_topics(self.partitions, age, self.retention_bytes)
    }
}

/// Opens the bus and creates the topics that are missing.
pub fn open(config: &BusConfig) -> anyhow::Result<Arc<dyn Bus>> {
    let bus = connect(config)?;
    bus.ensure_topics(&config.topics()).context("topics")?;
    Ok(bus)
}

/// Opens the bus as it is.
pub fn connect(config: &BusConfig) -> anyhow::Result<Arc<dyn Bus>> {
    let bus: Arc<dyn Bus> = match config.kind {
        BusKind::Embedded => {
            let lease_expiry = Duration::from_millis(config.lease_expiry_ms);
            let options = EmbeddedOptions { lease_expiry, ..EmbeddedOptions::default() };
            Arc::new(Embedded::open(Path::new(&config.data_dir), options)?)
        }
        BusKind::Kafka => open_kafka(config)?,
    };
    Ok(bus)
}

#[cfg(feature = "kafka")]
fn open_kafka(config: &BusConfig) -> anyhow::Result<Arc<dyn Bus>> {
    use dateline_bus::kafka::{Kafka, KafkaOptions};

    let kafka = &config.kafka;
    let mut properties = kafka.properties.clone();
    for (key, path) in &kafka.properties_from_files {
        let value = std::fs::read_to_string(path)
            .with_context(|| format!("bus.kafka.properties_from_files.{key}: {path}"))?;
        properties.insert(key.clone(), value.trim_end().to_owned());
    }
    let options = KafkaOptions {
        bootstrap: kafka.bootstrap.clone(),
        replication_factor: Some(kafka.replication_factor).filter(|copies| *copies > 0),
        session_timeout_ms: kafka.session_timeout_ms,
        transaction_timeout_ms: kafka.transaction_timeout_ms,
        properties,
        ..KafkaOptions::default()
    };
    Ok(Arc::new(Kafka::open(options)?))
}

#[cfg(not(feature = "kafka"))]
fn open_kafka(_: &BusConfig) -> anyhow::Result<Arc<dyn Bus>> {
    anyhow::bail!("bus.kind is \"kafka\", but this build has no Kafka: build with --features kafka")
}

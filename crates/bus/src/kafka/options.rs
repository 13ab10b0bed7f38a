//! How to reach Kafka, and the librdkafka settings that the contract of the bus rests on.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{ClientConfig, config::RDKafkaLogLevel};

use crate::{BusError, Result};

/// Room for what Kafka adds to a record: lengths, the batch's head, the names of many headers.
const OVERHEAD_BYTES: usize = 1024 * 1024;

/// The largest batch that topics and clients take.
pub(super) const MAX_MESSAGE_BYTES: usize = crate::MAX_RECORD_BYTES + OVERHEAD_BYTES;

/// librdkafka wants the name of a group to assign partitions, and asks for its coordinator; nothing is
/// ever committed under this one. Where rules say who may do what, it must be allowed.
pub(super) const READER_GROUP: &str = "dateline-reader";

/// What the bus sets itself; another value would break a promise.
const OWN_PROPERTIES: &[&str] = &[
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "transaction.timeout.ms",
    "transactional.id",
];

/// How to reach Kafka.
#[derive(Clone, Debug)]
pub struct KafkaOptions {
    /// Addresses of some brokers, `host:port` with commas between.
    pub bootstrap: String,
    /// The name by which brokers log this client.
    pub client_id: String,
    /// Copies of each partition of a topic that is created; none takes the cluster's default.
    pub replication_factor: Option<u16>,
    /// A worker that was not heard of for so long loses its partitions.
    pub session_timeout_ms: u32,
    /// A unit of work that is open for so long is aborted; it bounds how long a killed worker
    /// can hold back the readers.
    pub transaction_timeout_ms: u32,
    /// How long a call may take before it fails as unavailable.
    pub request_timeout_ms: u32,
    /// Further librdkafka properties as they are, for example `security.protocol`.
    pub properties: BTreeMap<String, String>,
}

impl Default for KafkaOptions {
    fn default() -> Self {
        Self {
            bootstrap: "localhost:9092".to_owned(),
            client_id: "dateline".to_owned(),
            replication_factor: None,
            session_timeout_ms: 10_000,
            transaction_timeout_ms: 20_000,
            request_timeout_ms: 30_000,
            properties: BTreeMap::new(),
        }
    }
}

impl KafkaOptions {
    /// Refuses what this build or this bus cannot honour.
    pub(super) fn check(&self) -> Result<()> {
        if self.bootstrap.trim().is_empty() {
            return Err(BusError::Fatal(
                "bus.kafka.bootstrap is empty: name a broker as host:port".to_owned(),
            ));
        }
        for (name, value) in &self.properties {
            if OWN_PROPERTIES.contains(&name.as_str()) {
                return Err(BusError::Fatal(format!(
                    "bus.kafka.properties: {name} is set by Dateline itself; remove it"
                )));
            }
            if needs_tls(name, value) && !cfg!(feature = "kafka-tls") {
                return Err(BusError::Fatal(format!(
                    "bus.kafka.properties: {name}={value} needs a build with TLS: \
                     build with --features kafka-tls"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms.into())
    }

    pub(super) fn transaction_timeout(&self) -> Duration {
        Duration::from_millis(self.transaction_timeout_ms.into())
    }

    /// What every client needs; the operator's properties come last, so that they win.
    pub(super) fn client(&self, own: &[(&str, String)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        // rdkafka would go by the level of the `log` crate, which nobody sets here.
        config.set_log_level(if self.properties.contains_key("debug") {
            RDKafkaLogLevel::Debug
        } else {
            RDKafkaLogLevel::Info
        });
        config
            .set("bootstrap.servers", &self.bootstrap)
            .set("client.id", &self.client_id)
            .set("message.max.bytes", MAX_MESSAGE_BYTES.to_string());
        for (name, value) in own {
            config.set(*name, value);
        }
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }

    /// A consumer that sees only what is committed and never moves by itself.
    pub(super) fn consumer(&self, own: &[(&str, String)]) -> ClientConfig {
        let mut all = vec![
            ("enable.auto.commit", "false".to_owned()),
            ("enable.auto.offset.store", "false".to_owned()),
            ("isolation.level", "read_committed".to_owned()),
            ("auto.offset.reset", "error".to_owned()),
            ("check.crcs", "true".to_owned()),
            ("fetch.message.max.bytes", MAX_MESSAGE_BYTES.to_string()),
            // Asked again at once when the local queue has room: the default of a second stalls
            // a worker that reads in bursts.
            ("fetch.queue.backoff.ms", "10".to_owned()),
            ("fetch.error.backoff.ms", "100".to_owned()),
        ];
        all.extend_from_slice(own);
        self.client(&all)
    }

    /// A member of a group. Several inputs need `range`: only that strategy gives a partition
    /// number to the same member on all of them.
    pub(super) fn member(&self, group: &str, inputs: usize) -> ClientConfig {
        let strategy = if inputs > 1 { "range" } else { "cooperative-sticky" };
        let heartbeat_ms = (self.session_timeout_ms / 5).max(100);
        self.consumer(&[
            ("group.id", group.to_owned()),
            ("partition.assignment.strategy", strategy.to_owned()),
            ("session.timeout.ms", self.session_timeout_ms.to_string()),
            ("heartbeat.interval.ms", heartbeat_ms.to_string()),
        ])
    }

    pub(super) fn producer(&self, group: &str, instance: &str) -> ClientConfig {
        // A delivery must fail before the broker gives up the transaction that it belongs to.
        let delivery_ms = self.transaction_timeout_ms.saturating_sub(2_000).max(1_000);
        self.client(&[
            ("transactional.id", format!("{group}-{instance}")),
            ("transaction.timeout.ms", self.transaction_timeout_ms.to_string()),
            ("message.timeout.ms", delivery_ms.to_string()),
            ("enable.idempotence", "true".to_owned()),
            ("compression.type", "zstd".to_owned()),
            ("compression.level", "1".to_owned()),
            ("linger.ms", "2".to_owned()),
            ("batch.size", "1000000".to_owned()),
        ])
    }
}

fn needs_tls(name: &str, value: &str) -> bool {
    let value = value.to_ascii_uppercase();
    match name {
        "security.protocol" => value.ends_with("SSL"),
        "sasl.mechanism" | "sasl.mechanisms" => {
            value.starts_with("SCRAM") || value == "OAUTHBEARER"
        }
        _ => name.starts_with("ssl."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_it_cannot_honour() {
        let check = |name: &str, value: &str, expected: &str| {
            let options = KafkaOptions {
                properties: BTreeMap::from([(name.to_owned(), value.to_owned())]),
                ..KafkaOptions::default()
            };
            let text = options.check().map_or_else(|e| e.to_string(), |()| "fine".to_owned());
            assert!(text.contains(expected), "{name}={value}: {text}");
        };
        check("enable.auto.commit", "true", "remove it");
        check("transactional.id", "x", "remove it");
        check("sasl.username", "reader", "fine");
        check("sasl.mechanism", "PLAIN", "fine");
        let tls = if cfg!(feature = "kafka-tls") { "fine" } else { "--features kafka-tls" };
        check("security.protocol", "SASL_SSL", tls);
        check("security.protocol", "ssl", tls);
        check("security.protocol", "sasl_plaintext", "fine");
        check("sasl.mechanism", "SCRAM-SHA-512", tls);
        check("sasl.mechanisms", "OAUTHBEARER", tls);
        check("ssl.ca.location", "/etc/ssl/ca.pem", tls);
    }

    #[test]
    fn an_operators_property_wins() {
        let options = KafkaOptions {
            properties: BTreeMap::from([("linger.ms".to_owned(), "50".to_owned())]),
            ..KafkaOptions::default()
        };
        assert_eq!(options.producer("g", "0").get("linger.ms"), Some("50"));
        assert_eq!(options.producer("g", "0").get("transactional.id"), Some("g-0"));
    }

    #[test]
    fn an_empty_address_is_refused() {
        let options = KafkaOptions { bootstrap: " ".to_owned(), ..KafkaOptions::default() };
        let text = options.check().unwrap_err().to_string();
        assert!(text.contains("bus.kafka.bootstrap"), "{text}");
    }
}

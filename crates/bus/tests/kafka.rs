//! The conformance suite on Apache Kafka, which `scripts/kafka` starts.
#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod broker;
mod suite;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use broker::Broker;
use dateline_bus::{
    Bus, Topic,
    kafka::{Kafka, KafkaOptions},
};
use suite::{Fixture, PARTITIONS};

/// Names of its own on a broker that all tests share.
struct Shared {
    address: String,
    tag: String,
}

fn open(address: &str) -> Box<dyn Bus> {
    let options = KafkaOptions {
        bootstrap: address.to_owned(),
        session_timeout_ms: 2_000,
        transaction_timeout_ms: 10_000,
        ..KafkaOptions::default()
    };
    Box::new(Kafka::open(options).unwrap())
}

fn on(address: &str) -> Shared {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Shared { address: address.to_owned(), tag: format!("test-{}-{number}", std::process::id()) }
}

/// None where there is no Kafka, outside CI.
fn shared() -> Option<Shared> {
    broker::shared().map(on)
}

impl Fixture for Shared {
    fn open(&self) -> Box<dyn Bus> {
        open(&self.address)
    }

    fn address(&self) -> String {
        self.address.clone()
    }

    fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.tag)
    }

    fn takeover(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(40)
    }

    fn life_ms(&self) -> (u64, u64) {
        (300, 3_000)
    }

    fn beneath(&self, topic: &Topic) -> String {
        broker::beneath(&self.address, topic.as_str(), PARTITIONS)
    }
}

suite::all_points!(shared());

/// The broker itself is killed and comes back on the same data.
#[test]
fn p02_kill_the_broker() {
    let Some(broker) = Broker::own() else {
        return;
    };
    suite::kills::run(&on(&broker.address), |random, _| {
        // More of them are struck below the whole pipeline.
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(4_000 + random.below(3_000)));
            broker.kill();
            broker.restart();
        }
        std::thread::sleep(Duration::from_secs(3));
    });
}

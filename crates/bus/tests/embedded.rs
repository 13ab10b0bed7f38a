//! The conformance suite on the embedded bus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod suite;

use std::{path::Path, time::Duration};

use dateline_bus::{
    Bus, Topic,
    embedded::{Embedded, EmbeddedOptions},
};
use suite::Fixture;

struct Fresh(tempfile::TempDir);

fn open(folder: &str) -> Box<dyn Bus> {
    let options = EmbeddedOptions {
        lease_expiry: Duration::from_secs(1),
        trim_interval: Duration::from_millis(200),
        ..EmbeddedOptions::default()
    };
    Box::new(Embedded::open(Path::new(folder), options).unwrap())
}

impl Fixture for Fresh {
    fn open(&self) -> Box<dyn Bus> {
        open(&self.address())
    }

    fn address(&self) -> String {
        self.0.path().to_str().unwrap().to_owned()
    }

    fn name(&self, what: &str) -> String {
        what.to_owned()
    }

    fn takeover(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(20)
    }

    fn life_ms(&self) -> (u64, u64) {
        (20, 500)
    }

    fn beneath(&self, _: &Topic) -> String {
        "nothing lies beneath it".to_owned()
    }
}

suite::all_points!(Some(Fresh(tempfile::tempdir().unwrap())));

//! A real Apache Kafka for tests: one that runs already, or one started by `scripts/kafka`.

mod fence;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    time::Duration,
};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};

/// A broker that a test has for itself; it is stopped when the test ends.
pub(crate) struct Broker {
    pub(crate) address: String,
    folder: PathBuf,
}

/// The address of the broker that the tests of this process share. `DATELINE_TEST_KAFKA` names one
/// that runs already. None where Kafka cannot be had, which is a failure in CI.
pub(crate) fn shared() -> Option<&'static str> {
    static SHARED: OnceLock<Option<String>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| {
        let running = env::var("DATELINE_TEST_KAFKA").ok();
        running.or_else(|| start().map(|(address, _)| address))
    });
    shared.as_deref()
}

impl Broker {
    /// None where Kafka cannot be had, or is not ours to kill.
    pub(crate) fn own() -> Option<Self> {
        if env::var_os("DATELINE_TEST_KAFKA").is_some() {
            println!("skipped: the broker of DATELINE_TEST_KAFKA is not killed");
            return None;
        }
        let (address, folder) = start()?;
        Some(Self { address, folder })
    }

    pub(crate) fn kill(&self) {
        run("kill", &self.folder);
    }

    /// Starts it again on the same data, once its death is known.
    pub(crate) fn restart(&self) {
        fence::dead_broker(&self.folder);
        run("restart", &self.folder);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        run("stop", &self.folder);
    }
}

/// A new broker. The script stops it when this process is gone, however that comes.
fn start() -> Option<(String, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("dateline-kafka.").tempdir().unwrap().keep();
    let output = script("start", &folder);
    if output.status.success() {
        let address = String::from_utf8(output.stdout).unwrap();
        return Some((address.trim().to_owned(), folder));
    }
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(env::var("CI").is_err(), "kafka is needed in CI: {why}");
    println!("skipped: {}", why.trim());
    let _ = std::fs::remove_dir_all(folder);
    None
}

fn run(command: &str, folder: &Path) {
    let output = script(command, folder);
    assert!(output.status.success(), "scripts/kafka {command}: {output:?}");
}

fn script(command: &str, folder: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/kafka");
    Command::new(script)
        .arg(command)
        .arg(folder)
        .env("DATELINE_KAFKA_OWNER", std::process::id().to_string())
        .output()
        .unwrap()
}

/// Each partition's last stable offset, its end, and all its records: a reader of what is
/// committed stops at the first, and aborted records lie among the others.
pub(crate) fn beneath(address: &str, topic: &str, partitions: u32) -> String {
    let of = |partition| {
        let place = (topic, i32::try_from(partition).unwrap());
        let stable = end(address, place, "read_committed");
        let end = end(address, place, "read_uncommitted");
        let records = records_beneath(address, place);
        format!("[{partition}] stable to {stable:?} of {end:?}, {records} written")
    };
    (0..partitions).map(of).collect::<Vec<_>>().join(", ")
}

const ANSWER: Duration = Duration::from_secs(5);

fn looker(address: &str, isolation: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", address)
        .set("group.id", "dateline-test")
        .set("isolation.level", isolation)
        .set("enable.auto.commit", "false")
        .create()
        .unwrap()
}

fn end(address: &str, (topic, partition): (&str, i32), isolation: &str) -> Option<i64> {
    let ends = looker(address, isolation).fetch_watermarks(topic, partition, ANSWER);
    ends.ok().map(|(_, end)| end)
}

fn records_beneath(address: &str, (topic, partition): (&str, i32)) -> usize {
    let consumer = looker(address, "read_uncommitted");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    let next = || consumer.poll(ANSWER).and_then(Result::ok).map(|message| message.offset());
    std::iter::from_fn(next).count()
}

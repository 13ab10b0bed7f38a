//! A real Apache Kafka for tests: one that runs already, or one started by `scripts/kafka`.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
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

    pub(crate) fn restart(&self) {
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

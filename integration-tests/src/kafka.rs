//! A broker of Apache Kafka for a test, started by the project's own script.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs, io};

/// A broker that runs until it is dropped.
#[derive(Debug)]
pub struct Broker {
    folder: PathBuf,
    /// Where it listens, as host:port.
    pub bootstrap: String,
}

impl Broker {
    /// Starts a broker below `folder`. Where Kafka cannot be had, that is a failure in CI, and
    /// none with a word of what to install elsewhere.
    pub fn start(folder: &Path, what: &str) -> io::Result<Option<Self>> {
        Self::start_with(folder, what, &[])
    }

    /// Starts a broker with a second listener for users, each `name:password`, who may do nothing
    /// until a rule allows it.
    pub fn start_for(
        folder: &Path,
        what: &str,
        users: &[String],
        has_tls: bool,
    ) -> io::Result<Option<Self>> {
        let tls = if has_tls { "1" } else { "0" };
        let users = users.join(" ");
        Self::start_with(
            folder,
            what,
            &[("DATELINE_KAFKA_USERS", &users), ("DATELINE_KAFKA_TLS", tls)],
        )
    }

    /// Where the listener for users listens, as host:port.
    pub fn secured(&self) -> io::Result<String> {
        Ok(fs::read_to_string(self.folder.join("secured"))?.trim().to_owned())
    }

    /// The certificate of the listener for users.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    #[allow(clippy::print_stdout)] // the test run collects such lines
    fn start_with(
        folder: &Path,
        what: &str,
        variables: &[(&str, &str)],
    ) -> io::Result<Option<Self>> {
        let output = script(&["start", &folder.display().to_string()], variables)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            let bootstrap = text(&output.stdout).lines().last().unwrap_or_default().to_owned();
            return Ok(Some(Self { folder: folder.to_owned(), bootstrap }));
        }
        let error = text(&output.stderr);
        if env::var("CI").as_deref() == Ok("true") {
            return Err(io::Error::other(format!("Kafka is missing in CI: {error}")));
        }
        println!("skipped: {what}: {error}");
        Ok(None)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // The script's own watch ends a broker whose test has ended.
        let _ = script(&["stop", &self.folder.display().to_string()], &[]);
    }
}

fn script(arguments: &[&str], variables: &[(&str, &str)]) -> io::Result<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/kafka");
    let owner = std::process::id().to_string();
    let mut command = Command::new(script);
    command.args(arguments).envs(variables.iter().copied());
    command.env("DATELINE_KAFKA_OWNER", owner).output()
}

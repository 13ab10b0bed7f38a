//! A broker of Apache Kafka for a test, started by the project's own script.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::component::Script;

/// A broker that runs until it is dropped.
#[derive(Debug)]
pub struct Broker {
    script: Script,
    /// Where it listens, as host:port.
    pub bootstrap: String,
}

impl Broker {
    /// Starts a broker below `folder`. Where Kafka cannot be had, that is a failure in CI, and
    /// none with a word of what to install elsewhere.
    pub fn start(folder: &Path, what: &str) -> io::Result<Option<Self>> {
        Self::start_with(folder, what, &[])
    }

    /// Starts a broker that tells its clients to come by this address, a proxy's before it.
    pub fn start_behind(folder: &Path, what: &str, proxy: SocketAddr) -> io::Result<Option<Self>> {
        Self::start_with(folder, what, &[("DATELINE_KAFKA_PROXY", &proxy.to_string())])
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
        let variables = [("DATELINE_KAFKA_USERS", users.as_str()), ("DATELINE_KAFKA_TLS", tls)];
        Self::start_with(folder, what, &variables)
    }

    /// Where the listener for users listens, as host:port.
    pub fn secured(&self) -> io::Result<String> {
        Ok(fs::read_to_string(self.script.folder.join("secured"))?.trim().to_owned())
    }

    /// The certificate of the listener for users.
    pub fn certificate(&self) -> PathBuf {
        self.script.folder.join("ca.pem")
    }

    /// Ends it as a power cut would.
    pub fn kill(&self) -> io::Result<()> {
        self.script.run("kill", &[]).map(drop)
    }

    /// Starts it again on the same data and ports.
    pub fn restart(&self) -> io::Result<()> {
        self.script.run("restart", &[]).map(drop)
    }

    fn start_with(
        folder: &Path,
        what: &str,
        variables: &[(&str, &str)],
    ) -> io::Result<Option<Self>> {
        let folder = folder.to_owned();
        let script = Script { name: "kafka", owner: "DATELINE_KAFKA_OWNER", folder };
        let bootstrap = script.start(what, variables)?;
        Ok(bootstrap.map(|bootstrap| Self { script, bootstrap }))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // The script's own watch ends a broker whose test has ended.
        let _ = self.script.run("stop", &[]);
    }
}

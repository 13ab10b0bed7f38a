//! A PostgreSQL server for a test, started by the project's own script.

use std::{env, io, net::SocketAddr, process};

use crate::component::Script;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Postgres {
    script: Script,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Postgres {
    /// Starts a server. Where PostgreSQL cannot be had, that is a failure in CI, and none with a word
    /// of what to install elsewhere.
    pub fn start(name: &str, what: &str) -> io::Result<Option<Self>> {
        // A folder that the server's own user can enter, unlike one of `tempfile`.
        let folder = env::temp_dir().join(format!("dateline-{name}-{}", process::id()));
        let script = Script { name: "postgres", owner: "DATELINE_POSTGRES_OWNER", folder };
        let Some(url) = script.start(what, &[])? else { return Ok(None) };
        let port = url.split(' ').find_map(|part| part.strip_prefix("port=")?.parse().ok());
        let port: u16 = port.ok_or_else(|| io::Error::other(format!("no port in {url:?}")))?;
        Ok(Some(Self { script, address: SocketAddr::from(([127, 0, 0, 1], port)) }))
    }

    /// How it is reached at an address: its own, or that of a proxy before it.
    pub fn url(address: SocketAddr) -> String {
        let (host, port) = (address.ip(), address.port());
        format!("host={host} port={port} user=dateline dbname=postgres sslmode=disable")
    }

    /// Ends it as a power cut would.
    pub fn kill(&self) -> io::Result<()> {
        self.script.run("kill", &[]).map(drop)
    }

    /// Starts it again on the same data and port.
    pub fn restart(&self) -> io::Result<()> {
        self.script.run("restart", &[]).map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The script's own watch ends a server whose test has ended.
        let _ = self.script.run("stop", &[]);
    }
}

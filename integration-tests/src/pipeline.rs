//! Running the real programs on a simulated newswire, and holding the warehouse to its ledger.

use std::{
    collections::BTreeMap,
    env, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::newswire::{Ledger, Newswire, Outcome};

/// A folder with everything that a run needs and leaves.
#[derive(Debug)]
pub struct Testbed {
    folder: PathBuf,
}

impl Testbed {
    /// Writes settings and sources for a newswire.
    pub fn new(folder: &Path, newswire: &Newswire, more_settings: &str) -> io::Result<Self> {
        let testbed = Self { folder: folder.to_owned() };
        fs::create_dir_all(testbed.sources())?;
        for (name, text) in newswire.sources() {
            fs::write(testbed.sources().join(name), text)?;
        }
        let hosts = hosts_setting(&newswire.fetcher_hosts());
        // Tests run side by side, and the page's port is one.
        let is_set = more_settings.contains("console.listen");
        let console = if is_set { "" } else { "console.listen = \"\"\n" };
        let settings = format!(
            "log.format = \"json\"\nadmin.listen = \"\"\n\
             {console}sink.sqlite.path = {warehouse}\nbus.data_dir = {data}\n\
             {more_settings}\n\
             [fetcher]\n# The sites live on loopback, and are asked more often than real ones.\n\
             min_host_interval_ms = 100\nmax_crawl_delay_ms = 300\nfirst_backoff_ms = 500\n\
             {hosts}\n",
            warehouse = quoted(&testbed.warehouse()),
            data = quoted(&testbed.data()),
        );
        fs::write(testbed.settings(), settings)?;
        Ok(testbed)
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("dateline.toml")
    }

    /// The folder of the sources.
    pub fn sources(&self) -> PathBuf {
        self.folder.join("sources")
    }

    /// The folder of the embedded bus.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The warehouse.
    pub fn warehouse(&self) -> PathBuf {
        self.folder.join("warehouse.sqlite3")
    }

    /// The log of a program.
    pub fn log(&self, program: &str) -> PathBuf {
        self.folder.join(format!("{program}.log"))
    }

    /// Starts a program of this workspace with the settings; its log is appended to.
    pub fn start(&self, program: &str, arguments: &[&str]) -> io::Result<Running> {
        self.start_in(program, arguments, &[])
    }

    /// The same, with variables of its own.
    pub fn start_in(
        &self,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, PathBuf)],
    ) -> io::Result<Running> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log(program))?;
        let child = Command::new(binary(program)?)
            .args(arguments)
            .arg("--config")
            .arg(self.settings())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Running(child))
    }

    /// How many lines of a program's log have this message.
    pub fn logged(&self, program: &str, message: &str) -> usize {
        let text = fs::read_to_string(self.log(program)).unwrap_or_default();
        let wanted = format!("\"message\":\"{message}\"");
        text.lines().filter(|line| line.contains(&wanted)).count()
    }

    /// What the warehouse says otherwise than the ledger; empty where all is right.
    pub fn differences(&self, ledger: &Ledger) -> rusqlite::Result<Vec<String>> {
        let connection = open(&self.warehouse())?;
        let mut found = Vec::new();
        for expected in &ledger.stories {
            let row: Option<Row> = connection
                .query_row(
                    "SELECT status, text, not_coded, (SELECT count(*) FROM events \
                     WHERE events.story_id = stories.story_id) FROM stories WHERE story_id = ?1",
                    [expected.story_id.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
                )
                .optional()?;
            if let Some(what) = expected.outcome.difference(row.as_ref()) {
                found.push(format!("{} ({}): {what}", expected.title, expected.provider_id));
            }
        }
        for text in &ledger.forbidden {
            let count: i64 = connection.query_row(
                "SELECT count(*) FROM stories WHERE instr(coalesce(text, ''), ?1) > 0 \
                 OR instr(coalesce(title, ''), ?1) > 0",
                [text],
                |row| row.get(0),
            )?;
            if count > 0 {
                found.push(format!("{count} stories contain {text:?}"));
            }
        }
        let stories: usize =
            connection.query_row("SELECT count(*) FROM stories", [], |row| row.get(0))?;
        if stories != ledger.stories.len() {
            let published = ledger.stories.len();
            found.push(format!("{stories} stories, but {published} were published"));
        }
        Ok(found)
    }

    /// Waits until the warehouse says what the ledger says; returns the differences that are left.
    pub fn settle(&self, ledger: &Ledger, wait: Duration) -> Vec<String> {
        let deadline = Instant::now() + wait;
        loop {
            let found = self.differences(ledger).unwrap_or_else(|error| vec![error.to_string()]);
            if found.is_empty() || Instant::now() > deadline {
                return found;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The setting `fetcher.hosts` under which hosts on loopback are found.
pub fn hosts_setting(hosts: &BTreeMap<String, SocketAddr>) -> String {
    let hosts: Vec<String> =
        hosts.iter().map(|(host, address)| format!("\"{host}\" = \"{address}\"")).collect();
    format!("hosts = {{ {} }}", hosts.join(", "))
}

fn quoted(path: &Path) -> toml::Value {
    toml::Value::String(path.display().to_string())
}

/// Status, text, why it was not coded, number of events.
pub type Row = (String, Option<String>, Option<String>, u32);

impl Outcome {
    /// What a row of the warehouse says otherwise.
    pub fn difference(&self, row: Option<&Row>) -> Option<String> {
        let Some((status, text, not_coded, events)) = row else {
            return Some("not in the warehouse".to_owned());
        };
        let text = text.as_deref().unwrap_or_default();
        match self {
            Self::Killed if status == "usable" => Some("killed, but still usable".to_owned()),
            Self::Killed if !text.is_empty() || *events > 0 => {
                Some("killed, but its words or events are still there".to_owned())
            }
            Self::Live { marker } if !text.contains(marker.as_str()) => {
                Some(format!("status {status}, without the words of its last version: {marker:?}"))
            }
            Self::NotCoded if not_coded.is_none() => {
                Some("coded, though there is no model for its language".to_owned())
            }
            _ => None,
        }
    }
}

/// A running program; it is killed when dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Takes a program over.
    pub fn new(child: Child) -> Self {
        Self(child)
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// Asks it to end and waits; true where it ended well in time.
    pub fn stop(mut self, wait: Duration) -> io::Result<bool> {
        self.signal("TERM")?;
        Ok(self.ended_well(wait)? == Some(true))
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Waits for its end; whether it ended well, none where it goes on.
    pub fn ended_well(&mut self, wait: Duration) -> io::Result<Option<bool>> {
        let deadline = Instant::now() + wait;
        loop {
            let ended = self.0.try_wait()?.map(|status| status.success());
            if ended.is_some() || Instant::now() >= deadline {
                return Ok(ended);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, name: &str) -> io::Result<()> {
        let pid = self.0.id().to_string();
        Command::new("kill").args([&format!("-{name}"), &pid]).status().map(drop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Opens a warehouse for reading.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// A program of this workspace, beside the one that runs or one folder above it.
pub fn binary(name: &str) -> io::Result<PathBuf> {
    let own = env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let what = format!("{name} is not built; run: cargo build --workspace --bins");
        io::Error::new(io::ErrorKind::NotFound, what)
    })
}

//! A simulated newswire on loopback: four sites with feeds, robots.txt and article pages full of
//! furniture, and a folder that wire files arrive in. Stories are updated, corrected and killed
//! along a script, and a ledger says what must be known of each at the end.

mod files;
mod page;
mod render;
mod script;
mod server;
mod world;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

pub use script::Channel;
pub use server::{Hit, HostCount};
pub use world::{Expected, Ledger, Outcome};

use server::Shared;
use world::World;

/// How the newswire runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time from one step of the script to the next.
    pub step: Duration,
    /// Seconds between two looks at a feed, as the sources say it.
    pub interval_seconds: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { step: Duration::from_secs(3), interval_seconds: 1 }
    }
}

/// A running newswire; it ends when dropped.
#[derive(Debug)]
pub struct Newswire {
    addr: SocketAddr,
    folder: PathBuf,
    options: Options,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Newswire {
    /// Starts the sites on a free port of loopback and writes the first wire files below `folder`.
    pub async fn start(folder: &Path, options: Options) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let world = World::load()?;
        files::write_step(folder, &world, 0)?;
        let shared = Arc::new(Shared::new(world));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let app = server::app(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // Serving ends with the task; an error would show as unreachable sites.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { addr, folder: folder.to_owned(), options, shared, server })
    }

    /// Where all sites listen; which one is asked is told by the host's name.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The host names of the sites.
    pub fn hosts(&self) -> Vec<&'static str> {
        Channel::SITES.iter().filter_map(|channel| channel.host()).collect()
    }

    /// The setting `hosts` of the fetcher under which the sites are found.
    pub fn fetcher_hosts(&self) -> BTreeMap<String, SocketAddr> {
        self.hosts().into_iter().map(|host| (host.to_owned(), self.addr)).collect()
    }

    /// The source files, as (name, text), for `config/sources`.
    pub fn sources(&self) -> Vec<(String, String)> {
        let interval = self.options.interval_seconds;
        let feeds = Channel::SITES.iter().filter_map(|channel| {
            let (host, feed) = (channel.host()?, channel.feed_path()?);
            let text = format!(
                "# {}, a simulated site.\nkind = \"feed\"\nurl = \"http://{host}{feed}\"\n\
                 provider = \"{}\"\ninterval_seconds = {interval}\n",
                channel.name(),
                channel.provider(),
            );
            Some((format!("{}.toml", channel.source_id()), text))
        });
        let mut sources: Vec<_> = feeds.collect();
        let path = toml::Value::String(self.folder.display().to_string());
        let text = format!(
            "# The folder that wire files arrive in.\nkind = \"folder\"\npath = {path}\n\
             provider = \"{}\"\nwatch = true\ninterval_seconds = 1\n",
            Channel::Folder.provider(),
        );
        sources.push((format!("{}.toml", Channel::Folder.source_id()), text));
        sources
    }

    /// How many steps the script has after its start.
    pub fn steps(&self) -> u32 {
        self.shared.with_world(|world| world.last_step())
    }

    /// Plays all steps of the script, each after its pause.
    pub async fn run_script(&self) -> io::Result<()> {
        for step in 1..=self.steps() {
            tokio::time::sleep(self.options.step).await;
            self.advance(step)?;
        }
        Ok(())
    }

    /// Plays one step.
    pub fn advance(&self, step: u32) -> io::Result<()> {
        self.shared.with_world(|world| {
            world.advance(step);
            files::write_step(&self.folder, world, step)
        })
    }

    /// What must be known of each story when the script has been played.
    pub fn ledger(&self) -> Ledger {
        self.shared.with_world(|world| world.ledger())
    }

    /// All requests so far, in the order of their arrival.
    pub fn hits(&self) -> Vec<Hit> {
        self.shared.hits()
    }

    /// What each host was asked so far.
    pub fn counters(&self) -> BTreeMap<String, HostCount> {
        server::count(&self.shared.hits())
    }
}

impl Drop for Newswire {
    fn drop(&mut self) {
        self.server.abort();
    }
}

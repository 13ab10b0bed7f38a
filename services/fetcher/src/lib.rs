//! Brings stories in, each with its bytes untouched: feeds with their pages, folders, files and
//! standard input. The only stage with a clock and a network.

mod address;
mod backoff;
mod config;
mod http;
mod identity;
mod politeness;
mod resolve;
mod signals;
mod sources;
mod spec;
#[cfg(test)]
mod testing;
mod web;

use dateline_record::{FetchState, Provenance, RawStory, SourceKind, Timestamp};
use dateline_runtime::{Fault, Polled, Source};

pub(crate) use dateline_runtime::clock::now;

pub use config::Config;
pub use spec::{SpecError, read_spec, read_specs};

use sources::folder::Folders;
use web::Web;

/// The stage that brings stories in.
#[derive(Debug)]
pub struct Fetcher {
    tools: Tools,
    folders: Folders,
}

/// What every kind of source needs.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) config: Config,
    pub(crate) web: Web,
    pub(crate) provenance: Provenance,
}

impl Source for Fetcher {
    const NAME: &'static str = "fetcher";
    type Config = Config;

    fn new(config: Config) -> anyhow::Result<Self> {
        config.check()?;
        let provenance = dateline_runtime::provenance(Self::NAME, &config)?;
        let web = Web::new(&config)?;
        Ok(Self { tools: Tools { config, web, provenance }, folders: Folders::default() })
    }

    async fn poll(&self, state: FetchState, now: Timestamp) -> Result<Polled, Fault> {
        match &state.source.kind {
            SourceKind::Feed { .. } => Ok(sources::feed::poll(&self.tools, state, now).await),
            SourceKind::Folder { .. } => self.folders.poll(&self.tools, state, now).await,
        }
    }
}

impl Fetcher {
    /// Fetches one page with all manners, for an operator who wants to see what comes.
    pub async fn fetch_one(&self, url: &str) -> anyhow::Result<RawStory> {
        sources::page::fetch_one(&self.tools, url).await
    }
}

/// The moment `pause` after `at`.
pub(crate) fn after(at: Timestamp, pause: std::time::Duration) -> Timestamp {
    let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_add(millis))
}

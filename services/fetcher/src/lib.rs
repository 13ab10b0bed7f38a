//! Brings stories in, each with its bytes untouched: feeds with their pages, folders, files and
//! standard input. The only stage with a clock and a network.

mod access;
mod address;
mod backoff;
mod config;
pub mod health;
mod host;
mod http;
mod identity;
mod look;
mod newswire;
mod politeness;
mod push;
mod resolve;
pub mod schedule;
mod secret;
mod signals;
mod sources;
mod spec;
#[cfg(test)]
mod testing;
mod web;

use std::collections::BTreeSet;

use dateline_record::{
    Delivery, FetchState, Provenance, RawStory, SourceKind, SourceSpec, Timestamp,
};
use dateline_runtime::{Admission, Fault, Polled, Pushed, Source, Territory, Vitals};
use url::Url;

pub(crate) use dateline_runtime::clock::now;

pub use config::Config;
pub use look::{Look, LookItem};
pub use push::PushAddress;
pub use sources::folder::count::{Count, count_items};
pub use spec::{SpecError, read_spec, read_specs};

use host::Realm;
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
    pub(crate) tokens: secret::Tokens,
    pub(crate) push: push::Keys,
}

impl Source for Fetcher {
    const NAME: &'static str = "fetcher";
    type Config = Config;

    fn new(config: Config) -> anyhow::Result<Self> {
        config.check()?;
        let provenance = dateline_runtime::provenance(Self::NAME, &config)?;
        let web = Web::new(&config)?;
        let push = push::Keys::read(&config)?;
        let tokens = secret::Tokens::default();
        let tools = Tools { config, web, provenance, tokens, push };
        Ok(Self { tools, folders: Folders::default() })
    }

    async fn poll(
        &self,
        state: FetchState,
        now: Timestamp,
        territory: &Territory,
    ) -> Result<Polled, Fault> {
        let mut polled = match &state.source.kind {
            SourceKind::Feed { .. }
            | SourceKind::Sitemap(_)
            | SourceKind::Api(_)
            | SourceKind::Front(_)
            | SourceKind::Push => sources::poll::poll(&self.tools, state, now, territory).await,
            SourceKind::Folder { .. } => self.folders.poll(&self.tools, state, now).await?,
            SourceKind::Errand(_) => {
                sources::errand::poll(&self.tools, state, now, territory).await
            }
        };
        self.remember_hosts(&mut polled, territory);
        Ok(polled)
    }

    async fn receive(&self, state: FetchState, delivery: Delivery) -> Result<Polled, Fault> {
        sources::push::receive(&self.tools, state, delivery)
    }

    fn admit(&self, pushed: &Pushed) -> Admission {
        self.tools.push.admit(pushed)
    }

    fn vitals(&self, state: &FetchState, now: Timestamp) -> Vitals {
        let last = state.rhythm.last_arrival_at.map(Timestamp::as_millis);
        Vitals {
            conditions: health::conditions(state, now)
                .into_iter()
                .map(health::Condition::as_str)
                .collect(),
            missed_items: schedule::missed(&state.rhythm, now),
            // Times of today are far below the numbers that a float cannot hold.
            #[allow(clippy::cast_precision_loss)]
            last_story_s: last.map(|millis| millis as f64 / 1_000.0),
        }
    }

    fn take_over(&self, state: &FetchState) {
        let now = now();
        let politeness = &self.tools.web.politeness;
        politeness.take_over(state.source.route(), None, now);
        for memory in &state.hosts {
            politeness.take_over(&memory.host, Some(memory), now);
        }
    }
}

impl Fetcher {
    /// Notes in the state what the hosts that a poll may have asked want of whoever asks them.
    fn remember_hosts(&self, polled: &mut Polled, territory: &Territory) {
        let state = &mut polled.state;
        let realm = Realm::new(territory, &state.source);
        let pending = state.pending.iter().map(|item| &item.story);
        let urls = pending.chain(&polled.stories).filter_map(|story| story.url.as_deref());
        let mut keys: BTreeSet<String> =
            urls.filter_map(|url| Some(realm.key(&Url::parse(url).ok()?))).collect();
        keys.insert(state.source.route().to_owned());
        keys.extend(state.hosts.iter().map(|memory| memory.host.clone()));
        let at = now();
        let politeness = &self.tools.web.politeness;
        state.hosts = keys.iter().filter_map(|key| politeness.memory(key, at)).collect();
    }

    /// Looks at one address with all manners, for an operator who wants to see what is there.
    pub async fn look(&self, url: &str) -> anyhow::Result<Look> {
        look::at(&self.tools, url).await
    }

    /// Where a source is delivered to by its provider; none where it is not, or where the push
    /// port has no secret.
    pub fn push_address(&self, spec: &SourceSpec) -> Option<PushAddress> {
        let is_delivered = spec.kind == SourceKind::Push;
        is_delivered.then(|| self.tools.push.address(spec, push::Way::Provider)).flatten()
    }

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

//! `SourceSpec` (what to fetch) and `FetchState` (what is known of it), on two compacted topics.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Api, ContentHash, Front, Gap, Moved, Pace, Payload, RawStory, Record, RemoteFile, Rhythm,
    Sitemap, SourceId, StoryId, Subscription, Timestamp, Trust,
};

/// A source of stories, as its file in `config/sources/` describes it; on `dateline.sources.v1`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct SourceSpec {
    /// Names the source: the file's name without `.toml`.
    pub id: SourceId,
    /// Who gives its stories their ids, for example `example.com`; the source's id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whose partition the source is on: the registrable domain of the host that is asked, so
    /// that all sources of a host have one owner; the source's id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// How its stories arrive.
    #[serde(flatten)]
    pub kind: SourceKind,
    /// The language of its stories, where they do not say (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When the source was described, so that its record has a time.
    pub updated_at: Timestamp,
}

/// How a source's stories arrive.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceKind {
    /// An RSS or Atom feed, asked at intervals.
    Feed {
        /// Where the feed is.
        url: String,
        /// How often it is asked.
        #[serde(flatten)]
        pace: Pace,
        /// Whether to fetch the page of an item whose text the feed does not carry.
        #[serde(default = "default_true")]
        fetch_pages: bool,
    },
    /// A sitemap, or all of a site's.
    Sitemap(Sitemap),
    /// A JSON interface.
    Api(Box<Api>),
    /// A page that links to stories.
    Front(Front),
    /// A folder (or one file) of stories: text, HTML, Reuters SGML, JSON Lines.
    Folder {
        /// The folder or file; `-` is standard input.
        path: String,
        /// Whether to go on looking for new files; else the source ends with the last file.
        #[serde(default)]
        watch: bool,
        /// Seconds between two looks at a watched folder.
        #[serde(default = "default_watch_seconds")]
        interval_seconds: u64,
    },
    /// Stories that their provider delivers at the push port.
    Push,
    /// Something to be done once, by the owner of the host that it concerns; made by the fetcher.
    Errand(Errand),
}

/// Something to be done once.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// Fetch the page of a story that another host's owner has found, and emit the story.
    Page {
        /// The story as far as it is known.
        story: Box<RawStory>,
    },
    /// Emit an embargoed story when its time has come.
    Release {
        /// The story.
        story: Box<RawStory>,
    },
    /// Take what was pushed for a source.
    Delivery {
        /// The key of the source that it is for.
        target: String,
        /// What was pushed.
        delivery: Box<Delivery>,
    },
}

/// What a provider or a hub has pushed.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Delivery {
    /// The request's headers that tell of the body, names in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The request's body.
    pub body: Payload,
    /// When it came.
    pub received_at: Timestamp,
}

fn default_watch_seconds() -> u64 {
    1
}

fn default_true() -> bool {
    true
}

/// The beginning of every errand's id.
const ERRAND: &str = "errand.";

impl SourceSpec {
    /// Something to be done once by the owner of `route`.
    pub fn errand(errand: Errand, route: &str, now: Timestamp) -> Self {
        let name = match &errand {
            Errand::Page { story } | Errand::Release { story } => story.story_id.to_string(),
            Errand::Delivery { target, delivery } => {
                let body = ContentHash::of(delivery.body.as_bytes());
                let text = format!("{target} {body} {:?}", delivery.headers);
                ContentHash::of(text.as_bytes()).to_string()
            }
        };
        Self {
            id: SourceId::from_lossy(&format!("{ERRAND}{name}")),
            provider: None,
            route: Some(route.to_owned()),
            kind: SourceKind::Errand(errand),
            language: None,
            updated_at: now,
        }
    }

    /// Whether a source's name is of those that errands have.
    pub fn is_errand_id(id: &str) -> bool {
        id.starts_with(ERRAND)
    }

    /// Whose partition the source is on.
    pub fn route(&self) -> &str {
        self.route.as_deref().unwrap_or(self.id.as_str())
    }

    /// Who gives the stories their ids.
    pub fn provider(&self) -> &str {
        self.provider.as_deref().unwrap_or(self.id.as_str())
    }
}

impl Record for SourceSpec {
    const TOPIC: &'static str = "dateline.sources.v1";
    const DESCRIPTION: &'static str =
        "What to fetch; compacted, the newest record of a source counts.";

    fn key(&self) -> Cow<'_, str> {
        match &self.route {
            Some(route) => format!("{route}/{}", self.id).into(),
            None => self.id.as_str().into(),
        }
    }

    fn source(&self) -> &str {
        self.id.as_str()
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.id, self.updated_at.as_millis())
    }

    fn time(&self) -> Timestamp {
        self.updated_at
    }
}

/// What the fetcher knows of a source; on `dateline.fetch-state.v1`, written with the stories of
/// a poll in one unit of work.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct FetchState {
    /// The source itself, so that its owner needs no other topic.
    pub source: SourceSpec,
    /// What to send with the next conditional request.
    #[serde(default)]
    pub validators: Validators,
    /// The items seen in the last polls, so that none is emitted twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenItem>,
    /// Items whose page is still to be fetched: a feed that drops them does not lose them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingItem>,
    /// When the feed itself is to be asked again; `next_poll_at` is earlier where pages wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_feed_at: Option<Timestamp>,
    /// Whether the validators are believed.
    #[serde(default)]
    pub trust: Trust,
    /// When items come.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Items that the source's list had when it was last read.
    #[serde(default)]
    pub listed_items: u32,
    /// For how many seconds the list asked to be left alone when it was last read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_seconds: Option<u64>,
    /// The last times in which items may have been lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// Of each service of a wire that numbers its messages the number of the last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wire_numbers: BTreeMap<String, u32>,
    /// Where the source has gone for good, as its redirects say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// The files of a source that consists of several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<RemoteFile>,
    /// A stream's place: the next page's address or cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page: Option<String>,
    /// A finite source's place: the file being read, by its path below the source's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor_file: Option<String>,
    /// A finite source's place: stories of that file that are done.
    #[serde(default)]
    pub cursor_item: u64,
    /// Not to be polled before this time.
    pub next_poll_at: Timestamp,
    /// The subscription at the hub that the feed names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// What is known of the hosts that the source's polls asked, so that the next owner keeps it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostMemory>,
    /// When the source last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Timestamp>,
    /// Polls that failed since the last one that did not.
    #[serde(default)]
    pub failures: u32,
    /// The last failure, cut to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Whether a finite source has been read to its end.
    #[serde(default)]
    pub exhausted: bool,
    /// Versions were given times up to this one by a clock that has gone back since: those that
    /// follow must come after them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised_until: Option<Timestamp>,
    /// When this state was written.
    pub updated_at: Timestamp,
}

/// What a host has asked for.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct HostMemory {
    /// The host's registrable domain, or what stands for it.
    pub host: String,
    /// The pause between two requests that its robots.txt asks for.
    #[serde(default)]
    pub crawl_delay_ms: u64,
    /// It is not to be asked before this time, as its `Retry-After` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_until: Option<Timestamp>,
}

/// What to send with the next conditional request (RFC 9110, section 13).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Validators {
    /// The last `ETag`, as received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The last `Last-Modified`, as received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// An item or file that was emitted before.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct SeenItem {
    /// The story that it became; for a file, an id made of its path.
    pub story_id: StoryId,
    /// Hash of what the feed said of it, or of a file's size and time: another hash is a revision.
    pub content_hash: ContentHash,
}

/// An item whose page is still to be fetched.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PendingItem {
    /// The story as the feed alone tells it: what is emitted if the page cannot be had.
    pub story: RawStory,
    /// How often the page was asked for in vain.
    pub attempts: u32,
    /// Not to be asked for before this time.
    pub not_before: Timestamp,
}

impl FetchState {
    /// The state of a source that was never polled.
    pub fn new(source: SourceSpec) -> Self {
        let start = source.updated_at;
        let next_poll_at = match &source.kind {
            // An embargo without an end is ended by the provider's next version.
            SourceKind::Errand(Errand::Release { story }) => {
                story.embargoed_until.unwrap_or_else(|| Timestamp::from_millis(i64::MAX))
            }
            _ => start,
        };
        Self {
            source,
            validators: Validators::default(),
            seen: Vec::new(),
            pending: Vec::new(),
            next_feed_at: None,
            trust: Trust::default(),
            rhythm: Rhythm::default(),
            listed_items: 0,
            hint_seconds: None,
            gaps: Vec::new(),
            wire_numbers: BTreeMap::new(),
            moved: None,
            files: Vec::new(),
            next_page: None,
            subscription: None,
            hosts: Vec::new(),
            cursor_file: None,
            cursor_item: 0,
            next_poll_at,
            last_success_at: None,
            failures: 0,
            last_error: None,
            exhausted: false,
            revised_until: None,
            updated_at: start,
        }
    }
}

/// Clocks of two hosts may differ by so much.
const CLOCKS_DIFFER_MS: i64 = 5_000;

/// A poll, whose versions may bear the time of its end, takes no longer.
const POLL_MS: i64 = 600_000;

impl FetchState {
    /// Whoever wrote the state had a clock that was ahead, and that has gone back since: what waits
    /// for a moment by that clock waits as long as was meant, not longer by the difference.
    pub fn follow_clock(&mut self, now: Timestamp) {
        let ahead = self.updated_at.as_millis().saturating_sub(now.as_millis());
        // The end of an embargo is a moment of the provider's, by no clock of ours.
        let is_release = matches!(self.source.kind, SourceKind::Errand(Errand::Release { .. }));
        if ahead <= CLOCKS_DIFFER_MS || is_release {
            return;
        }
        let back = |at: &mut Timestamp| {
            // What waits for ever goes on.
            if *at != Timestamp::from_millis(i64::MAX) {
                *at = Timestamp::from_millis(at.as_millis().saturating_sub(ahead));
            }
        };
        back(&mut self.next_poll_at);
        self.next_feed_at.iter_mut().for_each(back);
        self.pending.iter_mut().for_each(|item| back(&mut item.not_before));
        self.hosts.iter_mut().filter_map(|host| host.blocked_until.as_mut()).for_each(back);
        self.last_success_at.iter_mut().for_each(back);
        let until = Timestamp::from_millis(self.updated_at.as_millis().saturating_add(POLL_MS));
        self.revised_until = self.revised_until.max(Some(until));
        self.updated_at = now;
    }

    /// The time that tells a version from those before it: `at`, where no clock has gone back.
    pub fn version_time(&self, at: Timestamp) -> Timestamp {
        let after = |until: Timestamp| Timestamp::from_millis(until.as_millis().saturating_add(1));
        self.revised_until.map_or(at, |until| at.max(after(until)))
    }

    /// Notes that a poll has ended, so that the versions of the next one come after its own.
    pub fn end_poll(&mut self, now: Timestamp) {
        let next = self.revised_until.filter(|until| *until >= now);
        self.revised_until = next.map(|_| self.version_time(now));
        self.updated_at = now;
    }
}

impl Record for FetchState {
    const TOPIC: &'static str = "dateline.fetch-state.v1";
    const DESCRIPTION: &'static str = "What the fetcher knows of each source; compacted.";

    fn key(&self) -> Cow<'_, str> {
        self.source.key()
    }

    fn source(&self) -> &str {
        self.source.id.as_str()
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.source.id, self.updated_at.as_millis())
    }

    fn time(&self) -> Timestamp {
        self.updated_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(updated_at: i64) -> FetchState {
        let at = Timestamp::from_millis;
        let spec = SourceSpec {
            id: SourceId::from_lossy("desk"),
            provider: None,
            route: None,
            kind: SourceKind::Folder { path: "in".to_owned(), watch: true, interval_seconds: 60 },
            language: None,
            updated_at: at(0),
        };
        let hosts = HostMemory {
            host: "a.example".to_owned(),
            crawl_delay_ms: 0,
            blocked_until: Some(at(updated_at + 70_000)),
        };
        FetchState {
            next_poll_at: at(updated_at + 60_000),
            next_feed_at: Some(at(i64::MAX)),
            hosts: vec![hosts],
            updated_at: at(updated_at),
            ..FetchState::new(spec)
        }
    }

    #[test]
    fn waits_follow_a_clock_that_goes_back() {
        let at = Timestamp::from_millis;
        let check = |updated_at: i64, now: i64, next: i64| {
            let mut state = state(updated_at);
            state.follow_clock(at(now));
            let told = (state.next_poll_at, state.next_feed_at, state.hosts[0].blocked_until);
            assert_eq!(told, (at(next), Some(at(i64::MAX)), Some(at(next + 10_000))));
        };
        check(7_200_000, 0, 60_000);
        check(5_000, 0, 65_000);
        check(0, 7_200_000, 60_000);
    }

    #[test]
    fn a_version_comes_after_those_that_a_clock_ahead_gave_their_times() {
        let at = Timestamp::from_millis;
        let mut state = state(7_200_000);
        assert_eq!(state.version_time(at(5)), at(5));
        state.follow_clock(at(0));
        let first = state.version_time(at(10));
        assert!(first > at(7_200_000 + POLL_MS));
        state.end_poll(at(10));
        assert!(state.version_time(at(20)) > first);
        state.end_poll(at(9_000_000));
        assert_eq!(state.version_time(at(9_000_001)), at(9_000_001));
    }
}

//! The script: which story appears on which step, and what becomes of it.

use serde::Deserialize;

/// Where a story is published.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A site with an RSS feed of summaries.
    Herald,
    /// A site with an Atom feed, tombstones and a crawl-delay.
    Northpost,
    /// A site with an RSS feed and a path that robots.txt forbids.
    Southern,
    /// A site whose RSS feed carries the whole text.
    Press,
    /// JSON Lines files in the folder.
    Folder,
    /// Text files in the folder.
    Text,
}

impl Channel {
    /// The channels that are sites.
    pub const SITES: &'static [Self] =
        &[Self::Herald, Self::Northpost, Self::Southern, Self::Press];

    /// The site's host; none for the folder.
    pub fn host(self) -> Option<&'static str> {
        match self {
            Self::Herald => Some("news.capital-herald.example"),
            Self::Northpost => Some("world.northpost.example"),
            Self::Southern => Some("www.southern-times.example"),
            Self::Press => Some("press.example-wire.example"),
            Self::Folder | Self::Text => None,
        }
    }

    /// The path of the site's feed.
    pub fn feed_path(self) -> Option<&'static str> {
        match self {
            Self::Herald | Self::Southern | Self::Press => Some("/rss.xml"),
            Self::Northpost => Some("/atom.xml"),
            Self::Folder | Self::Text => None,
        }
    }

    /// Who gives the stories their ids.
    pub fn provider(self) -> &'static str {
        match self {
            Self::Herald => "capital-herald.example",
            Self::Northpost => "northpost.example",
            Self::Southern => "southern-times.example",
            Self::Press => "press.example-wire.example",
            Self::Folder | Self::Text => "example-wire.example",
        }
    }

    /// The id of the source that brings the stories.
    pub fn source_id(self) -> &'static str {
        match self {
            Self::Herald => "capital-herald",
            Self::Northpost => "northpost",
            Self::Southern => "southern-times",
            Self::Press => "example-press",
            Self::Folder | Self::Text => "example-wire",
        }
    }

    /// The name that stands on the pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Herald => "The Capital Herald",
            Self::Northpost => "Northpost World",
            Self::Southern => "Southern Times",
            Self::Press | Self::Folder | Self::Text => "Example Wire",
        }
    }

    /// What the site's robots.txt says.
    pub(super) fn robots(self) -> &'static str {
        match self {
            Self::Northpost => "User-agent: *\nDisallow: /search\nCrawl-delay: 1\n",
            Self::Southern => "User-agent: *\nDisallow: /private/\n",
            _ => "User-agent: *\nAllow: /\n",
        }
    }
}

/// A story with all that becomes of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    pub(super) id: String,
    pub(super) channel: Channel,
    /// The step on which it appears.
    pub(super) at: u32,
    pub(super) published: String,
    pub(super) title: String,
    pub(super) dateline: String,
    pub(super) text: String,
    /// What only the last version says.
    pub(super) marker: String,
    #[serde(default)]
    pub(super) language: Option<String>,
    /// `not_coded` where nothing can be coded.
    #[serde(default)]
    pub(super) expect: Option<String>,
    /// The page's path, where it is not made of the id.
    #[serde(default)]
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) change: Vec<Change>,
}

/// A change of a story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) at: u32,
    pub(super) kind: ChangeKind,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) replace: Vec<(String, String)>,
    #[serde(default)]
    pub(super) add: Option<String>,
}

/// What a change is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChangeKind {
    /// No change: the first version.
    #[default]
    New,
    Update,
    Correction,
    /// Killed by the wire's status.
    Kill,
    /// Killed by a word in the title.
    TitleKill,
    /// Taken out of the feed, with an entry that says so.
    Tombstone,
    /// Its page answers 410.
    Gone,
}

impl ChangeKind {
    pub(super) fn kills(self) -> bool {
        matches!(self, Self::Kill | Self::TitleKill | Self::Tombstone | Self::Gone)
    }
}

/// A story as it stands on some step.
#[derive(Clone, Debug)]
pub(super) struct Version<'a> {
    pub(super) story: &'a Story,
    /// Counted from 1.
    pub(super) number: u32,
    pub(super) kind: ChangeKind,
    pub(super) title: String,
    /// Paragraphs with an empty line between them, without the dateline.
    pub(super) text: String,
    /// The step on which this version appeared.
    pub(super) since: u32,
}

impl Story {
    /// The story as it stands on a step; none where it has not appeared.
    pub(super) fn version(&self, step: u32) -> Option<Version<'_>> {
        if step < self.at {
            return None;
        }
        let mut version = Version {
            story: self,
            number: 1,
            kind: ChangeKind::New,
            title: self.title.clone(),
            text: self.text.trim().to_owned(),
            since: self.at,
        };
        for change in self.change.iter().filter(|change| change.at <= step) {
            version.apply(change);
        }
        Some(version)
    }

    /// The path of the story's page.
    pub(super) fn page_path(&self) -> String {
        let last = self.id.rsplit([':', '/']).next().unwrap_or(&self.id);
        self.path.clone().unwrap_or_else(|| format!("/world/{last}"))
    }
}

impl Version<'_> {
    fn apply(&mut self, change: &Change) {
        self.number += 1;
        self.kind = change.kind;
        self.since = change.at;
        if let Some(title) = &change.title {
            self.title.clone_from(title);
        }
        for (old, new) in &change.replace {
            self.text = self.text.replace(old, new);
        }
        if let Some(paragraph) = &change.add {
            self.text.push_str("\n\n");
            self.text.push_str(paragraph);
        }
    }
}

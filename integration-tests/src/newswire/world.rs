//! What is published on the step that the script has come to, and the ledger of its end.

use std::io;
use std::time::SystemTime;

use dateline_record::StoryId;
use serde::Deserialize;

use super::script::{Channel, Story, Version};

/// Dead letters that the script must lead to: one broken record in the folder.
const DEAD_LETTERS: usize = 1;

/// Text that must never reach the warehouse: it stands only where robots.txt forbids to look.
const FORBIDDEN: &[&str] = &["PRIVATE-PAGE-TEXT"];

/// The state of all sites.
#[derive(Debug)]
pub(super) struct World {
    stories: Vec<Story>,
    step: u32,
    /// When each step began, for `Last-Modified`.
    began: Vec<SystemTime>,
}

#[derive(Deserialize)]
struct Script {
    story: Vec<Story>,
}

/// What must be known when the script has been played and all is read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ledger {
    /// Each story that was published.
    pub stories: Vec<Expected>,
    /// How many dead letters the fetcher must write.
    pub dead_letters: usize,
    /// Text that no story may contain.
    pub forbidden: Vec<String>,
}

/// What must be known of one story.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected {
    /// The story.
    pub story_id: StoryId,
    /// Who gave it its id.
    pub provider: String,
    /// That id.
    pub provider_id: String,
    /// The title of its last version.
    pub title: String,
    /// What must have become of it.
    pub outcome: Outcome,
}

/// What must have become of a story.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Its last version is known, whose text contains this and no earlier one's does.
    Live {
        /// The text that tells the last version from the others.
        marker: String,
    },
    /// It is known and not coded, for want of a model for its language.
    NotCoded,
    /// It was taken back: it has no events and no text.
    Killed,
}

impl World {
    pub(super) fn load() -> io::Result<Self> {
        let script: Script = toml::from_str(include_str!("stories.toml"))
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Self { stories: script.story, step: 0, began: vec![SystemTime::now()] })
    }

    pub(super) fn last_step(&self) -> u32 {
        let changes = self.stories.iter().flat_map(|story| &story.change).map(|change| change.at);
        let starts = self.stories.iter().map(|story| story.at);
        changes.chain(starts).max().unwrap_or(0)
    }

    pub(super) fn advance(&mut self, step: u32) {
        self.step = step;
        self.began.push(SystemTime::now());
    }

    /// The stories of a channel as they stand now.
    pub(super) fn published(&self, channel: Channel) -> impl Iterator<Item = Version<'_>> {
        let of_channel = self.stories.iter().filter(move |story| story.channel == channel);
        of_channel.filter_map(|story| story.version(self.step))
    }

    /// When the channel last changed.
    pub(super) fn changed_at(&self, channel: Channel) -> SystemTime {
        let step = self.published(channel).map(|version| version.since).max().unwrap_or(0);
        let at = usize::try_from(step).ok().and_then(|step| self.began.get(step));
        at.or(self.began.first()).copied().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    pub(super) fn ledger(&self) -> Ledger {
        let end = self.last_step();
        let last = self.stories.iter().filter_map(|story| story.version(end));
        Ledger {
            stories: last.map(|version| expected(&version)).collect(),
            dead_letters: DEAD_LETTERS,
            forbidden: FORBIDDEN.iter().map(|text| (*text).to_owned()).collect(),
        }
    }
}

fn expected(version: &Version<'_>) -> Expected {
    let story = version.story;
    let outcome = if version.kind.kills() {
        Outcome::Killed
    } else if story.expect.as_deref() == Some("not_coded") {
        Outcome::NotCoded
    } else {
        Outcome::Live { marker: story.marker.clone() }
    };
    let provider = story.channel.provider();
    Expected {
        story_id: StoryId::derive(provider, &story.id),
        provider: provider.to_owned(),
        provider_id: story.id.clone(),
        title: version.title.clone(),
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_tell_the_last_version_from_the_others() {
        let world = World::load().unwrap();
        assert!(world.stories.len() >= 24);
        for story in &world.stories {
            let last = story.version(world.last_step()).unwrap();
            if last.kind.kills() || story.expect.is_some() {
                continue;
            }
            assert!(!story.marker.is_empty() && last.text.contains(&story.marker), "{}", story.id);
            let earlier = (story.at..last.since).filter_map(|step| story.version(step));
            for version in earlier.filter(|version| version.number < last.number) {
                assert!(!version.text.contains(&story.marker), "{}", story.id);
            }
        }
    }

    #[test]
    fn replacements_find_what_they_replace() {
        let world = World::load().unwrap();
        for story in &world.stories {
            for (old, _) in story.change.iter().flat_map(|change| &change.replace) {
                assert!(story.text.contains(old), "{}: {old}", story.id);
            }
        }
    }

    #[test]
    fn every_way_to_kill_and_mend_is_played() {
        let ledger = World::load().unwrap().ledger();
        let killed = ledger.stories.iter().filter(|story| story.outcome == Outcome::Killed);
        assert_eq!(killed.count(), 4);
        let ids: std::collections::BTreeSet<_> =
            ledger.stories.iter().map(|story| &story.story_id).collect();
        assert_eq!(ids.len(), ledger.stories.len());
    }
}

//! Pages that a list names, each a story to be fetched: new ones, and those that have changed.

use dateline_record::{ContentHash, Format, Payload, RawStory, Signal, StoryId, Timestamp};
use url::Url;

use super::poll::Poll;
use super::seen::Seen;
use crate::{identity, signals};

/// What a list says of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listed {
    pub(crate) url: String,
    pub(crate) title: Option<String>,
    pub(super) published_at: Option<Timestamp>,
    pub(super) published_text: Option<String>,
    pub(super) modified_at: Option<Timestamp>,
    pub(super) language: Option<String>,
}

impl Listed {
    /// Which page it is, whatever follows its readers.
    pub(super) fn provider_id(&self) -> String {
        identity::provider_id(None, Some(&self.url), "")
    }

    /// What the list says of it; another hash is another version.
    pub(super) fn hash(&self) -> ContentHash {
        let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
        let title = self.title.clone().unwrap_or_default();
        let parts = [title, time(self.published_at), time(self.modified_at)];
        ContentHash::of(parts.join("\u{1f}").as_bytes())
    }

    /// When it was last something new.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.modified_at.max(self.published_at)
    }
}

impl Poll<'_> {
    pub(super) fn id_of_link(&self, listed: &Listed) -> StoryId {
        StoryId::derive(self.state.source.provider(), &listed.provider_id())
    }

    /// Lets a new or changed page wait to be fetched; false where there is no room.
    pub(super) fn take_link(&mut self, listed: Listed, seen: &mut Seen, at: Timestamp) -> bool {
        let story_id = self.id_of_link(&listed);
        let hash = listed.hash();
        let known = seen.hash_of(&story_id);
        let is_new = known.is_none();
        let is_same = known == Some(&hash);
        if !is_same {
            let title = listed.title.clone().unwrap_or_default();
            let unmarked = if is_new { Signal::New } else { Signal::Update };
            let signal = signals::marked(&title, "").unwrap_or(unmarked);
            let published_at = listed.published_at.or(listed.modified_at);
            let story = RawStory {
                story_id: story_id.clone(),
                provider_id: listed.provider_id(),
                url: Some(listed.url),
                title: listed.title,
                published_at: listed.published_at,
                published_text: listed.published_text,
                modified_at: listed.modified_at,
                language: listed.language.or_else(|| self.state.source.language.clone()),
                signal,
                status: signals::status(signal),
                // All that is known where the page cannot be had.
                format: Format::Text,
                body: Payload::new(title),
                ..self.bare_story(at)
            };
            if !self.push_pending(story) {
                return false;
            }
            if is_new {
                self.arrivals.push(published_at);
            }
        }
        seen.set(story_id, hash);
        true
    }

    /// The pattern that the paths of stories match.
    pub(super) fn pattern(pattern: Option<&str>) -> Result<Option<regex::Regex>, String> {
        let compile = |text: &str| {
            regex::Regex::new(text).map_err(|_| "pattern: it is no regular expression".to_owned())
        };
        pattern.map(compile).transpose()
    }
}

/// Whether a page's path is one of a story.
pub(super) fn fits(pattern: Option<&regex::Regex>, url: &str) -> bool {
    let Some(pattern) = pattern else {
        return true;
    };
    Url::parse(url).is_ok_and(|url| pattern.is_match(url.path()))
}

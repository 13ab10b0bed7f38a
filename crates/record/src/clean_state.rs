//! `CleanState`: what the cleaner remembers of a story, on `dateline.clean-state.v1`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CleanStory, ContentHash, Record, Revision, StoryId, Timestamp};

/// The last version of a story that was cleaned, to tell a newer one that says the same.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct CleanState {
    /// The story.
    pub story_id: StoryId,
    /// Its newest version.
    pub revision: Revision,
    /// The first of the versions that said the same without another between them.
    pub since: Revision,
    /// Hash of what it said, as `CleanStory::digest` gives it.
    pub digest: ContentHash,
    /// When it was received: it is forgotten after the window.
    pub fetched_at: Timestamp,
}

impl CleanState {
    /// What is to be remembered once `story` has come after `earlier`; `story` is marked where it
    /// says nothing new. None where a newer version has come before.
    pub fn after(earlier: Option<&Self>, story: &mut CleanStory) -> Option<Self> {
        let digest = story.digest();
        let mut since = story.revision;
        if let Some(earlier) = earlier {
            if story.revision < earlier.revision {
                return None;
            }
            // The same version again comes of a repetition, which is asked for.
            if story.revision > earlier.revision && digest == earlier.digest {
                since = earlier.since;
                story.unchanged_since = Some(since);
            }
        }
        let (story_id, revision) = (story.story_id.clone(), story.revision);
        Some(Self { story_id, revision, since, digest, fetched_at: story.fetched_at })
    }
}

impl Record for CleanState {
    const TOPIC: &'static str = "dateline.clean-state.v1";
    const DESCRIPTION: &'static str = "What the cleaner remembers of each story of the last days.";

    fn key(&self) -> Cow<'_, str> {
        self.story_id.as_str().into()
    }

    fn source(&self) -> &'static str {
        ""
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.story_id, self.revision)
    }

    fn time(&self) -> Timestamp {
        self.fetched_at
    }
}

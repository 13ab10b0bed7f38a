//! What is learned of a source from its stories: `SourceProfile` on `dateline.profiles.v1`, and what
//! is remembered to learn it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ContentHash, Record, SourceId, Timestamp};

/// The lines that stand around a source's stories, an input of cleaning.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct SourceProfile {
    /// The source.
    pub source_id: SourceId,
    /// Names the set of lines; it is stamped on each story that is cleaned with it. Empty without
    /// lines.
    #[serde(default)]
    pub version: String,
    /// The lines, each as it was seen last, in the order of their texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub furniture: Vec<String>,
    /// When the story was received that changed it.
    pub updated_at: Timestamp,
}

impl SourceProfile {
    /// A longer line, in characters, is never learned.
    pub const LONGEST_LINE: usize = 200;

    /// A profile with these lines.
    pub fn new(source_id: SourceId, mut furniture: Vec<String>, updated_at: Timestamp) -> Self {
        furniture.sort_unstable();
        let mut version = String::new();
        if !furniture.is_empty() {
            version = ContentHash::of(furniture.join("\n").as_bytes()).to_string();
            version = version.chars().filter(char::is_ascii_hexdigit).take(8).collect();
        }
        Self { source_id, version, furniture, updated_at }
    }

    /// What stands for a line: equal for lines that a reader takes for the same, whose letters and
    /// digits agree but for their case.
    pub fn line_key(line: &str) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let mut hash = OFFSET;
        let mut put = |c: char| {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
            }
        };
        let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        for (number, word) in words.enumerate() {
            if number > 0 {
                put(' ');
            }
            word.chars().flat_map(char::to_lowercase).for_each(&mut put);
        }
        hash
    }
}

impl Record for SourceProfile {
    const TOPIC: &'static str = "dateline.profiles.v1";
    const DESCRIPTION: &'static str = "The lines that stand around a source's stories.";

    fn key(&self) -> Cow<'_, str> {
        self.source_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.source_id.as_str()
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.source_id, self.updated_at.as_millis())
    }

    fn time(&self) -> Timestamp {
        self.updated_at
    }
}

/// What is remembered of a source's lines.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ProfileState {
    /// The source.
    pub source_id: SourceId,
    /// Stories that were looked at, older ones counting less.
    pub stories: u32,
    /// Lines at heads and tails of stories.
    #[serde(default)]
    pub lines: Vec<LineCount>,
    /// Keys of the last stories: another version of one does not count again.
    #[serde(default)]
    pub recent: Vec<u32>,
    /// When the last story was received.
    pub updated_at: Timestamp,
}

/// How often a line was seen.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct LineCount {
    /// The line, as it was seen last.
    pub text: String,
    /// Stories with it, older ones counting less.
    pub stories: u32,
    /// Whether it is in the profile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_furniture: bool,
}

impl Record for ProfileState {
    const TOPIC: &'static str = "dateline.profile-state.v1";
    const DESCRIPTION: &'static str = "What is remembered of the lines of each source's stories.";

    fn key(&self) -> Cow<'_, str> {
        self.source_id.as_str().into()
    }

    fn source(&self) -> &str {
        self.source_id.as_str()
    }

    fn event_id(&self) -> String {
        format!("{}.{}", self.source_id, self.updated_at.as_millis())
    }

    fn time(&self) -> Timestamp {
        self.updated_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_stable_and_lenient() {
        let key = SourceProfile::line_key;
        assert_eq!(key("Read it here!"), key(" read IT — here"));
        assert_ne!(key("Read it here"), key("Read this here"));
        assert_ne!(key("Read it"), key("Readit"));
        assert_eq!(key("a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn a_version_names_the_lines_and_not_their_order() {
        let profile = |lines: &[&str]| {
            let lines = lines.iter().map(ToString::to_string).collect();
            SourceProfile::new(SourceId::from_lossy("x"), lines, Timestamp::from_millis(1)).version
        };
        assert_eq!(profile(&["a", "b"]), profile(&["b", "a"]));
        assert_ne!(profile(&["a", "b"]), profile(&["a"]));
        assert_eq!((profile(&["a"]).len(), profile(&[]).as_str()), (8, ""));
    }
}

//! What is known of a source from its other stories: an input of cleaning, so that it stays pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{draft::Draft, repair};

/// The profile of a source. Who builds it counts a line once for each story that has it, and gives
/// the lines that stand in many different stories.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SourceProfile {
    /// Names this state of the profile; it is stamped on each story that is cleaned with it.
    #[serde(default)]
    pub version: String,
    /// The lines that stand around the source's stories, as `line_key` gives them.
    #[serde(default)]
    pub furniture: BTreeSet<u64>,
}

impl SourceProfile {
    /// What stands for a line in a profile: equal for lines that a reader takes for the same.
    pub fn line_key(line: &str) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let key = repair::key(line);
        key.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
    }

    /// Takes learned furniture out of a story, wherever it stands.
    pub(crate) fn trim(&self, draft: &mut Draft) {
        let mut index = 0;
        while !self.furniture.is_empty() && index < draft.paragraphs.len() {
            let key = Self::line_key(&draft.paragraphs[index].text);
            if self.furniture.contains(&key) {
                draft.drop_paragraph(index, "learned");
            } else {
                index += 1;
            }
        }
    }

    /// The name of the rules that found a body, with the profile where there is one.
    pub(crate) fn stamp(&self, rules: &str) -> String {
        if self.version.is_empty() { rules.to_owned() } else { format!("{rules}+{}", self.version) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Block;

    #[test]
    fn keys_are_stable_and_lenient() {
        assert_eq!(
            SourceProfile::line_key("Read it here!"),
            SourceProfile::line_key(" read IT here")
        );
        assert_ne!(
            SourceProfile::line_key("Read it here"),
            SourceProfile::line_key("Read this here")
        );
        assert_eq!(SourceProfile::line_key("a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn takes_learned_lines_out() {
        let texts = ["They met.", "Our app has more.", "They left."];
        let mut draft = Draft { paragraphs: texts.map(Block::new).to_vec(), ..Draft::default() };
        let furniture = [SourceProfile::line_key("Our app has more")].into();
        SourceProfile { version: "7".to_owned(), furniture }.trim(&mut draft);
        assert_eq!(draft.paragraphs.len(), 2);
        assert_eq!(draft.removed[0].reason, "learned");
    }
}

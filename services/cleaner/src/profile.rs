//! What is known of a source from its other stories: an input of cleaning, so that it stays pure.

use std::collections::BTreeSet;

use dateline_record::SourceProfile;

use crate::draft::Draft;

/// Takes learned furniture out of a story, wherever it stands.
pub(crate) fn trim(draft: &mut Draft, profile: Option<&SourceProfile>) {
    let Some(profile) = profile.filter(|profile| !profile.furniture.is_empty()) else { return };
    let lines = profile.furniture.iter().map(|line| SourceProfile::line_key(line));
    let known: BTreeSet<u64> = lines.collect();
    let mut index = 0;
    while index < draft.paragraphs.len() {
        if known.contains(&SourceProfile::line_key(&draft.paragraphs[index].text)) {
            draft.drop_paragraph(index, "learned");
        } else {
            index += 1;
        }
    }
}

/// The name of the rules that found a body, with the profile where there is one.
pub(crate) fn stamp(rules: &str, profile: Option<&SourceProfile>) -> String {
    match profile {
        Some(profile) if !profile.version.is_empty() => format!("{rules}+{}", profile.version),
        _ => rules.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use dateline_record::{SourceId, Timestamp};

    use super::*;
    use crate::draft::Block;

    #[test]
    fn takes_learned_lines_out() {
        let texts = ["They met.", "Our app has more.", "They left."];
        let mut draft = Draft { paragraphs: texts.map(Block::new).to_vec(), ..Draft::default() };
        let lines = vec!["Our APP has more".to_owned()];
        let profile =
            SourceProfile::new(SourceId::from_lossy("x"), lines, Timestamp::from_millis(1));
        trim(&mut draft, Some(&profile));
        assert_eq!(draft.paragraphs.len(), 2);
        assert_eq!(draft.removed[0].reason, "learned");
        assert_eq!(stamp("news", Some(&profile)), format!("news+{}", profile.version));
    }
}

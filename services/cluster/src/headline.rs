//! What a title says of the version: its words without marks like `UPDATE 2`, and whether it has one.

use dateline_record::ContentHash;

/// Words with which agencies mark a later version of a story, at the head of its title.
const MARKS: [&str; 17] = [
    "advisory",
    "clarification",
    "corrected",
    "correction",
    "corrects",
    "corr",
    "eds",
    "refile",
    "refiles",
    "repeat",
    "repeating",
    "rpt",
    "update",
    "updated",
    "updates",
    "wrapup",
    "writethru",
];

/// A title, read.
pub(crate) struct Headline {
    /// Hash of the words that are left.
    pub(crate) hash: ContentHash,
    /// Whether there was a mark.
    pub(crate) is_marked: bool,
}

impl Headline {
    pub(crate) fn of(title: &str) -> Self {
        let lower = title.to_lowercase();
        let mut words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit());
        let after_marks = words.iter().position(|word| !MARKS.contains(word) && !is_number(word));
        let marks = &words[..after_marks.unwrap_or(words.len())];
        let is_marked = marks.iter().any(|word| MARKS.contains(word));
        if is_marked {
            words.drain(..after_marks.unwrap_or(0));
        }
        Self { hash: ContentHash::of(words.join(" ").as_bytes()), is_marked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_words() {
        let check = |title: &str, same_as: &str, is_marked: bool| {
            let (one, other) = (Headline::of(title), Headline::of(same_as));
            assert_eq!(one.hash, other.hash, "{title:?}");
            assert_eq!(one.is_marked, is_marked, "{title:?}");
        };
        check("UPDATE 2-Japan imposes sanctions", "Japan imposes sanctions", true);
        check("CORRECTED - Japan imposes sanctions", "JAPAN IMPOSES SANCTIONS", true);
        check("(RPT) Japan imposes sanctions", "Japan: imposes sanctions", true);
        check("3 die in crash", "3 die in crash", false);
        check("Japan updates rules", "Japan updates rules", false);
        assert_ne!(Headline::of("3 die in crash").hash, Headline::of("4 die in crash").hash);
        check("UPDATE 1", "UPDATE 1", true);
    }
}

//! How many people an act concerned: the numbers beside words of harm, arrest and crowds.

use dateline_record::{EventType, Magnitudes};

use super::dates::month_number;
use crate::story::sentence::{Class, Sentence};

/// A number stands within so many tokens of the word that it belongs to.
const REACH_TOKENS: usize = 5;

const SMALL: &[&str] = &[
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

/// Words behind a number that make it no count of people.
const UNITS: &[&str] = &[
    "percent",
    "%",
    "kilometers",
    "kilometres",
    "km",
    "miles",
    "million",
    "billion",
    "years",
    "year",
    "days",
    "day",
    "hours",
    "minutes",
    "months",
    "weeks",
    "times",
    "dollars",
    "euros",
    "towns",
    "villages",
    "houses",
    "homes",
    "people's",
];

/// The numbers of a sentence that belong to an act of a type.
pub(crate) fn of(sentence: &Sentence, kind: EventType) -> Magnitudes {
    let count = |words: &[&str]| beside(sentence, words);
    match kind {
        EventType::Assault => Magnitudes {
            killed: count(&["kill", "killed", "killing", "kills", "dead", "died", "massacred"]),
            injured: count(&["wounded", "wounding", "injured", "injuring", "hurt"]),
            detained: count(&["abducted", "kidnapped", "kidnapping", "captured", "abducting"]),
            crowd: None,
        },
        EventType::Coerce => Magnitudes {
            detained: count(&[
                "arrested",
                "arrest",
                "arresting",
                "arrests",
                "detained",
                "detaining",
                "detains",
                "jailed",
                "rounded",
            ]),
            ..Magnitudes::default()
        },
        EventType::Protest => Magnitudes { crowd: crowd(sentence), ..Magnitudes::default() },
        _ => Magnitudes::default(),
    }
}

/// The number nearest to one of the words: behind an active verb, else before it.
fn beside(sentence: &Sentence, words: &[&str]) -> Option<u32> {
    let at = sentence.words.iter().position(|word| words.contains(&word.as_str()))?;
    let behind = (at + 1..sentence.tokens.len().min(at + 1 + REACH_TOKENS))
        .take_while(|place| sentence.class(*place) != Class::Mark)
        .find_map(|place| number(sentence, place));
    let before = || {
        (at.saturating_sub(REACH_TOKENS + 2)..at)
            .rev()
            .take_while(|place| sentence.class(*place) != Class::Mark)
            .find_map(|place| number(sentence, place))
    };
    behind.or_else(before)
}

/// "thousands of students marched", "some 300 people".
fn crowd(sentence: &Sentence) -> Option<u32> {
    (0..sentence.tokens.len()).find_map(|at| number(sentence, at)).filter(|count| *count > 1)
}

/// A count of people at a token: "14", "seven", "dozens", "2,000".
fn number(sentence: &Sentence, at: usize) -> Option<u32> {
    let word = sentence.word(at);
    let next = sentence.word(at + 1);
    let before = at.checked_sub(1).map_or("", |at| sentence.word(at));
    let is_other = UNITS.contains(&next)
        || matches!(
            before,
            "$" | "£" | "€" | "in" | "on" | "no" | "aged" | "of" | "oct" | "article"
        )
        || month_number(before).is_some()
        || next == "," && sentence.word(at + 2).parse::<u32>().is_ok_and(|year| year > 1900);
    if is_other {
        return None;
    }
    let known = match word {
        "dozens" => Some(24),
        "hundreds" => Some(100),
        "thousands" => Some(1_000),
        "dozen" => Some(12),
        _ => SMALL.iter().position(|small| *small == word).and_then(|index| {
            // "one of them" counts nobody else.
            u32::try_from(index + 1).ok()
        }),
    };
    known.or_else(|| {
        let digits = word.replace(',', "");
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|count| is_number && *count > 0 && *count < 10_000_000)
    })
}

#[cfg(test)]
mod tests {
    use dateline_language::Lexicon;

    use super::*;

    fn read(text: &str, kind: EventType) -> Magnitudes {
        let lexicon = Lexicon::new(["kill", "arrest", "march"]);
        of(&Sentence::new(text, 0, 0..text.len(), &lexicon), kind)
    }

    #[test]
    fn counts_people() {
        let killed = |text: &str| read(text, EventType::Assault).killed;
        assert_eq!(killed("Gunmen killed six villagers on Sunday."), Some(6));
        assert_eq!(killed("Three soldiers were killed near the border."), Some(3));
        assert_eq!(killed("A blast left 41 people dead."), Some(41));
        assert_eq!(killed("They shelled the town on Oct 7."), None);
        let detained = |text: &str| read(text, EventType::Coerce).detained;
        assert_eq!(detained("Police arrested 14 strikers."), Some(14));
        assert_eq!(detained("More than 2,000 people were detained."), Some(2_000));
        assert_eq!(detained("Police arrested the mayor in 2014."), None);
        let crowd = |text: &str| read(text, EventType::Protest).crowd;
        assert_eq!(crowd("Thousands of students marched."), Some(1_000));
        assert_eq!(crowd("Some 300 people rallied in Lima."), Some(300));
        assert_eq!(crowd("Students marched on Oct 7."), None);
    }

    #[test]
    fn other_types_count_nobody() {
        assert!(read("Five ministers met.", EventType::Consult).is_empty());
    }
}

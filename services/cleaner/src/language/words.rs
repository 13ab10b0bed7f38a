//! The language of a short text, by words and parts of words that are frequent in it.

use std::{collections::HashMap, sync::LazyLock};

const WORDS: &str = include_str!("../../../../models/languages/words.tsv");
const PARTS: &str = include_str!("../../../../models/languages/parts.tsv");

/// How frequent a word is taken to be that a list lacks, in the unit of the lists.
const RARE_WORD: i32 = 300;
/// The same for a part of a word.
const RARE_PART: i32 = 300;
/// An average part; what is more frequent speaks for a language.
const COMMON_PART: i32 = 600;
/// So much less than a word counts each part of a word that is unknown.
const PART_SHARE: i32 = 3;
/// More words make no guess surer.
const MAX_WORDS: usize = 60;
/// A longer word is no word.
const MAX_WORD_CHARS: usize = 40;
/// A guess is sure from this lead a word on, in the unit of the lists.
const SURE_LEAD: i32 = 40;

const LATIN: &[&str] = &[
    "ca", "cs", "da", "de", "en", "es", "fi", "fr", "hr", "hu", "id", "is", "it", "lt", "lv", "ms",
    "nl", "no", "pl", "pt", "ro", "sk", "sl", "sv", "tl", "tr", "vi",
];
const CYRILLIC: &[&str] = &["bg", "mk", "ru", "uk"];
const ARABIC: &[&str] = &["ar", "fa", "ur"];

/// For a word, the codes of languages with how frequent it is in each.
type Table = HashMap<&'static str, &'static str>;

static TABLES: LazyLock<(Table, Table)> = LazyLock::new(|| (table(WORDS), table(PARTS)));

fn table(text: &'static str) -> Table {
    text.lines().filter_map(|line| line.split_once('\t')).collect()
}

/// What was guessed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Guess {
    pub(super) code: &'static str,
    /// Many words are known and no other language comes near.
    pub(super) is_sure: bool,
    /// So few words are known that it may be a language without a list.
    pub(super) is_foreign: bool,
}

/// The likeliest language of a text in small letters; none where no list is in its script.
pub(super) fn guess(lower: &str) -> Option<Guess> {
    let codes = codes(lower)?;
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty() && word.chars().count() <= MAX_WORD_CHARS)
        .take(MAX_WORDS)
        .collect();
    let count = i32::try_from(words.len()).ok().filter(|count| *count > 0)?;
    let mut scores = vec![0; codes.len()];
    let mut known = vec![0; codes.len()];
    for word in words {
        add(word, codes, &mut scores, &mut known);
    }
    let mut order: Vec<usize> = (0..codes.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(scores[*index]));
    let (best, next) = (order[0], order[1]);
    let lead = (scores[best] - scores[next]) / count;
    Some(Guess {
        code: codes[best],
        is_sure: lead >= SURE_LEAD && known[best] * 2 >= count,
        is_foreign: known[best] * 3 < count,
    })
}

/// Adds what a word says to the scores of the languages, and to how many words each knows.
fn add(word: &str, codes: &[&str], scores: &mut [i32], known: &mut [i32]) {
    let (words, parts) = &*TABLES;
    let mut rare = vec![RARE_WORD; codes.len()];
    let padded: Vec<char> = std::iter::once('_').chain(word.chars()).chain(['_']).collect();
    for part in padded.windows(3) {
        let part: String = part.iter().collect();
        let values = values(parts.get(part.as_str()), codes);
        for (score, value) in rare.iter_mut().zip(values) {
            *score += (value.unwrap_or(RARE_PART) - COMMON_PART) / PART_SHARE;
        }
    }
    let values = values(words.get(word), codes);
    for (index, value) in values.into_iter().enumerate() {
        scores[index] += value.unwrap_or(rare[index]);
        known[index] += i32::from(value.is_some());
    }
}

/// The value for each language: `de512 en430`.
fn values(entry: Option<&&str>, codes: &[&str]) -> Vec<Option<i32>> {
    let mut values = vec![None; codes.len()];
    for item in entry.into_iter().flat_map(|entry| entry.split(' ')) {
        if let Some((code, value)) = item.split_at_checked(2)
            && let Some(index) = codes.iter().position(|known| *known == code)
        {
            values[index] = value.parse().ok();
        }
    }
    values
}

/// The languages of the script that most letters are of.
fn codes(text: &str) -> Option<&'static [&'static str]> {
    let count = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count();
    let letters = count(char::is_alphabetic);
    let latin = count(|c| matches!(c, 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'));
    let cyrillic = count(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let arabic = count(|c| matches!(c, '\u{600}'..='\u{6ff}'));
    let scripts = [(latin, LATIN), (cyrillic, CYRILLIC), (arabic, ARABIC)];
    let found = scripts.into_iter().find(|(found, _)| found * 2 > letters);
    found.map(|(_, codes)| codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(guess(&text.to_lowercase()).map(|guess| guess.code), expected, "{text}");
        };
        check("Ministers meet for talks on grain", Some("en"));
        check("Minister treffen sich zu Gesprächen über Getreide", Some("de"));
        check("Des ministres se réunissent pour parler des céréales", Some("fr"));
        check("Ministros se reúnem para conversas sobre cereais", Some("pt"));
        check("Ministros se reúnen para hablar de cereales", Some("es"));
        check("Statsråder møtes for samtaler om korn etter helgen", Some("no"));
        check("Ministre mødes til samtaler om korn efter weekenden", Some("da"));
        check("Ministrar möts för samtal om spannmål efter helgen", Some("sv"));
        check("Министры встретились для переговоров о зерне", Some("ru"));
        check("Міністри зустрілися для переговорів про зерно", Some("uk"));
        check("両国の大臣", None);
        check("", None);
        check("12", None);
    }

    #[test]
    fn knows_what_it_does_not_know() {
        let check = |text: &str| {
            let guess = guess(&text.to_lowercase()).unwrap();
            assert!(!guess.is_sure, "{text}: {guess:?}");
        };
        // Estonian, Albanian, Swahili, Welsh, Zulu: no list.
        check("Ministrid kohtusid pealinnas ja arutasid teravilja hinda");
        check("Ministrat u takuan në kryeqytet për të biseduar për drithin");
        check("Mawaziri wakutana mji mkuu kuzungumzia bei ya nafaka");
        check("Gweinidogion yn cwrdd yn y brifddinas i drafod grawn");
        check("Ongqongqoshe bahlangana enhlokodolobha bexoxa ngokusanhlamvu");
    }
}

//! The words of a text as search knows them: who writes the index and who asks it must agree.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A longer word is cut: nobody asks for more of it, and an index wants words of a bounded size.
const MOST_CHARS: usize = 64;

/// A word of at least so many letters finds all that begin with it; a shorter one only itself.
const PREFIX_CHARS: usize = 3;

/// The words of a text in their order: letters and digits, small, without marks (`Müller` is
/// `muller`).
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word.to_owned()));
    words
}

/// The same, one after another: who writes an index meets most words many times.
pub fn each_word(text: &str, mut take: impl FnMut(&str)) {
    let plain: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
    };
    for word in plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let end = word.char_indices().nth(MOST_CHARS).map_or(word.len(), |(at, _)| at);
        take(&word[..end]);
    }
}

/// Whether a word that was asked for also stands for those that begin with it.
pub fn is_prefix(asked: &str) -> bool {
    asked.chars().nth(PREFIX_CHARS - 1).is_some()
}

/// Whether each word that was asked for is found among the words of a text.
pub fn holds(words: &[String], asked: &[String]) -> bool {
    asked.iter().all(|asked| {
        let is_prefix = is_prefix(asked);
        words.iter().any(|word| word == asked || is_prefix && word.starts_with(asked.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits_without_marks() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text), expected, "{text}");
        check(
            "The U.S. \u{2014} \u{201c}Na\u{ef}ve\u{201d} al-Assad's 1,500",
            &["the", "u", "s", "naive", "al", "assad", "s", "1", "500"],
        );
        check("M\u{fc}ller, Mu\u{308}ller \u{130}stanbul", &["muller", "muller", "istanbul"]);
        check("\u{43c}\u{438}\u{440} \u{4e2d}\u{56fd} \u{fb01}ne", &["мир", "中国", "fine"]);
        check("' OR \"1\"=\"1\" --*", &["or", "1", "1"]);
        check(&"a".repeat(100), &["a".repeat(64).as_str()]);
        check(" \u{301}?!", &[]);
    }

    #[test]
    fn a_long_word_finds_what_begins_with_it() {
        let check = |text: &str, asked: &str, expected: bool| {
            assert_eq!(holds(&words(text), &words(asked)), expected, "{asked} in {text}");
        };
        check("Japan imposed sanctions", "sanction JAPAN", true);
        check("Japan imposed sanctions", "japan met", false);
        check("Japan imposed sanctions", "pose", false);
        check("Officials of Japan", "o", false);
        check("Officials of Japan", "of", true);
        check("anything", "", true);
    }
}

//! The language of a text; `und` where it cannot be told.

mod words;

use dateline_record::{Confidence, Language};
use whatlang::{Detector, Lang};

use crate::Config;

/// Below so many letters a guess is worth nothing.
const MIN_LETTERS: usize = 12;
/// From so many letters a reliable guess is sure.
const SURE_LETTERS: usize = 200;

/// Languages of little or no news on wires: unsure guesses fall on them by chance only.
const RARE: &[Lang] = &[
    Lang::Epo,
    Lang::Lat,
    Lang::Yid,
    Lang::Jav,
    Lang::Aka,
    Lang::Sna,
    Lang::Zul,
    Lang::Tuk,
    Lang::Uzb,
    Lang::Tgl,
    Lang::Cym,
];

/// English words without which there are few English sentences.
const ENGLISH: &[&str] = &[
    "the", "of", "to", "and", "in", "a", "is", "for", "on", "that", "by", "with", "was", "said",
    "at", "as", "it", "from", "be", "has", "an", "its", "will", "not", "have", "are",
];

/// Tells the language. `declared` is what the source says, and decides only where the text does not.
pub(crate) fn tell(title: &str, text: &str, declared: Option<&str>, config: &Config) -> Language {
    let sample: String = if text.is_empty() { title } else { text }
        .chars()
        .take(config.language_window_chars)
        .flat_map(char::to_lowercase)
        .collect();
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let declared = declared.map(primary).filter(|code| !code.is_empty() && code != "und");
    if let Some(code) = &declared
        && code == "en"
        && (letters < MIN_LETTERS || english_share(&sample) > 0.12)
    {
        return language("en", letters);
    }
    if letters < MIN_LETTERS {
        return low(declared);
    }
    if let Some(code) = by_letters(&sample) {
        return language(code, letters);
    }
    if letters < SURE_LETTERS
        && let Some(guess) = words::guess(&sample)
        && !guess.is_foreign
    {
        return by_words(guess, declared);
    }
    let detector = Detector::new();
    match detector.detect(&sample) {
        Some(info) if info.is_reliable() || info.confidence() >= config.min_language_confidence => {
            language(code_of(info.lang()), letters)
        }
        Some(info) if info.lang() == Lang::Eng && english_share(&sample) > 0.2 => {
            low(Some("en".to_owned()))
        }
        // A declaration goes before an unsure guess, and an unsure guess before none.
        _ => low(declared.or_else(|| unsure(&sample))),
    }
}

/// A short text tells its language by its words; a declaration goes before an unsure guess.
fn by_words(guess: words::Guess, declared: Option<String>) -> Language {
    let is_agreed = declared.as_deref().is_none_or(|declared| declared == guess.code);
    if guess.is_sure || is_agreed && declared.is_some() {
        return Language { code: guess.code.to_owned(), confidence: Confidence::Medium };
    }
    low(declared.or_else(|| Some(guess.code.to_owned())))
}

/// The likeliest of the languages that news is written in; short texts give no surer answer.
fn unsure(sample: &str) -> Option<String> {
    if english_share(sample) > 0.2 {
        return Some("en".to_owned());
    }
    let all = Lang::all().iter().copied();
    let likely = all.filter(|lang| !RARE.contains(lang)).collect();
    let info = Detector::with_allowlist(likely).detect(sample)?;
    Some(code_of(info.lang()).to_owned())
}

/// Languages that letters of their own give away: kana, hangul, thorn.
fn by_letters(lower: &str) -> Option<&'static str> {
    let count = |is: fn(char) -> bool| lower.chars().filter(|c| is(*c)).count();
    let letters = count(char::is_alphanumeric);
    let is_tenth = |found: usize| found * 10 >= letters && found > 2;
    if is_tenth(count(|c| matches!(c, '\u{3041}'..='\u{30fa}'))) {
        return Some("ja");
    }
    if is_tenth(count(|c| matches!(c, '\u{ac00}'..='\u{d7a3}'))) {
        return Some("ko");
    }
    (count(|c| c == 'þ') > 0 && count(|c| c == 'ð') > 0 && count(|c| c == 'æ' || c == 'ö') > 0)
        .then_some("is")
}

fn language(code: &str, letters: usize) -> Language {
    let confidence = if letters >= SURE_LETTERS { Confidence::High } else { Confidence::Medium };
    Language { code: code.to_owned(), confidence }
}

fn low(code: Option<String>) -> Language {
    Language { code: code.unwrap_or_else(|| "und".to_owned()), confidence: Confidence::Low }
}

/// The primary subtag of a BCP 47 tag.
fn primary(tag: &str) -> String {
    let subtag = tag.split(['-', '_']).next().unwrap_or_default();
    subtag.trim().to_ascii_lowercase()
}

// The shares are rough and the counts small.
#[allow(clippy::cast_precision_loss)]
fn english_share(lower: &str) -> f64 {
    let words = lower.split_whitespace();
    let (count, hits) = words.fold((0_usize, 0_usize), |(count, hits), word| {
        (count + 1, hits + usize::from(ENGLISH.contains(&word)))
    });
    if count == 0 { 0.0 } else { hits as f64 / count as f64 }
}

/// ISO 639-3 and ISO 639-1 of what the detector knows.
const CODES: &[(&str, &str)] = &[
    ("epo", "eo"),
    ("eng", "en"),
    ("rus", "ru"),
    ("cmn", "zh"),
    ("spa", "es"),
    ("por", "pt"),
    ("ita", "it"),
    ("ben", "bn"),
    ("fra", "fr"),
    ("deu", "de"),
    ("ukr", "uk"),
    ("kat", "ka"),
    ("ara", "ar"),
    ("hin", "hi"),
    ("jpn", "ja"),
    ("heb", "he"),
    ("yid", "yi"),
    ("pol", "pl"),
    ("amh", "am"),
    ("jav", "jv"),
    ("kor", "ko"),
    ("nob", "no"),
    ("dan", "da"),
    ("swe", "sv"),
    ("fin", "fi"),
    ("tur", "tr"),
    ("nld", "nl"),
    ("hun", "hu"),
    ("ces", "cs"),
    ("ell", "el"),
    ("bul", "bg"),
    ("bel", "be"),
    ("mar", "mr"),
    ("kan", "kn"),
    ("ron", "ro"),
    ("slv", "sl"),
    ("hrv", "hr"),
    ("srp", "sr"),
    ("mkd", "mk"),
    ("lit", "lt"),
    ("lav", "lv"),
    ("est", "et"),
    ("tam", "ta"),
    ("vie", "vi"),
    ("urd", "ur"),
    ("tha", "th"),
    ("guj", "gu"),
    ("uzb", "uz"),
    ("pan", "pa"),
    ("aze", "az"),
    ("ind", "id"),
    ("tel", "te"),
    ("pes", "fa"),
    ("mal", "ml"),
    ("ori", "or"),
    ("mya", "my"),
    ("nep", "ne"),
    ("sin", "si"),
    ("khm", "km"),
    ("tuk", "tk"),
    ("aka", "ak"),
    ("zul", "zu"),
    ("sna", "sn"),
    ("afr", "af"),
    ("lat", "la"),
    ("slk", "sk"),
    ("cat", "ca"),
    ("tgl", "tl"),
    ("hye", "hy"),
    ("cym", "cy"),
];

/// ISO 639-1 of what the detector knows; its own ISO 639-3 code where there is no shorter one.
fn code_of(lang: Lang) -> &'static str {
    let full = lang.code();
    CODES.iter().find(|(code, _)| *code == full).map_or(full, |(_, short)| short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        crate::finish::tests::config()
    }

    #[test]
    fn tells_languages() {
        let check = |text: &str, declared: Option<&str>, expected: &str| {
            assert_eq!(tell("", text, declared, &config()).code, expected, "{text}");
        };
        check(
            "The ministers of both countries met in the capital on Tuesday and agreed to meet again.",
            None,
            "en",
        );
        check(
            "Die Minister beider Länder trafen sich am Dienstag in der Hauptstadt und wollen sich wieder treffen.",
            Some("en"),
            "de",
        );
        check(
            "Les ministres des deux pays se sont rencontrés mardi dans la capitale pour de nouvelles discussions.",
            None,
            "fr",
        );
        check("両国の大臣は火曜日に首都で会談し、再び会うことで合意した。", None, "ja");
        check(
            "Министры двух стран встретились во вторник в столице и договорились встретиться снова.",
            None,
            "ru",
        );
        check("12 34", None, "und");
        check("Steigende Zinsen setzen Dax zu", None, "de");
        check("Steigende Zinsen setzen Dax zu", Some("de-AT"), "de");
        check("Strong tornadoes possible in the severe storm", None, "en");
        check("", Some("en-GB"), "en");
    }

    #[test]
    fn every_language_of_the_detector_has_a_short_code() {
        for lang in Lang::all() {
            assert_eq!(code_of(*lang).len(), 2, "{lang:?}");
        }
    }
}

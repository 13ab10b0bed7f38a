//! Captions and stamps, told by credits and clock times.

/// Words before the name of a photographer, lower case.
const CREDITS: &[&str] = &[
    "foto:",
    "fotos:",
    "photo:",
    "photos:",
    "bild:",
    "bilder:",
    "image:",
    "images:",
    "credit:",
    "picture:",
    "pictures:",
    "quelle:",
    "bildrechte:",
    "bildnachweis:",
    "bildquelle:",
    "source:",
    "crédit",
    "crédito",
    "photograph:",
    "video:",
    "copyright:",
    "fotó:",
    "ljósmynd",
    "zdjęcie:",
    "фото:",
    "写真",
    "photo by ",
    "foto di ",
    "photo credit",
    "foto -",
    "imagen:",
    "imagem:",
    "fotografia:",
    "kuva:",
    "grafik:",
    "screenshot:",
    "symbolbild",
    "archivbild",
    "archivfoto",
    "file photo",
    "archive photo",
    "handout",
];
/// Houses that picture credits end on, lower case.
const HOUSES: &[&str] = &[
    "getty images",
    "/reuters",
    "/ reuters",
    "/afp",
    "/ afp",
    "/ap",
    "/dpa",
    "/ dpa",
    "imago",
    "shutterstock",
    "via ap",
    "ap photo",
    "/epa",
    "epa-efe",
    "/tt",
    "/ntb",
    "/ritzau",
    "/anp",
    "/belga",
    "/keystone",
    "/ansa",
    "/lusa",
    "/pap",
    "/čtk",
    "/mti",
    "/shutterstock",
    "wikimedia commons",
    "picture alliance",
    "afp via",
    "unsplash",
    "istock",
    "alamy",
    "/efe",
    "/apa",
    "zvg",
    "twitter",
    "instagram",
];
/// A caption has at most so many characters.
const MAX_CAPTION_CHARS: usize = 420;
/// A stamp has at most so many characters.
const MAX_STAMP_CHARS: usize = 110;

/// Whether a text ends on, or is, the credit of a picture.
pub(super) fn is_caption(text: &str) -> bool {
    if text.len() > MAX_CAPTION_CHARS * 2 || text.chars().count() > MAX_CAPTION_CHARS {
        return false;
    }
    let tail = tail(text, 70).to_lowercase();
    let tail = tail.trim_end_matches(['.', ')', ']', ' ']);
    let is_credited = HOUSES.iter().any(|house| tail.ends_with(house));
    let has_mark = CREDITS.iter().any(|credit| {
        tail.rfind(credit)
            .is_some_and(|at| is_word_start(tail, at) && is_name(&tail[at + credit.len()..]))
    });
    let has_sign = tail.rfind('©').is_some_and(|at| is_name(&tail[at + '©'.len_utf8()..]));
    is_credited || has_mark || has_sign
}

fn tail(text: &str, chars: usize) -> &str {
    let start = text.char_indices().rev().nth(chars - 1).map_or(0, |(at, _)| at);
    &text[start..]
}

fn is_word_start(text: &str, at: usize) -> bool {
    !text[..at].chars().next_back().is_some_and(char::is_alphabetic)
}

/// What follows a credit is a few words without the end of a sentence among them.
fn is_name(rest: &str) -> bool {
    let rest = rest.trim();
    rest.split_whitespace().count() <= 6 && !rest.contains(". ")
}

/// Whether a text is nothing but when it was published, and how long reading takes.
pub(super) fn is_stamp(text: &str) -> bool {
    if text.len() > MAX_STAMP_CHARS || text.ends_with(['?', '!', ':']) {
        return false;
    }
    let words: Vec<&str> =
        text.split([' ', '\u{a0}', '|', '·', '•', ',']).filter(|word| !word.is_empty()).collect();
    let timed = words.iter().filter(|word| is_time(word)).count();
    let numbers =
        words.iter().filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).count();
    let is_read = is_reading_time(&words);
    words.len() <= 14
        && (timed > 0 && numbers * 4 >= words.len() && !ends_in_text(text)
            || is_read && words.len() <= 6)
}

fn ends_in_text(text: &str) -> bool {
    text.ends_with('.') && text.split_whitespace().count() > 8
}

/// `3 min`, `Lesezeit 5 Min.`
fn is_reading_time(words: &[&str]) -> bool {
    words.iter().any(|word| {
        let word = word.trim_end_matches('.').to_lowercase();
        matches!(
            word.as_str(),
            "min"
                | "mins"
                | "minuten"
                | "minutes"
                | "minute"
                | "minuti"
                | "std"
                | "lesezeit"
                | "lesedauer"
        )
    }) && words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A clock time `18:16`, `10h45`, or a year with a full date around it `28.04.2023`.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let digits: Vec<&str> = word.split([':', '.', 'h', '/', '-']).collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_one_mark = ['.', '/', '-'].iter().any(|mark| word.matches(*mark).count() == 2);
    let is_year =
        |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    if digits.len() == 3 && digits.iter().all(is_number) && is_one_mark {
        return is_year(digits[0]) || is_year(digits[2]) || word.contains('.') && word.len() >= 6;
    }
    let is_clock = digits.len() == 2
        && digits.iter().all(is_number)
        && word.contains([':', 'h', '.'])
        && digits[0].len() <= 2
        && digits[1].len() == 2;
    is_clock && word.contains([':', 'h'])
        || word.len() == 4 && word.parse().is_ok_and(|year: u32| (1990..2100).contains(&year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_captions() {
        let check = |text: &str, expected: bool| assert_eq!(is_caption(text), expected, "{text}");
        check("Ministers at the table. Photo: Anna Example", true);
        check("Ministers at the table (Bild: Anna Example/dpa)", true);
        check("Eine Klinik, Symbolbild.", true);
        check("A boat © Anna Example", true);
        check(
            "The minister showed a photo: it was of the boat. Nobody knew it. It was old.",
            false,
        );
        check("The ministers met in the capital.", false);
        check("", false);
    }

    #[test]
    fn tells_stamps() {
        let check = |text: &str, expected: bool| assert_eq!(is_stamp(text), expected, "{text}");
        check("Erstellt: 28.04.2023, 18:16 Uhr", true);
        check("Published Jun 05, 2026 3 minute read", true);
        check("Lesezeit 5 Min.", true);
        check("Stand: 10:49 Uhr | Lesedauer: 5 Minuten", true);
        check("The ministers met in 2014.", false);
        check(
            "It was the first such meeting since the war of 2008, and it ended at 18:16 with a handshake.",
            false,
        );
        check("Qtly div 12-1/2 cts vs 10-1/2 cts prior", false);
        check("They left after 5 minutes of talk.", false);
    }
}

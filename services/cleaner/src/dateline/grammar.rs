//! The grammar of datelines: place, date and agency before a dash.

/// A dateline is looked for in so many bytes at the start of a paragraph.
const WINDOW_BYTES: usize = 140;
/// A place has at most so many words.
const MAX_PLACE_WORDS: usize = 7;
/// An agency has at most so many words.
const MAX_AGENCY_WORDS: usize = 4;

/// Beginnings of month names in English, German, French, Spanish, Italian, Portuguese, Dutch.
const MONTHS: &[&str] = &[
    "jan", "ene", "gen", "feb", "fév", "fev", "mar", "mär", "maa", "mrt", "apr", "avr", "abr",
    "may", "mai", "mag", "mei", "jun", "jui", "giu", "jul", "lug", "aug", "aoû", "ago", "sep",
    "set", "oct", "okt", "ott", "out", "nov", "dec", "dez", "déc", "dic", "янв", "фев", "мар",
    "апр", "мая", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек", "sty", "lut", "kwi",
    "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru", "oca", "şub", "nis", "haz", "tem",
    "ağu", "eyl", "eki", "kas", "ara", "led", "úno", "bře", "dub", "kvě", "čer", "srp", "zář",
    "říj", "pro",
];

/// Words in capitals before a dash that are no place: notes, products, kinds of text.
const NO_PLACES: &[&str] = &[
    "ADVISORY",
    "ALERT",
    "ALUMINIUM",
    "ANALYSIS",
    "BREAKING",
    "BRIEF",
    "CLARIFICATION",
    "COCOA",
    "COFFEE",
    "COMMENT",
    "COPPER",
    "CORRECTED",
    "CORRECTION",
    "CORRECTS",
    "COTTON",
    "CRUDE",
    "EDITOR",
    "EDITORIAL",
    "EDITORS",
    "EMBARGOED",
    "EXCLUSIVE",
    "EXPORTS",
    "FACTBOX",
    "FEATURE",
    "FLASH",
    "GOLD",
    "GRAIN",
    "IMPORTS",
    "INSIGHT",
    "INTERVIEW",
    "KILL",
    "LEAD",
    "LIVE",
    "MAIZE",
    "NICKEL",
    "NOTE",
    "OILSEEDS",
    "OPINION",
    "PHOTO",
    "PHOTOS",
    "PODCAST",
    "PREVIEW",
    "PROFILE",
    "REFILE",
    "REPEAT",
    "REVIEW",
    "RICE",
    "RUBBER",
    "SILVER",
    "SOYBEANS",
    "SPECIAL",
    "SUGAR",
    "SUMMARY",
    "TABLE",
    "TEA",
    "TEXT",
    "TIMELINE",
    "TIN",
    "UPDATE",
    "URGENT",
    "VIDEO",
    "WATCH",
    "WHEAT",
    "WITHDRAWN",
    "WRAPUP",
    "YEAR",
    "ZINC",
];

/// Words at the end of names of firms.
const FIRMS: &[&str] = &["Inc", "Corp", "Ltd", "Co", "Plc", "AG", "SA", "GmbH", "Group"];

/// Small words within names of places.
const PARTICLES: &[&str] = &[
    "of", "the", "and", "de", "del", "der", "den", "la", "le", "les", "las", "los", "el", "al",
    "am", "an", "im", "in", "sur", "upon", "do", "da", "dos", "di", "near", "on", "bei",
];

/// Words that begin sentences and no places.
const OPENERS: &[&str] = &[
    "After", "Although", "And", "As", "At", "Before", "But", "By", "For", "From", "If", "In", "On",
    "Since", "That", "This", "When", "While", "With",
];

/// What a dateline says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Parts {
    /// Empty where only an agency's mark stands there.
    pub(super) place: String,
    pub(super) date: Option<String>,
    pub(super) agency: Option<String>,
}

/// A dateline at the start of a paragraph.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) parts: Parts,
    /// One past its dash.
    pub(super) end: usize,
}

/// The dateline at the start of a paragraph.
pub(super) fn split(paragraph: &str) -> Option<Found> {
    let window = window(paragraph);
    ends(window).find_map(|(start, end)| {
        let has_text = !paragraph[end..].trim().is_empty();
        let parts = parts(paragraph[..start].trim(), false)?;
        has_text.then_some(Found { parts, end })
    })
}

/// A dateline that stands alone: what is not understood is taken as the place.
pub(super) fn alone(text: &str) -> Option<Parts> {
    let head = text.trim().trim_end_matches(is_dash).trim().trim_matches('*').trim();
    if head.is_empty() {
        return None;
    }
    let read = parts(head, true);
    Some(read.unwrap_or_else(|| by_comma(head)))
}

/// The last resort for a dateline that is known to be one: place before the first comma.
fn by_comma(head: &str) -> Parts {
    let (place, rest) = head.split_once(',').unwrap_or((head, ""));
    let date = rest.trim().trim_end_matches(is_dash).trim();
    Parts {
        place: place.trim().to_owned(),
        date: Some(date.to_owned()).filter(|date| is_date(date)),
        agency: None,
    }
}

fn window(paragraph: &str) -> &str {
    let mut end = paragraph.len().min(WINDOW_BYTES);
    while !paragraph.is_char_boundary(end) {
        end -= 1;
    }
    &paragraph[..end]
}

/// Where a dateline may end: the start and the end of each dash with a space on at least the
/// right side, and of `/AGENCY/.`, which is an end of its own.
fn ends(window: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let bytes = window.as_bytes();
    window.char_indices().filter_map(move |(at, c)| {
        if !is_dash(c) {
            return (c == '/').then(|| slash_end(window, at)).flatten();
        }
        let end = at + window[at..].find(|c| !is_dash(c)).unwrap_or(0);
        let before = at.checked_sub(1).map(|index| bytes[index]);
        let is_first = before.is_none_or(|byte| byte == b' ' || byte == b')' || byte == b'.');
        let is_glued = end == at || bytes.get(end).is_some_and(|byte| !byte.is_ascii_whitespace());
        let is_long = !window[at..end].starts_with('-') || end - at > 1;
        let is_glued_long = is_long && is_first && end > at;
        (is_glued_long
            || !is_glued
                && (is_first
                    || before
                        .is_some_and(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())))
        .then_some((at, end))
    })
}

/// `MOSCOW, February 26. /TASS/. Text`: the end of the second slash and its full stop.
fn slash_end(window: &str, at: usize) -> Option<(usize, usize)> {
    let before = window[..at].trim_end();
    let is_closing = before.contains('/') && window[at + 1..].starts_with('.');
    is_closing.then_some((at + 1, at + 2))
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '―' | '\u{2012}')
}

fn parts(head: &str, is_known: bool) -> Option<Parts> {
    let head = head.trim_start_matches('*').trim();
    let (head, agency) = take_agency(head);
    if head.is_empty() {
        return agency.map(|agency| Parts { agency: Some(agency), ..Parts::default() });
    }
    let segments: Vec<&str> = head.split(',').map(str::trim).collect();
    let first_date = segments.iter().position(|segment| is_date(segment.trim_end_matches('.')));
    let (place, date, agency) = match first_date {
        Some(0) => return None,
        Some(at) => {
            let last = segments[at..]
                .iter()
                .rposition(|segment| is_date(segment.trim_end_matches('.')))?
                + at;
            let rest = &segments[last + 1..];
            let tail = rest.first().filter(|name| rest.len() == 1 && is_agency(name));
            if tail.is_none() && !rest.is_empty() {
                return None;
            }
            let agency = agency.or_else(|| tail.map(|name| (*name).to_owned()));
            (segments[..at].join(", "), Some(segments[at..=last].join(", ")), agency)
        }
        None => (head.to_owned(), None, agency),
    };
    let is_marked = date.is_some() || agency.is_some() || is_known;
    let is_place = if is_marked { is_place(&place) } else { is_capital_place(&place) };
    let date = date.map(|date| date.trim_end_matches('.').to_owned());
    is_place.then_some(Parts { place, date, agency })
}

/// `TOKYO (Example Wire)` and `MOSCOW /EXAMPLE/` give the head and the agency.
fn take_agency(head: &str) -> (&str, Option<String>) {
    let closed = [('(', ')'), ('/', '/'), ('[', ']')];
    for (open, close) in closed {
        let Some(inside) = head.strip_suffix(close) else {
            continue;
        };
        if let Some((before, agency)) = inside.rsplit_once(open)
            && is_agency(agency)
        {
            // The full stop of `26. /EXAMPLE/` closes the date; that of `Wis. (EX)` is the region's.
            let ends: &[char] = if open == '/' { &['.', ','] } else { &[','] };
            let before = before.trim().trim_end_matches(ends).trim_end();
            return (before, Some(agency.trim().to_owned()));
        }
    }
    (head, None)
}

fn is_agency(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (1..=MAX_AGENCY_WORDS).contains(&words)
        && text.chars().all(|c| c.is_alphanumeric() || " .&/-".contains(c))
        && !is_date(text)
        && (words == 1 || text.split(' ').all(|word| !word.starts_with(char::is_lowercase)))
        && text.chars().any(char::is_alphabetic)
        && (text.chars().any(char::is_uppercase) || text.len() <= 8 && !text.contains(' '))
}

/// `Feb 26`, `26 février 2014`, `March 2-3`: a month and a day, perhaps a year.
pub(super) fn is_date(text: &str) -> bool {
    let mut has_month = false;
    let mut has_day = false;
    for word in text.split([' ', '.', '-']).filter(|word| !word.is_empty()) {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        let rest = &word[digits.len()..];
        if digits.is_empty() {
            if !is_month(word) || has_month {
                return matches!(word, "de") && has_day;
            }
            has_month = true;
        } else if !matches!(rest, "" | "st" | "nd" | "rd" | "th" | "er") {
            return false;
        } else {
            let number: u32 = digits.parse().unwrap_or(0);
            has_day |= (1..=31).contains(&number);
            if number > 31 && !(1900..2200).contains(&number) {
                return false;
            }
        }
    }
    has_month && has_day || is_year(text)
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.parse().is_ok_and(|year: u32| (1900..2200).contains(&year))
}

fn is_month(word: &str) -> bool {
    let start: String = word.chars().take(3).flat_map(char::to_lowercase).collect();
    word.chars().count() <= 10 && MONTHS.contains(&start.as_str())
}

/// A place as it may be written beside a date or an agency: words with capitals.
fn is_place(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', '/', ',']).filter(|word| !word.is_empty()).collect();
    let starts = text.chars().next().is_some_and(char::is_uppercase);
    starts
        && words.first().is_none_or(|word| !OPENERS.contains(word))
        && words.len() <= MAX_PLACE_WORDS
        && words.iter().all(|word| is_place_word(word))
        && !is_no_place(&words)
}

/// `SILVER` is no place, `SILVER SPRING, Md.` is one; `Example Inc` is a firm.
fn is_no_place(words: &[&str]) -> bool {
    let is_firm = words.last().is_some_and(|last| FIRMS.contains(&last.trim_end_matches('.')));
    let is_known = |word: &&str| NO_PLACES.contains(&word.trim_end_matches(['.', ':']));
    is_firm || words.len() < 3 && words.iter().any(is_known)
}

fn is_place_word(word: &str) -> bool {
    let has_capital = word.chars().next().is_some_and(|c| c.is_uppercase() || c == '\'');
    let fits = word.chars().all(|c| c.is_alphabetic() || ".'’-()".contains(c));
    fits && (has_capital || PARTICLES.contains(&word))
}

/// A place with nothing beside it: all capitals, so that a title or a sentence is not taken for one.
fn is_capital_place(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let city = text.split(',').next().unwrap_or_default();
    let is_capital = !city.chars().any(char::is_lowercase);
    letters >= 4
        && is_capital
        && is_place(text)
        && !text.contains('.') | text.contains(", ")
        && city.split(' ').count() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_datelines() {
        let check = |text: &str, place: &str, date: Option<&str>, agency: Option<&str>| {
            let found = split(text).unwrap_or_else(|| panic!("nothing in {text:?}"));
            let expected = Parts {
                place: place.to_owned(),
                date: date.map(str::to_owned),
                agency: agency.map(str::to_owned),
            };
            assert_eq!(found.parts, expected, "{text:?}");
            assert_eq!(text[found.end..].trim_start(), "Ministers met.", "{text:?}");
        };
        check("TOKYO - Ministers met.", "TOKYO", None, None);
        check("DUBLIN — Ministers met.", "DUBLIN", None, None);
        check("WASHINGTON, Feb 26 - Ministers met.", "WASHINGTON", Some("Feb 26"), None);
        check("Houston, april 13 - Ministers met.", "Houston", Some("april 13"), None);
        check("PARIS (Reuters) - Ministers met.", "PARIS", None, Some("Reuters"));
        check("KYIV, Ukraine (AP) — Ministers met.", "KYIV, Ukraine", None, Some("AP"));
        check(
            "ROME, Oct. 7 (Example Wire) - Ministers met.",
            "ROME",
            Some("Oct. 7"),
            Some("Example Wire"),
        );
        check("LA CROSSE, Wis. (AP) — Ministers met.", "LA CROSSE, Wis.", None, Some("AP"));
        check(
            "BEIRUT/THE HAGUE, March 7 (Reuters) - Ministers met.",
            "BEIRUT/THE HAGUE",
            Some("March 7"),
            Some("Reuters"),
        );
        check(
            "BEIJING, Feb. 26 (Xinhua) -- Ministers met.",
            "BEIJING",
            Some("Feb. 26"),
            Some("Xinhua"),
        );
        check(
            "MOSCOW, February 26. /TASS/. Ministers met.",
            "MOSCOW",
            Some("February 26"),
            Some("TASS"),
        );
        check("TOKYO, Feb. 26, Kyodo - Ministers met.", "TOKYO", Some("Feb. 26"), Some("Kyodo"));
        check("Kiel (dpo) - Ministers met.", "Kiel", None, Some("dpo"));
        check(
            "PARIS, 26 février 2014 (AFP) – Ministers met.",
            "PARIS",
            Some("26 février 2014"),
            Some("AFP"),
        );
        check(
            "RIO DE JANEIRO, March 2, 2014 - Ministers met.",
            "RIO DE JANEIRO",
            Some("March 2, 2014"),
            None,
        );
        check("****NEW YORK, March 2 - Ministers met.", "NEW YORK", Some("March 2"), None);
        check("(Reuters) - Ministers met.", "", None, Some("Reuters"));
    }

    #[test]
    fn leaves_sentences_alone() {
        let check = |text: &str| assert_eq!(split(text), None, "{text:?}");
        check("The ministers - all of them - met.");
        check("NOTE - The ministers met.");
        check("ZINC - prices rose.");
        check("Apple - the firm - rose.");
        check("A well-known minister met another.");
        check("U.S. - Japanese ties are strained.");
        check("In Tokyo (Japan) - a city - they met.");
        check("TOKYO -");
        check("");
        check("—");
    }

    #[test]
    fn reads_one_that_stands_alone() {
        let check = |text: &str, place: &str, date: Option<&str>| {
            let parts = alone(text).unwrap();
            assert_eq!((parts.place.as_str(), parts.date.as_deref()), (place, date), "{text:?}");
        };
        check("SALVADOR, Feb 26 -", "SALVADOR", Some("Feb 26"));
        check("FORT LAUDERDALE, Fla., March 2 -", "FORT LAUDERDALE, Fla.", Some("March 2"));
        check("CHICAGO", "CHICAGO", None);
        check("London, Marchg 3", "London", Some("Marchg 3"));
        assert_eq!(alone(" - "), None);
    }
}

//! Dates with the name of the month, in the languages of the sites.

use dateline_record::Timestamp;
use dateline_wire::date;

/// The beginnings of the names of the months, lower case; the longer of two that fit decides.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan",
        "ene",
        "gen",
        "janv",
        "januar",
        "styczn",
        "sausio",
        "led",
        "ledn",
        "ocak",
        "янв",
        "січ",
        "tammi",
        "ιαν",
        "يناير",
        "ian",
        "jän",
        "gener",
    ],
    &[
        "feb",
        "fév",
        "fev",
        "febr",
        "lut",
        "vasar",
        "únor",
        "şub",
        "фев",
        "лют",
        "helmi",
        "φεβ",
        "فبراير",
        "febbr",
    ],
    &[
        "mar", "mär", "maart", "mars", "märz", "marz", "kovo", "břez", "март", "бер", "maalis",
        "μαρ", "مارس", "már",
    ],
    &[
        "apr",
        "avr",
        "abr",
        "kwie",
        "baland",
        "dub",
        "nis",
        "апр",
        "квіт",
        "huhti",
        "απρ",
        "أبريل",
        "ápr",
    ],
    &[
        "may", "mai", "maj", "mag", "mei", "gegu", "květ", "мая", "май", "трав", "touko", "μαΐ",
        "مايو", "máj",
    ],
    &[
        "jun",
        "juin",
        "giu",
        "czerw",
        "birž",
        "červn",
        "haz",
        "июн",
        "черв",
        "kesä",
        "ιουν",
        "يونيو",
        "jún",
    ],
    &[
        "jul",
        "juil",
        "lug",
        "lip",
        "liep",
        "červen",
        "tem",
        "июл",
        "лип",
        "heinä",
        "ιουλ",
        "يوليو",
        "júl",
    ],
    &[
        "aug",
        "août",
        "aou",
        "ago",
        "sierp",
        "rugpj",
        "srp",
        "ağu",
        "авг",
        "серп",
        "elo",
        "αυγ",
        "أغسطس",
    ],
    &["sep", "set", "wrze", "rugs", "září", "eyl", "сен", "вер", "syys", "σεπ", "سبتمبر", "szept"],
    &[
        "oct",
        "okt",
        "out",
        "ott",
        "paź",
        "spal",
        "říj",
        "eki",
        "окт",
        "жовт",
        "loka",
        "οκτ",
        "أكتوبر",
    ],
    &["nov", "list", "lapkr", "kas", "ноя", "лист", "marras", "νοε", "نوفمبر"],
    &[
        "dec",
        "déc",
        "dez",
        "dic",
        "des",
        "gru",
        "gruod",
        "pros",
        "ara",
        "дек",
        "груд",
        "joulu",
        "δεκ",
        "ديسمبر",
    ],
];

/// Reads `1. April 2025, 15:25`, `April 1, 2025` or `1 de abril de 2025` with words around.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != ':')
        .filter(|word| !word.is_empty() && !matches!(*word, "de" | "del" | "d"))
        .collect();
    (0..words.len()).find_map(|at| around(&words, at))
}

/// The date whose month stands at `at`.
fn around(words: &[&str], at: usize) -> Option<Timestamp> {
    let month = month(words[at])?;
    let (before, next) = (at.checked_sub(1).and_then(|at| words.get(at)), words.get(at + 1));
    let (day, year_at) = match (before.and_then(|word| day(word)), next.and_then(|word| day(word)))
    {
        (Some(day), _) => (day, at + 1),
        (None, Some(day)) => (day, at + 2),
        (None, None) => return None,
    };
    let year: u32 = words.get(year_at).filter(|word| word.len() == 4)?.parse().ok()?;
    let clock = words[year_at + 1..].iter().take(3).find_map(|word| clock(word));
    let (hour, minute) = clock.unwrap_or((0, 0));
    if !(1990..2100).contains(&year) {
        return None;
    }
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z");
    date::parse(&text).map(|date| date.at)
}

fn month(word: &str) -> Option<usize> {
    let fits = MONTHS.iter().enumerate().flat_map(|(index, names)| {
        names
            .iter()
            .filter(|name| word.starts_with(**name))
            .map(move |name| (name.len(), index + 1))
    });
    fits.max().map(|(_, month)| month)
}

/// `1`, `01`, `1st`.
fn day(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
    let is_ordinal = word.len() - digits.len() <= 2;
    let day: u32 = digits.parse().ok().filter(|_| is_ordinal && digits.len() <= 2)?;
    (1..=31).contains(&day).then_some(day)
}

fn clock(word: &str) -> Option<(u32, u32)> {
    let (hour, minute) = word.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_months_by_name() {
        let check = |text: &str, expected: Option<&str>| {
            let found = read(text).map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("erstellt: 01. April 2025, 15:25", Some("2025-04-01T15:25:00.000Z"));
        check("March 3rd, 2024", Some("2024-03-03T00:00:00.000Z"));
        check("1 de abril de 2025 - 9:05", Some("2025-04-01T09:05:00.000Z"));
        check("12 Ağustos 2024", Some("2024-08-12T00:00:00.000Z"));
        check("3 července 2024", Some("2024-07-03T00:00:00.000Z"));
        check("31 June 2024", None);
        check("He may come in 2024", None);
        check("", None);
    }
}

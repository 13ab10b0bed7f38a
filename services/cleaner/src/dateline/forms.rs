//! Forms of datelines that end on no dash or begin with the agency, as some houses write them.

use super::grammar::{self, Found, Parts};

/// A form is looked for in so many characters.
const WINDOW_CHARS: usize = 90;

/// Agencies whose mark comes first: `(ANSA) - ROMA, 26 FEB -`.
pub(super) fn split(paragraph: &str) -> Option<Found> {
    let end = paragraph.char_indices().nth(WINDOW_CHARS).map_or(paragraph.len(), |(at, _)| at);
    let window = &paragraph[..end];
    let found = agency_first(window, paragraph)
        .or_else(|| full_stop_dash(window))
        .or_else(|| bracketed(window))
        .or_else(|| korean(window))
        .or_else(|| chinese(window))
        .or_else(|| russian(window))?;
    let has_text = !paragraph[found.end..].trim().is_empty();
    has_text.then_some(found)
}

/// `(ANSA) - ROMA, 26 FEB - Text`.
fn agency_first(window: &str, paragraph: &str) -> Option<Found> {
    let inside = window.strip_prefix('(')?;
    let close = inside.find(')')?;
    let agency = &inside[..close];
    let rest = &paragraph[close + 2..];
    let dashes = rest.len() - rest.trim_start_matches([' ', '-', '–', '—']).len();
    let is_mark = agency.chars().all(|c| c.is_alphanumeric() || c == ' ')
        && agency.chars().any(char::is_uppercase);
    if dashes < 2 || !is_mark {
        return None;
    }
    let inner = grammar::split(&rest[dashes..]).filter(|found| found.parts.date.is_some())?;
    let parts = Parts { agency: Some(agency.to_owned()), ..inner.parts };
    Some(Found { parts, end: close + 2 + dashes + inner.end })
}

/// `Madrid, 26 feb (EFE).- Text`.
fn full_stop_dash(window: &str) -> Option<Found> {
    let at = window.find(").-").or_else(|| window.find(").–"))?;
    let head = format!("{} - x", &window[..=at]);
    let found = grammar::split(&head)?;
    let dash = window[at + 2..].chars().next().map_or(1, char::len_utf8);
    Some(Found { parts: found.parts, end: at + 2 + dash })
}

/// `［東京 26日 ロイター］ - Text` and `【東京共同】Text`.
fn bracketed(window: &str) -> Option<Found> {
    let pairs = [('［', '］'), ('【', '】'), ('[', ']')];
    let (inside, close) = pairs.iter().find_map(|(open, close)| {
        let inside = window.strip_prefix(*open)?;
        Some((&inside[..inside.find(*close)?], window.find(*close)? + close.len_utf8()))
    })?;
    let mut words = inside.split([' ', '\u{3000}']).filter(|word| !word.is_empty());
    let first = words.next()?;
    let rest: Vec<&str> = words.collect();
    let date = rest
        .iter()
        .find(|word| word.ends_with('日') || word.ends_with('일'))
        .map(|word| (*word).to_owned());
    let agency =
        rest.last().filter(|word| Some(**word) != date.as_deref()).map(|word| (*word).to_owned());
    let (place, agency) = match (&date, &agency) {
        (None, None) => {
            let agency =
                EASTERN.iter().find(|agency| first.ends_with(**agency) && first != **agency)?;
            (first.trim_end_matches(*agency), Some((*agency).to_owned()))
        }
        _ => (first, agency),
    };
    let is_eastern = !place.is_ascii() && place.chars().count() <= 12;
    let after = &window[close..];
    let dashes = after.len() - after.trim_start_matches([' ', '-', '–', '—', '―']).len();
    is_eastern.then(|| Found {
        parts: Parts { place: place.to_owned(), date, agency },
        end: close + dashes,
    })
}

/// Agencies of East Asia as they follow a place without a space.
const EASTERN: &[&str] =
    &["共同", "時事", "ロイター", "連合ニュース", "聯合ニュース", "新華社", "中央社"];

/// `(서울=연합뉴스) 홍길동 기자 = Text`: the reporter stands between the mark and the text.
fn korean(window: &str) -> Option<Found> {
    let inside = window.strip_prefix('(')?;
    let close = inside.find(')')?;
    let (place, agency) = inside[..close].split_once('=')?;
    let after = &window[close + 2..];
    let end = after.find(" = ").map_or(0, |at| at + 3);
    let is_place = !place.is_empty() && place.chars().all(|c| c.is_alphabetic() || c == '·');
    is_place.then(|| Found {
        parts: Parts { place: place.to_owned(), date: None, agency: Some(agency.to_owned()) },
        end: close + 2 + end,
    })
}

/// `新华社北京2月26日电 Text`.
fn chinese(window: &str) -> Option<Found> {
    const HOUSES: &[&str] = &["新华社", "新華社", "中新社", "中央社", "中新网", "中新網"];
    let house = HOUSES.iter().find(|house| window.starts_with(**house))?;
    let rest = &window[house.len()..];
    let digit = rest.find(|c: char| c.is_ascii_digit())?;
    let day = rest.find('日')?;
    let wire = rest[day..].find(['电', '電']).filter(|at| *at <= 12)?;
    let end = house.len() + day + wire + '电'.len_utf8();
    let place = rest[..digit].trim();
    let is_place = !place.is_empty() && place.chars().count() <= 8 && digit < day;
    is_place.then(|| Found {
        parts: Parts {
            place: place.to_owned(),
            date: Some(rest[digit..day + '日'.len_utf8()].to_owned()),
            agency: Some((*house).to_owned()),
        },
        end,
    })
}

/// `МОСКВА, 26 фев — РИА Новости. Text` and `Москва. 26 февраля. INTERFAX.RU - Text`.
fn russian(window: &str) -> Option<Found> {
    let first = window.chars().next().filter(|c| matches!(*c, 'А'..='Я' | 'Ё'))?;
    let comma = window.find([',', '.'])?;
    let place = &window[..comma];
    let rest = window[comma + 1..].trim_start();
    let is_place = place.split(' ').count() <= 3 && place.starts_with(first);
    let date_end = rest.find(['.', '—', '–', '-', '/'])?;
    let date = rest[..date_end].trim();
    if !is_place || !grammar::is_date(date) {
        return None;
    }
    let tail = rest[date_end..].trim_start_matches(['.', ' ', '—', '–', '-']);
    let stop = tail.find([' ', '/']).filter(|_| !tail.starts_with("РИА"));
    let dash = tail.find(" - ").or_else(|| tail.find(" — ")).or_else(|| tail.find(" – "));
    let (agency, rest) = match (tail.find(". "), dash) {
        (Some(at), dash) if dash.is_none_or(|dash| at < dash) && at <= 40 => {
            (&tail[..at], &tail[at + 1..])
        }
        (_, Some(at)) if at <= 40 => {
            (&tail[..at], tail[at..].trim_start_matches([' ', '-', '—', '–']))
        }
        _ => return None,
    };
    let is_house = agency.split(' ').count() <= 3 && stop.is_none_or(|at| at <= 40);
    is_house.then(|| Found {
        parts: Parts {
            place: place.to_owned(),
            date: Some(date.to_owned()),
            agency: Some(agency.trim_matches('/').to_owned()),
        },
        end: window.len() - rest.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_the_forms_of_the_houses() {
        let check = |text: &str, place: &str, date: Option<&str>, agency: &str| {
            let found = super::super::split(text).unwrap_or_else(|| panic!("nothing in {text:?}"));
            let expected = Parts {
                place: place.to_owned(),
                date: date.map(str::to_owned),
                agency: Some(agency.to_owned()),
            };
            assert_eq!(found.parts, expected, "{text:?}");
            assert_eq!(text[found.end..].trim_start(), "Text.", "{text:?}");
        };
        check("BERLIN (dpa) - Text.", "BERLIN", None, "dpa");
        check("Berlin/Potsdam (dpa/bb) – Text.", "Berlin/Potsdam", None, "dpa/bb");
        check("Paris, 26 fév 2014 (AFP) - Text.", "Paris", Some("26 fév 2014"), "AFP");
        check("Madrid, 26 feb (EFE).- Text.", "Madrid", Some("26 feb"), "EFE");
        check("(ANSA) - ROMA, 26 FEB - Text.", "ROMA", Some("26 FEB"), "ANSA");
        check("Lisboa, 26 fev 2014 (Lusa) – Text.", "Lisboa", Some("26 fev 2014"), "Lusa");
        check("DEN HAAG (ANP) - Text.", "DEN HAAG", None, "ANP");
        check("Warszawa, 26 lutego (PAP) - Text.", "Warszawa", Some("26 lutego"), "PAP");
        check("ANKARA (AA) - Text.", "ANKARA", None, "AA");
        check("МОСКВА, 26 февраля. /ТАСС/. Text.", "МОСКВА", Some("26 февраля"), "ТАСС");
        check("МОСКВА, 26 фев — РИА Новости. Text.", "МОСКВА", Some("26 фев"), "РИА Новости");
        check(
            "Москва. 26 февраля. INTERFAX.RU - Text.",
            "Москва",
            Some("26 февраля"),
            "INTERFAX.RU",
        );
        check("［東京 26日 ロイター］ - Text.", "東京", Some("26日"), "ロイター");
        check("【北京共同】Text.", "北京", None, "共同");
        check("(서울=연합뉴스) 홍길동 기자 = Text.", "서울", None, "연합뉴스");
        check("新华社北京2月26日电 Text.", "北京", Some("2月26日"), "新华社");
    }

    #[test]
    fn leaves_sentences_alone() {
        for text in [
            "Москва. Переговоры прошли во вторник.",
            "（写真）東京で会議が開かれた。",
            "[Note] They met.",
            "(They met) - and left.",
            "【速報】会議が開かれた。",
            "新华社的记者说，会议在2月26日举行。",
            "",
        ] {
            assert_eq!(super::super::split(text), None, "{text}");
        }
    }
}

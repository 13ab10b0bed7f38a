//! Times of publishing among the elements of a page.

use dateline_record::Timestamp;
use dateline_wire::date;
use dom_query::Document;

use super::months;
use crate::repair;

/// Elements that hold the time of publishing, best first.
const ELEMENTS: &[&str] = &[
    "[itemprop=datePublished]",
    "time[pubdate]",
    "time[class*=publish], [class*=publish] time, [class*=Publish] time",
    "header time, article time",
    "time",
    "[class*=pubdate], [class*=publish-date], [class*=published], [class*=post-date], [class*=article-date], [class*=article__date], [class*=entry-date], [class*=timestamp]",
    "[class*=date], [class*=Date], [class*=datum], [class*=fecha], [class*=tarih]",
];
/// So many elements of a kind are looked at.
const MAX_ELEMENTS: usize = 4;
/// A time is written in so many bytes.
const MAX_BYTES: usize = 120;

/// What may be the time of publishing, best first.
pub(crate) fn elements(document: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for selector in ELEMENTS {
        for element in document.select(selector).iter().take(MAX_ELEMENTS) {
            let attributes =
                ["content", "datetime", "title"].iter().filter_map(|name| element.attr(name));
            found.extend(attributes.map(|text| repair::line(&text)));
            let text = repair::line(&element.text());
            if text.len() <= MAX_BYTES {
                found.push(text);
            }
        }
    }
    found.retain(|text| text.len() >= 6);
    found
}

/// Reads a time, also one with words around its date: `Stand: 25.04.2024, 14:07 Uhr`.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if let Some(date) = date::parse(text) {
        return Some(date.at);
    }
    if text.len() > MAX_BYTES {
        return None;
    }
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let rest = &text[start..];
    let numbers: Vec<&str> =
        rest.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    date::parse(rest.trim_end_matches(|c: char| !c.is_ascii_digit()))
        .map(|date| date.at)
        .or_else(|| day_first(&numbers))
        .or_else(|| months::read(text))
}

/// The day in an address: `/2025/04/01/ministers-meet`.
pub(crate) fn in_address(address: &str) -> Option<Timestamp> {
    let path = address.split(['?', '#']).next()?;
    let parts: Vec<&str> = path.split('/').collect();
    let is_number = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let found = parts
        .windows(3)
        .find(|parts| is_number(parts[0], 4) && is_number(parts[1], 2) && is_number(parts[2], 2))?;
    day_first(found)
}

/// `25.04.24`, `25/4/2024, 14.07`, `2024 04 25`: the day as most of the world writes it.
fn day_first(numbers: &[&str]) -> Option<Timestamp> {
    let value = |index: usize| numbers.get(index)?.parse::<u32>().ok();
    let (first, month, last) = (value(0)?, value(1)?, value(2)?);
    let (year, day) = match (numbers[0].len(), numbers[2].len()) {
        (4, _) => (first, last),
        (_, 4) => (last, first),
        (1 | 2, 2) if last < 70 => (2000 + last, first),
        _ => return None,
    };
    let clock = match (value(3), value(4)) {
        // What goes on with a year is a second date.
        (Some(hour), Some(minute))
            if hour < 24 && minute < 60 && numbers.get(5).is_none_or(|next| next.len() < 4) =>
        {
            format!("T{hour:02}:{minute:02}:00Z")
        }
        _ => "T00:00:00Z".to_owned(),
    };
    let is_date =
        (1..=12).contains(&month) && (1..=31).contains(&day) && (1990..2100).contains(&year);
    let text = is_date.then(|| format!("{year:04}-{month:02}-{day:02}{clock}"))?;
    date::parse(&text).map(|date| date.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        let check = |text: &str, expected: Option<&str>| {
            let found = read(text).map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("2024-04-25T14:07:00Z", Some("2024-04-25T14:07:00.000Z"));
        check("Do 25.04.24 | 14:07 Uhr", Some("2024-04-25T14:07:00.000Z"));
        check("Veröffentlicht am 27.04.2024", Some("2024-04-27T00:00:00.000Z"));
        check("2024/04/25 14:07", Some("2024-04-25T14:07:00.000Z"));
        check("erstellt: 01. April 2025, 15:25", Some("2025-04-01T15:25:00.000Z"));
        check("05.04.2025 - 06.04.2025", Some("2025-04-05T00:00:00.000Z"));
        check("45.04.2024", None);
        check("no time", None);
        check("", None);
    }
}

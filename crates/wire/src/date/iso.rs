//! ISO 8601 in the forms of RFC 3339 and W3C-DTF, and the year-first forms that resemble them.

use super::civil::{Civil, Time, Zone, days_in_month, is_leap};
use super::{words, zones};

/// Reads a date that begins with a year of four digits.
pub(super) fn parse(text: &str) -> Option<Civil> {
    let (date, rest) = date(text)?;
    let rest = rest.trim_start_matches(['T', 't', ' ', '_', ',']);
    if rest.is_empty() {
        return Some(date);
    }
    date.day?;
    let (time, rest) = match time(rest) {
        Some((time, rest)) => (Some(time), rest),
        None => (None, rest),
    };
    let zone = zone(rest.trim()).ok()?;
    if time.is_none() && zone.is_none() {
        return None;
    }
    Some(Civil { time, zone, ..date })
}

fn date(text: &str) -> Option<(Civil, &str)> {
    let (year, rest) = digits(text, 4)?;
    let year = i64::from(year);
    let only_year = Civil { year, ..Civil::default() };
    let Some((separator, after)) = split_separator(rest) else {
        return packed_date(year, rest).or(Some((only_year, rest)));
    };
    let run = after.bytes().take_while(u8::is_ascii_digit).count();
    if separator == '-' && run == 3 {
        let (ordinal, rest) = digits(after, 3)?;
        return Some((from_ordinal(year, ordinal)?, rest));
    }
    let (month, rest) = short_number(after)?;
    let month = Some(u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?);
    let day = rest.strip_prefix(separator).and_then(short_number);
    let Some((day, rest)) = day else {
        return Some((Civil { month, ..only_year }, rest));
    };
    Some((Civil { month, day: Some(u8::try_from(day).ok()?), ..only_year }, rest))
}

fn split_separator(text: &str) -> Option<(char, &str)> {
    let separator = text.chars().next().filter(|c| "-/.".contains(*c))?;
    Some((separator, &text[1..]))
}

/// `YYYYMMDD`, `YYYYDDD` or `YYYYMM` after the year.
fn packed_date(year: i64, rest: &str) -> Option<(Civil, &str)> {
    let run = rest.bytes().take_while(u8::is_ascii_digit).count();
    if run == 3 {
        let (ordinal, rest) = digits(rest, 3)?;
        return Some((from_ordinal(year, ordinal)?, rest));
    }
    let (month, rest) = digits(rest, 2)?;
    let month = Some(u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?);
    let base = Civil { year, month, ..Civil::default() };
    let Some((day, rest)) = digits(rest, 2) else {
        return Some((base, rest));
    };
    Some((Civil { day: Some(u8::try_from(day).ok()?), ..base }, rest))
}

fn from_ordinal(year: i64, ordinal: u32) -> Option<Civil> {
    let mut left = ordinal;
    if left == 0 || left > 365 + u32::from(is_leap(year)) {
        return None;
    }
    for month in 1..=12 {
        let days = u32::from(days_in_month(year, month)?);
        if left <= days {
            let day = u8::try_from(left).ok();
            return Some(Civil { year, month: Some(month), day, ..Civil::default() });
        }
        left -= days;
    }
    None
}

/// `HH:MM[:SS[.fraction]]`, `HHMM[SS]` or `HH`, with an optional `AM` or `PM`.
pub(super) fn time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = short_number(text)?;
    let (minute, second, rest) = match rest.strip_prefix(':') {
        Some(after) => {
            let (minute, rest) = short_number(after)?;
            let second = rest.strip_prefix(':').and_then(short_number);
            second.map_or((minute, 0, rest), |(second, rest)| (minute, second, rest))
        }
        None => packed_minutes(rest),
    };
    let (millis, rest) = fraction(rest);
    let (hour, rest) = words::twelve_hours(hour, rest)?;
    let small = |number: u32| u8::try_from(number).ok();
    let time = Time::checked(small(hour)?, small(minute)?, small(second)?, millis)?;
    Some((time, rest))
}

fn packed_minutes(rest: &str) -> (u32, u32, &str) {
    let Some((minute, rest)) = digits(rest, 2) else {
        return (0, 0, rest);
    };
    digits(rest, 2).map_or((minute, 0, rest), |(second, rest)| (minute, second, rest))
}

fn fraction(text: &str) -> (u16, &str) {
    let Some(after) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let run = after.bytes().take_while(u8::is_ascii_digit).count();
    if run == 0 {
        return (0, text);
    }
    let scaled = after.bytes().take(run).chain(b"00".iter().copied()).take(3);
    let millis = scaled.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    let padded = if run == 1 { millis } else { millis.min(999) };
    (padded, &after[run..])
}

/// A text that is no zone.
pub(super) struct NoZone;

/// A zone that is the whole text, or none where the text is empty.
pub(super) fn zone(text: &str) -> Result<Option<Zone>, NoZone> {
    let text = strip_comment(text);
    if text.is_empty() {
        return Ok(None);
    }
    let (name, rest) = split_name(text);
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    if rest.is_empty() {
        return Ok(Some(zones::by_name(&name)));
    }
    let is_utc = matches!(name.as_str(), "" | "gmt" | "utc" | "ut" | "z");
    let offset = offset(rest).filter(|_| is_utc);
    offset.map(Some).ok_or(NoZone)
}

/// `-0700 (PST)` is `-0700`; a text that is nothing but a comment is none.
fn strip_comment(text: &str) -> &str {
    match text.find('(') {
        Some(at) if text.ends_with(')') => text[..at].trim_end(),
        _ => text,
    }
}

fn split_name(text: &str) -> (&str, &str) {
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '/' || c == '_';
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// `+HH:MM`, `+HHMM`, `+HH`, `+H` and the same with the Unicode minus.
fn offset(text: &str) -> Option<Zone> {
    let east = text.starts_with('+');
    let rest = text.strip_prefix(['+', '-', '\u{2212}'])?;
    let (number, after) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours, Some(minutes)),
        None => (rest, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(number) || !after.is_none_or(all_digits) || number.len() > 4 {
        return None;
    }
    let (hours, minutes) = match (number.len(), after) {
        (1 | 2, Some(minutes)) => (number, minutes),
        (1 | 2, None) => (number, "0"),
        (3 | 4, None) => number.split_at(number.len() - 2),
        _ => return None,
    };
    zones::by_offset(east, hours.parse().ok()?, minutes.parse().ok()?)
}

/// Exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let run = text.get(..count)?;
    let fits = run.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| run.parse().ok()).flatten().map(|number| (number, &text[count..]))
}

/// One or two digits.
fn short_number(text: &str) -> Option<(u32, &str)> {
    digits(text, 2).or_else(|| digits(text, 1))
}

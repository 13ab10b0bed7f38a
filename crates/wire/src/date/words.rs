//! Dates with the name of a month, in whatever order, and day-first or month-first numbers where
//! only one reading is possible.

use super::civil::{Civil, Time, Zone, full_year};
use super::iso;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Words that stand in dates and say nothing.
const FILLERS: [&str; 6] = ["at", "of", "on", "the", "th", "-"];

/// What was found so far.
#[derive(Default)]
struct Found {
    month: Option<u8>,
    numbers: Vec<(i64, usize)>,
    time: Option<Time>,
    zone: Option<Zone>,
}

/// Reads a date in words.
pub(super) fn parse(text: &str) -> Option<Civil> {
    plain(text).or_else(|| any(text))
}

/// Reads `Tue, 07 Oct 2014 09:30:00 +0200`, as nearly all feeds write it, at once.
fn plain(text: &str) -> Option<Civil> {
    let bytes = text.as_bytes();
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', rest @ ..] = bytes else {
        return None;
    };
    let [y1, y2, y3, y4, b' ', h1, h2, b':', n1, n2, b':', s1, s2, b' ', zone @ ..] = rest else {
        return None;
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_u16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u16::from(**digit - b'0'))
        })
    };
    let two = |one, other| number(&[one, other]).and_then(|number| u8::try_from(number).ok());
    let name = [*m1, *m2, *m3];
    let month = (1..).zip(MONTHS).find(|(_, known)| name.eq_ignore_ascii_case(known.as_bytes()));
    let zone = match zone {
        b"GMT" | b"UTC" | b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let minutes = i32::from(two(h1, h2)?) * 60 + i32::from(two(m1, m2)?);
            // What is odd is left to the reader that knows of it.
            if minutes > 14 * 60 || two(m1, m2)? > 59 {
                return None;
            }
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let is_day = DAYS.iter().any(|day| bytes[..3].eq_ignore_ascii_case(day.as_bytes()));
    is_day.then_some(())?;
    Some(Civil {
        year: i64::from(number(&[y1, y2, y3, y4])?),
        month: Some(month?.0),
        day: Some(two(d1, d2)?),
        time: Some(Time::checked(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?, 0)?),
        zone: Some(Zone::Offset(zone)),
    })
}

fn any(text: &str) -> Option<Civil> {
    let mut found = Found::default();
    let mut rest = text;
    while let Some((token, after)) = next_token(rest) {
        let is_time = token.contains(':') && token.starts_with(|c: char| c.is_ascii_digit());
        rest = if is_time {
            found.take_time(token, after)?
        } else if found.time.is_some() && found.month.is_some() && is_zone_start(token, &found) {
            found.zone = iso::zone(&format!("{token}{}", zone_tail(after))).ok()?;
            &after[zone_tail(after).len()..]
        } else {
            found.take(token)?;
            after
        };
    }
    found.finish()
}

/// Reads `AM` or `PM` after an hour; none where the hour does not fit.
pub(super) fn twelve_hours(hour: u32, rest: &str) -> Option<(u32, &str)> {
    const MARKS: [(&str, bool); 6] = [
        ("a.m.", false),
        ("p.m.", true),
        ("a.m", false),
        ("p.m", true),
        ("am", false),
        ("pm", true),
    ];
    let after = rest.trim_start();
    let found = MARKS.iter().find_map(|(mark, is_pm)| {
        let start = after.get(..mark.len())?;
        let tail = &after[mark.len()..];
        let is_whole = !tail.starts_with(char::is_alphanumeric);
        (start.eq_ignore_ascii_case(mark) && is_whole).then_some((*is_pm, tail))
    });
    let Some((is_pm, tail)) = found else { return Some((hour, rest)) };
    if !(1..=12).contains(&hour) {
        return None;
    }
    Some((hour % 12 + if is_pm { 12 } else { 0 }, tail))
}

/// The next run of characters between spaces and commas. A hyphen or slash ends a token where it
/// separates parts of a date, not where it begins an offset.
fn next_token(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '.');
    if text.is_empty() {
        return None;
    }
    let ends = |(at, c): &(usize, char)| c.is_whitespace() || *c == ',' || (*at > 0 && *c == '(');
    let end = text.char_indices().find(ends).map_or(text.len(), |(at, _)| at);
    Some(text.split_at(end))
}

/// What belongs to a zone after its first token: a comment, or an offset after `GMT`.
fn zone_tail(after: &str) -> &str {
    let tail = after.trim_start();
    if tail.starts_with(['(', '+', '-']) { after } else { "" }
}

fn is_zone_start(token: &str, found: &Found) -> bool {
    if token.starts_with(['+', '-', '(']) {
        return token.len() > 1;
    }
    let is_word = token.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    is_word && found.zone.is_none() && month(token).is_none() && !is_filler(token)
}

fn is_filler(token: &str) -> bool {
    FILLERS.contains(&token.to_ascii_lowercase().as_str()) || weekday(token)
}

fn weekday(token: &str) -> bool {
    let token = token.trim_end_matches('.').to_ascii_lowercase();
    token.get(..3).is_some_and(|start| DAYS.contains(&start))
        && token.chars().all(char::is_alphabetic)
}

/// The month of an English name, whole or cut to three letters or more.
fn month(token: &str) -> Option<u8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let token = token.trim_end_matches('.').to_ascii_lowercase();
    let start = token.get(..3)?;
    let index = MONTHS.iter().position(|month| *month == start)?;
    let whole = NAMES[index].starts_with(&token) || token == "sept";
    whole.then(|| u8::try_from(index + 1).ok()).flatten()
}

impl Found {
    fn take(&mut self, token: &str) -> Option<()> {
        if let Some(month) = month(token) {
            return self.set_month(month);
        }
        if is_filler(token) {
            return Some(());
        }
        let plain = without_ordinal(token);
        if plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.push_number(plain);
        }
        self.take_joined(token)
    }

    /// `26-FEB-1987`, `2006/09/15`, `31/12/2004`, `Oct-7`.
    fn take_joined(&mut self, token: &str) -> Option<()> {
        let separator = token.chars().find(|c| "-/.".contains(*c))?;
        let parts: Vec<&str> = token.split(separator).filter(|part| !part.is_empty()).collect();
        if parts.len() < 2 || parts.len() > 3 {
            return None;
        }
        let numeric = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        if parts.iter().all(numeric) {
            return self.take_numeric(&parts);
        }
        for part in parts {
            match month(part) {
                Some(month) => self.set_month(month)?,
                None if numeric(&part) => self.push_number(part)?,
                None if weekday(part) => {}
                None => return None,
            }
        }
        Some(())
    }

    /// Three numbers in one token: year first, or the one order that is possible.
    fn take_numeric(&mut self, parts: &[&str]) -> Option<()> {
        let [first, second, third] = parts else {
            return None;
        };
        let small = |text: &&str| text.parse::<u8>().ok();
        if first.len() == 4 {
            self.set_month(small(second)?)?;
            return self.push_number(third).and_then(|()| self.push_number(first));
        }
        if third.len() != 4 {
            return None;
        }
        let (one, two) = (small(first)?, small(second)?);
        let (day, month) = match (one <= 12, two <= 12) {
            (true, true) if one == two => (first, two),
            (false, true) => (first, two),
            (true, false) => (second, one),
            // 01/02/2004 is one day in London and another in New York.
            _ => return None,
        };
        self.set_month(month)?;
        self.push_number(day).and_then(|()| self.push_number(third))
    }

    fn set_month(&mut self, month: u8) -> Option<()> {
        if self.month.is_some() || !(1..=12).contains(&month) {
            return None;
        }
        self.month = Some(month);
        Some(())
    }

    fn push_number(&mut self, digits: &str) -> Option<()> {
        if self.numbers.len() == 2 || digits.len() > 4 {
            return None;
        }
        self.numbers.push((digits.parse().ok()?, digits.len()));
        Some(())
    }

    /// Reads a time with what clings to it: `AM`, an offset, a zone.
    fn take_time<'a>(&mut self, token: &str, after: &'a str) -> Option<&'a str> {
        if self.time.is_some() {
            return None;
        }
        let (time, rest) = iso::time(token)?;
        let zone = rest.trim_start_matches(['-', '.']);
        if rest.starts_with(['+', '-']) || zone.starts_with(char::is_alphabetic) {
            self.zone = iso::zone(rest).ok()?;
        } else if !rest.is_empty() {
            return None;
        }
        let (hour, left) = twelve_hours(u32::from(time.hour), after)?;
        self.time = Some(Time { hour: u8::try_from(hour).ok()?, ..time });
        Some(left)
    }

    fn finish(self) -> Option<Civil> {
        let (day, year) = self.day_and_year()?;
        let month = Some(self.month?);
        Some(Civil { year, month, day, time: self.time, zone: self.zone })
    }

    /// Which of the numbers is the year: the one of four digits, else the second.
    fn day_and_year(&self) -> Option<(Option<u8>, i64)> {
        let day = |number: i64| u8::try_from(number).ok().filter(|day| (1..=31).contains(day));
        match *self.numbers.as_slice() {
            [(year, 4)] => Some((None, year)),
            [(year, 4), (number, 1 | 2)] => Some((Some(day(number)?), year)),
            [(number, 1 | 2), (year, digits @ 2..=4)] => {
                Some((Some(day(number)?), full_year(year, digits)))
            }
            _ => None,
        }
    }
}

/// `7th` is `7`.
fn without_ordinal(token: &str) -> &str {
    let lower = token.to_ascii_lowercase();
    let marked = ["st", "nd", "rd", "th"].iter().any(|mark| lower.ends_with(mark));
    let number = &token[..token.len().saturating_sub(2 * usize::from(marked && token.is_ascii()))];
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if marked && is_number { number } else { token }
}

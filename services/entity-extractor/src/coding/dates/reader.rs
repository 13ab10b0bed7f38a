//! One expression of time at a token: days of the week, months, years, and words against the story's
//! day.

use dateline_record::Granularity;
use jiff::{ToSpan, civil::Date};

use super::{Calendar, Direction};
use crate::story::sentence::Sentence;

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The expression that begins at a token, by itself.
pub(super) fn simple(sentence: &Sentence, at: usize, calendar: Calendar) -> Option<Reading> {
    let Calendar { day, last, direction } = calendar;
    let reader = Reader { sentence, at, day, last, direction };
    reader
        .weekday()
        .or_else(|| reader.month())
        .or_else(|| reader.year())
        .or_else(|| reader.decade())
        .or_else(|| reader.ago())
        .or_else(|| reader.season())
        .or_else(|| reader.relative())
}

pub(super) struct Reader<'a> {
    sentence: &'a Sentence<'a>,
    at: usize,
    day: Option<Date>,
    last: Option<Date>,
    direction: Direction,
}

/// First and last day, how fine, and tokens.
pub(super) type Reading = (Date, Date, Granularity, usize);

impl Reader<'_> {
    fn word(&self, offset: usize) -> &str {
        self.sentence.word(self.at + offset)
    }

    fn before(&self) -> &str {
        self.at.checked_sub(1).map_or("", |at| self.sentence.word(at))
    }

    /// "Tuesday": the last one up to the story's day, or the next one after it.
    fn weekday(&self) -> Option<Reading> {
        let wanted = DAYS.iter().position(|day| *day == self.word(0))?;
        let wanted = i32::try_from(wanted).ok()?;
        let day = self.day?;
        let today = i32::from(day.weekday().to_monday_zero_offset());
        let direction = if self.before() == "next" { Direction::Future } else { self.direction };
        let date = match direction {
            Direction::Past => day.checked_sub(((today - wanted).rem_euclid(7)).days()),
            Direction::Future => day.checked_add(((wanted - today - 1).rem_euclid(7) + 1).days()),
        };
        let date = date.ok()?;
        Some((date, date, Granularity::Day, 1))
    }

    /// "January 19", "Jan 19, 2018", "19 January", "March 2018", "in March", "since March".
    fn month(&self) -> Option<Reading> {
        if !self.sentence.is_capital(self.at) {
            return None;
        }
        let month = month_number(self.word(0))?;
        let number = |offset: usize| self.word(offset).parse::<i16>().ok();
        if let Some(day) = number(1).filter(|day| (1..=31).contains(day)) {
            let comma = usize::from(self.word(2) == ",");
            let year = number(2 + comma).filter(|year| (1900..2100).contains(year));
            let length = if year.is_some() { 3 + comma } else { 2 };
            let day = i8::try_from(day).ok()?;
            let date = match year {
                Some(year) => Date::new(year, month, day).ok()?,
                None => self.near_year(month, day)?,
            };
            return Some((date, date, Granularity::Day, length));
        }
        let day = self
            .at
            .checked_sub(1)
            .and_then(|at| self.sentence.word(at).parse::<i8>().ok())
            .filter(|day| (1..=31).contains(day));
        if let Some(day) = day {
            let date = self.near_year(month, day)?;
            return Some((date, date, Granularity::Day, 1));
        }
        let year = number(1).filter(|year| (1900..2100).contains(year));
        // "in March last year"
        let shifted = match (self.word(1), self.word(2)) {
            ("last", "year") => Some(-1),
            ("next", "year") => Some(1),
            ("this", "year") => Some(0),
            _ => None,
        };
        let of_year = |shift: i16| Date::new(self.day?.year() + shift, month, 1).ok();
        let (first, length) = match (year, shifted) {
            (Some(year), _) => (Date::new(year, month, 1).ok()?, 2),
            (None, Some(shift)) => (of_year(shift)?, 3),
            (None, None) => (self.near_year(month, 1)?, 1),
        };
        let (from, last) = part_of_month(self.before(), first);
        let to = if self.before() == "since" { self.day.unwrap_or(last) } else { last };
        Some((from, to, Granularity::Month, length))
    }

    /// The year in which a day of a year lies next to the story's day, looking back or ahead.
    fn near_year(&self, month: i8, day: i8) -> Option<Date> {
        let today = self.day?;
        let this = Date::new(today.year(), month, day).ok()?;
        let (is_before, is_same_month) =
            (this < today, (this.year(), this.month()) == (today.year(), today.month()));
        let year = match self.direction {
            Direction::Past if !is_before && !is_same_month => today.year() - 1,
            Direction::Future if is_before && !is_same_month => today.year() + 1,
            _ => today.year(),
        };
        Date::new(year, month, day).ok()
    }

    /// "in 2018", "since 2022".
    fn year(&self) -> Option<Reading> {
        let word = self.word(0);
        let year: i16 =
            word.parse().ok().filter(|year| word.len() == 4 && (1500..2100).contains(year))?;
        let before = self.before();
        let before = if matches!(before, "early" | "late" | "mid") {
            self.sentence.word(self.at.wrapping_sub(2))
        } else {
            before
        };
        let is_second = matches!(before, "and" | "to")
            && self.at.checked_sub(2).is_some_and(|at| is_year(self.sentence.word(at)));
        let is_told = matches!(
            before,
            "in" | "since" | "from" | "of" | "until" | "during" | "between" | "by" | "after"
        );
        if !is_told && !is_second {
            return None;
        }
        let months = match self.before() {
            "early" => (1, 4),
            "mid" => (5, 8),
            "late" => (9, 12),
            _ => (1, 12),
        };
        let first = Date::new(year, months.0, 1).ok()?;
        let last = Date::new(year, months.1, 1).ok()?.last_of_month();
        let to = if before == "since" { self.day.unwrap_or(last) } else { last };
        Some((first, to, Granularity::Year, 1))
    }

    /// "the 1990s", "the early 1990s".
    fn decade(&self) -> Option<Reading> {
        let word = self.word(0);
        let year: i16 = word.strip_suffix('s').filter(|_| word.len() == 5)?.parse().ok()?;
        if !(1500..2100).contains(&year) || year % 10 != 0 {
            return None;
        }
        let (first, last) = match self.before() {
            "early" => (year, year + 4),
            "late" => (year + 5, year + 9),
            _ => (year, year + 9),
        };
        let (from, to) = (Date::new(first, 1, 1).ok()?, Date::new(last, 12, 31).ok()?);
        Some((from, to, Granularity::Year, 1))
    }

    /// "two days ago", "a week earlier"; earlier than what was spoken of last.
    fn ago(&self) -> Option<Reading> {
        let count = count(self.word(0))?;
        let unit = self.word(1).trim_end_matches('s');
        let from = match self.word(2) {
            "ago" => self.day?,
            "earlier" | "before" => self.last?,
            _ => return None,
        };
        let reading = match unit {
            "day" => {
                let day = from.checked_sub(count.days()).ok()?;
                (day, day, Granularity::Day, 3)
            }
            "week" => {
                let monday = monday(from)?.checked_sub(count.weeks()).ok()?;
                (monday, monday.checked_add(6.days()).ok()?, Granularity::Week, 3)
            }
            "month" => {
                let first = from.first_of_month().checked_sub(count.months()).ok()?;
                (first, first.last_of_month(), Granularity::Month, 3)
            }
            "year" => {
                let first = from.first_of_year().checked_sub(count.years()).ok()?;
                (first, first.last_of_year(), Granularity::Year, 3)
            }
            _ => return None,
        };
        Some(reading)
    }

    /// "last spring", "in the spring": north of the equator.
    fn season(&self) -> Option<Reading> {
        let first_month = match self.word(0) {
            "spring" => 3,
            "summer" => 6,
            "autumn" => 9,
            "winter" => 12,
            _ => return None,
        };
        let today = self.day?;
        let is_given = matches!(self.before(), "last" | "next" | "this" | "the" | "in");
        if !is_given {
            return None;
        }
        let of = |year: i16| {
            let from = Date::new(year, first_month, 1).ok()?;
            let to = from.checked_add(2.months()).ok()?.last_of_month();
            Some((from, to))
        };
        let is_ahead = self.before() == "next" || self.direction == Direction::Future;
        let mut years = [-1, 0, 1].into_iter().filter_map(|shift| of(today.year() + shift));
        let (from, to) = if is_ahead {
            years.find(|(from, _)| *from > today)?
        } else {
            years.rfind(|(from, _)| *from <= today)?
        };
        Some((from, to, Granularity::Month, 1))
    }

    /// "yesterday", "last week", "next month", "this year", "over the weekend".
    fn relative(&self) -> Option<Reading> {
        let day = self.day?;
        let one = |shift: i64| {
            let date = day.checked_add(shift.days()).ok()?;
            Some((date, date, Granularity::Day, 1))
        };
        match (self.word(0), self.word(1)) {
            ("today" | "tonight", _) => one(0),
            ("yesterday", _) => one(-1),
            ("tomorrow", _) => one(1),
            ("last", unit) => self.unit(unit, -1),
            ("next", unit) => self.unit(unit, 1),
            ("this", unit) => self.part_of_this(unit),
            ("overnight", _) => Some((day.yesterday().ok()?, day, Granularity::Day, 1)),
            ("the", "next" | "following") if self.word(2) == "day" => {
                let next = self.last?.tomorrow().ok()?;
                Some((next, next, Granularity::Day, 3))
            }
            ("the", "previous") if self.word(2) == "day" => {
                let before = self.last?.yesterday().ok()?;
                Some((before, before, Granularity::Day, 3))
            }
            ("the", "weekend") if matches!(self.before(), "over" | "at") => {
                let monday = monday(day)?;
                let saturday = monday.checked_sub(2.days()).ok()?;
                Some((saturday, saturday.checked_add(1.day()).ok()?, Granularity::Day, 2))
            }
            _ => None,
        }
    }

    /// "this month": up to the story's day or from it on, by which way the act lies.
    fn part_of_this(&self, unit: &str) -> Option<Reading> {
        let day = self.day?;
        if matches!(unit, "morning" | "afternoon" | "evening") {
            return Some((day, day, Granularity::Day, 2));
        }
        let (from, to, granularity, length) = self.unit(unit, 0)?;
        let is_ahead = self.direction == Direction::Future || self.before() == "later";
        Some(if is_ahead {
            (day.max(from), to, granularity, length)
        } else {
            (from, day.min(to), granularity, length)
        })
    }

    fn unit(&self, unit: &str, shift: i64) -> Option<Reading> {
        let day = self.day?;
        let (from, to, granularity) = match unit {
            "week" => {
                let from = monday(day)?.checked_add(shift.weeks()).ok()?;
                (from, from.checked_add(6.days()).ok()?, Granularity::Week)
            }
            "month" => {
                let from = day.first_of_month().checked_add(shift.months()).ok()?;
                (from, from.last_of_month(), Granularity::Month)
            }
            "year" => {
                let from = day.first_of_year().checked_add(shift.years()).ok()?;
                (from, from.last_of_year(), Granularity::Year)
            }
            _ => return None,
        };
        Some((from, to, granularity, 2))
    }
}

/// "early" and "late" in a month are its first and last ten days.
fn part_of_month(before: &str, first: Date) -> (Date, Date) {
    let last = first.last_of_month();
    let day = |number: i8| first.with().day(number).build().unwrap_or(first);
    match before {
        "early" => (first, day(10)),
        "mid" => (day(11), day(20)),
        "late" => (day(last.day() - 9), last),
        _ => (first, last),
    }
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse::<i16>().is_ok_and(|year| (1500..2100).contains(&year))
}

/// "a", "two", "12".
fn count(word: &str) -> Option<i64> {
    const WORDS: &[&str] = &[
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    let small = WORDS.iter().position(|small| *small == word);
    let small = small.and_then(|index| i64::try_from(index + 1).ok());
    small.or_else(|| word.parse().ok().filter(|count| (1..1000).contains(count)))
}

fn monday(day: Date) -> Option<Date> {
    day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()
}

/// The number of a month by its name, whole or cut: "Oct.", "sept".
pub(in crate::coding) fn month_number(word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.');
    let start = word.get(..3)?;
    let index = MONTHS.iter().position(|month| *month == start)?;
    let full = [
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
    let is_month = full[index].starts_with(word) || word == "sept";
    is_month.then(|| i8::try_from(index + 1).ok()).flatten()
}

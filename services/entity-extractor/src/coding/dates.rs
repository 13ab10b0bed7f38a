//! Words of time as intervals of days, resolved against the story's day. Nothing is invented: a
//! month without a year stays open where the story has no day.

use dateline_record::{Basis, DateInterval, Granularity};
use jiff::{ToSpan, civil::Date};

use crate::story::sentence::{Class, Sentence};

const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Where in time an act lies against the story's day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    Past,
    Future,
}

/// The expression that stands nearest to `trigger` in its clause.
pub(crate) fn near(
    sentence: &Sentence,
    trigger: usize,
    day: Option<Date>,
    direction: Direction,
) -> Option<DateInterval> {
    let mut best: Option<(usize, DateInterval)> = None;
    let mut at = 0;
    while at < sentence.tokens.len() {
        let Some((interval, length)) = expression(sentence, at, day, direction) else {
            at += 1;
            continue;
        };
        let distance = distance(sentence, trigger, at);
        if distance < best.as_ref().map_or(usize::MAX, |(known, _)| *known) {
            best = Some((distance, interval));
        }
        at += length;
    }
    best.map(|(_, interval)| interval)
}

/// Tokens between, and infinite where another clause lies between.
fn distance(sentence: &Sentence, trigger: usize, at: usize) -> usize {
    let (from, to) = (trigger.min(at), trigger.max(at));
    let finite = |at: usize| matches!(sentence.class(at), Class::Verb(group) if sentence.groups[group].is_finite() && sentence.groups[group].main == at);
    let verbs = (from + 1..to).filter(|at| finite(*at)).count();
    let marks = (from..to)
        .filter(|at| {
            sentence.class(*at) == Class::Mark || sentence.class(*at) == Class::Subordinator
        })
        .count();
    if verbs > usize::from(at < trigger) || marks > 1 || marks > 0 && verbs > 0 {
        return usize::MAX;
    }
    to - from + if at < trigger { 3 } else { 0 }
}

/// The expression that begins at a token, and its length in tokens.
fn expression(
    sentence: &Sentence,
    at: usize,
    day: Option<Date>,
    direction: Direction,
) -> Option<(DateInterval, usize)> {
    if is_limit(sentence, at) {
        return None;
    }
    let reader = Reader { sentence, at, day, direction };
    let (from, to, granularity, length) = reader
        .weekday()
        .or_else(|| reader.month())
        .or_else(|| reader.year())
        .or_else(|| reader.relative())?;
    let text = sentence.phrase(at, at + length).to_owned();
    // "since May 30": until the story's day.
    let before = at.checked_sub(1).map_or("", |at| sentence.word(at));
    let to = if before == "since" { day.unwrap_or(to).max(to) } else { to };
    Some((interval(from, to, granularity, Basis::Expression, Some(text)), length))
}

/// "by Friday", "before the end of June": when something is to be done, not when it was told.
fn is_limit(sentence: &Sentence, at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| sentence.word(at));
    matches!(before(1), "by" | "until" | "before") || before(1) == "of" && before(2) == "end"
}

/// An interval as the record has it.
pub(crate) fn interval(
    from: Date,
    to: Date,
    granularity: Granularity,
    basis: Basis,
    text: Option<String>,
) -> DateInterval {
    DateInterval { from: from.to_string(), to: to.to_string(), granularity, basis, text }
}

struct Reader<'a> {
    sentence: &'a Sentence<'a>,
    at: usize,
    day: Option<Date>,
    direction: Direction,
}

type Reading = (Date, Date, Granularity, usize);

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
        let date = match self.direction {
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
        let first = match year {
            Some(year) => Date::new(year, month, 1).ok()?,
            None => self.near_year(month, 1)?,
        };
        let last = first.last_of_month();
        let to = if self.before() == "since" { self.day.unwrap_or(last) } else { last };
        Some((first, to, Granularity::Month, 1 + usize::from(year.is_some())))
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
        if !matches!(before, "in" | "since" | "from" | "of" | "until" | "during" | "between") {
            return None;
        }
        let first = Date::new(year, 1, 1).ok()?;
        let last = Date::new(year, 12, 31).ok()?;
        let to = if before == "since" { self.day.unwrap_or(last) } else { last };
        Some((first, to, Granularity::Year, 1))
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
            ("this", unit) => self.unit(unit, 0),
            ("the", "weekend") if matches!(self.before(), "over" | "at") => {
                let monday = monday(day)?;
                let saturday = monday.checked_sub(2.days()).ok()?;
                Some((saturday, saturday.checked_add(1.day()).ok()?, Granularity::Day, 2))
            }
            _ => None,
        }
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

fn monday(day: Date) -> Option<Date> {
    day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()
}

fn month_number(word: &str) -> Option<i8> {
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

#[cfg(test)]
mod tests {
    use dateline_language::Lexicon;

    use super::*;

    fn resolved(text: &str, day: Option<&str>, direction: Direction) -> Option<(String, String)> {
        let lexicon = Lexicon::new(["meet"]);
        let sentence = Sentence::new(text, 0, 0..text.len(), &lexicon);
        let day = day.map(|day| day.parse().unwrap());
        near(&sentence, 1, day, direction).map(|interval| (interval.from, interval.to))
    }

    #[test]
    fn resolves() {
        let check = |text: &str, direction: Direction, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
            assert_eq!(resolved(text, Some("2014-10-08"), direction), expected, "{text}");
        };
        let day = |day| Some((day, day));
        check("They met on Tuesday.", Direction::Past, day("2014-10-07"));
        check("They met on Wednesday.", Direction::Past, day("2014-10-08"));
        check("They meet on Wednesday.", Direction::Future, day("2014-10-15"));
        check("They met in March.", Direction::Past, Some(("2014-03-01", "2014-03-31")));
        check("They met in December.", Direction::Past, Some(("2013-12-01", "2013-12-31")));
        check("They meet in February.", Direction::Future, Some(("2015-02-01", "2015-02-28")));
        check("They met on January 19.", Direction::Past, day("2014-01-19"));
        check("They met on Jan. 19, 2012.", Direction::Past, day("2012-01-19"));
        check("They met in 2012.", Direction::Past, Some(("2012-01-01", "2012-12-31")));
        check("They met last week.", Direction::Past, Some(("2014-09-29", "2014-10-05")));
        check("They met yesterday.", Direction::Past, day("2014-10-07"));
        check("They met 2012 people.", Direction::Past, None);
        check("They met.", Direction::Past, None);
        check("They agreed to leave by Friday.", Direction::Past, None);
        check("They agreed to leave before the end of June.", Direction::Past, None);
    }

    #[test]
    fn invents_no_year() {
        assert_eq!(resolved("They met in March.", None, Direction::Past), None);
        assert_eq!(resolved("They met on Tuesday.", None, Direction::Past), None);
        let dated = resolved("They met in March 2012.", None, Direction::Past);
        assert_eq!(dated, Some(("2012-03-01".to_owned(), "2012-03-31".to_owned())));
    }
}

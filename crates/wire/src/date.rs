//! Dates as feeds and wires write them: RFC 822, RFC 3339, asctime and their usual distortions.

mod civil;
mod iso;
mod words;
mod zones;

use dateline_record::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest text that is looked at: no real date is longer.
const MAX_DATE_BYTES: usize = 100;

/// A date that was read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Date {
    /// The moment; the first one of a day, month or year where no more was written.
    pub at: Timestamp,
    /// How much of it was written and how much is assumed.
    pub quality: Quality,
}

/// How much of a date was written and how much is assumed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Day, time and an unambiguous zone were written.
    Exact,
    /// The zone's name stands for several zones: the one that news use most is taken.
    AmbiguousZone,
    /// The zone is missing or unknown: UTC is assumed.
    AssumedUtc,
    /// Only the day was written.
    Day,
    /// Only the month was written.
    Month,
    /// Only the year was written.
    Year,
}

/// Reads a date; none where the text is no date or could mean two different days.
///
/// ```
/// let date = dateline_wire::date::parse("Tue, 7 Oct 2014 09:30 JST").unwrap();
/// assert_eq!(date.at.to_string(), "2014-10-07T00:30:00.000Z");
/// ```
pub fn parse(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_DATE_BYTES {
        return None;
    }
    let civil = iso::parse(text).or_else(|| words::parse(text))?;
    civil.resolve()
}

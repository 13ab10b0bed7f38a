//! A date and time of day as written, and its way to a moment in UTC.

use dateline_record::Timestamp;

use super::{Date, Quality};

/// What was written of a date.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Civil {
    /// The year, in full.
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: Option<u8>,
    /// 1 to 31.
    pub(super) day: Option<u8>,
    /// The time of day.
    pub(super) time: Option<Time>,
    /// The zone.
    pub(super) zone: Option<Zone>,
}

/// A time of day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) millis: u16,
}

/// A zone as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Zone {
    /// Minutes east of UTC.
    Offset(i32),
    /// Minutes east of UTC, the likeliest of several meanings.
    Ambiguous(i32),
    /// A name that stands in no table.
    Unknown,
}

impl Time {
    /// The time if it exists; 24:00 and a leap second do.
    pub(super) fn checked(hour: u8, minute: u8, second: u8, millis: u16) -> Option<Self> {
        let midnight = hour == 24 && minute == 0 && second == 0 && millis == 0;
        let fits = (hour < 24 || midnight) && minute < 60 && second <= 60 && millis < 1000;
        fits.then_some(Self { hour, minute, second, millis })
    }

    fn in_millis(self) -> i64 {
        let minutes = i64::from(self.hour) * 60 + i64::from(self.minute);
        (minutes * 60 + i64::from(self.second)) * 1000 + i64::from(self.millis)
    }
}

impl Civil {
    /// The moment, or none where the day does not exist.
    pub(super) fn resolve(self) -> Option<Date> {
        if !(1..=9999).contains(&self.year) {
            return None;
        }
        let month = self.month.unwrap_or(1);
        let day = self.day.unwrap_or(1);
        if day == 0 || day > days_in_month(self.year, month)? {
            return None;
        }
        let time = self.time.map_or(0, Time::in_millis);
        let at = days_since_1970(self.year, month, day) * 86_400_000 + time;
        let at = Timestamp::from_millis(at - i64::from(self.offset_minutes()) * 60_000);
        Some(Date { at, quality: self.quality() })
    }

    fn offset_minutes(self) -> i32 {
        match self.zone {
            // A day or a month in some zone is no moment: it is kept as the day that was written.
            Some(Zone::Offset(minutes) | Zone::Ambiguous(minutes)) if self.time.is_some() => {
                minutes
            }
            _ => 0,
        }
    }

    fn quality(self) -> Quality {
        match (self.month, self.day, self.time, self.zone) {
            (None, ..) => Quality::Year,
            (_, None, ..) => Quality::Month,
            (_, _, None, _) => Quality::Day,
            (.., Some(Zone::Offset(_))) => Quality::Exact,
            (.., Some(Zone::Ambiguous(_))) => Quality::AmbiguousZone,
            (.., None | Some(Zone::Unknown)) => Quality::AssumedUtc,
        }
    }
}

/// The year that two or three digits stand for (RFC 5322, section 4.3).
pub(super) fn full_year(written: i64, digits: usize) -> i64 {
    match digits {
        2 if written < 50 => 2000 + written,
        2 | 3 => 1900 + written,
        _ => written,
    }
}

/// Days of a month; none where there is no such month.
pub(super) fn days_in_month(year: i64, month: u8) -> Option<u8> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => return None,
    })
}

/// Whether a year has 366 days.
pub(super) fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar.
fn days_since_1970(year: i64, month: u8, day: u8) -> i64 {
    const DAYS_BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    const DAYS_BEFORE_1970: i64 = 719_162;
    let past = year - 1;
    let leap_day = i64::from(month > 2 && is_leap(year));
    let before_year = past * 365 + past / 4 - past / 100 + past / 400 - DAYS_BEFORE_1970;
    let before_month = DAYS_BEFORE_MONTH[usize::from(month.clamp(1, 12)) - 1] + leap_day;
    before_year + before_month + i64::from(day) - 1
}

//! A moment in UTC with millisecond precision, written as RFC 3339.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in UTC with millisecond precision: `2014-10-07T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z, held within the years -9999 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        let bounded = jiff::Timestamp::from_millisecond(millis);
        let limit = if millis < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(bounded.unwrap_or(limit))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Reads RFC 3339 text; finer digits than milliseconds are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let moment: jiff::Timestamp = text.parse().ok()?;
        Some(Self::from_millis(moment.as_millisecond()))
    }

    /// The civil date of this moment in UTC.
    pub fn date(self) -> jiff::civil::Date {
        self.0.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self::from_millis(moment.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3}", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("{text:?} is not an RFC 3339 time like 2014-10-07T09:30:00Z"))
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "A moment in UTC with millisecond precision, RFC 3339.",
            "examples": ["2014-10-07T09:30:00.000Z"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        let check = |text: &str, written: &str| {
            let moment = Timestamp::parse(text).unwrap();
            assert_eq!(moment.to_string(), written);
            assert_eq!(Timestamp::from_millis(moment.as_millis()), moment);
        };
        check("2014-10-07T09:30:00Z", "2014-10-07T09:30:00.000Z");
        check("2014-10-07T09:30:00.123987+09:00", "2014-10-07T00:30:00.123Z");
        check("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
        assert!(Timestamp::parse("7 October 2014").is_none());
        assert!(Timestamp::from_millis(i64::MAX).as_millis() > 0);
    }
}

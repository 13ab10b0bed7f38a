//! A record as it stands on the bus: JSON value, CloudEvents headers (binary mode), trace context.

use bytes::Bytes;
use dateline_bus::{Output, Topic};
use dateline_record::{ReadError, Record, Timestamp};

use crate::{
    clock,
    trace::{TRACEPARENT, TraceContext},
};

/// A record on its way to its topic.
pub fn wrap<R: Record>(record: &R, stage: &str, trace: TraceContext) -> Result<Output, ReadError> {
    let header = |name: &str, value: String| (name.to_owned(), Some(Bytes::from(value)));
    let now = clock::now();
    let headers = vec![
        header("ce_specversion", "1.0".to_owned()),
        header("ce_id", record.event_id()),
        header("ce_source", format!("/dateline/{stage}")),
        header("ce_type", R::TOPIC.to_owned()),
        header("ce_time", record.time().to_string()),
        header("ce_recordedtime", now.to_string()),
        header("content-type", "application/json".to_owned()),
        header(TRACEPARENT, trace.to_string()),
    ];
    let record = dateline_bus::Record {
        key: Some(Bytes::copy_from_slice(record.key().as_bytes())),
        value: Some(record.to_json()?.into()),
        headers,
        // When it was written and not when its story was fetched: retention goes by this, and a
        // story out of an old archive must not be gone before it is read.
        timestamp_ms: now.as_millis(),
    };
    Ok(Output { topic: Topic::new(R::TOPIC), record })
}

/// The span in which a record is handled: in the record's trace, or in a new one.
pub(crate) fn trace_of(record: &dateline_bus::Record) -> TraceContext {
    let sent = record.header(TRACEPARENT).and_then(|header| TraceContext::parse(header));
    sent.map_or_else(TraceContext::root, TraceContext::child)
}

/// The time of what a record tells (`ce_time`); that of a record without, when it was written.
pub fn time_of(record: &dateline_bus::Record) -> Timestamp {
    let told = record.header("ce_time").and_then(|header| std::str::from_utf8(header).ok());
    let told = told.and_then(Timestamp::parse);
    told.unwrap_or_else(|| Timestamp::from_millis(record.timestamp_ms))
}

#[cfg(test)]
mod tests {
    use dateline_record::{Format, RawStory};

    use super::*;

    #[test]
    fn a_story_of_long_ago_is_kept_from_when_it_was_written() {
        let fetched = Timestamp::parse("2014-10-07T12:00:00Z").unwrap();
        let story = RawStory::new("test", "a", Format::Text, "Japan met Russia.", fetched);
        let before = clock::now();
        let record = wrap(&story, "test", TraceContext::root()).unwrap().record;
        assert!(record.timestamp_ms >= before.as_millis());
        assert_eq!(time_of(&record), fetched);
        let record = dateline_bus::Record { headers: Vec::new(), ..record };
        assert_eq!(time_of(&record).as_millis(), record.timestamp_ms);
    }
}

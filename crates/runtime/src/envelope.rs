//! A record as it stands on the bus: JSON value, CloudEvents headers (binary mode), trace context.

use bytes::Bytes;
use dateline_bus::{Output, Topic};
use dateline_record::{ReadError, Record};

use crate::{
    clock,
    trace::{TRACEPARENT, TraceContext},
};

/// A record on its way to its topic.
pub fn wrap<R: Record>(record: &R, stage: &str, trace: TraceContext) -> Result<Output, ReadError> {
    let header = |name: &str, value: String| (name.to_owned(), Some(Bytes::from(value)));
    let headers = vec![
        header("ce_specversion", "1.0".to_owned()),
        header("ce_id", record.event_id()),
        header("ce_source", format!("/dateline/{stage}")),
        header("ce_type", R::TOPIC.to_owned()),
        header("ce_time", record.time().to_string()),
        header("ce_recordedtime", clock::now().to_string()),
        header("content-type", "application/json".to_owned()),
        header(TRACEPARENT, trace.to_string()),
    ];
    let record = dateline_bus::Record {
        key: Some(Bytes::copy_from_slice(record.key().as_bytes())),
        value: Some(record.to_json()?.into()),
        headers,
        timestamp_ms: record.time().as_millis(),
    };
    Ok(Output { topic: Topic::new(R::TOPIC), record })
}

/// The span in which a record is handled: in the record's trace, or in a new one.
pub(crate) fn trace_of(record: &dateline_bus::Record) -> TraceContext {
    let sent = record.header(TRACEPARENT).and_then(|header| TraceContext::parse(header));
    sent.map_or_else(TraceContext::root, TraceContext::child)
}

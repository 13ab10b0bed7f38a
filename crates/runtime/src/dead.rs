//! Making a dead letter of a record that a stage gave up.

use std::collections::BTreeMap;

use dateline_bus::{MAX_RECORD_BYTES, Output, Received};
use dateline_record::{DeadLetter, FaultCode, Origin, Payload};

use crate::{
    clock,
    envelope::{trace_of, wrap},
};

/// Characters of an error's text that are kept: it may quote what came from outside.
pub(crate) const ERROR_CHARS: usize = 256;

/// Cuts a text from outside.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(ERROR_CHARS).collect()
}

/// Why a record was given up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Verdict {
    /// Why, as a code.
    pub(crate) code: FaultCode,
    /// Why, in words.
    pub(crate) what: String,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// The dead letter of a record, ready for its topic.
pub(crate) fn letter(
    stage: &str,
    received: &Received,
    verdict: &Verdict,
) -> anyhow::Result<Output> {
    let record = &received.record;
    let payload = |bytes: &bytes::Bytes| Payload::new(bytes.to_vec());
    let headers = record
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.as_ref().map_or_else(Payload::default, payload)));
    let letter = DeadLetter {
        stage: stage.to_owned(),
        code: verdict.code,
        what: cut(&verdict.what),
        attempts: verdict.attempts,
        origin: Origin {
            topic: received.topic.to_string(),
            partition: received.partition,
            offset: received.offset,
        },
        key: record.key.as_ref().map(payload),
        value: record.value.as_ref().map(payload),
        headers: headers.collect(),
        dead_at: clock::now(),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        details: BTreeMap::new(),
    };
    fitted(letter, stage, trace_of(record))
}

/// A dead letter as it fits the bound of a record: base64 may make a large value larger than any
/// record may be. Then the letter says so and the bytes stay where it was read.
pub(crate) fn fitted(
    mut letter: DeadLetter,
    stage: &str,
    trace: crate::trace::TraceContext,
) -> anyhow::Result<Output> {
    let output = wrap(&letter, stage, trace)?;
    if output.record.size() <= MAX_RECORD_BYTES {
        return Ok(output);
    }
    let bytes = letter.value.take().map_or(0, |value| value.as_bytes().len());
    letter.details.insert("value_left_at_origin_bytes".to_owned(), bytes.to_string());
    Ok(wrap(&letter, stage, trace)?)
}

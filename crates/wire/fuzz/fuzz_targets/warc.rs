//! Any bytes as the head of a record and as the message in it.
#![no_main]

use dateline_wire::warc;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let length = warc::head_length(bytes).unwrap_or(bytes.len());
    let (head, block) = bytes.split_at(length);
    let _ = warc::parse_head(head);
    for part in [bytes, block] {
        if let Ok(message) = warc::message(part) {
            assert!(message.body.len() <= part.len());
        }
    }
});

//! Any bytes as a document with any content type.
#![no_main]

use dateline_wire::decode::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (content_type, bytes) = input;
    decode(bytes, Some(content_type));
});

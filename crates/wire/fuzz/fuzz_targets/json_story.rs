//! Any bytes as JSON Lines.
#![no_main]

use dateline_wire::json_story;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for range in json_story::split(bytes) {
        let _ = json_story::parse(&bytes[range]);
    }
});

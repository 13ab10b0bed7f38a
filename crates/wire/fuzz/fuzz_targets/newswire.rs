//! Any bytes as a file of a newswire: what splits can be read or says why not.
#![no_main]

use dateline_wire::newswire;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(format) = newswire::sniff(bytes) else { return };
    for item in newswire::split(format, bytes) {
        let range = item.unwrap_or_else(|problem| problem.bytes.unwrap_or_default());
        let _ = newswire::parse(format, &bytes[range]);
    }
});

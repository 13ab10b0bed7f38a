//! Any bytes as a file of Reuters SGML.
#![no_main]

use dateline_wire::sgml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for item in sgml::split(bytes) {
        let range = item.unwrap_or_else(|problem| problem.bytes.unwrap_or_default());
        let _ = sgml::parse(&bytes[range]);
    }
});

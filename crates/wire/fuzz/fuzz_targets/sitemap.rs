//! Any text as a sitemap.
#![no_main]

use dateline_wire::sitemap::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    assert!(parse(&text, None, 20).entries.len() <= 20);
});

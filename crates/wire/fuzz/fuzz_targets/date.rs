//! Any text as a date: what is read comes back from how it is written.
#![no_main]

use dateline_wire::date::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(date) = parse(text) {
        let written = date.at.to_string();
        assert_eq!(parse(&written).map(|again| again.at), Some(date.at), "{written}");
    }
});

//! Any bytes as robots.txt, asked for a path out of them.
#![no_main]

use dateline_wire::robots::Robots;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (head, tail) = bytes.split_at(bytes.len() / 4);
    let robots = Robots::parse(tail);
    robots.allows("Dateline", &format!("/{}", String::from_utf8_lossy(head)));
    let _ = robots.crawl_delay("Dateline");
});

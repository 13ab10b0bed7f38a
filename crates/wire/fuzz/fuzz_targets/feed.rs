//! Any text as a feed: no panic, and the bounds hold.
#![no_main]

use dateline_wire::feed::{Limits, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let limits = Limits { max_items: 50, max_list: 5, max_field_bytes: 500, ..Limits::default() };
    let base = url::Url::parse("http://a.example/b/").ok();
    let feed = parse(&text, base.as_ref(), &limits);
    assert!(feed.items.len() + feed.deleted.len() <= limits.max_items);
    for item in &feed.items {
        assert!(item.about.categories.len() <= limits.max_list);
        let _ = item.about.plain_title();
    }
});

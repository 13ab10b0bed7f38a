//! Whatever bytes arrive: no parser panics, none takes long, and bounds hold.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use dateline_wire::feed::{Limits, parse};
use dateline_wire::{date, decode, json_story, robots::Robots, sgml};
use proptest::prelude::*;

/// Pieces of which broken feeds are made.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "<rss version=\"2.0\">",
        "<channel>",
        "<item>",
        "</item>",
        "<entry",
        "</entry>",
        "<title>",
        "</title>",
        "<link/>",
        "<link href=\"a\" ",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml",
        "?>",
        "&amp;",
        "&#x",
        "&",
        ";",
        "<",
        ">",
        "\"",
        "'",
        "xmlns:a=\"http://www.w3.org/2005/Atom\"",
        "<a:entry>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "<content type=\"xhtml\"><div>",
        "<content mode=\"base64\">",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>",
        "<slash:comments />",
        "é",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,8}"]
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes: Vec<u8>) {
        let text = decode::decode(&bytes, None).text;
        parse(&text, None, &Limits::default());
        Robots::parse(&bytes).allows("Dateline", &text);
        date::parse(&text);
        let _ = json_story::parse(&bytes);
        for range in json_story::split(&bytes) {
            prop_assert!(range.end <= bytes.len());
        }
        for item in sgml::split(&bytes) {
            let range = item.unwrap_or_else(|problem| problem.bytes.unwrap());
            let _ = sgml::parse(&bytes[range]);
        }
    }

    #[test]
    fn no_markup_makes_the_feed_parser_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        let feed = parse(&text, None, &Limits::default());
        prop_assert!(feed.items.len() <= text.matches('<').count());
    }

    #[test]
    fn a_charset_never_loses_utf8(text in "\\PC*", kind in ".{0,40}") {
        let header = format!("text/html; charset={kind}");
        let decoded = decode::decode(text.as_bytes(), Some("text/html"));
        prop_assert_eq!(&decoded.text, &text);
        decode::decode(text.as_bytes(), Some(&header));
    }

    #[test]
    fn every_moment_comes_back_from_its_text(millis in -60_000_000_000_000_i64..200_000_000_000_000) {
        let moment = dateline_record::Timestamp::from_millis(millis);
        prop_assert_eq!(date::parse(&moment.to_string()).unwrap().at, moment);
    }

    #[test]
    fn dates_never_panic(text in "[0-9A-Za-z:+\\-/., ]{0,40}") {
        date::parse(&text);
    }

    #[test]
    fn robots_patterns_end(pattern in "[*a$/]{0,60}", path in "/[a/]{0,200}") {
        let robots = Robots::parse(format!("User-agent: *\nDisallow: /{pattern}").as_bytes());
        robots.allows("Dateline", &path);
    }
}

/// Parses within a time that only something worse than linear would exceed.
fn within_bounds(name: &str, text: &str) -> dateline_wire::feed::Feed {
    let start = Instant::now();
    let feed = parse(text, None, &Limits::default());
    assert!(start.elapsed() < Duration::from_secs(10), "{name}: {:?}", start.elapsed());
    feed
}

#[test]
fn hostile_feeds_are_refused_within_bounds() {
    let deep = within_bounds("deep", &"<a>".repeat(200_000));
    assert!(deep.problems.iter().any(|problem| problem.to_string().contains("max_depth")));

    let item = "<item><title>T</title></item>";
    let many = within_bounds("many", &format!("<rss><channel>{}", item.repeat(5_000)));
    assert_eq!(many.items.len(), Limits::default().max_items);

    let value = "x".repeat(1_000_000);
    let huge = format!("<rss><item><link href=\"{value}\"/><title>T</title></item></rss>");
    assert_eq!(within_bounds("huge attribute", &huge).items[0].about.link, None);

    let laughs = "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                  <!ENTITY c SYSTEM \"file:///etc/passwd\">]>\
                  <rss><channel><item><title>&b;&c;</title></item></channel></rss>";
    let feed = within_bounds("laughs", laughs);
    assert_eq!(feed.items[0].about.plain_title().as_deref(), Some("&b;&c;"));

    within_bounds("open comments", &"<!-- ".repeat(100_000));
    within_bounds("open sections", &"<item><![CDATA[".repeat(5_000));
    within_bounds("open tags", &"<item ".repeat(100_000));
    let prefixes = (0..50_000).map(|number| number.to_string());
    let names: Vec<String> =
        prefixes.map(|number| ["<a xmlns:n", &number, "=\"u\">"].concat()).collect();
    within_bounds("namespaces", &names.concat());
}

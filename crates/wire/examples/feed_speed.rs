//! Times the feed reader on the files given, each as one feed, and on feeds of 13 and 40 items that
//! it makes itself: `cargo run --release -p dateline-wire --example feed_speed -- FILES`.
#![allow(clippy::print_stdout)]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use dateline_wire::decode::decode;
use dateline_wire::feed::{Limits, parse};
use url::Url;

/// How long each feed is read again and again.
const TIME_PER_FEED: Duration = Duration::from_millis(500);

fn main() -> std::io::Result<()> {
    let base = Url::parse("http://news.example/feed").ok();
    let made = |items: usize| (format!("{items} items, generated"), generated(items));
    let mut feeds = vec![made(13), made(40)];
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        feeds.push((path, decode(&bytes, None).text));
    }
    let (mut total, mut bytes) = (Duration::ZERO, 0);
    for (name, text) in &feeds {
        let (items, time) = time(text, base.as_ref());
        let rate = per_second(text.len(), time);
        let micros = time.as_secs_f64() * 1e6;
        let events = median(|| black_box(events(black_box(text)))).as_secs_f64() * 1e6;
        println!(
            "{micros:9.1} us {rate:8.0} MB/s {:8} bytes {items:4} items, XML events alone \
             {events:.1} us  {name}",
            text.len()
        );
        total += time;
        bytes += text.len();
    }
    let count = u32::try_from(feeds.len()).unwrap_or(u32::MAX);
    let mean = (total / count).as_secs_f64() * 1e6;
    println!("mean of {count} feeds: {mean:.1} us, {:.0} MB/s", per_second(bytes, total));
    Ok(())
}

/// The items of a feed and the median time to read it.
fn time(text: &str, base: Option<&Url>) -> (usize, Duration) {
    let limits = Limits::default();
    let items = parse(text, base, &limits).items.len();
    (items, median(|| black_box(parse(black_box(text), base, &limits)).items.len()))
}

fn median(mut run: impl FnMut() -> usize) -> Duration {
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed() < TIME_PER_FEED {
        let one = Instant::now();
        run();
        times.push(one.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

/// What reading the markup costs before anything is made of it, with quick-xml.
fn events(text: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut count = 0;
    while let Ok(event) = reader.read_event() {
        if matches!(event, quick_xml::events::Event::Eof) {
            break;
        }
        count += 1;
    }
    count
}

#[allow(clippy::cast_precision_loss)]
fn per_second(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

/// A feed as a news site writes it: items of about 1 KB with title, link, guid, date, author,
/// categories, a picture and a description in CDATA.
fn generated(items: usize) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>News</title>\
         <link>https://news.example/</link><language>en</language><ttl>15</ttl>\
         <atom:link rel=\"self\" href=\"https://news.example/feed\"/>",
    );
    for number in 0..items {
        let words =
            "The council met on Tuesday and put off its vote on the new harbour. ".repeat(8);
        let _ = write!(
            text,
            "<item>\n  <title>Council puts off vote number {number} &amp; meets again</title>\n  \
             <link>https://news.example/2026/11/24/story-{number}?a=1&amp;b=2</link>\n  \
             <guid isPermaLink=\"false\">tag:news.example,2026:{number}</guid>\n  \
             <pubDate>Tue, 24 Nov 2026 10:{number:02}:00 +0100</pubDate>\n  \
             <dc:creator><![CDATA[A Writer]]></dc:creator>\n  <category>Politics</category>\n  \
             <category domain=\"https://news.example/topics\">Harbour</category>\n  \
             <media:thumbnail url=\"https://img.example/{number}.jpg\" width=\"120\"/>\n  \
             <description><![CDATA[<p>{words}</p><a href=\"https://news.example/{number}\">More</a>]]>\
             </description>\n</item>\n"
        );
    }
    text.push_str("</channel></rss>");
    text
}

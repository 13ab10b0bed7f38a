//! Sitemaps: the public samples, and what sites make of the format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod corpora;

use dateline_wire::decode::decode;
use dateline_wire::feed::{Limits, parse as parse_feed};
use dateline_wire::sitemap::{Kind, MAX_URLS, parse};
use url::Url;

fn base() -> Url {
    Url::parse("http://www.example.com/sitemap.xml").unwrap()
}

#[test]
fn reads_pages_indexes_and_lines() {
    let check = |text: &str, kind: Kind, urls: &[&str]| {
        let read = parse(text, Some(&base()), MAX_URLS);
        let all: Vec<&str> = read.entries.iter().map(|entry| entry.url.as_str()).collect();
        assert_eq!((read.kind, all.as_slice()), (kind, urls), "{text}");
    };
    let a = "http://www.example.com/a";
    let proper = "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\
                  <url><loc>http://www.example.com/a</loc></url></urlset>";
    check(proper, Kind::Pages, &[a]);
    check(&format!("\u{feff}  {proper}"), Kind::Pages, &[a]);
    // No namespace, a wrong one, a prefix for all, upper case, a relative and an escaped address.
    check("<urlset><url><loc> /a </loc></url></urlset>", Kind::Pages, &[a]);
    check("<urlset xmlns='x'><url><loc><![CDATA[/a]]></loc></url></urlset>", Kind::Pages, &[a]);
    check("<s:urlset><s:url><s:loc>/a</s:loc></s:url></s:urlset>", Kind::Pages, &[a]);
    check(
        "<URLSET><URL><LOC>/a?b&amp;amp;c=1</LOC></URL>",
        Kind::Pages,
        &["http://www.example.com/a?b&c=1"],
    );
    check("<sitemapindex><sitemap><loc>/a</loc></sitemap>", Kind::Index, &[a]);
    check(
        "http://www.example.com/a\r\n\n/b\nftp://x/\n",
        Kind::Pages,
        &[a, "http://www.example.com/b"],
    );
    // Not closed, cut, and the addresses of pictures and of other languages, which are not pages.
    check(
        "<urlset><url><loc>/a</loc><url><loc>/b</loc>",
        Kind::Pages,
        &[a, "http://www.example.com/b"],
    );
    check(
        "<urlset><url><loc>/a</loc><image:image><image:loc>/i</image:loc></image:image>\
         <xhtml:link rel='alternate' hreflang='de' href='/d'/></url></urlset>",
        Kind::Pages,
        &[a],
    );
    check("<rss><channel/></rss>", Kind::Feed, &[]);
    check("<feed xmlns='http://www.w3.org/2005/Atom'/>", Kind::Feed, &[]);
    check("<html><body>not found</body></html>", Kind::Pages, &[]);
    check("", Kind::Pages, &[]);
}

#[test]
fn reads_what_news_say() {
    let read = parse(
        "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>/a</loc>\
         <lastmod>2014-10-07</lastmod><n:news><n:publication><n:name>The  Paper</n:name>\
         <n:language>en</n:language></n:publication><n:publication_date>2014-10-07T09:30:00+02:00\
         </n:publication_date><n:title>Rain &amp; wind</n:title><n:keywords>rain, wind,</n:keywords>\
         <n:stock_tickers>NASDAQ:A, NYSE:B</n:stock_tickers><n:genres>Blog</n:genres></n:news></url>",
        Some(&base()),
        MAX_URLS,
    );
    let entry = &read.entries[0];
    let news = entry.news.as_ref().unwrap();
    assert_eq!(entry.modified.unwrap().to_string(), "2014-10-07T00:00:00.000Z");
    assert_eq!(news.publication.as_deref(), Some("The Paper"));
    assert_eq!(news.language.as_deref(), Some("en"));
    assert_eq!(news.published.unwrap().to_string(), "2014-10-07T07:30:00.000Z");
    assert_eq!(news.title.as_deref(), Some("Rain & wind"));
    assert_eq!(news.keywords, ["rain", "wind"]);
    assert_eq!(news.stock_tickers, ["NASDAQ:A", "NYSE:B"]);
    assert_eq!(read.problems, []);
}

#[test]
fn bounds_hold_and_problems_are_told() {
    let read = parse(&"<url><loc>/a</loc></url>".repeat(60_000), Some(&base()), usize::MAX);
    assert_eq!(read.entries.len(), MAX_URLS);
    assert!(read.problems[0].what.contains("50000"));
    let read = parse(&"<a>".repeat(1_000), None, MAX_URLS);
    assert!(read.problems[0].what.contains("nested"));
    let read = parse("<urlset><url/><url><loc>javascript:x</loc></url></urlset>", None, MAX_URLS);
    assert_eq!(read.problems.len(), 3, "{:?}", read.problems);
    let read = parse(&format!("<url><loc>/{}</loc></url>", "a".repeat(3_000)), Some(&base()), 1);
    assert!(read.entries.is_empty());
}

#[test]
fn reads_the_public_samples() {
    let Some(folder) = corpora::folder("sitemaps") else {
        return;
    };
    let (mut files, mut urls, mut failed) = (0, 0, Vec::new());
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_zipped = path.extension().is_some_and(|ending| ending == "gz");
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if is_zipped {
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let text = decode(&bytes, None).text;
            let read = parse(&text, Some(&base()), MAX_URLS);
            let count = match read.kind {
                Kind::Feed => parse_feed(&text, Some(&base()), &Limits::default()).items.len(),
                Kind::Pages | Kind::Index => read.entries.len(),
            };
            let listed = text.matches("<url>").count() + text.matches("<sitemap>").count();
            println!(
                "{}: {:?} {count} of {listed}, {:?}",
                path.display(),
                read.kind,
                read.problems
            );
            urls += count;
            if count == 0 || (listed > 0 && count != listed) {
                failed.push(path);
            }
        }
    }
    println!("sitemaps: {urls} entries of {files} files");
    assert!(files > 0 && failed.is_empty(), "{failed:?}");
}

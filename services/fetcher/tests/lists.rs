//! Sitemaps and front pages against a server on loopback: discovery, bounds, changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::io::Write;

use dateline_record::{FetchState, Format, Signal, Timestamp};
use support::{Reply, Server, config, fetcher, poll, state};

fn sitemap(url: &str) -> FetchState {
    state(&format!("kind = \"sitemap\"\nurl = \"http://site.example{url}\"\ninterval_seconds = 1"))
}

/// A time so many hours ago.
fn ago(hours: i64) -> String {
    Timestamp::from_millis(support::now().as_millis() - hours * 3_600_000).to_string()
}

/// A news sitemap of (path, title, hours since its publication).
fn news(pages: &[(&str, &str, i64)]) -> String {
    let url = |(path, title, hours): &(&str, &str, i64)| {
        let at = ago(*hours);
        format!(
            "<url><loc>http://site.example{path}</loc><news:news><news:publication>\
             <news:name>Site</news:name><news:language>en</news:language></news:publication>\
             <news:publication_date>{at}</news:publication_date><news:title>{title}</news:title>\
             </news:news></url>"
        )
    };
    let urls = pages.iter().map(url).collect::<Vec<_>>().concat();
    format!(
        "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">{urls}</urlset>"
    )
}

fn index(files: &[(&str, Option<i64>)]) -> String {
    let file = |(path, hours): &(&str, Option<i64>)| {
        let at =
            hours.map_or_else(String::new, |hours| format!("<lastmod>{}</lastmod>", ago(hours)));
        format!("<sitemap><loc>http://site.example{path}</loc>{at}</sitemap>")
    };
    let files: String = files.iter().map(file).collect();
    format!(
        "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{files}</sitemapindex>"
    )
}

fn pages(server: &Server, paths: &[&str]) {
    for path in paths {
        server.reply(path, 200, "text/html", &format!("<p>The page {path}.</p>"));
    }
}

#[tokio::test]
async fn a_sites_news_sitemap_is_found_through_robots() {
    let server = Server::start().await;
    let robots = "User-agent: *\nDisallow: /secret\nSitemap: http://site.example/all.xml\n\
                  Sitemap: /news.xml\n";
    server.reply("/robots.txt", 200, "text/plain", robots);
    let listed = [("/a", "Ministers meet", 1), ("/old", "Old", 72), ("/secret", "Secret", 2)];
    server.reply("/news.xml", 200, "application/xml", &news(&listed));
    pages(&server, &["/a", "/old", "/secret"]);
    let polled = poll(&fetcher(config(Some(&server))), sitemap("/")).await;
    assert_eq!(server.count("/all.xml"), 0, "where there are sitemaps for news, they are enough");
    assert_eq!((server.count("/old"), server.count("/secret")), (0, 0));
    let [secret, story] = polled.stories.as_slice() else { panic!("{:?}", polled.stories) };
    assert_eq!(story.title.as_deref(), Some("Ministers meet"));
    assert_eq!(story.language.as_deref(), Some("en"));
    assert_eq!((story.format, story.signal), (Format::Html, Signal::New));
    assert_eq!(story.body.as_bytes(), b"<p>The page /a.</p>");
    assert_eq!((secret.format, secret.body.as_bytes()), (Format::Text, &b"Secret"[..]));
}

#[tokio::test]
async fn a_site_that_names_no_sitemap_says_what_to_write() {
    let server = Server::start().await;
    let polled = poll(&fetcher(config(Some(&server))), sitemap("/")).await;
    let error = polled.state.last_error.unwrap();
    assert!(error.contains("url") && error.contains("names no sitemap"), "{error}");
}

#[tokio::test]
async fn an_index_is_followed_and_each_file_asked_with_its_own_validator() {
    let server = Server::start().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(news(&[("/a", "A", 1)]).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    server.reply(
        "/index.xml",
        200,
        "text/xml",
        &index(&[("/1.xml.gz", None), ("/2.xml", Some(200))]),
    );
    let headers = vec![("ETag", "\"one\"".to_owned())];
    server.set("/1.xml.gz", Reply { status: 200, headers, body: packed });
    pages(&server, &["/a"]);
    let fetcher = fetcher(config(Some(&server)));
    let first = poll(&fetcher, sitemap("/index.xml")).await;
    assert_eq!(first.stories.len(), 1);
    assert_eq!(server.count("/2.xml"), 0, "a file that is older than the window is left alone");
    let second = poll(&fetcher, first.state).await;
    assert!(second.stories.is_empty());
    let hits = server.hits();
    let again = hits.iter().rfind(|hit| hit.path == "/1.xml.gz").unwrap();
    assert!(again.text.contains("if-none-match: \"one\""), "{}", again.text);
    let files: Vec<_> = second.state.files.iter().map(|file| file.url.as_str()).collect();
    assert_eq!(files, ["http://site.example/index.xml", "http://site.example/1.xml.gz"]);
}

#[tokio::test]
async fn a_changed_page_is_an_update_and_a_lying_lastmod_is_none() {
    let server = Server::start().await;
    let names: Vec<String> = (0..12).map(|n| format!("/p{n}")).collect();
    pages(&server, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut config = config(Some(&server));
    config.max_pages_per_poll = 100;
    let fetcher = fetcher(config);
    let fixed = support::now();
    let at = |hours: i64| Timestamp::from_millis(fixed.as_millis() - hours * 3_600_000).to_string();
    let listed = |changed: &dyn Fn(usize) -> bool| {
        let url = |(n, path): (usize, &String)| {
            let at = at(if changed(n) { 1 } else { 5 });
            format!("<url><loc>http://site.example{path}</loc><lastmod>{at}</lastmod></url>")
        };
        let urls: String = names.iter().enumerate().map(url).collect();
        format!("<urlset>{urls}</urlset>")
    };
    server.reply("/map.xml", 200, "text/xml", &listed(&|_| false));
    let first = poll(&fetcher, sitemap("/map.xml")).await;
    assert_eq!(first.stories.len(), 12);
    server.reply("/map.xml", 200, "text/xml", &listed(&|n| n == 3));
    let second = poll(&fetcher, first.state).await;
    let [update] = second.stories.as_slice() else { panic!("{:?}", second.stories.len()) };
    assert_eq!(update.signal, Signal::Update);
    assert_eq!(update.url.as_deref(), Some("http://site.example/p3"));
    server.reply("/map.xml", 200, "text/xml", &listed(&|_| true));
    let third = poll(&fetcher, second.state).await;
    assert!(third.stories.is_empty(), "a file that dates all its pages anew tells nothing");
}

#[tokio::test]
async fn a_text_sitemap_tells_only_of_pages_that_are_new() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    pages(&server, &["/a", "/b"]);
    server.reply("/map.txt", 200, "text/plain", "http://site.example/a\n");
    let first = poll(&fetcher, sitemap("/map.txt")).await;
    assert!(first.stories.is_empty(), "nothing tells when an undated page was written");
    server.reply("/map.txt", 200, "text/plain", "http://site.example/a\nhttp://site.example/b\n");
    let second = poll(&fetcher, first.state).await;
    let [story] = second.stories.as_slice() else { panic!("{:?}", second.stories) };
    assert_eq!(story.url.as_deref(), Some("http://site.example/b"));
}

#[tokio::test]
async fn pages_for_which_there_is_no_room_are_not_lost() {
    let server = Server::start().await;
    let mut config = config(Some(&server));
    config.max_pending_items = 2;
    let fetcher = fetcher(config);
    let listed = [("/a", "A", 1), ("/b", "B", 2), ("/c", "C", 3), ("/d", "D", 4), ("/e", "E", 5)];
    let headers = vec![("ETag", "\"one\"".to_owned())];
    let body = news(&listed).into_bytes();
    server.set("/news.xml", Reply { status: 200, headers, body });
    pages(&server, &["/a", "/b", "/c", "/d", "/e"]);
    let mut state = sitemap("/news.xml");
    let mut titles = Vec::new();
    for _ in 0..4 {
        let polled = poll(&fetcher, state).await;
        titles.extend(polled.stories.iter().filter_map(|story| story.title.clone()));
        state = polled.state;
    }
    assert_eq!(titles, ["E", "D", "C", "B", "A"], "each once, the oldest first");
}

#[tokio::test]
async fn a_front_page_gives_each_story_once() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let front = |links: &[&str]| -> String {
        links.iter().flat_map(|link| ["<a href=\"", link, "\">Title</a>"]).collect()
    };
    pages(&server, &["/2026/03/02/one", "/2026/03/02/two"]);
    server.reply("/", 200, "text/html", &front(&["/2026/03/02/one", "/about"]));
    let source = "kind = \"front\"\nurl = \"http://site.example/\"\ninterval_seconds = 1";
    let first = poll(&fetcher, state(source)).await;
    let [one] = first.stories.as_slice() else { panic!("{:?}", first.stories) };
    assert_eq!(one.body.as_bytes(), b"<p>The page /2026/03/02/one.</p>");
    let both = front(&["/2026/03/02/two", "/2026/03/02/one?utm_source=front"]);
    server.reply("/", 200, "text/html", &both);
    let second = poll(&fetcher, first.state).await;
    let [two] = second.stories.as_slice() else { panic!("{:?}", second.stories) };
    assert_eq!(two.url.as_deref(), Some("http://site.example/2026/03/02/two"));
    server.reply("/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /\n");
    let forbidden = poll(&support::fetcher(config(Some(&server))), state(source)).await;
    assert!(forbidden.state.last_error.unwrap().contains("robots.txt"), "a front is a page");
}

//! A site that publishes at a steady rate: feed, news sitemap, front page, robots.txt, articles.

use std::fmt::Write;
use std::time::Duration;

use dateline_record::{ContentHash, StoryId};

use super::{Visit, reply};

/// Articles that the feed and the front page list.
const LISTED: u64 = 20;

/// A site that publishes.
#[derive(Clone, Debug)]
pub struct Site {
    /// Simulated time between two articles.
    pub every: Duration,
    /// It stops after so many.
    pub articles: u64,
    /// What its robots.txt asks for, in seconds; none where it asks for nothing.
    pub crawl_delay: Option<f64>,
    /// The host that has the pages of its articles; its own where none.
    pub pages_at: Option<String>,
}

/// An article that is out.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Published {
    /// The story that it is, by the host as provider and its number as id.
    pub story_id: StoryId,
    /// Its host.
    pub host: String,
    /// Its number.
    pub number: u64,
}

impl Site {
    /// How many articles are out.
    fn count(&self, elapsed: Duration) -> u64 {
        let passed = elapsed.as_millis() / self.every.as_millis().max(1);
        u64::try_from(passed).unwrap_or(u64::MAX).saturating_add(1).min(self.articles)
    }

    pub(super) fn published(&self, host: &str, elapsed: Duration) -> Vec<Published> {
        let article = |number: u64| {
            let host = host.to_owned();
            let story_id = StoryId::derive(&host, &format!("article {number}"));
            Published { story_id, host, number }
        };
        (1..=self.count(elapsed)).map(article).collect()
    }

    pub(super) fn answer(&self, visit: &Visit, elapsed: Duration) -> Vec<u8> {
        let count = self.count(elapsed);
        let host = &visit.host;
        match visit.path.as_str() {
            "/robots.txt" => self.robots(host),
            "/feed" => {
                let pages_at = self.pages_at.as_ref().unwrap_or(host);
                conditional(visit, "application/rss+xml", &feed(host, pages_at, count))
            }
            "/sitemap.xml" => conditional(visit, "application/xml", &sitemap(host, count)),
            "/" => conditional(visit, "text/html", &front(host, count)),
            path => match path.strip_prefix("/2026/article-").and_then(|n| n.parse().ok()) {
                Some(number) if (1..=count).contains(&number) => {
                    reply("200 OK", "Content-Type: text/html\r\n", page(number).as_bytes())
                }
                _ => reply("404 Not Found", "", b""),
            },
        }
    }

    fn robots(&self, host: &str) -> Vec<u8> {
        let delay = self.crawl_delay.map_or_else(String::new, |s| format!("Crawl-delay: {s}\n"));
        let text = format!(
            "User-agent: *\n{delay}Disallow: /private\n\nSitemap: http://{host}/sitemap.xml\n"
        );
        reply("200 OK", "Content-Type: text/plain\r\n", text.as_bytes())
    }
}

fn conditional(visit: &Visit, kind: &str, body: &str) -> Vec<u8> {
    let etag = format!("\"{}\"", ContentHash::of(body.as_bytes()));
    let headers = format!("Content-Type: {kind}\r\nETag: {etag}\r\n");
    if visit.head.contains(&format!("if-none-match: {etag}")) {
        return reply("304 Not Modified", &headers, b"");
    }
    reply("200 OK", &headers, body.as_bytes())
}

fn numbers(count: u64) -> impl Iterator<Item = u64> {
    (count.saturating_sub(LISTED) + 1..=count).rev()
}

fn feed(host: &str, pages_at: &str, count: u64) -> String {
    let mut items = String::new();
    for number in numbers(count) {
        // Writing to a String cannot fail.
        let _ = write!(
            items,
            "<item><guid isPermaLink=\"false\">article {number}</guid><title>Article {number}</title>\
             <link>http://{pages_at}/2026/article-{number}</link></item>"
        );
    }
    format!("<rss version=\"2.0\"><channel><title>{host}</title>{items}</channel></rss>")
}

fn sitemap(host: &str, count: u64) -> String {
    let mut urls = String::new();
    for number in numbers(count) {
        let _ = write!(urls, "<url><loc>http://{host}/2026/article-{number}</loc></url>");
    }
    format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>")
}

fn front(host: &str, count: u64) -> String {
    let mut links = String::new();
    for number in numbers(count) {
        let _ = write!(links, "<li><a href=\"/2026/article-{number}\">Article {number}</a></li>");
    }
    format!(
        "<html><title>{host}</title><nav><a href=\"/about\">About</a></nav><ul>{links}</ul></html>"
    )
}

/// An article's page; its text tells it from all others.
fn page(number: u64) -> String {
    format!(
        "<html><head><title>Article {number}</title></head><body><article><h1>Article {number}</h1>\
         <p>The council of district {number} met on Tuesday and agreed to repair the bridge.</p>\
         <p>Work on it is to begin in spring and to take {number} weeks, the mayor said.</p>\
         </article></body></html>"
    )
}

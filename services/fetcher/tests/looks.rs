//! One address looked at for an operator: what it is said to be, and that its manners hold.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use dateline_record::{Access, Format, RobotsVerdict};
use fetcher::{Fetcher, Look};
use support::{Reply, Server, config, fetcher, rss};

async fn look(fetcher: &Fetcher, path: &str) -> Look {
    fetcher.look(&format!("http://site.example{path}")).await.unwrap()
}

#[tokio::test]
async fn says_what_is_there_and_what_would_be_taken() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    server.reply("/page", 200, "text/html; charset=utf-8", "<p>The page.</p>");
    let feed = rss(&[("1", "First", "http://site.example/a", "The summary.")]);
    server.reply("/feed", 200, "text/html", &feed);
    let json = "{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"T\",\
                \"items\":[{\"id\":\"1\",\"content_text\":\"They met.\"}]}";
    server.reply("/feed.json", 200, "application/json", json);
    let map = "<urlset><url><loc>http://site.example/a</loc></url></urlset>";
    server.reply("/map.xml", 200, "text/xml", map);
    let index = "<sitemapindex><sitemap><loc>http://site.example/m</loc></sitemap></sitemapindex>";
    server.reply("/index.xml", 200, "text/xml", index);
    server.reply("/data", 200, "application/json", "{\"a\": 1}");
    let check = async |path: &str, kind: &str, items: usize| {
        let look = look(&fetcher, path).await;
        assert_eq!((look.kind, look.items.len()), (kind, items), "{path}: {look:?}");
        look
    };
    let page = check("/page", "page", 0).await;
    assert_eq!((page.charset.as_str(), page.bytes), ("UTF-8 (http)", 16));
    assert_eq!(page.story.unwrap().format, Format::Html);
    let feed = check("/feed", "feed", 1).await;
    assert_eq!(feed.items[0].title.as_deref(), Some("First"));
    assert_eq!(feed.items[0].text_bytes, "The summary.".len());
    check("/feed.json", "feed", 1).await;
    check("/map.xml", "sitemap", 1).await;
    check("/index.xml", "sitemap_index", 1).await;
    check("/data", "other", 0).await;
    let none = check("/none", "other", 0).await;
    assert_eq!((none.http.status, none.http.robots), (404, RobotsVerdict::Absent));
}

#[tokio::test]
async fn asks_with_all_manners() {
    let server = Server::start().await;
    server.reply("/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /secret\n");
    let headers = vec![("Location", "/secret".to_owned())];
    server.set("/door", Reply { status: 302, headers, body: Vec::new() });
    let fetcher = fetcher(config(Some(&server)));
    for path in ["/secret", "/door"] {
        let refused = fetcher.look(&format!("http://site.example{path}")).await.unwrap_err();
        assert!(refused.to_string().contains("forbids"), "{refused}");
    }
    assert_eq!(server.count("/secret"), 0);
    let headers = vec![("cf-mitigated", "challenge".to_owned())];
    server.set("/guarded", Reply { status: 403, headers, body: b"Just a moment".to_vec() });
    let guarded = look(&fetcher, "/guarded").await;
    assert_eq!(guarded.access, Access::Challenge);
    assert_eq!(guarded.access_reason.as_deref(), Some("Cloudflare"));
    assert!(guarded.story.is_none(), "what a guard says is no story");
    assert!(fetcher.look("no address").await.unwrap_err().to_string().contains("https://"));
}

//! Feeds against a server on loopback: conditional requests, bounds, robots, pages, kills.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use dateline_record::{Format, RobotsVerdict, Signal, Status};
use support::{Reply, Server, config, feed_state, fetcher, poll, poll_at, rss};

const LINK: &str = "http://site.example/a";

fn one_item(title: &str) -> String {
    rss(&[("1", title, LINK, "The summary.")])
}

async fn server_with_page() -> Server {
    let server = Server::start().await;
    server.reply("/feed", 200, "application/rss+xml", &one_item("First"));
    server.reply("/a", 200, "text/html; charset=utf-8", "<html><p>The whole page.</p></html>");
    server
}

#[tokio::test]
async fn a_new_item_comes_with_its_page() {
    let server = server_with_page().await;
    let fetcher = fetcher(config(Some(&server)));
    let polled = poll(&fetcher, feed_state("/feed")).await;
    let [story] = polled.stories.as_slice() else { panic!("{:?}", polled.stories) };
    assert_eq!(story.format, Format::Html);
    assert_eq!(story.body.as_bytes(), b"<html><p>The whole page.</p></html>");
    assert_eq!(story.title.as_deref(), Some("First"));
    assert_eq!((story.signal, story.status), (Signal::New, Status::Usable));
    let exchange = story.http.as_ref().unwrap();
    assert_eq!((exchange.status, exchange.robots), (200, RobotsVerdict::Absent));
    assert_eq!(story.charset.as_ref().unwrap().basis, "http");
    let again = poll(&fetcher, polled.state).await;
    assert!(again.stories.is_empty(), "an unchanged item is not emitted again");
    let agent = server.hits()[0].text.contains("user-agent: dateline/");
    assert!(agent);
}

#[tokio::test]
async fn an_unchanged_feed_is_asked_for_conditionally() {
    let server = server_with_page().await;
    let mut headers = vec![("ETag", "\"v1\"".to_owned())];
    headers.push(("Content-Type", "application/rss+xml".to_owned()));
    let body = one_item("First").into_bytes();
    server.set("/feed", Reply { status: 200, headers, body });
    let fetcher = fetcher(config(Some(&server)));
    let first = poll(&fetcher, feed_state("/feed")).await;
    assert_eq!(first.state.validators.etag.as_deref(), Some("\"v1\""));
    let second = poll(&fetcher, first.state).await;
    assert_eq!(second.http_status, Some(304));
    assert!(second.state.last_success_at.is_some());
    assert_eq!(second.state.failures, 0);
}

#[tokio::test]
async fn closed_addresses_are_refused_also_behind_a_redirect() {
    let server = server_with_page().await;
    for target in ["http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "file:///etc/passwd"] {
        let headers = vec![("Location", target.to_owned())];
        server.set("/moved", Reply { status: 302, headers, body: Vec::new() });
        let fetcher = fetcher(config(Some(&server)));
        let polled = poll(&fetcher, feed_state("/moved")).await;
        assert_eq!(polled.state.failures, 1, "{target}");
        assert!(polled.state.last_error.unwrap().contains("is refused"), "{target}");
    }
    let fetcher = fetcher(config(None));
    let url = format!("http://{}/feed", server.addr);
    let refused = fetcher.fetch_one(&url).await.unwrap_err().to_string();
    assert!(refused.contains("allow_networks"), "{refused}");
    let by_name = fetcher.fetch_one(&format!("http://localhost:{}/a", server.addr.port())).await;
    assert!(by_name.is_err(), "a name is no way around");
}

#[tokio::test]
async fn a_body_is_cut_at_its_bound_and_says_so() {
    let server = server_with_page().await;
    server.reply("/a", 200, "text/html", &"x".repeat(5_000));
    let mut config = config(Some(&server));
    config.max_body_bytes = 1_000;
    let polled = poll(&fetcher(config), feed_state("/feed")).await;
    assert_eq!(polled.stories[0].body.as_bytes().len(), 1_000);
    assert!(polled.stories[0].http.as_ref().unwrap().truncated);
}

#[tokio::test]
async fn a_page_that_robots_forbid_is_not_asked_for() {
    let server = server_with_page().await;
    server.reply("/robots.txt", 200, "text/plain", "User-agent: Dateline\nDisallow: /a\n");
    let polled = poll(&fetcher(config(Some(&server))), feed_state("/feed")).await;
    assert_eq!(server.count("/a"), 0);
    assert_eq!(polled.stories[0].body.as_bytes(), b"The summary.");
    assert_eq!(polled.stories[0].format, Format::HtmlFragment);
}

#[tokio::test]
async fn nothing_is_fetched_while_robots_cannot_be_read() {
    let server = server_with_page().await;
    server.reply("/robots.txt", 503, "text/plain", "");
    let mut config = config(Some(&server));
    config.robots_retry_ms = 0;
    let fetcher = fetcher(config);
    let polled = poll(&fetcher, feed_state("/feed")).await;
    assert_eq!((polled.stories.len(), polled.state.pending.len()), (0, 1));
    assert_eq!(server.count("/a"), 0);
    server.reply("/robots.txt", 404, "text/plain", "");
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let polled = poll(&fetcher, polled.state).await;
    assert_eq!(polled.stories[0].format, Format::Html);
}

#[tokio::test]
async fn requests_to_a_host_keep_their_distance() {
    let server = Server::start().await;
    let links: Vec<String> = (0..4).map(|n| format!("http://site.example/{n}")).collect();
    let items: Vec<_> = links.iter().map(|link| (link.as_str(), "T", link.as_str(), "S")).collect();
    server.reply("/feed", 200, "application/rss+xml", &rss(&items));
    for number in 0..4 {
        server.reply(&format!("/{number}"), 200, "text/html", "page");
    }
    let mut config = config(Some(&server));
    config.min_host_interval_ms = 100;
    let polled = poll(&fetcher(config), feed_state("/feed")).await;
    assert_eq!(polled.stories.len(), 4);
    let hits = server.hits();
    assert_eq!(hits.len(), 6, "the feed, robots.txt and four pages");
    for pair in hits.windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap.as_millis() >= 100, "{gap:?}");
    }
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_even_if_the_feed_forgets_it() {
    let server = server_with_page().await;
    server.reply("/a", 500, "text/html", "");
    let fetcher = fetcher(config(Some(&server)));
    let polled = poll(&fetcher, feed_state("/feed")).await;
    assert_eq!((polled.stories.len(), polled.state.pending.len()), (0, 1));
    server.reply("/a", 200, "text/html", "<p>At last.</p>");
    server.reply("/feed", 200, "application/rss+xml", &rss(&[]));
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let polled = poll(&fetcher, polled.state).await;
    assert_eq!(polled.stories[0].body.as_bytes(), b"<p>At last.</p>");
    assert!(polled.state.pending.is_empty());
}

#[tokio::test]
async fn a_page_that_never_comes_leaves_what_the_feed_says() {
    let server = server_with_page().await;
    server.reply("/a", 500, "text/html", "");
    let mut config = config(Some(&server));
    config.max_page_attempts = 3;
    let fetcher = fetcher(config);
    let mut state = feed_state("/feed");
    let mut stories = Vec::new();
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let polled = poll(&fetcher, state).await;
        stories.extend(polled.stories);
        state = polled.state;
    }
    assert_eq!(server.count("/a"), 3);
    let [story] = stories.as_slice() else { panic!("{stories:?}") };
    assert_eq!(story.body.as_bytes(), b"The summary.");
}

#[tokio::test]
async fn changes_corrections_and_kills() {
    let server = server_with_page().await;
    let fetcher = fetcher(config(Some(&server)));
    let mut state = feed_state("/feed");
    let mut revisions = Vec::new();
    let mut check = async |title: &str, page_status: u16, signal: Signal, status: Status| {
        server.reply("/feed", 200, "application/rss+xml", &one_item(title));
        server.reply("/a", page_status, "text/html", "page");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let polled = poll(&fetcher, state.clone()).await;
        let [story] = polled.stories.as_slice() else { panic!("{title}") };
        assert_eq!((story.signal, story.status), (signal, status), "{title}");
        revisions.push(story.revision);
        state = polled.state;
    };
    check("First", 200, Signal::New, Status::Usable).await;
    check("Second", 200, Signal::Update, Status::Usable).await;
    check("CORRECTED-Third", 200, Signal::Correction, Status::Usable).await;
    check("Fourth", 410, Signal::Kill, Status::Canceled).await;
    check("Fifth", 200, Signal::Update, Status::Usable).await;
    check("KILL: Fifth", 200, Signal::Kill, Status::Canceled).await;
    assert!(revisions.is_sorted_by(|one, other| one < other), "{revisions:?}");
}

#[tokio::test]
async fn a_tombstone_kills_what_is_known() {
    let atom = |body: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" \
             xmlns:at=\"http://purl.org/atompub/tombstones/1.0\">{body}</feed>"
        )
    };
    let server = server_with_page().await;
    let entry = format!("<entry><id>urn:1</id><title>T</title><link href=\"{LINK}\"/></entry>");
    server.reply("/feed", 200, "application/atom+xml", &atom(&entry));
    let fetcher = fetcher(config(Some(&server)));
    let first = poll(&fetcher, feed_state("/feed")).await;
    let deleted = "<at:deleted-entry ref=\"urn:1\"/><at:deleted-entry ref=\"urn:unknown\"/>";
    server.reply("/feed", 200, "application/atom+xml", &atom(deleted));
    let second = poll(&fetcher, first.state).await;
    let [kill] = second.stories.as_slice() else { panic!("{:?}", second.stories) };
    assert_eq!(kill.story_id, first.stories[0].story_id);
    assert_eq!((kill.signal, kill.status), (Signal::Kill, Status::Canceled));
    assert!(kill.revision > first.stories[0].revision);
    let third = poll(&fetcher, second.state).await;
    assert!(third.stories.is_empty(), "a kill is sent once");
}

#[tokio::test]
async fn a_failing_feed_is_left_alone_as_it_asks() {
    let server = Server::start().await;
    let headers = vec![("Retry-After", "120".to_owned())];
    server.set("/feed", Reply { status: 503, headers, body: Vec::new() });
    let fetcher = fetcher(config(Some(&server)));
    let start = support::now();
    let polled = poll_at(&fetcher, feed_state("/feed"), start).await;
    assert_eq!(polled.state.failures, 1);
    assert!(polled.state.next_poll_at.as_millis() >= start.as_millis() + 120_000);
    server.reply("/feed", 200, "text/html", "<html><p>no feed</p></html>");
    let other = poll(&support::fetcher(config(Some(&server))), feed_state("/feed")).await;
    assert!(other.state.last_error.unwrap().contains("neither a feed nor an item"));
}

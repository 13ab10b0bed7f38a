//! Feeds over many polls: gaps, validators that lie, moves, hints, what a feed-only story keeps.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use dateline_record::{Access, FetchState, RobotsVerdict};
use support::{Reply, Server, config, fetcher, poll, poll_at, rss, state};

/// An item whose page is not fetched.
fn feed(names: &[&str]) -> String {
    let items: Vec<_> = names.iter().map(|name| (*name, *name, "", "The summary.")).collect();
    rss(&items)
}

fn source(path: &str) -> FetchState {
    state(&format!("kind = \"feed\"\nurl = \"http://site.example{path}\"\nfetch_pages = false"))
}

fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Reply { status, headers, body: body.as_bytes().to_vec() }
}

#[tokio::test]
async fn a_feed_that_was_replaced_as_a_whole_is_a_gap() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let mut state = source("/feed");
    let mut gaps = Vec::new();
    for names in [&["1", "2", "3"][..], &["2", "3", "4"], &["5", "6", "7"], &["7", "8"], &["9"]] {
        server.reply("/feed", 200, "application/rss+xml", &feed(names));
        state = poll(&fetcher, state).await.state;
        gaps.push(state.gaps.len());
    }
    assert_eq!(gaps, [0, 0, 1, 1, 1], "neither a new feed nor a shorter one has a gap");
    let gap = &state.gaps[0];
    assert!(gap.from < gap.until && gap.new_items == 3, "{gap:?}");
}

#[tokio::test]
async fn items_from_before_the_last_poll_under_new_ids_are_no_gap() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let dated = |id: &str| {
        feed(&[id]).replace("</item>", "<pubDate>Tue, 03 Mar 2020 10:00:00 GMT</pubDate></item>")
    };
    server.reply("/feed", 200, "application/rss+xml", &dated("old"));
    let first = poll(&fetcher, source("/feed")).await;
    server.reply("/feed", 200, "application/rss+xml", &dated("new"));
    let second = poll(&fetcher, first.state).await;
    assert_eq!((second.stories.len(), second.state.gaps.len()), (1, 0));
}

#[tokio::test]
async fn a_gap_halves_the_pause() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    server.reply("/feed", 200, "application/rss+xml", &feed(&["1", "2"]));
    let start = support::now();
    let first = poll_at(&fetcher, source("/feed"), start).await;
    let later = dateline_record::Timestamp::from_millis(start.as_millis() + 1_200_000);
    let mut state = first.state;
    state.next_feed_at = Some(later);
    server.reply("/feed", 200, "application/rss+xml", &feed(&["3", "4"]));
    let second = poll_at(&fetcher, state, later).await.state;
    assert_eq!(second.gaps.len(), 1);
    let pause = second.next_feed_at.unwrap().as_millis() - later.as_millis();
    assert!((60_000..=600_000).contains(&pause), "{pause}");
}

#[tokio::test]
async fn the_same_validator_with_other_items_is_not_believed() {
    let server = Server::start().await;
    let mut config = config(Some(&server));
    config.unconditional_every_polls = 2;
    let fetcher = fetcher(config);
    // The server of the tests answers 304 where the validator that it is sent is the present one.
    server.set("/feed", reply(200, &[("ETag", "\"same\"")], &feed(&["1"])));
    let first = poll(&fetcher, source("/feed")).await;
    server.set("/feed", reply(200, &[("ETag", "\"same\"")], &feed(&["1", "2"])));
    let second = poll(&fetcher, first.state).await;
    assert_eq!((second.http_status, second.stories.len()), (Some(304), 0));
    let third = poll(&fetcher, second.state).await;
    assert_eq!((third.http_status, third.stories.len()), (Some(200), 1));
    let until = third.state.trust.distrusted_until.expect("the lie was found out");
    assert!(until.as_millis() - third.state.updated_at.as_millis() == 7 * 86_400_000);
    let fourth = poll(&fetcher, third.state).await;
    assert_eq!(fourth.http_status, Some(200), "it is asked for whole from now on");
    let mut state = fourth.state;
    state.trust.distrusted_until = Some(dateline_record::Timestamp::from_millis(0));
    let fifth = poll(&fetcher, state).await;
    assert_eq!(fifth.http_status, Some(304), "and believed again after that time");
}

#[tokio::test]
async fn a_server_that_never_sees_a_change_is_found_out() {
    let server = Server::start().await;
    let mut config = config(Some(&server));
    config.unconditional_every_polls = 2;
    let fetcher = fetcher(config);
    server.set("/feed", reply(200, &[("ETag", "\"1\"")], &feed(&["1"])));
    let first = poll(&fetcher, source("/feed")).await;
    let second = poll(&fetcher, first.state).await;
    assert_eq!(second.http_status, Some(304));
    // Another validator for other items, but the old one is still said to be good.
    server.set("/feed", reply(200, &[("ETag", "\"2\"")], &feed(&["1", "2"])));
    let honest = poll(&fetcher, second.state.clone()).await;
    assert_eq!(honest.state.trust.distrusted_until, None, "{:?}", honest.state.trust);
    server.set(
        "/feed",
        reply(200, &[("ETag", "\"2\""), ("X-Always-304", "yes")], &feed(&["1", "2"])),
    );
    let lying = poll(&fetcher, second.state).await;
    assert_eq!(lying.http_status, Some(200));
    assert!(lying.state.trust.distrusted_until.is_some());
}

#[tokio::test]
async fn a_feed_that_has_moved_for_good_is_asked_at_its_new_address() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    server.set("/old", reply(301, &[("Location", "/older")], ""));
    server.set("/older", reply(308, &[("Location", "/new")], ""));
    server.set("/new", reply(302, &[("Location", "/today")], ""));
    server.reply("/today", 200, "application/rss+xml", &feed(&["1"]));
    let first = poll(&fetcher, source("/old")).await;
    let moved = first.state.moved.clone().unwrap();
    assert_eq!(moved.to, "http://site.example/new", "a 302 moves nothing");
    let second = poll(&fetcher, first.state).await;
    assert_eq!((server.count("/old"), server.count("/new")), (1, 2));
    // Where the new address fails, the old one is asked again.
    server.set("/new", reply(404, &[], ""));
    let third = poll(&fetcher, second.state).await;
    assert_eq!(third.state.moved, None);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    poll(&fetcher, third.state).await;
    assert_eq!(server.count("/old"), 2);
}

#[tokio::test]
async fn what_a_feed_asks_for_is_a_lower_bound_unless_the_file_fixes_it() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let ttl = feed(&["1"]).replace("<title>Test", "<ttl>45</ttl><title>Test");
    server.reply("/feed", 200, "application/rss+xml", &ttl);
    let check = async |more: &str, min_seconds: i64, max_seconds: i64| {
        let start = support::now();
        let text = format!("kind = \"feed\"\nurl = \"http://site.example/feed\"\n{more}");
        let polled = poll_at(&fetcher, state(&text), start).await;
        let pause = (polled.state.next_feed_at.unwrap().as_millis() - start.as_millis()) / 1_000;
        assert!((min_seconds..=max_seconds).contains(&pause), "{more}: {pause}");
    };
    check("", 2_700, 21_600).await;
    check("max_interval_seconds = 2800", 2_700, 2_800).await;
    check("interval_seconds = 30", 30, 30).await;
}

#[tokio::test]
async fn a_story_of_the_feed_alone_keeps_the_feeds_exchange() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    server.set("/feed", reply(200, &[("ETag", "\"1\"")], &feed(&["1"])));
    let polled = poll(&fetcher, source("/feed")).await;
    let exchange = polled.stories[0].http.as_ref().unwrap();
    assert_eq!((exchange.status, exchange.robots), (200, RobotsVerdict::NotAsked));
    assert_eq!(exchange.headers["etag"], "\"1\"");
}

#[tokio::test]
async fn challenges_and_paywalls_are_recorded_and_not_worked_around() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let link = "http://site.example/a";
    server.reply("/feed", 200, "application/rss+xml", &rss(&[("1", "T", link, "The summary.")]));
    server.set("/a", reply(403, &[("cf-mitigated", "challenge")], "<p>Just a moment</p>"));
    let source = state("kind = \"feed\"\nurl = \"http://site.example/feed\"");
    let polled = poll(&fetcher, source.clone()).await;
    let story = &polled.stories[0];
    assert_eq!((story.access, story.body.as_bytes()), (Access::Challenge, &b"The summary."[..]));
    assert_eq!((server.count("/a"), polled.state.pending.len()), (1, 0));
    let page = "<script>{\"isAccessibleForFree\":false}</script><p>The beginning.</p>";
    server.reply("/a", 200, "text/html", page);
    let polled = poll(&fetcher, source).await;
    let story = &polled.stories[0];
    assert_eq!((story.access, story.body.as_bytes()), (Access::Paywalled, page.as_bytes()));
}

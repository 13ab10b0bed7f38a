//! JSON interfaces against a server on loopback: streams, lists, formats, and that no secret shows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use dateline_record::{FaultCode, FetchState, Format, Signal, Status};
use support::{Reply, Server, config, fetcher, poll, state};

/// What no log, error or record may hold, and where it is read from.
const SECRET: &str = "hush-hush-4711";
const SECRET_VARIABLE: &str = "DATELINE_TEST_SECRET";

/// Runs the tests that need a secret in a process of their own that has it, and looks for it in all
/// that they say, their logs included.
#[test]
fn no_secret_is_shown() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["with_secret", "--ignored", "--nocapture", "--test-threads=1"])
        .env(SECRET_VARIABLE, SECRET)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("2 passed") && said.contains("source could not be fetched"), "{said}");
    assert!(!said.contains(SECRET) && !said.contains("t0k3n"), "{said}");
}

fn log_everything() {
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .try_init();
}

fn json(server: &Server, path: &str, body: &str) {
    server.reply(path, 200, "application/json", body);
}

fn ap_with(auth: &str) -> FetchState {
    state(&format!(
        "kind = \"api\"\nurl = \"http://site.example/feed\"\nformat = \"ap\"\n\
         interval_seconds = 1\n{auth}"
    ))
}

fn ap() -> FetchState {
    ap_with("")
}

fn ap_item(id: &str, version: u32, link: &str) -> String {
    let text = match link {
        "" => String::new(),
        link => format!(",\"renditions\":{{\"nitf\":{{\"href\":\"{link}\"}}}}"),
    };
    format!(
        "{{\"meta\":{{}},\"item\": {{\"altids\":{{\"itemid\":\"{id}\"}}, \"version\":{version},\
         \"type\":\"text\",\"pubstatus\":\"usable\",\"signals\":[\"newscontent\"],\
         \"headline\":\"Ministers meet\"{text}}}}}"
    )
}

fn ap_page(items: &[String], next: &str) -> String {
    let items = items.join(",");
    format!("{{\"data\":{{\"items\":[{items}],\"next_page\":\"http://site.example{next}\"}}}}")
}

#[tokio::test]
async fn a_stream_is_followed_and_its_place_kept() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    json(&server, "/feed", &ap_page(&[ap_item("1", 0, ""), ap_item("2", 0, "")], "/feed?seq=2"));
    json(&server, "/feed?seq=2", &ap_page(&[ap_item("1", 1, "")], "/feed?seq=3"));
    json(&server, "/feed?seq=3", &ap_page(&[], "/feed?seq=3"));
    let first = poll(&fetcher, ap()).await;
    assert_eq!(first.state.failures, 0, "{:?}", first.state.last_error);
    let ids: Vec<_> = first.stories.iter().map(|story| story.provider_id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "1"]);
    assert_eq!(first.stories[2].signal, Signal::Update);
    assert!(first.stories[2].revision > first.stories[0].revision);
    let exact = ap_item("1", 0, "");
    let exact = exact.split_once("\"item\": ").unwrap().1.strip_suffix('}').unwrap();
    assert_eq!(first.stories[0].body.as_bytes(), exact.as_bytes(), "the item's bytes as they came");
    assert_eq!(first.stories[0].format, Format::ApMedia);
    let next = first.state.next_page.as_deref();
    assert_eq!(next, Some("http://site.example/feed?seq=3"));
    json(&server, "/feed?seq=3", &ap_page(&[ap_item("3", 0, "")], "/feed?seq=4"));
    json(&server, "/feed?seq=4", &ap_page(&[], "/feed?seq=4"));
    let second = poll(&fetcher, first.state).await;
    assert_eq!(second.stories.len(), 1);
    assert_eq!(server.count("/feed"), 1, "what is behind is not asked for again");
}

#[tokio::test]
async fn a_long_poll_does_not_hold_up_the_other_sources_of_its_host() {
    let server = Server::start().await;
    let mut config = config(Some(&server));
    config.min_host_interval_ms = 100;
    config.first_byte_timeout_ms = 500;
    let fetcher = fetcher(config);
    let headers = vec![("X-Hold-Ms", "2000".to_owned())];
    server.set("/feed", Reply { status: 200, headers, body: ap_page(&[], "/feed").into() });
    server.reply("/rss", 200, "text/xml", &support::rss(&[]));
    let start = std::time::Instant::now();
    let long = async {
        let polled = poll(&fetcher, ap_with("long_poll_seconds = 10")).await;
        (polled.state.last_error, start.elapsed())
    };
    let other = async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let polled = poll(&fetcher, support::feed_state("/rss")).await;
        (polled.state.last_error, start.elapsed())
    };
    let (long, other) = tokio::join!(long, other);
    assert_eq!((&long.0, &other.0), (&None, &None));
    assert!(other.1 < long.1 && long.1.as_millis() >= 2_000, "{other:?} {long:?}");
    let hits = server.hits();
    assert_eq!(hits.len(), 2, "the wait is one request");
    let apart = hits[1].at - hits[0].at;
    assert!(apart.as_millis() >= 80, "the pause counts from the start: {apart:?}");
}

#[tokio::test]
async fn the_text_that_lies_beside_an_item_is_fetched() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    json(&server, "/feed", &ap_page(&[ap_item("1", 0, "http://site.example/1.nitf")], "/feed"));
    server.reply("/1.nitf", 200, "text/xml", "<nitf><body/></nitf>");
    let polled = poll(&fetcher, ap()).await;
    let [story] = polled.stories.as_slice() else { panic!("{:?}", polled.state.last_error) };
    assert_eq!((story.format, story.body.as_bytes()), (Format::Nitf, &b"<nitf><body/></nitf>"[..]));
    assert_eq!((story.provider_id.as_str(), story.title.as_deref()), ("1", Some("Ministers meet")));
    let other = Server::start().await;
    json(&other, "/feed", &ap_page(&[ap_item("1", 0, "http://site.example/none.nitf")], "/feed"));
    let polled = poll(&support::fetcher(config(Some(&other))), ap()).await;
    assert_eq!(polled.stories[0].format, Format::ApMedia, "the item without its text");
}

#[tokio::test]
#[ignore = "no_secret_is_shown runs it with a secret"]
async fn a_key_is_sent_home_with_secret() {
    log_everything();
    let secret = std::env::var(SECRET_VARIABLE).unwrap();
    let auth = format!(
        "auth = {{ by = \"header\", header = \"x-api-key\", token_env = \"{SECRET_VARIABLE}\" }}"
    );
    let ap = || ap_with(&auth);
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let next = format!("/feed?seq=2&apikey={secret}");
    json(&server, "/feed", &ap_page(&[ap_item("1", 0, "")], &next));
    json(&server, "/feed?seq=2", &ap_page(&[], "/feed?seq=2"));
    let polled = poll(&fetcher, ap()).await;
    let header = format!("x-api-key: {}", secret.to_ascii_lowercase());
    assert!(server.hits().iter().all(|hit| hit.text.contains(&header)), "it is sent");
    assert_eq!(server.count("/feed?seq=2"), 1, "its echo in an address is not");
    let written = format!("{:?} {:?}", polled.state, polled.stories);
    assert!(!written.contains(&secret), "{written}");
    // An interface that leads elsewhere does not take the secret there.
    let host = format!("http://127.0.0.1:{}", server.addr.port());
    let away = ap_page(&[ap_item("1", 0, "")], "")
        .replace("http://site.example\"", &format!("{host}/x\""));
    json(&server, "/feed", &away);
    json(&server, "/x", &ap_page(&[], "/x"));
    let mut config = config(Some(&server));
    config.allow_networks = vec!["127.0.0.0/8".to_owned()];
    let polled = poll(&support::fetcher(config), ap()).await;
    let hits = server.hits();
    let hit = hits.iter().find(|hit| hit.path == "/x").expect("it is asked");
    assert!(!hit.text.contains("x-api-key"), "{:?} {}", polled.state.last_error, hit.text);
    server.set("/feed", Reply { status: 401, headers: Vec::new(), body: secret.clone().into() });
    let refused = poll(&support::fetcher(support::config(Some(&server))), ap()).await;
    let error = refused.state.last_error.unwrap();
    assert!(error.contains("401") && !error.contains(&secret), "{error}");
}

#[tokio::test]
async fn a_missing_secret_is_named_and_nothing_is_asked() {
    let server = Server::start().await;
    let source = "kind = \"api\"\nurl = \"http://site.example/feed\"\nformat = \"ninjs\"\n\
                  auth = { by = \"header\", header = \"k\", token_env = \"DATELINE_TEST_UNSET\" }";
    let polled = poll(&fetcher(config(Some(&server))), state(source)).await;
    let error = polled.state.last_error.unwrap();
    assert!(error.contains("DATELINE_TEST_UNSET") && error.contains("set it"), "{error}");
    assert!(server.hits().is_empty());
}

#[tokio::test]
#[ignore = "no_secret_is_shown runs it with a secret"]
async fn a_token_is_asked_for_once_and_again_where_it_is_refused_with_secret() {
    log_everything();
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    json(&server, "/token", "{\"access_token\": \"t0k3n\", \"expires_in\": 3600}");
    json(&server, "/feed", "[{\"uri\": \"1\", \"headline\": \"A\", \"body_text\": \"They met.\"}]");
    let source = format!(
        "kind = \"api\"\nurl = \"http://site.example/feed\"\nformat = \"ninjs\"\n\
         interval_seconds = 1\n\
         auth = {{ by = \"oauth2\", token_url = \"http://site.example/token\", \
         client_id_env = \"PATH\", client_secret_env = \"{SECRET_VARIABLE}\" }}"
    );
    let first = poll(&fetcher, state(&source)).await;
    assert_eq!(first.stories.len(), 1, "{:?}", first.state.last_error);
    assert_eq!(first.stories[0].format, Format::Ninjs);
    let second = poll(&fetcher, first.state).await;
    assert!(second.stories.is_empty());
    assert_eq!((server.count("/token"), server.count("/feed")), (1, 2));
    let sent = server.hits().into_iter().find(|hit| hit.path == "/feed").unwrap();
    assert!(sent.text.contains("authorization: bearer t0k3n"), "{}", sent.text);
    server.set("/feed", Reply { status: 401, headers: Vec::new(), body: Vec::new() });
    let third = poll(&fetcher, second.state).await;
    assert!(!third.state.last_error.clone().unwrap().contains("t0k3n"));
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    poll(&fetcher, third.state).await;
    assert_eq!(server.count("/token"), 2);
}

const LIST: &str = r#"
kind = "api"
url = "http://site.example/stories"
format = "json"
interval_seconds = 1
items = "/results"
max_pages = 5
next = { pointer = "/next", parameter = "cursor" }
statuses = { live = "usable", gone = "canceled" }
[fields]
id = "/uuid"
version = "/rev"
title = "/head"
html = "/body/html"
url = "/link"
published = "/at"
status = "/state"
embargoed_until = "/hold"
"#;

fn story(id: &str, version: u32, more: &str) -> String {
    format!(
        "{{\"uuid\":\"{id}\",\"rev\":{version},\"head\":\"Ministers meet\",\
         \"body\":{{\"html\":\"<p>They met.</p>\"}},\"at\":\"2026-03-02T10:00:00Z\"{more}}}"
    )
}

fn list(stories: &[String], next: &str) -> String {
    format!("{{\"results\":[{}],\"next\":{next}}}", stories.join(","))
}

#[tokio::test]
async fn a_list_is_read_until_nothing_is_new() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    json(&server, "/stories", &list(&[story("4", 1, ""), story("3", 1, "")], "\"c1\""));
    json(&server, "/stories?cursor=c1", &list(&[story("2", 1, ""), story("1", 1, "")], "null"));
    let first = poll(&fetcher, state(LIST)).await;
    let ids: Vec<_> = first.stories.iter().map(|story| story.provider_id.as_str()).collect();
    assert_eq!(
        ids,
        ["3", "4", "1", "2"],
        "of each page the oldest first: {:?}",
        first.state.last_error
    );
    let second = poll(&fetcher, first.state).await;
    assert_eq!((second.stories.len(), server.count("/stories?cursor=c1")), (0, 1));
    json(&server, "/stories", &list(&[story("3", 2, ""), story("4", 1, "")], "\"c1\""));
    let third = poll(&fetcher, second.state).await;
    let [update] = third.stories.as_slice() else { panic!("{:?}", third.stories) };
    assert_eq!((update.signal, update.provider_version.as_deref()), (Signal::Update, Some("2")));
    assert_eq!(update.body.as_bytes(), story("3", 2, "").as_bytes());
    assert_eq!(update.fields.as_ref().unwrap().html.as_deref(), Some("/body/html"));
}

#[tokio::test]
async fn states_are_taken_as_the_file_says_and_never_guessed() {
    let server = Server::start().await;
    let fetcher = fetcher(config(Some(&server)));
    let check = async |more: &str, expected: Option<(Signal, Status)>| {
        json(&server, "/stories", &list(&[story("1", 1, more)], "null"));
        let polled = poll(&fetcher, state(LIST)).await;
        let found = polled.stories.first().map(|story| (story.signal, story.status));
        assert_eq!(found, expected, "{more}: {:?}", polled.dead);
        if expected.is_none() {
            assert_eq!(polled.dead[0].code, FaultCode::BadDocument);
            assert_eq!(polled.dead[0].bytes, story("1", 1, more).as_bytes());
            let again = poll(&fetcher, polled.state).await;
            assert!(again.dead.is_empty(), "it is buried once");
        }
    };
    check("", Some((Signal::New, Status::Usable))).await;
    check(",\"state\":\"LIVE\"", Some((Signal::New, Status::Usable))).await;
    check(",\"state\":\"gone\"", Some((Signal::Kill, Status::Canceled))).await;
    check(",\"state\":\"withheld\"", Some((Signal::New, Status::Withheld))).await;
    check(",\"state\":\"on hold\"", None).await;
    check(",\"hold\":\"2099-01-01T00:00:00Z\"", Some((Signal::New, Status::Embargoed))).await;
    check(",\"hold\":\"next week\"", None).await;
}

#[tokio::test]
async fn an_item_without_text_waits_for_its_page() {
    let server = Server::start().await;
    let link = "\"link\":\"http://site.example/page\"";
    json(
        &server,
        "/stories",
        &list(&[format!("{{\"uuid\":\"1\",\"head\":\"T\",{link}}}")], "null"),
    );
    server.reply("/page", 200, "text/html", "<p>The page.</p>");
    let source = LIST.replace("html = \"/body/html\"\n", "");
    let polled = poll(&fetcher(config(Some(&server))), state(&source)).await;
    let [story] = polled.stories.as_slice() else { panic!("{:?}", polled.state.last_error) };
    assert_eq!((story.format, story.body.as_bytes()), (Format::Html, &b"<p>The page.</p>"[..]));
}

#[tokio::test]
async fn what_is_no_list_is_named() {
    let server = Server::start().await;
    for (body, needle) in [("<html>", "no JSON"), ("{\"data\":[]}", "\"/results\" finds no list")] {
        json(&server, "/stories", body);
        let polled = poll(&fetcher(config(Some(&server))), state(LIST)).await;
        let error = polled.state.last_error.unwrap();
        assert!(error.contains(needle), "{error}");
    }
}

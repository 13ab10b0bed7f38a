//! No address that a feed, a page, a sitemap or a robots.txt carries leads the fetcher into the network
//! it stands in, and none writes a header of a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    fmt::Write as _,
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use dateline_runtime::clock;
use integration_tests::pipeline::{Running, binary, hosts_setting, open};

const HOST: &str = "www.hostile.example";

/// What the site has to say, and what it was asked.
struct Site {
    trap: SocketAddr,
    heads: Mutex<Vec<String>>,
}

/// Addresses that mean a host of the own network, or no host at all.
fn inward(trap: SocketAddr) -> Vec<String> {
    let port = trap.port();
    [
        "http://127.0.0.1:PORT/a",
        "http://localhost:PORT/b",
        "http://[::1]:PORT/c",
        "http://[::ffff:127.0.0.1]:PORT/d",
        "http://2130706433:PORT/e",
        "http://0x7f.1:PORT/f",
        "http://0:PORT/g",
        "http://user:secret@127.0.0.1:PORT/h",
        "//127.0.0.1:PORT/i",
        "file:///etc/passwd",
        "gopher://127.0.0.1:PORT/j",
        "http://169.254.169.254/latest/meta-data/",
    ]
    .map(|address| address.replace("PORT", &port.to_string()))
    .into()
}

fn article(site: &Site) -> String {
    let trap = format!("http://{}/page", site.trap);
    format!(
        "<html><head><title>The page</title><link rel=\"canonical\" href=\"{trap}\">\
         <link rel=\"amphtml\" href=\"{trap}\"><meta http-equiv=\"refresh\" content=\"0;url={trap}\">\
         <base href=\"{trap}\"><script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\
         \"url\":\"{trap}\",\"mainEntityOfPage\":\"{trap}\"}}</script></head><body><article>\
         <p>France accused Germany of spying on Tuesday, the French foreign ministry said.</p>\
         <p>Germany rejected the accusation on Wednesday. <a href=\"{trap}\">More</a>\
         <img src=\"{trap}\"></p></article></body></html>"
    )
}

fn feed(site: &Site) -> String {
    let trap = format!("http://{}/feed", site.trap);
    let mut feed = format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>x</title>\
         <link>{trap}</link><atom:link rel=\"hub\" href=\"{trap}\"/><atom:link rel=\"self\" \
         href=\"{trap}\"/><atom:link rel=\"next\" href=\"{trap}\"/><image><url>{trap}</url></image>"
    );
    let split = format!("http://{HOST}/split&#13;&#10;X-Hostile: 1");
    let addresses = inward(site.trap);
    for (number, address) in addresses.iter().chain([&split]).enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(
            feed,
            "<item><title>Item {number}</title><link>{address}</link>\
             <guid isPermaLink=\"true\">{address}#{number}</guid><comments>{address}</comments>\
             <enclosure url=\"{trap}\" type=\"image/png\" length=\"1\"/>\
             <description>France and Germany met.</description></item>"
        );
    }
    feed + "</channel></rss>"
}

fn sitemap(site: &Site) -> String {
    let now = clock::now();
    let entry =
        |address: &String| format!("<url><loc>{address}</loc><lastmod>{now}</lastmod></url>");
    let good = format!("http://{HOST}/good");
    let listed: String = inward(site.trap).iter().chain([&good]).map(entry).collect();
    format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{listed}</urlset>")
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let head = format!("{} {:?}", request.uri(), request.headers());
    site.heads.lock().unwrap().push(head);
    let (kind, body) = match request.uri().path() {
        "/robots.txt" => (
            "text/plain",
            format!("User-agent: *\nAllow: /\nSitemap: http://{}/map.xml\n", site.trap),
        ),
        "/feed.xml" => ("application/rss+xml", feed(&site)),
        "/map.xml" => ("application/xml", sitemap(&site)),
        "/good" => ("text/html", article(&site)),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Counts whoever comes.
fn trap() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    // It ends with the test.
    std::thread::spawn(move || {
        while listener.accept().is_ok() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (address, count)
}

fn start(folder: &Path, site: SocketAddr) -> Running {
    let quoted = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let hosts = hosts_setting(&[(HOST.to_owned(), site)].into());
    let settings = format!(
        "admin.listen = \"\"\nconsole.listen = \"\"\nsink.sqlite.path = {}\nbus.data_dir = {}\n\
         [fetcher]\nmin_host_interval_ms = 50\nfirst_backoff_ms = 50\nmax_page_attempts = 2\n{hosts}\n",
        quoted("warehouse.sqlite3"),
        quoted("data"),
    );
    fs::write(folder.join("dateline.toml"), settings).unwrap();
    let sources = folder.join("sources");
    fs::create_dir_all(&sources).unwrap();
    for (name, path) in [("feed", "feed.xml"), ("sitemap", "map.xml")] {
        let source = format!("kind = \"{name}\"\nurl = \"http://{HOST}/{path}\"\n");
        fs::write(sources.join(format!("{name}.toml")), source).unwrap();
    }
    let log = fs::File::create(folder.join("log")).unwrap();
    let child = Command::new(binary("dateline").unwrap())
        .args(["run", "--sources"])
        .arg(sources)
        .arg("--config")
        .arg(folder.join("dateline.toml"))
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    Running::new(child.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_leads_into_the_own_network() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (trap, trapped) = trap();
    let site = Arc::new(Site { trap, heads: Mutex::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(answer).with_state(Arc::clone(&site));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let running = start(folder, address);
    let deadline = Instant::now() + Duration::from_mins(1);
    // All items of the feed, and the one page of the sitemap that may be asked for; but for the one at a
    // host whose robots.txt cannot be had, which waits.
    let expected = inward(trap).len() + 1;
    let stories = || {
        let warehouse = open(&folder.join("warehouse.sqlite3"));
        let count = |it: rusqlite::Connection| {
            it.query_row("SELECT count(*) FROM stories", [], |row| row.get::<_, usize>(0))
        };
        warehouse.and_then(count).unwrap_or(0)
    };
    while stories() < expected {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(Instant::now() < deadline, "{} of {expected} stories: {}", stories(), log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(running);
    server.abort();
    assert_eq!(trapped.load(Ordering::Relaxed), 0, "somebody came to the trap");
    let heads = site.heads.lock().unwrap();
    let is_hostile = |head: &&String| head.to_lowercase().contains("\"x-hostile\"");
    assert_eq!(heads.iter().find(is_hostile), None, "an address has written a header");
    assert!(heads.iter().any(|head| head.starts_with("/good")), "{heads:?}");
}

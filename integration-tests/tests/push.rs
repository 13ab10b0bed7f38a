//! Deliveries into the running pipeline: a provider's newswire items, and a WebSub hub.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::post;
use integration_tests::pipeline::{Running, binary, hosts_setting, open};
use integration_tests::simweb::http;
use tokio::net::TcpListener;
use tokio::time::sleep;

const FEED: &str = "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>x</title>\
    <atom:link rel=\"hub\" href=\"http://hub.example/hub\"/>\
    <atom:link rel=\"self\" href=\"http://www.site.example/feed\"/>ITEMS</channel></rss>";

/// What was asked of the hub.
type Asked = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

/// A site with one feed and a hub, on one port of loopback.
async fn web(asked: Asked) -> std::net::SocketAddr {
    let subscribe = |State(asked): State<Asked>, Form(form): Form<BTreeMap<String, String>>| async move {
        asked.lock().unwrap().push(form);
        StatusCode::ACCEPTED
    };
    let feed = FEED.replace("ITEMS", &item("1", "Ministers meet in Tokyo"));
    let app = Router::new()
        .route("/hub", post(subscribe))
        .route("/feed", axum::routing::get(|| async { feed }))
        .with_state(asked);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    addr
}

fn item(id: &str, title: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">{id}</guid><title>{title}</title>\
         <description>{title} on Tuesday, officials said.</description></item>"
    )
}

struct Bed<'a> {
    folder: &'a Path,
    port: u16,
}

impl Bed<'_> {
    fn write(&self, addr: std::net::SocketAddr) {
        let hosts = ["www.site.example", "hub.example"].map(|host| (host.to_owned(), addr));
        fs::create_dir_all(self.folder.join("sources")).unwrap();
        let feed = "kind = \"feed\"\nurl = \"http://www.site.example/feed\"\nfetch_pages = false\n\
                    provider = \"site\"\n";
        fs::write(self.folder.join("sources/site.toml"), feed).unwrap();
        fs::write(self.folder.join("sources/wire.toml"), "kind = \"push\"\nprovider = \"wire\"\n")
            .unwrap();
        fs::write(self.folder.join("secret"), "an example secret of the test\n").unwrap();
        let path = |name: &str| toml::Value::String(self.folder.join(name).display().to_string());
        let settings = format!(
            "log.format = \"json\"\nadmin.listen = \"\"\nbus.data_dir = {}\nsink.sqlite.path = {}\n\
             push.listen = \"127.0.0.1:{}\"\n[fetcher]\nmin_host_interval_ms = 100\n\
             push_url = \"http://127.0.0.1:{}\"\npush_secret_file = {}\n{}\n",
            path("data"),
            path("warehouse.sqlite3"),
            self.port,
            self.port,
            path("secret"),
            hosts_setting(&hosts.into_iter().collect()),
        );
        fs::write(self.folder.join("dateline.toml"), settings).unwrap();
    }

    fn dateline(&self, command: &[&str]) -> Command {
        let mut dateline = Command::new(binary("dateline").unwrap());
        dateline.args(command).arg("--config").arg(self.folder.join("dateline.toml"));
        dateline
    }

    fn sources(&self) -> String {
        self.folder.join("sources").display().to_string()
    }

    /// Where the provider delivers.
    fn address(&self) -> String {
        let output = self.dateline(&["addresses", &self.sources()]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find_map(|line| line.trim().strip_prefix("POST")).unwrap();
        line.trim().to_owned()
    }

    fn run(&self) -> Running {
        let log = fs::File::create(self.folder.join("log")).unwrap();
        let mut command = self.dateline(&["run", "--sources", &self.sources()]);
        Running::new(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    /// Titles and statuses in the warehouse.
    fn stories(&self) -> Vec<(String, String)> {
        let Ok(connection) = open(&self.folder.join("warehouse.sqlite3")) else {
            return Vec::new();
        };
        let Ok(mut statement) =
            connection.prepare("SELECT coalesce(title, ''), status FROM stories ORDER BY 1, 2")
        else {
            return Vec::new();
        };
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    async fn until(&self, what: &str, is_so: impl Fn(&[(String, String)]) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_so(&self.stories()) {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "{what}: {:?}\n{log}", self.stories());
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Signs as a hub does.
fn signature(secret: &str, body: &str) -> String {
    use hmac::Mac;
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digits = mac.finalize().into_bytes();
    let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("X-Hub-Signature: sha256={}\r\n", digits.concat())
}

fn wire(version: u32, status: &str, headline: &str) -> String {
    format!(
        "{{\"uri\": \"urn:wire:7\", \"version\": \"{version}\", \"type\": \"text\", \
         \"versioncreated\": \"2026-11-24T10:0{version}:00Z\", \"pubstatus\": \"{status}\", \
         \"headline\": \"{headline}\", \"language\": \"en\", \
         \"body_text\": \"{headline}. Officials of both countries met on Tuesday.\"}}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_is_in_the_warehouse() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Asked::default();
    let addr = web(Arc::clone(&asked)).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let bed = Bed { folder: folder.path(), port };
    bed.write(addr);
    let address = bed.address();
    let running = bed.run();
    bed.until("the feed is read", |stories| stories.len() == 1).await;

    // The provider: a story, an update, a kill; whoever does not know the address is refused.
    let send = |url: &str, headers: &str, body: &str| http("POST", url, headers, body).unwrap().0;
    assert_eq!(send(&address, "", &wire(1, "usable", "Ministers agree on trade")), 202);
    bed.until("a delivery", |stories| {
        stories.contains(&pair("Ministers agree on trade", "usable"))
    })
    .await;
    assert_eq!(send(&address, "", &wire(2, "usable", "Ministers sign a treaty")), 202);
    bed.until("an update", |stories| stories.contains(&pair("Ministers sign a treaty", "usable")))
        .await;
    assert_eq!(send(&address, "", &wire(3, "canceled", "Ministers sign a treaty")), 202);
    bed.until("a kill", |stories| stories.iter().any(|(_, status)| status == "canceled")).await;
    assert_eq!(send(&format!("{address}0"), "", "x"), 403);

    // The hub: it was asked, it verifies, it pushes, and what nobody signed is refused.
    let form = asked.lock().unwrap().first().cloned().expect("the hub was asked");
    assert_eq!(form["hub.mode"], "subscribe");
    assert_eq!(form["hub.topic"], "http://www.site.example/feed");
    let callback = &form["hub.callback"];
    let question = format!(
        "{callback}?hub.mode=subscribe&hub.topic=http%3A%2F%2Fwww.site.example%2Ffeed\
         &hub.challenge=xyz&hub.lease_seconds=600"
    );
    assert_eq!(http("GET", &question, "", "").unwrap(), (200, "xyz".to_owned()));
    let body = FEED.replace("ITEMS", &item("2", "President visits Paris"));
    assert_eq!(send(callback, "", &body), 403);
    assert_eq!(send(callback, &signature("wrong", &body), &body), 403);
    assert_eq!(send(callback, &signature(&form["hub.secret"], &body), &body), 202);
    bed.until("a push", |stories| stories.contains(&pair("President visits Paris", "usable")))
        .await;
    // The same once more changes nothing.
    assert_eq!(send(callback, &signature(&form["hub.secret"], &body), &body), 202);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(bed.stories().len(), 3, "{:?}", bed.stories());
    assert!(running.stop(Duration::from_secs(10)).unwrap(), "it drains and exits with 0");
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    for secret in ["an example secret", &form["hub.secret"]] {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}

fn pair(title: &str, status: &str) -> (String, String) {
    (title.to_owned(), status.to_owned())
}

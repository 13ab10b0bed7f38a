//! A small HTTP server and the fetcher's settings, for the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dateline_record::{FetchState, Timestamp};
use dateline_runtime::{Polled, Source};
use fetcher::{Config, Fetcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An answer of the server.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Hit {
    pub(crate) at: Instant,
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A server on loopback.
pub(crate) struct Server {
    pub(crate) addr: std::net::SocketAddr,
    replies: Arc<Mutex<HashMap<String, Reply>>>,
    hits: Arc<Mutex<Vec<Hit>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let replies = Arc::new(Mutex::new(HashMap::new()));
        let hits = Arc::new(Mutex::new(Vec::new()));
        let shared = (Arc::clone(&replies), Arc::clone(&hits));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { addr, replies, hits, task }
    }

    pub(crate) fn reply(&self, path: &str, status: u16, kind: &str, body: &str) {
        let headers = vec![("Content-Type", kind.to_owned())];
        self.set(path, Reply { status, headers, body: body.as_bytes().to_vec() });
    }

    pub(crate) fn set(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.hits.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.hits().iter().filter(|hit| hit.path == path).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type SharedState = (Arc<Mutex<HashMap<String, Reply>>>, Arc<Mutex<Vec<Hit>>>);

async fn serve(mut stream: TcpStream, (replies, hits): SharedState) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend_from_slice(&buffer[..length]),
        }
    }
    let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    hits.lock().unwrap().push(Hit { at: Instant::now(), path: path.clone(), text: text.clone() });
    let missing = Reply { status: 404, ..Reply::default() };
    let mut reply = replies.lock().unwrap().get(&path).cloned().unwrap_or(missing);
    // A server that waits for news before it answers.
    if let Some((_, held)) = reply.headers.iter().find(|(name, _)| *name == "X-Hold-Ms") {
        tokio::time::sleep(std::time::Duration::from_millis(held.parse().unwrap())).await;
    }
    let etag = reply.headers.iter().find(|(name, _)| *name == "ETag").map(|(_, etag)| etag);
    // A server that says that nothing has changed, whatever it is asked with.
    let lies = reply.headers.iter().any(|(name, _)| *name == "X-Always-304");
    let is_same = etag.is_some_and(|etag| text.contains(&format!("if-none-match: {etag}")));
    if is_same || (lies && text.contains("if-none-match:")) {
        reply.status = 304;
        reply.body.clear();
    }
    let mut answer = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        answer.extend([*name, ": ", value, "\r\n"]);
    }
    let length = reply.body.len().to_string();
    answer.extend(["Content-Length: ", &length, "\r\n\r\n"]);
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.write_all(&reply.body).await;
    let _ = stream.shutdown().await;
}

/// The shipped settings without pauses, with `site.example` at the server.
pub(crate) fn config(server: Option<&Server>) -> Config {
    let text = include_str!("../../../../config/dateline.toml");
    let table: toml::Table = text.parse().unwrap();
    let mut config: Config = table["fetcher"].clone().try_into().unwrap();
    config.min_host_interval_ms = 0;
    config.first_backoff_ms = 1;
    config.file_settle_ms = 0;
    if let Some(server) = server {
        config.hosts.insert("site.example".to_owned(), server.addr);
    }
    config
}

pub(crate) fn fetcher(config: Config) -> Fetcher {
    Fetcher::new(config).unwrap()
}

/// The state of a source that was never polled, from the text of its file.
pub(crate) fn state(toml_text: &str) -> FetchState {
    FetchState::new(fetcher::read_spec("test", toml_text, Timestamp::from_millis(0)).unwrap())
}

pub(crate) fn feed_state(path: &str) -> FetchState {
    state(&format!("kind = \"feed\"\nurl = \"http://site.example{path}\"\ninterval_seconds = 1"))
}

pub(crate) fn folder_state(path: &std::path::Path, watch: bool) -> FetchState {
    let path = toml::Value::String(path.display().to_string());
    state(&format!("kind = \"folder\"\npath = {path}\nwatch = {watch}"))
}

pub(crate) fn now() -> Timestamp {
    dateline_runtime::clock::now()
}

/// Polls once, at the time that the state asks for.
pub(crate) async fn poll(fetcher: &Fetcher, state: FetchState) -> Polled {
    let at = now().max(state.next_poll_at);
    poll_at(fetcher, state, at).await
}

pub(crate) async fn poll_at(fetcher: &Fetcher, state: FetchState, at: Timestamp) -> Polled {
    match fetcher.poll(state, at, &dateline_runtime::Territory::everywhere()).await {
        Ok(polled) => polled,
        Err(fault) => panic!("{fault:?}"),
    }
}

/// An RSS feed of items (guid, title, link, description).
pub(crate) fn rss(items: &[(&str, &str, &str, &str)]) -> String {
    let items = items.iter().map(|(guid, title, link, description)| {
        format!(
            "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>\
             <link>{link}</link><description>{description}</description></item>"
        )
    });
    let items: String = items.collect();
    format!("<rss version=\"2.0\"><channel><title>Test</title>{items}</channel></rss>")
}

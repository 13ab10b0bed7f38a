//! A simulated web on loopback: any number of virtual hosts on one port, news sites on a clock that
//! can be speeded up and hosts with every fault that the real web has. Each request is written
//! down, so that politeness is measured from the server's side.

mod fault;
mod site;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub use fault::Fault;
pub use site::{Published, Site};

/// The most that is read of a request's head.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// A running web; it ends when dropped.
#[derive(Debug)]
pub struct SimWeb {
    addr: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    sites: BTreeMap<String, Host>,
    start: Instant,
    speed: u32,
    hits: Mutex<Vec<Visit>>,
}

/// What stands behind a host's name.
#[derive(Clone, Debug)]
pub enum Host {
    /// A site that publishes.
    Site(Site),
    /// A host that misbehaves.
    Fault(Fault),
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The host that was asked.
    pub host: String,
    /// The path and query.
    pub path: String,
    /// When it arrived.
    pub at: Instant,
    /// The request's head, in lower case.
    pub head: String,
}

impl SimWeb {
    /// Starts hosts on a free port of loopback, on a clock that runs `speed` times as fast.
    pub async fn start(hosts: BTreeMap<String, Host>, speed: u32) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let (start, hits) = (Instant::now(), Mutex::default());
        let shared = Arc::new(Shared { sites: hosts, start, speed, hits });
        let for_all = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&for_all);
                // A client that goes away in the middle is what faults are made of.
                tokio::spawn(async move { drop(serve(stream, addr, &shared).await) });
            }
        });
        Ok(Self { addr, shared, server })
    }

    /// Where all hosts listen.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The setting `fetcher.hosts` under which the hosts are found.
    pub fn fetcher_hosts(&self) -> BTreeMap<String, SocketAddr> {
        self.shared.sites.keys().map(|host| (host.clone(), self.addr)).collect()
    }

    /// All requests so far, in the order of their arrival.
    pub fn visits(&self) -> Vec<Visit> {
        self.shared.hits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The simulated time that has passed.
    pub fn elapsed(&self) -> Duration {
        self.shared.elapsed()
    }

    /// All that the sites have published so far.
    pub fn published(&self) -> Vec<Published> {
        let elapsed = self.elapsed();
        let sites = self.shared.sites.iter().filter_map(|(host, kind)| match kind {
            Host::Site(site) => Some(site.published(host, elapsed)),
            Host::Fault(_) => None,
        });
        sites.flatten().collect()
    }
}

impl Drop for SimWeb {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn elapsed(&self) -> Duration {
        self.start.elapsed() * self.speed
    }
}

async fn serve(mut stream: TcpStream, addr: SocketAddr, shared: &Shared) -> io::Result<()> {
    while let Some(head) = read_head(&mut stream).await? {
        let visit = visit(&head);
        let count = {
            let mut hits = shared.hits.lock().unwrap_or_else(PoisonError::into_inner);
            hits.push(visit.clone());
            let same = |hit: &&Visit| hit.host == visit.host && hit.path == visit.path;
            hits.iter().filter(same).count()
        };
        match shared.sites.get(&visit.host) {
            Some(Host::Site(site)) => {
                let answer = site.answer(&visit, shared.elapsed());
                stream.write_all(&answer).await?;
            }
            Some(Host::Fault(fault)) => {
                return fault.answer(&mut stream, &visit, &fault::Place { addr, count }).await;
            }
            None => {
                stream.write_all(b"HTTP/1.1 421 X\r\nContent-Length: 0\r\n\r\n").await?;
            }
        }
    }
    Ok(())
}

/// The head of the next request; none where the client has closed.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD_BYTES {
        if stream.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).to_ascii_lowercase()))
}

fn visit(head: &str) -> Visit {
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let host = head.lines().find_map(|line| line.strip_prefix("host:")).unwrap_or_default();
    let host = host.trim().split(':').next().unwrap_or_default().to_owned();
    Visit { host, path, at: Instant::now(), head: head.to_owned() }
}

/// An answer with a body.
fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Sends one request to loopback and gives the status and the body of the answer.
pub fn http(method: &str, url: &str, headers: &str, body: &str) -> io::Result<(u16, String)> {
    use std::io::{Read, Write};

    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = std::net::TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n{headers}\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no status line"))?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}

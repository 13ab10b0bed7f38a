//! A receiver of webhooks: it checks each signature, keeps what it takes, and refuses when told to.

use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::stream::Shelf;

/// The bytes of the secret.
const SECRET: &[u8] = b"a secret of at least 24 bytes";

/// The receivers of this process, by their address.
static RECEIVERS: LazyLock<Mutex<HashMap<String, Arc<Mutex<Receiver>>>>> =
    LazyLock::new(Mutex::default);

/// What a receiver has taken, and how it is to answer.
#[derive(Default)]
pub(crate) struct Receiver {
    /// The messages by their ids, the last of each.
    pub(crate) taken: BTreeMap<String, Value>,
    /// How often each id came.
    pub(crate) times: BTreeMap<String, usize>,
    /// So many requests are refused.
    pub(crate) refuse: usize,
    /// So many are taken, but the answer is lost.
    pub(crate) lose: usize,
    /// Requests that were refused.
    pub(crate) refused: usize,
}

/// The words of the secret as a file holds them.
pub(crate) fn secret() -> String {
    format!("whsec_{}\n", STANDARD.encode(SECRET))
}

/// Starts a receiver; returns its address.
pub(crate) fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let receiver = Arc::new(Mutex::new(Receiver::default()));
    RECEIVERS.lock().unwrap().insert(url.clone(), Arc::clone(&receiver));
    thread::spawn(move || {
        for client in listener.incoming() {
            let own = Arc::clone(&receiver);
            thread::spawn(move || serve(client.unwrap(), &own));
        }
    });
    url
}

pub(crate) fn of(url: &str) -> Arc<Mutex<Receiver>> {
    Arc::clone(&RECEIVERS.lock().unwrap()[url])
}

fn serve(client: TcpStream, receiver: &Mutex<Receiver>) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut client = client;
    while let Some((headers, body)) = request(&mut reader) {
        let answer = take(&mut receiver.lock().unwrap(), &headers, &body);
        let Some(answer) = answer else { return };
        if client.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The next request; none where the other side has ended.
fn request(reader: &mut impl BufRead) -> Option<(HashMap<String, String>, Vec<u8>)> {
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.trim().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    Some((headers, body))
}

/// Judges a request; none where the answer is to be lost.
fn take(own: &mut Receiver, headers: &HashMap<String, String>, body: &[u8]) -> Option<String> {
    if own.refuse > 0 {
        own.refuse -= 1;
        own.refused += 1;
        return Some(answer("503 Service Unavailable", "retry-after: 0\r\n"));
    }
    let id = &headers["webhook-id"];
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(format!("{id}.{}.", headers["webhook-timestamp"]).as_bytes());
    mac.update(body);
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    if headers["webhook-signature"] != wanted {
        return Some(answer("401 Unauthorized", ""));
    }
    own.taken.insert(id.clone(), serde_json::from_slice(body).unwrap());
    *own.times.entry(id.clone()).or_default() += 1;
    if own.lose > 0 {
        own.lose -= 1;
        return None;
    }
    Some(answer("204 No Content", ""))
}

fn answer(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\n\r\n")
}

/// The next offset that the sink has noted, of the only place of the stream.
fn next(folder: &Path) -> u64 {
    let mark = std::fs::read(folder.join("webhook/positions.json")).unwrap_or_default();
    let mark: Value = serde_json::from_slice(&mark).unwrap_or_default();
    let next = mark["next"].as_object().and_then(|next| next.values().next()?.as_u64());
    next.unwrap_or(0)
}

/// The messages before the noted offset: what came after it comes once more.
fn noted(url: &str, folder: &Path) -> Vec<Value> {
    let (receiver, next) = (of(url), next(folder));
    let taken = receiver.lock().unwrap();
    let is_noted = |message: &&Value| offset(message) < next;
    taken.taken.values().filter(is_noted).cloned().collect()
}

fn offset(message: &Value) -> u64 {
    message["data"]["stories"][0]["log_offset"].as_u64().unwrap()
}

/// What a reader of the messages knows: of each story its newest version.
pub(crate) fn shelf(url: &str, folder: &Path) -> Shelf {
    let mut newest: BTreeMap<String, ((u64, u64), Vec<String>)> = BTreeMap::new();
    let words = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for message in noted(url, folder) {
        let (data, story) = (&message["data"], &message["data"]["stories"][0]);
        let order = (story["revision"].as_u64().unwrap(), offset(&message));
        let title = words(&story["title"]);
        let mut rows = vec![format!(
            "{} {} {title} {}",
            order.0,
            words(&story["status"]),
            words(&story["text"])
        )];
        let list = |name: &str| data[name].as_array().cloned().unwrap_or_default();
        let mut events: Vec<String> = list("events")
            .iter()
            .map(|row| format!("{} {}", words(&row["type"]), words(&row["sentence_text"])))
            .collect();
        events.sort();
        rows.extend(events);
        rows.extend(list("mentions").iter().map(|row| format!("mention {}", words(&row["text"]))));
        let slot = newest.entry(words(&story["story_id"])).or_insert((order, rows.clone()));
        if order >= slot.0 {
            *slot = (order, rows);
        }
    }
    newest.into_iter().map(|(id, (_, rows))| (id, rows)).collect()
}

/// How many records came, each counted once.
pub(crate) fn records(url: &str, folder: &Path) -> u64 {
    let mut offsets: Vec<u64> = noted(url, folder).iter().map(offset).collect();
    offsets.sort_unstable();
    offsets.dedup();
    offsets.len() as u64
}

//! A running process: its admin port, what it logs, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// A process with its log; killed when dropped.
struct Running {
    child: Child,
    log: Receiver<String>,
}

impl Running {
    /// The next line of the log with this message.
    fn wait_for(&mut self, message: &str) -> Value {
        loop {
            let line = self.log.recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|error| panic!("no {message:?} in the log: {error}"));
            let entry: Value = serde_json::from_str(&line).unwrap();
            if entry["message"] == message {
                return entry;
            }
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(folder: &std::path::Path) -> Running {
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dateline"))
        .arg("run")
        .arg("--sources")
        .arg(sources)
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("DATELINE_ADMIN__LISTEN", "127.0.0.1:0")
        .env("DATELINE_LOG__FORMAT", "json")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, log) = mpsc::channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The thread ends with the log, or with the test that no longer listens.
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    Running { child, log }
}

/// Status line and body of an answer.
fn ask(address: &str, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[test]
fn it_is_alive_ready_measured_and_drains() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = start(folder.path());
    let address = running.wait_for("admin port open")["address"].as_str().unwrap().to_owned();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !ask(&address, "GET", "/ready", "").0.contains("200") {
        assert!(Instant::now() < deadline, "not ready in time");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(ask(&address, "GET", "/live", "").0.contains("200"));
    let (_, metrics) = ask(&address, "GET", "/metrics", "");
    assert!(metrics.contains("dateline_build_info{version="), "{metrics}");
    let (status, body) = ask(&address, "PUT", "/log-level", "fetcher=debug,warn");
    assert!(status.contains("200"), "{status}");
    assert!(body.contains("fetcher=debug"), "{body}");
    let (status, body) = ask(&address, "PUT", "/log-level", "loud=very");
    assert!(status.contains("400"), "{status}");
    assert!(body.contains("loud=very"), "{body}");
    ask(&address, "PUT", "/log-level", "info");
    let stopped = Instant::now();
    running.signal("-TERM");
    running.wait_for("drained");
    assert!(running.child.wait().unwrap().success());
    assert!(stopped.elapsed() < Duration::from_secs(5), "it ends within 5 s");
}

#[test]
fn a_second_process_of_one_name_ends_the_first_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = start(folder.path());
    first.wait_for("started");
    let mut second = start(folder.path());
    second.wait_for("started");
    let stopping = first.wait_for("stopping");
    assert!(stopping["error"].as_str().unwrap().contains("runs as"), "{stopping}");
    assert_eq!(first.child.wait().unwrap().code(), Some(1));
    second.signal("-TERM");
    assert!(second.child.wait().unwrap().success());
}

#[test]
fn a_taken_admin_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dateline"))
        .args(["run", "--sources"])
        .arg(folder.path())
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env("DATELINE_ADMIN__LISTEN", &address)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("admin.listen") && error.contains(&address), "{error}");
}

#[test]
fn a_version_that_says_the_same_is_not_coded_again() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    let source = folder.path().join("sources/pages.toml");
    for folder in [&pages, &folder.path().join("sources")] {
        std::fs::create_dir(folder).unwrap();
    }
    let path = pages.display();
    let spec = format!("kind = \"folder\"\npath = \"{path}\"\nwatch = true\n");
    std::fs::write(source, spec).unwrap();
    let running = start(folder.path());
    // What the extractor and then the warehouse say of a page.
    let publish = |what: &str, advertisement: &str, last: &str| {
        let html = format!(
            "<html><head><title>Japan sanctions Russia</title></head><body><article>\
             <h1>Japan sanctions Russia</h1><p>Japan imposed {what} on Russia on Tuesday.</p>\
             <p>Tokyo said the measures would take effect at once, and that it would consult its \
             allies before it took others.</p></article><aside>{advertisement}</aside></body></html>"
        );
        std::fs::write(pages.join("page.html"), html).unwrap();
        loop {
            let line = running.log.recv_timeout(Duration::from_secs(30)).unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            let message = line["message"].as_str().unwrap_or_default();
            if line["service"] == last && message.starts_with("record ") {
                return (message.to_owned(), line["reason"].clone());
            }
        }
    };
    let processed = ("record processed".to_owned(), Value::Null);
    assert_eq!(publish("sanctions", "Buy one", "sink"), processed);
    let skipped = ("record skipped".to_owned(), "unchanged".into());
    assert_eq!(publish("sanctions", "Buy two", "entity-extractor"), skipped);
    assert_eq!(publish("more sanctions", "Buy two", "sink"), processed);
}

//! The console's API on the real program: the document against the answers, who may ask, and the same
//! answers from SQLite and PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use integration_tests::pipeline::binary;
use serde_json::{Value, json};

const TBILISI: &str = "TBILISI, Oct 7 (Reuters) - The foreign ministers of Armenia and Azerbaijan met in \
    Tbilisi on Tuesday for talks on a prisoner exchange, the hosts said.\n\nPolice in Yerevan arrested 30 \
    protesters outside parliament on Monday.\n";

const TOKYO: &str = "TOKYO, Oct 8 (Reuters) - Japan imposed sanctions on Russia on Wednesday. \
    <script>alert(1)</script> Prime Minister Shinzo Abe met \u{201c}French\u{201d} President Francois \
    Hollande in Tokyo on Tuesday, an aide said.\n";

/// A console on its own port; ended when dropped.
struct Running {
    child: Child,
    address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Stories in a warehouse, and a dead letter: a line that is no story.
fn filled(folder: &Path, data: &str, more: &str) -> PathBuf {
    let stories = folder.join("stories");
    fs::create_dir_all(&stories).unwrap();
    let tbilisi = json!({"id": "1", "title": "Ministers meet in Tbilisi", "text": TBILISI,
        "published": "2014-10-07T09:00:00Z"});
    let tokyo = json!({"id": "2", "title": "Japan imposes sanctions on Russia", "text": TOKYO,
        "published": "2014-10-08T09:00:00Z"});
    fs::write(stories.join("stories.jsonl"), format!("{tbilisi}\n{tokyo}\n")).unwrap();
    fs::write(stories.join("broken.jsonl"), "{\"id\": \"1\", \"text\": \n").unwrap();
    let settings = folder.join(format!("{data}.toml"));
    fs::write(&settings, more).unwrap();
    let output = Command::new(binary("dateline").unwrap())
        .args(["run", "--json", "--input"])
        .arg(&stories)
        .arg("--data-dir")
        .arg(folder.join(data))
        .arg("--config")
        .arg(&settings)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    settings
}

fn serve(folder: &Path, data: &str, settings: &Path) -> Running {
    let mut child = Command::new(binary("dateline").unwrap())
        .args(["console", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.join(data))
        .arg("--config")
        .arg(settings)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("http://").map(str::to_owned));
    std::thread::spawn(move || lines.for_each(drop));
    let address = line.expect("the console says where it is").trim_end_matches('/').to_owned();
    Running { child, address }
}

impl Running {
    /// Status and body of an answer.
    fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = if headers.iter().any(|header| header.starts_with("Host:")) {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let more = headers.iter().fold(String::new(), |all, header| all + header + "\r\n");
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{host}{more}Connection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, &[], "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    fn post(&self, path: &str, headers: &[&str], body: &Value) -> (u16, Value) {
        let headers = [&["Content-Type: application/json"], headers].concat();
        let (status, body) = self.ask("POST", path, &headers, &body.to_string());
        (status, serde_json::from_str(&body).unwrap())
    }
}

/// Holds an answer to the schema that the document has for it.
fn check(document: &Value, path: &str, method: &str, answer: &Value) {
    let schema = &document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    let whole = json!({"allOf": [schema], "components": document["components"]});
    let validator = jsonschema::validator_for(&whole).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{path}: {faults:?}");
}

#[test]
fn the_answers_are_what_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let settings = filled(folder.path(), "data", "");
    let console = serve(folder.path(), "data", &settings);
    let document = console.get("/api/openapi.json");
    assert_eq!(document["openapi"], "3.1.0");
    let events = console.get("/api/events?limit=1");
    let story = events["events"][0]["story_id"].as_str().unwrap().to_owned();
    let token = fs::read_to_string(folder.path().join("data/console-token")).unwrap();
    let bearer = format!("Authorization: Bearer {}", token.trim());
    let letters = console.get("/api/letters");
    let letter = letters[0]["letter"].as_str().expect("the broken line is a letter").to_owned();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let real = path.replace("{story_id}", &story).replace("{letter}", &letter);
        if methods.get("get").is_none() || path == "/api/live" {
            continue;
        }
        let (status, body) = console.ask("GET", &real, &[&bearer], "");
        assert_eq!(status, 200, "{real}: {body}");
        check(&document, path, "get", &serde_json::from_str(&body).unwrap());
    }
    let (status, tried) =
        console.post("/api/try", &[], &json!({"text": TOKYO, "published": "2014-10-08"}));
    assert_eq!(status, 200, "{tried}");
    check(&document, "/api/try", "post", &tried);
    assert!(!tried["events"]["events"].as_array().unwrap().is_empty(), "{tried}");
    let story = console.get(&format!("/api/stories/{story}"));
    let text = story["story"]["text"].as_str().unwrap();
    for event in story["events"].as_array().unwrap() {
        let span = |name: &str| usize::try_from(event[name].as_u64().unwrap()).unwrap();
        let slice =
            |what: &str| &text[span(&format!("{what}_start"))..span(&format!("{what}_end"))];
        assert_eq!(slice("sentence"), event["sentence_text"]);
        assert_eq!(slice("trigger"), event["trigger"]);
        assert_eq!(slice("source"), event["source_text"]);
    }
}

#[test]
fn filters_and_pages() {
    let folder = tempfile::tempdir().unwrap();
    let settings = filled(folder.path(), "data", "");
    let console = serve(folder.path(), "data", &settings);
    let found = |query: &str| -> Vec<String> {
        let page = console.get(&format!("/api/events?{query}"));
        let events = page["events"].as_array().unwrap();
        events.iter().map(|event| event["event_id"].as_str().unwrap().to_owned()).collect()
    };
    let all = found("");
    assert!(all.len() >= 3, "{all:?}");
    let mut paged = Vec::new();
    let mut before = String::new();
    loop {
        let page = console.get(&format!("/api/events?limit=1&before={before}"));
        let events = page["events"].as_array().unwrap();
        paged.extend(events.iter().map(|event| event["event_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut before);
    }
    assert_eq!(paged, all, "page by page the same, each once");
    let sanctions = found("type=SANCTION");
    assert!(!sanctions.is_empty() && sanctions.len() < all.len(), "{sanctions:?}");
    assert_eq!(found("actor=RUS&type=SANCTION"), sanctions);
    assert_eq!(found("text=imposed+SANCTIONS&type=SANCTION"), sanctions);
    assert!(!found("country=ARM").is_empty() || !found("country=GEO").is_empty());
    assert!(found("text=100%25").is_empty());
    assert!(found("to=1999-01-01").is_empty());
    assert_eq!(
        found("quad=material_conflict&actor=JPN&country="),
        found("actor=JPN&quad=material_conflict")
    );
    let (status, body) = console.ask("GET", "/api/events?type=FIGHT", &[], "");
    assert!(status == 400 && body.contains("is none of AGREE"), "{status} {body}");
    let (status, body) = console.ask("GET", "/api/events?kind=AID", &[], "");
    assert!(status == 400 && body.contains("kind"), "{status} {body}");
    assert_eq!(console.ask("GET", "/api/stories/none", &[], "").0, 404);
}

#[test]
fn foreign_names_and_pages_are_refused_and_letters_want_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let settings = filled(folder.path(), "data", "");
    let console = serve(folder.path(), "data", &settings);
    assert_eq!(console.ask("GET", "/api/about", &["Host: evil.example"], "").0, 421);
    assert_eq!(console.ask("GET", "/api/about", &["Host: localhost:1"], "").0, 200);
    let letters = console.get("/api/letters");
    let letter = letters[0]["letter"].as_str().unwrap();
    let body = json!({"letters": [letter]});
    let drop = "/api/letters/drop";
    assert_eq!(console.ask("POST", drop, &["Content-Type: text/plain"], &body.to_string()).0, 415);
    assert_eq!(console.post(drop, &["Origin: http://evil.example"], &body).0, 403);
    let (status, answer) = console.post(drop, &["Authorization: Bearer wrong"], &body);
    assert!(
        status == 401 && answer["error"].as_str().unwrap().contains("console-token"),
        "{answer}"
    );
    assert_eq!(console.ask("GET", &format!("/api/letters/{letter}"), &[], "").0, 401);
    let token = fs::read_to_string(folder.path().join("data/console-token")).unwrap();
    let bearer = format!("Authorization: Bearer {}", token.trim());
    // It is a line of a file, no record: it cannot go back, and the answer says why.
    let (_, answer) = console.post("/api/letters/replay", &[&bearer], &body);
    assert!(answer["left"][letter].as_str().unwrap().contains("no"), "{answer}");
    let (status, answer) = console.post(drop, &[&bearer], &body);
    assert_eq!((status, &answer["done"]), (200, &json!(1)), "{answer}");
    assert_eq!(console.get("/api/letters"), json!([]));
    let (status, answer) = console.post("/api/try", &[], &json!({"url": "http://127.0.0.1:1/"}));
    assert!(status == 200 && answer["refused"].as_str().unwrap().contains("127.0.0.1"), "{answer}");
    let (status, _) = console.post("/api/try", &[], &json!({}));
    assert_eq!(status, 400);
}

/// What both warehouses must say alike: all but when the rows were written.
fn said(console: &Running) -> Vec<Value> {
    let mut answers = vec![
        console.get("/api/events"),
        console.get("/api/events?actor=JPN&text=sanctions"),
        console.get("/api/events?from=2014-01-01&limit=2&country=GEO"),
    ];
    for event in answers[0]["events"].as_array().unwrap().clone() {
        let mut story =
            console.get(&format!("/api/stories/{}", event["story_id"].as_str().unwrap()));
        story["story"]["ingested_at"] = Value::Null;
        for when in ["fetched_at", "revision"] {
            story["story"][when] = Value::Null;
        }
        for outlet in story["cluster"].as_array_mut().unwrap() {
            outlet["fetched_at"] = Value::Null;
        }
        story["changes"] = Value::Null;
        answers.push(story);
    }
    answers
}

#[test]
fn postgres_gives_the_same_answers() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres");
    let started = Command::new(&script)
        .arg("start")
        .env("DATELINE_POSTGRES_OWNER", std::process::id().to_string())
        .output()
        .unwrap();
    if !started.status.success() {
        let why = String::from_utf8_lossy(&started.stderr).into_owned();
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        println!("skipped: the console on PostgreSQL: sudo apt-get install -y postgresql");
        return;
    }
    let url = String::from_utf8(started.stdout).unwrap();
    // The same folder of stories, since its path names their source.
    let folder = tempfile::tempdir().unwrap();
    let post = format!("sink.target = \"postgres\"\nsink.postgres.url = \"{}\"\n", url.trim());
    let answers = [("sqlite", ""), ("postgres", post.as_str())].map(|(data, more)| {
        let settings = filled(folder.path(), data, more);
        said(&serve(folder.path(), data, &settings))
    });
    for (number, (lite, post)) in answers[0].iter().zip(&answers[1]).enumerate() {
        assert_eq!(lite, post, "answer {number}");
    }
}

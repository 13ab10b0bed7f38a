//! What a source does later or for another: embargoes, errands, deliveries.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::{all, output, produce, raw, settings};
use dateline_record::{
    DeadLetter, Delivery, Errand, FetchState, RawStory, Signal, SourceId, SourceKind, SourceSpec,
    Status, Timestamp, read,
};
use dateline_runtime::{
    Admission, Fault, Polled, Process, Pushed, Source, Territory, clock, config::Settings,
    logging::LogLevel,
};

/// The stories of the next poll of each source, by its id.
static NEXT: Mutex<Vec<(&str, RawStory)>> = Mutex::new(Vec::new());

/// Emits what the test says, and runs errands as the fetcher does.
struct Told;

fn polled(state: FetchState, stories: Vec<RawStory>) -> Polled {
    let (errands, dead) = (Vec::new(), Vec::new());
    Polled { stories, errands, dead, state, http_status: None }
}

impl Source for Told {
    const NAME: &'static str = "fetcher";
    type Config = BTreeMap<String, toml::Value>;

    fn new(_: Self::Config) -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn poll(
        &self,
        mut state: FetchState,
        now: Timestamp,
        _: &Territory,
    ) -> Result<Polled, Fault> {
        if let SourceKind::Errand(Errand::Release { story }) = state.source.kind.clone() {
            state.exhausted = true;
            return Ok(polled(state, vec![*story]));
        }
        let id = state.source.id.to_string();
        let mut next = NEXT.lock().unwrap();
        let stories = next.extract_if(.., |(source, _)| *source == id).map(|(_, story)| story);
        let stories = stories.collect();
        state.next_poll_at = Timestamp::from_millis(now.as_millis() + 20);
        state.updated_at = now;
        Ok(polled(state, stories))
    }

    async fn receive(&self, mut state: FetchState, delivery: Delivery) -> Result<Polled, Fault> {
        if delivery.body.as_bytes() == b"broken" {
            return Err(Fault::poison(dateline_record::FaultCode::BadDocument, "it is broken"));
        }
        // The source's own state counts the deliveries.
        state.cursor_item += 1;
        let name = format!("delivery {}", state.cursor_item);
        let text = String::from_utf8_lossy(delivery.body.as_bytes()).into_owned();
        Ok(polled(state, vec![raw(&name, &text)]))
    }

    fn admit(&self, pushed: &Pushed) -> Admission {
        match pushed.token.as_str() {
            "secret" if pushed.is_question => {
                Admission::Answer(pushed.query["challenge"].clone(), pushed.query.clone())
            }
            "secret" => Admission::Accept(pushed.headers.clone()),
            _ => Admission::Refuse(403, "the token is wrong".to_owned()),
        }
    }
}

fn spec(name: &str) -> SourceSpec {
    let kind = SourceKind::Folder { path: "x".to_owned(), watch: true, interval_seconds: 1 };
    SourceSpec {
        id: SourceId::from_lossy(name),
        provider: None,
        route: Some("site.example".to_owned()),
        kind,
        language: None,
        updated_at: Timestamp::from_millis(1),
    }
}

/// Runs a process until `done`, or fails after 20 s.
fn run(settings: Settings, mut done: impl FnMut(&Process, &[RawStory]) -> bool) {
    let mut process = Process::new(settings).unwrap();
    process.source::<Told>().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let done = |process: &Process| {
        assert!(Instant::now() < deadline, "not done in time");
        let stories: Vec<RawStory> = all(process, "dateline.raw.v1")
            .iter()
            .map(|received| read(received.record.value.as_ref().unwrap()).unwrap())
            .collect();
        Ok(done(process, &stories))
    };
    process.run(LogLevel::fixed(), done).unwrap();
}

fn tell(source: &'static str, stories: Vec<RawStory>) {
    NEXT.lock().unwrap().extend(stories.into_iter().map(|story| (source, story)));
}

fn embargoed(name: &str, text: &str, ahead_ms: i64) -> RawStory {
    let until = Timestamp::from_millis(clock::now().as_millis() + ahead_ms);
    RawStory { embargoed_until: Some(until), status: Status::Embargoed, ..raw(name, text) }
}

/// The texts of the stories, and whether no errand is left.
fn texts(stories: &[RawStory]) -> Vec<&str> {
    let text = |story: &RawStory| std::str::from_utf8(story.body.as_bytes()).unwrap().to_owned();
    let mut texts: Vec<&str> = stories.iter().map(|story| text(story).leak() as &str).collect();
    texts.sort_unstable();
    texts
}

#[test]
fn an_embargo_holds_a_story_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    produce(&Process::new(settings.clone()).unwrap(), vec![output(&spec("holder"))]);
    let kill = RawStory { status: Status::Canceled, signal: Signal::Kill, ..raw("killed", "kill") };
    tell(
        "holder",
        vec![
            embargoed("held", "held", 2_500),
            embargoed("late", "late", 3_600_000),
            RawStory { status: Status::Embargoed, ..raw("endless", "endless") },
            embargoed("killed", "never to be seen", 2_500),
            embargoed("past", "past", -1_000),
            raw("free", "free"),
        ],
    );
    let start = Instant::now();
    run(settings.clone(), |process, stories| {
        texts(stories) == ["free", "past"] && process.behind().unwrap() == 0
    });
    tell("holder", vec![kill]);
    run(settings, |_, stories| {
        let texts = texts(stories);
        assert!(!texts.contains(&"never to be seen") && !texts.contains(&"late"), "{texts:?}");
        if texts.contains(&"held") {
            assert!(start.elapsed() >= Duration::from_millis(2_400), "{:?}", start.elapsed());
        }
        texts == ["free", "held", "kill", "past"] && start.elapsed() > Duration::from_secs(3)
    });
}

/// Sends a request and gives the status and the body of the answer.
fn ask(port: u16, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[test]
fn what_is_pushed_is_committed_before_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    settings.set(&["push", "listen"], format!("127.0.0.1:{port}")).unwrap();
    settings.set(&["push", "max_body_bytes"], 100).unwrap();
    produce(&Process::new(settings.clone()).unwrap(), vec![output(&spec("pushed"))]);
    let deliverer = std::thread::spawn(move || {
        let target = "/push/site.example/pushed/secret";
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let answers = [
            ask(port, "POST", target, "first"),
            ask(port, "GET", &format!("{target}?challenge=abc"), ""),
            ask(port, "POST", target, "broken"),
            ask(port, "POST", "/push/site.example/pushed/wrong", "x"),
            ask(port, "POST", target, &"x".repeat(101)),
            ask(port, "PUT", target, "x"),
            ask(port, "POST", "/push/site.example/nobody/secret", "lost"),
        ];
        answers.map(|(status, body)| (status, body.trim().to_owned()))
    });
    let mut letters = Vec::new();
    run(settings, |process, stories| {
        let dead = all(process, "dateline.dead.v1");
        letters =
            dead.iter().map(|dead| read(dead.record.value.as_ref().unwrap()).unwrap()).collect();
        stories.len() == 2 && letters.len() == 2 && deliverer.is_finished()
    });
    let answers = deliverer.join().unwrap();
    assert_eq!(answers.each_ref().map(|(status, _)| *status), [202, 200, 202, 403, 413, 405, 202]);
    assert_eq!(answers[1].1, "abc");
    let mut places: Vec<_> =
        letters.iter().map(|dead: &DeadLetter| dead.origin.topic.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["delivery for site.example/nobody", "delivery for site.example/pushed"]);
    let lost = letters.iter().find(|dead| dead.origin.topic.contains("nobody")).unwrap();
    assert_eq!(lost.value.as_ref().unwrap().as_bytes(), b"lost");
}

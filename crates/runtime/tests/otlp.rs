//! Spans reach a collector: a stand-in on loopback takes them apart by the numbers of the protocol.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use common::{clean, output, produce, raw, settings};
use dateline_record::{CleanStory, FaultCode, RawStory};
use dateline_runtime::{Fault, Outcome, Process, Stage, logging::LogLevel};

/// Fields of a message by their numbers: a number, or bytes.
#[derive(Debug, Default)]
struct Message(BTreeMap<u64, Vec<Field>>);

#[derive(Clone, Debug)]
enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

impl Message {
    /// The wire format of protocol buffers.
    fn read(mut bytes: &[u8]) -> Self {
        let mut fields = Self::default();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let field = match tag & 7 {
                0 => Field::Number(varint(&mut bytes)),
                1 => Field::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().unwrap())),
                2 => {
                    let length = usize::try_from(varint(&mut bytes)).unwrap();
                    Field::Bytes(take(&mut bytes, length).to_vec())
                }
                wire => panic!("wire type {wire}"),
            };
            fields.0.entry(tag >> 3).or_default().push(field);
        }
        fields
    }

    fn all(&self, number: u64) -> Vec<Self> {
        let fields = self.0.get(&number).into_iter().flatten();
        fields
            .map(|field| match field {
                Field::Bytes(bytes) => Self::read(bytes),
                Field::Number(number) => panic!("{number} is no message"),
            })
            .collect()
    }

    fn bytes(&self, number: u64) -> Vec<u8> {
        match self.0.get(&number).map(|fields| &fields[0]) {
            Some(Field::Bytes(bytes)) => bytes.clone(),
            other => panic!("field {number}: {other:?}"),
        }
    }

    fn number(&self, number: u64) -> u64 {
        match self.0.get(&number).map(|fields| &fields[0]) {
            Some(Field::Number(number)) => *number,
            other => panic!("field {number}: {other:?}"),
        }
    }

    fn text(&self, number: u64) -> String {
        String::from_utf8(self.bytes(number)).unwrap()
    }

    /// Attributes: key 1, value 2, of which text is 1 and an integer 3.
    fn attributes(&self, number: u64) -> BTreeMap<String, String> {
        let pair = |pair: &Self| {
            let value = &pair.all(2)[0];
            let text = value.0.contains_key(&1).then(|| value.text(1));
            (pair.text(1), text.unwrap_or_else(|| value.number(3).to_string()))
        };
        self.all(number).iter().map(pair).collect()
    }
}

/// Takes requests and gives their heads and bodies.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
            }
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1).unwrap();
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, received)
}

/// Takes what it gets, but for one.
struct Plain;

impl Stage for Plain {
    const NAME: &'static str = "cleaner";
    type In = RawStory;
    type Out = CleanStory;
    type Config = BTreeMap<String, toml::Value>;

    fn new(_: Self::Config) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn handle(&self, record: RawStory) -> Result<Outcome<CleanStory>, Fault> {
        match record.body.as_bytes() {
            b"poison" => Err(Fault::poison(FaultCode::BadDocument, "asked for it")),
            _ => Ok(Outcome::Emit(clean(&record))),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[test]
fn spans_reach_a_collector_with_the_conventions_of_messaging() {
    let (address, received) = collector();
    let folder = tempfile::tempdir().unwrap();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), format!("http://{address}"))];
    let mut process = Process::with_environment(settings(folder.path()), environment).unwrap();
    let (good, bad) = (output(&raw("good", "good")), output(&raw("bad", "poison")));
    let parent = String::from_utf8(good.record.header("traceparent").unwrap().to_vec()).unwrap();
    produce(&process, vec![good, bad]);
    process.stage::<Plain>().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    process
        .run(LogLevel::fixed(), |process| {
            assert!(Instant::now() < deadline, "not done in time");
            Ok(process.behind()? == 0)
        })
        .unwrap();
    let mut spans = BTreeMap::new();
    while let Ok((head, body)) = received.recv_timeout(Duration::from_millis(300)) {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        assert!(
            head.to_ascii_lowercase().contains("content-type: application/x-protobuf"),
            "{head}"
        );
        for resource in Message::read(&body).all(1) {
            assert_eq!(resource.all(1)[0].attributes(1)["service.name"], "cleaner");
            for span in resource.all(2).iter().flat_map(|scope| scope.all(2)) {
                let story = span.attributes(9)["messaging.message.conversation_id"].clone();
                spans.insert((story, span.text(5)), span);
            }
        }
    }
    assert_eq!(spans.len(), 3, "two were handled, one was sent on: {:?}", spans.keys());
    let of =
        |text: &str, name: &str| &spans[&(raw(text, text).story_id.to_string(), name.to_owned())];
    let process = of("good", "process dateline.raw.v1");
    assert_eq!(hex(&process.bytes(1)), parent[3..35], "the story's own trace goes on");
    assert_eq!(hex(&process.bytes(4)), parent[36..52], "under the span that sent it");
    assert_eq!(process.number(6), 5, "a consumer's span");
    assert!(process.number(7) <= process.number(8));
    let attributes = process.attributes(9);
    let check = |name: &str, value: &str| assert_eq!(attributes[name], value, "{name}");
    check("messaging.operation.name", "process");
    check("messaging.destination.name", "dateline.raw.v1");
    check("messaging.consumer.group.name", "dateline-cleaner");
    assert!(attributes.contains_key("messaging.kafka.offset"), "{attributes:?}");
    let send = of("good", "send dateline.clean.v1");
    assert_eq!(
        (send.number(6), send.bytes(4)),
        (4, process.bytes(2)),
        "a producer's, of that span"
    );
    assert!(!process.0.contains_key(&15), "no error");
    let dead = of("bad", "process dateline.raw.v1");
    assert_eq!(dead.attributes(9)["error.type"], "bad_document");
    assert_eq!(dead.all(15)[0].number(3), 2, "status error");
}

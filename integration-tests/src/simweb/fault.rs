//! Hosts that misbehave, one fault each: what real servers, networks and attackers do.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Visit, reply};

/// Where the server listens, and how often the path was asked for, this time included.
pub(super) struct Place {
    pub(super) addr: SocketAddr,
    pub(super) count: usize,
}

/// Bytes of a body without end, before the host gives up by itself.
const ENDLESS_BYTES: usize = 400_000_000;

macro_rules! faults {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// What a host does wrong.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Fault { $($(#[doc = $doc])* $name,)* }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name, which is also the first part of the host's.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

faults! {
    /// No answer at all.
    Hang = "hang",
    /// One byte a second.
    Drip = "drip",
    /// A gzip body of 200 kB that unpacks to 200 MB.
    Bomb = "bomb",
    /// A chunked body that does not end.
    Endless = "endless",
    /// 14 MB of headers.
    HeaderFlood = "header-flood",
    /// A redirect to itself.
    RedirectLoop = "redirect-loop",
    /// A new address with each redirect.
    RedirectChain = "redirect-chain",
    /// A redirect to a private address.
    RedirectPrivate = "redirect-private",
    /// A redirect to loopback, by a literal address.
    RedirectLoopback = "redirect-loopback",
    /// The same, mapped into IPv6.
    RedirectMapped = "redirect-mapped",
    /// A redirect to the metadata service of a cloud.
    RedirectMetadata = "redirect-metadata",
    /// A redirect to a name that resolves to loopback.
    Rebinding = "rebinding",
    /// A redirect to a file.
    RedirectFile = "redirect-file",
    /// A redirect whose Location is no text.
    RedirectGarbage = "redirect-garbage",
    /// The connection is reset in the middle of the body.
    Reset = "reset",
    /// The body is shorter than its Content-Length.
    Truncated = "truncated",
    /// The connection is closed without a word.
    Closed = "closed",
    /// Said to be gzip, and is not.
    FalseGzip = "false-gzip",
    /// A gzip body that breaks off.
    BrokenGzip = "broken-gzip",
    /// Packed twice.
    DoubleGzip = "double-gzip",
    /// An encoding that nobody knows.
    UnknownEncoding = "unknown-encoding",
    /// Two lengths that contradict each other.
    TwoLengths = "two-lengths",
    /// A status line of another protocol.
    Icy = "icy",
    /// Said to be UTF-8 and is Latin-1.
    WrongCharset = "wrong-charset",
    /// 429 with Retry-After in seconds.
    TooMany = "too-many",
    /// 503 with Retry-After as a date.
    Unavailable = "unavailable",
    /// The same `ETag` for every body.
    LyingEtag = "lying-etag",
    /// All items are new at each poll.
    Rolling = "rolling",
    /// Dates of tomorrow's year and of 1970.
    ClockSkew = "clock-skew",
    /// 304 to whoever asks, condition or not.
    ForeverNotModified = "forever-not-modified",
    /// A robots.txt that forbids after it has allowed.
    RobotsChange = "robots-change",
    /// A robots.txt that cannot be had.
    RobotsDown = "robots-down",
    /// A page of HTML in place of the feed.
    HtmlInstead = "html-instead",
    /// An empty answer.
    Empty = "empty",
    /// Items whose links lead to loopback, mapped addresses, files and other ports.
    HostileLinks = "hostile-links",
    /// A feed that asks for external entities and defines bombs of entities.
    EntityBomb = "entity-bomb",
}

impl Fault {
    pub(super) async fn answer(
        self,
        stream: &mut TcpStream,
        visit: &Visit,
        place: &Place,
    ) -> io::Result<()> {
        if visit.path == "/robots.txt" {
            return stream.write_all(&self.robots(place.count)).await;
        }
        if let Some(location) = self.location(visit, place) {
            let head = [b"HTTP/1.1 302 Found\r\nLocation: ", &location[..]].concat();
            return stream.write_all(&[&head[..], b"\r\nContent-Length: 0\r\n\r\n"].concat()).await;
        }
        match self {
            Self::Hang => sleep(Duration::from_mins(1)).await,
            Self::Drip => return drip(stream).await,
            Self::Endless => return endless(stream).await,
            Self::HeaderFlood => return header_flood(stream).await,
            Self::Closed => {}
            Self::Reset => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n").await?;
                stream.write_all(feed("reset", 1..2).as_bytes()).await?;
                stream.flush().await?;
                sleep(Duration::from_millis(50)).await;
                stream.set_zero_linger()?;
            }
            _ => return stream.write_all(&self.document(visit, place.count)).await,
        }
        Ok(())
    }

    fn robots(self, count: usize) -> Vec<u8> {
        match self {
            Self::RobotsDown => reply("500 Internal Server Error", "", b""),
            Self::RobotsChange if count > 1 => {
                reply("200 OK", "", b"User-agent: *\nDisallow: /story\n")
            }
            _ => reply("404 Not Found", "", b""),
        }
    }

    /// Where a host redirects to.
    fn location(self, visit: &Visit, place: &Place) -> Option<Vec<u8>> {
        let port = place.addr.port();
        let text = match self {
            Self::RedirectLoop => visit.path.clone(),
            Self::RedirectChain => format!("/{}", visit.path.len() + place.count),
            Self::RedirectPrivate => "http://10.0.0.1/feed".to_owned(),
            Self::RedirectLoopback => format!("http://127.0.0.1:{port}/trap"),
            Self::RedirectMapped => format!("http://[::ffff:127.0.0.1]:{port}/trap"),
            Self::RedirectMetadata => "http://169.254.169.254/latest/meta-data/".to_owned(),
            Self::Rebinding => format!("http://localhost:{port}/trap"),
            Self::RedirectFile => "file:///etc/passwd".to_owned(),
            Self::RedirectGarbage => return Some(b"http://\xe9\xff\xfe:port/".to_vec()),
            _ => return None,
        };
        Some(text.into_bytes())
    }

    /// An answer that can be written at once.
    fn document(self, visit: &Visit, count: usize) -> Vec<u8> {
        let sound = feed(self.name(), 1..4);
        let gzip = "Content-Encoding: gzip\r\n";
        match self {
            Self::Bomb => reply("200 OK", gzip, &bomb()),
            Self::Truncated => {
                [b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", sound.as_bytes()].concat()
            }
            Self::FalseGzip => reply("200 OK", gzip, sound.as_bytes()),
            Self::BrokenGzip => {
                let packed = pack(sound.as_bytes());
                reply("200 OK", gzip, &packed[..packed.len() * 2 / 3])
            }
            Self::DoubleGzip => {
                let packed = pack(&pack(sound.as_bytes()));
                reply("200 OK", "Content-Encoding: gzip, gzip\r\n", &packed)
            }
            Self::UnknownEncoding => {
                reply("200 OK", "Content-Encoding: x-secret\r\n", &[1, 2, 3, 200, 201])
            }
            Self::TwoLengths => reply("200 OK", "Content-Length: 3\r\n", sound.as_bytes()),
            Self::Icy => [b"ICY 200 OK\r\n\r\n", sound.as_bytes()].concat(),
            Self::WrongCharset => {
                let text = sound.replace("Story", "R\u{e9}cit \u{e0} Orl\u{e9}ans");
                let latin: Vec<u8> =
                    text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
                reply("200 OK", "Content-Type: text/xml; charset=utf-8\r\n", &latin)
            }
            Self::TooMany if count < 3 => reply("429 Slow", "Retry-After: 1\r\n", b""),
            Self::Unavailable if count < 3 => {
                reply("503 Down", "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n", b"")
            }
            Self::LyingEtag => {
                let body = feed(self.name(), 1..3 + count);
                let known = visit.head.contains("if-none-match: \"same\"");
                let status = if known { "304 Not Modified" } else { "200 OK" };
                reply(status, "ETag: \"same\"\r\n", if known { b"" } else { body.as_bytes() })
            }
            Self::Rolling => {
                reply("200 OK", "", feed(self.name(), count * 10..count * 10 + 10).as_bytes())
            }
            Self::ClockSkew => reply("200 OK", "", skewed().as_bytes()),
            Self::ForeverNotModified => reply("304 Not Modified", "", b""),
            Self::HtmlInstead => reply("200 OK", "", b"<html><body><p>Please log in</p></html>"),
            Self::Empty => reply("200 OK", "", b""),
            Self::HostileLinks => reply("200 OK", "", hostile_links().as_bytes()),
            Self::EntityBomb => reply("200 OK", "", entity_bomb().as_bytes()),
            Self::RobotsChange | Self::RobotsDown if visit.path.starts_with("/story") => {
                reply("200 OK", "Content-Type: text/html\r\n", b"<p>The page of a story.</p>")
            }
            Self::RobotsChange => reply("200 OK", "", feed(self.name(), 1..3 + count).as_bytes()),
            _ => reply("200 OK", "", sound.as_bytes()),
        }
    }
}

/// A sound feed of the stories of these numbers.
fn feed(name: &str, numbers: std::ops::Range<usize>) -> String {
    let items: Vec<String> = numbers
        .rev()
        .map(|number| {
            format!(
                "<item><guid isPermaLink=\"false\">{number}</guid><title>Story {number}</title>\
                 <link>http://www.{name}.example/story/{number}</link>\
                 <description>What happened in story {number}.</description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>x</title>{}</channel></rss>", items.concat())
}

fn skewed() -> String {
    let dates = ["Thu, 31 Dec 2099 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"];
    let items: Vec<String> = (1..=dates.len())
        .zip(dates)
        .map(|(number, date)| {
            format!("<item><guid>{number}</guid><title>Story {number}</title><pubDate>{date}</pubDate></item>")
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>x</title>{}</channel></rss>", items.concat())
}

fn hostile_links() -> String {
    let links = [
        "http://127.0.0.1:22/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "file:///etc/passwd",
        "http://user:password@www.hostile-links.example/story/1",
    ];
    let items: Vec<String> = (1..=links.len())
        .zip(links)
        .map(|(number, link)| {
            format!(
                "<item><guid>{number}</guid><title>Story {number}</title><link>{link}</link></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>x</title>{}</channel></rss>", items.concat())
}

fn entity_bomb() -> String {
    let mut definitions =
        String::from("<!ENTITY a0 \"ha\"><!ENTITY file SYSTEM \"file:///etc/passwd\">");
    for level in 1..30 {
        let before = level - 1;
        let ten = format!("&a{before};").repeat(10);
        definitions.extend(["<!ENTITY a", &level.to_string(), " \"", &ten, "\">"]);
    }
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE rss [{definitions}]><rss version=\"2.0\"><channel><title>x</title>\
         <item><guid>1</guid><title>Story &a29; &file;</title></item></channel></rss>"
    )
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    pack_times(bytes, 1)
}

fn bomb() -> Vec<u8> {
    pack_times(&vec![b' '; 1_000_000], 200)
}

fn pack_times(bytes: &[u8], times: usize) -> Vec<u8> {
    use std::io::Write;

    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..times {
        // Writing to a Vec cannot fail.
        let _ = packer.write_all(bytes);
    }
    packer.finish().unwrap_or_default()
}

async fn drip(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n").await?;
    for byte in feed("drip", 1..4).bytes().take(60) {
        stream.write_all(&[byte]).await?;
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

async fn endless(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
    let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..ENDLESS_BYTES / 0x10000 {
        stream.write_all(&chunk).await?;
    }
    Ok(())
}

async fn header_flood(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    for number in 0..14_000 {
        let line = format!("X-Header-{number}: {}\r\n", "x".repeat(980));
        stream.write_all(line.as_bytes()).await?;
    }
    stream.write_all(b"\r\n").await
}

//! Archives: WARC, ARC, zip and tar, read to their ends and after any restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;

use dateline_record::{FaultCode, FetchState, Format, RawStory};
use dateline_runtime::BadInput;
use fetcher::Config;
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{config, fetcher, folder_state};

/// Reads a folder to its end with a new fetcher for each poll, as after a restart each time.
async fn read_all(config: &Config, folder: &Path) -> (Vec<RawStory>, Vec<BadInput>) {
    let mut state: FetchState = folder_state(folder, false);
    let (mut stories, mut dead) = (Vec::new(), Vec::new());
    for _ in 0..1_000 {
        let fetcher = fetcher(config.clone());
        let polled = support::poll_at(&fetcher, state, support::now()).await;
        stories.extend(polled.stories);
        dead.extend(polled.dead);
        state = polled.state;
        if state.exhausted {
            return (stories, dead);
        }
    }
    panic!("the folder has no end");
}

fn ids(stories: &[RawStory]) -> Vec<&str> {
    stories.iter().map(|story| story.provider_id.as_str()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn record(kind: &str, uri: &str, content_type: &str, block: &str) -> Vec<u8> {
    let length = block.len();
    format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\n\
         WARC-Date: 2014-10-07T09:30:00Z\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n{block}\r\n\r\n"
    )
    .into_bytes()
}

fn response(uri: &str, status: u16, body: &str) -> Vec<u8> {
    let head = "Content-Type: text/html; charset=utf-8\r\nServer: a\r\n";
    let block = format!("HTTP/1.1 {status} X\r\n{head}\r\n{body}");
    record("response", uri, "application/http; msgtype=response", &block)
}

/// Pages, and records that are none.
fn records() -> Vec<Vec<u8>> {
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\n<p>\r\n2\r\nok\r\n0\r\n\r\n";
    vec![
        record("warcinfo", "", "application/warc-fields", "software: a\r\n"),
        response("http://a.example/1", 200, "<p>One.</p>"),
        record("request", "http://a.example/1", "application/http", "GET /1 HTTP/1.1\r\n\r\n"),
        response("http://a.example/gone", 404, "<p>No.</p>"),
        response("<http://a.example/2?utm_source=x>", 200, "<p>Two.</p>"),
        record("response", "http://a.example/3", "application/http", chunked),
        record("response", "http://a.example/4", "application/http", "no HTTP\r\n\r\n"),
        record("conversion", "http://a.example/5", "text/plain", "Five."),
        response("http://a.example/6", 200, "<p>Six.</p>"),
    ]
}

const PAGES: [&str; 5] = [
    "http://a.example/1",
    "http://a.example/2",
    "http://a.example/3",
    "http://a.example/5",
    "http://a.example/6",
];

#[tokio::test]
async fn reads_a_web_archive_however_it_is_packed_and_after_any_restart() {
    let plain = records().concat();
    let members: Vec<u8> = records().iter().flat_map(|record| gzip(record)).collect();
    let forms = [("a.warc", plain.clone()), ("a.warc.gz", members), ("b.warc.gz", gzip(&plain))];
    for (name, bytes) in forms {
        for max_stories_per_poll in [1, 2, 100] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), &bytes).unwrap();
            let config = Config { max_stories_per_poll, ..config(None) };
            let (stories, dead) = read_all(&config, folder.path()).await;
            assert_eq!(ids(&stories), PAGES, "{name} by {max_stories_per_poll}");
            assert_eq!(dead.len(), 1, "{name}: {dead:?}");
            assert!(dead[0].what.contains("http"), "{}", dead[0].what);
            let place = &dead[0].place;
            assert!(place.contains(name) && place.contains(" at byte "), "{place}");
            if max_stories_per_poll == 100 {
                assert!(place.contains(" record 7 at byte "), "{place}");
            }
            assert_eq!(stories[2].body.as_bytes(), b"<p>ok");
            let http = stories[0].http.as_ref().unwrap();
            assert_eq!((http.status, http.headers["server"].as_str()), (200, "a"));
            assert_eq!(stories[0].fetched_at.to_string(), "2014-10-07T09:30:00.000Z");
            assert_eq!(stories[0].format, Format::Html);
            assert_eq!(stories[3].format, Format::Text);
        }
    }
}

#[tokio::test]
async fn goes_on_after_a_broken_record_or_member() {
    let mut members: Vec<Vec<u8>> = records().iter().map(|record| gzip(record)).collect();
    let half = members[4].len() / 2;
    members[4].truncate(half);
    let mut plain = records();
    plain[4] = b"rubbish\r\nmore of it\r\n".to_vec();
    for (name, bytes) in [("a.warc.gz", members.concat()), ("a.warc", plain.concat())] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        let (stories, dead) = read_all(&config(None), folder.path()).await;
        assert_eq!(ids(&stories), [PAGES[0], PAGES[2], PAGES[3], PAGES[4]], "{name}: {dead:?}");
        assert_eq!(dead.len(), 2, "{name}: {dead:?}");
    }
}

/// A tar archive with a long name in GNU's way.
fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, body) in entries {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..136].copy_from_slice(format!("{:011o}\0", body.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = if name.ends_with('/') { b'5' } else { b'0' };
        header[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, body) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(body).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test]
async fn reads_zip_and_tar_entry_by_entry_and_after_any_restart() {
    let page = gzip(b"<html><p>Packed.</p></html>");
    let entries: [(&str, &[u8]); 6] = [
        ("x/a.txt", b"Title\n\nText."),
        ("x/b.jsonl", b"{\"id\": \"1\", \"text\": \"A.\"}\n{\"id\": \"2\", \"text\": \"B.\"}\n"),
        ("x/.hidden", b"no"),
        ("../../etc/c.html", b"<html><p>C.</p></html>"),
        ("x/d.bin", &[0, 1, 2, 3]),
        ("x/e.html.gz", &page),
    ];
    for (name, bytes) in
        [("n.zip", zip(&entries)), ("n.tar", tar(&entries)), ("n.tar.gz", gzip(&tar(&entries)))]
    {
        for max_stories_per_poll in [1, 100] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), &bytes).unwrap();
            let config = Config { max_stories_per_poll, ..config(None) };
            let (stories, dead) = read_all(&config, folder.path()).await;
            let inner = |entry: &str| format!("{name}!/{entry}");
            let expected = [
                inner("x/a.txt"),
                "1".to_owned(),
                "2".to_owned(),
                inner("etc/c.html"),
                inner("x/e.html.gz"),
            ];
            assert_eq!(ids(&stories), expected, "{dead:?}");
            assert_eq!(dead.len(), 1, "{dead:?}");
            assert!(dead[0].place.contains("!/x/d.bin"), "{}", dead[0].place);
        }
    }
}

#[tokio::test]
async fn refuses_bombs_and_what_is_nested_too_deep() {
    let zeros = vec![b' '; 30_000_000];
    let inner = zip(&[("a.txt", b"A."), ("deep.zip", &zip(&[("c.txt", b"C.")]))]);
    let packed = zip(&[("bomb.txt", &zeros), ("inner.zip", &inner), ("b.txt", b"B.")]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.zip"), packed).unwrap();
    let (stories, dead) = read_all(&config(None), folder.path()).await;
    assert_eq!(ids(&stories), ["a.zip!/inner.zip!/a.txt", "a.zip!/b.txt"]);
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert_eq!(dead[0].code, FaultCode::TooLarge);
    assert!(dead[1].place.contains("a.zip!/inner.zip!/deep.zip"), "{}", dead[1].place);
    assert!(dead[1].what.contains("archive within an archive within"), "{}", dead[1].what);
    let cut = tar(&[("a.txt", b"A."), ("b.txt", &[b'b'; 2_000])]);
    fs::write(folder.path().join("a.zip"), &cut[..1_600]).unwrap();
    let (stories, dead) = read_all(&config(None), folder.path()).await;
    assert_eq!((stories.len(), dead.len()), (1, 1), "{dead:?}");
}

#[tokio::test]
async fn many_entries_may_not_unpack_to_more_than_one_may() {
    // Each entry is within its own bound.
    let page = vec![b' '; 4_000_000];
    let entries: Vec<(String, &[u8])> =
        (0..5).map(|number| (format!("{number}.txt"), page.as_slice())).collect();
    let entries: Vec<(&str, &[u8])> =
        entries.iter().map(|(name, body)| (name.as_str(), *body)).collect();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.zip"), zip(&entries)).unwrap();
    let (_, dead) = read_all_at_once(folder.path()).await;
    let last = dead.last().unwrap();
    assert_eq!(last.code, FaultCode::TooLarge, "{dead:?}");
    assert!(last.place.ends_with("a.zip item 1"), "{}", last.place);
    assert!(dead.len() < 5, "it ends there: {dead:?}");
}

/// Reads a folder in one poll.
async fn read_all_at_once(folder: &Path) -> (Vec<RawStory>, Vec<BadInput>) {
    let polled =
        support::poll_at(&fetcher(config(None)), folder_state(folder, false), support::now()).await;
    (polled.stories, polled.dead)
}

#[tokio::test]
async fn reads_archives_one_level_deep_and_after_any_restart() {
    let two: [(&str, &[u8]); 2] = [("a.txt", b"A."), ("x/b.html", b"<html><p>B.</p></html>")];
    let (inner_zip, inner_tar) = (zip(&two), gzip(&tar(&two)));
    let warc: Vec<u8> = records().iter().flat_map(|record| gzip(record)).collect();
    let outer: [(&str, &[u8]); 4] =
        [("1.zip", &inner_zip), ("2.tgz", &inner_tar), ("3.warc.gz", &warc), ("4.txt", b"Last.")];
    for max_stories_per_poll in [1, 3, 100] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("o.tar"), tar(&outer)).unwrap();
        let config = Config { max_stories_per_poll, ..config(None) };
        let (stories, dead) = read_all(&config, folder.path()).await;
        let packed = ["1.zip!/a.txt", "1.zip!/x/b.html", "2.tgz!/a.txt", "2.tgz!/x/b.html"];
        let mut expected: Vec<String> =
            packed.iter().map(|name| format!("o.tar!/{name}")).collect();
        expected.extend(PAGES.map(str::to_owned));
        expected.push("o.tar!/4.txt".to_owned());
        assert_eq!(ids(&stories), expected, "by {max_stories_per_poll}: {dead:?}");
        assert_eq!(dead.len(), 1, "{dead:?}");
        assert!(dead[0].place.contains("o.tar!/3.warc.gz record"), "{}", dead[0].place);
    }
}

/// Reads what is piped into this very process, for the test that starts it.
#[tokio::test]
#[ignore = "standard_input_takes_archives runs it with something on its standard input"]
async fn piped() {
    let state = || folder_state(Path::new("-"), false);
    // One story at a time, since an archive is gone back to after each poll.
    let config = Config { max_stories_per_poll: 1, ..config(None) };
    let fetcher = fetcher(config);
    let mut state = state();
    while !state.exhausted {
        let polled = support::poll_at(&fetcher, state, support::now()).await;
        for story in &polled.stories {
            println!(
                "story {} {}",
                story.provider_id,
                String::from_utf8_lossy(story.body.as_bytes())
            );
        }
        for dead in &polled.dead {
            println!("dead {}", dead.place);
        }
        state = polled.state;
    }
}

fn pipe(input: &[u8]) -> Vec<String> {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "piped", "--ignored", "--nocapture"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_told = |line: &&str| line.starts_with("story ") || line.starts_with("dead ");
    said.lines().filter(is_told).map(str::to_owned).collect()
}

#[test]
fn standard_input_takes_archives() {
    let entries: [(&str, &[u8]); 3] =
        [("a.txt", b"First."), ("b.bin", &[0, 1, 2]), ("c.txt", b"Second.")];
    let expected = |said: &[String]| {
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].starts_with("story content:") && said[0].ends_with("First."), "{said:?}");
        assert_eq!(said[1], "dead -!/b.bin item 1");
        assert!(said[2].ends_with("Second."), "{said:?}");
    };
    for bytes in [zip(&entries), tar(&entries), gzip(&tar(&entries))] {
        expected(&pipe(&bytes));
    }
    let plain = records().concat();
    let members: Vec<u8> = records().iter().flat_map(|record| gzip(record)).collect();
    for bytes in [plain, members] {
        let said = pipe(&bytes);
        let pages = said.iter().filter_map(|line| line.strip_prefix("story "));
        let pages: Vec<&str> = pages.filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(pages, PAGES);
        assert!(said.iter().any(|line| line.starts_with("dead - record 7 at byte ")), "{said:?}");
    }
    for (bytes, text) in [(gzip(b"Packed."), "Packed."), (b"Plain.".to_vec(), "Plain.")] {
        let said = pipe(&bytes);
        assert!(said.len() == 1 && said[0].ends_with(text), "{said:?}");
    }
}

#[tokio::test]
async fn reads_the_public_samples() {
    let root = std::env::var_os("DATELINE_CORPORA").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora").into(),
        std::path::PathBuf::from,
    );
    let root = root.join("warc");
    if !root.is_dir() {
        println!("skipped: there is no {}; set DATELINE_CORPORA", root.display());
        return;
    }
    let mut files: Vec<_> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut total = 0;
    for path in &files {
        let (stories, dead) = read_all(&config(None), path).await;
        let name = path.file_name().unwrap().to_string_lossy();
        println!("warc {name}: {} stories, {} dead {dead:?}", stories.len(), dead.len());
        total += stories.len();
        for story in &stories {
            let body = String::from_utf8_lossy(story.body.as_bytes()).to_lowercase();
            assert!(story.format != Format::Html || body.contains("<html"), "{name}: {body}");
        }
    }
    assert!(total >= files.len() / 2, "{total} stories of {} files", files.len());
}

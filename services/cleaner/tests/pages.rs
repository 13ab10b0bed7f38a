//! Pages of the corpora through the cleaner: the same bytes whatever the order and the threads,
//! spans that lead back to the source.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{env, fs, path::PathBuf, process::Command, thread};

use cleaner::{Cleaner, Config};
use dateline_record::{CleanStory, Format, ParagraphKind, RawStory, SourceProfile, Timestamp};
use dateline_runtime::{Outcome, Stage};

/// So many pages are enough to tell.
const PAGES: usize = 40;

fn cleaner() -> Cleaner {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("config/dateline.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let config: Config = table["cleaner"].clone().try_into().unwrap();
    Cleaner::new(config).unwrap()
}

fn pages() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let corpora = env::var_os("DATELINE_CORPORA").map_or(root, PathBuf::from);
    let Ok(files) = fs::read_dir(corpora.join("pages/fundus")) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| Command::new("gzip").arg("-dc").arg(path).output().unwrap().stdout;
    paths.iter().take(PAGES).map(|path| String::from_utf8_lossy(&read(path)).into_owned()).collect()
}

fn story(stage: &Cleaner, page: &str) -> Option<CleanStory> {
    let raw = RawStory::new("pages", "1", Format::Html, page.as_bytes(), Timestamp::from_millis(0));
    match stage.handle(raw).unwrap() {
        Outcome::Emit(story) => Some(story),
        Outcome::Skip(_) => None,
    }
}

fn bytes(stage: &Cleaner, page: &str) -> Vec<u8> {
    serde_json::to_vec(&story(stage, page)).unwrap()
}

#[test]
fn order_and_threads_change_no_byte() {
    let pages = pages();
    if pages.is_empty() {
        println!("skipped: no pages/fundus in DATELINE_CORPORA");
        return;
    }
    let stage = cleaner();
    let once: Vec<Vec<u8>> = pages.iter().map(|page| bytes(&stage, page)).collect();
    let mut backwards: Vec<Vec<u8>> =
        pages.iter().rev().map(|page| bytes(&cleaner(), page)).collect();
    backwards.reverse();
    assert!(once == backwards);
    for threads in [2, 3] {
        let run = |first: usize| {
            pages.iter().skip(first).step_by(threads).map(|page| bytes(&stage, page)).collect()
        };
        let runs: Vec<Vec<Vec<u8>>> = thread::scope(|scope| {
            let handles: Vec<_> =
                (0..threads).map(|first| scope.spawn(move || run(first))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        for (index, expected) in once.iter().enumerate() {
            assert!(runs[index % threads][index / threads] == *expected, "page {index}");
        }
    }
}

#[test]
fn spans_lead_back_to_the_source() {
    let stage = cleaner();
    let (mut total, mut found) = (0, 0);
    for page in pages() {
        let Some(story) = story(&stage, &page) else {
            continue;
        };
        for paragraph in &story.paragraphs {
            total += 1;
            let Some(span) = paragraph.source_span else {
                continue;
            };
            let text = &story.text[paragraph.span.range()];
            let word = text
                .split(' ')
                .find(|word| word.len() > 5 && word.bytes().all(|b| b.is_ascii_alphabetic()));
            assert!(word.is_none_or(|word| page[span.range()].contains(word)), "{text}");
            found += 1;
        }
    }
    println!("{found} of {total} paragraphs have a span");
    assert!(found * 100 >= total * 95, "{found} of {total}");
}

#[test]
fn a_profile_is_an_input() {
    let page = "<h1>Ministers meet</h1><article><p>The ministers met in the capital on Tuesday, officials said after the talks.</p>\
        <h2>What they said</h2><p>They will meet again next week, one of the officials said to reporters in the capital.</p>\
        <p>Our app has all of the stories of the day for all of our readers.</p></article>";
    let raw = RawStory::new("pages", "1", Format::Html, page.as_bytes(), Timestamp::from_millis(0));
    let line = "Our app has all of the stories of the day for all of our readers.";
    let lines = vec![line.to_owned()];
    let profile = SourceProfile::new(raw.source_id.clone(), lines, Timestamp::from_millis(0));
    let with = match cleaner().clean_with(&raw, Some(&profile)).unwrap() {
        Outcome::Emit(story) => story,
        Outcome::Skip(reason) => panic!("{reason:?}"),
    };
    let without = story(&cleaner(), page).unwrap();
    assert_eq!((with.paragraphs.len(), without.paragraphs.len()), (3, 4));
    assert_eq!(
        (with.profile.as_str(), without.profile.as_str()),
        (format!("generic+{}", profile.version).as_str(), "generic")
    );
    assert!(with.removed.iter().any(|removed| removed.reason == "learned"));
    assert_eq!(with.paragraphs[1].kind, ParagraphKind::Heading);
}

/// A few thousand pages; the example `mutations` runs as many as one likes.
#[test]
fn broken_pages_never_panic() {
    let pages = pages();
    if pages.is_empty() {
        println!("skipped: no pages/fundus in DATELINE_CORPORA");
        return;
    }
    let stage = cleaner();
    let mut seed = 7_u64;
    for round in 0..2_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let page = pages[round % pages.len()].as_bytes();
        let at = usize::try_from(seed >> 33).unwrap() % page.len();
        let end = (at + 6_000).min(page.len());
        let middle = at + (end - at) / 2;
        let mut body = page[middle..end].to_vec();
        body.extend_from_slice(&page[at..middle]);
        let raw = RawStory::new("pages", "1", Format::Html, body, Timestamp::from_millis(0));
        let _ = stage.handle(raw);
    }
}

//! Folders: order, resuming, watching, broken items, Reuters-21578.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::fs;
use std::path::PathBuf;

use dateline_record::{FetchState, Format, RawStory, Signal, Status};
use dateline_runtime::BadInput;
use fetcher::Fetcher;
use support::{config, fetcher, folder_state, poll};

fn line(id: u32, more: &str) -> String {
    format!("{{\"id\": \"{id}\", \"title\": \"T{id}\", \"text\": \"Story {id}.\"{more}}}\n")
}

fn lines(ids: std::ops::Range<u32>) -> String {
    ids.map(|id| line(id, "")).collect()
}

/// Polls until the source has nothing more for now.
async fn read_all(
    fetcher: &Fetcher,
    mut state: FetchState,
) -> (Vec<RawStory>, Vec<BadInput>, FetchState) {
    let (mut stories, mut dead) = (Vec::new(), Vec::new());
    for _ in 0..1_000 {
        let start = support::now();
        let polled = support::poll_at(fetcher, state, start).await;
        stories.extend(polled.stories);
        dead.extend(polled.dead);
        state = polled.state;
        if state.exhausted || state.next_poll_at > start {
            return (stories, dead, state);
        }
    }
    panic!("the folder has no end");
}

fn ids(stories: &[RawStory]) -> Vec<&str> {
    stories.iter().map(|story| story.provider_id.as_str()).collect()
}

#[tokio::test]
async fn reads_all_formats_in_order() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("b/page.html"), "<html><p>Page.</p></html>").unwrap();
    fs::write(folder.path().join("a.txt"), "Title\n\nText.").unwrap();
    fs::write(folder.path().join("c.jsonl"), lines(1..3)).unwrap();
    fs::write(
        folder.path().join("d"),
        "<REUTERS NEWID=\"7\"><TEXT><BODY>b</BODY></TEXT></REUTERS>",
    )
    .unwrap();
    fs::write(folder.path().join(".hidden"), "no").unwrap();
    fs::write(folder.path().join("half.jsonl.tmp"), "no").unwrap();
    fs::write(folder.path().join("README.md"), "no").unwrap();
    fs::write(folder.path().join("e.bin"), [0, 1, 2, 3]).unwrap();
    let (stories, dead, state) =
        read_all(&fetcher(config(None)), folder_state(folder.path(), false)).await;
    assert_eq!(ids(&stories), ["a.txt", "b/page.html", "1", "2", "7"]);
    let formats: Vec<Format> = stories.iter().map(|story| story.format).collect();
    assert_eq!(
        formats,
        [Format::Text, Format::Html, Format::JsonStory, Format::JsonStory, Format::ReutersSgml]
    );
    assert_eq!(dead.len(), 1);
    assert!(dead[0].place.ends_with("e.bin"));
    assert!(state.exhausted);
}

#[tokio::test]
async fn resumes_at_the_story_where_a_restart_left_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(0..25)).unwrap();
    fs::write(folder.path().join("b.jsonl"), lines(25..30)).unwrap();
    let mut config = config(None);
    config.max_stories_per_poll = 7;
    let mut state = folder_state(folder.path(), false);
    let mut read = Vec::new();
    while !state.exhausted {
        // A new fetcher each time: nothing but the state goes over.
        let polled = poll(&fetcher(config.clone()), state).await;
        assert!(polled.stories.len() <= 7);
        read.extend(polled.stories);
        state = polled.state;
    }
    let expected: Vec<String> = (0..30).map(|id| id.to_string()).collect();
    assert_eq!(ids(&read), expected);
}

#[tokio::test]
async fn a_poll_whose_stories_were_not_committed_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl"), lines(0..5)).unwrap();
    fs::write(folder.path().join("b.jsonl"), lines(5..10)).unwrap();
    let mut config = config(None);
    config.max_stories_per_poll = 7;
    let fetcher = fetcher(config);
    let start = folder_state(folder.path(), false);
    let lost = poll(&fetcher, start.clone()).await;
    let again = poll(&fetcher, start).await;
    assert_eq!(ids(&lost.stories), ids(&again.stories));
    let revisions =
        |stories: &[RawStory]| -> Vec<_> { stories.iter().map(|story| story.revision).collect() };
    assert_eq!(revisions(&lost.stories), revisions(&again.stories));
    let (rest, _, _) = read_all(&fetcher, again.state).await;
    assert_eq!(ids(&rest), ["7", "8", "9"]);
}

#[tokio::test]
async fn a_broken_item_goes_aside_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{}{{\"id\": \"2\", \"text\": \"cut\n{}", line(1, ""), line(3, ""));
    fs::write(folder.path().join("a.jsonl"), text).unwrap();
    let (stories, dead, _) =
        read_all(&fetcher(config(None)), folder_state(folder.path(), false)).await;
    assert_eq!(ids(&stories), ["1", "3"]);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].bytes, b"{\"id\": \"2\", \"text\": \"cut");
    assert!(dead[0].what.contains("a.jsonl item 2"), "{}", dead[0].what);
}

#[tokio::test]
async fn watches_for_new_and_changed_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.txt");
    fs::write(&file, "First").unwrap();
    let fetcher = fetcher(config(None));
    let (stories, _, state) = read_all(&fetcher, folder_state(folder.path(), true)).await;
    assert_eq!((ids(&stories), stories[0].signal), (vec!["a.txt"], Signal::New));
    let first = stories[0].clone();
    let (none, _, state) = read_all(&fetcher, state).await;
    assert!(none.is_empty() && !state.exhausted);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    fs::write(&file, "Second version").unwrap();
    fs::write(folder.path().join("b.txt"), "New").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    // Another process, too, must know what was read.
    let (stories, _, _) = read_all(&support::fetcher(config(None)), state).await;
    assert_eq!(ids(&stories), ["a.txt", "b.txt"]);
    assert_eq!(stories[0].signal, Signal::Update);
    assert_eq!(stories[0].story_id, first.story_id);
    assert!(stories[0].revision > first.revision);
}

#[tokio::test]
async fn a_folder_that_is_read_again_gives_what_is_new_or_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.txt", "c.txt"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let run = async |max_seen_files: usize, state: FetchState| {
        let mut config = config(None);
        config.max_seen_files = max_seen_files;
        // As a source that is described anew.
        let state = FetchState { exhausted: false, ..state };
        let (stories, _, state) = read_all(&fetcher(config), state).await;
        (ids(&stories).join(" "), state)
    };
    let start = folder_state(folder.path(), false);
    let (names, few) = run(100, start.clone()).await;
    assert_eq!(names, "b.txt c.txt");
    let (names, many) = run(1, start).await;
    assert_eq!(names, "b.txt c.txt");
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    for name in ["a.txt", "b.txt", "d.txt"] {
        fs::write(folder.path().join(name), format!("{name}, another version")).unwrap();
    }
    let (names, few) = run(100, few).await;
    assert_eq!(names, "a.txt b.txt d.txt");
    assert_eq!(run(100, few).await.0, "");
    // More files than are remembered: their names tell what is new.
    assert_eq!(run(1, many).await.0, "d.txt");
}

#[tokio::test]
async fn carries_version_status_and_signal_through() {
    let folder = tempfile::tempdir().unwrap();
    let text = [
        line(1, ", \"version\": 3, \"signal\": \"correction\""),
        line(1, ", \"version\": 4, \"status\": \"canceled\""),
        line(2, ", \"version\": 2"),
        line(3, ", \"embargoed_until\": \"2999-01-01T00:00:00Z\""),
        line(4, ", \"status\": \"withheld\""),
        line(5, ", \"signal\": \"kill\""),
    ];
    fs::write(folder.path().join("a.jsonl"), text.concat()).unwrap();
    let (stories, _, _) =
        read_all(&fetcher(config(None)), folder_state(folder.path(), false)).await;
    let seen: Vec<_> = stories.iter().map(|story| (story.signal, story.status)).collect();
    assert_eq!(
        seen,
        [
            (Signal::Correction, Status::Usable),
            (Signal::Kill, Status::Canceled),
            (Signal::Update, Status::Usable),
            (Signal::New, Status::Embargoed),
            (Signal::New, Status::Withheld),
            (Signal::Kill, Status::Canceled),
        ]
    );
    assert_eq!((stories[0].revision.0, stories[1].revision.0), (3, 4));
}

#[tokio::test]
async fn a_missing_path_ends_with_a_word_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent");
    let (stories, dead, state) = read_all(&fetcher(config(None)), folder_state(&path, false)).await;
    assert!(stories.is_empty() && state.exhausted);
    assert!(dead[0].what.contains("absent"));
}

#[tokio::test]
async fn all_reuters_stories_are_accounted_for() {
    let root = std::env::var_os("DATELINE_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")),
        PathBuf::from,
    );
    let folder = root.join("reuters21578");
    if !folder.is_dir() {
        println!("skipped: there is no {}; set DATELINE_CORPORA", folder.display());
        return;
    }
    let (stories, dead, _) = read_all(&fetcher(config(None)), folder_state(&folder, false)).await;
    assert_eq!((stories.len(), dead.len()), (3_000, 0));
    let unique: std::collections::HashSet<_> =
        stories.iter().map(|story| &story.story_id).collect();
    assert_eq!(unique.len(), 3_000);
    assert!(stories.iter().all(|story| story.published_at.is_some()));
}

/// Writes messages of a wire, each with its number.
fn send(folder: &std::path::Path, numbers: &[u32]) {
    for number in numbers {
        let text = format!(
            "\u{1}bsp{number:04} 4 pol 120 dpa 0345\r\n\r\nTalks/{number}\r\n\u{2}Ministers meet, round \
             {number}\r\n   Geneva (dpa) - Ministers met on Tuesday for round {number}.\r\n\u{3}\r\n\
             131137 GMT Nov 18\r\n"
        );
        fs::write(folder.join(format!("{number}.iptc")), text).unwrap();
    }
}

#[tokio::test]
async fn numbers_that_a_wire_passes_over_are_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let fetcher = fetcher(config(None));
    let mut state = folder_state(folder.path(), true);
    let mut gaps = Vec::new();
    for numbers in [&[9_997, 9_998][..], &[10_000 - 1], &[1, 5], &[3], &[6]] {
        send(folder.path(), numbers);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let (stories, dead, after) = read_all(&fetcher, state).await;
        assert_eq!((stories.len(), dead.len()), (numbers.len(), 0), "{dead:?}");
        gaps.push(after.gaps.iter().map(|gap| gap.new_items).sum::<u32>());
        state = after;
    }
    assert_eq!(gaps, [0, 0, 3, 3, 3], "2 to 4 did not come; 3 came late");
    assert_eq!(state.wire_numbers["bsp"], 6);
    // What is read once is in the order of its files.
    let (_, _, once) =
        read_all(&support::fetcher(config(None)), folder_state(folder.path(), false)).await;
    assert!(once.gaps.is_empty() && once.wire_numbers.is_empty());
}

//! Newswire files in a folder: the whole matrix from bytes to raw stories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use dateline_record::{Format, RawStory, Signal, Status};
use support::{config, fetcher, folder_state, poll};

fn matrix() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crates/wire/tests/newswire")
}

const FORMATS: &[(&str, Format)] = &[
    ("newsml_g2", Format::NewsmlG2),
    ("newsml1", Format::Newsml1),
    ("nitf", Format::Nitf),
    ("ninjs", Format::Ninjs),
    ("anpa1312", Format::Anpa1312),
    ("iptc7901", Format::Iptc7901),
    ("ap_media", Format::ApMedia),
];

/// In the order of time.
const CELLS: &[(&str, Signal, Status)] = &[
    ("new", Signal::New, Status::Usable),
    ("update", Signal::Update, Status::Usable),
    ("correction", Signal::Correction, Status::Usable),
    ("kill", Signal::Kill, Status::Canceled),
    ("withhold", Signal::New, Status::Withheld),
    ("embargo", Signal::New, Status::Embargoed),
    ("advisory", Signal::New, Status::Usable),
];

/// The stories of a format by their cells; the files have names without a hint of the format.
async fn stories(format: &str) -> HashMap<&'static str, RawStory> {
    let folder = tempfile::tempdir().unwrap();
    for (number, (cell, _, _)) in CELLS.iter().enumerate() {
        let mut files =
            fs::read_dir(matrix().join(format)).unwrap().map(|file| file.unwrap().path());
        let file = files.find(|path| path.file_stem().unwrap() == *cell).unwrap();
        fs::copy(file, folder.path().join(format!("{number}"))).unwrap();
    }
    let polled = poll(&fetcher(config(None)), folder_state(folder.path(), false)).await;
    assert!(polled.dead.is_empty(), "{:?}", polled.dead);
    assert_eq!(polled.stories.len(), CELLS.len(), "{format}");
    CELLS.iter().map(|cell| cell.0).zip(polled.stories).collect()
}

#[tokio::test]
async fn every_cell_becomes_a_raw_story() {
    let mut cells = 0;
    for (name, format) in FORMATS {
        let stories = stories(name).await;
        for (cell, signal, status) in CELLS {
            let story = &stories[cell];
            let label = format!("{name} {cell}");
            assert_eq!((story.format, story.status), (*format, *status), "{label}");
            assert!(*cell == "withhold" || story.signal == *signal, "{label}: {:?}", story.signal);
            assert_eq!(story.is_advisory, *cell == "advisory", "{label}");
            assert_eq!(story.urgency, Some(3), "{label}");
            assert!(story.urgency_text.is_some() && story.slug.is_some(), "{label}");
            assert_eq!(story.embargoed_until.is_some(), *cell == "embargo", "{label}");
            let is_same = !matches!(*cell, "embargo" | "advisory");
            assert_eq!(story.story_id == stories["new"].story_id, is_same, "{label}");
            cells += 1;
        }
        let order = ["new", "update", "correction", "kill"].map(|cell| stories[cell].revision);
        assert!(order.is_sorted_by(|one, next| one < next), "{name}: {order:?}");
    }
    println!("newswire raw stories: {cells} of 49 cells");
}

#[tokio::test]
async fn a_story_sent_under_another_id_says_so() {
    let kill = &stories("nitf").await["kill"];
    assert_eq!(
        (kill.provider_id.as_str(), kill.item_id.as_deref()),
        ("ex-nitf-1", Some("ex-nitf-9"))
    );
    let update = &stories("nitf").await["update"];
    assert_eq!((update.item_id.as_deref(), update.provider_version.as_deref()), (None, Some("2")));
}

#[tokio::test]
async fn items_of_one_message_keep_their_bytes_and_their_letters() {
    let folder = tempfile::tempdir().unwrap();
    let item = |id: &str, status: &str| {
        format!(
            "<newsItem guid=\"{id}\" version=\"1\"><itemMeta><pubStatus qcode=\"stat:{status}\"/></itemMeta>\
                 <contentMeta><headline>Caf\u{e9} {id}</headline></contentMeta></newsItem>"
        )
    };
    let (one, bad, two) = (item("a", "usable"), item("b", "unknown"), item("c", "usable"));
    let text = format!(
        "<?xml version='1.0' encoding='ISO-8859-1'?><newsMessage><itemSet>{one}{bad}{two}</itemSet></newsMessage>"
    );
    let latin1 = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<u8>>();
    fs::write(folder.path().join("message"), latin1(&text)).unwrap();
    let polled = poll(&fetcher(config(None)), folder_state(folder.path(), false)).await;
    let ids: Vec<&str> = polled.stories.iter().map(|story| story.provider_id.as_str()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(polled.stories[0].title.as_deref(), Some("Caf\u{e9} a"));
    assert_eq!(polled.stories[1].body.as_bytes(), latin1(&two));
    assert_eq!(polled.dead.len(), 1);
    assert!(polled.dead[0].what.contains("pubStatus"), "{}", polled.dead[0].what);
    assert_eq!(polled.dead[0].bytes, latin1(&bad));
}

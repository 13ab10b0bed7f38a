//! Newswire items through the cleaner: the whole matrix from bytes to clean stories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::{fs, path::PathBuf};

use cleaner::{Cleaner, Config};
use dateline_record::{CleanStory, Format, RawStory, Signal, SkipReason, Status, Timestamp};
use dateline_runtime::{Fault, Outcome, Stage};

const FORMATS: &[(&str, Format)] = &[
    ("newsml_g2", Format::NewsmlG2),
    ("newsml1", Format::Newsml1),
    ("nitf", Format::Nitf),
    ("ninjs", Format::Ninjs),
    ("anpa1312", Format::Anpa1312),
    ("iptc7901", Format::Iptc7901),
    ("ap_media", Format::ApMedia),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cleaner() -> Cleaner {
    let text = fs::read_to_string(root().join("config/dateline.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let config: Config = table["cleaner"].clone().try_into().unwrap();
    Cleaner::new(config).unwrap()
}

fn raw(format: Format, body: &[u8]) -> RawStory {
    RawStory::new("example.com", "1", format, body, Timestamp::from_millis(1_412_700_000_000))
}

fn body(format: &str, cell: &str) -> Vec<u8> {
    let folder = root().join("crates/wire/tests/newswire").join(format);
    let mut files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    fs::read(files.find(|path| path.file_stem().unwrap() == cell).unwrap()).unwrap()
}

fn clean(format: Format, body: &[u8]) -> CleanStory {
    match cleaner().handle(raw(format, body)).unwrap() {
        Outcome::Emit(story) => story,
        Outcome::Skip(reason) => panic!("skipped: {reason:?}"),
    }
}

#[test]
fn every_cell_becomes_a_clean_story() {
    let mut cells = 0;
    for (name, format) in FORMATS {
        for cell in ["new", "update", "correction", "kill", "withhold", "embargo", "advisory"] {
            let story = clean(*format, &body(name, cell));
            let label = format!("{name} {cell}");
            let recalled = matches!(cell, "kill" | "withhold");
            assert_eq!(story.status.recalls(), recalled, "{label}: {:?}", story.status);
            assert_eq!(story.text.is_empty(), recalled, "{label}: {}", story.text);
            assert_eq!(story.signal == Signal::Kill, cell == "kill", "{label}");
            assert_eq!(story.signal == Signal::Correction, cell == "correction", "{label}");
            assert_eq!(story.status == Status::Embargoed, cell == "embargo", "{label}");
            assert_eq!(story.embargoed_until.is_some(), cell == "embargo", "{label}");
            assert_eq!(story.is_advisory, cell == "advisory", "{label}");
            cells += 1;
        }
    }
    println!("newswire clean stories: {cells} of 49 cells");
}

#[test]
fn every_format_gives_the_same_story() {
    for (name, format) in FORMATS {
        let story = clean(*format, &body(name, "new"));
        assert_eq!(story.title, "Freedonia and Sylvania agree to reopen bridge", "{name}");
        assert!(
            story.text.starts_with("The prime ministers of Freedonia"),
            "{name}: {}",
            story.text
        );
        assert!(story.text.contains("officials of both sides said."), "{name}: {}", story.text);
        assert!(!story.text.contains("By A"), "{name}: {}", story.text);
        assert!(!story.text.contains("412 m\t"), "{name}");
        assert!(story.byline.as_ref().unwrap().to_lowercase().contains("anna example"), "{name}");
        let place = story.dateline.as_ref().map(|dateline| dateline.place.to_uppercase());
        assert_eq!(
            place.as_deref().map(|place| place.starts_with("FREEDONIA CITY")),
            Some(true),
            "{name}: {place:?}"
        );
        assert_eq!(story.language.code, "en", "{name}");
        assert!(!story.tags.is_empty(), "{name}");
        assert!(story.published_at.is_some(), "{name}");
        assert_eq!(story.profile, "wire", "{name}");
    }
    let subtitle = clean(Format::NewsmlG2, &body("newsml_g2", "new")).subtitle;
    assert_eq!(subtitle.as_deref(), Some("Bridge closed for ten years"));
}

#[test]
fn what_is_no_text_is_no_story() {
    let check = |format: Format, body: &str| match cleaner().handle(raw(format, body.as_bytes())) {
        Ok(Outcome::Skip(reason)) => assert_eq!(reason, SkipReason::NoStory, "{body}"),
        other => panic!("{other:?}"),
    };
    check(
        Format::NewsmlG2,
        "<newsItem guid='a'><itemMeta><itemClass qcode='ninat:picture'/></itemMeta>\
         <contentMeta><headline>A bridge</headline></contentMeta></newsItem>",
    );
    check(
        Format::NewsmlG2,
        "<packageItem guid='a'><contentMeta><headline>Top news</headline></contentMeta></packageItem>",
    );
    check(Format::Ninjs, r#"{"uri": "a", "type": "video", "headline": "A bridge"}"#);
}

#[test]
fn an_embargo_that_the_fetcher_has_waited_for_is_over() {
    let mut story = raw(Format::NewsmlG2, &body("newsml_g2", "embargo"));
    story.embargoed_until = Timestamp::parse("2099-10-07T06:00:00Z");
    match cleaner().handle(story).unwrap() {
        Outcome::Emit(story) => assert_eq!(story.status, Status::Usable),
        Outcome::Skip(reason) => panic!("skipped: {reason:?}"),
    }
}

#[test]
fn a_bad_item_is_poison_that_names_its_field() {
    let check = |format: Format, body: &str, part: &str| match cleaner()
        .handle(raw(format, body.as_bytes()))
    {
        Err(Fault::Poison { what, .. }) => assert!(what.contains(part), "{what}"),
        other => panic!("{other:?}"),
    };
    check(
        Format::NewsmlG2,
        "<newsItem guid='a'><itemMeta><pubStatus qcode='x'/></itemMeta></newsItem>",
        "pubStatus",
    );
    check(Format::Ninjs, "{}", "uri");
    check(Format::Nitf, "<nitf>", "cut");
}

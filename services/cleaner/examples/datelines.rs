//! Puts the datelines of Reuters-21578 stories back before their bodies and counts how many come
//! off again exactly: place, date and body. Prints the misses with `--misses`.
#![allow(clippy::print_stdout)]

use std::{env, fs, path::Path};

use anyhow::{Context, Result};
use cleaner::{Cleaner, Config};
use dateline_record::{CleanStory, Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};
use dateline_wire::sgml;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

#[derive(Default)]
struct Counts {
    stories: usize,
    places: usize,
    dates: usize,
    bodies: usize,
    all: usize,
    undated: usize,
    paragraphs: usize,
    false_hits: usize,
}

fn main() -> Result<()> {
    let folder = env::args().nth(1).context("usage: datelines FOLDER [--misses]")?;
    let shows = env::args().any(|argument| argument == "--misses");
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let stage = Cleaner::new(config)?;
    let mut counts = Counts::default();
    let mut files: Vec<_> = fs::read_dir(Path::new(&folder))?.filter_map(Result::ok).collect();
    files.sort_by_key(fs::DirEntry::path);
    for file in files.iter().filter(|file| file.path().extension().is_some_and(|ext| ext == "sgm"))
    {
        let bytes = fs::read(file.path())?;
        for range in sgml::split(&bytes).filter_map(Result::ok) {
            if let Ok(story) = sgml::parse(&bytes[range]) {
                count(&stage, &story, &mut counts, shows);
            }
        }
    }
    print(&counts);
    Ok(())
}

fn count(stage: &Cleaner, story: &sgml::ReutersStory, counts: &mut Counts, shows: bool) {
    let given = story.dateline.split_whitespace().collect::<Vec<_>>().join(" ");
    if given.is_empty() || story.body.trim().is_empty() {
        return;
    }
    let Some((place, date)) = gold(&given) else {
        counts.undated += 1;
        return;
    };
    // Some tags hold the beginning of the body, too.
    let begun = story.dateline.split_once(" - ").map_or("", |(_, rest)| rest.trim());
    let rest = format!("{begun} {}", story.body.trim_start());
    let Some(bare) = clean(stage, rest.trim_start()) else {
        return;
    };
    let text = format!("    {} {}", story.dateline.trim(), story.body.trim_start());
    let found = clean(stage, &text);
    let dateline = found.as_ref().and_then(|found| found.dateline.as_ref());
    let has_place = dateline.is_some_and(|dateline| dateline.place == place);
    let has_date = dateline.is_some_and(|dateline| dateline.date.as_deref() == Some(date));
    let has_body = found.as_ref().is_some_and(|found| found.text == bare.text);
    counts.stories += 1;
    counts.places += usize::from(has_place);
    counts.dates += usize::from(has_date);
    counts.bodies += usize::from(has_body);
    counts.all += usize::from(has_place && has_date && has_body);
    if shows && !(has_place && has_date && has_body) {
        let start: String = story.body.trim_start().chars().take(60).collect();
        println!("miss: {given:?} {start:?} -> {dateline:?}");
    }
    count_false(stage, &bare, counts, shows);
}

/// Each later paragraph alone: none has a dateline.
fn count_false(stage: &Cleaner, story: &CleanStory, counts: &mut Counts, shows: bool) {
    for paragraph in story.paragraphs.iter().skip(1) {
        let text = &story.text[paragraph.span.range()];
        counts.paragraphs += 1;
        let dateline = clean(stage, text).and_then(|story| story.dateline);
        if let Some(dateline) = dateline {
            counts.false_hits += 1;
            if shows {
                println!("false: {:?}", dateline.text);
            }
        }
    }
}

/// Place and date as the collection's own tag has them: all before the last comma that a month
/// follows, and the month with its day, without the dash.
fn gold(given: &str) -> Option<(&str, &str)> {
    let head = given.split(" - ").next()?.trim_end_matches([' ', '-']);
    let commas: Vec<usize> = head.match_indices(',').map(|(at, _)| at).collect();
    let at = commas.iter().rev().find(|at| {
        let rest = head[**at + 1..].trim_start().to_lowercase();
        MONTHS.iter().any(|month| rest.starts_with(month))
    })?;
    let (place, date) = (head[..*at].trim(), head[*at + 1..].trim());
    let date = date.trim_end_matches(", Reuter").trim_end_matches(['.', ',']);
    date.bytes().any(|byte| byte.is_ascii_digit()).then_some((place.trim_start_matches('*'), date))
}

fn clean(stage: &Cleaner, text: &str) -> Option<CleanStory> {
    let start = Timestamp::from_millis(0);
    let title = Some("A title that stands apart".to_owned());
    let raw = RawStory::new("wire", "1", Format::Text, text.as_bytes(), start);
    match stage.handle(RawStory { title, ..raw }) {
        Ok(Outcome::Emit(story)) => Some(story),
        _ => None,
    }
}

// The shares are for reading.
#[allow(clippy::cast_precision_loss)]
fn print(counts: &Counts) {
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    println!("stories {} (tags without a date, left out: {})", counts.stories, counts.undated);
    println!("place exact {:.4}", share(counts.places, counts.stories));
    println!("date exact {:.4}", share(counts.dates, counts.stories));
    println!("body exact {:.4}", share(counts.bodies, counts.stories));
    println!("all three {:.4}", share(counts.all, counts.stories));
    println!(
        "false hits {} of {} later paragraphs ({:.5})",
        counts.false_hits,
        counts.paragraphs,
        share(counts.false_hits, counts.paragraphs)
    );
}

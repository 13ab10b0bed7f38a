//! Cleans a few pages and codes their stories, always the same ones: `scripts/instructions` counts the
//! instructions that each stage takes for it.
#![allow(clippy::print_stdout)]

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use cleaner::Cleaner;
use dateline_record::{CleanStory, Format, RawStory, StoryEvents, Timestamp};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;

/// Sentences in the style of the wires: `|` cuts their words, an empty line ends a paragraph.
const WIRE: &str = include_str!("../../../crates/language/tests/data/wire.txt");

/// Paragraphs of a story.
const PARAGRAPHS: usize = 8;

/// Stories: a program takes fifty times as long while its instructions are counted.
const STORIES: usize = 4;

/// Links around it.
const LINKS: usize = 120;

fn main() -> Result<()> {
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let cleaner = Cleaner::new(table["cleaner"].clone().try_into()?)?;
    let extractor = EntityExtractor::new(table["entity-extractor"].clone().try_into()?)?;
    let pages = pages();
    let stories = count_cleaning(&cleaner, &pages);
    let records = count_coding(&extractor, &stories);
    let mentions: usize = records.iter().map(|record| record.mentions.len()).sum();
    ensure!(
        stories.len() == pages.len() && mentions > 0,
        "{} of {} pages cleaned, {mentions} mentions",
        stories.len(),
        pages.len()
    );
    println!("{} stories, {mentions} mentions", stories.len());
    Ok(())
}

/// Never inlined, since its name is what the counting begins with.
#[inline(never)]
fn count_cleaning(cleaner: &Cleaner, pages: &[String]) -> Vec<CleanStory> {
    let clean = |page: &String| {
        let page = page.as_bytes();
        let raw = RawStory::new("steady", "1", Format::Html, page, Timestamp::from_millis(0));
        match cleaner.clean(&raw) {
            Ok(Outcome::Emit(story)) => Some(story),
            _ => None,
        }
    };
    pages.iter().filter_map(clean).collect()
}

#[inline(never)]
fn count_coding(extractor: &EntityExtractor, stories: &[CleanStory]) -> Vec<StoryEvents> {
    stories.iter().map(|story| extractor.extract(story)).collect()
}

/// Pages as sites make them: a story between menus and teasers.
fn pages() -> Vec<String> {
    let text: String =
        WIRE.lines().filter(|line| !line.starts_with('#')).fold(String::new(), |mut text, line| {
            text.push_str(&line.replace('|', ""));
            text.push('\n');
            text
        });
    let paragraphs: Vec<&str> =
        text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()).collect();
    paragraphs.chunks(PARAGRAPHS).take(STORIES).map(page).collect()
}

fn page(paragraphs: &[&str]) -> String {
    let title = paragraphs[0].split_whitespace().take(8).collect::<Vec<_>>().join(" ");
    let mut links = String::new();
    let mut story = String::new();
    // Writing into a String cannot fail.
    for number in 0..LINKS {
        let _ =
            write!(links, "<li class=\"item\"><a href=\"/news/{number}\">Story {number}</a></li>");
    }
    for paragraph in paragraphs {
        let _ = writeln!(story, "<p>{}</p>", paragraph.replace('&', "&amp;").replace('<', "&lt;"));
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><title>{title} - The Wire</title>\
         <meta property=\"og:title\" content=\"{title}\">\
         <meta property=\"article:published_time\" content=\"2026-03-02T10:00:00Z\"></head>\
         <body><nav><ul>{links}</ul></nav><main><article><h1>{title}</h1>{story}</article></main>\
         <aside><ul>{links}</ul></aside><footer><p>All rights reserved</p></footer></body></html>"
    )
}

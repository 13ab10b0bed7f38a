//! Stories a second through cleaner and extractor on one core: `speed FILE.sgm...`.
#![allow(clippy::print_stdout)]

use std::{env, fs, time::Instant};

use anyhow::{Context, Result};
use cleaner::Cleaner;
use dateline_record::{CleanStory, Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};
use dateline_wire::sgml;
use entity_extractor::EntityExtractor;

// The counts are small beside what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn main() -> Result<()> {
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let started = Instant::now();
    let cleaner = Cleaner::new(table["cleaner"].clone().try_into()?)?;
    let extractor = EntityExtractor::new(table["entity-extractor"].clone().try_into()?)?;
    println!("load: {} ms", started.elapsed().as_millis());
    let mut raws = Vec::new();
    for path in env::args().skip(1) {
        let bytes = fs::read(&path).context(path)?;
        raws.extend(sgml::split(&bytes).filter_map(Result::ok).map(|range| raw(&bytes[range])));
    }
    let started = Instant::now();
    let stories: Vec<CleanStory> = raws
        .iter()
        .filter_map(|raw| match cleaner.clean(raw) {
            Ok(Outcome::Emit(story)) => Some(story),
            _ => None,
        })
        .collect();
    let clean_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let (mut events, mut mentions, mut coded) = (0, 0, 0);
    for story in &stories {
        let record = extractor.extract(story);
        events += record.events.len();
        mentions += record.mentions.len();
        coded += usize::from(record.not_coded.is_none());
    }
    let extract_seconds = started.elapsed().as_secs_f64();
    let rate = |seconds: f64| raws.len() as f64 / seconds;
    let texts = stories.iter().map(|story| dateline_language::sentences(&story.text).len());
    println!(
        "sentences a second, clean text to events: {:.0}",
        texts.sum::<usize>() as f64 / extract_seconds
    );
    println!(
        "{} stories, {} emitted, {coded} coded, {mentions} mentions, {events} events",
        raws.len(),
        stories.len()
    );
    println!(
        "stories a second: clean {:.0}, extract {:.0}, both {:.0}",
        rate(clean_seconds),
        rate(extract_seconds),
        rate(clean_seconds + extract_seconds)
    );
    Ok(())
}

fn raw(element: &[u8]) -> RawStory {
    RawStory::new("speed", "1", Format::ReutersSgml, element, Timestamp::from_millis(0))
}

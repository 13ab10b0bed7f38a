//! Prints the decisions of texts, one a line on standard input: for who tunes the rules.
#![allow(clippy::print_stdout)]

use std::io::{BufRead, stdin};

use anyhow::Result;
use cleaner::Cleaner;
use dateline_record::{Confidence, Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;

fn main() -> Result<()> {
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let cleaner = Cleaner::new(table["cleaner"].clone().try_into()?)?;
    let extractor = EntityExtractor::new(table["entity-extractor"].clone().try_into()?)?;
    for line in stdin().lock().lines() {
        let line = line?;
        let raw = RawStory {
            published_at: Timestamp::parse("2014-10-07T12:00:00Z"),
            language: Some("en".to_owned()),
            ..RawStory::new(
                "explain",
                "1",
                Format::Text,
                format!("\n\n{line}"),
                Timestamp::from_millis(0),
            )
        };
        let Ok(Outcome::Emit(mut story)) = cleaner.handle(raw) else { continue };
        "en".clone_into(&mut story.language.code);
        story.language.confidence = Confidence::High;
        println!("== {line}");
        let (record, notes) = extractor.explain(&story);
        for note in notes {
            println!("   {}: {}", note.sentence, note.what);
        }
        for event in record.events {
            let target = event.target.map(|target| {
                format!("{}/{}", target.actor.code, target.actor.sector.unwrap_or_default())
            });
            println!(
                "   -> {} {}/{} > {} {} {:?} {:?} [{}]",
                event.kind.as_str(),
                event.source.actor.code,
                event.source.actor.sector.unwrap_or_default(),
                target.unwrap_or_default(),
                event.status.as_str(),
                event.date.map(|date| date.days()),
                event.place.map(|place| place.name),
                event.rule
            );
        }
    }
    Ok(())
}

//! How many actors of a gold file are among those that a story names: `actors GSR.in.jsonl GSR.gold.jsonl`.
#![allow(clippy::print_stdout)]

use std::{collections::BTreeSet, env, fs};

use anyhow::{Context, Result};
use cleaner::Cleaner;
use dateline_record::{Actor, Confidence, Format, RawStory, StoryEvents, Timestamp};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;
use serde_json::Value;

fn main() -> Result<()> {
    let usage = "usage: actors IN.jsonl GOLD.jsonl [--misses]";
    let stories = rows(&env::args().nth(1).context(usage)?)?;
    let gold = rows(&env::args().nth(2).context(usage)?)?;
    let shows_misses = env::args().any(|argument| argument == "--misses");
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let cleaner = Cleaner::new(table["cleaner"].clone().try_into()?)?;
    let extractor = EntityExtractor::new(table["entity-extractor"].clone().try_into()?)?;
    let (mut all, mut with_code, mut with_sector, mut with_own) = (0, 0, 0, 0);
    for (story, gold) in stories.iter().zip(&gold) {
        let found = actors(&cleaner, &extractor, story);
        for actor in sides(gold) {
            all += 1;
            let has_code = found.iter().any(|(code, _)| *code == actor.0);
            with_code += usize::from(has_code);
            with_sector += usize::from(found.contains(&actor));
            let own = (actor.0.clone(), own(&actor.1).to_owned());
            with_own += usize::from(found.contains(&actor) || found.contains(&own));
            if shows_misses && !found.contains(&actor) {
                println!("{} {actor:?} not in {found:?}: {}", story["id"], story["text"]);
            }
        }
    }
    println!(
        "gold actors {all}: code {}, with sector {}, with its sectors as Dateline has them {}",
        share(with_code, all),
        share(with_sector, all),
        share(with_own, all)
    );
    Ok(())
}

// Counts are far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn share(part: usize, of: usize) -> String {
    format!("{part} ({:.1} %)", 100.0 * part as f64 / of.max(1) as f64)
}

fn rows(path: &str) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).context(path.to_owned())?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Dateline's sector for one of the gold file's that it has not: refugees, teachers, doctors, farmers and
/// societies are citizens, the press and unknown hands have other codes.
fn own(sector: &str) -> &str {
    match sector {
        "REF" | "EDU" | "MED" | "AGR" | "SOC" => "CVL",
        "JRN" => "MED",
        "UAF" => "UNK",
        sector => sector,
    }
}

/// The gold file has one code for all international bodies, and leaves `GOV` out beside the name
/// of a country.
fn key(code: &str, sector: &str) -> (String, String) {
    let code = if matches!(code, "UNO" | "EUR") { "IGO" } else { code };
    let sector = if sector == "GOV" { "" } else { sector.get(..3).unwrap_or_default() };
    (code.to_owned(), sector.to_owned())
}

fn sides(gold: &Value) -> Vec<(String, String)> {
    let sides = ["source", "target"].iter().filter_map(|side| gold[*side].as_array()).flatten();
    let keys = sides.map(|actor| {
        let text = |name: &str| actor[name].as_str().unwrap_or_default();
        key(text("code"), text("sector"))
    });
    keys.filter(|(code, _)| !code.is_empty() && code != "---").collect()
}

/// The actors of a story: those of its names, and those of its events.
fn actors(
    cleaner: &Cleaner,
    extractor: &EntityExtractor,
    row: &Value,
) -> BTreeSet<(String, String)> {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    // The text has no headline.
    let body = format!("\n\n{}", text("text"));
    let raw = RawStory {
        published_at: Timestamp::parse(&format!("{}T12:00:00Z", text("date"))),
        language: Some("en".to_owned()),
        ..RawStory::new("actors", text("id"), Format::Text, body, Timestamp::from_millis(0))
    };
    let Ok(Outcome::Emit(mut story)) = cleaner.handle(raw) else { return BTreeSet::new() };
    // A sentence without a full stop at its end is no headline.
    if story.text.is_empty() {
        story.text = std::mem::take(&mut story.title);
    }
    // The rows are English by their README, and some are a few words long.
    "en".clone_into(&mut story.language.code);
    story.language.confidence = Confidence::High;
    let record: StoryEvents = extractor.extract(&story);
    let of_mentions = record.mentions.iter().filter_map(|mention| mention.actor.as_ref());
    let of_events = record.events.iter().flat_map(|event| {
        let target = event.target.as_ref().map(|target| &target.actor);
        [Some(&event.source.actor), target].into_iter().flatten()
    });
    let key = |actor: &Actor| key(&actor.code, actor.sector.as_deref().unwrap_or_default());
    of_mentions.chain(of_events).map(key).collect()
}

//! Codes `{id, text, published|date, title?}` a line and prints one line a story for the scorers.
#![allow(clippy::print_stdout)]

use std::{
    env, fs,
    io::{BufRead, BufReader},
};

use anyhow::{Context, Result};
use cleaner::Cleaner;
use dateline_record::{
    Actor, ActorRef, Confidence, Event, Format, RawStory, StoryEvents, Timestamp,
};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;
use serde_json::{Value, json};

fn main() -> Result<()> {
    let path = env::args().nth(1).context("usage: score STORIES.jsonl [SETTINGS.toml]")?;
    let settings = env::args().nth(2);
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/dateline.toml").to_owned();
    let table: toml::Table = fs::read_to_string(settings.unwrap_or(default))?.parse()?;
    let cleaner = Cleaner::new(table["cleaner"].clone().try_into()?)?;
    let extractor = EntityExtractor::new(table["entity-extractor"].clone().try_into()?)?;
    for line in BufReader::new(fs::File::open(path)?).lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let events = match cleaner.handle(raw(&row)) {
            Ok(Outcome::Emit(mut story)) => {
                // The rows are English by their README, and some are a few words long.
                "en".clone_into(&mut story.language.code);
                story.language.confidence = Confidence::High;
                if row["title"].is_null() && story.text.is_empty() {
                    story.text = std::mem::take(&mut story.title);
                }
                // The gold records of PLOVER have all parties of a mutual act on one side, and no
                // time of publishing.
                merged(&extractor.extract(&story), row["published"].is_null())
            }
            _ => Vec::new(),
        };
        println!("{}", json!({"id": row["id"], "events": events}));
    }
    Ok(())
}

/// Events that differ in one side only are one event of several actors for the scorers.
fn merged(record: &StoryEvents, is_one_sided: bool) -> Vec<Value> {
    let mut rows: Vec<(Event, Vec<Actor>, Vec<Actor>)> = Vec::new();
    for event in &record.events {
        let key = |event: &Event| (event.trigger_span, event.kind);
        let target = event.target.as_ref().map(|target: &ActorRef| target.actor.clone());
        match rows.iter_mut().find(|(known, _, _)| key(known) == key(event)) {
            Some((_, sources, targets)) => {
                push(sources, event.source.actor.clone());
                if let Some(actor) = target {
                    push(targets, actor);
                }
            }
            None => rows.push((
                event.clone(),
                vec![event.source.actor.clone()],
                target.into_iter().collect(),
            )),
        }
    }
    if is_one_sided {
        for (_, sources, targets) in rows.iter_mut().filter(|(event, _, _)| event.reciprocal) {
            for actor in std::mem::take(targets) {
                push(sources, actor);
            }
        }
    }
    rows.iter().map(|(event, sources, targets)| row(event, sources, targets)).collect()
}

fn push(actors: &mut Vec<Actor>, actor: Actor) {
    if !actors.contains(&actor) {
        actors.push(actor);
    }
}

fn row(event: &Event, sources: &[Actor], targets: &[Actor]) -> Value {
    json!({
        "type": event.kind,
        "source": sources,
        "target": targets,
        "reciprocal": event.reciprocal,
        "status": event.status,
        "date": event.date.as_ref().map(|date| json!({"start": date.from, "end": date.to})),
        "place": event.place.as_ref().map(|place| json!({"name": place.name, "country": place.country})),
        "rule": event.rule,
        "source_text": event.source.text,
        "target_text": event.target.as_ref().map(|target| target.text.clone()),
    })
}

fn raw(row: &Value) -> RawStory {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let published = if text("published").is_empty() {
        format!("{}T12:00:00Z", text("date"))
    } else {
        text("published").to_owned()
    };
    let body = format!("{}\n\n{}", text("title"), text("text"));
    RawStory {
        title: Some(text("title").to_owned()).filter(|title| !title.is_empty()),
        published_at: Timestamp::parse(&published),
        language: Some("en".to_owned()),
        ..RawStory::new("score", text("id"), Format::Text, body, Timestamp::from_millis(0))
    }
}

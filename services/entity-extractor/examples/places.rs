//! How many places of annotated sentences are found where they lie: `places [FILE]`.
#![allow(clippy::print_stdout)]

use std::{env, fs};

use anyhow::{Context, Result};
use cleaner::Cleaner;
use dateline_record::{Confidence, Format, Place, RawStory, StoryEvents, Timestamp};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;

/// The tolerance of the literature: 100 miles.
const NEAR_KM: f64 = 161.0;

fn main() -> Result<()> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire_places.txt");
    let path = env::args().nth(1).unwrap_or_else(|| own.to_owned());
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let cleaner = Cleaner::new(table["cleaner"].clone().try_into()?)?;
    let extractor = EntityExtractor::new(table["entity-extractor"].clone().try_into()?)?;
    let (mut all, mut near, mut in_country) = (0, 0, 0);
    for line in fs::read_to_string(&path).context(path)?.lines().filter(|l| !l.starts_with('#')) {
        let (text, marked) = line.split_once('|').context("a line is SENTENCE|PLACES")?;
        let record = extract(&cleaner, &extractor, text);
        for gold in marked.split(';') {
            let (name, country, at) = gold_place(gold).context("NAME ISO3 LATITUDE LONGITUDE")?;
            let found = record.as_ref().and_then(|record| place(record, name));
            let is_near = found.is_some_and(|place| distance(place, at) <= NEAR_KM);
            let is_there = found.is_some_and(|place| {
                country == "-" && is_near || place.country.as_deref() == Some(country)
            });
            all += 1;
            near += usize::from(is_near);
            in_country += usize::from(is_there);
            if !is_near || !is_there {
                println!("{name} {country}: found {found:?} in {text}");
            }
        }
    }
    println!(
        "places {all}: within 161 km {}, right country {}",
        share(near, all),
        share(in_country, all)
    );
    Ok(())
}

// Counts are far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn share(part: usize, of: usize) -> String {
    format!("{part} ({:.1} %)", 100.0 * part as f64 / of.max(1) as f64)
}

fn gold_place(text: &str) -> Option<(&str, &str, (f64, f64))> {
    let mut fields = text.rsplitn(4, ' ');
    let (east, north) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let country = fields.next()?;
    Some((fields.next()?, country, (north, east)))
}

fn extract(cleaner: &Cleaner, extractor: &EntityExtractor, text: &str) -> Option<StoryEvents> {
    let raw = RawStory {
        language: Some("en".to_owned()),
        ..RawStory::new("places", text, Format::Text, text, Timestamp::from_millis(0))
    };
    let Ok(Outcome::Emit(mut story)) = cleaner.handle(raw) else { return None };
    "en".clone_into(&mut story.language.code);
    story.language.confidence = Confidence::High;
    Some(extractor.extract(&story))
}

fn place<'r>(record: &'r StoryEvents, name: &str) -> Option<&'r Place> {
    let mut mentions = record.mentions.iter().filter(|mention| mention.text == name);
    mentions.find_map(|mention| mention.place.as_ref())
}

/// Kilometres over the ground.
fn distance(place: &Place, (north, east): (f64, f64)) -> f64 {
    let (Some(latitude), Some(longitude)) = (place.latitude, place.longitude) else {
        return f64::INFINITY;
    };
    let (a, b) = (latitude.to_radians(), north.to_radians());
    let (high, wide) = ((b - a) / 2.0, (east - longitude).to_radians() / 2.0);
    let part = high.sin().powi(2) + a.cos() * b.cos() * wide.sin().powi(2);
    2.0 * 6371.0 * part.sqrt().asin()
}

//! The 61 columns of an event in GDELT 2.0.

use dateline_record::{Actor, Event, Place, StorySummary};

use super::{actor_code, cameo, cell, day};

/// Sectors that are types of actors in CAMEO.
const TYPES: &[&str] =
    &["GOV", "MIL", "REB", "OPP", "CVL", "MED", "BUS", "JUD", "LEG", "COP", "SPY", "LAB", "UNK"];

pub(super) fn row(story: &StorySummary, event: &Event) -> String {
    let day = day(story, event);
    let digits = day.replace('-', "");
    let part = |length: usize| digits.get(..length).unwrap_or_default().to_owned();
    let (code, base, root) = cameo(event);
    let mut cells = vec![number(event), digits.clone(), part(6), part(4), fraction(&day)];
    cells.extend(actor(Some((&event.source.actor, &event.source.text))));
    cells.extend(actor(event.target.as_ref().map(|target| (&target.actor, target.text.as_str()))));
    let is_root = event.sentence == 0;
    cells.extend([
        u8::from(is_root).to_string(),
        code,
        base,
        root,
        event.quad.map_or_else(String::new, |quad| quad.number().to_string()),
        event.intensity.map_or_else(String::new, |score| format!("{score:.1}")),
        (event.also.len() + 1).to_string(),
        "1".to_owned(),
        "1".to_owned(),
        String::new(),
    ]);
    cells.extend(place(None));
    cells.extend(place(None));
    cells.extend(place(event.place.as_ref()));
    let added: String = story.fetched_at.to_string().chars().filter(char::is_ascii_digit).collect();
    cells.push(added.get(..14).unwrap_or(&added).to_owned());
    cells.push(cell(story.url.as_deref().unwrap_or_default()));
    cells.join("\t")
}

/// A number that is made of the event's id; GDELT counts, which needs a memory.
fn number(event: &Event) -> String {
    let digits = event.event_id.as_str().get(..15).unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or(0).to_string()
}

/// `2014.7671`: the year and the part of it, counted as GDELT does.
fn fraction(day: &str) -> String {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return String::new();
    };
    let days = (month.saturating_sub(1)) * 30 + day;
    format!("{year}.{:04}", days * 10_000 / 365)
}

/// Ten columns of an actor.
fn actor(side: Option<(&Actor, &str)>) -> Vec<String> {
    let Some((actor, text)) = side else { return vec![String::new(); 10] };
    let sector = actor.sector.as_deref().filter(|sector| TYPES.contains(sector));
    let mut cells = vec![actor_code(actor), cell(&text.to_uppercase()), actor.code.clone()];
    cells.extend(vec![String::new(); 4]);
    cells.push(sector.unwrap_or_default().to_owned());
    cells.extend(vec![String::new(); 2]);
    cells
}

/// Eight columns of a place.
fn place(place: Option<&Place>) -> Vec<String> {
    let Some(place) = place else {
        return std::iter::once("0".to_owned()).chain(vec![String::new(); 7]).collect();
    };
    let degrees = |degrees: Option<f64>| degrees.map_or_else(String::new, |it| format!("{it:.4}"));
    vec![
        "4".to_owned(),
        cell(&place.name),
        place.country.clone().unwrap_or_default(),
        String::new(),
        String::new(),
        degrees(place.latitude),
        degrees(place.longitude),
        place.geonames_id.map_or_else(String::new, |id| id.to_string()),
    ]
}

//! The 26 columns of an event in Phoenix, of the Open Event Data Alliance.

use dateline_record::{Actor, Event, StorySummary};

use super::{actor_code, cameo, cell, day};

pub(super) fn row(story: &StorySummary, event: &Event) -> String {
    let day = day(story, event);
    let mut parts = day.split('-').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    let (year, month, date) = (part(), part(), part());
    let (code, _, root) = cameo(event);
    let mut cells =
        vec![event.event_id.as_str().to_owned(), format!("{year}{month}{date}"), year, month, date];
    cells.extend(actor(Some(&event.source.actor)));
    cells.extend(actor(event.target.as_ref().map(|target| &target.actor)));
    let contexts: Vec<&str> = event.contexts.iter().map(|context| context.as_str()).collect();
    let place = event.place.as_ref();
    let degrees = |degrees: Option<f64>| degrees.map_or_else(String::new, |it| format!("{it:.4}"));
    cells.extend([
        code,
        root,
        event.quad.map_or_else(String::new, |quad| quad.number().to_string()),
        event.intensity.map_or_else(String::new, |score| format!("{score:.1}")),
        contexts.join(";"),
        degrees(place.and_then(|place| place.latitude)),
        degrees(place.and_then(|place| place.longitude)),
        cell(place.map_or("", |place| place.name.as_str())),
        String::new(),
        place.and_then(|place| place.country.clone()).unwrap_or_default(),
        format!("{}_{}", story.story_id, event.sentence),
        cell(story.url.as_deref().unwrap_or_default()),
        cell(&story.provider),
    ]);
    cells.join("\t")
}

/// Whole code, country or body, role, and what else is known.
fn actor(actor: Option<&Actor>) -> Vec<String> {
    let Some(actor) = actor else { return vec![String::new(); 4] };
    vec![
        actor_code(actor),
        actor.code.clone(),
        actor.sector.clone().unwrap_or_default(),
        String::new(),
    ]
}

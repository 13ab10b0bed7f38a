//! What was found, as the record says it.

use std::collections::BTreeMap;

use dateline_record::{
    ActorRef, Basis, CleanStory, Event, EventId, Provenance, Span, StoryEvents, StorySummary,
};

use crate::{
    coding::found::Found,
    engine::{Engine, Reading},
    mentions,
    scene::Scene,
    story::{party::Party, sentence::Sentence},
};

/// A side of more actors than this is a list, and the rest of it is left out.
const MAX_SIDE: usize = 3;

/// The story without what its text says: what a kill is left with.
pub(crate) fn summary(story: &CleanStory, text: String) -> StorySummary {
    StorySummary {
        story_id: story.story_id.clone(),
        revision: story.revision,
        status: story.status,
        signal: story.signal,
        source_id: story.source_id.clone(),
        provider: story.provider.clone(),
        url: story.url.clone(),
        title: story.title.clone(),
        dateline: story.dateline.clone(),
        published_at: story.published_at,
        fetched_at: story.fetched_at,
        language: story.language.clone(),
        word_count: story.word_count,
        text,
    }
}

/// The record of a story that was read.
pub(crate) fn record(
    engine: &Engine,
    story: &CleanStory,
    reading: &Reading,
    provenance: Provenance,
) -> StoryEvents {
    let scene = Scene::new(reading, story, engine);
    let mentions = reading
        .sentences
        .iter()
        .flat_map(|(sentence, chunks)| mentions::of(sentence, chunks, &scene));
    let mut events: Vec<Event> =
        reading.events.iter().flat_map(|found| events(story, reading, found)).collect();
    number(&mut events);
    StoryEvents {
        story: summary(story, story.text.clone()),
        mentions: mentions.collect(),
        events,
        not_coded: None,
        provenance,
    }
}

/// Gives ids: events alike in all that their ids are made of are told apart by their number.
fn number(events: &mut [Event]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        let first = event.event_id.as_str().to_owned();
        let times = seen.entry(first).or_default();
        *times += 1;
        if *times > 1 {
            event.event_id = event.event_id.again(*times);
        }
    }
}

/// The days that the text gives and the place: what tells two events between the same two apart.
fn occasion(found: &Found) -> String {
    let date = found.date.as_ref().filter(|date| date.basis == Basis::Expression);
    let days = date.map(|date| format!("{}..{}", date.from, date.to)).unwrap_or_default();
    let place = found.place.as_ref().map_or("", |place| place.name.as_str());
    format!("{days} {place}")
}

/// One event for each pair of a source and a target.
fn events(story: &CleanStory, reading: &Reading, found: &Found) -> Vec<Event> {
    let Some((sentence, _)) = reading.sentences.get(found.sentence) else {
        return Vec::new();
    };
    let targets: Vec<Option<&Party>> = if found.targets.is_empty() {
        vec![None]
    } else {
        found.targets.iter().take(MAX_SIDE).map(Some).collect()
    };
    let sources = found.sources.iter().take(MAX_SIDE);
    sources
        .flat_map(|source| {
            targets.iter().map(move |target| event(story, sentence, found, (source, *target)))
        })
        .collect()
}

fn event(
    story: &CleanStory,
    sentence: &Sentence,
    found: &Found,
    sides: (&Party, Option<&Party>),
) -> Event {
    let (source, target) = sides;
    let (source_key, target_key) = (source.key(), target.map(Party::key).unwrap_or_default());
    // Either order of a mutual act is the same act.
    let (one, other) = if found.is_reciprocal && target_key < source_key {
        (&target_key, &source_key)
    } else {
        (&source_key, &target_key)
    };
    let trigger = trigger(sentence, found.trigger);
    Event {
        event_id: EventId::derive(&story.story_id, found.kind, (one, other), &occasion(found)),
        kind: found.kind,
        mode: found.mode.clone(),
        source: source.to_ref(&story.text),
        target: target.map(|target| -> ActorRef { target.to_ref(&story.text) }),
        reciprocal: found.is_reciprocal,
        status: found.status,
        date: found.date.clone(),
        place: found.place.clone(),
        attribution: found.attribution.clone(),
        sentence: u32::try_from(found.sentence).unwrap_or(u32::MAX),
        sentence_span: Span::new(sentence.range.start, sentence.range.end),
        trigger: story.text.get(trigger.range()).unwrap_or_default().to_owned(),
        trigger_span: trigger,
        rule: found.rule.clone(),
        confidence: found.confidence,
    }
}

fn trigger(sentence: &Sentence, (first, last): (usize, usize)) -> Span {
    let start = sentence.tokens.get(first).map_or(sentence.range.start, |token| token.start);
    let end = last
        .checked_sub(1)
        .and_then(|last| sentence.tokens.get(last))
        .map_or(start, |token| token.end);
    Span::new(start, end)
}

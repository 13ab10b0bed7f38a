//! A stream of records in which the one at an offset follows from the offset alone, and what must
//! stand in a warehouse that has taken it up to some offset.

use std::collections::BTreeMap;

use dateline_bus::{Place, Topic};
use dateline_record::{
    Confidence, Event, EventId, EventStatus, EventType, Language, Mention, MentionKind, Provenance,
    Record, Revision, Signal, SourceId, Span, Status, StoryEvents, StoryId, StorySummary,
    Timestamp,
};
use dateline_runtime::{Landing, SinkRecord};
use serde_json::json;

/// Stories that the stream tells of, again and again.
const STORIES: u64 = 150;

pub(crate) fn place() -> Place {
    (Topic::new(StoryEvents::TOPIC), 3)
}

/// A number that looks like chance but follows from another.
pub(crate) fn scatter(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// An event with what an event must have.
pub(crate) fn event(story: &StoryId, kind: EventType, sentence: &str) -> Event {
    let side = |text: &str, code: &str| json!({"text": text, "code": code, "sector": "GOV", "span": {"start": 0, "end": text.len()}});
    let event = json!({
        "event_id": EventId::derive(story, kind, ("JPN", "RUS"), ""),
        "type": kind,
        "source": side("Japan", "JPN"),
        "target": side("Russia", "RUS"),
        "reciprocal": true,
        "status": EventStatus::Actual,
        "sentence": 0,
        "sentence_span": Span::new(0, sentence.len()),
        "trigger": "met",
        "trigger_span": Span::new(6, 9),
        "rule": "test",
        "confidence": 0.9,
        "contexts": ["military"],
        "intensity": 2.5,
    });
    serde_json::from_value(event).unwrap()
}

/// The version of a story at an offset: one in eight is killed, one in six comes late.
pub(crate) fn version(offset: u64) -> StoryEvents {
    let chance = scatter(offset);
    let name = (chance >> 8) % STORIES;
    let story_id = StoryId::derive("test", &name.to_string());
    let is_kill = chance.is_multiple_of(8);
    let late = if (chance >> 40).is_multiple_of(6) { 300 } else { 0 };
    // Words that COPY, JSON and SQL must each leave as they are.
    let text =
        format!("Japan met Russia \\ at {offset}\tin \u{d6}sterreich's \"hall\",\nand left.");
    let kinds = [EventType::Consult, EventType::Agree, EventType::Aid];
    let kinds = &kinds[..(chance >> 20) as usize % 4];
    let mention = Mention {
        kind: MentionKind::Place,
        span: Span::new(0, 5),
        text: "Japan".to_owned(),
        sentence: 0,
        name: None,
        actor: None,
        place: None,
        doubt: None,
    };
    let story = StorySummary {
        story_id: story_id.clone(),
        revision: Revision(1_000 + offset / 7 - late.min(offset / 7)),
        status: if is_kill { Status::Canceled } else { Status::Usable },
        signal: if is_kill { Signal::Kill } else { Signal::Update },
        source_id: SourceId::from_lossy("test"),
        provider: "test".to_owned(),
        url: None,
        title: format!("{name} at {offset}"),
        dateline: None,
        published_at: Some(Timestamp::from_millis(1_412_000_000_000)),
        fetched_at: Timestamp::from_millis(1_412_000_000_000 + offset.cast_signed()),
        language: Language { code: "en".to_owned(), confidence: Confidence::High },
        word_count: 3,
        text: if is_kill { String::new() } else { text.clone() },
    };
    let events = if is_kill { &[][..] } else { kinds };
    StoryEvents {
        events: events.iter().map(|kind| event(&story_id, *kind, &text)).collect(),
        mentions: if is_kill { Vec::new() } else { vec![mention] },
        story,
        not_coded: None,
        provenance: Provenance::default(),
    }
}

/// The record at an offset.
pub(crate) fn record(offset: u64) -> SinkRecord {
    SinkRecord { place: place(), offset, record: Landing::Events(Box::new(version(offset))) }
}

/// What stands of a story: its revision, status, title and text, its events and its mentions.
pub(crate) type Shelf = BTreeMap<String, Vec<String>>;

/// What a version leaves on the shelf.
pub(crate) fn rows(result: &StoryEvents) -> Vec<String> {
    let story = &result.story;
    let (title, text) = match story.status {
        Status::Usable => (story.title.as_str(), story.text.as_str()),
        _ => ("-", "-"),
    };
    let mut rows = vec![format!("{} {} {title} {text}", story.revision, story.status.as_str())];
    let mut events: Vec<String> = Vec::new();
    for event in &result.events {
        events.push(format!("{} {}", event.kind.as_str(), story.text));
    }
    events.sort();
    rows.extend(events);
    rows.extend(result.mentions.iter().map(|mention| format!("mention {}", mention.text)));
    rows
}

/// What must stand once all before an offset is in, kept up as the offset grows.
#[derive(Default)]
pub(crate) struct Expected {
    next: u64,
    revisions: BTreeMap<String, Revision>,
    shelf: Shelf,
}

impl Expected {
    pub(crate) fn at(&mut self, next: u64) -> &Shelf {
        assert!(next >= self.next, "a position went back from {} to {next}", self.next);
        for offset in self.next..next {
            let result = version(offset);
            let id = result.story.story_id.to_string();
            let newest = self.revisions.entry(id.clone()).or_insert(result.story.revision);
            if result.story.revision >= *newest {
                *newest = result.story.revision;
                self.shelf.insert(id, rows(&result));
            }
        }
        self.next = next;
        &self.shelf
    }
}

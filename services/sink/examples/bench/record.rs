//! The records of the measurement: each follows from its offset.

use dateline_bus::{Place, Topic};
use dateline_record::{
    Confidence, Event, EventId, EventStatus, EventType, Language, Mention, MentionKind, Provenance,
    Record, Revision, Signal, SourceId, Span, Status, StoryEvents, StoryId, StorySummary,
    Timestamp,
};
use dateline_runtime::{Landing, SinkRecord};
use serde_json::json;

/// One record in so many is a new version of an older story; half of those take it back.
const VERSIONS: u64 = 20;

pub(crate) fn place() -> Place {
    (Topic::new(StoryEvents::TOPIC), 0)
}

pub(crate) fn record(offset: u64) -> SinkRecord {
    SinkRecord { place: place(), offset, record: Landing::Events(Box::new(version(offset))) }
}

pub(crate) fn json_bytes(offset: u64) -> u64 {
    version(offset).to_json().map_or(0, |json| json.len() as u64)
}

fn event(story: &StoryId, offset: u64) -> Option<Event> {
    let side = |text: &str, code: &str| json!({"text": text, "code": code, "sector": "GOV", "span": {"start": 0, "end": text.len()}});
    let days = ["2014-10-07", "2014-10-08", "2014-10-09"];
    let day = days[usize::try_from(offset % 3).ok()?];
    serde_json::from_value(json!({
        "event_id": EventId::derive(story, EventType::Consult, ("JPN", "RUS"), ""),
        "type": EventType::Consult,
        "source": side("Japan", "JPN"),
        "target": side("Russia", "RUS"),
        "reciprocal": true,
        "status": EventStatus::Actual,
        "date": {"from": day, "to": day, "granularity": "day", "basis": "expression"},
        "place": {"name": "Tokyo", "country": "JPN", "geonames_id": 1_850_147, "latitude": 35.7, "longitude": 139.7},
        "sentence": 0,
        "sentence_span": Span::new(0, 90),
        "trigger": "met",
        "trigger_span": Span::new(6, 9),
        "rule": "consult.meet",
        "confidence": 0.9,
        "contexts": ["military"],
        "intensity": 2.5,
    }))
    .ok()
}

fn version(offset: u64) -> StoryEvents {
    let is_later = offset > VERSIONS && offset.is_multiple_of(VERSIONS);
    let name = if is_later { offset / 2 + 1 } else { offset };
    let is_kill = is_later && offset.is_multiple_of(2 * VERSIONS);
    let story_id = StoryId::derive("bench", &name.to_string());
    let words = "Ministers of both countries spoke of trade, borders and the price of gas. ";
    let text = format!("Japan met Russia on {offset} matters in the capital. {}", words.repeat(8));
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
        revision: Revision(if is_later { 2 } else { 1 }),
        status: if is_kill { Status::Canceled } else { Status::Usable },
        signal: if is_kill { Signal::Kill } else { Signal::New },
        source_id: SourceId::from_lossy("bench"),
        provider: "bench".to_owned(),
        url: None,
        title: format!("Ministers meet, number {offset}"),
        dateline: None,
        published_at: Some(Timestamp::from_millis(1_412_000_000_000)),
        fetched_at: Timestamp::from_millis(1_412_000_000_000 + offset.cast_signed()),
        language: Language { code: "en".to_owned(), confidence: Confidence::High },
        word_count: 120,
        text: if is_kill { String::new() } else { text },
    };
    let provenance = Provenance::default();
    let mut record = StoryEvents {
        story,
        mentions: Vec::new(),
        events: Vec::new(),
        not_coded: None,
        provenance,
    };
    if !is_kill {
        record.events.extend(event(&story_id, offset));
        record.mentions.push(mention);
    }
    record
}

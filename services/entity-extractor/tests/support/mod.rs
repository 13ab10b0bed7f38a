//! Stories of a dateline and a text, coded, and events in one line.

use std::sync::LazyLock;

use cleaner::Cleaner;
use dateline_record::{CleanStory, Event, Format, RawStory, StoryEvents, Timestamp};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;

const DEFAULTS: &str = include_str!("../../../../config/dateline.toml");

static CLEANER: LazyLock<Cleaner> =
    LazyLock::new(|| Cleaner::new(section("cleaner").try_into().unwrap()).unwrap());
static EXTRACTOR: LazyLock<EntityExtractor> = LazyLock::new(|| {
    EntityExtractor::new(section("entity-extractor").try_into().unwrap()).unwrap()
});

fn section(name: &str) -> toml::Value {
    DEFAULTS.parse::<toml::Table>().unwrap()[name].clone()
}

/// Codes a story of a day of October 2014.
pub(crate) fn extract(day: u8, dateline: &str, text: &str) -> StoryEvents {
    let raw = RawStory {
        published_at: Timestamp::parse(&format!("2014-10-{day:02}T12:00:00Z")),
        language: Some("en".to_owned()),
        ..RawStory::new(
            "example.com",
            "1",
            Format::Text,
            format!("News of the day from the capital\n\n{dateline}, Oct {day} - {text}"),
            Timestamp::from_millis(1_412_640_000_000),
        )
    };
    let story: CleanStory = match CLEANER.handle(raw).unwrap() {
        Outcome::Emit(story) => story,
        Outcome::Skip(reason) => panic!("{reason:?}"),
    };
    EXTRACTOR.extract(&story)
}

/// `TYPE CODE/SECTOR>CODE/SECTOR status`.
pub(crate) fn shown(event: &Event) -> String {
    let actor = |actor: &dateline_record::Actor| {
        format!("{}/{}", actor.code, actor.sector.as_deref().unwrap_or("-"))
    };
    let target = event.target.as_ref().map_or_else(|| "-".to_owned(), |it| actor(&it.actor));
    let (kind, status) = (event.kind.as_str(), event.status.as_str());
    format!("{kind} {}>{target} {status}", actor(&event.source.actor))
}

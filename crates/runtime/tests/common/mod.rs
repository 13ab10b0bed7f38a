//! Records and a bus for the tests of the loops.
#![allow(dead_code)] // each test binary uses a part

use std::{path::Path, time::Duration};

use dateline_bus::{Batch, Limit, Output, Received, Start, Topic, Unit, WorkerOptions};
use dateline_record::{
    Access, CleanStory, Confidence, ContentHash, Format, Language, Provenance, RawStory, Record,
    StoryEvents, StoryRelations, StorySummary, Timestamp,
};
use dateline_runtime::{Process, TraceContext, config::Settings, wrap};

pub(crate) fn settings(folder: &Path) -> Settings {
    let mut settings = Settings::defaults().unwrap();
    settings.set(&["bus", "data_dir"], folder.display().to_string()).unwrap();
    settings.set(&["admin", "listen"], "").unwrap();
    settings.set(&["runtime", "instance"], "test").unwrap();
    settings.set(&["runtime", "retry_first_pause_ms"], 1).unwrap();
    settings.set(&["runtime", "retry_attempts"], 3).unwrap();
    settings
}

/// Writes to topics as a foreign program would.
pub(crate) fn produce(process: &Process, outputs: Vec<Output>) {
    let options = WorkerOptions {
        group: "producer".to_owned(),
        instance: "producer".to_owned(),
        inputs: Vec::new(),
        state: None,
        start: Start::Earliest,
    };
    let mut worker = process.engine().bus.worker(options).unwrap();
    worker.commit(Batch::default(), Unit { outputs, state: Vec::new() }).unwrap();
    worker.close().unwrap();
}

/// All that is on a topic.
pub(crate) fn all(process: &Process, topic: &str) -> Vec<Received> {
    let mut reader = process.engine().bus.reader(&Topic::new(topic), Start::Earliest).unwrap();
    let limit = Limit { records: 100_000, bytes: usize::MAX };
    reader.next(limit, Duration::ZERO).unwrap()
}

pub(crate) fn output(record: &impl Record) -> Output {
    wrap(record, "test", TraceContext::root()).unwrap()
}

fn english() -> Language {
    Language { code: "en".to_owned(), confidence: Confidence::High }
}

pub(crate) fn raw(name: &str, text: &str) -> RawStory {
    RawStory::new("test", name, Format::Text, text, Timestamp::from_millis(1_000))
}

/// A clean story whose title is the text of the raw one.
pub(crate) fn clean(raw: &RawStory) -> CleanStory {
    CleanStory {
        story_id: raw.story_id.clone(),
        revision: raw.revision,
        status: raw.status,
        signal: raw.signal,
        is_advisory: raw.is_advisory,
        source_id: raw.source_id.clone(),
        provider: raw.provider.clone(),
        url: None,
        title: String::from_utf8_lossy(raw.body.as_bytes()).into_owned(),
        subtitle: None,
        byline: None,
        authors: Vec::new(),
        agency: None,
        dateline: None,
        published_at: None,
        published_source: None,
        published_text: None,
        modified_at: None,
        embargoed_until: None,
        fetched_at: raw.fetched_at,
        language: english(),
        text: String::new(),
        paragraphs: Vec::new(),
        section: None,
        tags: Vec::new(),
        word_count: 0,
        content_hash: ContentHash::of(b""),
        signature: None,
        access: Access::Open,
        profile: "test".to_owned(),
        removed: Vec::new(),
        unchanged_since: None,
        provenance: Provenance::default(),
    }
}

/// The result of a story of that title, without events.
pub(crate) fn events(title: &str) -> StoryEvents {
    let raw = raw(title, title);
    let story = StorySummary {
        story_id: raw.story_id,
        revision: raw.revision,
        status: raw.status,
        signal: raw.signal,
        source_id: raw.source_id,
        provider: raw.provider,
        url: None,
        title: title.to_owned(),
        dateline: None,
        published_at: None,
        fetched_at: raw.fetched_at,
        language: english(),
        word_count: 1,
        text: title.to_owned(),
    };
    let (mentions, events) = (Vec::new(), Vec::new());
    StoryEvents { story, mentions, events, not_coded: None, provenance: Provenance::default() }
}

/// The relations of a story that has none.
pub(crate) fn relations(name: &str) -> StoryRelations {
    let raw = raw(name, name);
    StoryRelations {
        cluster_id: Some(raw.story_id.clone()),
        story_id: raw.story_id,
        revision: raw.revision,
        edition: 1,
        status: raw.status,
        source_id: raw.source_id,
        relations: Vec::new(),
        unchanged_since: None,
        found_at: raw.fetched_at,
        provenance: Provenance::default(),
    }
}

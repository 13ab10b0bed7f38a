//! Stories as lines of JSON, `{id, text, published, title?, language?}`, through cleaner and extractor.

use std::{
    fs::File,
    io::{BufRead, BufReader, stdin},
    path::Path,
};

use anyhow::Context;
use cleaner::Cleaner;
use dateline_record::{CleanStory, Confidence, Format, RawStory, StoryEvents, Timestamp};
use dateline_runtime::{Outcome, Stage, config::Settings};
use entity_extractor::{EntityExtractor, Note};
use serde_json::Value;

use crate::arguments::Unusable;

/// Both stages.
pub(crate) struct Rows {
    cleaner: Cleaner,
    extractor: EntityExtractor,
}

impl Rows {
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            cleaner: Cleaner::new(settings.section(Cleaner::NAME)?)?,
            extractor: EntityExtractor::new(settings.section(EntityExtractor::NAME)?)?,
        })
    }

    /// What a row gives; none where the cleaner finds no story in it.
    pub(crate) fn extract(&self, row: &Value) -> anyhow::Result<Option<StoryEvents>> {
        Ok(self.story(row)?.map(|story| self.extractor.extract(&story)))
    }

    /// The same with the steps that led to it, and the clean story that they are about.
    pub(crate) fn explain(
        &self,
        row: &Value,
    ) -> anyhow::Result<Option<(CleanStory, StoryEvents, Vec<Note>)>> {
        Ok(self.story(row)?.map(|story| {
            let (record, notes) = self.extractor.explain(&story);
            (story, record, notes)
        }))
    }

    fn story(&self, row: &Value) -> anyhow::Result<Option<CleanStory>> {
        let language = row["language"].as_str().unwrap_or("en").to_owned();
        let cleaned = self.cleaner.handle(raw(row)?);
        let Ok(Outcome::Emit(mut story)) = cleaned else {
            return Ok(None);
        };
        // A line may be one sentence, too short to tell its language by: what it says counts.
        story.language.code = language;
        story.language.confidence = Confidence::High;
        // Of a line without a title a single sentence without a full stop is no headline.
        if row["title"].is_null() && story.text.is_empty() {
            story.text = std::mem::take(&mut story.title);
        }
        Ok(Some(story))
    }
}

fn raw(row: &Value) -> anyhow::Result<RawStory> {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    anyhow::ensure!(!text("text").is_empty(), "text: missing; a line is {{id, text, published}}");
    let id = match &row["id"] {
        Value::Null => String::new(),
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    let written = if text("published").is_empty() { text("date") } else { text("published") };
    let published =
        if written.len() == 10 { format!("{written}T12:00:00Z") } else { written.to_owned() };
    let body = format!("{}\n\n{}", text("title"), text("text"));
    Ok(RawStory {
        title: Some(text("title").to_owned()).filter(|title| !title.is_empty()),
        published_at: Timestamp::parse(&published),
        language: row["language"].as_str().map(str::to_owned),
        ..RawStory::new("lines", &id, Format::Text, body, Timestamp::from_millis(0))
    })
}

/// The lines of a file or of standard input, each with its place.
pub(crate) fn lines(
    input: &str,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<(String, Value)>> + use<>> {
    let reader: Box<dyn BufRead> = if input == "-" {
        Box::new(BufReader::new(stdin()))
    } else {
        let file = File::open(Path::new(input)).map_err(|error| {
            Unusable(format!(
                "{input}: {error}; give a file of JSON lines, or - for standard input"
            ))
        })?;
        Box::new(BufReader::new(file))
    };
    let name = input.to_owned();
    Ok((1..).zip(reader.lines()).filter_map(move |(number, line)| {
        let place = format!("{name}:{number}");
        let line = match line {
            Ok(line) if line.trim().is_empty() => return None,
            Ok(line) => line,
            Err(error) => return Some(Err(anyhow::Error::from(error).context(place))),
        };
        let row = serde_json::from_str(&line).with_context(|| format!("{place}: no JSON"));
        Some(row.map(|row| (place, row)))
    }))
}

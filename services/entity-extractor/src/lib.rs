//! The stage that finds who did what to whom, where and when; pure.

mod codes;
mod coding;
mod config;
mod engine;
mod finish;
mod mentions;
mod notes;
mod ontology;
pub mod pairs;
mod scene;
mod story;

use dateline_record::{
    CleanStory, Confidence, Provenance, Signal, SkipReason, Status, StoryEvents,
};
use dateline_runtime::{Fault, Outcome, Stage};

use crate::{engine::Engine, notes::Notes};

pub use config::{Config, Part};
pub use notes::Note;

/// The versions of the parser's weights and of the model of pairs: each changes with the file.
const PARSER_VERSION: &str = "parser-en@2026.11";
const PAIRS_VERSION: &str = "pairs@2026.11.3";

/// The stage.
pub struct EntityExtractor {
    engine: Engine,
    provenance: Provenance,
}

impl Stage for EntityExtractor {
    const NAME: &'static str = "entity-extractor";
    type In = CleanStory;
    type Out = StoryEvents;
    type Config = Config;

    fn new(config: Config) -> anyhow::Result<Self> {
        let provenance = dateline_runtime::provenance(Self::NAME, &config)?;
        let engine = Engine::new(config)?;
        let provenance = Provenance {
            models: vec![
                dateline_knowledge::VERSION.to_owned(),
                dateline_language::names::VERSION.to_owned(),
                PARSER_VERSION.to_owned(),
                PAIRS_VERSION.to_owned(),
            ],
            ontology: Some(engine.ontology.label().to_owned()),
            ..provenance
        };
        Ok(Self { engine, provenance })
    }

    fn handle(&self, story: CleanStory) -> Result<Outcome<StoryEvents>, Fault> {
        if story.unchanged_since.is_some() {
            return Ok(Outcome::Skip(SkipReason::Unchanged));
        }
        Ok(Outcome::Emit(self.extract(&story)))
    }
}

impl EntityExtractor {
    /// Names and events of one version of a story. Every story gives a record, since a newer
    /// revision without events must replace an older one with some.
    pub fn extract(&self, story: &CleanStory) -> StoryEvents {
        self.read(story, &Notes::default())
    }

    /// The same, with the steps that led to it: who was found, what was scored, what was dropped.
    pub fn explain(&self, story: &CleanStory) -> (StoryEvents, Vec<Note>) {
        let notes = Notes::kept();
        let record = self.read(story, &notes);
        (record, notes.into_lines())
    }

    fn read(&self, story: &CleanStory, notes: &Notes) -> StoryEvents {
        let not_coded = reason_not_to_code(story, self.engine.config.min_language_confidence);
        let is_read = !matches!(
            not_coded,
            Some(SkipReason::Killed | SkipReason::Embargoed | SkipReason::Advisory)
        );
        if !is_read {
            let text = if not_coded == Some(SkipReason::Killed) {
                String::new()
            } else {
                story.text.clone()
            };
            return StoryEvents {
                story: finish::summary(story, text),
                mentions: Vec::new(),
                events: Vec::new(),
                not_coded,
                provenance: self.provenance.clone(),
            };
        }
        let reading = self.engine.read(story, not_coded.is_none(), notes);
        let record = finish::record(&self.engine, story, &reading, self.provenance.clone());
        StoryEvents { not_coded, ..record }
    }
}

/// Names and events of one version of a story; for callers that keep no stage.
pub fn extract(story: &CleanStory, config: &Config) -> anyhow::Result<StoryEvents> {
    Ok(EntityExtractor::new(config.clone())?.extract(story))
}

fn reason_not_to_code(story: &CleanStory, least: Confidence) -> Option<SkipReason> {
    if story.status.recalls() || story.signal == Signal::Kill {
        return Some(SkipReason::Killed);
    }
    if story.status == Status::Embargoed {
        return Some(SkipReason::Embargoed);
    }
    if story.is_advisory {
        return Some(SkipReason::Advisory);
    }
    // A short title in another language may look like English.
    let has_model = story.language.code == "en" && story.language.confidence >= least;
    (!has_model).then_some(SkipReason::NoModel)
}

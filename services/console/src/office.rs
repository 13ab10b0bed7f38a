//! What the console asks of a running system: its flow, its dead letters, a story's way, and the
//! stages as functions. The commands of `dateline` answer the same.

use std::collections::BTreeMap;

use dateline_record::{
    CleanStory, DeadAction, DeadLetter, RawStory, Status, StoryEvents, StoryRelations, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The bus as an operator sees it.
pub trait Office: Send + Sync {
    /// Each stage as it is now.
    fn stages(&self) -> anyhow::Result<Sample>;
    /// How each source is.
    fn sources(&self) -> anyhow::Result<Vec<SourceRow>>;
    /// The dead letters that nobody has dealt with, the oldest first.
    fn letters(&self, choice: &LetterChoice) -> anyhow::Result<Vec<LetterRow>>;
    /// One letter with its record.
    fn letter(&self, id: &str) -> anyhow::Result<Option<DeadLetter>>;
    /// Sends the records of letters back to where they were read, or marks the letters as not wanted.
    fn act(&self, letters: &[String], action: DeadAction) -> anyhow::Result<Acted>;
    /// The records of a story on all topics, from a time on.
    fn way(&self, story_id: &str, since: Option<Timestamp>) -> anyhow::Result<Way>;
    /// What the stages make of a document.
    fn attempt(&self, attempt: &Attempt) -> anyhow::Result<Attempted>;
}

/// The stages as they are now.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Sample {
    /// When they were looked at.
    pub at: Timestamp,
    /// Each stage on each of its topics.
    pub stages: Vec<StageRow>,
}

/// One stage on one of its topics.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct StageRow {
    /// The stage.
    pub stage: &'static str,
    /// The topic that it reads.
    pub topic: &'static str,
    /// Records that it finishes in a second; none before the second look.
    pub rate_per_s: Option<f64>,
    /// Records that wait for it, at most.
    pub lag: u64,
    /// How long the one that waits longest has been waiting.
    pub oldest_ms: Option<i64>,
    /// Dead letters of the last hour.
    pub dead_letters: usize,
}

/// How a source is.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct SourceRow {
    /// The source.
    pub source_id: String,
    /// How it is read: `feed`, `folder`, ...
    pub kind: &'static str,
    /// What is the matter with it; empty where nothing is.
    pub conditions: Vec<&'static str>,
    /// When its last story came.
    pub last_story_at: Option<Timestamp>,
    /// When it last answered as it should.
    pub last_success_at: Option<Timestamp>,
    /// When it is asked next.
    pub next_poll_at: Timestamp,
    /// From the last poll to the next.
    pub interval_s: i64,
    /// Polls that failed since the last that did not.
    pub failures: u32,
    /// Items that it brings in a day.
    pub items_a_day: f32,
    /// Times in which stories may have been lost.
    pub gaps: usize,
    /// Items that wait for their page.
    pub pending: usize,
    /// Where it has moved to.
    pub moved_to: Option<String>,
    /// Why the last poll failed.
    pub last_error: Option<String>,
}

/// Which letters are listed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterChoice {
    /// Only those of this stage.
    pub stage: Option<String>,
    /// Only those with this code.
    pub code: Option<String>,
}

/// A dead letter in a list.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct LetterRow {
    /// Names it: partition and offset.
    pub letter: String,
    /// When the record was given up.
    pub dead_at: Timestamp,
    /// The stage that gave it up.
    pub stage: String,
    /// Why, as a code of a fixed list.
    pub code: &'static str,
    /// The key of the record.
    pub key: String,
    /// The source that it is of; empty where that is not known.
    pub source_id: String,
    /// The topic that it was read from.
    pub topic: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why, in words.
    pub what: String,
}

/// What was done with letters.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Acted {
    /// Letters that were dealt with.
    pub done: usize,
    /// Why the others stay, by their ids.
    pub left: BTreeMap<String, String>,
}

/// A story's records on all topics, in the order in which they were written.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Way {
    /// Each record at a glance.
    pub stops: Vec<Stop>,
    /// What its versions said, the oldest first; empty where the story was taken back.
    pub versions: Vec<Version>,
}

/// One record of a story; the names are those of the logs.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Stop {
    /// When it was written.
    pub written_at: Timestamp,
    /// The stage that wrote it.
    pub service: String,
    /// Where it stands.
    pub topic: String,
    /// The partition there.
    pub partition: u32,
    /// The offset there.
    pub offset: u64,
    /// The story.
    pub story_id: String,
    /// The source that brought it.
    pub source_id: String,
    /// The trace that it belongs to.
    pub trace_id: String,
    /// Its facts as `name=value`.
    pub facts: String,
    /// What each stage that reads the topic made of it.
    pub readers: Vec<StopReader>,
}

/// What a stage made of a record.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct StopReader {
    /// The stage.
    pub service: &'static str,
    /// `read` or `waiting`.
    pub state: &'static str,
    /// Offsets before it that the stage has not read either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
}

/// What one version of a story was at each stage, as far as the bus still has it.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Version {
    /// Orders the versions.
    pub revision: u64,
    /// As it arrived; of a long document only the beginning.
    pub raw: Option<RawStory>,
    /// Bytes of the whole document.
    pub raw_bytes: Option<u64>,
    /// Freed of what the site or the wire added, with what was removed.
    pub clean: Option<CleanStory>,
    /// What was found in it.
    pub events: Option<StoryEvents>,
    /// Which stories it repeats.
    pub relations: Option<StoryRelations>,
}

impl Version {
    /// Whether the story was taken back by it.
    pub(crate) fn is_recalled(&self) -> bool {
        let clean = self.clean.as_ref().map(|clean| clean.status);
        let raw = self.raw.as_ref().map(|raw| raw.status);
        clean.or(raw).is_some_and(Status::recalls)
    }
}

/// A document to be tried: a text or the address of a page.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// A story, its headline first, an empty line behind it.
    pub text: Option<String>,
    /// The address of a page; what the fetcher may not ask is not asked.
    pub url: Option<String>,
    /// The day of publishing, `YYYY-MM-DD`, by which "Tuesday" is resolved; today where it is absent.
    pub published: Option<String>,
}

/// What the stages made of a document.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Attempted {
    /// The story as the cleaner gives it; none where it finds none.
    pub clean: Option<CleanStory>,
    /// What the extractor finds in it.
    pub events: Option<StoryEvents>,
    /// Steps that led to it, each with its sentence.
    pub notes: Vec<AttemptNote>,
    /// Why there is no story.
    pub refused: Option<String>,
    /// How long both stages took together.
    pub elapsed_ms: u64,
}

/// A step of the extractor.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct AttemptNote {
    /// The sentence, counted from 0 in the body.
    pub sentence: usize,
    /// What was found, scored or dropped.
    pub what: String,
}

//! What the console asks of bus and stages, answered by what the commands are made of.

use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use cleaner::Cleaner;
use console::{
    Acted, Attempt, AttemptNote, Attempted, LetterChoice, LetterRow, Office, Sample, SourceRow,
    Version, Way,
};
use dateline_bus::Received;
use dateline_record::{
    CleanStory, DeadAction, DeadLetter, Format, Payload, RawStory, Record, StoryEvents,
    StoryRelations, Timestamp, read,
};
use dateline_runtime::{Fault, Outcome, Source, Stage, clock, config::Settings};
use entity_extractor::EntityExtractor;
use fetcher::Fetcher;

use crate::{
    arguments::{BusOptions, DeadChoice},
    operate::{Desk, dead, health, top::Watch, trace},
};

/// Pages that look at the same time see the same sample.
const SAMPLE_AGE: Duration = Duration::from_millis(900);

/// Versions of a story that are shown, the newest.
const MOST_VERSIONS: usize = 50;

/// Of a larger document only the beginning is shown.
const SHOWN_BYTES: usize = 200_000;

/// A system as its operator sees it.
pub(super) struct Counter {
    desk: Desk,
    settings: Settings,
    watch: Mutex<(Watch, Option<(Instant, Sample)>)>,
    bench: OnceLock<Bench>,
}

/// The stages as functions.
struct Bench {
    cleaner: Cleaner,
    extractor: EntityExtractor,
}

impl Counter {
    pub(super) fn new(desk: Desk, settings: Settings) -> anyhow::Result<Self> {
        let watch = Watch::new(desk.clone())?;
        Ok(Self { desk, settings, watch: Mutex::new((watch, None)), bench: OnceLock::new() })
    }

    /// The stages; they load their models when they are asked for first.
    fn bench(&self) -> anyhow::Result<&Bench> {
        if self.bench.get().is_none() {
            let bench = Bench {
                cleaner: Cleaner::new(self.settings.section(Cleaner::NAME)?)?,
                extractor: EntityExtractor::new(self.settings.section(EntityExtractor::NAME)?)?,
            };
            // Another question may have been faster.
            let _ = self.bench.set(bench);
        }
        self.bench.get().ok_or_else(|| anyhow::anyhow!("the stages are not there"))
    }

    /// The page at an address, fetched with all manners: robots.txt, politeness, the check of
    /// addresses.
    fn fetch(&self, url: &str) -> anyhow::Result<RawStory> {
        let fetcher = Fetcher::new(self.settings.section(Fetcher::NAME)?)?;
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio.block_on(fetcher.fetch_one(url))
    }

    fn letters(&self, choice: &DeadChoice) -> anyhow::Result<Vec<dead::Filed>> {
        dead::open_letters(&self.desk, choice)
    }
}

fn all_letters() -> DeadChoice {
    let bus = BusOptions { data_dir: None, json: false };
    DeadChoice { letters: Vec::new(), stage: None, code: None, since: None, max: None, bus }
}

impl Office for Counter {
    fn stages(&self) -> anyhow::Result<Sample> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let (watch, last) = &mut *watch;
        if let Some((at, sample)) = last
            && at.elapsed() < SAMPLE_AGE
        {
            return Ok(sample.clone());
        }
        let sample = watch.look()?;
        *last = Some((Instant::now(), sample.clone()));
        Ok(sample)
    }

    fn sources(&self) -> anyhow::Result<Vec<SourceRow>> {
        Ok(health::look(&self.desk, clock::now())?.0)
    }

    fn letters(&self, choice: &LetterChoice) -> anyhow::Result<Vec<LetterRow>> {
        let LetterChoice { stage, code } = choice.clone();
        let chosen = DeadChoice { stage, code, ..all_letters() };
        Ok(self.letters(&chosen)?.iter().map(dead::Filed::row).collect())
    }

    fn letter(&self, id: &str) -> anyhow::Result<Option<DeadLetter>> {
        dead::find(&self.desk, id)
    }

    fn act(&self, letters: &[String], action: DeadAction) -> anyhow::Result<Acted> {
        let choice = DeadChoice { letters: letters.to_vec(), ..all_letters() };
        let chosen = self.letters(&choice)?;
        let mut acted = dead::deal(&self.desk, &chosen, action, false)?;
        let found: Vec<String> = chosen.iter().map(|filed| filed.row().letter).collect();
        for missing in letters.iter().filter(|id| !found.contains(id)) {
            let why = "it is not there, or was dealt with before".to_owned();
            acted.left.insert(missing.clone(), why);
        }
        Ok(acted)
    }

    fn way(&self, story_id: &str, since: Option<Timestamp>) -> anyhow::Result<Way> {
        let (stops, records) = trace::way(&self.desk, story_id, since)?;
        Ok(Way { stops, versions: versions(&records) })
    }

    fn attempt(&self, attempt: &Attempt) -> anyhow::Result<Attempted> {
        let bench = self.bench()?;
        let raw = match (&attempt.url, &attempt.text) {
            (Some(url), _) => match self.fetch(url) {
                Ok(raw) => raw,
                Err(error) => return Ok(refused(format!("{error:#}"))),
            },
            (None, text) => pasted(text.as_deref().unwrap_or_default(), attempt),
        };
        let start = Instant::now();
        let mut attempted = match bench.cleaner.clean(&raw) {
            Ok(Outcome::Emit(clean)) => bench.read(clean),
            Ok(Outcome::Skip(reason)) => refused(format!("skipped: {}", reason.as_str())),
            Err(Fault::Fatal(error)) => return Err(error),
            Err(Fault::Poison { code, what }) => refused(format!("{}: {what}", code.as_str())),
            Err(Fault::Retry { what, .. }) => refused(what),
        };
        attempted.elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(attempted)
    }
}

impl Bench {
    fn read(&self, clean: CleanStory) -> Attempted {
        let (events, notes) = self.extractor.explain(&clean);
        let notes = notes.into_iter();
        let notes = notes.map(|note| AttemptNote { sentence: note.sentence, what: note.what });
        Attempted {
            notes: notes.collect(),
            clean: Some(clean),
            events: Some(events),
            ..Attempted::default()
        }
    }
}

fn refused(why: String) -> Attempted {
    Attempted { refused: Some(why), ..Attempted::default() }
}

/// A pasted text as a story of its day.
fn pasted(text: &str, attempt: &Attempt) -> RawStory {
    let now = clock::now();
    let day = attempt.published.as_deref().unwrap_or_default();
    let published = Timestamp::parse(&format!("{day}T12:00:00Z"));
    RawStory {
        published_at: published.or(Some(now)),
        ..RawStory::new("console", "try", Format::Text, text, now)
    }
}

/// The records of each version side by side, the oldest version first.
fn versions(records: &[Received]) -> Vec<Version> {
    let mut found: BTreeMap<u64, Version> = BTreeMap::new();
    let mut of = |revision: u64, put: &dyn Fn(&mut Version)| {
        let fresh = Version { revision, ..Version::default() };
        put(found.entry(revision).or_insert(fresh));
    };
    for received in records {
        let value = received.record.value.as_deref().unwrap_or_default();
        match received.topic.as_str() {
            RawStory::TOPIC => {
                if let Ok(raw) = read::<RawStory>(value) {
                    of(raw.revision.0, &|version| {
                        version.raw_bytes = Some(raw.body.as_bytes().len() as u64);
                        version.raw = Some(shortened(raw.clone()));
                    });
                }
            }
            CleanStory::TOPIC => {
                if let Ok(clean) = read::<CleanStory>(value) {
                    of(clean.revision.0, &|version| version.clean = Some(clean.clone()));
                }
            }
            StoryEvents::TOPIC => {
                if let Ok(events) = read::<StoryEvents>(value) {
                    let revision = events.story.revision.0;
                    of(revision, &|version| version.events = Some(events.clone()));
                }
            }
            StoryRelations::TOPIC => {
                if let Ok(relations) = read::<StoryRelations>(value) {
                    let revision = relations.revision.0;
                    of(revision, &|version| version.relations = Some(relations.clone()));
                }
            }
            _ => {}
        }
    }
    let skipped = found.len().saturating_sub(MOST_VERSIONS);
    found.into_values().skip(skipped).collect()
}

/// The document, cut where it is too long for a page.
fn shortened(raw: RawStory) -> RawStory {
    let bytes = raw.body.as_bytes();
    if bytes.len() <= SHOWN_BYTES {
        return raw;
    }
    // Back to the beginning of a letter, so that text stays text.
    let mut end = SHOWN_BYTES;
    while end > 0 && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    let body = Payload::new(bytes.get(..end).unwrap_or_default());
    RawStory { body, ..raw }
}

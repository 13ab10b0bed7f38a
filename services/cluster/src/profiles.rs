//! The side job that learns which lines stand around a source's stories, so that the cleaner can
//! take them out: those at the heads and tails of many different stories.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dateline_record::{
    CleanStory, LineCount, ParagraphKind, ProfileState, SourceId, SourceProfile,
};
use dateline_runtime::{Fault, Fold, Folded};
use serde::{Deserialize, Serialize};

/// Paragraphs at the head of a story that are looked at.
const HEAD: usize = 3;
/// Paragraphs at its tail that are looked at.
const TAIL: usize = 6;
/// Lines that are counted for each source: what is frequent is found, and the memory is bounded
/// (the counters of Misra and Gries, "Finding repeated elements", 1982).
const MOST_LINES: usize = 128;
/// Stories whose other versions do not count again.
const MOST_RECENT: usize = 256;
/// From so many stories on all counts are halved, so that a line that is gone is forgotten.
const HALF_LIFE: u32 = 400;
/// The memory of a source is written after so many of its stories, or with a new profile.
const STORIES_A_MEMORY: u32 = 8;
/// Why the cleaner removed a line of the profile.
const LEARNED: &str = "learned";

/// The settings of the side job.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileConfig {
    /// A line is learned from so many different stories of the source.
    pub min_stories: u32,
    /// It must stand in this share of the source's stories, and stay in half of it.
    pub min_share: f64,
}

/// The side job.
pub struct Profiles {
    config: ProfileConfig,
    sources: BTreeMap<SourceId, Source>,
}

/// What is known of one source.
#[derive(Default)]
struct Source {
    stories: u32,
    lines: HashMap<u64, LineCount>,
    /// The oldest first.
    recent: Vec<u32>,
}

impl Fold for Profiles {
    const NAME: &'static str = "profiles";
    type In = CleanStory;
    type Out = SourceProfile;
    type Memory = ProfileState;
    type Config = ProfileConfig;

    fn new(config: ProfileConfig) -> anyhow::Result<Self> {
        let share = config.min_share;
        anyhow::ensure!(
            share > 0.0 && share <= 1.0,
            "min_share: {share} is not above 0 and up to 1"
        );
        Ok(Self { config, sources: BTreeMap::new() })
    }

    fn clear(&mut self) {
        self.sources.clear();
    }

    fn restore(&mut self, memory: ProfileState) {
        let lines = memory.lines.into_iter();
        let lines = lines.map(|line| (SourceProfile::line_key(&line.text), line)).collect();
        let source = Source { stories: memory.stories, lines, recent: memory.recent };
        self.sources.insert(memory.source_id, source);
    }

    fn handle(&mut self, story: CleanStory) -> Result<Folded<SourceProfile, ProfileState>, Fault> {
        let mut folded = Folded::default();
        let is_one = story.unchanged_since.is_none() && !story.is_advisory;
        if !is_one || story.status.recalls() || story.text.is_empty() {
            return Ok(folded);
        }
        let source = self.sources.entry(story.source_id.clone()).or_default();
        if !source.is_new(&story) {
            return Ok(folded);
        }
        source.count(&story);
        let is_changed = source.judge(&self.config);
        if is_changed {
            let furniture = source.lines.values().filter(|line| line.is_furniture);
            let furniture = furniture.map(|line| line.text.clone()).collect();
            let profile = SourceProfile::new(story.source_id.clone(), furniture, story.fetched_at);
            folded.outputs.push(profile);
        }
        if is_changed || source.stories.is_multiple_of(STORIES_A_MEMORY) {
            folded.memories.push(source.memory(&story));
        }
        Ok(folded)
    }
}

impl Source {
    /// Whether no version of a story has been looked at of late.
    fn is_new(&mut self, story: &CleanStory) -> bool {
        let key = SourceProfile::line_key(story.story_id.as_str());
        let key = u32::try_from(key & u64::from(u32::MAX)).unwrap_or_default();
        if self.recent.contains(&key) {
            return false;
        }
        if self.recent.len() >= MOST_RECENT {
            self.recent.remove(0);
        }
        self.recent.push(key);
        true
    }

    fn count(&mut self, story: &CleanStory) {
        let mut seen = BTreeSet::new();
        for text in lines(story) {
            let key = SourceProfile::line_key(text);
            if text.chars().count() > SourceProfile::LONGEST_LINE || !seen.insert(key) {
                continue;
            }
            if let Some(line) = self.lines.get_mut(&key) {
                line.stories += 1;
            } else if self.lines.len() < MOST_LINES {
                let line = LineCount { text: text.to_owned(), stories: 1, is_furniture: false };
                self.lines.insert(key, line);
            } else {
                self.fade(|stories| stories - 1);
            }
        }
        self.stories += 1;
        if self.stories >= HALF_LIFE {
            self.stories /= 2;
            self.fade(|stories| stories / 2);
        }
    }

    fn fade(&mut self, less: impl Fn(u32) -> u32) {
        self.lines.values_mut().for_each(|line| line.stories = less(line.stories));
        self.lines.retain(|_, line| line.stories > 0 || line.is_furniture);
    }

    /// Decides anew which lines are furniture; true where that has changed.
    fn judge(&mut self, config: &ProfileConfig) -> bool {
        let all = f64::from(self.stories);
        let mut is_changed = false;
        for line in self.lines.values_mut() {
            let share = f64::from(line.stories) / all;
            let is_furniture = if line.is_furniture {
                share >= config.min_share / 2.0
            } else {
                share >= config.min_share && line.stories >= config.min_stories
            };
            is_changed |= is_furniture != line.is_furniture;
            line.is_furniture = is_furniture;
        }
        is_changed
    }

    fn memory(&self, story: &CleanStory) -> ProfileState {
        let mut lines: Vec<LineCount> = self.lines.values().cloned().collect();
        lines.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        ProfileState {
            source_id: story.source_id.clone(),
            stories: self.stories,
            lines,
            recent: self.recent.clone(),
            updated_at: story.fetched_at,
        }
    }
}

/// The lines at head and tail of a story, and those that were taken out because they are known.
fn lines(story: &CleanStory) -> impl Iterator<Item = &str> {
    let count = story.paragraphs.len();
    let near_an_end = move |number: &usize| *number < HEAD || number + TAIL >= count;
    let paragraphs = story.paragraphs.iter().enumerate();
    let paragraphs = paragraphs.filter(move |(number, paragraph)| {
        near_an_end(number) && paragraph.kind != ParagraphKind::Heading
    });
    let texts = paragraphs.filter_map(|(_, each)| story.text.get(each.span.range()));
    let removed = story.removed.iter().filter(|removed| removed.reason == LEARNED);
    texts.chain(removed.map(|removed| removed.text.as_str()))
}

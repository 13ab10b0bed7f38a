//! Measures near-duplicates on Reuters-21578: recall over six kinds of editing, precision on natural
//! pairs. usage: `near_duplicates FOLDER [WORDS]` with its .sgm files; WORDS is the fewest of a story that is
//! edited
#![allow(clippy::print_stdout)]

#[path = "near_duplicates/edits.rs"]
mod edits;
#[path = "near_duplicates/truth.rs"]
mod truth;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    time::Instant,
};

use anyhow::{Context, Result};
use cleaner::Cleaner;
use cluster::Clusters;
use dateline_record::{CleanStory, Format, RawStory, RelationKind, Status, StoryId, Timestamp};
use dateline_runtime::{Fold, Outcome, Stage, config::Settings};

use edits::{EDITS, Random};

/// Stories that are edited, and the fewest words of one where no other number is given.
const STORIES: usize = 2_000;
const MIN_WORDS: u32 = 120;

fn main() -> Result<()> {
    let folder = env::args().nth(1).context("usage: near_duplicates FOLDER [WORDS]")?;
    let least = env::args().nth(2).map_or(Ok(MIN_WORDS), |words| words.parse())?;
    let settings = Settings::load(None, env::vars())?;
    let cleaner = Cleaner::new(settings.section(Cleaner::NAME)?)?;
    let stories = read(Path::new(&folder), &cleaner)?;
    // The stories of weeks stay in the index while the edited ones come; the gate is as it is.
    let config = cluster::Config { window_hours: 24 * 365, ..settings.section(Clusters::NAME)? };
    let mut clusters = Clusters::new(config)?;
    let start = Instant::now();
    let mut pairs = Vec::new();
    for story in &stories {
        for output in clusters.handle(story.clone()).map_err(|fault| words(&fault))?.outputs {
            let relations = output.relations.into_iter();
            let of_story = relations.filter(|_| output.story_id == story.story_id);
            pairs.extend(of_story.map(|relation| (story.story_id.clone(), relation)));
        }
    }
    let each = start.elapsed() / u32::try_from(stories.len().max(1))?;
    println!("{} stories in the index, {each:?} each", stories.len());
    recall(&stories, least, &cleaner, &mut clusters)?;
    precision(&stories, &pairs);
    Ok(())
}

fn words(fault: &dateline_runtime::Fault) -> anyhow::Error {
    anyhow::anyhow!("{fault:?}")
}

/// The clean stories of a folder that have a body, in the order of their times.
fn read(folder: &Path, cleaner: &Cleaner) -> Result<Vec<CleanStory>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sgm"));
    let mut stories = Vec::new();
    for path in paths {
        // Latin-1, so that every byte is a character.
        let text: String = fs::read(&path)?.into_iter().map(char::from).collect();
        for (number, element) in text.split("<REUTERS").skip(1).enumerate() {
            let name = format!("{}/{number}", path.display());
            let body = format!("<REUTERS{element}");
            let received = Timestamp::from_millis(0);
            let raw = RawStory::new("reuters", &name, Format::ReutersSgml, body, received);
            let Ok(Outcome::Emit(mut story)) = cleaner.handle(raw) else { continue };
            story.fetched_at = story.published_at.unwrap_or(received);
            if !story.text.is_empty() {
                stories.push(story);
            }
        }
    }
    stories.sort_by_key(|story| story.fetched_at);
    Ok(stories)
}

/// Prints how many edited stories are related to the one that they were made of.
fn recall(
    stories: &[CleanStory],
    least: u32,
    cleaner: &Cleaner,
    clusters: &mut Clusters,
) -> Result<()> {
    let long: Vec<&CleanStory> =
        stories.iter().filter(|story| story.word_count >= least).take(STORIES).collect();
    println!("\nrecall over {} stories of {least} words and more", long.len());
    let mut sum = 0.0;
    for (name, edit) in EDITS {
        let mut random = Random::new(name);
        let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
        for (index, story) in long.iter().enumerate() {
            let others = [1, 2].map(|step| long[(index + step * 7) % long.len()]);
            let edited = edit(story, others, &mut random);
            let kind = related(cleaner, clusters, (story, &edited))?;
            *kinds.entry(kind.map_or("none", RelationKind::as_str)).or_default() += 1;
        }
        let missed = kinds.get("none").copied().unwrap_or_default();
        let recall = 1.0 - f64::from(missed) / f64::from(u32::try_from(long.len())?);
        sum += recall;
        println!("  {recall:.3}  {name:<45} {kinds:?}");
    }
    println!("  {:.3}  mean", sum / f64::from(u32::try_from(EDITS.len())?));
    Ok(())
}

/// How a story that came an hour later is related to the one that it was made of.
fn related(
    cleaner: &Cleaner,
    clusters: &mut Clusters,
    (story, edited): (&CleanStory, &edits::Edited),
) -> Result<Option<RelationKind>> {
    let hour_later = Timestamp::from_millis(story.fetched_at.as_millis() + 3_600_000);
    let name = format!("edit of {}", story.story_id);
    let mut raw = RawStory::new("elsewhere", &name, Format::Text, edited.text.as_str(), hour_later);
    raw.title = Some(edited.title.clone());
    raw.published_at = Some(hour_later);
    let Outcome::Emit(clean) = cleaner.handle(raw).map_err(|fault| words(&fault))? else {
        return Ok(None);
    };
    let found = clusters.handle(clean.clone()).map_err(|fault| words(&fault))?;
    let own = found.outputs.iter().find(|output| output.story_id == clean.story_id);
    let relation = own.and_then(|output| {
        output.relations.iter().find(|relation| relation.story_id == story.story_id)
    });
    let kind = relation.map(|relation| relation.kind);
    // Taken back, so that the next one meets the same stories.
    clusters
        .handle(CleanStory { status: Status::Canceled, ..clean })
        .map_err(|fault| words(&fault))?;
    Ok(kind)
}

/// Prints how many of the natural pairs that were found tell the same.
fn precision(stories: &[CleanStory], pairs: &[(StoryId, dateline_record::Relation)]) {
    let by_id: BTreeMap<&StoryId, &CleanStory> =
        stories.iter().map(|story| (&story.story_id, story)).collect();
    let day = |story: &CleanStory| story.fetched_at.as_millis() / 86_400_000;
    let mut counts: BTreeMap<(&str, bool), (u32, u32)> = BTreeMap::new();
    let mut in_pairs = BTreeSet::new();
    println!("\nnatural pairs that tell different things:");
    for (id, relation) in pairs {
        let (one, other) = (by_id[id], by_id[&relation.story_id]);
        in_pairs.extend([id, &relation.story_id]);
        let is_true = truth::same_event(one, other);
        let length = if one.word_count.min(other.word_count) < 100 { "short" } else { "long" };
        let count = counts.entry((length, day(one) == day(other))).or_default();
        count.0 += 1;
        count.1 += u32::from(is_true);
        if !is_true {
            let (kind, similarity) = (relation.kind, relation.similarity);
            println!("  {kind} {similarity:.2} {length}: {} | {}", one.title, other.title);
        }
    }
    for ((length, same_day), (found, right)) in counts {
        let precision = f64::from(right) / f64::from(found);
        let day = if same_day { "of one day" } else { "of different days" };
        println!("  {precision:.3}  {length} pairs {day}: {right} of {found}");
    }
    println!("  {} stories are in pairs", in_pairs.len());
}

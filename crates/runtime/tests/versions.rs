//! A stage that remembers the last version of each story: what it marks, across restarts, and what
//! it forgets.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use common::{all, clean, output, produce, raw, settings};
use dateline_record::{CleanState, CleanStory, RawStory, Record, Revision, Timestamp, read};
use dateline_runtime::{Fault, MemoryBound, Outcome, Process, Stage, logging::LogLevel};

/// Copies, and remembers two stories for ten seconds.
struct Copier;

impl Stage for Copier {
    const NAME: &'static str = "cleaner";
    type In = RawStory;
    type Out = CleanStory;
    type Config = BTreeMap<String, toml::Value>;

    fn new(_: Self::Config) -> anyhow::Result<Self> {
        Ok(Self)
    }

    fn handle(&self, record: RawStory) -> Result<Outcome<CleanStory>, Fault> {
        Ok(Outcome::Emit(clean(&record)))
    }

    fn memory(&self) -> Option<MemoryBound> {
        Some(MemoryBound { window: Duration::from_secs(10), stories: 2 })
    }

    fn compare(&self, story: &mut CleanStory, earlier: Option<&CleanState>) -> Option<CleanState> {
        CleanState::after(earlier, story)
    }
}

/// Versions of stories: name, revision, text, seconds.
type Version<'a> = (&'a str, u64, &'a str, i64);

/// Writes versions, lets the stage read them, and gives of each story emitted so far its revision
/// and since when it is unchanged, in the order of the story's versions.
fn run(
    folder: &std::path::Path,
    versions: &[Version<'_>],
) -> BTreeMap<String, Vec<(u64, Option<u64>)>> {
    let mut process = Process::new(settings(folder)).unwrap();
    let mut names = BTreeMap::new();
    let records = versions.iter().map(|(name, revision, text, seconds)| {
        let mut story = raw(name, text);
        story.revision = Revision(*revision);
        story.fetched_at = Timestamp::from_millis(seconds * 1_000);
        names.insert(story.story_id.to_string(), (*name).to_owned());
        output(&story)
    });
    let records = records.collect();
    produce(&process, records);
    process.stage::<Copier>().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let done = |process: &Process| {
        assert!(Instant::now() < deadline, "not done in time");
        if process.behind()? > 0 {
            return Ok(false);
        }
        for received in all(process, CleanStory::TOPIC) {
            let story: CleanStory = read(received.record.value.as_ref().unwrap()).unwrap();
            if let Some(name) = names.get(story.story_id.as_str()) {
                let since = story.unchanged_since.map(|since| since.0);
                found.entry(name.clone()).or_default().push((story.revision.0, since));
            }
        }
        Ok(true)
    };
    process.run(LogLevel::fixed(), done).unwrap();
    found
}

#[test]
fn a_version_that_says_the_same_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    // All in one batch: the stage takes them one after the other.
    let versions =
        [("a", 1, "x", 1), ("a", 2, "x", 2), ("a", 3, "y", 3), ("a", 4, "x", 4), ("b", 1, "x", 4)];
    let found = run(folder.path(), &versions);
    assert_eq!(found["a"], [(1, None), (2, Some(1)), (3, None), (4, None)]);
    assert_eq!(found["b"], [(1, None)]);
    // After a restart: unchanged twice, a repetition, one that is late, and unchanged again.
    let versions =
        [("a", 5, "x", 5), ("a", 6, "x", 6), ("a", 6, "x", 6), ("a", 2, "z", 7), ("a", 7, "x", 7)];
    let found = run(folder.path(), &versions);
    assert_eq!(found["a"][4..], [(5, Some(4)), (6, Some(4)), (6, None), (2, None), (7, Some(6))]);
}

#[test]
fn old_versions_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    // The third story drives the first out, for there is room for two.
    run(folder.path(), &[("a", 1, "x", 1)]);
    run(folder.path(), &[("b", 1, "x", 2)]);
    run(folder.path(), &[("c", 1, "x", 3)]);
    let found = run(folder.path(), &[("a", 2, "x", 4), ("c", 2, "x", 4)]);
    assert_eq!((found["a"][1], found["c"][1]), ((2, None), (2, Some(1))));
    // And after ten seconds all are too old.
    run(folder.path(), &[("d", 1, "x", 30)]);
    let found = run(folder.path(), &[("c", 3, "x", 31), ("d", 2, "x", 31)]);
    assert_eq!((found["c"][2], found["d"][1]), ((3, None), (2, Some(1))));
}

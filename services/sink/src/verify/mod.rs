//! Whether a warehouse says what the topics say: both come to a digest of each story, compared by
//! the day.

mod digest;
mod expected;
mod log;

use std::collections::BTreeMap;

use dateline_bus::{Bus, Positions, Start};

pub(crate) use digest::{Digest, Part, WHOLES, Whole, row_hash};
pub(crate) use log::LogReader;

use crate::{Config, Target, replay, targets};

/// Stories that are named as examples of a difference.
const EXAMPLES: usize = 5;

/// What stands in a target at one moment: for each of [`WHOLES`] the digest of each story.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) next: Positions,
    pub(crate) stories: [BTreeMap<String, Digest>; WHOLES.len()],
}

/// A target that can be read back.
pub(crate) trait Readable: Target {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot>;
}

/// What stands on a day, and what must.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Day {
    /// Stories in the topic, and their rows with those of what belongs to them.
    pub expected: Count,
    /// The same in the target.
    pub found: Count,
    /// Stories that differ; not more than a few.
    pub examples: Vec<String>,
}

/// What is counted of a day.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Count {
    /// Stories.
    pub stories: u64,
    /// Rows of all tables.
    pub rows: u64,
    /// Sum of the hashes of the rows.
    pub hash: u64,
}

impl Count {
    fn add(&mut self, digest: &Digest) {
        self.stories += 1;
        self.rows += digest.rows;
        self.hash = self.hash.wrapping_add(digest.hash);
    }
}

/// The outcome of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// By the name of the table and the day.
    pub days: BTreeMap<(&'static str, String), Day>,
    /// Stories of the target that are older than the topic.
    pub beyond_topic: u64,
    /// Records that were met in the topics and that the target has not taken yet.
    pub behind: u64,
    /// Records that the target cannot hold: they were dead-lettered.
    pub unfit: u64,
}

impl Verdict {
    /// Whether the target says what the topic says.
    pub fn is_right(&self) -> bool {
        self.days.values().all(|day| day.expected == day.found)
    }
}

/// Compares a target with the topics, up to where the target stands.
pub fn verify(config: &Config, bus: &dyn Bus) -> anyhow::Result<Verdict> {
    let mut target = targets::readable(config)?;
    let snapshot = target.snapshot()?;
    let mut expected = expected::Expected::default();
    let mut verdict = Verdict::default();
    let is_whole = replay::each(bus, Start::Earliest, Some(&snapshot.next), |record| {
        let next = snapshot.next.get(&record.place).copied().unwrap_or(0);
        if record.offset >= next {
            verdict.behind += 1;
        } else if target.unfit(&record.record).is_some() {
            verdict.unfit += 1;
        } else {
            expected.take(&record);
        }
        Ok(())
    })?;
    compare(&mut verdict, &expected.stories, &snapshot.stories, is_whole);
    Ok(verdict)
}

fn compare(
    verdict: &mut Verdict,
    expected: &[BTreeMap<String, Digest>; WHOLES.len()],
    found: &[BTreeMap<String, Digest>; WHOLES.len()],
    is_whole: bool,
) {
    for (number, whole) in WHOLES.iter().enumerate() {
        let (expected, found) = (&expected[number], &found[number]);
        for (id, digest) in expected {
            let day = verdict.days.entry((whole.table.name, digest.day.clone())).or_default();
            day.expected.add(digest);
            if found.get(id) != Some(digest) && day.examples.len() < EXAMPLES {
                day.examples.push(id.clone());
            }
        }
        for (id, digest) in found {
            // What the topic's retention has taken away cannot be judged.
            if !is_whole && !expected.contains_key(id) {
                verdict.beyond_topic += 1;
                continue;
            }
            let day = verdict.days.entry((whole.table.name, digest.day.clone())).or_default();
            day.found.add(digest);
            if !expected.contains_key(id) && day.examples.len() < EXAMPLES {
                day.examples.push(id.clone());
            }
        }
    }
}

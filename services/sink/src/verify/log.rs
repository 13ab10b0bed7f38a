//! The digests of what logs say: of each story the rows of its newest version.

use std::collections::HashMap;

use dateline_bus::Positions;

use super::{Part, Snapshot, WHOLES, row_hash};
use crate::model::{Kind, STORIES};

/// Takes the rows of logs: those of a whole before those of its parts.
pub(crate) struct LogReader {
    snapshot: Snapshot,
    /// Revision and offset of each story's newest version.
    newest: [HashMap<String, (u64, u64)>; WHOLES.len()],
}

impl LogReader {
    pub(crate) fn new(next: Positions) -> Self {
        Self { snapshot: Snapshot { next, ..Snapshot::default() }, newest: Default::default() }
    }

    /// Takes a row of a part of the whole with that number; `word` says what stands in a column.
    pub(crate) fn take(
        &mut self,
        number: usize,
        part: Part,
        word: impl Fn(&str, Kind) -> Option<String>,
    ) {
        let count = |name| word(name, Kind::Int).and_then(|word| word.parse().ok()).unwrap_or(0);
        let order: (u64, u64) = (count("revision"), count("log_offset"));
        let id = word("story_id", Kind::Text).unwrap_or_default();
        let (newest, stories) = (&mut self.newest[number], &mut self.snapshot.stories[number]);
        if part.outlives {
            if newest.get(&id) != Some(&order) {
                return;
            }
        } else {
            if newest.get(&id).is_some_and(|stands| *stands >= order) {
                return;
            }
            newest.insert(id.clone(), order);
            stories.remove(&id);
        }
        let digest = stories.entry(id).or_default();
        if !part.outlives {
            let time = word(WHOLES[number].day, Kind::Time).unwrap_or_default();
            time.get(..10).unwrap_or_default().clone_into(&mut digest.day);
        }
        let words: Vec<Option<String>> =
            part.columns().iter().map(|column| word(column.name, column.kind)).collect();
        digest.add(row_hash(part.table.name, words.iter().map(Option::as_deref)));
    }

    pub(crate) fn finish(self) -> Snapshot {
        debug_assert_eq!(WHOLES[0].table.name, STORIES.name);
        self.snapshot
    }
}

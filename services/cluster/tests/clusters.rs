//! What the stage says of stories that come one after the other.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use cluster::{Clusters, Config};
use dateline_record::{
    CleanStory, ClusterState, ContentHash, RelationKind, Revision, Signal, Signature, Status,
    StoryId, StoryRelations, Timestamp, Values, read,
};
use dateline_runtime::{Fold, defaults};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

/// A text of some of the runs of words that there are: each value of the sketch is that of the run
/// which comes first in its order, as a `MinHash` has it.
fn signature(runs: std::ops::Range<u64>) -> Signature {
    let order = |run: u64, value: u64| (run + 1).wrapping_mul(2 * value + 0x9e37_79b9_7f4a_7c15);
    let mixed = |run: u64, value: u64| {
        let hash = order(run, value) ^ (order(run, value) >> 29);
        hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 8
    };
    let least = |value: u64| runs.clone().min_by_key(|run| mixed(*run, value)).unwrap();
    let count = u32::try_from(runs.end - runs.start).unwrap();
    Signature {
        exact: ContentHash::of(format!("{runs:?}").as_bytes()),
        tokens: count + 2,
        shingles: count,
        numbers: Values::default(),
        sketch: Values((0..126).map(|value| u16::try_from(least(value)).unwrap()).collect()),
    }
}

fn story(name: &str, revision: u64, hour: i64, runs: std::ops::Range<u64>) -> CleanStory {
    let at = Timestamp::from_millis(hour * HOUR);
    let json = serde_json::json!({
        "story_id": StoryId::derive("test", name),
        "revision": revision,
        "status": "usable",
        "signal": "new",
        "source_id": "test",
        "provider": format!("{name}.example"),
        "title": name,
        "published_at": at,
        "fetched_at": at,
        "language": {"code": "en", "confidence": "high"},
        "text": "",
        "paragraphs": [],
        "word_count": 0,
        "content_hash": ContentHash::of(format!("{runs:?}").as_bytes()),
        "signature": signature(runs),
        "access": "open",
        "profile": "test",
    });
    read(json.to_string().as_bytes()).unwrap()
}

fn killed(name: &str, revision: u64, hour: i64) -> CleanStory {
    let story = story(name, revision, hour, 0..1);
    CleanStory { status: Status::Canceled, signal: Signal::Kill, signature: None, ..story }
}

/// The stage with what consumers and the state topic know.
struct Bench {
    stage: Clusters,
    config: Config,
    known: BTreeMap<StoryId, StoryRelations>,
    memory: BTreeMap<String, ClusterState>,
}

impl Bench {
    fn new() -> Self {
        let config: Config = defaults(Clusters::NAME).unwrap();
        let stage = Clusters::new(config.clone()).unwrap();
        Self { stage, config, known: BTreeMap::new(), memory: BTreeMap::new() }
    }

    /// Handles a story; returns how many records went out.
    fn take(&mut self, story: CleanStory) -> usize {
        let found = self.stage.handle(story).unwrap();
        for key in found.forgotten {
            self.memory.remove(&key);
        }
        for memory in found.memories {
            let json = serde_json::to_string(&memory).unwrap();
            self.memory
                .insert(memory.last.story_id.to_string(), serde_json::from_str(&json).unwrap());
        }
        let count = found.outputs.len();
        for output in found.outputs {
            let before = self.known.insert(output.story_id.clone(), output.clone());
            assert!(before.is_none_or(
                |before| before.edition < output.edition || before.revision < output.revision
            ));
        }
        count
    }

    /// Starts anew with what is remembered, in an order of its own.
    fn restart(&mut self) {
        self.stage = Clusters::new(self.config.clone()).unwrap();
        for memory in self.memory.values().rev() {
            self.stage.restore(memory.clone());
        }
    }

    /// What consumers know: name of the cluster's head, then `kind name` of each relation.
    fn of(&self, name: &str) -> String {
        let names: BTreeMap<StoryId, &str> =
            ["a", "b", "c", "d", "e"].map(|name| (StoryId::derive("test", name), name)).into();
        let known = &self.known[&StoryId::derive("test", name)];
        let head = known.cluster_id.as_ref().map_or("-", |id| names[id]);
        let relations = known
            .relations
            .iter()
            .map(|relation| format!(" {} {}", relation.kind, names[&relation.story_id]));
        std::iter::once(head.to_owned()).chain(relations).collect()
    }

    fn check(&self, expected: &[(&str, &str)]) {
        for (name, relations) in expected {
            assert_eq!(self.of(name), *relations, "{name}");
        }
    }
}

#[test]
fn kinds_of_relations() {
    let mut bench = Bench::new();
    bench.take(story("a", 1, 0, 0..300));
    bench.take(story("b", 1, 1, 0..300));
    bench.take(story("c", 1, 2, 60..360));
    bench.take(story("d", 1, 3, 0..1_200));
    bench.take(story("e", 1, 4, 5_000..5_300));
    bench.check(&[
        ("a", "a"),
        ("b", "a exact a"),
        ("c", "a republished a republished b"),
        ("e", "e"),
    ]);
    let of_d = bench.of("d");
    assert!(of_d.starts_with("d derived"), "a digest is in no cluster of its parts: {of_d}");
    let mut later = story("e", 1, 5, 5_030..5_330);
    (later.story_id, later.title) = (StoryId::derive("test", "d"), "UPDATE 1-e".to_owned());
    later.revision = Revision(2);
    bench.take(later);
    bench.check(&[("d", "d revision e"), ("e", "d")]);
}

#[test]
fn what_is_far_apart_short_or_a_note_is_not_compared() {
    let mut bench = Bench::new();
    bench.take(story("a", 1, 0, 0..300));
    bench.take(story("b", 1, 73, 0..300));
    bench.take(story("c", 1, 74, 0..7));
    bench.take(story("d", 1, 74, 0..7));
    let note = CleanStory { is_advisory: true, ..story("e", 1, 75, 0..300) };
    bench.take(note);
    bench.check(&[("a", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("e", "e")]);
}

#[test]
fn an_earlier_story_that_comes_late_becomes_the_head_and_joins_two_clusters() {
    let mut bench = Bench::new();
    bench.take(story("a", 1, 10, 0..300));
    bench.take(story("b", 1, 11, 320..620));
    bench.check(&[("a", "a"), ("b", "b")]);
    let records = bench.take(story("c", 1, 9, 150..470));
    assert_eq!(records, 3, "the two others are told of their new head");
    bench.check(&[("a", "c"), ("b", "c")]);
    assert_eq!(bench.of("c").len(), "c republished a republished b".len());
    // Taken back, it leaves the two others as they were.
    assert_eq!(bench.take(killed("c", 2, 12)), 3);
    bench.check(&[("a", "a"), ("b", "b"), ("c", "-")]);
    assert_eq!(bench.take(story("c", 1, 13, 150..470)), 0, "an older version comes late");
}

#[test]
fn a_kill_takes_the_relations_to_a_story_back() {
    let mut bench = Bench::new();
    bench.take(story("a", 1, 0, 0..300));
    bench.take(story("b", 1, 1, 0..300));
    bench.take(story("c", 1, 2, 0..300));
    bench.take(killed("a", 2, 3));
    bench.check(&[("a", "-"), ("b", "b"), ("c", "b exact b")]);
    let withheld = CleanStory { status: Status::Withheld, ..killed("b", 2, 4) };
    bench.take(withheld);
    bench.check(&[("b", "-"), ("c", "c")]);
    bench.take(story("b", 3, 5, 0..300));
    bench.check(&[("b", "b exact c"), ("c", "b")]);
}

#[test]
fn a_new_version_replaces_relations_and_those_of_others_to_it() {
    let mut bench = Bench::new();
    bench.take(story("a", 1, 0, 0..300));
    bench.take(story("b", 1, 1, 0..300));
    bench.take(story("a", 2, 2, 30..330));
    bench.check(&[("a", "a republished b"), ("b", "a republished a")]);
    bench.take(story("a", 3, 3, 7_000..7_300));
    bench.check(&[("a", "a"), ("b", "b")]);
}

#[test]
fn a_version_that_says_the_same_says_so() {
    let mut bench = Bench::new();
    bench.take(story("a", 1, 0, 0..300));
    bench.take(story("b", 1, 1, 0..300));
    assert_eq!(bench.take(story("b", 2, 2, 0..300)), 1);
    let unchanged = |bench: &Bench| {
        let known = &bench.known[&StoryId::derive("test", "b")];
        (known.revision.0, known.unchanged_since.map(|revision| revision.0))
    };
    assert_eq!(unchanged(&bench), (2, Some(1)));
    bench.check(&[("b", "a exact a")]);
    bench.restart();
    bench.take(story("b", 3, 3, 0..300));
    assert_eq!(unchanged(&bench), (3, Some(1)));
    bench.take(story("b", 4, 4, 10..310));
    assert_eq!(unchanged(&bench), (4, None));
}

#[test]
fn a_cluster_outlives_its_head() {
    let mut bench = Bench::new();
    bench.config.window_hours = 48;
    bench.restart();
    bench.take(story("a", 1, 0, 0..300));
    bench.take(story("b", 1, 40, 0..300));
    bench.take(story("c", 1, 60, 0..300));
    assert!(!bench.memory.contains_key(StoryId::derive("test", "a").as_str()), "out of the window");
    bench.check(&[("b", "a exact a"), ("c", "a exact b")]);
    bench.take(story("d", 1, 61, 0..300));
    bench.take(killed("c", 2, 62));
    bench.check(&[("b", "a exact a"), ("d", "a exact b")]);
    bench.config.max_stories = 2;
    bench.restart();
    bench.take(story("e", 1, 63, 0..300));
    assert!(bench.memory.len() <= 3, "no more than so many and the new one");
}

proptest! {
    /// Restarts anywhere change nothing of what consumers know in the end.
    #[test]
    fn a_restart_changes_nothing(
        steps in prop::collection::vec((0..5_usize, 0..6_u64, any::<bool>(), any::<bool>()), 1..25),
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let (mut calm, mut restless) = (Bench::new(), Bench::new());
        for (hour, (name, text, is_kill, restarts)) in (0_i64..).zip(steps) {
            let (name, revision) = (names[name], u64::try_from(hour).unwrap());
            let next = || {
                if is_kill && text == 0 {
                    return killed(name, revision, hour);
                }
                story(name, revision, hour, text * 70..text * 70 + 300)
            };
            calm.take(next());
            if restarts {
                restless.restart();
            }
            restless.take(next());
            prop_assert_eq!(&calm.known, &restless.known);
            // Whoever is in a cluster is in that of its earliest story.
            for known in calm.known.values() {
                let Some(head) = &known.cluster_id else { continue };
                prop_assert_eq!(calm.known[head].cluster_id.as_ref(), Some(head));
                for relation in &known.relations {
                    let other = &calm.known[&relation.story_id];
                    prop_assert!(other.cluster_id.is_some(), "a relation to what was taken back");
                    let joins = relation.kind != RelationKind::Derived;
                    prop_assert_eq!(joins, joins && other.cluster_id == known.cluster_id);
                }
            }
        }
    }
}

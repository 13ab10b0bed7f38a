//! A stage that remembers: what it remembers survives, and a record that it cannot handle harms
//! no other.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::{collections::BTreeMap, process::ExitCode};

use common::{all, clean, output, produce, raw, relations, settings};
use dateline_bus::Topic;
use dateline_record::{
    CleanStory, ClusterState, ContentHash, DeadLetter, Record, StoryRelations, read,
};
use dateline_runtime::{Fault, Fold, Folded, Process, logging::LogLevel};
use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize, Serialize)]
struct AnyConfig {}

/// Counts the stories of each provider over all partitions; the count is the edition.
struct Count(BTreeMap<String, u64>);

impl Fold for Count {
    const NAME: &'static str = "count";
    type In = CleanStory;
    type Out = StoryRelations;
    type Memory = ClusterState;
    type Config = AnyConfig;

    fn new(_: AnyConfig) -> anyhow::Result<Self> {
        Ok(Self(BTreeMap::new()))
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn restore(&mut self, memory: ClusterState) {
        let count = self.0.entry(memory.provider).or_default();
        *count = memory.last.edition.max(*count);
    }

    fn handle(&mut self, story: CleanStory) -> Result<Folded<StoryRelations, ClusterState>, Fault> {
        let count = self.0.entry(story.provider.clone()).or_default();
        *count += 1;
        assert_ne!(story.title, "panic", "this one cannot be handled");
        let last = StoryRelations { edition: *count, ..relations(&story.title) };
        let memory = ClusterState {
            last: last.clone(),
            provider: story.provider,
            at: story.fetched_at,
            fetched_at: story.fetched_at,
            cluster_at: None,
            content_hash: story.content_hash.clone(),
            headline: ContentHash::of(b""),
            is_marked: false,
            signature: None,
        };
        Ok(Folded { outputs: vec![last], memories: vec![memory], forgotten: Vec::new() })
    }
}

fn story(name: &str) -> CleanStory {
    clean(&raw(name, name))
}

/// Runs until all is handled.
fn run(process: Process) {
    let bus = std::sync::Arc::clone(&process.engine().bus);
    let topic = [Topic::new(CleanStory::TOPIC)];
    let exit = process.run(LogLevel::fixed(), |_| {
        let lags = bus.lag("dateline-count", &topic)?;
        Ok(lags.iter().all(|lag| lag.behind == 0))
    });
    assert_eq!(format!("{:?}", exit.unwrap()), format!("{:?}", ExitCode::SUCCESS));
}

fn editions(process: &Process) -> Vec<u64> {
    let records = all(process, StoryRelations::TOPIC);
    let read = records.iter().map(|received| {
        read::<StoryRelations>(received.record.value.as_ref().unwrap()).unwrap().edition
    });
    let mut editions: Vec<u64> = read.collect();
    editions.sort_unstable();
    editions
}

#[test]
fn the_memory_goes_on_where_it_was_and_a_panic_leaves_no_trace_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..20).map(|number| format!("story {number}")).collect();
    for round in 0..2_u64 {
        let mut process = Process::new(settings(folder.path())).unwrap();
        let names = names.iter().map(|name| format!("{name} of {round}"));
        let mut outputs: Vec<_> = names.map(|name| output(&story(&name))).collect();
        outputs.insert(7, output(&story("panic")));
        produce(&process, outputs);
        process.fold::<Count>().unwrap();
        run(process);
        let process = Process::new(settings(folder.path())).unwrap();
        assert_eq!(editions(&process), (1..=20 * (round + 1)).collect::<Vec<_>>());
        let dead = all(&process, DeadLetter::TOPIC);
        assert_eq!(dead.len() as u64, round + 1);
        let value = dead[0].record.value.as_ref().unwrap();
        assert_eq!(read::<DeadLetter>(value).unwrap().code.as_str(), "panic");
    }
}

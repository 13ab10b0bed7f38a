//! The sink as a service, on a bus of its own.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use dateline_bus::{Batch, Start, Unit, WorkerOptions};
use dateline_record::{Revision, Signal, Status, StoryEvents};
use dateline_runtime::{Process, Sink, TraceContext, config::Settings, logging::LogLevel, wrap};
use sink::{Config, Verdict, Warehouse};

use super::{
    stream::{place, rows, version},
    target::{Target, open, settings},
};

pub(crate) fn service(target: &Target, folder: &Path) -> Settings {
    let mut settings = settings(target);
    settings.set(&["bus", "data_dir"], folder.join("bus").display().to_string()).unwrap();
    settings.set(&["bus", "partitions"], 2).unwrap();
    settings.set(&["admin", "listen"], "").unwrap();
    settings
}

/// Puts records on the topic.
pub(crate) fn produce(settings: &Settings, records: &[StoryEvents]) {
    let process = Process::new(settings.clone()).unwrap();
    let options = WorkerOptions {
        group: "test".to_owned(),
        instance: "test".to_owned(),
        inputs: Vec::new(),
        state: None,
        start: Start::Earliest,
    };
    let mut worker = process.engine().bus.worker(options).unwrap();
    let wrapped = |record| wrap(record, "test", TraceContext::root()).unwrap();
    let outputs = records.iter().map(wrapped).collect();
    worker.commit(Batch::default(), Unit { outputs, state: Vec::new() }).unwrap();
    worker.close().unwrap();
}

/// Runs the service until all is in the target.
pub(crate) fn run(settings: &Settings) {
    let mut process = Process::new(settings.clone()).unwrap();
    process.sink::<Warehouse>().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let done = |process: &Process| {
        assert!(Instant::now() < deadline, "not done in time");
        Ok(process.behind()? == 0)
    };
    process.run(LogLevel::fixed(), done).unwrap();
}

/// Compares a target with the topics.
pub(crate) fn verify(settings: &Settings) -> Verdict {
    verify_target(settings, None)
}

/// The same for one of several.
pub(crate) fn verify_target(settings: &Settings, target: Option<&str>) -> Verdict {
    let process = Process::new(settings.clone()).unwrap();
    let config: Config = settings.section("sink").unwrap();
    sink::verify(&config.of(target).unwrap(), &*process.engine().bus).unwrap()
}

/// Lets a service end, whatever becomes of the test.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A service runs; how long after a correction and after a kill are on the topic another reader finds them in the
/// target.
pub(crate) fn seen_after(target: &Target, folder: &Path) -> [Duration; 2] {
    let settings = service(target, folder);
    // Makes the tables.
    open(target).position(&place()).unwrap();
    let stop = AtomicBool::new(false);
    let mut story = (0..100).map(version).find(|result| !result.events.is_empty()).unwrap();
    let id = story.story.story_id.to_string();
    let mut next = |title: &str, status: Status| {
        story.story.revision = Revision(story.story.revision.0 + 1);
        (story.story.status, story.story.title) = (status, title.to_owned());
        if status == Status::Canceled {
            (story.story.signal, story.story.text) = (Signal::Kill, String::new());
            story.events.clear();
            story.mentions.clear();
        }
        story.clone()
    };
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            let mut process = Process::new(settings.clone()).unwrap();
            process.sink::<Warehouse>().unwrap();
            process.run(LogLevel::fixed(), |_| Ok(stop.load(Ordering::SeqCst))).unwrap();
        });
        let seen = |result: StoryEvents| {
            produce(&settings, std::slice::from_ref(&result));
            let (start, wanted) = (Instant::now(), rows(&result));
            while target.shelf().get(&id) != Some(&wanted) {
                assert!(start.elapsed() < Duration::from_mins(1), "{}: not seen", target.kind);
            }
            start.elapsed()
        };
        // The first waits until the service has begun.
        seen(next("first", Status::Usable));
        [seen(next("corrected", Status::Usable)), seen(next("-", Status::Canceled))]
    })
}

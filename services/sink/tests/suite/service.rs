//! The sink as a service, on a bus of its own.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use dateline_bus::{Batch, Start, Unit, WorkerOptions};
use dateline_record::StoryEvents;
use dateline_runtime::{Process, TraceContext, config::Settings, logging::LogLevel, wrap};
use sink::{Config, Verdict, Warehouse};

use super::target::{Target, settings};

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

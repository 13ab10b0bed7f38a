//! `dateline trace`: a story's records on every topic, in the order in which they were written, and
//! what became of each.

use std::{path::Path, process::ExitCode};

use bytes::Bytes;
use console::{Stop, StopReader as Reader};
use dateline_bus::{Go, PartitionLag, Received, Start, Topic, partition_for};
use dateline_record::{
    CleanStory, DeadLetter, RawStory, Record, StoryEvents, StoryRelations, Timestamp,
};
use dateline_runtime::clock;

use super::{Desk, STEPS, glance::Glance, moment, print_json, span};
use crate::{arguments::TraceOptions, eprintln, println};

/// The topics that carry stories under their ids.
const TOPICS: [&str; 5] = [
    RawStory::TOPIC,
    CleanStory::TOPIC,
    StoryRelations::TOPIC,
    StoryEvents::TOPIC,
    DeadLetter::TOPIC,
];

/// Prints the way of a story; 1 where there is no record of it.
pub(crate) fn trace(config: Option<&Path>, options: &TraceOptions) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(config, &options.bus)?;
    let since = options.since.as_deref().map(|text| moment(text, clock::now())).transpose()?;
    let (stops, _) = way(&desk, &options.story_id, since)?;
    if options.bus.json {
        stops.iter().try_for_each(print_json)?;
    } else {
        print(&stops);
    }
    if stops.is_empty() {
        eprintln(&format!(
            "no record of {}: is the id right (grep the fetcher's log for its URL), and is the story \
             younger than bus.retention_hours = {}?",
            options.story_id, desk.config.retention_hours
        ));
    }
    Ok(ExitCode::from(u8::from(stops.is_empty())))
}

/// The records of a story on all topics, each at a glance and as they are, in the order in which
/// they were written.
pub(crate) fn way(
    desk: &Desk,
    story_id: &str,
    since: Option<Timestamp>,
) -> anyhow::Result<(Vec<Stop>, Vec<Received>)> {
    let (mut stops, mut records) = (Vec::new(), Vec::new());
    for topic in TOPICS {
        let topic = Topic::new(topic);
        let found = records_on(desk, &topic, story_id, since)?;
        if let Some(first) = found.first() {
            let lags = lags(desk, &topic, first.partition)?;
            stops.extend(found.iter().map(|received| stop(received, &lags)));
        }
        records.extend(found);
    }
    stops.sort_by_key(|stop| (stop.written_at, stop.offset));
    Ok((stops, records))
}

/// The records of a story on one topic: all are on the partition of its id.
fn records_on(
    desk: &Desk,
    topic: &Topic,
    story_id: &str,
    since: Option<Timestamp>,
) -> anyhow::Result<Vec<Received>> {
    let start = since.map_or(Start::Earliest, |since| Start::Time(since.as_millis()));
    let mut from = desk.bus.starts(topic, start)?;
    let key = Bytes::copy_from_slice(story_id.as_bytes());
    let home = partition_for(Some(&key), u32::try_from(from.len()).unwrap_or(u32::MAX));
    from.retain(|place, _| place.1 == home);
    let mut found: Vec<Received> = Vec::new();
    desk.bus.scan(&from, &mut |received| {
        if received.record.key.as_ref() == Some(&key) {
            found.push(received);
        }
        Go::On
    })?;
    Ok(found)
}

type Lags = Vec<(&'static str, PartitionLag)>;

/// How far the readers of a topic are on one partition.
fn lags(desk: &Desk, topic: &Topic, partition: u32) -> anyhow::Result<Lags> {
    let mut lags = Vec::new();
    for step in STEPS.iter().filter(|step| step.input == topic.as_str()) {
        let all = desk.bus.lag(&step.group(), std::slice::from_ref(topic))?;
        let own = all.into_iter().find(|lag| lag.partition == partition);
        lags.extend(own.map(|lag| (step.stage, lag)));
    }
    Ok(lags)
}

fn stop(received: &Received, lags: &Lags) -> Stop {
    let glance = Glance::of(received);
    let reader = |(service, lag): &(&'static str, PartitionLag)| {
        let next = lag.committed.unwrap_or(0);
        let is_read = next > received.offset;
        let behind = (!is_read).then(|| received.offset - next);
        Reader { service, state: if is_read { "read" } else { "waiting" }, behind }
    };
    let source = received.record.header("ce_source").map(|source| String::from_utf8_lossy(source));
    let source = source.unwrap_or_default();
    Stop {
        written_at: glance.written_at,
        service: source.strip_prefix("/dateline/").unwrap_or(&source).to_owned(),
        topic: received.topic.to_string(),
        partition: received.partition,
        offset: received.offset,
        story_id: glance.key,
        source_id: glance.source_id,
        trace_id: glance.trace_id,
        facts: glance.facts,
        readers: lags.iter().map(reader).collect(),
    }
}

fn print(stops: &[Stop]) {
    let Some(first) = stops.first() else { return };
    println(&format!("story {}  source {}", first.story_id, first.source_id));
    let mut trace_id = "";
    let mut start = first.written_at.as_millis();
    for stop in stops {
        if stop.trace_id != trace_id {
            trace_id = &stop.trace_id;
            start = stop.written_at.as_millis();
            println(&format!("\ntrace {trace_id}  began {}", stop.written_at));
        }
        let passed = format!("+{}", span(stop.written_at.as_millis() - start));
        let Stop { service, topic, partition, offset, facts, .. } = stop;
        println(&format!("{passed:>10}  {service:<16}  {topic}  {partition}@{offset}  {facts}"));
        for reader in stop.readers.iter().filter(|reader| reader.state == "waiting") {
            let behind = reader.behind.unwrap_or(0);
            let service = reader.service;
            println(&format!("{:>10}  waits for {service}, {behind} offsets before it", ""));
        }
    }
    if let Some(verdict) = verdict(stops) {
        println(&format!("\n{verdict}"));
    }
}

/// How the newest version of the story has ended, as far as the topics tell.
fn verdict(stops: &[Stop]) -> Option<String> {
    let last_trace = &stops.last()?.trace_id;
    let own = || stops.iter().filter(|stop| stop.trace_id == *last_trace);
    let on = |topic: &str| own().find(|stop| stop.topic == topic);
    let is_read = |stop: &Stop| stop.readers.iter().all(|reader| reader.state == "read");
    if let Some(letter) = on(DeadLetter::TOPIC) {
        let (partition, offset) = (letter.partition, letter.offset);
        return Some(format!("dead-lettered: dateline dead show {partition}-{offset}"));
    }
    let last = own().next_back()?;
    if own().any(|stop| !is_read(stop)) {
        return Some("on its way".to_owned());
    }
    if on(StoryEvents::TOPIC).is_some() {
        return Some("in the warehouse".to_owned());
    }
    let readers: Vec<&str> = last.readers.iter().map(|reader| reader.service).collect();
    Some(format!(
        "ended without a record: skipped by {}; its log has the reason (grep the story id)",
        readers.first().copied().unwrap_or("the next stage")
    ))
}

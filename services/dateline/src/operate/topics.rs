//! `dateline topics`: the topics that there are beside those that there should be.

use std::{path::Path, process::ExitCode};

use dateline_bus::{Cleanup, Start, TopicSpec};
use serde::Serialize;

use super::{Desk, print_json, span, table};
use crate::{arguments::TopicsOptions, check::settings, eprintln, println};

/// A topic as it is and as it should be.
#[derive(Serialize)]
struct Row {
    topic: String,
    /// `ok`, `missing`, `differs`, or `foreign` where Dateline declares no such topic.
    state: &'static str,
    partitions: u32,
    cleanup: String,
    /// Offsets that are kept; an upper bound of the records.
    offsets: u64,
    /// What to do about it; empty where nothing is.
    fix: String,
}

/// Creates what is missing where that is asked for, and compares; 1 where something is wrong.
pub(crate) fn topics(config: Option<&Path>, options: &TopicsOptions) -> anyhow::Result<ExitCode> {
    if options.create {
        let mut settings = settings(config)?;
        if let Some(folder) = &options.bus.data_dir {
            settings.set(&["bus", "data_dir"], folder.display().to_string())?;
        }
        dateline_runtime::bus::open(&settings.section("bus")?)?;
    }
    let desk = Desk::open(config, &options.bus)?;
    let there = desk.bus.topics()?;
    let mut rows = Vec::new();
    for declared in desk.config.topics() {
        let found = there.iter().find(|spec| spec.topic == declared.topic);
        rows.push(compare(&desk, &declared, found)?);
    }
    let declared = desk.config.topics();
    for spec in there.iter().filter(|spec| !declared.iter().any(|known| known.topic == spec.topic))
    {
        rows.push(row(&desk, spec, "foreign", String::new())?);
    }
    let is_wrong = rows.iter().any(|row| !row.fix.is_empty());
    if options.bus.json {
        print_json(&rows)?;
    } else {
        print(&rows);
    }
    Ok(ExitCode::from(u8::from(is_wrong)))
}

fn compare(desk: &Desk, declared: &TopicSpec, found: Option<&TopicSpec>) -> anyhow::Result<Row> {
    let name = &declared.topic;
    let Some(found) = found else {
        return Ok(Row {
            topic: name.to_string(),
            state: "missing",
            partitions: declared.partitions,
            cleanup: words(declared.cleanup),
            offsets: 0,
            fix: "dateline topics --create".to_owned(),
        });
    };
    let is_compact = |spec: &TopicSpec| spec.cleanup == Cleanup::Compact;
    let fix = if found.partitions != declared.partitions {
        format!(
            "set bus.partitions to {}, the number that it has: keys would move",
            found.partitions
        )
    } else if is_compact(found) != is_compact(declared) {
        let wanted = if is_compact(declared) { "compact" } else { "delete" };
        format!("set its cleanup.policy to {wanted}: kafka-configs --alter --topic {name}")
    } else {
        String::new()
    };
    row(desk, found, if fix.is_empty() { "ok" } else { "differs" }, fix)
}

fn row(desk: &Desk, spec: &TopicSpec, state: &'static str, fix: String) -> anyhow::Result<Row> {
    let sum =
        |start| -> anyhow::Result<u64> { Ok(desk.bus.starts(&spec.topic, start)?.values().sum()) };
    Ok(Row {
        topic: spec.topic.to_string(),
        state,
        partitions: spec.partitions,
        cleanup: words(spec.cleanup),
        offsets: sum(Start::Latest)?.saturating_sub(sum(Start::Earliest)?),
        fix,
    })
}

fn words(cleanup: Cleanup) -> String {
    let Cleanup::Delete { age, bytes } = cleanup else {
        return "compact".to_owned();
    };
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    let age = if age == i64::MAX { "no age".to_owned() } else { span(age) };
    let size = match bytes {
        u64::MAX => "no size".to_owned(),
        bytes => format!("{} MB", bytes / 1_000_000),
    };
    format!("delete: {age}, {size}")
}

fn print(rows: &[Row]) {
    let head = ["topic", "state", "partitions", "old records", "offsets kept"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    cells.extend(rows.iter().map(|row| {
        let state = row.state.to_owned();
        let (partitions, offsets) = (row.partitions.to_string(), row.offsets.to_string());
        vec![row.topic.clone(), state, partitions, row.cleanup.clone(), offsets]
    }));
    println(&table(&cells));
    for row in rows.iter().filter(|row| !row.fix.is_empty()) {
        eprintln(&format!("{} {}: {}", row.topic, row.state, row.fix));
    }
}

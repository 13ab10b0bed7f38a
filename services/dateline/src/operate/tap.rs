//! `dateline tap`: the records of a topic as they come, one a line.

use std::{path::Path, process::ExitCode, time::Duration};

use dateline_bus::{Go, Limit, Received, Start};
use dateline_record::Timestamp;
use dateline_runtime::clock;
use regex::Regex;

use super::{
    Desk,
    glance::{Glance, whole},
    moment, print_json,
};
use crate::{
    arguments::{TapOptions, Unusable},
    println,
};

/// Prints what comes until the end is reached, enough is printed or the reader goes away.
pub(crate) fn tap(config: Option<&Path>, options: &TapOptions) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(config, &options.bus)?;
    let topic = desk.topic(&options.topic)?;
    let since = options.since.as_deref().map(|text| moment(text, clock::now())).transpose()?;
    let mut tap = Tap { options, grep: pattern(options)?, since, printed: 0 };
    let from = since.map_or(Start::Latest, |since| Start::Time(since.as_millis()));
    if options.until_end {
        let from = if since.is_none() { Start::Earliest } else { from };
        let mut failed = None;
        desk.bus.scan(&desk.bus.starts(&topic, from)?, &mut |received| {
            if failed.is_none() {
                failed = tap.take(&received).err();
            }
            if tap.is_full() || failed.is_some() { Go::Enough } else { Go::On }
        })?;
        return failed.map_or(Ok(ExitCode::SUCCESS), Err);
    }
    let mut reader = desk.bus.reader(&topic, from)?;
    while !tap.is_full() {
        for received in reader.next(Limit::default(), Duration::from_millis(500))? {
            tap.take(&received)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn pattern(options: &TapOptions) -> anyhow::Result<Option<Regex>> {
    let compiled = options.grep.as_deref().map(Regex::new).transpose();
    compiled.map_err(|error| Unusable(format!("--grep: {error}")).into())
}

/// What is printed of a topic.
struct Tap<'a> {
    options: &'a TapOptions,
    grep: Option<Regex>,
    since: Option<Timestamp>,
    printed: usize,
}

impl Tap<'_> {
    fn is_full(&self) -> bool {
        self.options.max.is_some_and(|max| self.printed >= max)
    }

    fn take(&mut self, received: &Received) -> anyhow::Result<()> {
        let is_early =
            self.since.is_some_and(|since| received.record.timestamp_ms < since.as_millis());
        if self.is_full() || is_early {
            return Ok(());
        }
        let glance = Glance::of(received);
        if self.options.source.as_ref().is_some_and(|source| *source != glance.source_id) {
            return Ok(());
        }
        let value = whole(received);
        if self.grep.as_ref().is_some_and(|grep| !grep.is_match(&value.to_string())) {
            return Ok(());
        }
        self.printed += 1;
        if self.options.bus.json {
            return print_json(&value);
        }
        let Glance { key, source_id, written_at, facts, .. } = glance;
        let (partition, offset) = (received.partition, received.offset);
        println(&format!("{written_at}  {partition}@{offset}  {key}  {source_id}  {facts}"));
        Ok(())
    }
}

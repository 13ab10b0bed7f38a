//! `dateline export`: records of events as the tables of older event data, for who has tools for those.

mod gdelt;
mod phoenix;

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use dateline_record::{Event, EventStatus, StoryEvents, StorySummary};

use crate::{
    arguments::{ExportForm, Unusable},
    eprintln, println,
    rows::lines,
};

/// Prints a row for each event that is so: those forms cannot say that one is planned or denied.
pub(crate) fn export(input: &str, form: ExportForm) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        input == "-" || Path::new(input).is_file(),
        Unusable(format!("{input}: give a file of records, one a line, or -"))
    );
    let mut left_out = 0;
    for line in lines(input)? {
        let (place, value) = line?;
        // Who keeps the records of all topics in one file has relations, too, which have no events.
        if value["events"].is_null() {
            continue;
        }
        let record: StoryEvents = serde_json::from_value(value).with_context(|| {
            format!("{place}: no record of events; make them with extract --jsonl")
        })?;
        for event in &record.events {
            if !is_so(event.status) {
                left_out += 1;
                continue;
            }
            println(&match form {
                ExportForm::Gdelt => gdelt::row(&record.story, event),
                ExportForm::Phoenix => phoenix::row(&record.story, event),
            });
        }
    }
    if left_out > 0 {
        eprintln(&format!("{left_out} events left out that are only planned, said or denied"));
    }
    Ok(ExitCode::SUCCESS)
}

fn is_so(status: EventStatus) -> bool {
    matches!(status, EventStatus::Actual | EventStatus::Ongoing | EventStatus::Historical)
}

/// The first day of an event, else that of publishing; eight digits in GDELT, ten characters here.
fn day(story: &StorySummary, event: &Event) -> String {
    let named = event.date.as_ref().map(|date| date.from.clone());
    let published = || story.published_at.map(|at| at.to_string().chars().take(10).collect());
    named.or_else(published).unwrap_or_default()
}

/// A code of CAMEO: country and sector together, `RUSGOV`.
fn actor_code(actor: &dateline_record::Actor) -> String {
    format!("{}{}", actor.code, actor.sector.as_deref().unwrap_or_default())
}

fn cameo(event: &Event) -> (String, String, String) {
    let code = event.cameo.clone().unwrap_or_default();
    let part = |length: usize| code.get(..length).unwrap_or(&code).to_owned();
    // The base code has three digits: that of a root is the root with a nought.
    let whole = if code.len() == 2 { format!("{code}0") } else { code.clone() };
    let base = whole.get(..3).unwrap_or(&whole).to_owned();
    (whole, base, part(2))
}

/// A cell without what would break the table.
fn cell(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

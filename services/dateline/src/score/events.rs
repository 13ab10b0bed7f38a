//! `dateline score events`: codes the texts of a gold file and says how many of its events were found.

mod sentences;
mod stories;

use std::{collections::HashMap, fs, path::Path, process::ExitCode};

use anyhow::Context;
use dateline_record::{Actor, Event, StoryEvents};
use serde_json::{Value, json};

use crate::{
    check::settings,
    println,
    rows::{Rows, lines},
};

/// Scores, and writes what was found where that is asked for.
pub(crate) fn events(
    config: Option<&Path>,
    gold: &Path,
    texts: Option<&Path>,
    predictions: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let rows = Rows::new(&settings(config)?)?;
    let apart = texts.map(by_id).transpose()?;
    let (mut pairs, mut written) = (Vec::new(), String::new());
    for line in lines(&gold.display().to_string())? {
        let (place, row) = line?;
        let text = match &apart {
            Some(texts) => texts
                .get(&row["id"].to_string())
                .with_context(|| format!("{place}: --texts has no row of this id"))?,
            None => &row,
        };
        let record = rows.extract(text).with_context(|| place)?;
        let is_story = row["events"].is_array();
        let found = record.map(|record| acts(&record, !is_story)).unwrap_or_default();
        written.push_str(&json!({"id": row["id"], "events": found}).to_string());
        written.push('\n');
        pairs.push((row, found));
    }
    if let Some(path) = predictions {
        fs::write(path, written).with_context(|| format!("--predictions: {}", path.display()))?;
    }
    let are_stories = pairs.iter().any(|(row, _)| row["events"].is_array());
    let words = if are_stories { stories::words(&pairs) } else { sentences::words(&pairs) };
    println(words.trim_end());
    Ok(ExitCode::SUCCESS)
}

fn by_id(path: &Path) -> anyhow::Result<HashMap<String, Value>> {
    let rows = lines(&path.display().to_string())?;
    rows.map(|line| line.map(|(_, row)| (row["id"].to_string(), row))).collect()
}

/// The acts of a record: the events of one act are one row with all its actors. Gold records of
/// sentences have both parties of a mutual act on one side.
fn acts(record: &StoryEvents, is_one_sided: bool) -> Vec<Value> {
    let mut acts: Vec<(&Event, Vec<Actor>, Vec<Actor>)> = Vec::new();
    for event in &record.events {
        let key = |event: &Event| (event.trigger_span, event.kind);
        let known = acts.iter().position(|(known, _, _)| key(known) == key(event));
        let at = known.unwrap_or(acts.len());
        if known.is_none() {
            acts.push((event, Vec::new(), Vec::new()));
        }
        let (_, sources, targets) = &mut acts[at];
        push(sources, &event.source.actor);
        if let Some(target) = &event.target {
            let is_left = is_one_sided && event.reciprocal;
            push(if is_left { sources } else { targets }, &target.actor);
        }
    }
    acts.iter().map(|(event, sources, targets)| row(event, sources, targets)).collect()
}

fn push(side: &mut Vec<Actor>, actor: &Actor) {
    if !side.contains(actor) {
        side.push(actor.clone());
    }
}

fn row(event: &Event, sources: &[Actor], targets: &[Actor]) -> Value {
    json!({
        "type": event.kind,
        "source": sources,
        "target": targets,
        "reciprocal": event.reciprocal,
        "status": event.status,
        "date": event.date.as_ref().map(|date| json!({"start": date.from, "end": date.to})),
        "place": event.place.as_ref()
            .map(|place| json!({"name": place.name, "country": place.country})),
        "rule": event.rule,
        "source_text": event.source.text,
        "target_text": event.target.as_ref().map(|target| target.text.clone()),
    })
}

/// CONCEDE, RETREAT and YIELD count as one; the names of 2016 as those of 2021.
fn kind(name: &str) -> &str {
    match name {
        "CONCEDE" | "RETREAT" => "YIELD",
        "DEMAND" => "REQUEST",
        "DISAPPROVE" | "INVESTIGATE" => "ACCUSE",
        "FIGHT" => "ASSAULT",
        name => name,
    }
}

/// Found and right, found, wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    right: usize,
    found: usize,
    wanted: usize,
}

impl Count {
    // Counts are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    fn line(self, label: &str) -> String {
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        format!(
            "{label}: precision {:.1}  recall {:.1}  f1 {:.1}  ({} wanted, {} found)\n",
            percent(self.right, self.found),
            percent(self.right, self.wanted),
            percent(2 * self.right, self.found + self.wanted),
            self.wanted,
            self.found
        )
    }
}

/// `part of of` as a share.
#[allow(clippy::cast_precision_loss)]
fn share(label: &str, part: usize, of: usize) -> String {
    format!("{label}: {:.1} % of {of}\n", 100.0 * part as f64 / of.max(1) as f64)
}

//! `dateline score pages`: cleans the pages of a gold file and says how much of it was found.

mod events;
mod measure;
mod names;

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use cleaner::Cleaner;
use dateline_record::{CleanStory, Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::{check::settings, println};
use measure::Measures;

pub(crate) use events::events;
pub(crate) use names::names;

/// Scores, and writes what was found where that is asked for.
pub(crate) fn pages(
    config: Option<&Path>,
    gold: &Path,
    predictions: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let cleaner = Cleaner::new(settings(config)?.section(Cleaner::NAME)?)?;
    let lines = BufReader::new(File::open(gold).with_context(|| gold.display().to_string())?);
    let mut out = predictions.map(File::create).transpose().context("--predictions")?;
    let mut out = out.as_mut().map(BufWriter::new);
    let folder = gold.parent().unwrap_or(Path::new("."));
    let mut measures = Measures::new()?;
    for (number, line) in (1..).zip(lines.lines()) {
        let place = || format!("{}:{number}", gold.display());
        let row: Value = serde_json::from_str(&line?).with_context(place)?;
        let answer = answer(&cleaner, folder, &row).with_context(place)?;
        measures.add(&row, &answer).with_context(place)?;
        if let Some(out) = &mut out {
            writeln!(out, "{answer}")?;
        }
    }
    if let Some(out) = &mut out {
        out.flush()?;
    }
    println(measures.words().trim_end());
    Ok(ExitCode::SUCCESS)
}

/// What is found on a page, as a line of the predictions.
fn answer(cleaner: &Cleaner, folder: &Path, row: &Value) -> anyhow::Result<Value> {
    let page = row["page"].as_str().context("page: missing; name the page's file")?;
    let url = row["url"].as_str().unwrap_or_default();
    let html = read(&folder.join(page)).with_context(|| format!("page: {page}"))?;
    // Nothing was fetched: a time that the page does not have must not come from the clock.
    let raw = RawStory::new("pages", url, Format::Html, html, Timestamp::from_millis(0));
    let url = Some(url.to_owned()).filter(|url| !url.is_empty());
    Ok(match cleaner.handle(RawStory { url, ..raw }) {
        Ok(Outcome::Emit(story)) => json!({
            "id": row["id"],
            "paragraphs": paragraphs(&story),
            "title": story.title,
            "authors": story.authors,
            "date": day(&story),
        }),
        Ok(Outcome::Skip(reason)) => json!({"id": row["id"], "why": reason.as_str()}),
        Err(fault) => json!({"id": row["id"], "why": format!("{fault:?}")}),
    })
}

fn paragraphs(story: &CleanStory) -> Vec<&str> {
    let text = |span: dateline_record::Span| story.text.get(span.range()).unwrap_or_default();
    story.paragraphs.iter().map(|paragraph| text(paragraph.span)).collect()
}

/// The day of publishing where the page was published: as written, where that is ISO 8601.
fn day(story: &CleanStory) -> Option<String> {
    let written = story.published_text.as_deref().and_then(|text| text.get(..10));
    let is_iso = |text: &&str| {
        let fits = |(at, c): (usize, char)| match at {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        };
        text.chars().enumerate().all(fits)
    };
    let written = written.filter(is_iso).map(str::to_owned);
    written.or_else(|| story.published_at.map(|at| at.to_string()))
}

/// A page, packed or not.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(&*bytes).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

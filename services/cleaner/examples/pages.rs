//! Cleans the pages that a gold file names and prints one line a page for the scorer.
#![allow(clippy::print_stdout)]

use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};
use cleaner::{Cleaner, Config};
use dateline_record::{CleanStory, Format, Paragraph, ParagraphKind, RawStory, Span, Timestamp};
use dateline_runtime::{Outcome, Stage};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let gold = env::args().nth(1).context("usage: pages GOLD.jsonl")?;
    let folder = Path::new(&gold).parent().context("the gold file has no folder")?;
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let stage = Cleaner::new(config)?;
    for line in BufReader::new(fs::File::open(&gold)?).lines() {
        let row: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let html = read(&folder.join(text("page")))?;
        let answer = match stage.handle(raw(&text("url"), html)) {
            Ok(Outcome::Emit(story)) => json!({
                "id": row["id"],
                "paragraphs": paragraphs(&story),
                "title": story.title,
                "authors": story.authors,
                "kinds": story.paragraphs.iter().map(|p| p.kind).collect::<Vec<_>>(),
                "removed": story.removed,
                "date": day(&story),
            }),
            other => json!({"id": row["id"], "why": format!("{other:?}")}),
        };
        println!("{answer}");
    }
    Ok(())
}

/// The paragraphs as the page has them: with the dateline before the one that it was taken from.
fn paragraphs(story: &CleanStory) -> Vec<String> {
    let text = |paragraph: &Paragraph| story.text[paragraph.span.range()].to_owned();
    let mut texts: Vec<String> = story.paragraphs.iter().map(text).collect();
    let follows = |paragraph: &Paragraph, span: Span| {
        paragraph.source_span.is_some_and(|source| source.start >= span.end)
    };
    if let Some(dateline) = &story.dateline {
        let at = match dateline.span {
            Some(span) => story.paragraphs.iter().position(|paragraph| follows(paragraph, span)),
            None => story.paragraphs.iter().position(|p| p.kind == ParagraphKind::Text),
        };
        if let Some(text) = at.and_then(|at| texts.get_mut(at)) {
            *text = format!("{} {text}", dateline.text);
        }
    }
    texts
}

/// The day of publishing where the page was published: as written, where that is ISO 8601.
fn day(story: &CleanStory) -> Option<String> {
    let written = story.published_text.as_deref().and_then(|text| text.get(..10));
    let is_iso = |text: &&str| {
        text.chars()
            .enumerate()
            .all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() })
    };
    written
        .filter(is_iso)
        .map(str::to_owned)
        .or_else(|| story.published_at.map(|at| at.to_string()))
}

/// A page as it stands in the corpus, packed or not.
fn read(path: &Path) -> Result<Vec<u8>> {
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(fs::read(path)?);
    }
    let output = Command::new("gzip").arg("-dc").arg(path).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(io::Error::other(format!("gzip cannot read {}", path.display())).into())
}

fn raw(url: &str, html: Vec<u8>) -> RawStory {
    let url_given = Some(url.to_owned()).filter(|url| !url.is_empty());
    let start = Timestamp::from_millis(0);
    RawStory { url: url_given, ..RawStory::new("pages", url, Format::Html, html, start) }
}

//! Tells the language of the gold bodies and titles of fundus pages and counts how many agree with
//! the label: the page's `html lang`, except where a page says `en` and less than 5 % of its body's
//! words are among the 26 commonest of English: then the page is left out and counted.
#![allow(clippy::print_stdout)]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};
use cleaner::{Cleaner, Config};
use dateline_record::{Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};
use serde_json::Value;

const ENGLISH: &[&str] = &[
    "the", "of", "to", "and", "in", "a", "is", "for", "on", "that", "by", "with", "was", "said",
    "at", "as", "it", "from", "be", "has", "an", "its", "will", "not", "have", "are",
];

#[derive(Default)]
struct Count {
    total: usize,
    right: usize,
    seconds: f64,
}

fn main() -> Result<()> {
    let gold = env::args().nth(1).context("usage: languages GOLD.jsonl")?;
    let folder = Path::new(&gold).parent().context("the gold file has no folder")?;
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let stage = Cleaner::new(config)?;
    let (mut bodies, mut titles, mut mislabelled) = (Count::default(), Count::default(), 0);
    for line in BufReader::new(fs::File::open(&gold)?).lines() {
        let row: Value = serde_json::from_str(&line?)?;
        if row["set"] != "fundus" {
            continue;
        }
        let page = folder.join(row["page"].as_str().unwrap_or_default());
        let Some(label) = label(&page)? else {
            continue;
        };
        let best = &row["candidates"][0];
        let parts = best["paragraphs"].as_array().cloned().unwrap_or_default();
        let body = parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n\n");
        if label == "en" && english_share(&body) < 0.05 {
            mislabelled += 1;
            continue;
        }
        let title = best["title"].as_str().unwrap_or_default();
        check(&stage, &format!("T\n\n{body}"), &label, &mut bodies);
        check(&stage, title, &label, &mut titles);
    }
    print("bodies", &bodies);
    print("titles", &titles);
    println!("left out as mislabelled: {mislabelled}");
    Ok(())
}

/// The text is cleaned without any label, so that nothing but the text decides.
fn check(stage: &Cleaner, text: &str, label: &str, count: &mut Count) {
    if text.is_empty() {
        return;
    }
    let start = Instant::now();
    let raw = RawStory::new("text", "1", Format::Text, text.as_bytes(), Timestamp::from_millis(0));
    let outcome = stage.handle(raw);
    count.seconds += start.elapsed().as_secs_f64();
    count.total += 1;
    let found = match &outcome {
        Ok(Outcome::Emit(story)) => story.language.code.as_str(),
        _ => "none",
    };
    let label = if matches!(label, "nb" | "nn") { "no" } else { label };
    if found == label {
        count.right += 1;
    } else {
        let start: String = text.trim_start_matches("T\n\n").chars().take(60).collect();
        println!("miss: {label} {found} {start:?}");
    }
}

/// The primary subtag of `<html lang>`.
fn label(page: &Path) -> Result<Option<String>> {
    let bytes = if page.extension().is_some_and(|ext| ext == "gz") {
        Command::new("gzip").arg("-dc").arg(page).output()?.stdout
    } else {
        fs::read(page)?
    };
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(20_000)]).to_lowercase();
    let Some(tag) = head.split("<html").nth(1).and_then(|rest| rest.split('>').next()) else {
        return Ok(None);
    };
    let value = tag.split(" lang=").nth(1).map(|rest| rest.trim_start_matches(['"', '\'']));
    let code = value.map(|value| value.chars().take_while(char::is_ascii_alphabetic).collect());
    Ok(code.filter(|code: &String| code.len() == 2))
}

// The shares are rough.
#[allow(clippy::cast_precision_loss)]
fn english_share(text: &str) -> f64 {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.iter().filter(|word| ENGLISH.contains(word)).count() as f64 / words.len().max(1) as f64
}

// The counts are small.
#[allow(clippy::cast_precision_loss)]
fn print(name: &str, count: &Count) {
    let share = count.right as f64 / count.total.max(1) as f64;
    let ms = count.seconds * 1000.0 / count.total.max(1) as f64;
    println!("{name}: accuracy {share:.4} of {}, {ms:.3} ms mean (whole cleaning)", count.total);
}

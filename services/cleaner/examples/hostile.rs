//! Cleans hostile pages of up to 4 MB on a stack of 2 MB and prints the time of each.
#![allow(clippy::print_stdout)]

use std::{fs, thread, time::Instant};

use anyhow::{Context, Result};
use cleaner::{Cleaner, Config};
use dateline_record::{Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};

const BYTES: usize = 4 << 20;
const STACK_BYTES: usize = 2 << 20;

fn main() -> Result<()> {
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let mut worst = 0.0_f64;
    for (name, body) in pages() {
        let stage = Cleaner::new(config.clone())?;
        let raw = RawStory::new("pages", "1", Format::Html, body, Timestamp::from_millis(0));
        let run = move || {
            let start = Instant::now();
            let outcome = stage.handle(raw);
            (start.elapsed().as_secs_f64() * 1000.0, kind(&outcome))
        };
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(run)?;
        let (ms, kind) = thread.join().ok().with_context(|| format!("{name}: panicked"))?;
        worst = worst.max(ms);
        println!("{ms:8.1} ms  {kind:8} {name}");
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown");
    println!("worst {worst:.1} ms; {peak}");
    Ok(())
}

fn kind<T, E: std::fmt::Debug>(outcome: &Result<Outcome<T>, E>) -> &'static str {
    match outcome {
        Ok(Outcome::Emit(_)) => "emitted",
        Ok(Outcome::Skip(_)) => "skipped",
        Err(_) => "refused",
    }
}

fn pages() -> Vec<(&'static str, Vec<u8>)> {
    let fill = |piece: &str| piece.repeat(BYTES / piece.len()).into_bytes();
    let some = |piece: &str, count: usize| piece.repeat(count).into_bytes();
    let story = "<p>The ministers met in the capital on Tuesday, officials said.</p>";
    vec![
        ("nested div", fill("<div>")),
        ("nested inline", fill("<b><i><u>")),
        ("nested div, 255 deep, wide", [some("<div>", 250), some(story, 40_000)].concat()),
        ("nested tables", fill("<table><tr><td>")),
        ("lists", fill("<ul><li>")),
        ("misnested formatting", fill("<a><b><p>x</b></a>")),
        ("misnested formatting, below the bound", some("<a><b><p>x</b></a>", 12_000)),
        ("flat paragraphs", some("<p>They met.</p>", 49_000)),
        ("breaks", some("<br><br>x", 20_000)),
        ("one long paragraph", [b"<p>".to_vec(), some("They met. ", 400_000)].concat()),
        ("attributes", [b"<p ".to_vec(), some("a=1 ", 900_000), b">x".to_vec()].concat()),
        (
            "many different attributes",
            [b"<p ".to_vec(), numbered(200_000), b">x".to_vec()].concat(),
        ),
        (
            "long class",
            [b"<p class='".to_vec(), some("ad share ", 400_000), b"'>x".to_vec()].concat(),
        ),
        ("open scripts", fill("<script>")),
        ("open comment", fill("<!--")),
        ("less-than", fill("<")),
        ("ampersands", fill("&")),
        ("entities", [b"<p>".to_vec(), some("&amp;", 800_000)].concat()),
        ("json bomb", json("[")),
        ("json bomb of objects", json("{\"@graph\":[{\"a\":")),
        ("unclosed quotes", fill("<a href='")),
        ("headings", some("<h1>Ministers meet</h1>", 45_000)),
        ("links", some("<a href=x>Ministers meet</a> ", 45_000)),
        ("same paragraph", some(story, 40_000)),
        ("select", some("<select><option>", 20_000)),
        ("templates", some("<template>", 200)),
        ("null bytes", vec![0; BYTES]),
        ("invalid bytes", vec![0xff; BYTES]),
        ("combining marks", fill("\u{301}")),
        ("commas and dashes", fill(", - ")),
    ]
}

fn numbered(count: usize) -> Vec<u8> {
    (0..count).flat_map(|number| format!("a{number}=1 ").into_bytes()).collect()
}

fn json(piece: &str) -> Vec<u8> {
    let bomb = piece.repeat(3_900_000 / piece.len());
    format!("<script type='application/ld+json'>{bomb}</script><p>x").into_bytes()
}

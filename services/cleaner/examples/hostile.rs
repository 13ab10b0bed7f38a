//! Cleans hostile pages of up to 4 MB on a stack of 2 MB and prints the time of each.
#![allow(clippy::print_stdout)]

use std::{env, fs, process::Command, thread, time::Instant};

use anyhow::{Context, Result, ensure};
use cleaner::{Cleaner, Config};
use dateline_record::{Format, RawStory, Timestamp};
use dateline_runtime::{Outcome, Stage};

const BYTES: usize = 4 << 20;
const STACK_BYTES: usize = 2 << 20;

fn main() -> Result<()> {
    if let Some(name) = env::args().nth(1) {
        return measure(&name);
    }
    let (mut slowest, mut largest) = (0.0_f64, 0.0_f64);
    for (name, _) in pages() {
        let output = Command::new(env::current_exe()?).arg(name).output()?;
        let line = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        print!("{line}");
        let mut words = line.split_whitespace();
        slowest = slowest.max(words.next().context("no time")?.parse()?);
        largest = largest.max(words.nth(1).context("no memory")?.parse()?);
    }
    println!("worst {slowest:.1} ms, {largest:.0} MB");
    Ok(())
}

/// One page in a process of its own, so that its peak of memory is its own.
fn measure(name: &str) -> Result<()> {
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let mut all = pages().into_iter();
    let (_, make) = all.find(|(known, _)| *known == name).context("no such page")?;
    let stage = Cleaner::new(config)?;
    let raw = RawStory::new("pages", "1", Format::Html, make(), Timestamp::from_millis(0));
    let run = move || {
        let start = Instant::now();
        let outcome = stage.handle(raw);
        (start.elapsed().as_secs_f64() * 1000.0, kind(&outcome))
    };
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(run)?;
    let (ms, kind) = thread.join().ok().with_context(|| format!("{name}: panicked"))?;
    println!("{ms:8.1} ms {:5} MB  {kind:8} {name}", peak_kb()? / 1024);
    Ok(())
}

/// The most memory that this process had, its input included.
fn peak_kb() -> Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.context("no VmHWM in /proc/self/status")?.split_whitespace().next();
    Ok(words.context("VmHWM has no value")?.parse()?)
}

fn kind<T, E: std::fmt::Debug>(outcome: &Result<Outcome<T>, E>) -> &'static str {
    match outcome {
        Ok(Outcome::Emit(_)) => "emitted",
        Ok(Outcome::Skip(_)) => "skipped",
        Err(_) => "refused",
    }
}

/// A page: its name and what makes its bytes.
type Page = (&'static str, fn() -> Vec<u8>);

const STORY: &str = "<p>The ministers met in the capital on Tuesday, officials said.</p>";

fn pages() -> Vec<Page> {
    [markup(), texts()].concat()
}

fn fill(piece: &str) -> Vec<u8> {
    piece.repeat(BYTES / piece.len()).into_bytes()
}

fn some(piece: &str, count: usize) -> Vec<u8> {
    piece.repeat(count).into_bytes()
}

/// Tags, attributes and scripts.
fn markup() -> Vec<Page> {
    vec![
        ("nested div", || fill("<div>")),
        ("nested inline", || fill("<b><i><u>")),
        ("nested div, 255 deep, wide", || [some("<div>", 250), some(STORY, 40_000)].concat()),
        ("nested tables", || fill("<table><tr><td>")),
        ("lists", || fill("<ul><li>")),
        ("misnested formatting", || fill("<a><b><p>x</b></a>")),
        ("misnested formatting, below the bound", || some("<a><b><p>x</b></a>", 12_000)),
        ("flat paragraphs", || some("<p>They met.</p>", 49_000)),
        ("breaks", || some("<br><br>x", 20_000)),
        ("one long paragraph", || [b"<p>".to_vec(), some("They met. ", 400_000)].concat()),
        ("attributes", || [b"<p ".to_vec(), some("a=1 ", 900_000), b">x".to_vec()].concat()),
        ("many different attributes", || {
            [b"<p ".to_vec(), numbered(200_000), b">x".to_vec()].concat()
        }),
        ("long class", || {
            [b"<p class='".to_vec(), some("ad share ", 400_000), b"'>x".to_vec()].concat()
        }),
        ("open scripts", || fill("<script>")),
        ("open comment", || fill("<!--")),
        ("less-than", || fill("<")),
        ("ampersands", || fill("&")),
        ("entities", || [b"<p>".to_vec(), some("&amp;", 800_000)].concat()),
        ("json bomb", || json("[")),
        ("json bomb of objects", || json("{\"@graph\":[{\"a\":")),
        ("unclosed quotes", || fill("<a href='")),
        ("headings", || some("<h1>Ministers meet</h1>", 45_000)),
        ("links", || some("<a href=x>Ministers meet</a> ", 45_000)),
        ("same paragraph", || some(STORY, 40_000)),
        ("select", || some("<select><option>", 20_000)),
        ("templates", || some("<template>", 200)),
    ]
}

/// Texts and bytes that are none, and pages just below the bounds.
fn texts() -> Vec<Page> {
    vec![
        ("null bytes", || vec![0; BYTES]),
        ("invalid bytes", || vec![0xff; BYTES]),
        ("combining marks", || fill("\u{301}")),
        ("commas and dashes", || fill(", - ")),
        ("random bytes", noise),
        ("invalid bytes in a script", || [b"<script>".to_vec(), vec![0xff; BYTES - 8]].concat()),
        ("less-than in a script", || [b"<script>".to_vec(), fill("<")[8..].to_vec()].concat()),
        ("ampersands in an attribute", || {
            [b"<p title='".to_vec(), fill("&")[10..].to_vec()].concat()
        }),
        ("end tags", || fill("</b>")),
        ("end tags of paragraphs", || fill("</p>")),
        ("long lines of letters", || fill("\u{e9}\u{17e}")),
        ("a long text below the bound", || some("They met in Z\u{fc}rich. ", 45_000)),
        ("ampersands below the bound", || some("&", 200_000)),
        ("less-than below the bound", || some("<", 200_000)),
        ("paragraphs below the bound", || some(STORY, 15_500)),
        ("deep paragraphs below the bound", || [some("<div>", 250), some(STORY, 15_500)].concat()),
        ("deep words", || [some("<div>", 250), some("<p>They met.</p>", 49_000)].concat()),
        ("deep headings", || [some("<div>", 250), some("<h1>They met</h1>", 49_000)].concat()),
    ]
}

/// Bytes without any order, the same on each run.
fn noise() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..BYTES).map(|_| next()).collect()
}

fn numbered(count: usize) -> Vec<u8> {
    (0..count).flat_map(|number| format!("a{number}=1 ").into_bytes()).collect()
}

fn json(piece: &str) -> Vec<u8> {
    let bomb = piece.repeat(3_900_000 / piece.len());
    format!("<script type='application/ld+json'>{bomb}</script><p>x").into_bytes()
}

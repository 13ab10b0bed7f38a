//! Cleans mutated pages: `mutations FOLDER COUNT [SEED] [BYTES]`. Counts panics (there must be none) and
//! gives the times; the same seed makes the same pages.
#![allow(clippy::print_stdout)]

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};
use cleaner::{Cleaner, Config};
use dateline_record::{Format, RawStory, Timestamp};
use dateline_runtime::Stage;

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "<div>",
    "</div>",
    "<p>",
    "<table><td>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<a href='",
    "<svg><p>",
    "<template>",
    "</body>",
    "<br><br>",
    "<h1>",
    "&#x202e;",
    "&amp",
    "\u{0}",
    "\u{feff}",
    "<select><option>",
    "<b><i><a>",
    "<style>",
    "<![CDATA[",
    "<math>",
    "TOKYO - ",
    "(",
    "\u{301}",
    "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"author\":[",
    "<time>",
    "</",
];
/// The bytes of a page that are mutated where no other number is given: long pages cost time.
const MAX_BYTES: usize = 60_000;

/// A small generator of numbers (splitmix64), so that a run can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = usize::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap_or(0);
        mixed % limit.max(1)
    }
}

fn main() -> Result<()> {
    let usage = "usage: mutations FOLDER COUNT [SEED] [BYTES]";
    let folder = env::args().nth(1).context(usage)?;
    let count: usize = env::args().nth(2).context(usage)?.parse()?;
    let seed: u64 = env::args().nth(3).map_or(Ok(1), |seed| seed.parse())?;
    let bytes: usize = env::args().nth(4).map_or(Ok(MAX_BYTES), |bytes| bytes.parse())?;
    let pages = pages(Path::new(&folder))?;
    anyhow::ensure!(!pages.is_empty(), "{folder} holds no pages");
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let config: Config = table["cleaner"].clone().try_into()?;
    let stage = Cleaner::new(config)?;
    let mut numbers = Numbers(seed);
    let (mut panics, mut worst) = (0_usize, 0.0_f64);
    let start = Instant::now();
    for index in 0..count {
        let at = numbers.below(pages.len());
        let body = mutated(&pages[at], bytes, &mut numbers);
        let raw = RawStory::new("pages", "1", Format::Html, body, Timestamp::from_millis(0));
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| stage.handle(raw))).is_err() {
            panics += 1;
            println!("panic: page {at}, mutation {index} of seed {seed}");
        }
        worst = worst.max(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("mutated pages {count}, panics {panics}, worst {worst:.1} ms, {seconds:.1} s in all");
    Ok(())
}

fn mutated(page: &[u8], bytes: usize, numbers: &mut Numbers) -> Vec<u8> {
    let start = numbers.below(page.len().saturating_sub(bytes) + 1);
    let mut body = page[start..(start + bytes).min(page.len())].to_vec();
    for _ in 0..=numbers.below(12) {
        let at = numbers.below(body.len() + 1);
        let end = (at + numbers.below(400)).min(body.len());
        match numbers.below(4) {
            0 => drop(body.drain(at..end)),
            1 => {
                let copy = body[at..end].to_vec();
                let to = numbers.below(body.len() + 1);
                body.splice(to..to, copy);
            }
            2 => {
                let piece = PIECES[numbers.below(PIECES.len())].repeat(1 + numbers.below(20));
                body.splice(at..at, piece.into_bytes());
            }
            _ => {
                if let Some(byte) = body.get_mut(at) {
                    *byte = u8::try_from(numbers.below(256)).unwrap_or(0);
                }
            }
        }
    }
    body
}

/// All pages of a folder and those in it, in the order of their names.
fn pages(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(pages(&path)?);
        } else if path.extension().is_some_and(|ext| ext == "gz") {
            found.push(Command::new("gzip").arg("-dc").arg(&path).output()?.stdout);
        } else if path.extension().is_some_and(|ext| ext == "html") {
            found.push(fs::read(&path)?);
        }
    }
    Ok(found)
}

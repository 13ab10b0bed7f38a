//! Measures how fast a folder of JSON Lines is read: `cargo run --release --example read_speed`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use dateline_record::{FetchState, Timestamp};
use dateline_runtime::Source;
use fetcher::{Config, Fetcher, read_spec};

/// Stories in the folder.
const STORIES: usize = 200_000;

/// Bytes of the text of each.
const TEXT_BYTES: usize = 1_900;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let text = "Ministers met on Tuesday to discuss trade. ".repeat(TEXT_BYTES / 43 + 1);
    let mut lines = String::new();
    for id in 0..STORIES {
        let text = &text[..TEXT_BYTES];
        writeln!(
            lines,
            "{{\"id\": \"{id}\", \"title\": \"Ministers meet\", \"text\": \"{text}\"}}"
        )?;
    }
    std::fs::write(folder.path().join("stories.jsonl"), &lines)?;

    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let section = table.get("fetcher").cloned();
    let config: Config = section
        .map(toml::Value::try_into)
        .transpose()?
        .ok_or_else(|| anyhow::anyhow!("config/dateline.toml has no section [fetcher]"))?;
    let fetcher = Fetcher::new(config)?;
    let path = toml::Value::String(folder.path().display().to_string());
    let spec = read_spec("speed", &format!("kind = \"folder\"\npath = {path}"), now())?;

    let start = Instant::now();
    let mut state = FetchState::new(spec);
    let mut read = 0;
    while !state.exhausted {
        let Ok(polled) =
            fetcher.poll(state, now(), &dateline_runtime::Territory::everywhere()).await
        else {
            anyhow::bail!("a poll failed")
        };
        read += polled.stories.len();
        state = polled.state;
    }
    let seconds = start.elapsed().as_secs_f64();
    anyhow::ensure!(read == STORIES, "{read} stories of {STORIES} were read");
    let stories = u32::try_from(read).map(f64::from)?;
    writeln!(
        std::io::stdout(),
        "{read} stories of 2 KB in {seconds:.2} s: {:.0} a second",
        stories / seconds
    )?;
    Ok(())
}

fn now() -> Timestamp {
    dateline_runtime::clock::now()
}

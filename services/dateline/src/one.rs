//! `dateline clean`: documents through the cleaner, without a bus.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use cleaner::Cleaner;
use dateline_record::{CleanStory, FetchState, RawStory, Record, SourceId, SourceKind, SourceSpec};
use dateline_runtime::{Fault, Outcome, Source, Stage, Territory, clock, config::Settings};
use fetcher::Fetcher;

use crate::{
    arguments::{CleanOptions, Unusable},
    check::settings,
    eprintln, explain, println,
};

/// Prints the clean stories of documents, or what became of their blocks.
pub(crate) fn clean(config: Option<&Path>, options: &CleanOptions) -> anyhow::Result<ExitCode> {
    let settings = settings(config)?;
    let mut printer = Printer { one_line: options.jsonl, ..Printer::default() };
    let mut page = explain::Page::new();
    for input in &options.inputs {
        let stories = match clean_stories(&settings, input, &mut printer) {
            Ok(stories) => stories,
            // Of many inputs one that cannot be read does not hold up the others.
            Err(error) if options.inputs.len() > 1 => {
                printer.refuse(input, &format!("{error:#}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        for (raw, story) in stories {
            page.add(&raw, &story);
            if options.explain {
                println(&explain::text(&raw, &story));
                printer.printed += 1;
            } else if options.html.is_some() && !options.jsonl {
                printer.printed += 1;
            } else {
                printer.print(&story)?;
            }
        }
    }
    if let Some(path) = &options.html {
        std::fs::write(path, page.finish())
            .with_context(|| format!("--html: {} cannot be written", path.display()))?;
    }
    Ok(printer.exit(&options.inputs.join(" ")))
}

/// The clean stories of an input, each with what it was made of.
pub(crate) fn clean_stories(
    settings: &Settings,
    input: &str,
    printer: &mut Printer,
) -> anyhow::Result<Vec<(RawStory, CleanStory)>> {
    let cleaner = Cleaner::new(settings.section(Cleaner::NAME)?)?;
    let mut stories = Vec::new();
    for raw in raw_stories(settings, input, printer)? {
        let place = raw.url.clone().unwrap_or_else(|| raw.provider_id.clone());
        let story = printer.take(&place, cleaner.clean(&raw))?;
        stories.extend(story.map(|story| (raw, story)));
    }
    Ok(stories)
}

/// The stories of a file, a folder, a URL or standard input, as the fetcher brings them.
fn raw_stories(
    settings: &Settings,
    input: &str,
    printer: &mut Printer,
) -> anyhow::Result<Vec<RawStory>> {
    let fetcher = Fetcher::new(settings.section(Fetcher::NAME)?)?;
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if input.starts_with("http://") || input.starts_with("https://") {
        return Ok(vec![tokio.block_on(fetcher.fetch_one(input))?]);
    }
    let mut state = FetchState::new(folder_spec(input)?);
    let mut stories = Vec::new();
    while !state.exhausted {
        let polled =
            match tokio.block_on(fetcher.poll(state, clock::now(), &Territory::everywhere())) {
                Ok(polled) => polled,
                Err(Fault::Fatal(error)) => return Err(error),
                Err(Fault::Retry { what, .. } | Fault::Poison { what, .. }) => anyhow::bail!(what),
            };
        stories.extend(polled.stories);
        for bad in polled.dead {
            printer.refuse(&bad.place, &format!("{}: {}", bad.code.as_str(), bad.what));
        }
        anyhow::ensure!(
            polled.state.failures == 0,
            "{}",
            polled.state.last_error.unwrap_or_else(|| format!("{input} cannot be read"))
        );
        state = polled.state;
    }
    Ok(stories)
}

/// The source that a path stands for. Its stories are named after the last part of the path, so
/// that their ids do not depend on where a folder lies.
pub(crate) fn folder_spec(input: &str) -> anyhow::Result<SourceSpec> {
    let (path, name) = if input == "-" {
        (input.to_owned(), "stdin".to_owned())
    } else {
        let whole = Path::new(input).canonicalize().map_err(|error| {
            Unusable(format!("{input:?}: {error}; give a file, a folder, or - for standard input"))
        })?;
        let name = whole.file_name().unwrap_or(whole.as_os_str());
        (whole.display().to_string(), name.display().to_string())
    };
    let id = if input == "-" { &name } else { &path };
    Ok(SourceSpec {
        id: SourceId::from_lossy(id),
        provider: Some(name),
        route: None,
        kind: SourceKind::Folder { path, watch: false, interval_seconds: 1 },
        language: None,
        updated_at: clock::now(),
    })
}

/// Prints results and says what gave none.
#[derive(Default)]
pub(crate) struct Printer {
    pub(crate) printed: usize,
    refused: usize,
    /// Whether a record is to stand in one line.
    one_line: bool,
}

impl Printer {
    pub(crate) fn print(&mut self, record: &impl Record) -> anyhow::Result<()> {
        let json = if self.one_line {
            serde_json::to_string(record)
        } else {
            serde_json::to_string_pretty(record)
        };
        println(&json?);
        self.printed += 1;
        Ok(())
    }

    pub(crate) fn refuse(&mut self, place: &str, why: &str) {
        eprintln(&format!("{place}: {why}"));
        self.refused += 1;
    }

    pub(crate) fn take<T>(
        &mut self,
        place: &str,
        handled: Result<Outcome<T>, Fault>,
    ) -> anyhow::Result<Option<T>> {
        match handled {
            Ok(Outcome::Emit(record)) => return Ok(Some(record)),
            Ok(Outcome::Skip(reason)) => {
                eprintln(&format!("{place}: skipped: {}", reason.as_str()));
            }
            Err(Fault::Fatal(error)) => return Err(error),
            Err(Fault::Poison { code, what }) => {
                self.refuse(place, &format!("{}: {what}", code.as_str()));
            }
            Err(Fault::Retry { what, .. }) => self.refuse(place, &what),
        }
        Ok(None)
    }

    pub(crate) fn exit(&self, input: &str) -> ExitCode {
        if self.printed == 0 {
            eprintln(&format!("{input}: no story found"));
        }
        ExitCode::from(u8::from(self.printed == 0 || self.refused > 0))
    }
}

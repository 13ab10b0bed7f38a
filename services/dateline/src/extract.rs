//! `dateline extract`: names and events of documents or of lines of JSON, and why.

use std::{fmt::Write, path::Path, process::ExitCode};

use anyhow::Context;
use dateline_record::{CleanStory, Event, StoryEvents};
use dateline_runtime::Stage;
use entity_extractor::{EntityExtractor, Note};
use serde_json::Value;

use crate::{
    arguments::ExtractOptions,
    check::settings,
    eprintln,
    one::{Printer, clean_stories},
    paint, println,
    rows::{Rows, lines},
};

/// Prints what is found in stories, or writes a page that shows it.
pub(crate) fn extract(config: Option<&Path>, options: &ExtractOptions) -> anyhow::Result<ExitCode> {
    if options.jsonl {
        return extract_lines(config, options);
    }
    let settings = settings(config)?;
    let extractor = EntityExtractor::new(settings.section(EntityExtractor::NAME)?)?;
    let mut printer = Printer::default();
    let mut page = paint::Page::new();
    for (_, story) in clean_stories(&settings, &options.input, &mut printer)? {
        let title = story.title.clone();
        if options.explain {
            let (record, notes) = extractor.explain(&story);
            println(&explained(&story, &record, &notes));
            printer.printed += 1;
            continue;
        }
        if let Some(events) = printer.take(&title, extractor.handle(story))? {
            page.add(&events);
            if options.html.is_some() {
                printer.printed += 1;
            } else {
                printer.print(&events)?;
            }
        }
    }
    if let Some(path) = &options.html {
        std::fs::write(path, page.finish())
            .with_context(|| format!("--html: {} cannot be written", path.display()))?;
    }
    Ok(printer.exit(&options.input))
}

/// A record a line for each line that is read, with the line's own id before it.
fn extract_lines(config: Option<&Path>, options: &ExtractOptions) -> anyhow::Result<ExitCode> {
    let rows = Rows::new(&settings(config)?)?;
    let mut refused = 0;
    for line in lines(&options.input)? {
        let (place, row) = line?;
        let printed = if options.explain {
            let found = rows.explain(&row).with_context(|| place.clone())?;
            found.map(|(story, record, notes)| explained(&story, &record, &notes))
        } else {
            let found = rows.extract(&row).with_context(|| place.clone())?;
            found.map(|record| with_id(&row["id"], &record)).transpose()?
        };
        if let Some(text) = printed {
            println(&text);
        } else {
            eprintln(&format!("{place}: no story"));
            refused += 1;
        }
    }
    Ok(ExitCode::from(u8::from(refused > 0)))
}

fn with_id(id: &Value, record: &StoryEvents) -> anyhow::Result<String> {
    let mut value = serde_json::to_value(record)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("id".to_owned(), id.clone());
    }
    Ok(value.to_string())
}

/// Each sentence with what was found, scored and dropped, and the events that are left.
fn explained(story: &CleanStory, record: &StoryEvents, notes: &[Note]) -> String {
    let mut out = format!("# {}\n", story.title);
    if let Some(reason) = record.not_coded {
        let _ = writeln!(out, "not coded: {}", reason.as_str());
    }
    let sentences = dateline_language::sentences(&story.text);
    for (number, range) in sentences.into_iter().enumerate() {
        let words = story.text.get(range).unwrap_or_default().replace('\n', " ");
        let _ = writeln!(out, "\n{number}. {words}");
        for note in notes.iter().filter(|note| note.sentence == number) {
            let _ = writeln!(out, "   {}", note.what);
        }
        let told = |event: &&Event| usize::try_from(event.sentence) == Ok(number);
        for event in record.events.iter().filter(told) {
            let _ = writeln!(out, "   => {}", line(event));
        }
    }
    out
}

/// An event in one line: type, sides, status, and the steps that led to it.
fn line(event: &Event) -> String {
    let side = |actor: &dateline_record::Actor| {
        format!("{}/{}", actor.code, actor.sector.as_deref().unwrap_or("-"))
    };
    let target = event.target.as_ref().map_or_else(|| "-".to_owned(), |target| side(&target.actor));
    let sign = if event.reciprocal { "=" } else { ">" };
    format!(
        "{} {} {sign} {target}, confidence {:.2}; {}",
        event.kind.as_str(),
        side(&event.source.actor),
        event.confidence,
        event.trace.join("; ")
    )
}

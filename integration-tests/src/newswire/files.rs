//! The folder that wire files arrive in: each written whole under another name, then renamed.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

use super::script::{ChangeKind, Channel, Version};
use super::world::World;

/// The step on which a broken record arrives.
const BROKEN_STEP: u32 = 1;

/// The step on which a record arrives a second time.
const REDELIVERY_STEP: u32 = 3;

/// Writes the files that are new or changed on a step.
pub(super) fn write_step(folder: &Path, world: &World, step: u32) -> io::Result<()> {
    for version in world.published(Channel::Folder).filter(|version| version.since == step) {
        let name = format!("{}.v{}.jsonl", version.story.id, version.number);
        write(folder, &name, &json_line(&version))?;
    }
    for version in world.published(Channel::Text).filter(|version| version.since == step) {
        write(folder, &version.story.id, &text_file(&version))?;
    }
    if step == BROKEN_STEP {
        let cut = "{\"id\": \"20141007-0099\", \"title\": \"Line cut\", \"text\": \"The minis\n";
        write(folder, "20141007-0099.v1.jsonl", cut)?;
    }
    if step == REDELIVERY_STEP {
        let again = world.published(Channel::Folder).find(|version| version.number == 1);
        let line = again.map(|version| json_line(&version)).unwrap_or_default();
        write(folder, "redelivery.jsonl", &line)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let half = folder.join(format!(".{name}.tmp"));
    fs::write(&half, text)?;
    fs::rename(half, folder.join(name))
}

fn json_line(version: &Version<'_>) -> String {
    let (status, signal) = match version.kind {
        ChangeKind::New => ("usable", "new"),
        ChangeKind::Update => ("usable", "update"),
        ChangeKind::Correction => ("usable", "correction"),
        _ => ("canceled", "kill"),
    };
    let text = if version.kind.kills() { "" } else { version.text.as_str() };
    let story = json!({
        "id": version.story.id,
        "version": version.number,
        "status": status,
        "signal": signal,
        "title": version.title,
        "text": text,
        "published": version.story.published,
        "language": version.story.language.as_deref().unwrap_or("en"),
    });
    format!("{story}\n")
}

/// A text file as some desks keep them: the title twice, then the dateline and the text.
fn text_file(version: &Version<'_>) -> String {
    let Version { title, text, story, .. } = version;
    format!("{title}\n\n{title}\n\n{} {text}\n", story.dateline)
}

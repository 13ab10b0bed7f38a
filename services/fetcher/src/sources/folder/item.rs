//! An item of a file as a raw story: who it is, which version, what its wire says of it.

use dateline_record::{
    Charset, ContentHash, FaultCode, Format, Payload, RawStory, Revision, Signal, SourceSpec,
    Status, StoryId, Timestamp,
};
use dateline_runtime::BadInput;
use dateline_wire::json_story::JsonStory;
use dateline_wire::newswire::WireFormat;
use dateline_wire::sgml::ReutersStory;
use dateline_wire::{Problem, decode::decode, json_story, sgml};

use super::files::File;
use super::open::Found;
use crate::sources::page::empty_story;
use crate::{Tools, newswire, signals};

/// Bytes of the beginning of a text in which its first line is looked for.
const FIRST_LINE_BYTES: usize = 500;

/// What all stories of a source have in common.
pub(super) struct Template {
    story: RawStory,
}

/// Where an item stands.
pub(super) struct Origin<'a> {
    pub(super) file: &'a File,
    /// The item's number in the file.
    pub(super) number: u64,
    /// Whether the file was read before, in another version.
    pub(super) is_changed: bool,
    /// The encoding that the file declares, where it is not the item's own to do so.
    pub(super) charset: Option<&'a Charset>,
    /// Where in the file it stands, where its number does not say it.
    pub(super) place: Option<String>,
    pub(super) now: Timestamp,
    /// What tells a version that bears no time from those before it.
    pub(super) revised_at: Timestamp,
}

impl Origin<'_> {
    fn place(&self) -> String {
        match &self.place {
            Some(place) => format!("{} {place}", self.file.place()),
            None => format!("{} item {}", self.file.place(), self.number + 1),
        }
    }

    /// The name of an item whose wire gives it none: its place, or what it says where it came by
    /// standard input, which has no places.
    fn name(&self, format: Format, bytes: &[u8]) -> String {
        if self.file.is_stdin() {
            return format!("content:{}", ContentHash::of(bytes));
        }
        match format {
            Format::Text | Format::Html | Format::HtmlFragment => self.file.name.clone(),
            _ => {
                format!("{}#{}", self.file.name, self.number + 1)
            }
        }
    }

    /// The time of a file's first reading is the time of the file, so that reading it again gives
    /// the same revision; a changed file may bear any time, so that of reading it counts.
    fn revision(&self) -> Revision {
        let is_dated = self.file.modified_ms > 0 && !self.is_changed;
        let at = Timestamp::from_millis(self.file.modified_ms);
        Revision::from_time(if is_dated { at } else { self.revised_at })
    }
}

impl Template {
    pub(super) fn new(tools: &Tools, source: &SourceSpec) -> Self {
        let story = RawStory {
            source_id: source.id.clone(),
            provider: source.provider().to_owned(),
            language: source.language.clone(),
            ..empty_story(tools)
        };
        Self { story }
    }

    /// The story of an item, or why it is none, with its bytes.
    pub(super) fn story(
        &self,
        format: Format,
        found: &Found<'_>,
        origin: &Origin<'_>,
        max_bytes: usize,
    ) -> Result<RawStory, BadInput> {
        let (bytes, read) = match *found {
            Found::Broken(problem, bytes) => (bytes, Err(problem.clone())),
            Found::Item(bytes) if bytes.len() > max_bytes => {
                (bytes, Err(too_large(bytes, max_bytes)))
            }
            Found::Item(bytes) => (bytes, self.read(format, bytes, origin)),
        };
        read.map_err(|problem| BadInput {
            place: origin.place(),
            code: problem.code,
            what: format!("{}: {problem}", origin.place()),
            bytes: bytes[..bytes.len().min(max_bytes)].to_vec(),
        })
    }

    fn read(&self, format: Format, bytes: &[u8], origin: &Origin<'_>) -> Result<RawStory, Problem> {
        let mut story = RawStory {
            revision: origin.revision(),
            signal: if origin.is_changed { Signal::Update } else { Signal::New },
            fetched_at: origin.now,
            format,
            charset: origin.charset.cloned(),
            body: Payload::new(bytes),
            ..self.story.clone()
        };
        let name = match format {
            Format::JsonStory => take_json(&mut story, json_story::parse(bytes)?, origin),
            Format::ReutersSgml => take_reuters(&mut story, sgml::parse(bytes)?),
            Format::Text | Format::Html | Format::HtmlFragment => {
                take_text(&mut story, bytes);
                None
            }
            Format::NewsmlG2
            | Format::Newsml1
            | Format::Nitf
            | Format::Ninjs
            | Format::Anpa1312
            | Format::Iptc7901
            | Format::ApMedia => take_wire(&mut story, bytes, origin.number)?,
        };
        story.provider_id = name.unwrap_or_else(|| origin.name(format, bytes));
        story.story_id = StoryId::derive(&story.provider, &story.provider_id);
        Ok(story)
    }
}

fn too_large(bytes: &[u8], max_bytes: usize) -> Problem {
    let what = format!(
        "the story has {} bytes, more than fetcher.max_body_bytes ({max_bytes})",
        bytes.len()
    );
    Problem::new(FaultCode::TooLarge, "story", what)
}

/// Takes over what an item of a newswire says of itself, and gives its story's id.
fn take_wire(story: &mut RawStory, bytes: &[u8], number: u64) -> Result<Option<String>, Problem> {
    match WireFormat::of(story.format) {
        Some(format) => newswire::take(story, format, bytes, number),
        None => Ok(None),
    }
}

/// Takes over what a JSON story says of itself, and gives its provider's id.
fn take_json(story: &mut RawStory, json: JsonStory, origin: &Origin<'_>) -> Option<String> {
    let version: Option<u64> = json.version.as_ref().and_then(|version| version.parse().ok());
    if let Some(version) = version {
        story.revision = Revision(version);
    }
    let marked = || signals::marked(&json.title, first_line(&json.text));
    let is_later = version.is_some_and(|version| version > 1);
    let unmarked = if is_later { Signal::Update } else { story.signal };
    let recalls = json.status.is_some_and(Status::recalls);
    story.signal = match json.signal {
        Some(signal) => signal,
        None if json.status == Some(Status::Canceled) => Signal::Kill,
        None => marked().unwrap_or(unmarked),
    };
    let is_embargoed = json.embargoed_until.is_some_and(|until| until > origin.now);
    story.status = match json.status {
        // A kill is no usable story, whatever its status says.
        _ if story.signal == Signal::Kill && !recalls => Status::Canceled,
        Some(status) => status,
        None if is_embargoed => Status::Embargoed,
        None => Status::Usable,
    };
    let id = json.id.or_else(|| json.url.clone());
    story.provider_version = json.version;
    story.embargoed_until = json.embargoed_until;
    story.published_at = json.published_at;
    story.published_text = json.published;
    story.title = Some(json.title).filter(|title| !title.trim().is_empty());
    story.url = json.url;
    story.authors = json.authors;
    story.language = json.language.or_else(|| story.language.take());
    story.charset = Some(Charset { name: "UTF-8".to_owned(), basis: "utf8".to_owned() });
    id
}

/// Takes over what a Reuters element says of itself, and gives its number.
fn take_reuters(story: &mut RawStory, reuters: ReutersStory) -> Option<String> {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    story.published_at = reuters.published;
    story.published_text = some(reuters.date);
    story.title = some(reuters.title);
    story.dateline = some(reuters.dateline);
    story.slug = slug(&reuters.header);
    story.authors = some(reuters.author).into_iter().collect();
    some(reuters.new_id)
}

/// `BC-BAHIA-COCOA-REVIEW` in the last line of the wire's header.
fn slug(header: &str) -> Option<String> {
    let last = header.lines().last()?;
    last.split_whitespace().find(|word| word.contains('-') && word.len() > 3).map(str::to_owned)
}

fn take_text(story: &mut RawStory, bytes: &[u8]) {
    let decoded = decode(bytes, None);
    if story.format == Format::Text
        && let Some(signal) = signals::marked(first_line(&decoded.text), "")
    {
        story.signal = signal;
        story.status = signals::status(signal);
    }
    story.charset = Some(decoded.charset);
}

fn first_line(text: &str) -> &str {
    let start = text.trim_start();
    let start = &start[..start.floor_char_boundary(FIRST_LINE_BYTES)];
    start.lines().next().unwrap_or_default()
}

//! The stage that frees a story of what the site or the wire added to it; pure.

mod byline;
mod config;
mod dateline;
mod draft;
mod finish;
mod furniture;
mod html;
mod language;
mod plain;
mod profile;
mod repair;
mod signature;
mod sniff;
mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use dateline_record::{
    CleanState, CleanStory, FaultCode, Format, Provenance, RawStory, ReadError, Record, Signal,
    SkipReason, SourceProfile, read,
};
use dateline_runtime::{Fault, MemoryBound, Outcome, Stage};
use dateline_wire::decode::decode;

use crate::draft::Draft;

pub use config::Config;

/// The stage.
#[derive(Debug)]
pub struct Cleaner {
    config: Config,
    provenance: Provenance,
    /// What was heard of each source.
    profiles: RwLock<HashMap<String, Arc<SourceProfile>>>,
}

impl Stage for Cleaner {
    const NAME: &'static str = "cleaner";
    type In = RawStory;
    type Out = CleanStory;
    type Config = Config;

    fn new(config: Config) -> anyhow::Result<Self> {
        let provenance = dateline_runtime::provenance(Self::NAME, &config)?;
        Ok(Self { config, provenance, profiles: RwLock::default() })
    }

    fn handle(&self, raw: RawStory) -> Result<Outcome<CleanStory>, Fault> {
        let profiles = self.profiles.read().unwrap_or_else(PoisonError::into_inner);
        let profile = profiles.get(raw.source_id.as_str()).map(Arc::clone);
        drop(profiles);
        self.clean_with(&raw, profile.as_deref())
    }

    fn side_topic(&self) -> Option<&'static str> {
        Some(SourceProfile::TOPIC)
    }

    fn hear(&self, key: &str, value: Option<&[u8]>) -> Result<(), ReadError> {
        let profile: Option<SourceProfile> = value.map(read).transpose()?;
        let mut profiles = self.profiles.write().unwrap_or_else(PoisonError::into_inner);
        match profile {
            Some(profile) => profiles.insert(key.to_owned(), Arc::new(profile)),
            None => profiles.remove(key),
        };
        Ok(())
    }

    fn memory(&self) -> Option<MemoryBound> {
        let Config { unchanged_window_hours: hours, unchanged_max_stories: stories, .. } =
            self.config;
        let window = Duration::from_secs(u64::from(hours) * 3_600);
        (hours > 0).then_some(MemoryBound { window, stories })
    }

    fn compare(&self, story: &mut CleanStory, earlier: Option<&CleanState>) -> Option<CleanState> {
        CleanState::after(earlier, story)
    }
}

impl Cleaner {
    /// Cleans one version of a story of a source of which nothing is known.
    pub fn clean(&self, raw: &RawStory) -> Result<Outcome<CleanStory>, Fault> {
        self.clean_with(raw, None)
    }

    /// Cleans one version of a story with what is known of its source.
    pub fn clean_with(
        &self,
        raw: &RawStory,
        profile: Option<&SourceProfile>,
    ) -> Result<Outcome<CleanStory>, Fault> {
        if raw.status.recalls() || raw.signal == Signal::Kill {
            // The warehouse must learn of a kill, whatever the body says or fails to say.
            return Ok(self.emit(raw, Draft::default(), profile));
        }
        let bytes = raw.body.as_bytes();
        if bytes.len() > self.config.max_document_bytes {
            let limit = self.config.max_document_bytes;
            let what = format!(
                "body: {} bytes, more than {limit}; raise cleaner.max_document_bytes",
                bytes.len()
            );
            return Err(Fault::poison(FaultCode::TooLarge, what));
        }
        let draft = self.draft(raw, bytes)?;
        let draft = Self::trim(raw, draft, profile);
        if draft.is_recalled() {
            return Ok(self.emit(raw, draft.emptied(), profile));
        }
        Ok(match reason_to_skip(&draft) {
            Some(reason) => Outcome::Skip(reason),
            None => self.emit(raw, draft, profile),
        })
    }

    /// Reads the document as what it says it is.
    fn draft(&self, raw: &RawStory, bytes: &[u8]) -> Result<Draft, Fault> {
        match raw.format {
            Format::Text => Ok(plain::draft(&self.text_of(raw, bytes)?, raw.title.as_deref())),
            Format::Html => html::page(&self.text_of(raw, bytes)?, raw, &self.config),
            Format::HtmlFragment => html::fragment(&self.text_of(raw, bytes)?, raw, &self.config),
            Format::ReutersSgml => wire::reuters(bytes),
            Format::JsonStory => wire::json(raw, bytes, &self.config),
            Format::NewsmlG2
            | Format::Newsml1
            | Format::Nitf
            | Format::Ninjs
            | Format::Anpa1312
            | Format::Iptc7901
            | Format::ApMedia => wire::newswire(raw, bytes),
        }
    }

    fn text_of(&self, raw: &RawStory, bytes: &[u8]) -> Result<String, Fault> {
        let header = raw.http.as_ref().and_then(|http| http.headers.get("content-type"));
        let header = header.map(String::as_str);
        // What the header calls UTF-16 may begin with any letter.
        if header.is_none_or(|header| !header.to_ascii_lowercase().contains("utf-16")) {
            sniff::check(bytes, raw.format, &self.config)?;
        }
        Ok(decode(bytes, header).text)
    }

    /// What holds for all formats: repeated titles, bylines, furniture, the dateline.
    fn trim(raw: &RawStory, mut draft: Draft, profile: Option<&SourceProfile>) -> Draft {
        if draft.title.is_empty() {
            draft.title = repair::line(raw.title.as_deref().unwrap_or_default());
        }
        draft.drop_repeated_title();
        profile::trim(&mut draft, profile);
        byline::take(&mut draft);
        furniture::trim(&mut draft);
        dateline::take(&mut draft, raw.dateline.as_deref());
        draft
    }

    fn emit(
        &self,
        raw: &RawStory,
        draft: Draft,
        profile: Option<&SourceProfile>,
    ) -> Outcome<CleanStory> {
        let mut story = finish::story(raw, draft, &self.config, &self.provenance);
        story.profile = profile::stamp(&story.profile, profile);
        Outcome::Emit(story)
    }
}

/// Cleans one version of a story; for callers that keep no stage.
pub fn clean(raw: &RawStory, config: &Config) -> Result<Outcome<CleanStory>, Fault> {
    let stage = Cleaner::new(config.clone()).map_err(Fault::Fatal)?;
    stage.clean(raw)
}

fn reason_to_skip(draft: &Draft) -> Option<SkipReason> {
    if draft.is_challenge {
        return Some(SkipReason::Challenge);
    }
    let is_empty = draft.paragraphs.is_empty() && (draft.title.is_empty() || draft.needs_body);
    is_empty.then_some(SkipReason::NoStory)
}

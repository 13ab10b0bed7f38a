//! A draft into the record: text, spans, counts, hash, language, provenance.

use dateline_record::{
    Access, CleanStory, ContentHash, Language, Paragraph, Provenance, RawStory, Span, TimeSource,
};

use crate::{Config, draft::Draft, language, signature};

/// Between two paragraphs of the text.
const GAP: &str = "\n\n";

/// Makes the record.
pub(crate) fn story(
    raw: &RawStory,
    draft: Draft,
    config: &Config,
    provenance: &Provenance,
) -> CleanStory {
    let (text, paragraphs) = join(&draft);
    let (published_at, published_source) = published(raw, &draft);
    let published_text = match published_source {
        Some(TimeSource::Provider) => raw.published_text.clone(),
        _ => draft.published_text.clone(),
    };
    let authors = if draft.authors.is_empty() { raw.authors.clone() } else { draft.authors };
    CleanStory {
        story_id: raw.story_id.clone(),
        revision: raw.revision,
        status: draft.status.filter(|_| !raw.status.recalls()).unwrap_or(raw.status),
        signal: draft
            .signal
            .filter(|_| raw.signal == dateline_record::Signal::New)
            .unwrap_or(raw.signal),
        is_advisory: raw.is_advisory || draft.is_advisory,
        source_id: raw.source_id.clone(),
        provider: raw.provider.clone(),
        url: raw.url.clone().or(draft.url),
        language: language_of(raw, &draft.title, &text, draft.language.as_deref(), config),
        content_hash: ContentHash::of(format!("{}{GAP}{text}", draft.title).as_bytes()),
        signature: signature::of(&text),
        word_count: u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX),
        title: draft.title,
        subtitle: draft.subtitle,
        byline: draft.byline,
        authors,
        agency: draft.agency,
        dateline: draft.dateline,
        published_at,
        published_source,
        published_text,
        modified_at: raw.modified_at.or(draft.modified),
        embargoed_until: raw.embargoed_until.or(draft.embargoed_until),
        fetched_at: raw.fetched_at,
        text,
        paragraphs,
        section: draft.section,
        tags: draft.tags,
        // What the fetcher saw of the page goes before what its remains say.
        access: if raw.access == Access::Open { draft.access } else { raw.access },
        profile: draft.profile.to_owned(),
        removed: draft.removed,
        unchanged_since: None,
        provenance: provenance.clone(),
    }
}

fn language_of(
    raw: &RawStory,
    title: &str,
    text: &str,
    found: Option<&str>,
    config: &Config,
) -> Language {
    let declared = raw.language.as_deref().or(found);
    language::tell(title, text, declared, config)
}

/// The provider's own time goes before what the page says of itself.
fn published(
    raw: &RawStory,
    draft: &Draft,
) -> (Option<dateline_record::Timestamp>, Option<TimeSource>) {
    let provider = raw.published_at.map(|at| (at, TimeSource::Provider));
    let best = provider.or(draft.published);
    (best.map(|(at, _)| at), best.map(|(_, source)| source))
}

fn join(draft: &Draft) -> (String, Vec<Paragraph>) {
    let mut text = String::new();
    let mut paragraphs = Vec::with_capacity(draft.paragraphs.len());
    for block in draft.paragraphs.iter().filter(|block| !block.text.is_empty()) {
        if !text.is_empty() {
            text.push_str(GAP);
        }
        let start = text.len();
        text.push_str(&block.text);
        paragraphs.push(Paragraph {
            span: Span::new(start, text.len()),
            source_span: block.source,
            kind: block.kind,
        });
    }
    (text, paragraphs)
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::Config;

    /// The settings that unit tests run with; the defaults are checked against the file elsewhere.
    pub(crate) fn config() -> Config {
        Config {
            max_document_bytes: 4_194_304,
            max_depth: 256,
            max_nodes: 50_000,
            max_text_bytes: 1_048_576,
            max_marks: 250_000,
            max_link_share: 0.6,
            short_block_chars: 200,
            fragment_chars: 30,
            language_window_chars: 1_000,
            min_language_confidence: 0.9,
            unchanged_window_hours: 72,
            unchanged_max_stories: 500_000,
        }
    }
}

//! A story on its way to a `CleanStory`: what all formats are read into.

use dateline_record::{
    Access, Dateline, ParagraphKind, Removed, Signal, Span, Status, TimeSource, Timestamp,
};

use crate::repair;

/// The longest text of a removed block that is kept.
const REMOVED_CHARS: usize = 200;

/// One block of text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Block {
    /// The repaired text.
    pub(crate) text: String,
    /// Its bytes in the decoded input, where known.
    pub(crate) source: Option<Span>,
    /// So many bytes at the start of the text are as they stand there.
    pub(crate) verbatim_bytes: usize,
    pub(crate) kind: ParagraphKind,
}

impl Block {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A story whose parts have been told apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) title: String,
    /// What else the page calls itself.
    pub(crate) other_titles: Vec<String>,
    pub(crate) subtitle: Option<String>,
    pub(crate) byline: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) agency: Option<String>,
    pub(crate) dateline: Option<Dateline>,
    pub(crate) published: Option<(Timestamp, TimeSource)>,
    /// That time as the page writes it.
    pub(crate) published_text: Option<String>,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) embargoed_until: Option<Timestamp>,
    pub(crate) url: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) status: Option<Status>,
    pub(crate) signal: Option<Signal>,
    pub(crate) access: Access,
    pub(crate) profile: &'static str,
    pub(crate) paragraphs: Vec<Block>,
    pub(crate) removed: Vec<Removed>,
    /// A note to editors.
    pub(crate) is_advisory: bool,
    /// The document asks whether the reader is human.
    pub(crate) is_challenge: bool,
    /// A title alone is no story: the document is a page.
    pub(crate) needs_body: bool,
}

impl Draft {
    pub(crate) fn is_recalled(&self) -> bool {
        self.status.is_some_and(Status::recalls) || self.signal == Some(Signal::Kill)
    }

    /// The draft of a story that was taken back: its state and nothing that it said.
    pub(crate) fn emptied(self) -> Self {
        Self {
            status: self.status,
            signal: self.signal,
            published: self.published,
            url: self.url,
            ..Self::default()
        }
    }

    /// Notes a block as removed.
    pub(crate) fn remove(&mut self, reason: &str, block: &Block) {
        self.removed.push(Removed {
            reason: reason.to_owned(),
            text: block.text.chars().take(REMOVED_CHARS).collect(),
            source_span: block.source,
        });
    }

    /// Takes the paragraph at `index` out.
    pub(crate) fn drop_paragraph(&mut self, index: usize, reason: &str) {
        let block = self.paragraphs.remove(index);
        self.remove(reason, &block);
    }

    /// The keys of all that the page calls itself.
    pub(crate) fn title_keys(&self) -> Vec<String> {
        let all = std::iter::once(&self.title).chain(&self.other_titles);
        all.map(|title| repair::key(title)).filter(|key| !key.is_empty()).collect()
    }

    /// The title often stands again at the head of the body.
    pub(crate) fn drop_repeated_title(&mut self) {
        let titles = self.title_keys();
        let subtitle = self.subtitle.as_deref().map(repair::key);
        if titles.is_empty() {
            return;
        }
        let mut index = 0;
        while index < self.paragraphs.len().min(4) {
            let key = repair::key(&self.paragraphs[index].text);
            if titles.contains(&key) {
                self.drop_paragraph(index, "repeated_title");
            } else if index == 0 && subtitle.as_ref() == Some(&key) {
                // A page shows its lead as the start of the story; a wire gives it apart.
                if self.needs_body {
                    self.paragraphs[index].kind = ParagraphKind::Lead;
                    index += 1;
                } else {
                    self.drop_paragraph(index, "repeated_subtitle");
                }
            } else {
                index += 1;
            }
        }
    }
}

//! `WireItem`: what every newswire format says of an item, in one form.

use dateline_record::{Signal, Status, Timestamp};

use super::WireFormat;
use crate::date::{self, Quality};

/// One item of a newswire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WireItem {
    /// The format that it was read from.
    pub format: WireFormat,
    /// What it carries.
    pub kind: Kind,
    /// The provider's own id; for formats without ids one that is derived, see `words::story_key`.
    pub id: Option<String>,
    /// Who gives it.
    pub provider: Option<String>,
    /// The provider's version, as written.
    pub version: Option<String>,
    /// Whether it may be used, as the wire says.
    pub status: Status,
    /// The wire's own word for the status.
    pub status_text: Option<String>,
    /// Why it was sent.
    pub signal: Signal,
    /// A note to editors, a daybook or the like: never a story.
    pub is_advisory: bool,
    /// Not to be used before; `Some` without a time where the wire gives no end.
    pub embargo: Option<Moment>,
    /// How urgent it is.
    pub urgency: Option<Urgency>,
    /// The slug or keyword line.
    pub slug: Option<String>,
    /// The headline.
    pub title: Option<String>,
    /// All headlines that stand in the item, the first one too.
    pub headlines: Vec<String>,
    /// The line below the headline.
    pub subtitle: Option<String>,
    /// The byline as written.
    pub byline: Option<String>,
    /// The authors' names.
    pub authors: Vec<String>,
    /// Where it was written, as the wire gives it apart from the text.
    pub dateline: Option<String>,
    /// Places that the item is about or was written in.
    pub places: Vec<Concept>,
    /// What it is about.
    pub subjects: Vec<Concept>,
    /// What kind of writing it is.
    pub genres: Vec<Concept>,
    /// The language, BCP 47.
    pub language: Option<String>,
    /// When the first version was made.
    pub created: Option<Moment>,
    /// When it was published or sent.
    pub published: Option<Moment>,
    /// When this version was made.
    pub modified: Option<Moment>,
    /// The note to the editors.
    pub ed_note: Option<String>,
    /// Other items that it names.
    pub relations: Vec<Relation>,
    /// Holder and notice of the copyright, terms of use, in the wire's words.
    pub rights: Vec<String>,
    /// The credit line.
    pub credit: Option<String>,
    /// A summary or caption.
    pub description: Option<String>,
    /// The text.
    pub paragraphs: Vec<Paragraph>,
}

/// What an item carries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// A text.
    Text,
    /// A picture.
    Picture,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// A graphic.
    Graphic,
    /// Several items, or a list of them.
    Package,
    /// A planned event or coverage.
    Planning,
    /// Knowledge: concepts, code lists, catalogues.
    Knowledge,
}

impl Kind {
    /// The word for logs and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Picture => "picture",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Graphic => "graphic",
            Self::Package => "package",
            Self::Planning => "planning",
            Self::Knowledge => "knowledge",
        }
    }

    /// The kind that a wire's word names, whatever its scheme.
    pub(super) fn of(word: &str) -> Option<Self> {
        let word = word.rsplit([':', '/']).next().unwrap_or(word).to_ascii_lowercase();
        Some(match word.as_str() {
            "text" | "story" | "article" => Self::Text,
            "picture" | "photo" | "image" => Self::Picture,
            "audio" => Self::Audio,
            "video" | "animated" => Self::Video,
            "graphic" | "graphics" | "graphicaldata" => Self::Graphic,
            "composite" | "component" | "package" => Self::Package,
            "planning" | "event" => Self::Planning,
            "concept" | "scheme" | "catalog" => Self::Knowledge,
            _ => return None,
        })
    }
}

/// A time as written and as read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Moment {
    /// As written.
    pub text: String,
    /// As a moment; none where it cannot be read or nothing is written.
    pub at: Option<Timestamp>,
}

/// Between UTC and the last zone in which a civil time comes.
const LAST_ZONE_MILLIS: i64 = 12 * 3_600_000;

impl Moment {
    /// Reads a time.
    pub(super) fn read(text: &str) -> Self {
        Self { text: text.trim().to_owned(), at: date::parse(text).map(|date| date.at) }
    }

    /// Reads the end of an embargo. Where no zone is written it ends when the time has come
    /// everywhere; a month or a year is too vague to be one.
    pub(super) fn read_embargo(text: &str) -> Self {
        let at = date::parse(text).and_then(|date| match date.quality {
            Quality::Exact | Quality::AmbiguousZone => Some(date.at),
            Quality::AssumedUtc | Quality::Day => {
                Some(Timestamp::from_millis(date.at.as_millis() + LAST_ZONE_MILLIS))
            }
            Quality::Month | Quality::Year => None,
        });
        Self { text: text.trim().to_owned(), at }
    }
}

/// How urgent an item is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Urgency {
    /// 1 (flash) to 5 (routine), on one scale for all wires; none where the word is unknown.
    pub level: Option<u8>,
    /// The wire's own word.
    pub text: String,
}

/// A subject, genre or place.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Concept {
    /// The code as written, for example `medtop:04000000`.
    pub code: Option<String>,
    /// The list that the code is of.
    pub scheme: Option<String>,
    /// The name.
    pub name: Option<String>,
}

impl Concept {
    /// The name, else the code.
    pub fn label(&self) -> Option<&str> {
        self.name.as_deref().or(self.code.as_deref())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.label().is_none()
    }
}

/// A link to another item.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Relation {
    /// The wire's word for it.
    pub rel: String,
    /// The other item's id.
    pub id: String,
    /// The other item's version.
    pub version: Option<u64>,
    /// How much it binds.
    pub bond: Bond,
}

/// How much a link binds two items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bond {
    /// The item takes the other's place: the same story.
    Replaces,
    /// The item came of the other: the same story where it says that it updates, corrects or kills.
    DerivedFrom,
    /// Something to look at beside.
    Related,
}

/// A paragraph of the text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Paragraph {
    /// The text; rows of a table and lines of a listing on their own lines.
    pub text: String,
    /// How it is laid out.
    pub layout: Layout,
}

/// How a paragraph is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layout {
    /// Prose.
    Prose,
    /// A line above the paragraphs that follow.
    Heading,
    /// An item of a list.
    Item,
    /// Rows, their cells set apart by tabs.
    Table,
    /// Lines as they stand.
    Verbatim,
}

impl WireItem {
    pub(super) fn new(format: WireFormat) -> Self {
        Self {
            format,
            kind: Kind::Text,
            id: None,
            provider: None,
            version: None,
            status: Status::Usable,
            status_text: None,
            signal: Signal::New,
            is_advisory: false,
            embargo: None,
            urgency: None,
            slug: None,
            title: None,
            headlines: Vec::new(),
            subtitle: None,
            byline: None,
            authors: Vec::new(),
            dateline: None,
            places: Vec::new(),
            subjects: Vec::new(),
            genres: Vec::new(),
            language: None,
            created: None,
            published: None,
            modified: None,
            ed_note: None,
            relations: Vec::new(),
            rights: Vec::new(),
            credit: None,
            description: None,
            paragraphs: Vec::new(),
        }
    }

    /// The version as a number, which orders the versions of a story; none where it is no number.
    pub fn version_number(&self) -> Option<u64> {
        self.version.as_deref()?.parse().ok()
    }

    /// The item of the same story that this one updates, corrects or kills under its own id.
    pub fn replaced(&self) -> Option<&Relation> {
        let is_other = |relation: &&Relation| self.id.as_ref() != Some(&relation.id);
        let of = |bond: Bond| {
            let mut found = self.relations.iter().filter(move |relation| relation.bond == bond);
            let first = found.next()?;
            // Where an item came of several, none of them is the story that it replaces.
            (bond == Bond::Replaces || found.all(|other| other.id == first.id)).then_some(first)
        };
        // A later version updates the versions before it, whatever the first one came of.
        let is_first = !super::words::is_later_version(self.version_number());
        let is_later = is_first && (self.signal != Signal::New || self.status.recalls());
        let derived = || of(Bond::DerivedFrom).filter(|_| is_later);
        of(Bond::Replaces).or_else(derived).filter(is_other)
    }

    /// The id of the story: that of the item which it replaces, else its own.
    pub fn story_id(&self) -> Option<&str> {
        self.replaced().map(|relation| relation.id.as_str()).or(self.id.as_deref())
    }

    /// Whether it may be used at a moment: an embargo that is over is none.
    pub fn status_at(&self, now: Timestamp) -> Status {
        let is_over = |embargo: &Moment| embargo.at.is_some_and(|until| until <= now);
        match (self.status, &self.embargo) {
            (Status::Usable | Status::Embargoed, Some(embargo)) if !is_over(embargo) => {
                Status::Embargoed
            }
            (Status::Embargoed, Some(_)) => Status::Usable,
            (status, _) => status,
        }
    }

    /// The text in one piece, an empty line between paragraphs.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.paragraphs.iter().map(|part| part.text.as_str()).collect();
        texts.join("\n\n")
    }
}

//! Newswire formats: which one a document is in, where its items lie, and what each item says.
//!
//! `sniff` tells the format by content, `split` finds the items, `parse` reads one. What an item
//! says of identity, version, status and embargo is taken as written or refused; nothing of it is
//! guessed. `read` is `parse` without the last check: it gives an item also where its embargo
//! cannot be read, for those who want to see it, not to use it.

mod anpa;
mod ap;
mod body;
mod embargo;
mod g2;
mod geojson;
mod iptc7901;
mod item;
mod json;
mod newsml1;
mod ninjs;
mod ninjs_rules;
mod nitf;
mod serial;
mod slug;
mod sniff;
mod split;
mod telegram;
mod tree;
mod words;

use std::ops::Range;

use dateline_record::{Format, Signal, Status};

use crate::Problem;
use crate::decode::decode;

pub use ap::text_link;
pub use item::{Bond, Concept, Kind, Layout, Moment, Paragraph, Relation, Urgency, WireItem};
pub use serial::{Serial, serial};
pub use sniff::sniff;

/// A format of newswires.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum WireFormat {
    /// NewsML-G2 2.x.
    NewsmlG2,
    /// NewsML 1.x.
    Newsml1,
    /// NITF 3.x.
    Nitf,
    /// ninjs 1.x, 2.x, 3.x.
    Ninjs,
    /// ANPA 1312.
    Anpa1312,
    /// IPTC 7901.
    Iptc7901,
    /// Items of the AP Media API.
    ApMedia,
}

impl WireFormat {
    /// All formats.
    pub const ALL: &'static [Self] = &[
        Self::NewsmlG2,
        Self::Newsml1,
        Self::Nitf,
        Self::Ninjs,
        Self::Anpa1312,
        Self::Iptc7901,
        Self::ApMedia,
    ];

    /// The newswire format that a raw story is in; none where it is in another one.
    pub fn of(format: Format) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| Format::from(*known) == format)
    }

    /// The name for logs and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewsmlG2 => "newsml_g2",
            Self::Newsml1 => "newsml1",
            Self::Nitf => "nitf",
            Self::Ninjs => "ninjs",
            Self::Anpa1312 => "anpa1312",
            Self::Iptc7901 => "iptc7901",
            Self::ApMedia => "ap_media",
        }
    }
}

impl From<WireFormat> for Format {
    fn from(format: WireFormat) -> Self {
        match format {
            WireFormat::NewsmlG2 => Self::NewsmlG2,
            WireFormat::Newsml1 => Self::Newsml1,
            WireFormat::Nitf => Self::Nitf,
            WireFormat::Ninjs => Self::Ninjs,
            WireFormat::Anpa1312 => Self::Anpa1312,
            WireFormat::Iptc7901 => Self::Iptc7901,
            WireFormat::ApMedia => Self::ApMedia,
        }
    }
}

/// The items of a document, each with its bytes; a cut one is a problem with its bytes.
pub fn split(format: WireFormat, bytes: &[u8]) -> Vec<Result<Range<usize>, Problem>> {
    split::split(format, bytes)
}

/// Reads an item for use: an embargo that cannot be read is refused.
///
/// ```
/// use dateline_wire::newswire::{WireFormat, parse};
///
/// let item = parse(WireFormat::Ninjs, br#"{"uri": "a", "embargoed": "next week"}"#);
/// assert_eq!(item.unwrap_err().field, "embargo");
/// ```
pub fn parse(format: WireFormat, bytes: &[u8]) -> Result<WireItem, Problem> {
    parse_in(format, bytes, None)
}

/// `parse` for bytes whose encoding is known from outside them, as that of an item of a larger
/// document.
pub fn parse_in(
    format: WireFormat,
    bytes: &[u8],
    charset: Option<&str>,
) -> Result<WireItem, Problem> {
    let item = read(format, bytes, charset)?;
    let is_unread =
        item.embargo.as_ref().is_some_and(|until| until.at.is_none() && !until.text.is_empty());
    if is_unread && !item.status.recalls() {
        let text = item.embargo.map(|until| until.text).unwrap_or_default();
        let what = format!(
            "{text:?} is no time, so nothing tells when the story may be used: \
             write it like 2014-10-07T09:30:00Z"
        );
        return Err(Problem::bad("embargo", what));
    }
    Ok(item)
}

/// Reads an item without loss, whether it may be used or not.
pub fn read(format: WireFormat, bytes: &[u8], charset: Option<&str>) -> Result<WireItem, Problem> {
    let header = charset.map(|name| format!("text/plain; charset={name}"));
    let text = decode(bytes, header.as_deref()).text;
    let mut item = match format {
        WireFormat::NewsmlG2 => g2::read(&text),
        WireFormat::Newsml1 => newsml1::read(&text),
        WireFormat::Nitf => nitf::read(&text),
        WireFormat::Ninjs => ninjs::read(&text),
        WireFormat::Anpa1312 => anpa::read(&text),
        WireFormat::Iptc7901 => iptc7901::read(&text),
        WireFormat::ApMedia => ap::read(&text),
    }?;
    item.settle();
    Ok(item)
}

impl WireItem {
    /// Notes a signal; of several, the one that says more counts.
    fn note_signal(&mut self, signal: Option<Signal>) {
        if let Some(signal) = signal {
            self.signal = slug::stronger(Some(self.signal), signal).unwrap_or(signal);
        }
    }

    /// What holds for all formats: notes tell of corrections and kills, later versions are
    /// updates, a canceled item is a kill and the other way round.
    fn settle(&mut self) {
        let note = self.ed_note.clone().unwrap_or_default();
        self.note_signal(words::note_signal(&note));
        self.note_signal(self.title.as_deref().and_then(words::title_signal));
        if words::is_later_version(self.version_number()) {
            self.note_signal(Some(Signal::Update));
        }
        if self.status == Status::Canceled {
            self.signal = Signal::Kill;
        } else if self.signal == Signal::Kill && !self.status.recalls() {
            self.status = Status::Canceled;
        }
        self.is_advisory |= words::is_advisory(self);
        // A kill is a kill, whatever it is a kill of.
        self.is_advisory &= !self.status.recalls();
        if self.headlines.is_empty() {
            self.headlines = self.title.clone().into_iter().collect();
        }
    }
}

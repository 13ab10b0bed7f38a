//! What the index keeps of a story, packed: ids are 128 bits, a relation is 32 bytes.

use std::sync::Arc;

use dateline_record::{ContentHash, RelationKind, SKETCH_VALUES, Signature, Status, StoryId};

/// A sketch whose length is known.
pub(crate) type Sketch = Box<[u16; SKETCH_VALUES]>;

/// A story id or a hash.
pub(crate) type Packed = u128;

/// What two texts are compared by.
#[derive(Clone)]
pub(crate) struct Print {
    pub(crate) exact: Packed,
    pub(crate) tokens: u32,
    pub(crate) shingles: u32,
    pub(crate) numbers: Box<[u16]>,
    pub(crate) sketch: Sketch,
}

impl Print {
    /// The print of a signature; none where it has not the shape of one.
    pub(crate) fn of(signature: &Signature) -> Option<Self> {
        Some(Self {
            exact: pack(signature.exact.as_str())?,
            tokens: signature.tokens,
            shingles: signature.shingles.max(1),
            numbers: signature.numbers.0.clone(),
            sketch: signature.sketch.0.clone().try_into().ok()?,
        })
    }
}

/// One relation to a story that was there before.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Link {
    pub(crate) other: Packed,
    pub(crate) kind: RelationKind,
    /// Values of the sketches that agree.
    pub(crate) agreeing: u8,
}

impl Link {
    /// Whether both tell one story. A digest tells several.
    pub(crate) fn joins(self) -> bool {
        self.kind != RelationKind::Derived
    }
}

/// The head of a cluster: its earliest story. The order is that of heads.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Head {
    pub(crate) at_ms: i64,
    pub(crate) id: Packed,
}

/// A story in the index.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) id: Packed,
    pub(crate) revision: u64,
    pub(crate) unchanged_since: Option<u64>,
    pub(crate) edition: u64,
    pub(crate) status: Status,
    pub(crate) source: Arc<str>,
    pub(crate) provider: Arc<str>,
    pub(crate) at_ms: i64,
    pub(crate) fetched_ms: i64,
    pub(crate) content: Packed,
    pub(crate) headline: Packed,
    pub(crate) is_marked: bool,
    /// Whether it may be used.
    pub(crate) is_live: bool,
    /// Absent where the story may not be compared.
    pub(crate) print: Option<Print>,
    /// Absent where the story was taken back.
    pub(crate) head: Option<Head>,
    pub(crate) links: Box<[Link]>,
    /// The next story of the cluster, round and round.
    pub(crate) ring: u32,
}

/// The 128 bits of an id or a hash; none where it is not 32 hexadecimal digits.
pub(crate) fn pack(text: &str) -> Option<Packed> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| Packed::from_str_radix(text, 16).ok()).flatten()
}

pub(crate) fn story_id(packed: Packed) -> StoryId {
    StoryId::from_text(format!("{packed:032x}"))
}

pub(crate) fn hash(packed: Packed) -> ContentHash {
    ContentHash::from_text(format!("{packed:032x}"))
}

//! The records that travel on Dateline's topics: types, ids, reading and schemas; no I/O, no clock.

mod clean;
mod clean_state;
mod dead;
mod detail;
mod event;
mod facts;
mod fetch;
mod id;
mod kind;
mod memory;
mod ontology;
mod payload;
mod profile;
mod raw;
mod read;
mod relation;
pub mod schema;
mod story;
mod time;
pub mod words;

pub use clean::{
    Access, CleanStory, Confidence, Dateline, Language, Paragraph, ParagraphKind, Removed, Span,
    TimeSource,
};
pub use clean_state::CleanState;
pub use dead::{DeadAction, DeadLetter, DeadMark, FaultCode, Origin};
pub use detail::{FieldConfidence, Magnitudes, PlaceBasis, Telling};
pub use event::{
    Actor, ActorRef, Basis, DateInterval, Event, Granularity, Mention, MentionKind, Place,
    SkipReason, SpellingDoubt, StoryEvents, StorySummary,
};
pub use facts::Facts;
pub use fetch::{
    Delivery, Errand, FetchState, HostMemory, PendingItem, SeenItem, SourceKind, SourceSpec,
    Validators,
};
pub use id::{ContentHash, EventId, SourceId, StoryId, event_key};
pub use kind::{Api, ApiFormat, Auth, Front, JsonFields, NextPage, Pace, Sitemap};
pub use memory::{Gap, ListedFile, Moved, RemoteFile, Rhythm, Subscription, Trust};
pub use ontology::{Context, EventStatus, EventType, Quad};
pub use payload::Payload;
pub use profile::{LineCount, ProfileState, SourceProfile};
pub use raw::{Charset, Format, HttpExchange, RawStory, RobotsVerdict};
pub use read::{ReadError, Record, read};
pub use relation::{
    ClusterState, Relation, RelationKind, SKETCH_VALUES, Signature, StoryRelations, Values,
};
pub use story::{Provenance, Revision, Signal, Status};
pub use time::Timestamp;

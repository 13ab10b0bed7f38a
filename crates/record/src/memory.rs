//! What the fetcher remembers of a source between polls: its rhythm, its gaps, whom it believes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ContentHash, Timestamp, Validators};

/// When a source's items come: weights that fade, by hour of the day and by day of the week (UTC).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Rhythm {
    /// Items that came in each hour of the day, older ones counting less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<f32>,
    /// Items that came on each day of the week from Monday, older ones counting less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<f32>,
    /// Items of the last weeks, older ones counting less and sooner than in the shape of the day.
    #[serde(default)]
    pub level: f32,
    /// Days that were watched, older ones counting less as in `level`.
    #[serde(default)]
    pub watched_days: f32,
    /// Items of the last hours, faded to `updated_at`: what makes a burst.
    #[serde(default)]
    pub recent: f32,
    /// When the weights were last faded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The newest arrival.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_arrival_at: Option<Timestamp>,
}

/// A time in which stories may have been lost: a feed replaced all of its items between two polls, or a
/// wire passed over numbers.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Gap {
    /// The last poll before.
    pub from: Timestamp,
    /// The first poll after.
    pub until: Timestamp,
    /// Items that the feed showed then, none of them known; or numbers that the wire passed over.
    pub new_items: u32,
}

/// Whether a source's validators are believed: some servers say that nothing has changed where
/// something has.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Trust {
    /// Conditional requests since the last unconditional one.
    #[serde(default)]
    pub conditional_polls: u32,
    /// The validators have lied, so none is sent before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distrusted_until: Option<Timestamp>,
    /// Hash of the last body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<ContentHash>,
}

/// One file of a source that consists of several.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct RemoteFile {
    /// Where it is.
    pub url: String,
    /// What to send with the next conditional request.
    #[serde(default)]
    pub validators: Validators,
    /// When its index says that it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// When it was last asked for.
    pub asked_at: Timestamp,
    /// Whether it lists other files.
    #[serde(default)]
    pub is_index: bool,
    /// Files that it lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ListedFile>,
}

/// A file as its index lists it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ListedFile {
    /// Where it is.
    pub url: String,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// A subscription at a WebSub hub, which pushes what is new in a feed.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Subscription {
    /// The hub, as the feed names it.
    pub hub: String,
    /// The feed's address, as it names itself.
    pub topic: String,
    /// When the hub was last asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Until when the hub pushes, as it has confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
}

/// Where a source has gone for good.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Moved {
    /// The address that is asked now.
    pub to: String,
    /// When the redirect was first seen.
    pub since: Timestamp,
}

//! What sources on the network are told: how often to ask, where lists of pages and items lie.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Status;

/// How often a source is asked. What is absent is as the fetcher's settings say.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Pace {
    /// Seconds between two polls, fixed; absent: as often as the source's own rhythm makes worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u64>,
    /// Never asked more often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_interval_seconds: Option<u64>,
    /// Never asked less often, unless it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_interval_seconds: Option<u64>,
}

/// A sitemap, or a site that names its sitemaps in robots.txt.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Sitemap {
    /// The sitemap, or any page of a site.
    pub url: String,
    /// How often it is asked.
    #[serde(flatten)]
    pub pace: Pace,
    /// Pages that were published or changed longer ago are left out.
    #[serde(default = "default_window_hours")]
    pub window_hours: u32,
    /// Only pages whose path this regular expression finds are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// A page that links to stories, of a site without feed and sitemap.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Front {
    /// The page.
    pub url: String,
    /// How often it is asked.
    #[serde(flatten)]
    pub pace: Pace,
    /// Links whose path this regular expression finds are stories; absent: dated paths and long
    /// slugs on the page's own site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// A JSON interface with a list of items.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Api {
    /// The first page. `{since}` stands for the time of the last success (RFC 3339).
    pub url: String,
    /// How often it is asked.
    #[serde(flatten)]
    pub pace: Pace,
    /// What an item is.
    pub format: ApiFormat,
    /// How the interface knows us; absent: it need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// JSON pointer (RFC 6901) to the list of items; "" is the whole document.
    #[serde(default)]
    pub items: String,
    /// JSON pointer within an element of the list to the item itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// Where the next page is; absent: there is one page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextPage>,
    /// Pages that are asked for in one poll.
    #[serde(default = "default_max_pages")]
    pub max_pages: u32,
    /// Seconds for which the interface may hold an answer back until it has something new.
    #[serde(default)]
    pub long_poll_seconds: u32,
    /// Where an item of format `json` has its parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<JsonFields>,
    /// What the interface's words for a story's status mean.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, Status>,
}

/// What the items of a JSON interface are.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFormat {
    /// ninjs 1.x, 2.x or 3.x.
    Ninjs,
    /// Items of the AP Media API.
    Ap,
    /// Any objects, whose parts `fields` names.
    Json,
}

/// How an interface knows us. Secrets are read from the environment when they are needed: no
/// record holds one.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Auth {
    /// A header with each request.
    Header {
        /// The header's name, for example `Authorization` or `x-api-key`.
        header: String,
        /// What stands before the secret, for example `Bearer `.
        #[serde(default)]
        prefix: String,
        /// The environment variable that holds the secret.
        token_env: String,
    },
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4).
    Oauth2 {
        /// Where tokens are given.
        token_url: String,
        /// The environment variable that holds the client's id.
        client_id_env: String,
        /// The environment variable that holds the client's secret.
        client_secret_env: String,
        /// What is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
}

/// Where the next page of an interface is.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct NextPage {
    /// JSON pointer to the next page's address, or to a cursor.
    pub pointer: String,
    /// The query parameter that takes the cursor; absent: the pointer finds an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Whether the place is kept between polls, as in a stream. Else each poll begins at `url`, as
    /// in a list with the newest first, and ends at a page that holds nothing new.
    #[serde(default)]
    pub resume: bool,
}

/// Where an object of JSON has the parts of a story: JSON pointers (RFC 6901).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[allow(missing_docs)] // each is named as the part of the story that it finds
pub struct JsonFields {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<String>,
}

fn default_window_hours() -> u32 {
    48
}

fn default_max_pages() -> u32 {
    10
}

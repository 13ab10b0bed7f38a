//! The fetcher's settings: section `[fetcher]` of `config/dateline.toml`, which holds the defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Section `[fetcher]`; `config/dateline.toml` explains each key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Config {
    pub user_agent: String,
    pub contact_url: String,
    pub min_host_interval_ms: u64,
    pub max_crawl_delay_ms: u64,
    pub max_host_wait_ms: u64,
    pub connect_timeout_ms: u64,
    pub first_byte_timeout_ms: u64,
    pub request_timeout_ms: u64,
    pub max_body_bytes: usize,
    pub max_feed_bytes: usize,
    pub max_redirects: usize,
    pub max_feed_items: usize,
    pub max_feed_depth: usize,
    pub max_seen_items: usize,
    pub min_poll_interval_ms: u64,
    pub max_poll_interval_ms: u64,
    pub max_hint_ms: u64,
    pub request_worth_item_seconds: f64,
    pub unconditional_every_polls: u32,
    pub distrust_validators_ms: u64,
    pub max_sitemap_files: usize,
    pub max_sitemap_files_per_poll: usize,
    pub max_sitemap_depth: u32,
    pub max_pages_per_poll: usize,
    pub max_page_attempts: u32,
    pub max_pending_items: usize,
    pub first_backoff_ms: u64,
    pub max_backoff_ms: u64,
    pub robots_cache_ms: u64,
    pub robots_retry_ms: u64,
    pub max_stories_per_poll: usize,
    pub max_bytes_per_poll: usize,
    pub max_file_bytes: u64,
    pub max_stdin_archive_bytes: u64,
    pub max_seen_files: usize,
    pub file_settle_ms: u64,
    pub push_url: String,
    pub push_secret_file: String,
    pub subscription_lease_seconds: u64,
    pub subscribed_poll_interval_ms: u64,
    pub allow_networks: Vec<String>,
    pub hosts: BTreeMap<String, SocketAddr>,
}

impl Config {
    /// What stands in the `User-Agent` header.
    pub(crate) fn user_agent_header(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match self.contact_url.as_str() {
            "" => format!("{}/{version}", self.user_agent),
            contact => format!("{}/{version} (+{contact})", self.user_agent),
        }
    }

    /// Refuses what cannot work, naming the key and the fix.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let is_product = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '_';
        anyhow::ensure!(
            !self.user_agent.is_empty() && self.user_agent.chars().all(is_product),
            "fetcher.user_agent: {:?} is no product name; use letters, - and _ only, since \
             robots.txt knows no others",
            self.user_agent
        );
        let positive = [
            ("max_stories_per_poll", self.max_stories_per_poll),
            ("max_pages_per_poll", self.max_pages_per_poll),
            ("max_body_bytes", self.max_body_bytes),
            ("max_feed_items", self.max_feed_items),
            ("max_seen_items", self.max_seen_items),
            ("max_sitemap_files_per_poll", self.max_sitemap_files_per_poll),
        ];
        for (key, value) in positive {
            anyhow::ensure!(value > 0, "fetcher.{key}: 0 would fetch nothing; set 1 or more");
        }
        anyhow::ensure!(
            self.request_worth_item_seconds.is_finite() && self.request_worth_item_seconds > 0.0,
            "fetcher.request_worth_item_seconds: {} is no worth; set a number above 0",
            self.request_worth_item_seconds
        );
        anyhow::ensure!(
            (1..=self.max_poll_interval_ms).contains(&self.min_poll_interval_ms),
            "fetcher.min_poll_interval_ms: {} is not between 1 and max_poll_interval_ms",
            self.min_poll_interval_ms
        );
        Ok(())
    }
}

/// A setting in milliseconds as a duration.
pub(crate) fn millis(value: u64) -> Duration {
    Duration::from_millis(value)
}

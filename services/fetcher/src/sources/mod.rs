//! The kinds of sources, one file each, and what those that ask the web have in common.

pub(crate) mod api;
pub(crate) mod errand;
pub(crate) mod feed;
pub(crate) mod folder;
pub(crate) mod front;
pub(crate) mod links;
pub(crate) mod page;
mod pages;
pub(crate) mod poll;
pub(crate) mod push;
pub(crate) mod seen;
pub(crate) mod sitemap;
mod websub;

/// An error's text as the state keeps it.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(256).collect()
}

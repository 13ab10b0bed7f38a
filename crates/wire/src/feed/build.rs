//! Puts the fields that the reader finds together to a feed and its items.

use url::Url;

use super::field::{self, Field};
use super::{Deleted, Feed, Item, Limits, Moment, Rich};
use crate::Problem;

/// A field as it was found.
pub(super) struct Found<'a> {
    /// Which field.
    pub(super) field: Field,
    /// The element's text.
    pub(super) text: Rich,
    /// What its attributes say.
    pub(super) attributes: &'a Attributes,
    /// What relative links are relative to.
    pub(super) base: Option<&'a Url>,
}

/// The attributes that mean something.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    pub(super) href: Option<String>,
    pub(super) rel: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) term: Option<String>,
    pub(super) label: Option<String>,
    pub(super) is_permalink: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) when: Option<String>,
    pub(super) about: Option<String>,
    pub(super) language: Option<String>,
    pub(super) base: Option<String>,
    pub(super) src: Option<String>,
}

/// A feed in the making.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    feed: Feed,
    item: Option<Draft>,
}

/// An item in the making.
#[derive(Default)]
struct Draft {
    item: Item,
    /// A link that is better than none: rel other than alternate, or a guid that is an address.
    spare_link: Option<String>,
    about: Option<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, feed: Feed::default(), item: None }
    }

    /// The finished feed.
    pub(super) fn finish(mut self) -> Feed {
        self.close_item();
        self.feed
    }

    /// Notes what could not be read.
    pub(super) fn problem(&mut self, problem: Problem) {
        if self.feed.problems.len() < self.limits.max_problems {
            self.feed.problems.push(problem);
        }
    }

    /// Whether there is no room for another item.
    pub(super) fn is_full(&self) -> bool {
        self.feed.items.len() + self.feed.deleted.len() >= self.limits.max_items
    }

    pub(super) fn open_item(&mut self, attributes: &Attributes) {
        self.close_item();
        let item = Item { language: attributes.language.clone(), ..Item::default() };
        let about = attributes.about.clone();
        self.item = Some(Draft { item, about, spare_link: None });
    }

    pub(super) fn close_item(&mut self) {
        let Some(Draft { mut item, spare_link, about }) = self.item.take() else {
            return;
        };
        item.id = item.id.or(about);
        item.link = item.link.or(spare_link);
        self.feed.items.push(item);
    }

    pub(super) fn deleted(&mut self, attributes: &Attributes) {
        let Some(id) = attributes.reference.clone() else {
            let what = "there is no ref: it cannot be told which item is taken back";
            return self.problem(Problem::bad("at:deleted-entry", what));
        };
        let when = attributes.when.as_deref().map(Moment::read);
        self.feed.deleted.push(Deleted { id, when });
    }

    /// The language that a root element declares.
    pub(super) fn feed_language(&mut self, attributes: &Attributes) {
        set(&mut self.feed.language, attributes.language.clone());
    }

    /// Takes a field over to the item, or to the feed where there is none.
    pub(super) fn take(&mut self, found: &Found<'_>) {
        match &mut self.item {
            Some(draft) => draft.take(found),
            None => take_for_feed(&mut self.feed, found),
        }
    }
}

fn take_for_feed(feed: &mut Feed, found: &Found<'_>) {
    let text = found.text.value.trim();
    match found.field {
        Field::Title => set(&mut feed.title, some(field::title(&found.text))),
        Field::Link if is_alternate(found.attributes) => set(&mut feed.link, link(found)),
        Field::Language => set(&mut feed.language, some(text.to_owned())),
        Field::Ttl => feed.ttl_minutes = feed.ttl_minutes.or(text.parse().ok()),
        _ => {}
    }
}

impl Draft {
    fn take(&mut self, found: &Found<'_>) {
        let item = &mut self.item;
        let text = found.text.value.trim();
        match found.field {
            Field::Title => set(&mut item.title, some(field::title(&found.text))),
            Field::Link if is_alternate(found.attributes) => set(&mut item.link, link(found)),
            Field::Link => self.take_other_link(found),
            Field::Id => self.take_id(found),
            Field::Summary => set(&mut item.summary, rich(&found.text)),
            Field::Content => item.content = longer(item.content.take(), rich(&found.text)),
            Field::Author | Field::Name => push(&mut item.authors, field::author(text)),
            Field::Published => set(&mut item.published, moment(text)),
            Field::Updated => set(&mut item.updated, moment(text)),
            Field::Language => set(&mut item.language, some(text.to_owned())),
            Field::Category => {
                let attributes = found.attributes;
                let named = attributes.label.clone().or_else(|| attributes.term.clone());
                push(&mut item.categories, named.unwrap_or_else(|| field::collapse(text)));
            }
            Field::Ttl => {}
        }
    }

    fn take_other_link(&mut self, found: &Found<'_>) {
        let rel = found.attributes.rel.as_deref().unwrap_or_default();
        if rel == "via" || rel == "related" {
            set(&mut self.spare_link, link(found));
        }
    }

    fn take_id(&mut self, found: &Found<'_>) {
        let id = found.text.value.trim();
        let is_permalink = found.attributes.is_permalink.as_deref() != Some("false");
        let is_address = id.starts_with("http://") || id.starts_with("https://");
        if is_permalink && is_address {
            set(&mut self.spare_link, Some(id.to_owned()));
        }
        set(&mut self.item.id, some(id.to_owned()));
    }
}

/// The first value that is there stays.
fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn push(list: &mut Vec<String>, text: String) {
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

fn rich(text: &Rich) -> Option<Rich> {
    let value = text.value.trim().to_owned();
    (!value.is_empty()).then_some(Rich { value, is_html: text.is_html })
}

fn longer(one: Option<Rich>, other: Option<Rich>) -> Option<Rich> {
    let length = |rich: &Option<Rich>| rich.as_ref().map_or(0, |rich| rich.value.len());
    if length(&other) > length(&one) { other } else { one }
}

fn moment(text: &str) -> Option<Moment> {
    (!text.is_empty()).then(|| Moment::read(text))
}

fn is_alternate(attributes: &Attributes) -> bool {
    let is_page = attributes
        .kind
        .as_deref()
        .is_none_or(|kind| kind.contains("html") || kind.starts_with("text/"));
    attributes.rel.as_deref().is_none_or(|rel| rel == "alternate") && is_page
}

fn link(found: &Found<'_>) -> Option<String> {
    let text = found.attributes.href.as_deref().unwrap_or(&found.text.value).trim();
    resolve_link(text, found.base)
}

/// An absolute link stays as written; a relative one is resolved where there is a base.
pub(super) fn resolve_link(text: &str, base: Option<&Url>) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if Url::parse(text).is_ok() {
        return Some(text.to_owned());
    }
    let resolved = base.and_then(|base| base.join(text).ok());
    Some(resolved.map_or_else(|| text.to_owned(), Into::into))
}

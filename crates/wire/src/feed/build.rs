//! Puts the fields that the reader finds together to a feed and its items.

use super::field::{Field, Part};
use super::xml::{Attributes, Scope};
use super::{
    About, Category, Deleted, Feed, Generator, Item, Limits, Link, Moment, Person, Place, Rich,
    Shape, plain, uri,
};
use crate::Problem;

/// A field as it was found.
pub(super) struct Found<'a> {
    /// Which field.
    pub(super) field: Field,
    /// The element's text, trimmed; empty for a rich one.
    pub(super) text: String,
    /// What its attributes say.
    pub(super) attributes: Attributes<'a>,
    /// The base and the language where it stands.
    pub(super) scope: &'a Scope,
    /// Its scheme, where categories of its vocabulary are of one.
    pub(super) scheme: Option<&'static str>,
    pub(super) max_list: usize,
}

/// What is kept of a thing until it is known what is better than nothing.
#[derive(Default)]
struct Spare {
    /// A link that is better than none: rel other than alternate, or a guid that is an address.
    link: Option<String>,
    title: Option<Rich>,
    summary: Option<Rich>,
    dated: Option<Moment>,
}

/// A feed in the making.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    feed: Feed,
    feed_spare: Spare,
    item: Option<(Item, Spare)>,
    source: Option<(Box<About>, Spare)>,
    person: Option<Person>,
    shape: Shape,
    latitude: Option<f64>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            feed: Feed::default(),
            feed_spare: Spare::default(),
            item: None,
            source: None,
            person: None,
            shape: Shape::Point,
            latitude: None,
        }
    }

    /// The finished feed. `language` is what the answer's header says.
    pub(super) fn finish(mut self, language: Option<&str>) -> Feed {
        self.close_item();
        settle(&mut self.feed.about, &mut self.feed_spare);
        set(&mut self.feed.about.subtitle, self.feed_spare.summary.take());
        set(&mut self.feed.about.language, language.map(str::to_owned));
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

    pub(super) fn open_item(&mut self, attributes: Attributes<'_>, scope: &Scope) {
        self.close_item();
        let mut item = Item::default();
        item.about.language = scope.declared_language();
        item.about.id = attributes.text("rdf:about");
        take_element(&mut item.about, attributes, scope);
        self.item = Some((item, Spare::default()));
    }

    pub(super) fn close_item(&mut self) {
        self.close_source();
        self.person = None;
        let Some((mut item, mut spare)) = self.item.take() else {
            return;
        };
        settle(&mut item.about, &mut spare);
        set(&mut item.summary, spare.summary);
        self.feed.items.push(item);
    }

    /// What a root or channel says in its own tag.
    pub(super) fn open_feed(&mut self, attributes: Attributes<'_>, scope: &Scope) {
        set(&mut self.feed.about.language, scope.declared_language());
        take_element(&mut self.feed.about, attributes, scope);
    }

    pub(super) fn open_source(&mut self) {
        self.source = self.item.is_some().then(Default::default);
    }

    pub(super) fn close_source(&mut self) {
        let Some((mut about, mut spare)) = self.source.take() else {
            return;
        };
        settle(&mut about, &mut spare);
        if let Some((item, _)) = &mut self.item {
            item.source = Some(about);
        }
    }

    pub(super) fn open_person(&mut self) {
        self.person = Some(Person::default());
    }

    pub(super) fn close_person(&mut self, part: Part) {
        if let Some(person) = self.person.take() {
            let max_list = self.limits.max_list;
            add_person(self.about(), part, person, max_list);
        }
    }

    pub(super) fn open_shape(&mut self, shape: Shape) {
        self.shape = shape;
    }

    pub(super) fn deleted(&mut self, attributes: Attributes<'_>) {
        let Some(id) = attributes.text("ref") else {
            let what = "there is no ref: it cannot be told which item is taken back";
            return self.problem(Problem::bad("at:deleted-entry", what));
        };
        let when = attributes.text("when").map(|when| Moment::read(&when));
        self.feed.deleted.push(Deleted { id, when });
    }

    /// What fields now speak of.
    fn about(&mut self) -> &mut About {
        self.parts().0
    }

    fn parts(&mut self) -> (&mut About, &mut Spare) {
        match (&mut self.source, &mut self.item) {
            (Some((about, spare)), _) => (about, spare),
            (None, Some((item, spare))) => (&mut item.about, spare),
            (None, None) => (&mut self.feed.about, &mut self.feed_spare),
        }
    }

    /// Takes over a text that may be markup.
    pub(super) fn take_rich(&mut self, field: Field, text: Rich) {
        if text.value.is_empty() {
            return;
        }
        let in_item = self.source.is_none() && self.item.is_some();
        if let (true, Some((item, spare))) = (in_item, &mut self.item) {
            match field {
                Field::Summary if item.summary.is_some() => add_content(item, text),
                Field::Summary => return item.summary = Some(text),
                Field::SpareSummary => return set(&mut spare.summary, Some(text)),
                Field::Content => add_content(item, text),
                _ => return take_rich(&mut item.about, spare, field, text),
            }
            return;
        }
        let (about, spare) = self.parts();
        let field = if field == Field::Summary { Field::Subtitle } else { field };
        take_rich(about, spare, field, text);
    }

    /// Takes over any other field.
    pub(super) fn take(&mut self, found: Found<'_>) {
        match found.field {
            Field::Name | Field::Email | Field::Uri => self.take_person(found),
            Field::Ttl => set(&mut self.feed.updates.ttl_minutes, found.text.parse().ok()),
            Field::Period => set(&mut self.feed.updates.period, some(found.text)),
            Field::Frequency => set(&mut self.feed.updates.frequency, found.text.parse().ok()),
            Field::Place(_) | Field::Points | Field::Latitude | Field::Longitude => {
                self.take_place(&found);
            }
            Field::Comments | Field::Expires | Field::SourceName => self.take_for_item(found),
            _ => {
                let (about, spare) = self.parts();
                take(about, spare, found);
            }
        }
    }

    fn take_person(&mut self, found: Found<'_>) {
        let Some(person) = &mut self.person else {
            return;
        };
        match found.field {
            Field::Name => set(&mut person.name, some(plain::collapse(&found.text))),
            Field::Email => set(&mut person.email, some(found.text)),
            _ => set(&mut person.uri, uri::resolve(&found.text, found.scope.base())),
        }
    }

    fn take_for_item(&mut self, found: Found<'_>) {
        let Some((item, _)) = &mut self.item else {
            return;
        };
        let address = |text: &str| uri::resolve(text, found.scope.base());
        match found.field {
            Field::Comments => set(&mut item.comments, address(&found.text)),
            Field::Expires => set(&mut item.expires, moment(&found.text)),
            _ => {
                let link = found.attributes.get("url").and_then(|link| address(&link));
                let title = some(found.text);
                let title = title.map(|title| Rich::new(title, super::TextKind::Plain));
                set(&mut item.source, Some(Box::new(About { title, link, ..About::default() })));
            }
        }
    }

    fn take_place(&mut self, found: &Found<'_>) {
        let numbers = numbers(&found.text);
        let (shape, points) = match found.field {
            Field::Latitude => return self.latitude = numbers.first().copied(),
            Field::Longitude => {
                let longitude = numbers.first().copied();
                let both = self.latitude.take().zip(longitude);
                (Shape::Point, both.into_iter().collect())
            }
            Field::Place(shape) => (shape, pairs(&numbers)),
            _ if self.shape == Shape::Point => {
                (Shape::Point, pairs(&numbers[..numbers.len().min(2)]))
            }
            _ => (self.shape, pairs(&numbers)),
        };
        let Some((item, _)) = self.item.as_mut().filter(|_| !points.is_empty()) else {
            return;
        };
        match &mut item.place {
            // The two corners of an envelope come one after the other.
            Some(place) if place.shape == Shape::Box && place.points.len() == 1 => {
                place.points.extend(points);
            }
            place => set(place, Some(Box::new(Place { shape, points }))),
        }
    }
}

/// What an element says of itself by its attributes, as CDF does.
fn take_element(about: &mut About, attributes: Attributes<'_>, scope: &Scope) {
    if let Some(href) = attributes.get("href").and_then(|href| uri::resolve(&href, scope.base())) {
        let rel = "alternate".to_owned();
        about.links.push(Link { href: href.clone(), rel, ..Link::default() });
        set(&mut about.link, Some(href));
    }
    if let Some(at) = attributes.get("lastmod") {
        set(&mut about.updated, moment(&at));
    }
}

/// Takes what is better than nothing where there is nothing.
fn settle(about: &mut About, spare: &mut Spare) {
    set(&mut about.link, spare.link.take());
    set(&mut about.title, spare.title.take());
    set(&mut about.published, spare.dated.clone());
    set(&mut about.updated, spare.dated.take());
}

fn take_rich(about: &mut About, spare: &mut Spare, field: Field, text: Rich) {
    let slot = match field {
        Field::Title => &mut about.title,
        Field::SpareTitle => &mut spare.title,
        Field::SpareSummary => &mut spare.summary,
        Field::Subtitle => &mut about.subtitle,
        Field::Info => &mut about.info,
        Field::Rights => &mut about.rights,
        _ => return,
    };
    set(slot, Some(text));
}

/// The longest text is the whole one.
fn add_content(item: &mut Item, text: Rich) {
    let known = item.content.as_ref().map_or(0, |content| content.value.len());
    if text.value.len() > known {
        item.content = Some(text);
    }
}

fn take(about: &mut About, spare: &mut Spare, found: Found<'_>) {
    let address = |text: &str| uri::resolve(text, found.scope.base());
    match found.field {
        Field::Link => take_link(about, spare, &found),
        Field::ImageLink => take_image_link(about, &found),
        Field::Enclosure => take_enclosure(about, &found),
        Field::License => take_license(about, &found),
        Field::Id => take_id(about, spare, found),
        Field::Person(part) => {
            if let Some(person) = plain::person(&found.text) {
                add_person(about, part, person, found.max_list);
            }
        }
        Field::Published => replace(&mut about.published, moment(&found.text)),
        Field::Updated => replace(&mut about.updated, moment(&found.text)),
        Field::Created => replace(&mut about.created, moment(&found.text)),
        Field::Dated => replace(&mut spare.dated, moment(&found.text)),
        Field::Language => about.language = some(found.text).or_else(|| about.language.take()),
        Field::Category => take_category(about, &found),
        Field::Keywords => take_keywords(about, &found),
        Field::Image => set(&mut about.image, address(&found.text)),
        Field::Icon => set(&mut about.icon, address(&found.text)),
        Field::Generator => take_generator(about, found),
        _ => {}
    }
}

fn take_link(about: &mut About, spare: &mut Spare, found: &Found<'_>) {
    let attributes = found.attributes;
    let href = attributes.get("href");
    let Some(href) = uri::resolve(href.as_deref().unwrap_or(&found.text), found.scope.base())
    else {
        return;
    };
    let rel = attributes.text("rel");
    let kind = attributes.text("type");
    if rel.is_none() && kind.is_none() && attributes.get("href").is_none() {
        return set(&mut about.link, Some(href));
    }
    let rel = rel.unwrap_or_else(|| "alternate".to_owned());
    let is_page =
        kind.as_deref().is_none_or(|kind| kind.contains("html") || kind.starts_with("text/"));
    match rel.as_str() {
        "alternate" if is_page => set(&mut about.link, Some(href.clone())),
        "alternate" | "via" | "related" => set(&mut spare.link, Some(href.clone())),
        _ => {}
    }
    if about.links.len() < found.max_list {
        let (title, language) = (attributes.text("title"), attributes.text("hreflang"));
        let length = attributes.text("length");
        about.links.push(Link { href, rel, kind, title, language, length });
    }
}

fn take_image_link(about: &mut About, found: &Found<'_>) {
    let attributes = found.attributes;
    if attributes.get("rel").is_some_and(|rel| rel != "image") {
        return;
    }
    let href = attributes.get("href").or_else(|| attributes.get("url"));
    let href = href.as_deref().unwrap_or(&found.text);
    set(&mut about.image, uri::resolve(href, found.scope.base()));
}

fn take_enclosure(about: &mut About, found: &Found<'_>) {
    let attributes = found.attributes;
    let href = attributes.get("url").or_else(|| attributes.get("href"));
    let href = href.and_then(|href| uri::resolve(&href, found.scope.base()));
    if let Some(href) = href.filter(|_| about.links.len() < found.max_list) {
        let (kind, length) = (attributes.text("type"), attributes.text("length"));
        let rel = "enclosure".to_owned();
        about.links.push(Link { href, rel, kind, length, ..Link::default() });
    }
}

fn take_license(about: &mut About, found: &Found<'_>) {
    let href = found.attributes.get("rdf:resource");
    let href = uri::resolve(href.as_deref().unwrap_or(&found.text), found.scope.base());
    if let Some(href) = href.filter(|_| about.links.len() < found.max_list) {
        about.links.push(Link { href, rel: "license".to_owned(), ..Link::default() });
    }
}

fn take_id(about: &mut About, spare: &mut Spare, found: Found<'_>) {
    let is_permalink = found
        .attributes
        .get("isPermaLink")
        .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
    let is_address = found.text.starts_with("http://") || found.text.starts_with("https://");
    if is_permalink && is_address {
        set(&mut spare.link, Some(found.text.clone()));
    }
    // A path is an address; any other text is an id as it stands.
    let id = if found.text.starts_with('/') && is_permalink {
        uri::resolve(&found.text, found.scope.base())
    } else {
        some(found.text)
    };
    about.id = id.or_else(|| about.id.take());
}

fn take_category(about: &mut About, found: &Found<'_>) {
    let attributes = found.attributes;
    let label = attributes.text("label");
    let term = attributes.text("term").or_else(|| some(plain::collapse(&found.text)));
    let term = term.or_else(|| attributes.text("text")).or_else(|| label.clone());
    let scheme = attributes.text("scheme").or_else(|| attributes.text("domain"));
    let scheme = scheme.or_else(|| found.scheme.map(str::to_owned));
    if let Some(term) = term {
        add_category(about, Category { term, scheme, label }, found.max_list);
    }
}

fn take_keywords(about: &mut About, found: &Found<'_>) {
    let has_commas = found.text.contains(',');
    let parts = found.text.split(|c: char| c == ',' || (!has_commas && c.is_whitespace()));
    for part in parts.take(found.max_list) {
        if let Some(term) = some(plain::collapse(part)) {
            let scheme = found.scheme.map(str::to_owned);
            add_category(about, Category { term, scheme, label: None }, found.max_list);
        }
    }
}

fn add_category(about: &mut About, category: Category, max_list: usize) {
    if about.categories.len() < max_list && !about.categories.contains(&category) {
        about.categories.push(category);
    }
}

fn add_person(about: &mut About, part: Part, person: Person, max_list: usize) {
    if person == Person::default() {
        return;
    }
    let list = match part {
        Part::Author => &mut about.authors,
        Part::Contributor => &mut about.contributors,
        Part::Publisher => return set(&mut about.publisher, Some(Box::new(person))),
    };
    if list.len() < max_list && !list.contains(&person) {
        list.push(person);
    }
}

fn take_generator(about: &mut About, found: Found<'_>) {
    let attributes = found.attributes;
    let uri = attributes.get("uri").or_else(|| attributes.get("url"));
    let uri = uri.and_then(|link| uri::resolve(&link, found.scope.base()));
    let version = attributes.text("version");
    set(&mut about.generator, Some(Box::new(Generator { name: found.text, uri, version })));
}

/// The first value that is there stays.
fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

/// The last time that can be read stays.
fn replace(slot: &mut Option<Moment>, value: Option<Moment>) {
    let is_readable = value.as_ref().is_some_and(|moment| moment.at.is_some());
    if slot.is_none() || is_readable {
        *slot = value;
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    (!text.is_empty()).then(|| Moment::read(text))
}

/// Numbers of one place.
const MAX_NUMBERS: usize = 2_000;

fn numbers(text: &str) -> Vec<f64> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let numbers =
        words.take(MAX_NUMBERS).map(|word| word.parse().ok().filter(|n: &f64| n.is_finite()));
    numbers.collect::<Option<Vec<f64>>>().unwrap_or_default()
}

fn pairs(numbers: &[f64]) -> Vec<(f64, f64)> {
    numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

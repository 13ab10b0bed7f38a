//! JSON Feed 1.0 and 1.1, field by field, so that one wrong type costs one field.

use serde_json::Value;
use url::Url;

use super::plain::collapse;
use super::{About, Category, Feed, Item, Limits, Link, Moment, Person, Rich, TextKind, uri};
use crate::Problem;

/// Reads a JSON Feed.
pub(super) fn parse(text: &str, base: Option<&Url>, limits: &Limits) -> Feed {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let problem = Problem::bad("feed", format!("it begins like JSON and is none: {error}"));
            return Feed { problems: vec![problem], ..Feed::default() };
        }
    };
    let Some(items) = value.get("items").and_then(Value::as_array) else {
        let problem = Problem::bad("items", "there is no list of items: this is no JSON Feed");
        return Feed { problems: vec![problem], ..Feed::default() };
    };
    let objects = items.iter().filter(|item| item.is_object()).take(limits.max_items);
    let mut about = about(&value, base, limits);
    about.link = link(&value, "home_page_url", base);
    about.id = link(&value, "feed_url", base);
    about.subtitle = rich(&value, "description", TextKind::Plain);
    about.links.extend(about.id.clone().map(|href| related(href, "self")));
    for hub in list(&value, "hubs").take(limits.max_list) {
        about.links.extend(link(hub, "url", base).map(|href| related(href, "hub")));
    }
    let items = objects.map(|object| item(object, base, limits)).collect();
    Feed { about, items, ..Feed::default() }
}

fn related(href: String, rel: &str) -> Link {
    Link { href, rel: rel.to_owned(), ..Link::default() }
}

fn about(value: &Value, base: Option<&Url>, limits: &Limits) -> About {
    About {
        title: string(value, "title").map(|title| Rich::new(collapse(&title), TextKind::Plain)),
        language: string(value, "language"),
        authors: authors(value, base).take(limits.max_list).collect(),
        image: link(value, "image", base).or_else(|| link(value, "icon", base)),
        icon: link(value, "favicon", base),
        ..About::default()
    }
}

fn item(value: &Value, base: Option<&Url>, limits: &Limits) -> Item {
    let tags = list(value, "tags").filter_map(Value::as_str).take(limits.max_list);
    let category = |term: &str| Category { term: term.to_owned(), ..Category::default() };
    let files = list(value, "attachments").take(limits.max_list);
    Item {
        about: About {
            id: string(value, "id"),
            link: link(value, "url", base).or_else(|| link(value, "external_url", base)),
            links: files.filter_map(|file| attachment(file, base)).collect(),
            published: string(value, "date_published").map(|text| Moment::read(&text)),
            updated: string(value, "date_modified").map(|text| Moment::read(&text)),
            categories: tags.map(category).collect(),
            ..about(value, base, limits)
        },
        summary: rich(value, "summary", TextKind::Plain),
        content: rich(value, "content_html", TextKind::Html)
            .or_else(|| rich(value, "content_text", TextKind::Plain)),
        ..Item::default()
    }
}

fn attachment(value: &Value, base: Option<&Url>) -> Option<Link> {
    Some(Link {
        href: link(value, "url", base)?,
        rel: "enclosure".to_owned(),
        kind: string(value, "mime_type"),
        title: string(value, "title"),
        length: string(value, "size_in_bytes"),
        language: None,
    })
}

/// A string or a number, trimmed; an empty one is none.
fn string(value: &Value, name: &str) -> Option<String> {
    let text = match value.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn rich(value: &Value, name: &str, kind: TextKind) -> Option<Rich> {
    string(value, name).map(|text| Rich::new(text, kind))
}

fn link(value: &Value, name: &str, base: Option<&Url>) -> Option<String> {
    uri::resolve(&string(value, name)?, base)
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn authors<'a>(value: &'a Value, base: Option<&'a Url>) -> impl Iterator<Item = Person> + 'a {
    let all = list(value, "authors").chain(value.get("author"));
    let person = move |author: &Value| Person {
        name: string(author, "name"),
        email: None,
        uri: link(author, "url", base),
    };
    all.map(person).filter(|person| person.name.is_some() || person.uri.is_some())
}

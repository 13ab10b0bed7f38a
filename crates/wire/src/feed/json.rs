//! JSON Feed 1.0 and 1.1, field by field, so that one wrong type costs one field.

use serde_json::Value;
use url::Url;

use super::build::resolve_link;
use super::field::collapse;
use super::{Feed, Item, Limits, Moment, Rich};
use crate::Problem;

/// Reads a JSON Feed.
pub(super) fn parse(text: &str, base: Option<&Url>, limits: &Limits) -> Feed {
    let value: Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
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
    Feed {
        title: string(&value, "title").map(|title| collapse(&title)),
        link: link(&value, "home_page_url", base),
        language: string(&value, "language"),
        items: objects.map(|object| item(object, base)).collect(),
        ..Feed::default()
    }
}

fn item(value: &Value, base: Option<&Url>) -> Item {
    let html = string(value, "content_html").map(|value| Rich { value, is_html: true });
    let text = string(value, "content_text").map(|value| Rich { value, is_html: false });
    Item {
        id: string(value, "id"),
        link: link(value, "url", base).or_else(|| link(value, "external_url", base)),
        title: string(value, "title").map(|title| collapse(&title)),
        summary: string(value, "summary").map(|value| Rich { value, is_html: false }),
        content: html.or(text),
        authors: authors(value),
        published: string(value, "date_published").map(|text| Moment::read(&text)),
        updated: string(value, "date_modified").map(|text| Moment::read(&text)),
        language: string(value, "language"),
        categories: list(value, "tags").filter_map(Value::as_str).map(str::to_owned).collect(),
    }
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

fn link(value: &Value, name: &str, base: Option<&Url>) -> Option<String> {
    resolve_link(&string(value, name)?, base)
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn authors(value: &Value) -> Vec<String> {
    let single = value.get("author").into_iter();
    list(value, "authors").chain(single).filter_map(|author| string(author, "name")).collect()
}

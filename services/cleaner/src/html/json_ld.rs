//! What a page's JSON-LD says of its article.

use serde_json::Value;

/// More than this is no metadata.
const MAX_BYTES: usize = 400_000;
/// Graphs are looked into so deep.
const MAX_DEPTH: usize = 6;

/// The article that a page describes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Article {
    pub(crate) headline: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) published: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) is_free: Option<bool>,
}

/// The first article in a script's text; what is no JSON says nothing.
pub(crate) fn article(script: &str) -> Option<Article> {
    if script.len() > MAX_BYTES {
        return None;
    }
    let text = script.trim().trim_start_matches("<!--").trim_end_matches("-->");
    let value = serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&text.replace(['\n', '\r', '\t'], " ")))
        .ok()?;
    find(&value, 0).map(read)
}

fn find(value: &Value, depth: usize) -> Option<&Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match value {
        Value::Array(items) => items.iter().find_map(|item| find(item, depth + 1)),
        Value::Object(fields) if is_article(value) => Some(value).filter(|_| !fields.is_empty()),
        Value::Object(fields) => ["@graph", "mainEntity", "mainEntityOfPage"]
            .iter()
            .filter_map(|name| fields.get(*name))
            .find_map(|inner| find(inner, depth + 1)),
        _ => None,
    }
}

fn is_article(value: &Value) -> bool {
    let named = |kind: &Value| {
        kind.as_str().is_some_and(|kind| {
            kind.ends_with("Article")
                || kind.ends_with("NewsArticle")
                || kind.ends_with("Posting")
                || kind == "Report"
        })
    };
    match value.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(named),
        Some(kind) => named(kind),
        None => false,
    }
}

fn read(value: &Value) -> Article {
    let text = |name: &str| value.get(name).and_then(first_text);
    Article {
        headline: text("headline").or_else(|| text("name")),
        description: text("description"),
        authors: value
            .get("author")
            .or_else(|| value.get("creator"))
            .map(names)
            .unwrap_or_default(),
        published: text("datePublished").or_else(|| text("dateCreated")),
        modified: text("dateModified"),
        section: text("articleSection"),
        is_free: value.get("isAccessibleForFree").and_then(boolean),
    }
}

fn first_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Array(items) => return items.iter().find_map(first_text),
        _ => return None,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(free) => Some(*free),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

fn names(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(fields) => {
            let is_house = fields
                .get("@type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.ends_with("Organization"));
            let name = fields.get("name").and_then(first_text).filter(|_| !is_house);
            name.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_articles() {
        let article = article(
            r#"{"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle"], "headline": " Ministers meet ",
                "author": [{"@type": "Person", "name": "Anna Example"}, {"@type": "Organization", "name": "Wire"}, "Bo Sample"],
                "datePublished": "2014-10-07T09:30:00Z", "isAccessibleForFree": "False"}]}"#,
        )
        .unwrap();
        assert_eq!(article.headline.as_deref(), Some("Ministers meet"));
        assert_eq!(article.authors, ["Anna Example", "Bo Sample"]);
        assert_eq!(article.is_free, Some(false));
    }

    #[test]
    fn says_nothing_where_nothing_is_said() {
        for script in ["", "{", "[]", "7", r#"{"@type": "WebSite"}"#] {
            assert_eq!(article(script), None, "{script}");
        }
        let deep = "[".repeat(5_000);
        assert_eq!(article(&deep), None);
    }
}

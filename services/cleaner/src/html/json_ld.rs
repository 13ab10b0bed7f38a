//! What a page's JSON-LD says of its article.

use serde_json::Value;

/// More than this is no metadata.
const MAX_BYTES: usize = 400_000;
/// Graphs are looked into so deep.
const MAX_DEPTH: usize = 6;
/// More articles than this are a list of teasers.
const MAX_ARTICLES: usize = 40;

/// The article that a page describes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Article {
    pub(crate) headline: Option<String>,
    pub(crate) alternative: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) authors: Vec<String>,
    /// Organisations that are given as authors.
    pub(crate) houses: Vec<String>,
    /// Who publishes it.
    pub(crate) publisher: Option<String>,
    pub(crate) tags: Vec<String>,
    rank: u8,
    /// It calls itself news.
    pub(crate) is_news: bool,
    pub(crate) published: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) is_free: Option<bool>,
    pub(crate) body: Option<String>,
}

/// The article that the scripts of a page describe: the first, and what only others say.
pub(crate) fn article<'a>(scripts: impl Iterator<Item = &'a str>) -> Option<Article> {
    let mut articles: Vec<Article> = scripts.flat_map(articles).collect();
    articles.sort_by_key(|article| article.rank);
    let mut articles = articles.into_iter();
    let mut best = articles.next()?;
    for other in articles.filter(|other| other.rank == best.rank) {
        best.is_news |= other.is_news;
        best.headline = best.headline.take().or(other.headline);
        best.published = best.published.take().or(other.published);
        best.modified = best.modified.take().or(other.modified);
        best.section = best.section.take().or(other.section);
        best.is_free = best.is_free.or(other.is_free);
        best.body = best.body.take().or(other.body);
        if best.authors.is_empty() {
            best.authors = other.authors;
        }
        if best.houses.is_empty() {
            best.houses = other.houses;
        }
    }
    Some(best)
}

/// The articles in a script's text; what is no JSON says nothing.
fn articles(script: &str) -> Vec<Article> {
    let mut found = Vec::new();
    if script.len() <= MAX_BYTES
        && let Some(value) = parse(script)
    {
        find(&value, 0, &mut found);
    }
    found
}

/// Sites break lines within strings, and leave commas or comments around.
fn parse(script: &str) -> Option<Value> {
    let text = script.trim().trim_start_matches("<!--").trim_end_matches("-->");
    let text = text.trim().trim_start_matches("//<![CDATA[").trim_end_matches("//]]>");
    let text = text.trim().trim_end_matches(';');
    serde_json::from_str(text).ok().or_else(|| {
        let text = text.replace(|c: char| c.is_control(), " ");
        let text = text.replace(",}", "}").replace(", }", "}").replace(",]", "]");
        serde_json::from_str(&text).ok()
    })
}

fn find(value: &Value, depth: usize, found: &mut Vec<Article>) {
    if depth > MAX_DEPTH || found.len() >= MAX_ARTICLES {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, depth + 1, found)),
        Value::Object(fields) => {
            if let Some(rank) = rank(value) {
                found.push(read(value, rank));
            }
            for name in ["@graph", "mainEntity", "mainEntityOfPage"] {
                if let Some(inner) = fields.get(name) {
                    find(inner, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

/// How surely an object is the story: 0 for an article, more for what may stand beside one.
fn rank(value: &Value) -> Option<u8> {
    let of_kind = |kind: &Value| {
        let kind = kind.as_str()?;
        if kind.ends_with("Article") || kind.ends_with("Posting") || kind == "Report" {
            return Some(0);
        }
        matches!(kind, "Review" | "ClaimReview" | "WebPage" | "VideoObject").then_some(1)
    };
    match value.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(of_kind).min(),
        Some(kind) => of_kind(kind),
        None => None,
    }
}

fn is_news(value: &Value) -> bool {
    let names = |kind: &Value| kind.as_str().is_some_and(|kind| kind.contains("News"));
    match value.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(names),
        Some(kind) => names(kind),
        None => false,
    }
}

fn read(value: &Value, rank: u8) -> Article {
    let text = |name: &str| value.get(name).and_then(first_text);
    let mut article = Article {
        rank,
        is_news: is_news(value),
        headline: text("headline").or_else(|| text("name")),
        alternative: text("alternativeHeadline"),
        description: text("description"),
        published: text("datePublished").or_else(|| text("dateCreated")),
        modified: text("dateModified"),
        publisher: value.get("publisher").and_then(|house| house.get("name")).and_then(first_text),
        section: text("articleSection"),
        tags: value.get("keywords").map(texts).unwrap_or_default(),
        body: text("articleBody"),
        is_free: value.get("isAccessibleForFree").and_then(boolean),
        ..Article::default()
    };
    for name in ["author", "creator"] {
        if let Some(author) = value.get(name).filter(|_| article.authors.is_empty()) {
            names(author, &mut article);
        }
    }
    article
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.split(',').map(|tag| tag.trim().to_owned()).collect(),
        Value::Array(items) => items.iter().filter_map(first_text).collect(),
        _ => Vec::new(),
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

/// The names of persons and, apart, those of houses.
fn names(value: &Value, article: &mut Article) {
    match value {
        Value::String(name) => article.authors.push(name.clone()),
        Value::Array(items) => items.iter().for_each(|item| names(item, article)),
        Value::Object(fields) => {
            let is_house = fields
                .get("@type")
                .and_then(first_text)
                .is_some_and(|kind| kind.ends_with("Organization"));
            let list = if is_house { &mut article.houses } else { &mut article.authors };
            match fields.get("name") {
                Some(Value::Array(items)) => list.extend(items.iter().filter_map(first_text)),
                name => list.extend(name.and_then(first_text)),
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(script: &str) -> Option<Article> {
        article(std::iter::once(script))
    }

    #[test]
    fn reads_articles() {
        let article = one(
            r#"{"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle"], "headline": " Ministers meet ",
                "author": [{"@type": "Person", "name": "Anna Example"}, {"@type": "Organization", "name": "Wire"}, "Bo Sample"],
                "datePublished": "2014-10-07T09:30:00Z", "isAccessibleForFree": "False"}]}"#,
        )
        .unwrap();
        assert_eq!(article.headline.as_deref(), Some("Ministers meet"));
        assert_eq!(article.authors, ["Anna Example", "Bo Sample"]);
        assert_eq!(article.houses, ["Wire"]);
        assert_eq!(article.is_free, Some(false));
    }

    #[test]
    fn reads_what_sites_break() {
        let broken = "{\"@type\": \"NewsArticle\",\n \"headline\": \"Ministers\n meet\",}";
        assert_eq!(one(broken).unwrap().headline.as_deref(), Some("Ministers  meet"));
        let page = r#"{"@type": "WebPage", "name": "Example"}"#;
        let story = r#"{"@type": "NewsArticle", "headline": "Ministers meet"}"#;
        let found = article([page, story].into_iter()).unwrap();
        assert_eq!(found.headline.as_deref(), Some("Ministers meet"));
    }

    #[test]
    fn says_nothing_where_nothing_is_said() {
        for script in ["", "{", "[]", "7", r#"{"@type": "WebSite"}"#] {
            assert_eq!(one(script), None, "{script}");
        }
        let deep = "[".repeat(5_000);
        assert_eq!(one(&deep), None);
    }
}

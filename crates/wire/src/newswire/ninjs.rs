//! ninjs 1.x, 2.x and 3.x.

use serde_json::Value;

use super::item::{Kind, Moment, WireItem};
use super::json::{concept, list, object, text};
use super::{WireFormat, body, ninjs_rules, words};
use crate::Problem;

/// Reads an item that keeps the rules of its version.
pub(super) fn read(source: &str) -> Result<WireItem, Problem> {
    let value = object(source)?;
    ninjs_rules::check(&value)?;
    let mut item = WireItem::new(WireFormat::Ninjs);
    item.id = text(&value, &["uri"]);
    item.version = text(&value, &["version"]);
    let kind = text(&value, &["type"]);
    item.kind = kind.as_deref().and_then(Kind::of).unwrap_or(Kind::Text);
    if let Some((field, word)) = status(&value) {
        words::take_status(&mut item, field, &word)?;
    }
    let embargo = text(&value, &["embargoed", "embargoedUntil"]);
    item.embargo = embargo.map(|text| Moment::read_embargo(&text));
    let urgency = text(&value, &["urgency"]);
    item.urgency = urgency.as_deref().and_then(words::urgency);
    take_lines(&mut item, &value);
    take_concepts(&mut item, &value);
    let moment = |names: &[&str]| text(&value, names).map(|text| Moment::read(&text));
    item.created = moment(&["firstcreated", "firstCreated"])
        .or_else(|| moment(&["contentcreated", "contentCreated"]));
    item.modified = moment(&["versioncreated", "versionCreated"]);
    item.ed_note = text(&value, &["ednote", "edNote"]);
    let rights = [
        ["copyrightholder", "copyrightHolder"],
        ["copyrightnotice", "copyrightNotice"],
        ["usageterms", "usageTerms"],
    ];
    item.rights = rights.iter().filter_map(|names| text(&value, names)).collect();
    take_body(&mut item, &value);
    Ok(item)
}

fn status(value: &Value) -> Option<(&'static str, String)> {
    let mut names = ["pubstatus", "pubStatus"].into_iter();
    names.find_map(|name| text(value, &[name]).map(|word| (name, word)))
}

fn take_lines(item: &mut WireItem, value: &Value) {
    item.language = text(value, &["language"]);
    item.slug = text(value, &["slugline"]);
    item.byline = text(value, &["byline", "by"]);
    item.dateline = text(value, &["located"]);
    item.headlines =
        text(value, &["headline"]).into_iter().chain(variants(value, "headline_")).collect();
    let (mut subtitle, mut main) = (None, None);
    for headline in list(value, &["headlines"]) {
        let Some(line) = text(headline, &["value"]) else { continue };
        let role = text(headline, &["role"]).unwrap_or_default().to_lowercase();
        let slot = if role.contains("sub") { &mut subtitle } else { &mut main };
        if slot.is_none() || role == "main" {
            *slot = Some(line.clone());
        }
        item.headlines.push(line);
    }
    item.subtitle = subtitle;
    let title = text(value, &["headline"]).or(main).or_else(|| item.headlines.first().cloned());
    item.title = title.or_else(|| text(value, &["title"]));
    item.provider = list(value, &["infosource", "infosources", "infoSources"])
        .find_map(|source| concept(source)?.label().map(str::to_owned));
    let descriptions = variants(value, "description_").next();
    let first = || list(value, &["descriptions"]).find_map(|part| text(part, &["value"]));
    item.description = descriptions.or_else(first);
}

/// The values of the properties whose names begin so.
fn variants<'a>(value: &'a Value, prefix: &'a str) -> impl Iterator<Item = String> + 'a {
    let members = value.as_object().into_iter().flatten();
    let found = members.filter(move |(name, _)| name.starts_with(prefix));
    found.filter_map(|(_, value)| words::squeeze(value.as_str()?))
}

fn take_concepts(item: &mut WireItem, value: &Value) {
    item.subjects = list(value, &["subject", "subjects"]).filter_map(concept).collect();
    item.genres = list(value, &["genre", "genres"]).filter_map(concept).collect();
    item.places = list(value, &["place", "places"]).filter_map(concept).collect();
    let is_author = |person: &&Value| {
        let rel = text(person, &["rel"]).unwrap_or_default().to_lowercase();
        matches!(words::code(&rel).as_str(), "author" | "creator" | "byline" | "writer")
    };
    let people = list(value, &["person", "people"]).filter(is_author);
    item.authors = people.filter_map(|person| text(person, &["name"])).collect();
}

/// The body with the most structure: markup before plain text.
pub(super) fn take_body(item: &mut WireItem, value: &Value) {
    let members = value.as_object().into_iter().flatten();
    let old = members.filter_map(|(name, value)| {
        Some((name.strip_prefix("body_")?.to_owned(), value.as_str()?))
    });
    let new = list(value, &["bodies"]).filter_map(|part| {
        let kind = text(part, &["contenttype", "contentType"]).unwrap_or_default();
        Some((kind, part.get("value")?.as_str()?))
    });
    let mut bodies: Vec<(String, &str)> = old.chain(new).collect();
    let is_plain =
        |kind: &str| !(kind.contains("html") || kind.contains("xml") || kind.contains("nitf"));
    bodies.sort_by_key(|(kind, _)| is_plain(kind));
    let read = bodies.iter().map(|(kind, text)| body::of_content(text, Some(kind)));
    item.paragraphs = read.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
}

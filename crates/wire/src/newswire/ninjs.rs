//! ninjs 1.x, 2.x and 3.x, and Superdesk's dialect of it.

use serde_json::Value;

use super::item::{Bond, Kind, Moment, Relation, WireItem};
use super::json::{concept, list, object, text};
use super::{WireFormat, body, ninjs_rules, words};
use crate::Problem;
use dateline_record::Signal;

/// Reads an item that keeps the rules of its version.
pub(super) fn read(source: &str) -> Result<WireItem, Problem> {
    let value = object(source)?;
    let is_superdesk = text(&value, &["uri"]).is_none() && text(&value, &["guid"]).is_some();
    if !is_superdesk {
        ninjs_rules::check(&value)?;
    }
    let mut item = WireItem::new(WireFormat::Ninjs);
    item.id = text(&value, &["uri", "guid"]);
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
    if is_superdesk {
        take_superdesk(&mut item, &value);
    }
    Ok(item)
}

/// Superdesk writes `guid` instead of `uri` and adds properties of its own: a rewrite names the
/// item that it grew from, a correction counts itself.
fn take_superdesk(item: &mut WireItem, value: &Value) {
    let count = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default();
    if let Some(id) = text(value, &["evolvedfrom"]) {
        item.signal = Signal::Update;
        let rel = "evolvedfrom".to_owned();
        item.relations.push(Relation { rel, id, version: None, bond: Bond::Replaces });
    }
    if count("correction_sequence") > 0 {
        item.signal = Signal::Correction;
    }
    let writers = list(value, &["authors"]).filter_map(|author| text(author, &["name"]));
    item.authors.extend(writers);
    item.provider = text(value, &["source"]);
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

#[cfg(test)]
mod tests {
    use dateline_record::Status;
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_dialect_of_superdesk() {
        let check = |more: &Value, story: &str, signal: Signal, status: Status| {
            let mut value = json!({
                "guid": "tag:2", "type": "text", "version": "1", "pubstatus": "usable",
                "headline": "Ministers meet", "body_html": "<p>They met.</p>", "source": "EXW",
                "authors": [{"name": "Ann Example", "role": "writer"}], "priority": 5,
                "urgency": 3, "versioncreated": "2026-03-02T10:00:00+0000",
            });
            value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let text = value.to_string();
            assert_eq!(super::super::sniff(text.as_bytes()), Some(WireFormat::Ninjs), "{text}");
            let item = super::super::parse(WireFormat::Ninjs, text.as_bytes()).unwrap();
            assert_eq!(item.story_id(), Some(story), "{text}");
            assert_eq!((item.signal, item.status), (signal, status), "{text}");
            assert_eq!(item.authors, ["Ann Example"]);
            assert_eq!(item.paragraphs[0].text, "They met.");
        };
        check(&json!({}), "tag:2", Signal::New, Status::Usable);
        check(&json!({"evolvedfrom": "tag:1"}), "tag:1", Signal::Update, Status::Usable);
        check(&json!({"correction_sequence": 1}), "tag:2", Signal::Correction, Status::Usable);
        check(&json!({"pubstatus": "withhold"}), "tag:2", Signal::New, Status::Withheld);
        check(&json!({"pubstatus": "canceled"}), "tag:2", Signal::Kill, Status::Canceled);
    }

    #[test]
    fn an_item_without_any_id_is_refused() {
        assert!(read(r#"{"type": "text", "headline": "Ministers meet"}"#).is_err());
    }
}

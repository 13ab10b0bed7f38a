//! Items of the AP Media API. An item whose `signals` lack `newscontent` is never to be published.

use dateline_record::Signal;
use serde_json::Value;

use super::item::{Concept, Kind, Moment, WireItem};
use super::json::{concept, list, object, text, texts};
use super::slug::Keyword;
use super::words::{self, squeeze};
use super::{WireFormat, ninjs};
use crate::Problem;

/// Reads an item, alone or as the answer to a request for it.
pub(super) fn read(source: &str) -> Result<WireItem, Problem> {
    let document = object(source)?;
    let value = ["/data/item", "/item"].iter().find_map(|path| document.pointer(path));
    let value = value.unwrap_or(&document);
    let mut item = WireItem::new(WireFormat::ApMedia);
    take_identity(&mut item, value)?;
    take_state(&mut item, value)?;
    take_lines(&mut item, value);
    item.subjects = list(value, &["subject"]).filter_map(concept).collect();
    let keywords = texts(value, "keywords").into_iter();
    item.subjects.extend(keywords.map(|name| Concept { name: Some(name), ..Concept::default() }));
    item.places = list(value, &["place"]).filter_map(concept).collect();
    item.genres = list(value, &["genre"]).filter_map(concept).collect();
    let moment = |names: &[&str]| text(value, names).map(|text| Moment::read(&text));
    item.created = moment(&["firstcreated"]);
    item.modified = moment(&["versioncreated"]);
    item.rights = text(value, &["copyrightnotice"]).into_iter().collect();
    item.rights.extend(texts(value, "usageterms"));
    ninjs::take_body(&mut item, value);
    Ok(item)
}

fn take_identity(item: &mut WireItem, value: &Value) -> Result<(), Problem> {
    let id = value.pointer("/altids/itemid").and_then(Value::as_str).and_then(squeeze);
    item.id = id.or_else(|| text(value, &["uri"]));
    if item.id.is_none() {
        return Err(Problem::bad("altids.itemid", "the item has no id: it needs altids.itemid"));
    }
    item.version = text(value, &["version"]);
    item.provider = text(value, &["provider", "source"]);
    let kind = text(value, &["type"]);
    item.kind = kind.as_deref().and_then(Kind::of).unwrap_or(Kind::Text);
    Ok(())
}

fn take_state(item: &mut WireItem, value: &Value) -> Result<(), Problem> {
    if let Some(word) = text(value, &["pubstatus"]) {
        words::take_status(item, "pubstatus", &word)?;
    }
    let embargo = text(value, &["embargoed", "embargo"]);
    item.embargo = embargo.map(|text| Moment::read_embargo(&text));
    // Its versions begin with 0.
    if item.version_number().is_some_and(|version| version > 0) {
        item.note_signal(Some(Signal::Update));
    }
    let signals = texts(value, "signals");
    item.is_advisory = !signals.iter().any(|signal| signal.eq_ignore_ascii_case("newscontent"));
    for signal in &signals {
        item.note_signal(words::signal(signal));
    }
    let priority = text(value, &["editorialpriority"]);
    let urgency = text(value, &["urgency"]).or(priority);
    item.urgency = urgency.as_deref().and_then(words::urgency);
    Ok(())
}

fn take_lines(item: &mut WireItem, value: &Value) {
    item.language = text(value, &["language"]);
    item.slug = text(value, &["slugline"]);
    item.title = text(value, &["headline", "title"]);
    let names = ["headline", "headline_extended", "title"];
    item.headlines = names.iter().filter_map(|name| text(value, &[name])).collect();
    // A title that is a keyword line tells which version it is.
    for line in [text(value, &["title"]), item.slug.clone()].into_iter().flatten() {
        item.note_signal(Keyword::parse(&line).signal);
    }
    item.ed_note = text(value, &["ednote"]);
    item.description = text(value, &["description_summary", "description_caption", "summary"]);
    let bylines: Vec<String> = list(value, &["bylines"])
        .filter_map(|line| text(line, &["by", "name"]).or_else(|| squeeze(line.as_str()?)))
        .collect();
    item.byline = squeeze(&bylines.join(", ")).or_else(|| text(value, &["byline"]));
    item.dateline =
        value.get("datelinelocation").and_then(place_line).or_else(|| text(value, &["dateline"]));
    item.credit = text(value, &["creditline"]);
}

/// `City, Area` or `City, Country`.
fn place_line(value: &Value) -> Option<String> {
    let city = text(value, &["city", "locality"]);
    let around = text(value, &["countryareaname", "countryname"]);
    let parts: Vec<String> = city.into_iter().chain(around).collect();
    squeeze(&parts.join(", "))
}

/// Where the text lies that the item does not carry itself.
pub fn text_link(source: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(source).ok()?;
    let paths =
        ["/data/item/renditions/nitf/href", "/item/renditions/nitf/href", "/renditions/nitf/href"];
    let found = paths.iter().find_map(|path| document.pointer(path)?.as_str());
    found.map(str::to_owned)
}

//! The public newswire sets: every item read, nothing lost that a plain walk finds in the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod corpora;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dateline_wire::newswire::{
    Concept, Kind, Moment, WireFormat, WireItem, parse, read, sniff, split,
};
use quick_xml::events::Event;
use serde_json::Value;

/// All files of a folder with that ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|known| known == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a plain walk finds in a file: (what, value).
fn facts(text: &str) -> BTreeSet<(&'static str, String)> {
    let mut facts = BTreeSet::new();
    let mut reader = quick_xml::Reader::from_str(text);
    let mut headline: Option<String> = None;
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().into_inner().rsplit(':').next().unwrap();
                for attribute in element.attributes().flatten() {
                    let key = attribute.key.into_inner();
                    let value = quick_xml::escape::unescape(&attribute.value).unwrap().into_owned();
                    let what = match (name, key) {
                        (item, "guid") if item.ends_with("Item") => "id",
                        (item, "version") if item.ends_with("Item") => "version",
                        ("subject", "qcode") => "subject",
                        _ => continue,
                    };
                    facts.insert((what, value.trim().to_owned()));
                }
                if name == "headline" && matches!(event, Event::Start(_)) {
                    headline = Some(String::new());
                }
            }
            Event::Text(text) => headline.iter_mut().for_each(|line| line.push_str(text)),
            Event::GeneralRef(name) => {
                let known =
                    quick_xml::escape::unescape(&format!("&{};", &**name)).unwrap().into_owned();
                if let Some(line) = &mut headline {
                    line.push_str(&known);
                }
            }
            Event::End(element) if element.name().into_inner().ends_with("headline") => {
                let line = squeeze(&headline.take().unwrap());
                facts.extend(Some(("headline", line)).filter(|(_, line)| !line.is_empty()));
            }
            Event::Eof => return facts,
            _ => {}
        }
    }
}

/// The statuses of the items themselves, not of the items that a package refers to.
fn statuses(text: &str) -> Vec<String> {
    let management =
        text.split("<itemMeta").skip(1).map(|rest| rest.split("</itemMeta").next().unwrap());
    let found = management.filter_map(|meta| {
        let status = meta.split("pubStatus").nth(1)?.split('>').next()?;
        status.split('"').nth(1).map(str::to_owned)
    });
    found.collect()
}

/// Reads all items of a file; what cannot be read or is lost comes back in words.
fn check_g2(path: &Path) -> Result<Vec<WireItem>, String> {
    let bytes = fs::read(path).unwrap();
    let name = path.display();
    let format = sniff(&bytes).ok_or_else(|| format!("{name}: no format"))?;
    let mut items = Vec::new();
    for place in split(format, &bytes) {
        let range = place.map_err(|problem| format!("{name}: {problem}"))?;
        items.push(parse(format, &bytes[range]).map_err(|problem| format!("{name}: {problem}"))?);
    }
    let text = dateline_wire::decode::decode(&bytes, None).text;
    for (what, value) in facts(&text) {
        let has = |item: &WireItem| match what {
            "id" => item.id.as_ref() == Some(&value),
            "version" => item.version.as_ref() == Some(&value),
            "subject" => item.subjects.iter().any(|s| s.code.as_ref() == Some(&value)),
            _ => item.headlines.contains(&value),
        };
        if !items.iter().any(has) {
            return Err(format!("{name}: {what} {value:?} is lost"));
        }
    }
    for status in statuses(&text) {
        if !items.iter().any(|item| item.status_text.as_ref() == Some(&status)) {
            return Err(format!("{name}: status {status:?} is lost"));
        }
    }
    Ok(items)
}

/// What an item is by its root and its class, told without the reader under test.
fn expected_kinds(text: &str) -> Option<Kind> {
    let body = text.rsplit("<newsMessage").next()?;
    for (root, kind) in [
        ("<packageItem", Kind::Package),
        ("<planningItem", Kind::Planning),
        ("<conceptItem", Kind::Knowledge),
        ("<knowledgeItem", Kind::Knowledge),
        ("<catalogItem", Kind::Knowledge),
    ] {
        if body.contains(root) && !body.contains("<newsItem") {
            return Some(kind);
        }
    }
    let class = body.split("<itemClass").nth(1)?.split('"').nth(1)?;
    match class.rsplit(':').next()? {
        "text" if body.contains("<newsItem") => Some(Kind::Text),
        "picture" => Some(Kind::Picture),
        "video" => Some(Kind::Video),
        _ => None,
    }
}

fn check_folder(label: &str, name: &str) {
    let Some(folder) = corpora::folder(name) else { return };
    let files = files(&folder, "xml");
    let mut failures = Vec::new();
    let mut kinds = 0;
    for path in &files {
        match check_g2(path) {
            Err(failure) => failures.push(failure),
            Ok(items) => {
                let text = fs::read_to_string(path).unwrap_or_default();
                if let (Some(kind), [item]) = (expected_kinds(&text), items.as_slice()) {
                    kinds += 1;
                    if item.kind != kind {
                        failures.push(format!(
                            "{}: {:?} is no {kind:?}",
                            path.display(),
                            item.kind
                        ));
                    }
                }
            }
        }
    }
    println!(
        "{label}: {} of {} read without loss, {kinds} kinds checked",
        files.len() - failures.len(),
        files.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(!files.is_empty() && kinds > 0);
}

#[test]
fn newsml_g2_unit() {
    check_folder("newsml-g2 unit", "newsml-g2/unit");
}

#[test]
fn newsml_g2_examples() {
    check_folder("newsml-g2 examples", "newsml-g2/examples");
}

/// The texts of a JSON value, white space squeezed.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(squeeze(text)),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
    found.retain(|text| !text.is_empty());
}

/// What an item has kept of a property; none for properties that it has no place for.
fn kept(item: &WireItem, name: &str) -> Option<Vec<String>> {
    let one = |text: &Option<String>| Some(text.iter().cloned().collect());
    let moment = |moment: &Option<Moment>| Some(moment.iter().map(|m| m.text.clone()).collect());
    let concepts = |concepts: &[Concept]| {
        let texts =
            concepts.iter().flat_map(|c| [c.code.clone(), c.scheme.clone(), c.name.clone()]);
        Some(texts.flatten().collect())
    };
    match name.to_lowercase().as_str() {
        "uri" => one(&item.id),
        "version" => one(&item.version),
        "pubstatus" => one(&item.status_text),
        "embargoed" | "embargoeduntil" => moment(&item.embargo),
        "urgency" => one(&item.urgency.as_ref().map(|urgency| urgency.text.clone())),
        "slugline" => one(&item.slug),
        "language" => one(&item.language),
        "byline" | "by" => one(&item.byline),
        "located" => one(&item.dateline),
        "ednote" => one(&item.ed_note),
        "firstcreated" => moment(&item.created),
        "versioncreated" => moment(&item.modified),
        "copyrightholder" | "copyrightnotice" | "usageterms" => Some(item.rights.clone()),
        "subject" | "subjects" => concepts(&item.subjects),
        "place" | "places" => concepts(&item.places),
        "genre" | "genres" => concepts(&item.genres),
        "headlines" => Some(item.headlines.clone()),
        name if name == "headline" || name.starts_with("headline_") => Some(item.headlines.clone()),
        _ => None,
    }
}

/// The values of a property that an item must keep.
fn values(name: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match value.as_array() {
        None => texts(value, &mut found),
        Some(list) if name.eq_ignore_ascii_case("headlines") => {
            for headline in list {
                texts(&headline["value"], &mut found);
            }
        }
        Some(list) => {
            for concept in list {
                let code = ["code", "literal", "uri"].iter().find(|key| concept[**key].is_string());
                let keys = code.copied().into_iter().chain(["name"]);
                keys.for_each(|key| texts(&concept[key], &mut found));
            }
        }
    }
    found
}

fn check_ninjs(path: &Path) -> Result<(), String> {
    let bytes = fs::read(path).unwrap();
    let name = path.display();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let item =
        read(WireFormat::Ninjs, &bytes, None).map_err(|problem| format!("{name}: {problem}"))?;
    for (field, value) in value.as_object().unwrap() {
        let Some(kept) = kept(&item, field) else { continue };
        if let Some(lost) = values(field, value).iter().find(|value| !kept.contains(value)) {
            return Err(format!("{name}: {field} {lost:?} is lost"));
        }
    }
    let body: Vec<String> = words_of_body(&value);
    let text = item.paragraphs.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(" ");
    let words: BTreeSet<&str> = text.split_whitespace().collect();
    match body.iter().find(|word| !words.contains(word.as_str())) {
        Some(word) => Err(format!("{name}: {word:?} of the body is lost")),
        None => Ok(()),
    }
}

/// The words of a body in plain text, where it is the only one.
fn words_of_body(value: &Value) -> Vec<String> {
    let members = value.as_object().unwrap();
    let mut old = members.iter().filter(|(name, _)| name.starts_with("body_"));
    let text = match (old.next(), old.next()) {
        (Some((name, Value::String(text))), None) if name == "body_text" => text.as_str(),
        _ => "",
    };
    let has_markup = text.contains('<');
    text.split_whitespace().filter(|_| !has_markup).map(str::to_owned).collect()
}

/// An embargo that is no time is read without loss and refused for use.
fn is_embargo_refused(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    parse(WireFormat::Ninjs, &bytes).is_err_and(|problem| problem.field == "embargo")
}

#[test]
fn ninjs_suite() {
    let Some(folder) = corpora::folder("ninjs/suite") else { return };
    let (mut passed, mut refused, mut failures) = (0, 0, Vec::new());
    let (mut pass, mut fail, mut held) = (0, 0, 0);
    for path in files(&folder, "json") {
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        match folder {
            "should_pass" => {
                pass += 1;
                held += usize::from(is_embargo_refused(&path));
                match check_ninjs(&path) {
                    Ok(()) => passed += 1,
                    Err(failure) => failures.push(failure),
                }
            }
            "should_fail" => {
                fail += 1;
                match read(WireFormat::Ninjs, &fs::read(&path).unwrap(), None) {
                    Err(problem) if !problem.field.is_empty() && !problem.what.is_empty() => {
                        refused += 1;
                    }
                    _ => failures.push(format!("{}: is not refused", path.display())),
                }
            }
            _ => {}
        }
    }
    println!(
        "ninjs should_pass: {passed} of {pass} read without loss ({held} with an embargo that is no time, refused for use)"
    );
    println!("ninjs should_fail: {refused} of {fail} refused with a reason");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(pass > 0 && fail > 0);
}

#[test]
fn ninjs_examples() {
    let Some(folder) = corpora::folder("ninjs/examples") else { return };
    let (mut found, mut failures) = (0, Vec::new());
    for path in files(&folder, "json") {
        if path.components().any(|part| part.as_os_str() == "schema-extension") {
            continue;
        }
        found += 1;
        failures.extend(check_ninjs(&path).err());
    }
    println!("ninjs examples: {} of {found} read without loss", found - failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

//! NITF 3.x: the document alone, and as the body of NewsML items.

use dateline_record::{Signal, Status};

use super::item::{Bond, Concept, Kind, Moment, Relation, WireItem};
use super::tree::{self, Node};
use super::words::{self, squeeze};
use super::{WireFormat, body};
use crate::Problem;

/// Reads a document.
pub(super) fn read(text: &str) -> Result<WireItem, Problem> {
    let root = tree::document(text)?;
    let node = if root.name == "nitf" { Some(&root) } else { root.find("nitf") };
    let node = node.ok_or_else(|| Problem::bad("nitf", "the document has no <nitf>"))?;
    let mut item = WireItem::new(WireFormat::Nitf);
    item.kind = Kind::Text;
    let nothing = Node::default();
    let head = node.at(&["head"]).unwrap_or(&nothing);
    let docdata = head.at(&["docdata"]).unwrap_or(&nothing);
    item.title = head.at(&["title"]).and_then(Node::text);
    take_identity(&mut item, docdata);
    take_state(&mut item, docdata)?;
    take_times(&mut item, docdata);
    take_subjects(&mut item, head, docdata);
    take_rights(&mut item, docdata);
    take_body(&mut item, node);
    take_reference(&mut item, docdata)?;
    let lang =
        node.attribute("lang").or_else(|| node.find("body").and_then(|b| b.attribute("lang")));
    item.language = lang.map(str::to_owned);
    Ok(item)
}

fn take_identity(item: &mut WireItem, docdata: &Node) {
    let attribute = |element: &str, name: &str| {
        docdata.at(&[element]).and_then(|node| node.attribute(name)).map(str::to_owned)
    };
    let key = attribute("du-key", "key");
    item.id = attribute("doc-id", "id-string").or_else(|| key.clone());
    item.provider = attribute("doc-id", "regsrc");
    item.version = attribute("du-key", "version").or_else(|| attribute("du-key", "generation"));
    item.slug = key.filter(|key| item.id.as_ref() != Some(key));
    let about = docdata.attribute("management-doc-idref").map(|id| ("management-doc-idref", id));
    let correction = docdata.at(&["correction"]).and_then(|node| node.attribute("id-string"));
    let links = about.into_iter().chain(correction.map(|id| ("correction", id)));
    item.relations = links.map(|(rel, id)| replaces(rel, id)).collect();
}

fn replaces(rel: &str, id: &str) -> Relation {
    Relation { rel: rel.to_owned(), id: id.to_owned(), version: None, bond: Bond::Replaces }
}

/// What the document takes back: one that has a text of its own takes the place of the other one,
/// one that has none is the other's kill.
fn take_reference(item: &mut WireItem, docdata: &Node) -> Result<(), Problem> {
    const FIELD: &str = "management-idref-status";
    let Some(word) = docdata.attribute(FIELD) else { return Ok(()) };
    let mut other = WireItem::new(WireFormat::Nitf);
    words::take_status(&mut other, FIELD, word)?;
    let has_own = docdata.attribute("management-status").is_some() && !item.paragraphs.is_empty();
    if other.status.recalls() && has_own {
        item.note_signal(Some(Signal::Update));
    } else if other.status.recalls() {
        (item.status, item.status_text) = (other.status, other.status_text);
    }
    Ok(())
}

fn take_state(item: &mut WireItem, docdata: &Node) -> Result<(), Problem> {
    if let Some(word) = docdata.attribute("management-status") {
        words::take_status(item, "management-status", word)?;
    }
    if let Some(info) = docdata.at(&["correction"]) {
        item.note_signal(Some(Signal::Correction));
        item.ed_note = info.attribute("info").and_then(squeeze);
    }
    let notes = docdata
        .all("ed-msg")
        .filter_map(|node| node.attribute("info").and_then(squeeze).or_else(|| node.text()));
    let notes: Vec<String> = item.ed_note.take().into_iter().chain(notes).collect();
    item.ed_note = squeeze(&notes.join(" "));
    let urgency = docdata.at(&["urgency"]).and_then(|node| node.attribute("ed-urg"));
    item.urgency = urgency.and_then(words::urgency);
    Ok(())
}

fn take_times(item: &mut WireItem, docdata: &Node) {
    let norm = |name: &str| {
        let node = docdata.at(&[name])?;
        node.attribute("norm").map(str::to_owned).or_else(|| node.text())
    };
    item.published = norm("date.issue").map(|text| Moment::read(&text));
    // The time of release of a usable story is that of its issue, except where it is later.
    let is_later = |text: &String| {
        let issued = item.published.as_ref().and_then(|moment| moment.at);
        let released = Moment::read(text).at;
        item.status == Status::Embargoed
            || issued.is_none()
            || released.is_none()
            || released > issued
    };
    let release = norm("date.release").filter(is_later);
    item.embargo = release.map(|text| Moment::read_embargo(&text));
}

fn take_subjects(item: &mut WireItem, head: &Node, docdata: &Node) {
    for subject in head.descendants("tobject.subject") {
        item.subjects.extend(tobject(subject));
    }
    for key in docdata.descendants("keyword") {
        item.subjects.extend(named(key.attribute("key").map(str::to_owned).or_else(|| key.text())));
    }
    for place in docdata.all("evloc") {
        item.places.extend(place_of(place));
    }
    for place in docdata.descendants("location") {
        item.places.extend(named(place.text()));
    }
    for kind in head.descendants("tobject.property") {
        item.genres.extend(named(kind.attribute("tobject.property.type").map(str::to_owned)));
    }
    let tobject = head.at(&["tobject"]).and_then(|node| node.attribute("tobject.type"));
    item.genres.extend(named(tobject.map(str::to_owned)));
    for fixture in docdata.all("fixture") {
        item.genres.extend(named(fixture.attribute("fix-id").map(str::to_owned)));
    }
    let slug = head.all("meta").find(|meta| {
        let name = meta.attribute("name").unwrap_or_default().to_ascii_lowercase();
        matches!(name.as_str(), "slug" | "slugline" | "keyword" | "anpa-keyword")
    });
    let slug = slug.and_then(|meta| meta.attribute("content")).map(str::to_owned);
    item.slug = slug.or_else(|| item.slug.take());
}

/// The names and the code of a subject, the finest name first.
fn tobject(node: &Node) -> Option<Concept> {
    let names = ["detail", "matter", "type"];
    let name = names.iter().find_map(|part| node.attribute(&format!("tobject.subject.{part}")));
    let code = ["tobject.subject.refnum", "tobject.subject.code"];
    let concept = Concept {
        code: code.iter().find_map(|name| node.attribute(name)).map(str::to_owned),
        scheme: node.attribute("tobject.subject.ipr").map(str::to_owned),
        name: name.map(str::to_owned),
    };
    (!concept.is_empty()).then_some(concept)
}

fn named(name: Option<String>) -> Option<Concept> {
    name.map(|name| Concept { name: Some(name), ..Concept::default() })
}

fn place_of(node: &Node) -> Option<Concept> {
    let parts = ["city", "county-dist", "state-prov", "iso-cc"];
    let parts: Vec<&str> = parts.iter().filter_map(|part| node.attribute(part)).collect();
    let concept = Concept {
        code: node.attribute("iso-cc").map(str::to_owned),
        scheme: None,
        name: squeeze(&parts.join(", ")).or_else(|| node.text()),
    };
    (!concept.is_empty()).then_some(concept)
}

fn take_rights(item: &mut WireItem, docdata: &Node) {
    for copyright in docdata.all("doc.copyright") {
        item.rights.extend(copyright.attribute("holder").map(str::to_owned));
    }
    for rights in docdata.all("doc.rights") {
        item.rights.extend(rights.attribute("limitations").map(str::to_owned));
        item.rights.extend(rights.attribute("owner").map(str::to_owned));
    }
}

/// Headline, byline, dateline and paragraphs; what the item has already stays.
pub(super) fn take_body(item: &mut WireItem, node: &Node) {
    let nothing = Node::default();
    let body = if node.name == "body" { node } else { node.find("body").unwrap_or(&nothing) };
    let head = body.at(&["body.head"]).unwrap_or(&nothing);
    let hl1 = head.descendants("hl1").into_iter().find_map(Node::text);
    let hl1 = hl1.or_else(|| head.at(&["hedline"]).and_then(Node::text));
    let is_nitf = item.format == WireFormat::Nitf;
    if is_nitf || item.title.is_none() {
        item.title = hl1.or_else(|| item.title.take());
    }
    let hl2 = head.descendants("hl2").into_iter().find_map(Node::text);
    // Some wires write the headline twice.
    item.subtitle = item.subtitle.take().or(hl2).filter(|sub| Some(sub) != item.title.as_ref());
    if is_nitf {
        let headlines = ["hl1", "hl2"].map(|name| head.descendants(name));
        item.headlines = headlines.into_iter().flatten().filter_map(Node::text).collect();
    }
    let byline = head.all("byline").find_map(Node::spaced_text);
    let people = head.all("byline").flat_map(|node| node.descendants("person"));
    if item.authors.is_empty() {
        item.authors = people.filter_map(Node::text).collect();
    }
    item.byline = item.byline.take().or(byline);
    let dateline = head.all("dateline").find_map(Node::spaced_text);
    item.dateline = item.dateline.take().or(dateline);
    let credit = head.all("distributor").find_map(Node::text);
    item.credit = item.credit.take().or(credit);
    let abstracts = head.all("abstract").find_map(Node::text);
    item.description = item.description.take().or(abstracts);
    let content = body.at(&["body.content"]).unwrap_or(body);
    item.paragraphs = body::of_tree(content);
}

//! NewsML 1.x, as the agencies write it.

use dateline_record::Signal;

use super::item::{Bond, Concept, Kind, Moment, Relation, WireItem};
use super::tree::{self, Node};
use super::words::{self, squeeze};
use super::{WireFormat, body, nitf};
use crate::Problem;

/// Reads an item, alone or as the only one of its document.
pub(super) fn read(text: &str) -> Result<WireItem, Problem> {
    let root = tree::document(text)?;
    let node = item_of(&root)?;
    let mut item = WireItem::new(WireFormat::Newsml1);
    let nothing = Node::default();
    let management = node.at(&["NewsManagement"]).unwrap_or(&nothing);
    take_identity(&mut item, node)?;
    take_management(&mut item, management)?;
    take_relations(&mut item, management);
    item.published = root.at(&["NewsEnvelope", "DateAndTime"]).and_then(moment);
    take_lines(&mut item, node);
    take_description(&mut item, node);
    take_content(&mut item, node);
    Ok(item)
}

fn item_of(root: &Node) -> Result<&Node, Problem> {
    if root.name == "NewsItem" {
        return Ok(root);
    }
    let mut items = root.all("NewsItem");
    match (items.next(), items.next()) {
        (Some(item), None) => Ok(item),
        (None, _) => Err(Problem::bad("NewsItem", "there is no <NewsItem> in the document")),
        _ => Err(Problem::bad("NewsItem", "there are several items: split the document first")),
    }
}

fn moment(node: &Node) -> Option<Moment> {
    node.text().map(|text| Moment::read(&text))
}

fn formal(node: &Node) -> Option<String> {
    node.attribute("FormalName").map(str::to_owned).or_else(|| node.text())
}

/// The id is `urn:newsml:provider:date:item` without the revision, which is the version.
fn take_identity(item: &mut WireItem, node: &Node) -> Result<(), Problem> {
    let identifier = node.at(&["Identification", "NewsIdentifier"]).ok_or_else(|| {
        Problem::bad("NewsIdentifier", "the item has no id: the provider must give it one")
    })?;
    let text = |name: &str| identifier.at(&[name]).and_then(Node::text);
    item.provider = text("ProviderId");
    item.version = text("RevisionId");
    item.id = match (text("ProviderId"), text("DateId"), text("NewsItemId")) {
        (Some(provider), Some(date), Some(id)) => {
            Some(format!("urn:newsml:{provider}:{date}:{id}"))
        }
        (_, _, id) => text("PublicIdentifier").map(|urn| without_revision(&urn)).or(id),
    };
    if item.id.is_none() {
        let what = "the item has neither NewsItemId nor PublicIdentifier: it needs an id";
        return Err(Problem::bad("NewsIdentifier", what));
    }
    let previous =
        identifier.at(&["RevisionId"]).and_then(|node| node.attribute("PreviousRevision"));
    let had_previous = previous.is_some_and(|number| number.parse().is_ok_and(|n: u64| n > 0));
    if had_previous {
        item.note_signal(Some(Signal::Update));
    }
    item.slug = node.at(&["Identification", "NameLabel"]).and_then(Node::text);
    Ok(())
}

/// `urn:newsml:provider:date:item:3N` names a revision; its item is what is before.
fn without_revision(urn: &str) -> String {
    let parts: Vec<&str> = urn.split(':').collect();
    let is_revision = |part: &str| {
        part.len() < 8
            && part.starts_with(|c: char| c.is_ascii_digit())
            && part.trim_end_matches(['N', 'U', 'A']).bytes().all(|b| b.is_ascii_digit())
    };
    let is_newsml = parts.get(1).is_some_and(|part| part.eq_ignore_ascii_case("newsml"));
    match parts.split_last() {
        Some((last, before)) if is_newsml && parts.len() >= 6 && is_revision(last) => {
            before.join(":")
        }
        _ => urn.to_owned(),
    }
}

fn take_management(item: &mut WireItem, management: &Node) -> Result<(), Problem> {
    if let Some(word) = management.at(&["Status"]).and_then(formal) {
        words::take_status(item, "Status", &word)?;
    }
    let change = management.at(&["StatusWillChange"]);
    let future = change.and_then(|change| change.at(&["FutureStatus"])).and_then(formal);
    let is_release = future.is_none_or(|word| words::code(&word) == "usable");
    let is_embargoed = item.status == dateline_record::Status::Embargoed;
    if let Some(change) = change.filter(|_| is_embargoed && is_release) {
        let until = change.at(&["DateAndTime"]).and_then(Node::text).unwrap_or_default();
        item.embargo = Some(Moment::read_embargo(&until));
    }
    item.urgency =
        management.at(&["Urgency"]).and_then(formal).and_then(|text| words::urgency(&text));
    item.created = management.at(&["FirstCreated"]).and_then(moment);
    item.modified = management.at(&["ThisRevisionCreated"]).and_then(moment);
    for instruction in management.all("Instruction").filter_map(formal) {
        item.note_signal(words::signal(&instruction));
    }
    let kind = management.at(&["NewsItemType"]).and_then(formal);
    item.genres.extend(kind.map(|name| Concept { name: Some(name), ..Concept::default() }));
    Ok(())
}

/// A first revision that takes another item's place says so by a link; a mere association counts
/// only where the item corrects or kills and has no revisions of its own.
fn take_relations(item: &mut WireItem, management: &Node) {
    let is_first = item.version_number().is_none_or(|version| version <= 1);
    let takes_back =
        item.status.recalls() || matches!(item.signal, Signal::Correction | Signal::Kill);
    let is_derived = management.at(&["DerivedFrom"]).is_some();
    for node in management.elements() {
        let bond = match node.name.as_str() {
            "DerivedFrom" => Bond::DerivedFrom,
            "AssociatedWith" if is_first && takes_back && !is_derived => Bond::DerivedFrom,
            "AssociatedWith" => Bond::Related,
            _ => continue,
        };
        if let Some(id) = node.attribute("NewsItem") {
            let id = without_revision(id);
            item.relations.push(Relation { rel: node.name.clone(), id, version: None, bond });
        }
    }
}

fn take_lines(item: &mut WireItem, node: &Node) {
    let line = |name: &str| node.descendants(name).into_iter().find_map(Node::text);
    item.headlines = node.descendants("HeadLine").into_iter().filter_map(Node::text).collect();
    item.title = item.headlines.first().cloned();
    item.subtitle = line("SubHeadLine");
    item.byline = line("ByLine");
    item.dateline = line("DateLine");
    item.credit = line("CreditLine");
    item.rights =
        ["CopyrightLine", "RightsLine", "UsageType"].iter().filter_map(|n| line(n)).collect();
    let slug = line("SlugLine");
    // Some agencies write no slug there but how urgent the story is.
    match slug.as_deref().and_then(words::urgency).filter(|urgency| urgency.level.is_some()) {
        Some(urgency) => item.urgency = item.urgency.take().or(Some(urgency)),
        _ => item.slug = slug.or_else(|| item.slug.take()),
    }
    let notes = node.descendants("NewsLine").into_iter().filter(|line| {
        let kind = line.at(&["NewsLineType"]).and_then(formal).unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        kind.contains("note") || kind.contains("advisory") || kind.contains("correction")
    });
    let notes: Vec<String> =
        notes.filter_map(|line| line.at(&["NewsLineText"])).filter_map(Node::text).collect();
    item.ed_note = squeeze(&notes.join(" "));
}

fn take_description(item: &mut WireItem, node: &Node) {
    let declared =
        node.descendants("Language").into_iter().find_map(|node| node.attribute("FormalName"));
    item.language = declared.or_else(|| node.attribute("lang")).map(str::to_owned);
    for list in node.descendants("SubjectCode") {
        item.subjects.extend(list.elements().filter_map(concept));
    }
    item.genres.extend(node.descendants("Genre").into_iter().filter_map(concept));
    for place in node.descendants("Location") {
        let parts = ["City", "CountryArea", "Country"];
        let value = |name: &&str| {
            place
                .all("Property")
                .find(|p| p.attribute("FormalName") == Some(name))?
                .attribute("Value")
        };
        let name: Vec<&str> = parts.iter().filter_map(value).collect();
        let name = squeeze(&name.join(", ")).or_else(|| place.text());
        item.places.extend(name.map(|name| Concept { name: Some(name), ..Concept::default() }));
    }
    let names = node.descendants("Creator").into_iter().filter_map(|creator| creator.find("Party"));
    item.authors = names.filter_map(formal).collect();
}

fn concept(node: &Node) -> Option<Concept> {
    let concept = Concept {
        code: node.attribute("FormalName").map(str::to_owned),
        scheme: ["Scheme", "Vocabulary"]
            .iter()
            .find_map(|name| node.attribute(name))
            .map(str::to_owned),
        name: node.text(),
    };
    (!concept.is_empty()).then_some(concept)
}

/// The text of the components, of equivalents the first; the kind of media where there is none.
fn take_content(item: &mut WireItem, node: &Node) {
    let mut found = Vec::new();
    for component in node.all("NewsComponent") {
        collect(component, &mut found);
    }
    let media = |node: &&Node| node.at(&["MediaType"]).and_then(formal);
    let kinds: Vec<Kind> =
        found.iter().filter_map(media).filter_map(|word| Kind::of(&word)).collect();
    for content in found {
        let kind = media(&content).and_then(|word| Kind::of(&word));
        if kind.is_none_or(|kind| kind == Kind::Text) {
            let before = std::mem::take(&mut item.paragraphs);
            read_data(item, content);
            item.paragraphs.splice(0..0, before);
        }
    }
    let has_text = !item.paragraphs.is_empty() || kinds.is_empty() || kinds.contains(&Kind::Text);
    item.kind = if has_text { Kind::Text } else { kinds[0] };
}

fn collect<'a>(component: &'a Node, found: &mut Vec<&'a Node>) {
    let role = component.at(&["Role"]).and_then(formal).unwrap_or_default();
    if role.eq_ignore_ascii_case("caption") {
        return;
    }
    let before = found.len();
    for node in component.elements() {
        match node.name.as_str() {
            "ContentItem" => found.push(node),
            "NewsComponent" => collect(node, found),
            _ => {}
        }
        let is_one_of = component.attribute("EquivalentsList") == Some("yes");
        if is_one_of && found.len() > before {
            return;
        }
    }
}

fn read_data(item: &mut WireItem, content: &Node) {
    let Some(data) = content.find("DataContent") else { return };
    if let Some(document) = data.find("nitf") {
        nitf::take_body(item, document);
    } else if data.elements().next().is_some() {
        item.paragraphs = body::of_tree(data);
    } else {
        item.paragraphs = body::of_content(&data.raw_text(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_the_item_and_not_of_its_revision() {
        let check = |urn: &str, expected: &str| assert_eq!(without_revision(urn), expected);
        check("urn:newsml:example.com:20141007:ab-1:3", "urn:newsml:example.com:20141007:ab-1");
        check("urn:newsml:example.com:20141007:ab-1:12U", "urn:newsml:example.com:20141007:ab-1");
        check("urn:newsml:example.com:20141007:ab-1", "urn:newsml:example.com:20141007:ab-1");
        check("ab:1", "ab:1");
    }
}

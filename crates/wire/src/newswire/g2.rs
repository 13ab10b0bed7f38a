//! NewsML-G2 2.x: news, package, planning, concept, knowledge and catalog items.

use super::item::{Bond, Concept, Kind, Moment, Relation, WireItem};
use super::tree::{self, Node};
use super::words::{self, code, squeeze};
use super::{WireFormat, body, nitf};
use crate::Problem;

/// The elements that are items.
pub(super) const ITEMS: &[&str] =
    &["newsItem", "packageItem", "planningItem", "conceptItem", "knowledgeItem", "catalogItem"];

/// Parts of items that are handed round alone and that only this format has.
pub(super) const PARTS: &[&str] = &["catalog", "groupSet", "conceptSet", "newsCoverageSet"];

/// What all namespaces of the format begin with.
pub(super) const NAMESPACE: &str = "iptc.org/std/nar/";

/// Reads an item, alone or as the only one of its message.
pub(super) fn read(text: &str) -> Result<WireItem, Problem> {
    let root = tree::document(text)?;
    let node = item_of(&root)?;
    let mut item = WireItem::new(WireFormat::NewsmlG2);
    item.id = node.attribute("guid").map(str::to_owned);
    item.version = node.attribute("version").map(str::to_owned);
    item.language = node.attribute("lang").map(str::to_owned);
    let nothing = Node::default();
    let meta = node.at(&["itemMeta"]).unwrap_or(&nothing);
    item.kind = kind(node, meta);
    take_management(&mut item, meta)?;
    take_content_meta(&mut item, node, node.at(&["contentMeta"]).unwrap_or(&nothing));
    take_rights(&mut item, node);
    take_content(&mut item, node);
    item.title = item.title.or_else(|| meta.at(&["title"]).and_then(Node::text));
    if node.name == "newsItem" && item.id.is_none() {
        return Err(Problem::bad("guid", "the item has no id: the provider must give it a guid"));
    }
    Ok(item)
}

fn item_of(root: &Node) -> Result<&Node, Problem> {
    if ITEMS.contains(&root.name.as_str()) {
        return Ok(root);
    }
    let sets = root.all("itemSet").chain(std::iter::once(root));
    let mut items = sets.flat_map(Node::elements).filter(|n| ITEMS.contains(&n.name.as_str()));
    match (items.next(), items.next()) {
        (Some(item), None) => Ok(item),
        (None, _) if !matches!(root.name.as_str(), "newsMessage" | "itemSet") => Ok(root),
        (None, _) => Err(Problem::bad(&root.name, "there is no item in the document")),
        _ => Err(Problem::bad(&root.name, "there are several items: split the message first")),
    }
}

fn kind(node: &Node, meta: &Node) -> Kind {
    match node.name.as_str() {
        "packageItem" | "groupSet" => Kind::Package,
        "planningItem" | "newsCoverageSet" | "newsCoverage" => Kind::Planning,
        "newsItem" => {
            let class = meta.at(&["itemClass"]).and_then(reference);
            class.as_deref().and_then(Kind::of).unwrap_or(Kind::Text)
        }
        _ => Kind::Knowledge,
    }
}

/// What a property refers to: `qcode`, `uri` or `literal`.
fn reference(node: &Node) -> Option<String> {
    let names = ["qcode", "uri", "literal"];
    names.iter().find_map(|name| node.attribute(name)).map(str::to_owned)
}

fn concept(node: &Node) -> Concept {
    let code = reference(node);
    let scheme = code.as_deref().filter(|_| node.attribute("qcode").is_some());
    Concept {
        scheme: scheme.and_then(|code| code.split_once(':')).map(|(scheme, _)| scheme.to_owned()),
        name: node.at(&["name"]).and_then(Node::text),
        code,
    }
}

fn concepts<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Vec<Concept> {
    nodes.into_iter().map(concept).filter(|concept| !concept.is_empty()).collect()
}

fn moment(node: &Node, name: &str) -> Option<Moment> {
    node.at(&[name])?.text().map(|text| Moment::read(&text))
}

fn take_management(item: &mut WireItem, meta: &Node) -> Result<(), Problem> {
    let provider = meta.at(&["provider"]);
    item.provider =
        provider.and_then(|node| node.at(&["name"]).and_then(Node::text).or(reference(node)));
    if let Some(word) = meta.at(&["pubStatus"]).and_then(|node| reference(node).or(node.text())) {
        words::take_status(item, "pubStatus", &word)?;
    }
    for signal in meta.all("signal").filter_map(reference) {
        item.note_signal(words::signal(&signal));
    }
    // An element without text is an embargo without an end.
    let embargo = meta.at(&["embargoed"]);
    item.embargo = embargo.map(|node| Moment::read_embargo(&node.text().unwrap_or_default()));
    item.created = moment(meta, "firstCreated");
    item.modified = moment(meta, "versionCreated");
    let notes: Vec<String> = meta.all("edNote").filter_map(Node::text).collect();
    item.ed_note = squeeze(&notes.join(" "));
    item.relations = meta.all("link").filter_map(relation).collect();
    let roles = meta.all("role").chain(meta.all("service"));
    item.genres.extend(concepts(roles));
    Ok(())
}

fn relation(node: &Node) -> Option<Relation> {
    let rel = node.attribute("rel").or_else(|| node.attribute("reluri"))?.to_owned();
    let names = ["residref", "href", "uri", "qcode"];
    let id = names.iter().find_map(|name| node.attribute(name))?.to_owned();
    let version = node.attribute("version").and_then(|version| version.parse().ok());
    let bond = match code(&rel).replace(['-', '_'], "").as_str() {
        "previousversion" | "replaces" | "supersedes" | "updates" | "updateof" | "corrects"
        | "correctionof" | "kills" | "cancels" | "retracts" | "replacementof" => Bond::Replaces,
        "evolvedfrom" | "derivedfrom" => Bond::DerivedFrom,
        _ => Bond::Related,
    };
    Some(Relation { rel, id, version, bond })
}

fn take_content_meta(item: &mut WireItem, node: &Node, meta: &Node) {
    let urgency = meta.at(&["urgency"]).and_then(Node::text);
    item.urgency = urgency.as_deref().and_then(words::urgency);
    let slug = meta.all("slugline").find_map(Node::text);
    item.slug = slug;
    item.headlines = node.descendants("headline").into_iter().filter_map(Node::text).collect();
    let role = |node: &&Node| {
        node.attribute("role").or_else(|| node.attribute("roleuri")).map(code).unwrap_or_default()
    };
    let is_sub = |node: &&Node| role(node).contains("sub");
    item.title = meta.all("headline").filter(|node| !is_sub(node)).find_map(Node::text);
    item.subtitle = meta.all("headline").filter(is_sub).find_map(Node::text);
    item.byline = meta.all("by").find_map(Node::spaced_text);
    let creators = meta.all("creator").filter_map(|creator| creator.at(&["name"]));
    item.authors = creators.filter_map(Node::text).collect();
    item.dateline = meta.all("dateline").find_map(Node::text);
    item.credit = meta.all("creditline").find_map(Node::text);
    item.description = meta.all("description").find_map(Node::text);
    item.places = concepts(meta.all("located"));
    item.subjects = concepts(node.descendants("subject"));
    let is_place = |node: &&Node| {
        let kind = node.attribute("type").map(code).unwrap_or_default();
        matches!(kind.as_str(), "geoarea" | "poi" | "city" | "country" | "statprov")
    };
    item.places.extend(concepts(meta.all("subject").filter(is_place)));
    item.genres.extend(concepts(meta.all("genre")));
    if let Some(tag) = meta.at(&["language"]).and_then(|language| language.attribute("tag")) {
        item.language = Some(tag.to_owned());
    }
    let created = moment(meta, "contentCreated");
    item.created = item.created.take().or(created);
    let modified = moment(meta, "contentModified");
    item.modified = item.modified.take().or(modified);
}

fn take_rights(item: &mut WireItem, node: &Node) {
    for rights in node.all("rightsInfo") {
        let holders = rights.all("copyrightHolder");
        let holders = holders
            .filter_map(|node| node.at(&["name"]).and_then(Node::text).or_else(|| reference(node)));
        let notices = rights.all("copyrightNotice").chain(rights.all("usageTerms"));
        item.rights.extend(holders.chain(notices.filter_map(Node::text)));
    }
}

/// The first of the alternatives of the content set that is a text.
fn take_content(item: &mut WireItem, node: &Node) {
    let Some(set) = node.at(&["contentSet"]) else { return };
    for content in set.elements() {
        match content.name.as_str() {
            "inlineXML" => {
                if let Some(document) = content.find("nitf") {
                    nitf::take_body(item, document);
                } else {
                    item.paragraphs = body::of_tree(content);
                }
            }
            "inlineData" if content.attribute("encoding").is_none() => {
                let kind = content.attribute("contenttype");
                item.paragraphs = body::of_content(&content.raw_text(), kind);
            }
            _ => {}
        }
        if !item.paragraphs.is_empty() {
            return;
        }
    }
}

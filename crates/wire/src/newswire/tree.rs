//! XML as a bounded tree: names without prefixes, attributes, text; no DTD, no entity but HTML's.

use dateline_record::FaultCode;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::{Problem, entity};

/// Elements within each other.
const MAX_DEPTH: usize = 128;
/// Elements of one document.
const MAX_ELEMENTS: usize = 200_000;
/// Bytes of one attribute's value.
const MAX_ATTRIBUTE_BYTES: usize = 65_536;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 256;

/// Elements that HTML writes without an end.
const VOID: &[&str] = &["br", "hr", "img", "wbr", "col", "input", "meta", "area", "source"];

/// Elements whose end HTML may leave out before the next one.
const UNENDED: &[&str] = &["p", "li", "tr", "td", "th", "dt", "dd"];

/// An element.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// The name without its prefix.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Child>,
}

/// What stands in an element.
#[derive(Clone, Debug)]
pub(super) enum Child {
    Element(Node),
    Text(String),
}

impl Node {
    /// An attribute, trimmed, whatever its prefix; none where it is empty.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The elements right below.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(node) => Some(node),
            Child::Text(_) => None,
        })
    }

    /// The elements of that name right below.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |node| node.name == name)
    }

    /// The first element along a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        let mut node = self;
        for name in path {
            node = node.elements().find(|child| child.name == *name)?;
        }
        Some(node)
    }

    /// All elements of that name at any depth, in the document's order.
    pub(super) fn descendants<'a>(&'a self, name: &str) -> Vec<&'a Self> {
        let mut found = Vec::new();
        self.collect(name, &mut found);
        found
    }

    fn collect<'a>(&'a self, name: &str, found: &mut Vec<&'a Self>) {
        for node in self.elements() {
            if node.name == name {
                found.push(node);
            }
            node.collect(name, found);
        }
    }

    /// The first element of that name at any depth.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        self.elements()
            .find_map(|node| if node.name == name { Some(node) } else { node.find(name) })
    }

    /// All text, white space as one space; none where there is none.
    pub(super) fn text(&self) -> Option<String> {
        super::words::squeeze(&self.raw_text())
    }

    /// All text, that of each element apart: names and posts often stand side by side.
    pub(super) fn spaced_text(&self) -> Option<String> {
        let parts = self.children.iter().filter_map(|child| match child {
            Child::Text(text) => Some(text.clone()),
            Child::Element(node) => node.spaced_text(),
        });
        let text = super::words::squeeze(&parts.collect::<Vec<_>>().join(" "))?;
        Some(text.replace(" ,", ",").replace(" .", "."))
    }

    /// All text as it stands.
    pub(super) fn raw_text(&self) -> String {
        let mut text = String::new();
        self.append_text(&mut text);
        text
    }

    fn append_text(&self, text: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(part) => text.push_str(part),
                Child::Element(node) => {
                    if node.name == "br" {
                        text.push('\n');
                    }
                    node.append_text(text);
                }
            }
        }
    }
}

/// Reads a document; a cut or broken one is refused, since what is missing might be its kill.
pub(super) fn document(text: &str) -> Result<Node, Problem> {
    let root = build(text, true)?;
    let mut elements = root.children.into_iter().filter_map(|child| match child {
        Child::Element(node) => Some(node),
        Child::Text(_) => None,
    });
    elements.next().ok_or_else(|| Problem::bad("xml", "the document has no element"))
}

/// Reads HTML as providers write it into text: ends may be missing.
pub(super) fn fragment(text: &str) -> Node {
    build(text, false)
        .unwrap_or_else(|_| Node { children: vec![Child::Text(untagged(text))], ..Node::default() })
}

/// What is left of a text where all that looks like a tag is cut out.
fn untagged(text: &str) -> String {
    let mut parts = text.split('<');
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        left.push(' ');
        left.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    left
}

fn build(text: &str, is_strict: bool) -> Result<Node, Problem> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut tree = Tree { open: vec![Node::default()], elements: 0 };
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(Problem::bad("xml", error.to_string())),
        };
        match event {
            Event::Start(element) => tree.start(&element, false)?,
            Event::Empty(element) => tree.start(&element, true)?,
            Event::End(element) => tree.end(local(element.name().into_inner())),
            Event::Text(text) => tree.text(&text),
            Event::CData(text) => tree.text(&text),
            Event::GeneralRef(name) => tree.reference(&name),
            Event::Eof => break,
            _ => {}
        }
    }
    tree.finish(is_strict)
}

struct Tree {
    /// The open elements, the document itself first.
    open: Vec<Node>,
    elements: usize,
}

impl Tree {
    fn start(&mut self, element: &BytesStart<'_>, is_empty: bool) -> Result<(), Problem> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            let what = format!("there are more than {MAX_ELEMENTS} elements");
            return Err(Problem::new(FaultCode::TooLarge, "xml", what));
        }
        if self.open.len() > MAX_DEPTH {
            let what = format!("elements are nested deeper than {MAX_DEPTH}");
            return Err(Problem::new(FaultCode::TooDeep, "xml", what));
        }
        let node = Node {
            name: local(element.name().into_inner()).to_owned(),
            attributes: attributes(element)?,
            children: Vec::new(),
        };
        let repeats = self.open.last().is_some_and(|open| open.name == node.name);
        if repeats && UNENDED.contains(&node.name.as_str()) {
            self.close(self.open.len() - 1);
        }
        if is_empty || VOID.contains(&node.name.as_str()) {
            self.append(Child::Element(node));
        } else {
            self.open.push(node);
        }
        Ok(())
    }

    /// Closes the innermost open element of that name; an end without start is ignored.
    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|node| node.name == name).filter(|at| *at > 0)
        else {
            return;
        };
        self.close(at);
    }

    fn close(&mut self, depth: usize) {
        while self.open.len() > depth.max(1) {
            if let Some(node) = self.open.pop() {
                self.append(Child::Element(node));
            }
        }
    }

    fn append(&mut self, child: Child) {
        if let Some(node) = self.open.last_mut() {
            node.children.push(child);
        }
    }

    fn text(&mut self, text: &str) {
        let Some(node) = self.open.last_mut() else { return };
        if let Some(Child::Text(before)) = node.children.last_mut() {
            before.push_str(text);
        } else {
            node.children.push(Child::Text(text.to_owned()));
        }
    }

    fn reference(&mut self, name: &str) {
        let mut resolved = String::new();
        if !entity::resolve(name, &mut resolved) {
            resolved = format!("&{name};");
        }
        self.text(&resolved);
    }

    fn finish(mut self, is_strict: bool) -> Result<Node, Problem> {
        if is_strict && let Some(open) = self.open.get(1) {
            let what = format!("the document is cut: <{}> has no end", open.name);
            return Err(Problem::bad("xml", what));
        }
        self.close(1);
        Ok(self.open.pop().unwrap_or_default())
    }
}

fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, Problem> {
    let mut read = Vec::new();
    if element.attributes_raw().trim().is_empty() {
        return Ok(read);
    }
    for attribute in element.html_attributes().with_checks(false).flatten() {
        if attribute.value.len() > MAX_ATTRIBUTE_BYTES || read.len() == MAX_ATTRIBUTES {
            let what = format!(
                "an element has more than {MAX_ATTRIBUTES} attributes or one longer than \
                 {MAX_ATTRIBUTE_BYTES} bytes"
            );
            return Err(Problem::new(FaultCode::TooLarge, "xml", what));
        }
        let key = attribute.key.into_inner();
        if !key.starts_with("xmlns") {
            read.push((local(key).to_owned(), entity::unescape(&attribute.value)));
        }
    }
    Ok(read)
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_tree() {
        let node = document(
            "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'x.dtd' [<!ENTITY x 'no'>]>\
             <n:a k='1 &amp; 2' xmlns:n='u'><b>one &x; <c/>two</b><b><![CDATA[<3>]]></b></n:a>",
        )
        .unwrap();
        assert_eq!((node.name.as_str(), node.attribute("k")), ("a", Some("1 & 2")));
        let texts: Vec<_> = node.all("b").filter_map(Node::text).collect();
        assert_eq!(texts, ["one &x; two", "<3>"]);
        assert!(node.at(&["b", "c"]).is_some() && node.find("c").is_some());
    }

    #[test]
    fn refuses_what_is_cut_or_hostile() {
        let check = |text: &str, code: FaultCode| {
            assert_eq!(document(text).unwrap_err().code, code, "{text:.40}");
        };
        check("", FaultCode::BadDocument);
        check("<a><b></b>", FaultCode::BadDocument);
        check(&"<a>".repeat(10_000), FaultCode::TooDeep);
        check(&"<a/>".repeat(300_000), FaultCode::TooLarge);
        check(&format!("<a b='{}'/>", "x".repeat(70_000)), FaultCode::TooLarge);
    }

    #[test]
    fn a_fragment_needs_no_ends() {
        assert_eq!(fragment("<p>one<br>two<p>three &nbsp;").text().unwrap(), "one twothree");
    }
}

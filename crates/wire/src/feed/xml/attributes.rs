//! The attributes of an element that mean something, and its namespace declarations.

use quick_xml::events::BytesStart;

use super::super::build::Attributes;
use super::super::names::{self, Ns};
use super::Limits;
use crate::entity;

/// Declarations that may be open at once.
const MAX_DECLARATIONS: usize = 256;

/// A prefix with the depth of the element that declares it.
pub(super) struct Declared {
    pub(super) depth: usize,
    pub(super) prefix: String,
    pub(super) ns: Ns,
}

/// Notes the namespaces that an element declares.
pub(super) fn declare(element: &BytesStart<'_>, depth: usize, namespaces: &mut Vec<Declared>) {
    if !element.attributes_raw().contains("xmlns") {
        return;
    }
    for attribute in element.html_attributes().with_checks(false).flatten() {
        let prefix = match attribute.key.into_inner().split_once(':') {
            None if attribute.key.into_inner() == "xmlns" => "",
            Some(("xmlns", prefix)) => prefix,
            _ => continue,
        };
        if namespaces.len() == MAX_DECLARATIONS {
            return;
        }
        let (prefix, ns) = (prefix.to_owned(), names::by_uri(&attribute.value));
        namespaces.push(Declared { depth, prefix, ns });
    }
}

/// Reads the attributes that mean something.
pub(super) fn read(element: &BytesStart<'_>, limits: &Limits) -> Attributes {
    let mut read = Attributes::default();
    if element.attributes_raw().trim().is_empty() {
        return read;
    }
    for attribute in element.html_attributes().with_checks(false).flatten() {
        let slot = match attribute.key.into_inner() {
            "href" => &mut read.href,
            "rel" => &mut read.rel,
            "type" => &mut read.kind,
            "mode" => &mut read.mode,
            "term" => &mut read.term,
            "label" => &mut read.label,
            "isPermaLink" | "ispermalink" | "isPermalink" => &mut read.is_permalink,
            "ref" => &mut read.reference,
            "when" => &mut read.when,
            "rdf:about" | "about" => &mut read.about,
            "xml:lang" | "lang" => &mut read.language,
            "xml:base" => &mut read.base,
            "src" => &mut read.src,
            _ => continue,
        };
        if attribute.value.len() <= limits.max_attribute_bytes {
            *slot = Some(unescape(&attribute.value));
        }
    }
    read
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value.trim();
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let end = after.bytes().take(40).position(|byte| byte == b';');
        if let Some(end) = end.filter(|end| entity::resolve(&after[..*end], &mut text)) {
            rest = &after[end + 1..];
        } else {
            text.push('&');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

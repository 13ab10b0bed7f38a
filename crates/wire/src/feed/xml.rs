//! The pull parser of XML feeds: it never fails, and after broken markup it goes on at the next
//! item. Neither DTDs nor entities beyond HTML's are resolved.

use dateline_record::FaultCode;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use url::Url;

use super::build::{Attributes, Builder, Found};
use super::field::{self, Field, Role};
use super::names::{self, Ns};
use super::{Feed, Limits, Rich};
use crate::{Problem, entity};
use attributes::Declared;

mod attributes;
mod text;

/// Bytes of the longest element name that means something.
const MAX_NAME_BYTES: usize = 32;

/// Reads an RSS, RDF or Atom feed.
pub(super) fn parse(text: &str, base: Option<&Url>, limits: &Limits) -> Feed {
    let mut parser = Parser {
        source: text,
        limits,
        builder: Builder::new(limits),
        stack: Vec::new(),
        namespaces: Vec::new(),
        field: None,
        base: base.cloned(),
        is_feed: false,
    };
    let mut offset = 0;
    while let Some(next) = parser.run(offset) {
        offset = next;
    }
    parser.finish()
}

struct Parser<'a> {
    source: &'a str,
    limits: &'a Limits,
    builder: Builder<'a>,
    stack: Vec<Frame<'a>>,
    namespaces: Vec<Declared>,
    /// The field whose text is being collected.
    field: Option<Open>,
    base: Option<Url>,
    /// Whether anything of a feed was seen.
    is_feed: bool,
}

/// An element that is open.
struct Frame<'a> {
    name: &'a str,
    role: Role,
    /// Its own `xml:base`, resolved.
    base: Option<Url>,
}

/// A field whose element is open.
struct Open {
    field: Field,
    /// The depth of its element.
    depth: usize,
    attributes: Attributes,
    text: text::Collector,
}

impl<'a> Parser<'a> {
    /// Reads from `offset` to the end or to broken markup; then gives where to go on.
    fn run(&mut self, offset: usize) -> Option<usize> {
        let mut reader = Reader::from_str(&self.source[offset..]);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let start = offset + position(&reader);
            let event = match reader.read_event() {
                Ok(Event::Eof) => return None,
                Ok(event) => event,
                Err(error) => return self.resume(start, &error.to_string()),
            };
            if !self.handle(&event, start) {
                return None;
            }
        }
    }

    /// The next item after broken markup at `start`.
    fn resume(&mut self, start: usize, error: &str) -> Option<usize> {
        let rest = self.source.get(start..)?;
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let next = next_item(&rest[first..]).map(|at| start + first + at);
        let end = next.unwrap_or(self.source.len());
        self.builder.problem(Problem::bad("xml", error).at(start..end));
        self.close_fields_of_item();
        next
    }

    /// Handles one event; false where reading must end.
    fn handle(&mut self, event: &Event<'a>, start: usize) -> bool {
        match event {
            Event::Start(element) => return self.open(element, start),
            Event::Empty(element) => {
                if !self.open(element, start) {
                    return false;
                }
                self.close_top();
            }
            Event::End(element) => self.close(element.name().into_inner()),
            Event::Text(text) => self.text(text),
            Event::CData(text) => self.text(text),
            Event::GeneralRef(name) => self.reference(name),
            _ => {}
        }
        true
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = &mut self.field {
            open.text.push_text(text, self.limits.max_field_bytes);
        }
    }

    fn reference(&mut self, name: &str) {
        let Some(open) = &mut self.field else { return };
        let mut resolved = String::new();
        if !entity::resolve(name, &mut resolved) {
            resolved = format!("&{name};");
        }
        open.text.push_text(&resolved, self.limits.max_field_bytes);
    }

    fn open(&mut self, element: &BytesStart<'_>, start: usize) -> bool {
        if self.stack.len() >= self.limits.max_depth {
            let what =
                format!("elements are nested deeper than max_depth {}", self.limits.max_depth);
            self.builder.problem(Problem::new(FaultCode::TooDeep, "xml", what));
            return false;
        }
        // The reader borrows from `source`, but its types do not say so for names.
        let name_start = start + 1;
        let length = element.name().into_inner().len();
        let name = self.source.get(name_start..name_start + length).unwrap_or_default();
        attributes::declare(element, self.stack.len(), &mut self.namespaces);
        let (ns, local) = self.resolve(name);
        let role = self.role(ns, &lower(local));
        if self.field.is_some() && role != Role::Item {
            return self.open_within_field(element, name, role);
        }
        let attributes = attributes::read(element, self.limits);
        let base = self.resolve_base(attributes.base.as_deref());
        if role == Role::Item {
            self.close_fields_of_item();
        }
        self.stack.push(Frame { name, role, base });
        self.enter(role, attributes, ns)
    }

    /// Markup within a field belongs to its text.
    fn open_within_field(&mut self, element: &BytesStart<'_>, name: &'a str, role: Role) -> bool {
        if let Some(open) = &mut self.field {
            open.text.open_tag(element, self.limits.max_field_bytes);
        }
        let role = if role == Role::Feed { Role::Ignored } else { role };
        self.stack.push(Frame { name, role, base: None });
        true
    }

    /// What an element stands for where it stands.
    fn role(&self, ns: Ns, local: &str) -> Role {
        let role = field::role(ns, local);
        let parent = self.stack.last().map(|frame| frame.role);
        let is_structure = matches!(role, Role::Item | Role::Feed | Role::Deleted);
        match (parent, role) {
            // An item counts wherever it stands: that is how reading recovers.
            (Some(Role::Field(_)), Role::Item) if !self.is_resync(local) => Role::Ignored,
            (Some(Role::Person), _) if !is_structure => field::role_in_person(ns, local),
            (None | Some(Role::Feed | Role::Item), _) => role,
            _ if is_structure => role,
            _ => Role::Ignored,
        }
    }

    /// Whether an item within a field's text means that the item before was not closed.
    fn is_resync(&self, local: &str) -> bool {
        let item = self.stack.iter().rev().find(|frame| frame.role == Role::Item);
        item.is_none_or(|item| lower(split_name(item.name).1) == local)
    }

    fn enter(&mut self, role: Role, attributes: Attributes, ns: Ns) -> bool {
        self.is_feed |= matches!(role, Role::Feed | Role::Item | Role::Deleted);
        match role {
            Role::Feed => self.builder.feed_language(&attributes),
            Role::Item | Role::Deleted if self.builder.is_full() => {
                let what = format!("there are more items than max_items {}", self.limits.max_items);
                self.builder.problem(Problem::new(FaultCode::TooLarge, "item", what));
                return false;
            }
            Role::Item => self.builder.open_item(&attributes),
            Role::Deleted => self.builder.deleted(&attributes),
            Role::Field(field) => {
                let text = text::Collector::new(ns, field, &attributes);
                self.field = Some(Open { field, depth: self.stack.len(), attributes, text });
            }
            Role::Person | Role::Ignored => {}
        }
        true
    }

    /// Closes the innermost open element of that name; an end without start is ignored.
    fn close(&mut self, name: &str) {
        let Some(at) = self.stack.iter().rposition(|frame| frame.name == name) else {
            return;
        };
        // Within a field, an end of something outside it is an end that is too much, except where
        // it ends the item.
        let field_at = self.field.as_ref().map_or(0, |open| open.depth - 1);
        if at < field_at && !matches!(self.stack[at].role, Role::Item | Role::Feed) {
            return;
        }
        while self.stack.len() > at {
            self.close_top();
        }
    }

    fn close_top(&mut self) {
        let depth = self.stack.len();
        let Some(frame) = self.stack.last() else {
            return;
        };
        let (name, role) = (frame.name, frame.role);
        if let Some(open) = &mut self.field
            && depth > open.depth
        {
            open.text.close_tag(name, self.limits.max_field_bytes);
        } else if let Some(open) = self.field.take_if(|open| open.depth == depth) {
            self.finish_field(open);
        }
        if role == Role::Item {
            self.builder.close_item();
        }
        self.stack.pop();
        while self.namespaces.last().is_some_and(|declared| declared.depth + 1 >= depth) {
            self.namespaces.pop();
        }
    }

    fn finish_field(&mut self, open: Open) {
        let text: Rich = open.text.finish();
        let base = self.stack.iter().rev().find_map(|frame| frame.base.as_ref());
        let base = base.or(self.base.as_ref());
        self.builder.take(&Found { field: open.field, text, attributes: &open.attributes, base });
    }

    /// Ends the item that is open, and all within it.
    fn close_fields_of_item(&mut self) {
        let item = self.stack.iter().rposition(|frame| frame.role == Role::Item);
        let keep = item.or(self.field.as_ref().map(|open| open.depth - 1));
        while keep.is_some_and(|keep| self.stack.len() > keep) {
            self.close_top();
        }
    }

    fn resolve_base(&self, declared: Option<&str>) -> Option<Url> {
        let declared = declared?;
        let outer = self.stack.iter().rev().find_map(|frame| frame.base.as_ref());
        match outer.or(self.base.as_ref()) {
            Some(outer) => outer.join(declared).ok(),
            None => Url::parse(declared).ok(),
        }
    }

    fn resolve(&self, name: &'a str) -> (Ns, &'a str) {
        let (prefix, local) = split_name(name);
        let declared = self.namespaces.iter().rev().find(|known| known.prefix == prefix);
        let ns = match declared {
            None => names::by_custom(prefix),
            // Formats of long ago had other names for what became Atom and RSS.
            Some(known) if known.ns == Ns::Other && known.depth == 0 && prefix.is_empty() => {
                let root = self.stack.first().map_or(name, |frame| frame.name);
                if root == "feed" { Ns::Atom } else { Ns::Rss }
            }
            Some(known) => known.ns,
        };
        (ns, local)
    }

    fn finish(mut self) -> Feed {
        while !self.stack.is_empty() {
            self.close_top();
        }
        if !self.is_feed {
            let what = "neither a feed nor an item was found: check the address of the feed";
            self.builder.problem(Problem::bad("feed", what));
        }
        self.builder.finish()
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn split_name(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// The name in lower case; a long one, which means nothing, as it is cut.
fn lower(name: &str) -> String {
    let end = name.char_indices().nth(MAX_NAME_BYTES).map_or(name.len(), |(at, _)| at);
    name[..end].to_ascii_lowercase()
}

/// Where the next item begins.
fn next_item(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find('<') {
        let start = from + at;
        let rest = &text[start + 1..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || ":_-".contains(c)));
        let name = split_name(&rest[..end.unwrap_or(rest.len())]).1;
        if name == "item" || name == "entry" {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

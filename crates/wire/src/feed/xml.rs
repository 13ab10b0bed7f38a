//! The pull parser of XML feeds: it never fails, and after broken markup it goes on at the next
//! item. Neither DTDs nor entities beyond HTML's are resolved.

use std::sync::Arc;

use dateline_record::FaultCode;
use url::Url;

use super::build::{Builder, Found};
use super::field::{self, Field, Role};
use super::names::{self, Ns};
use super::{Context, Feed, Limits, uri};
use crate::Problem;
pub(super) use attributes::Attributes;
use attributes::Declared;
use token::{Token, Tokens};

mod attributes;
mod text;
mod token;

/// Bytes of the longest element name that means something.
const MAX_NAME_BYTES: usize = 32;

/// Reads an RSS, RDF, Atom or CDF feed.
pub(super) fn parse(text: &str, context: &Context<'_>, limits: &Limits) -> Feed {
    let scope = Scope {
        base: context.base.cloned().map(Arc::new),
        language: context.language.map(Into::into),
        is_declared: false,
    };
    let mut parser = Parser {
        source: text,
        limits,
        builder: Builder::new(limits),
        stack: Vec::new(),
        namespaces: Vec::new(),
        field: None,
        scope,
        is_feed: false,
    };
    parser.run();
    parser.finish(context.language)
}

/// What holds for all within an element.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// What relative links are relative to.
    pub(super) base: Option<Arc<Url>>,
    /// The language.
    pub(super) language: Option<Arc<str>>,
    /// Whether the feed says the language itself.
    is_declared: bool,
}

impl Scope {
    pub(super) fn base(&self) -> Option<&Url> {
        self.base.as_deref()
    }

    /// The language, where the feed says it itself.
    pub(super) fn declared_language(&self) -> Option<String> {
        self.language.as_deref().filter(|_| self.is_declared).map(str::to_owned)
    }

    /// What holds within an element with such attributes.
    fn within(&self, attributes: Attributes<'_>) -> Self {
        let mut inner = self.clone();
        if let Some(declared) = attributes.get("xml:base").or_else(|| attributes.get("base")) {
            inner.base = uri::base(&declared, self.base()).map(Arc::new).or(inner.base);
        }
        if let Some(language) = attributes.get("xml:lang") {
            let language = language.replace('_', "-");
            inner.language = Some(language).filter(|tag| !tag.is_empty()).map(Into::into);
            inner.is_declared = true;
        }
        inner
    }
}

struct Parser<'a> {
    source: &'a str,
    limits: &'a Limits,
    builder: Builder<'a>,
    stack: Vec<Frame<'a>>,
    namespaces: Vec<Declared<'a>>,
    /// The field whose text is being collected.
    field: Option<Open<'a>>,
    scope: Scope,
    /// Whether anything of a feed was seen.
    is_feed: bool,
}

/// An element that is open.
struct Frame<'a> {
    name: &'a str,
    role: Role,
    /// What held outside it, where it changes that.
    outer: Option<Box<Scope>>,
}

/// A field whose element is open.
struct Open<'a> {
    field: Field,
    ns: Ns,
    /// The depth of its element.
    depth: usize,
    attributes: Attributes<'a>,
    text: text::Collector,
}

impl<'a> Parser<'a> {
    /// Reads to the end or to a bound.
    fn run(&mut self) {
        let mut tokens = Tokens::new(self.source);
        loop {
            let start = tokens.position();
            let Some(token) = tokens.next() else { return };
            match token {
                Token::Start { name, rest, is_empty } => {
                    if !self.open(name, rest) {
                        return;
                    }
                    if is_empty {
                        self.close_top();
                    }
                }
                Token::End(name) => self.close(name),
                Token::Text(text) => {
                    if let Some(open) = &mut self.field {
                        open.text.text(text);
                    }
                }
                Token::Verbatim(text) => {
                    if let Some(open) = &mut self.field {
                        open.text.verbatim(text);
                    }
                }
                Token::Nothing => {}
                Token::Broken(what) => match self.resume(start, what) {
                    Some(next) => tokens.skip_to(next),
                    None => return,
                },
            }
        }
    }

    /// Where the next item begins after markup at `start` that never ends.
    fn resume(&mut self, start: usize, what: &str) -> Option<usize> {
        let next = next_item(&self.source[start + 1..]).map(|at| start + 1 + at);
        let end = next.unwrap_or(self.source.len());
        let problem = Problem::bad("xml", format!("a {what} has no end; close it"));
        self.builder.problem(problem.at(start..end));
        self.close_fields_of_item();
        next
    }

    /// Opens an element; false where reading must end.
    fn open(&mut self, name: &'a str, rest: &'a str) -> bool {
        if self.stack.len() >= self.limits.max_depth {
            let what =
                format!("elements are nested deeper than max_depth {}", self.limits.max_depth);
            self.builder.problem(Problem::new(FaultCode::TooDeep, "xml", what));
            return false;
        }
        let attributes =
            Attributes { raw: rest.trim_ascii_start(), max_bytes: self.limits.max_attribute_bytes };
        // Most elements have no attributes, and most that have some have none of XML's own.
        let has_xml = !attributes.raw.is_empty()
            && memchr::memmem::find(attributes.raw.as_bytes(), b"xml").is_some();
        if has_xml {
            attributes::declare(attributes, self.stack.len(), &mut self.namespaces);
        }
        let (ns, local) = self.resolve(name);
        let mut buffer = [0; MAX_NAME_BYTES];
        let local = lower(local, &mut buffer);
        let role = self.role(ns, local);
        if self.field.is_some() && role != Role::Item {
            return self.open_within_field(name, rest, role);
        }
        if role == Role::Item {
            self.close_fields_of_item();
        }
        let outer = self.enter_scope(attributes, has_xml);
        self.stack.push(Frame { name, role, outer });
        self.enter(role, attributes, ns)
    }

    /// Markup within a field belongs to its text.
    fn open_within_field(&mut self, name: &'a str, rest: &'a str, role: Role) -> bool {
        if let Some(open) = &mut self.field {
            open.text.open_tag(name, rest);
        }
        let role = if role == Role::Feed { Role::Ignored } else { role };
        self.stack.push(Frame { name, role, outer: None });
        true
    }

    fn enter_scope(&mut self, attributes: Attributes<'a>, has_xml: bool) -> Option<Box<Scope>> {
        let raw = attributes.raw;
        let changes = (has_xml && raw.contains("xml:")) || (self.stack.len() < 2 && has_base(raw));
        if !changes {
            return None;
        }
        let inner = self.scope.within(attributes);
        Some(Box::new(std::mem::replace(&mut self.scope, inner)))
    }

    /// What an element stands for where it stands.
    fn role(&self, ns: Ns, local: &str) -> Role {
        let role = field::role(ns, local);
        let parent = self.stack.last().map(|frame| frame.role);
        let is_structure = matches!(role, Role::Item | Role::Feed | Role::Deleted);
        match (parent, role) {
            // An item counts wherever it stands: that is how reading recovers.
            (Some(Role::Field(_)), Role::Item) if !self.is_resync(local) => Role::Ignored,
            (Some(outer @ (Role::Person(_) | Role::Image)), _) if !is_structure => {
                field::role_within(outer, local)
            }
            (Some(Role::Field(_) | Role::Ignored | Role::Deleted), _) if !is_structure => {
                Role::Ignored
            }
            _ => role,
        }
    }

    /// Whether an item within a field's text means that the item before was not closed.
    fn is_resync(&self, local: &str) -> bool {
        let item = self.stack.iter().rev().find(|frame| frame.role == Role::Item);
        item.is_none_or(|item| split_name(item.name).1.eq_ignore_ascii_case(local))
    }

    fn enter(&mut self, role: Role, attributes: Attributes<'a>, ns: Ns) -> bool {
        self.is_feed |= matches!(role, Role::Feed | Role::Item | Role::Deleted);
        match role {
            Role::Feed => self.builder.open_feed(attributes, &self.scope),
            Role::Item | Role::Deleted if self.builder.is_full() => {
                let what = format!("there are more items than max_items {}", self.limits.max_items);
                self.builder.problem(Problem::new(FaultCode::TooLarge, "item", what));
                return false;
            }
            Role::Item => self.builder.open_item(attributes, &self.scope),
            Role::Deleted => self.builder.deleted(attributes),
            Role::Source => self.builder.open_source(),
            Role::Person(_) => self.builder.open_person(),
            Role::Shape(shape) => self.builder.open_shape(shape),
            Role::Category => self.take(Field::Category, ns, attributes, String::new()),
            Role::Field(field) => {
                let max_bytes = self.limits.max_field_bytes;
                let text = text::Collector::new(ns, field, &attributes, max_bytes);
                let depth = self.stack.len();
                self.field = Some(Open { field, ns, depth, attributes, text });
            }
            Role::Image | Role::Group | Role::Ignored => {}
        }
        true
    }

    fn take(&mut self, field: Field, ns: Ns, attributes: Attributes<'a>, text: String) {
        let scheme = match ns {
            Ns::Itunes => Some("http://www.itunes.com/"),
            Ns::Media => Some("http://search.yahoo.com/mrss/category_schema"),
            _ => None,
        };
        let (scope, max_list) = (&self.scope, self.limits.max_list);
        self.builder.take(Found { field, text, attributes, scope, scheme, max_list });
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
            open.text.close_tag(name);
        } else {
            if let Some(open) = self.field.take_if(|open| open.depth == depth) {
                self.finish_field(open);
            }
            match role {
                Role::Item => self.builder.close_item(),
                Role::Source => self.builder.close_source(),
                Role::Person(part) => self.builder.close_person(part),
                _ => {}
            }
        }
        if let Some(outer) = self.stack.pop().and_then(|frame| frame.outer) {
            self.scope = *outer;
        }
        while self.namespaces.last().is_some_and(|declared| declared.depth + 1 >= depth) {
            self.namespaces.pop();
        }
    }

    fn finish_field(&mut self, open: Open<'a>) {
        if open.field.is_rich() {
            self.builder.take_rich(open.field, open.text.finish(&self.scope));
        } else {
            self.take(open.field, open.ns, open.attributes, open.text.value());
        }
    }

    /// Ends the item that is open, and all within it.
    fn close_fields_of_item(&mut self) {
        let item = self.stack.iter().rposition(|frame| frame.role == Role::Item);
        let keep = item.or(self.field.as_ref().map(|open| open.depth - 1));
        while keep.is_some_and(|keep| self.stack.len() > keep) {
            self.close_top();
        }
    }

    fn resolve(&self, name: &'a str) -> (Ns, &'a str) {
        let (prefix, local) = split_name(name);
        let declared = self.namespaces.iter().rev().find(|known| known.prefix == prefix);
        let is_atom = || self.stack.first().map_or(name, |frame| frame.name) == "feed";
        let ns = match declared {
            None if prefix.is_empty() && is_atom() => Ns::Atom,
            None => names::by_custom(prefix),
            // Formats of long ago had other names for what became Atom and RSS.
            Some(known) if known.ns == Ns::Other && known.depth == 0 && prefix.is_empty() => {
                if is_atom() {
                    Ns::Atom
                } else {
                    Ns::Rss
                }
            }
            Some(known) => known.ns,
        };
        (ns, local)
    }

    fn finish(mut self, language: Option<&str>) -> Feed {
        while !self.stack.is_empty() {
            self.close_top();
        }
        if !self.is_feed {
            let what = "neither a feed nor an item was found: check the address of the feed";
            self.builder.problem(Problem::bad("feed", what));
        }
        self.builder.finish(language)
    }
}

/// Whether a tag may have the attribute `base` of a CDF channel.
fn has_base(raw: &str) -> bool {
    raw.contains("base=") || raw.contains("BASE=")
}

fn split_name(name: &str) -> (&str, &str) {
    match name.bytes().position(|byte| byte == b':') {
        Some(colon) => (&name[..colon], &name[colon + 1..]),
        None => ("", name),
    }
}

/// The name in lower case; one that is too long to mean anything is empty.
fn lower<'b>(name: &'b str, buffer: &'b mut [u8; MAX_NAME_BYTES]) -> &'b str {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return name;
    }
    let Some(room) = buffer.get_mut(..name.len()) else {
        return "";
    };
    room.copy_from_slice(name.as_bytes());
    room.make_ascii_lowercase();
    std::str::from_utf8(room).unwrap_or_default()
}

/// Where the next item begins.
fn next_item(text: &str) -> Option<usize> {
    memchr::memchr_iter(b'<', text.as_bytes()).find(|start| {
        let rest = &text[start + 1..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || ":_-".contains(c)));
        let name = split_name(&rest[..end.unwrap_or(rest.len())]).1;
        name == "item" || name == "entry"
    })
}

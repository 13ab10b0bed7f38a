//! Which element stands for which field, and how its text becomes the field's value.

use super::{Rich, names::Ns};
use crate::entity::resolve;

/// What an element stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// A root or a channel: what it contains belongs to the feed.
    Feed,
    /// An item or entry.
    Item,
    /// An author with a name and perhaps more.
    Person,
    /// An item that is taken back.
    Deleted,
    /// A field.
    Field(Field),
    /// Anything else, ignored with all that it contains.
    Ignored,
}

/// A field of a feed or an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    Title,
    Link,
    Id,
    Summary,
    Content,
    Author,
    Name,
    Published,
    Updated,
    Language,
    Ttl,
    Category,
}

/// What the element of that vocabulary and lower-case name stands for.
pub(super) fn role(ns: Ns, name: &str) -> Role {
    use Field::{
        Author, Category, Content, Id, Language, Link, Published, Summary, Title, Ttl, Updated,
    };
    let field = match (ns, name) {
        (Ns::Rss, "rss" | "channel" | "rdf") | (Ns::Atom, "feed") | (Ns::Rdf, "rdf") => {
            return Role::Feed;
        }
        (Ns::Rss | Ns::Atom, "item" | "entry") => return Role::Item,
        (Ns::Atom, "author") => return Role::Person,
        (Ns::Deleted, "deleted-entry") => return Role::Deleted,
        (Ns::Rss | Ns::Atom | Ns::Dc, "title") => Title,
        (Ns::Rss | Ns::Atom, "link") => Link,
        (Ns::Rss, "guid") | (Ns::Atom | Ns::Rss, "id") => Id,
        (Ns::Rss | Ns::Dc, "description") | (Ns::Atom | Ns::Rss | Ns::Itunes, "summary") => Summary,
        (Ns::Atom, "content")
        | (Ns::Content, "encoded")
        | (Ns::Xhtml, "body" | "div")
        | (Ns::Rss, "body" | "fullitem") => Content,
        (Ns::Rss | Ns::Dc | Ns::Itunes, "author") | (Ns::Dc, "creator") => Author,
        (Ns::Rss, "pubdate")
        | (Ns::Atom | Ns::Rss, "published" | "issued")
        | (Ns::Dc, "date" | "issued") => Published,
        (Ns::Atom | Ns::Rss | Ns::Dc, "updated" | "modified") => Updated,
        (Ns::Rss | Ns::Dc, "language") => Language,
        (Ns::Rss, "ttl") => Ttl,
        (Ns::Rss | Ns::Atom, "category") | (Ns::Dc, "subject") => Category,
        _ => return Role::Ignored,
    };
    Role::Field(field)
}

/// What an element within an author stands for.
pub(super) fn role_in_person(ns: Ns, name: &str) -> Role {
    match (ns, name) {
        (Ns::Atom | Ns::Rss, "name") => Role::Field(Field::Name),
        _ => Role::Ignored,
    }
}

/// Plain text of HTML: tags go, references are resolved, white space is one space.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken =
            if rest.starts_with('<') { tag_length(rest) } else { reference(rest, &mut text) };
        if taken == 0 {
            text.push_str(&rest[..1]);
        }
        rest = &rest[taken.max(1)..];
    }
    text.push_str(rest);
    collapse(&text)
}

/// Bytes of a tag at the start of `text`; 0 where `<` begins no tag.
fn tag_length(text: &str) -> usize {
    let begins = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
    if begins { text.find('>').map_or(0, |end| end + 1) } else { 0 }
}

/// Resolves the reference at the start of `text` and gives its length; 0 where there is none.
fn reference(text: &str, into: &mut String) -> usize {
    let end = text.bytes().take(40).position(|byte| byte == b';');
    let Some(end) = end else { return 0 };
    if resolve(&text[1..end], into) { end + 1 } else { 0 }
}

/// White space at both ends goes, within it is one space.
pub(super) fn collapse(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut line = String::with_capacity(text.len());
    line.push_str(words.next().unwrap_or_default());
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    line
}

/// The title that a field's text gives: titles are often HTML without saying so.
pub(super) fn title(text: &Rich) -> String {
    if text.is_html { plain(&text.value) } else { collapse(&text.value) }
}

/// The name in `jane@example.com (Jane Doe)`, `Jane Doe <jane@example.com>` or `Jane Doe`.
pub(super) fn author(text: &str) -> String {
    let text = collapse(text);
    if let Some((before, after)) = text.split_once('(')
        && before.contains('@')
    {
        return after.trim_end_matches(')').trim().to_owned();
    }
    match text.split_once('<') {
        Some((name, address)) if address.contains('@') && !name.trim().is_empty() => {
            name.trim().trim_matches('"').to_owned()
        }
        _ => text,
    }
}

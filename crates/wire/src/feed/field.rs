//! Which element stands for which field.

use super::Shape;
use super::names::Ns;

/// What an element stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// A root or a channel: what it contains belongs to the feed.
    Feed,
    /// An item or entry.
    Item,
    /// The feed from which an item was taken over (Atom).
    Source,
    /// Somebody with a name and perhaps more.
    Person(Part),
    /// An image with an address and more.
    Image,
    /// An element whose contents count as if they stood outside it.
    Group,
    /// The same, and what it is about has that shape.
    Shape(Shape),
    /// A category that is told by attributes and may contain others.
    Category,
    /// An item that is taken back.
    Deleted,
    /// A field.
    Field(Field),
    /// Anything else, ignored with all that it contains.
    Ignored,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Author,
    Contributor,
    Publisher,
}

/// A field of a feed or an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    Title,
    /// A title that counts where there is no other.
    SpareTitle,
    Subtitle,
    Info,
    Link,
    /// The address of an image in a link.
    ImageLink,
    Enclosure,
    License,
    Comments,
    Id,
    Summary,
    /// A summary that counts where there is no other.
    SpareSummary,
    Content,
    Rights,
    Person(Part),
    Name,
    Email,
    Uri,
    Published,
    Updated,
    Created,
    /// A date of which nobody says what happened then.
    Dated,
    Expires,
    Language,
    Category,
    Keywords,
    Image,
    Icon,
    Generator,
    SourceName,
    Ttl,
    Period,
    Frequency,
    /// Points of that shape.
    Place(Shape),
    /// Points of the shape that is told around them.
    Points,
    Latitude,
    Longitude,
}

impl Field {
    /// Whether its text may be markup.
    pub(super) fn is_rich(self) -> bool {
        matches!(
            self,
            Self::Title
                | Self::SpareTitle
                | Self::Subtitle
                | Self::Info
                | Self::Summary
                | Self::SpareSummary
                | Self::Content
                | Self::Rights
        )
    }
}

/// What the element of that vocabulary and lower-case name stands for.
pub(super) fn role(ns: Ns, name: &str) -> Role {
    match ns {
        Ns::Rss => rss(name),
        Ns::Atom => atom(name),
        Ns::Dc => dublin_core(name),
        Ns::Itunes => itunes(name),
        Ns::Media => media(name),
        Ns::Geo => geo(name),
        Ns::Gml => gml(name),
        Ns::Rdf if name == "rdf" => Role::Feed,
        Ns::Deleted if name == "deleted-entry" => Role::Deleted,
        Ns::Content if name == "encoded" => Role::Field(Field::Content),
        Ns::Xhtml if matches!(name, "body" | "div") => Role::Field(Field::Content),
        Ns::License if name == "license" => Role::Field(Field::License),
        Ns::Syndication if name == "updateperiod" => Role::Field(Field::Period),
        Ns::Syndication if name == "updatefrequency" => Role::Field(Field::Frequency),
        _ => Role::Ignored,
    }
}

fn rss(name: &str) -> Role {
    Role::Field(match name {
        "rss" | "channel" | "rdf" | "feed" => return Role::Feed,
        "item" | "entry" => return Role::Item,
        "image" => return Role::Image,
        "title" => Field::Title,
        "link" => Field::Link,
        "guid" | "id" => Field::Id,
        "description" | "summary" | "abstract" => Field::Summary,
        "body" | "fullitem" | "content" => Field::Content,
        "author" | "managingeditor" => Field::Person(Part::Author),
        "contributor" => Field::Person(Part::Contributor),
        "webmaster" => Field::Person(Part::Publisher),
        "pubdate" | "published" | "issued" => Field::Published,
        "updated" | "modified" | "lastbuilddate" => Field::Updated,
        "created" => Field::Created,
        "expirationdate" => Field::Expires,
        "language" => Field::Language,
        "ttl" => Field::Ttl,
        "category" => Field::Category,
        "tags" | "keywords" => Field::Keywords,
        "copyright" | "rights" => Field::Rights,
        "enclosure" => Field::Enclosure,
        "comments" => Field::Comments,
        "source" => Field::SourceName,
        "generator" => Field::Generator,
        "logo" => Field::Image,
        _ => return Role::Ignored,
    })
}

fn atom(name: &str) -> Role {
    Role::Field(match name {
        "feed" => return Role::Feed,
        "entry" | "item" => return Role::Item,
        "author" => return Role::Person(Part::Author),
        "contributor" => return Role::Person(Part::Contributor),
        "source" => return Role::Source,
        "image" => return Role::Image,
        "title" => Field::Title,
        "subtitle" | "tagline" => Field::Subtitle,
        "info" => Field::Info,
        "link" => Field::Link,
        "id" => Field::Id,
        "summary" => Field::Summary,
        "content" => Field::Content,
        "published" | "issued" => Field::Published,
        "updated" | "modified" => Field::Updated,
        "created" => Field::Created,
        "category" => Field::Category,
        "rights" | "copyright" => Field::Rights,
        "icon" => Field::Icon,
        "logo" => Field::Image,
        "generator" => Field::Generator,
        _ => return Role::Ignored,
    })
}

fn dublin_core(name: &str) -> Role {
    Role::Field(match name {
        "title" => Field::SpareTitle,
        "description" | "abstract" => Field::SpareSummary,
        "creator" | "author" => Field::Person(Part::Author),
        "contributor" => Field::Person(Part::Contributor),
        "publisher" => Field::Person(Part::Publisher),
        "date" => Field::Dated,
        "issued" => Field::Published,
        "modified" => Field::Updated,
        "created" => Field::Created,
        "language" => Field::Language,
        "subject" => Field::Category,
        "rights" => Field::Rights,
        _ => return Role::Ignored,
    })
}

fn itunes(name: &str) -> Role {
    Role::Field(match name {
        "owner" => return Role::Person(Part::Publisher),
        "category" => return Role::Category,
        "author" => Field::Person(Part::Author),
        "title" => Field::SpareTitle,
        "subtitle" => Field::Subtitle,
        "summary" => Field::SpareSummary,
        "keywords" => Field::Keywords,
        "image" | "link" => Field::ImageLink,
        _ => return Role::Ignored,
    })
}

fn media(name: &str) -> Role {
    Role::Field(match name {
        "group" | "content" => return Role::Group,
        "title" => Field::SpareTitle,
        "description" => Field::SpareSummary,
        "category" => Field::Category,
        "keywords" => Field::Keywords,
        "thumbnail" => Field::ImageLink,
        _ => return Role::Ignored,
    })
}

fn geo(name: &str) -> Role {
    Role::Field(match name {
        "where" => return Role::Group,
        "point" => Field::Place(Shape::Point),
        "line" => Field::Place(Shape::Line),
        "polygon" => Field::Place(Shape::Polygon),
        "box" => Field::Place(Shape::Box),
        "lat" => Field::Latitude,
        "long" => Field::Longitude,
        _ => return Role::Ignored,
    })
}

fn gml(name: &str) -> Role {
    match name {
        "exterior" | "linearring" => Role::Group,
        "point" => Role::Shape(Shape::Point),
        "linestring" => Role::Shape(Shape::Line),
        "polygon" => Role::Shape(Shape::Polygon),
        "envelope" => Role::Shape(Shape::Box),
        "pos" | "poslist" | "lowercorner" | "uppercorner" => Role::Field(Field::Points),
        _ => Role::Ignored,
    }
}

/// What an element within somebody or something stands for, whatever its vocabulary.
pub(super) fn role_within(outer: Role, name: &str) -> Role {
    let is_person = matches!(outer, Role::Person(_));
    match name {
        "name" if is_person => Role::Field(Field::Name),
        "email" if is_person => Role::Field(Field::Email),
        "uri" | "url" | "homepage" if is_person => Role::Field(Field::Uri),
        "url" => Role::Field(Field::Image),
        _ => Role::Ignored,
    }
}

//! A feed in the shape of feedparser's result, so that its expectations can be looked up in it.

use dateline_wire::feed::{About, Feed, Item, Link, Moment, Person, Place, Rich, Shape, TextKind};
use serde_json::{Map, Value, json};

/// What feedparser has and a news pipeline has no use for; a field in here is not looked up.
/// Those of the answer and of the document as a whole come first in their path.
pub(crate) const UNREAD: &[(&str, &str)] = &[
    ("bozo", "whether XML is well-formed: every feed is read alike"),
    ("version", "the version of RSS or Atom: all are read alike"),
    ("headers", "of the HTTP answer, which is the fetcher's"),
    ("etag", "of the HTTP answer, which is the fetcher's"),
    ("modified", "of the HTTP answer, which is the fetcher's"),
    ("modified_parsed", "of the HTTP answer, which is the fetcher's"),
    ("docs", "where the format is documented"),
    ("textinput", "a form for readers"),
    ("cloud", "a push protocol that nobody serves any more"),
    ("newlocation", "a redirect of a feed within its text, of one dead client"),
    ("guidislink", "how the link was found"),
    ("rating", "PICS labels"),
    ("errorreportsto", "for the feed's author"),
    ("itunes_block", "for podcast directories"),
    ("itunes_explicit", "for podcast players"),
    ("itunes_duration", "for podcast players"),
    ("itunes_keywords", "read as tags"),
    ("itunes_episode", "for podcast players"),
    ("itunes_season", "for podcast players"),
    ("itunes_episodetype", "for podcast players"),
    ("psc_chapters", "for podcast players"),
    ("wfw_comment", "where to post a comment"),
    ("wfw_commentrss", "a feed of comments"),
    ("media_player", "a video player"),
    ("media_content", "pictures and films"),
    ("media_thumbnail", "pictures; the first is the image"),
    ("media_credit", "of pictures and films"),
    ("media_restriction", "of pictures and films"),
    ("media_license", "of pictures and films"),
    ("media_rating", "of pictures and films"),
    ("media_statistics", "of pictures and films"),
    ("media_starrating", "of pictures and films"),
    ("madeup_element", "an element without a meaning"),
    ("validity", "dcterms:valid: of catalogues"),
    ("validity_start", "dcterms:valid: of catalogues"),
    ("validity_end", "dcterms:valid: of catalogues"),
    ("validity_start_parsed", "dcterms:valid: of catalogues"),
    ("validity_end_parsed", "dcterms:valid: of catalogues"),
    ("slash_comments", "a count of comments"),
    ("thr_total", "a count of comments"),
    ("vcard", "hCard microformats"),
    ("xfn", "XFN microformats"),
    ("width", "the size of an image"),
    ("height", "the size of an image"),
];

/// The result of feedparser for such a feed.
pub(crate) fn result(feed: &Feed) -> Value {
    let mut about = about(&feed.about);
    put_text(&mut about, &["subtitle", "tagline", "description"], feed.about.subtitle.as_ref());
    if let Some(minutes) = feed.updates.ttl_minutes {
        about.insert("ttl".to_owned(), json!(minutes.to_string()));
    }
    json!({ "feed": about, "entries": feed.items.iter().map(entry).collect::<Vec<Value>>() })
}

fn entry(item: &Item) -> Value {
    let mut map = about(&item.about);
    // feedparser takes the content for a summary where there is none.
    let summary = item.summary.as_ref().or(item.content.as_ref());
    put_text(&mut map, &["summary", "description"], summary);
    put_text(&mut map, &["subtitle"], item.about.subtitle.as_ref());
    put(&mut map, "content", item.content.as_ref().map(|text| json!([detail(text)])));
    put(&mut map, "comments", item.comments.as_ref().map(|link| json!(link)));
    put_moment(&mut map, &["expired"], item.expires.as_ref());
    put(&mut map, "where", item.place.as_deref().map(place));
    put(
        &mut map,
        "source",
        item.source.as_deref().map(|source| {
            let mut map = about(source);
            put_text(&mut map, &["subtitle", "tagline"], source.subtitle.as_ref());
            Value::Object(map)
        }),
    );
    Value::Object(map)
}

fn about(about: &About) -> Map<String, Value> {
    let mut map = Map::new();
    let text = |value: &Option<String>| value.as_ref().map(|value| json!(value));
    for key in ["id", "guid"] {
        put(&mut map, key, text(&about.id));
    }
    put_text(&mut map, &["title"], about.title.as_ref());
    put_text(&mut map, &["info"], about.info.as_ref());
    put_text(&mut map, &["rights", "copyright"], about.rights.as_ref());
    put(&mut map, "link", text(&about.link));
    put(&mut map, "links", Some(links(about)));
    let enclosures: Vec<Value> = about.enclosures().map(link).collect();
    put(&mut map, "enclosures", Some(json!(enclosures)));
    put(&mut map, "license", about.link_with_rel("license").map(|link| json!(link)));
    put(&mut map, "language", text(&about.language));
    put_persons(&mut map, about);
    let tags = about
        .categories
        .iter()
        .map(|tag| json!({ "term": tag.term, "scheme": tag.scheme, "label": tag.label }));
    let tags: Vec<Value> = tags.collect();
    put(&mut map, "category", about.categories.first().map(|tag| json!(tag.term)));
    put(&mut map, "tags", Some(json!(tags)));
    put_moment(&mut map, &["published", "issued"], about.published.as_ref());
    let updated = about.updated.as_ref().or(about.published.as_ref());
    put_moment(&mut map, &["updated", "date", "modified"], updated);
    put_moment(&mut map, &["created"], about.created.as_ref());
    let image = about.image.as_ref().map(|image| json!({ "href": image, "url": image }));
    put(&mut map, "image", image);
    put(&mut map, "logo", text(&about.image));
    put(&mut map, "icon", text(&about.icon));
    if let Some(made) = &about.generator {
        let detail = json!({
            "name": made.name, "href": made.uri, "url": made.uri, "version": made.version
        });
        put(&mut map, "generator", Some(json!(made.name)));
        put(&mut map, "generator_detail", Some(detail));
    }
    map
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    map.extend(value.map(|value| (key.to_owned(), value)));
}

fn put_text(map: &mut Map<String, Value>, keys: &[&str], text: Option<&Rich>) {
    for key in keys {
        put(map, key, text.map(|text| json!(text.value)));
        put(map, &format!("{key}_detail"), text.map(detail));
    }
}

fn put_moment(map: &mut Map<String, Value>, keys: &[&str], moment: Option<&Moment>) {
    for key in keys {
        put(map, key, moment.map(|moment| json!(moment.text)));
        put(map, &format!("{key}_parsed"), moment.and_then(parsed));
    }
}

fn put_persons(map: &mut Map<String, Value>, about: &About) {
    let all = |persons: &[Person]| json!(persons.iter().map(person).collect::<Vec<Value>>());
    put(map, "authors", Some(all(&about.authors)));
    put(map, "contributors", Some(all(&about.contributors)));
    for (key, found) in
        [("author", about.authors.last()), ("publisher", about.publisher.as_deref())]
    {
        put(map, key, found.and_then(full_name));
        put(map, &format!("{key}_detail"), found.map(person));
    }
}

fn person(person: &Person) -> Value {
    json!({ "name": person.name, "email": person.email, "href": person.uri, "url": person.uri })
}

fn full_name(person: &Person) -> Option<Value> {
    match (&person.name, &person.email) {
        (Some(name), Some(email)) => Some(json!(format!("{name} ({email})"))),
        (one, other) => one.as_ref().or(other.as_ref()).map(|text| json!(text)),
    }
}

fn detail(text: &Rich) -> Value {
    let kind = match text.kind {
        TextKind::Plain => "text/plain",
        TextKind::Html => "text/html",
        TextKind::Xhtml => "application/xhtml+xml",
    };
    let base = text.base.as_ref().map(|base| base.as_str());
    json!({ "value": text.value, "type": kind, "language": text.language.as_deref(), "base": base })
}

/// feedparser lists a link without relation too, as `alternate`.
fn links(about: &About) -> Value {
    let known = about.link.as_ref().filter(|href| {
        let id = about.id.as_ref();
        id != Some(href) && !about.links.iter().any(|link| link.href == **href)
    });
    let plain = known.map(|href| Link {
        href: href.clone(),
        rel: "alternate".to_owned(),
        ..Link::default()
    });
    json!(plain.iter().chain(&about.links).map(link).collect::<Vec<Value>>())
}

fn link(link: &Link) -> Value {
    let default = if link.rel == "self" { "application/atom+xml" } else { "text/html" };
    json!({
        "href": link.href, "url": link.href, "rel": link.rel, "title": link.title,
        "type": link.kind.as_deref().unwrap_or(default),
        "hreflang": link.language, "length": link.length,
    })
}

/// Longitude first, as `GeoJSON`.
fn place(place: &Place) -> Value {
    let points: Vec<Value> = place.points.iter().map(|(lat, long)| json!([long, lat])).collect();
    let (kind, coordinates) = match place.shape {
        Shape::Point => ("Point", points.first().cloned().unwrap_or_default()),
        Shape::Line => ("LineString", json!(points)),
        Shape::Box => ("Box", json!(points)),
        Shape::Polygon => ("Polygon", json!([points])),
    };
    json!({ "type": kind, "coordinates": coordinates })
}

/// Python's `struct_time`.
fn parsed(moment: &Moment) -> Option<Value> {
    let at = moment.at?;
    let text = at.to_string();
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let days = at.as_millis().div_euclid(86_400_000);
    let year = number(0, 4)?;
    let start = dateline_wire::date::parse(&format!("{year:04}-01-01T00:00:00Z"))?.at;
    let day_of_year = days - start.as_millis().div_euclid(86_400_000) + 1;
    let weekday = (days + 3).rem_euclid(7);
    Some(json!([
        year,
        number(5, 7)?,
        number(8, 10)?,
        number(11, 13)?,
        number(14, 16)?,
        number(17, 19)?,
        weekday,
        day_of_year,
        0
    ]))
}

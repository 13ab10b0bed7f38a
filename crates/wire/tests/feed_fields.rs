//! What feeds say, field by field, in the ways in which they say it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use dateline_wire::feed::{Feed, Item, Limits, Person, Shape, TextKind, base_of, parse};
use url::Url;

fn read(text: &str) -> Feed {
    let base = Url::parse("http://a.example/feed").unwrap();
    parse(text, Some(&base), &Limits::default())
}

fn item(inside: &str) -> Item {
    let text = format!(
        "<rss xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:g='http://www.georss.org/georss' \
         xmlns:gml='http://www.opengis.net/gml' xmlns:media='http://search.yahoo.com/mrss/'>\
         <channel><item>{inside}</item></channel></rss>"
    );
    read(&text).items.remove(0)
}

#[test]
fn reads_persons() {
    let check = |inside: &str, name: Option<&str>, email: Option<&str>| {
        let author = item(inside).about.authors.remove(0);
        assert_eq!((author.name.as_deref(), author.email.as_deref()), (name, email), "{inside}");
    };
    check("<dc:creator>A Writer</dc:creator>", Some("A Writer"), None);
    check("<author>a@b.example (A Writer)</author>", Some("A Writer"), Some("a@b.example"));
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><author><name>A</name><uri>/a</uri>\
         </author><contributor><email>c@d.example</email></contributor></entry></feed>",
    );
    let about = &feed.items[0].about;
    assert_eq!(about.authors[0].uri.as_deref(), Some("http://a.example/a"));
    let email = Some("c@d.example".to_owned());
    assert_eq!(about.contributors, [Person { email, ..Person::default() }]);
}

#[test]
fn reads_places() {
    let check = |inside: &str, shape: Shape, points: &[(f64, f64)]| {
        let place = item(inside).place.unwrap();
        assert_eq!((place.shape, place.points.as_slice()), (shape, points), "{inside}");
    };
    check("<g:point>45.2 -71.9</g:point>", Shape::Point, &[(45.2, -71.9)]);
    check("<g:box>1 2 3 4</g:box>", Shape::Box, &[(1.0, 2.0), (3.0, 4.0)]);
    check(
        "<g:where><gml:Envelope><gml:lowerCorner>1 2</gml:lowerCorner><gml:upperCorner>3 4\
         </gml:upperCorner></gml:Envelope></g:where>",
        Shape::Box,
        &[(1.0, 2.0), (3.0, 4.0)],
    );
    check("<geo:lat>1</geo:lat><geo:long>2</geo:long>", Shape::Point, &[(1.0, 2.0)]);
    assert_eq!(item("<g:point>north</g:point>").place, None);
    assert_eq!(item("<g:point>NaN 1</g:point>").place, None);
}

#[test]
fn reads_links_and_hints() {
    let feed = read(
        "<rss xmlns:atom='http://www.w3.org/2005/Atom' \
         xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><link>/</link>\
         <atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' href='feed'/>\
         <ttl>15</ttl><sy:updatePeriod>hourly</sy:updatePeriod>\
         <sy:updateFrequency>2</sy:updateFrequency><item><guid>http://a.example/1</guid>\
         <enclosure url='/a.mp3' type='audio/mpeg' length='7'/>\
         <source url='http://b.example/'>B</source><comments>/c</comments></item></channel></rss>",
    );
    assert_eq!(feed.about.link.as_deref(), Some("http://a.example/"));
    assert_eq!(feed.about.link_with_rel("hub"), Some("https://hub.example/"));
    assert_eq!(feed.about.link_with_rel("self"), Some("http://a.example/feed"));
    assert_eq!((feed.updates.ttl_minutes, feed.updates.frequency), (Some(15), Some(2)));
    assert_eq!(feed.updates.period.as_deref(), Some("hourly"));
    let item = &feed.items[0];
    assert_eq!(item.about.link.as_deref(), Some("http://a.example/1"));
    let enclosure = item.about.enclosures().next().unwrap();
    assert_eq!(
        (enclosure.href.as_str(), enclosure.length.as_deref()),
        ("http://a.example/a.mp3", Some("7"))
    );
    assert_eq!(item.source.as_ref().unwrap().link.as_deref(), Some("http://b.example/"));
    assert_eq!(item.comments.as_deref(), Some("http://a.example/c"));
}

#[test]
fn lists_are_bounded_and_name_each_thing_once() {
    let many: Vec<String> = (0..500).map(|n| format!("<category>c{n}</category>")).collect();
    let many = many.concat();
    assert_eq!(item(&many).about.categories.len(), Limits::default().max_list);
    let twice =
        item("<category>a</category><category>a</category><media:keywords>b, a</media:keywords>");
    let terms: Vec<&str> = twice.about.categories.iter().map(|c| c.term.as_str()).collect();
    assert_eq!(terms[..2], ["a", "b"]);
}

#[test]
fn text_is_what_it_is_said_to_be() {
    let check = |inside: &str, kind: TextKind, value: &str| {
        let title = item(inside).about.title.unwrap();
        assert_eq!((title.kind, title.value.as_str()), (kind, value), "{inside}");
    };
    check("<title> A  B </title>", TextKind::Plain, "A  B");
    check("<title>A &amp;amp; B</title>", TextKind::Html, "A &amp; B");
    check("<media:title>M</media:title><title>T</title>", TextKind::Plain, "T");
    check(
        "<title><![CDATA[<a href='x'>A</a>]]></title>",
        TextKind::Html,
        "<a href='http://a.example/x'>A</a>",
    );
}

#[test]
fn only_an_address_of_the_web_is_a_base() {
    let document = Url::parse("http://a.example/feed").unwrap();
    let check = |location: Option<&str>, expected: &str| {
        assert_eq!(base_of(&document, location).as_str(), expected);
    };
    check(None, "http://a.example/feed");
    check(Some("/b/"), "http://a.example/b/");
    check(Some("javascript:x"), "http://a.example/feed");
}

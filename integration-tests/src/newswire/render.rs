//! Feeds as the sites write them.

use std::fmt::Write;

use dateline_record::Timestamp;

use super::page::escape;
use super::script::{ChangeKind, Channel, Version};
use super::world::World;

/// Characters of a summary.
const SUMMARY_CHARS: usize = 180;

/// The feed of a site.
pub(super) fn feed(world: &World, channel: Channel) -> String {
    let mut versions: Vec<Version<'_>> = world.published(channel).collect();
    versions.sort_by(|one, other| other.story.published.cmp(&one.story.published));
    if channel == Channel::Northpost { atom(channel, &versions) } else { rss(channel, &versions) }
}

fn rss(channel: Channel, versions: &[Version<'_>]) -> String {
    let host = channel.host().unwrap_or_default();
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel>\n\
         <title>{}</title>\n<link>http://{host}/</link>\n<description>World news</description>\n\
         <language>en</language>\n<ttl>1</ttl>\n",
        channel.name()
    );
    for version in versions {
        push_rss_item(&mut feed, channel, version);
    }
    feed.push_str("</channel>\n</rss>\n");
    feed
}

fn push_rss_item(feed: &mut String, channel: Channel, version: &Version<'_>) {
    let story = version.story;
    let link = link(channel, version);
    // Writing to a String cannot fail.
    let _ = write!(
        feed,
        "<item>\n<title>{}</title>\n<link>{link}?utm_source=rss&amp;utm_medium=feed</link>\n\
         <guid isPermaLink=\"false\">{}</guid>\n<pubDate>{}</pubDate>\n\
         <atom:updated>{}</atom:updated>\n<description>{}</description>\n",
        escape(&version.title),
        escape(&story.id),
        rfc822(&story.published),
        updated(version),
        escape(&summary(version)),
    );
    if let Some(language) = &story.language {
        let _ = writeln!(feed, "<language>{}</language>", escape(language));
    }
    if channel == Channel::Press {
        let html = paragraphs(version);
        let _ = writeln!(feed, "<content:encoded><![CDATA[{html}]]></content:encoded>");
    }
    feed.push_str("</item>\n");
}

fn atom(channel: Channel, versions: &[Version<'_>]) -> String {
    let host = channel.host().unwrap_or_default();
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:at=\"http://purl.org/atompub/tombstones/1.0\" xml:lang=\"en\" \
         xml:base=\"http://{host}/\">\n<title>{}</title>\n<id>http://{host}/</id>\n\
         <link rel=\"alternate\" href=\"/\"/>\n<updated>2014-10-07T00:00:00Z</updated>\n",
        channel.name()
    );
    for version in versions {
        if version.kind == ChangeKind::Tombstone {
            let id = escape(&version.story.id);
            let when = updated(version);
            let _ = writeln!(feed, "<at:deleted-entry ref=\"{id}\" when=\"{when}\"/>");
        } else {
            push_atom_entry(&mut feed, version);
        }
    }
    feed.push_str("</feed>\n");
    feed
}

fn push_atom_entry(feed: &mut String, version: &Version<'_>) {
    let story = version.story;
    let _ = write!(
        feed,
        "<entry>\n<title type=\"html\">{}</title>\n<id>{}</id>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n\
         <published>{}</published>\n<updated>{}</updated>\n\
         <author><name>Example Wire</name></author>\n<summary>{}</summary>\n</entry>\n",
        escape(&escape(&version.title)),
        escape(&story.id),
        story.page_path(),
        story.published,
        updated(version),
        escape(&summary(version)),
    );
}

fn link(channel: Channel, version: &Version<'_>) -> String {
    format!("http://{}{}", channel.host().unwrap_or_default(), version.story.page_path())
}

/// The beginning of the first paragraph.
fn summary(version: &Version<'_>) -> String {
    let first = version.text.split("\n\n").next().unwrap_or_default();
    first.chars().take(SUMMARY_CHARS).collect()
}

/// The text as paragraphs of HTML, the first with the dateline.
pub(super) fn paragraphs(version: &Version<'_>) -> String {
    let text = format!("{} {}", version.story.dateline, version.text);
    text.split("\n\n").fold(String::new(), |mut html, paragraph| {
        let _ = writeln!(html, "<p>{}</p>", escape(paragraph.trim()));
        html
    })
}

/// The time of a version: ten minutes after the one before.
fn updated(version: &Version<'_>) -> String {
    let published = Timestamp::parse(&version.story.published);
    let published = published.map_or(0, Timestamp::as_millis);
    let minutes = i64::from(version.number - 1) * 10;
    Timestamp::from_millis(published + minutes * 60_000).to_string()
}

/// `2014-10-07T08:10:00Z` as RSS writes it.
pub(super) fn rfc822(published: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let part = |range: std::ops::Range<usize>| published.get(range).unwrap_or_default();
    let month: usize = part(5..7).parse().unwrap_or(1);
    let month = MONTHS.get(month.wrapping_sub(1)).unwrap_or(&"Jan");
    format!("{} {month} {} {} GMT", part(8..10), part(0..4), part(11..19))
}

//! Front pages of sites without feed and sitemap: links that look like stories, each fetched once.

use std::collections::HashSet;
use std::sync::LazyLock;

use dateline_record::{Front, Validators};
use dateline_wire::decode::decode;
use dateline_wire::feed::{Rich, TextKind};
use regex::Regex;
use url::Url;

use super::feed::{self, conditions, validators_of};
use super::links::Listed;
use super::poll::{Asked, Failure, Poll};
use super::seen::Seen;
use crate::host;

/// Words of the shortest slug that is taken for a headline.
const MIN_SLUG_WORDS: usize = 5;

/// Asks for the front page and takes its links.
pub(super) async fn ask(poll: &mut Poll<'_>, front: &Front) -> Result<Asked, Failure> {
    let pattern = Poll::pattern(front.pattern.as_deref())?;
    let url = poll.address(&front.url)?;
    let validators = poll.state.validators.clone();
    let visit = poll.get(&url, conditions(&validators), true).await?;
    let hint = feed::hints::of_answer(&visit.answer);
    poll.note_move(&visit);
    if visit.answer.status == 304 {
        return Ok(Asked { hint, ..Asked::default() });
    }
    if let Some(guard) = crate::access::challenge(&visit.answer) {
        return Err(format!("url: {url} answered with a challenge of {guard}").into());
    }
    let html = decode(&visit.answer.body, visit.answer.header("content-type")).text;
    let links = stories(&html, &visit.url, pattern.as_ref());
    if links.is_empty() {
        let what = format!("pattern: no link of {url} looks like a story; give it a pattern");
        return Err(what.into());
    }
    let limit = poll.tools.config.max_feed_items;
    let mut seen = Seen::new(std::mem::take(&mut poll.state.seen));
    let room = poll.tools.config.max_seen_items.max(2 * links.len());
    let mut all_taken = true;
    for link in links.into_iter().take(limit).rev() {
        let id = poll.id_of_link(&link);
        // What a link says changes with the place where it stands: only a new one is a story.
        match seen.hash_of(&id).cloned() {
            Some(hash) => seen.set(id, hash),
            None => all_taken &= poll.take_link(link, &mut seen, visit.received_at),
        }
    }
    poll.state.seen = seen.into_items(room);
    let is_whole = all_taken && !visit.answer.truncated;
    poll.state.validators = if is_whole { validators_of(&visit) } else { Validators::default() };
    Ok(Asked { hint, ..Asked::default() })
}

/// The links of a page that lead to stories of the same site, in their order, each once.
fn stories(html: &str, page: &Url, pattern: Option<&Regex>) -> Vec<Listed> {
    let site = host::domain(page);
    let mut met = HashSet::new();
    let is_story = |url: &Url| match pattern {
        Some(pattern) => pattern.is_match(url.path()),
        None => looks_like_a_story(url.path()),
    };
    links(html, page)
        .into_iter()
        .filter(|(url, _)| host::domain(url) == site && is_story(url))
        .map(|(url, title)| Listed {
            url: url.to_string(),
            title: Some(title).filter(|title| !title.is_empty()),
            ..Listed::default()
        })
        .filter(|link| met.insert(link.provider_id()))
        .collect()
}

/// A path with a date, or with a last part that is a headline.
fn looks_like_a_story(path: &str) -> bool {
    static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"/(?:19|20)\d\d[/-]?(?:0[1-9]|1[0-2]|[1-9])[/-]?(?:[0-3]?\d)?(?:/|-)[^/]*\w")
            .ok()
    });
    if DATED.as_ref().is_some_and(|dated| dated.is_match(path)) {
        return true;
    }
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    stem.split(['-', '_']).filter(|word| !word.is_empty()).count() >= MIN_SLUG_WORDS
}

/// The links of a page with their texts, absolute, without fragment.
fn links(html: &str, page: &Url) -> Vec<(Url, String)> {
    const QUOTED: &str = r#"href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))"#;
    static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?is)<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>").ok()
    });
    static BASE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"(?is)<base\s[^>]*?{QUOTED}")).ok());
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(&format!(r"(?is)<a\s(?:[^>]*?\s)?{QUOTED}[^>]*>(.*?)</a\s*>")).ok()
    });
    let (Some(hidden), Some(base), Some(link)) = (&*HIDDEN, &*BASE, &*LINK) else {
        return Vec::new();
    };
    let html = hidden.replace_all(html, " ");
    let plain = |text: &str| Rich::new(text, TextKind::Html).plain();
    let href = |found: &regex::Captures<'_>| {
        (1..=3).find_map(|group| found.get(group)).map(|text| plain(text.as_str()))
    };
    let base = base.captures(&html).and_then(|found| page.join(&href(&found)?).ok());
    let base = base.unwrap_or_else(|| page.clone());
    let resolve = |found: regex::Captures<'_>| {
        let mut url = base.join(&href(&found)?).ok()?;
        url.set_fragment(None);
        let text = found.get(4).map_or("", |text| text.as_str());
        matches!(url.scheme(), "http" | "https").then(|| (url, plain(text)))
    };
    link.captures_iter(&html).filter_map(resolve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_stories_by_their_paths() {
        let check = |path: &str, expected: bool| {
            assert_eq!(looks_like_a_story(path), expected, "{path}");
        };
        check("/2026/03/02/minister-resigns", true);
        check("/news/2026-03-02/minister", true);
        check("/20260302/minister.html", true);
        check("/politics/minister-resigns-after-night-of-talks", true);
        check("/politics/minister-resigns-after-night-of-talks-123.html", true);
        check("/a/minister_resigns_after_night_talks/", true);
        check("/", false);
        check("/politics/", false);
        check("/about-us", false);
        check("/terms-and-conditions", false);
        check("/2026/03/", false);
        check("/archive/2026/", false);
        check("/tag/2026", false);
    }

    #[test]
    fn finds_links_and_their_texts() {
        let page = Url::parse("https://www.a.example/news/").unwrap();
        let html = r#"
            <!-- <a href="/2026/03/02/hidden">Hidden</a> -->
            <script>"<a href='/2026/03/02/script'>x</a>"</script>
            <a class="x" href="/2026/03/02/first?a=1&amp;b=2#top"><b>First</b> story</a>
            <A HREF='../2026/03/02/second'>Second &amp; last</A>
            <a href=/2026/03/02/first?a=1&amp;b=2>First again</a>
            <a href="https://sport.a.example/2026/03/02/third">Third</a>
            <a href="https://b.example/2026/03/02/elsewhere">Elsewhere</a>
            <a href="mailto:a@a.example">Mail</a><a name="x">No link</a>
            <a href="/about-us">About</a>"#;
        let found: Vec<(String, Option<String>)> =
            stories(html, &page, None).into_iter().map(|link| (link.url, link.title)).collect();
        let expected = [
            ("https://www.a.example/2026/03/02/first?a=1&b=2", "First story"),
            ("https://www.a.example/2026/03/02/second", "Second & last"),
            ("https://sport.a.example/2026/03/02/third", "Third"),
        ];
        let expected = expected.map(|(url, title)| (url.to_owned(), Some(title.to_owned())));
        assert_eq!(found, expected);
        let pattern = Regex::new("^/about").unwrap();
        assert_eq!(stories(html, &page, Some(&pattern)).len(), 1);
        let based = "<base href=\"https://www.a.example/x/\"><a href=2026-01-02/y>Y</a>";
        assert_eq!(stories(based, &page, None)[0].url, "https://www.a.example/x/2026-01-02/y");
    }
}

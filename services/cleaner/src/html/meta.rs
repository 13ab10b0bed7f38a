//! What a page says of itself: title, authors, times, language, section.

use dateline_record::{Access, TimeSource, Timestamp};
use dateline_wire::date;
use dom_query::Document;

use super::json_ld::{self, Article};
use crate::{byline, draft::Draft, repair};

/// Names of `<meta>` elements that hold the time of publishing, best first.
const PUBLISHED: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date_published",
    "published_time",
    "publish_date",
    "publish-date",
    "publication_date",
    "publicationdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "article.published",
    "article:publicationdate",
    "originalpublicationdate",
    "pubdate",
    "cxenseparse:recs:publishtime",
    "rnews:datepublished",
    "og:pubdate",
    "date",
    "displaydate",
    "timestamp",
];
const MODIFIED: &[&str] =
    &["article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified"];
const AUTHORS: &[&str] = &[
    "author",
    "article:author",
    "parsely-author",
    "dc.creator",
    "byl",
    "sailthru.author",
    "cxenseparse:author",
];

/// What was found, before any choice.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    article: Article,
    metas: Vec<(String, String)>,
    page_title: String,
    headings: Vec<String>,
    time: Option<String>,
    language: Option<String>,
    byline: Option<String>,
}

/// Reads the page's metadata.
pub(crate) fn read(document: &Document) -> Facts {
    let scripts = document.select("script[type='application/ld+json']");
    let article = scripts.iter().find_map(|script| json_ld::article(&script.text()));
    let headings = document.select("h1").iter().map(|h1| repair::line(&h1.text()));
    let time = document.select_single("time[datetime]").attr("datetime");
    let byline = document
        .select_single("[rel=author], [itemprop=author], .byline, .author-name, [class*=byline]");
    Facts {
        article: article.unwrap_or_default(),
        metas: metas(document),
        page_title: repair::line(&document.select_single("title").text()),
        headings: headings.filter(|heading| !heading.is_empty()).collect(),
        time: time.map(|text| text.to_string()),
        language: document.select_single("html").attr("lang").map(|text| text.to_string()),
        byline: Some(repair::line(&byline.text()))
            .filter(|text| !text.is_empty() && text.len() < 200),
    }
}

fn metas(document: &Document) -> Vec<(String, String)> {
    let elements = document.select("meta[content]");
    let read = elements.iter().filter_map(|element| {
        let name = ["property", "name", "itemprop", "http-equiv"]
            .iter()
            .find_map(|name| element.attr(name))?;
        let content = repair::line(&element.attr("content")?);
        (!content.is_empty()).then(|| (name.to_ascii_lowercase(), content))
    });
    read.collect()
}

impl Facts {
    /// The draft of the page, without a body.
    pub(crate) fn draft(self, given_title: Option<&str>) -> Draft {
        let is_free = self.article.is_free.unwrap_or(true)
            && self.meta("article:content_tier") != Some("locked");
        Draft {
            title: self.title(given_title),
            subtitle: self.subtitle(),
            authors: self.authors(),
            byline: self.byline.clone(),
            published: self.published(),
            modified: self.modified(),
            section: self
                .article
                .section
                .clone()
                .or_else(|| self.meta("article:section").map(str::to_owned)),
            language: self.language.clone(),
            access: if is_free { Access::Open } else { Access::Paywalled },
            ..Draft::default()
        }
    }

    fn meta(&self, name: &str) -> Option<&str> {
        let found = self.metas.iter().find(|(known, _)| known == name);
        found.map(|(_, content)| content.as_str())
    }

    /// A heading that another part of the page confirms, else what the page calls itself.
    fn title(&self, given: Option<&str>) -> String {
        let headline = self.article.headline.as_deref().map(repair::line);
        let og = self.meta("og:title").map(str::to_owned);
        let others: Vec<String> =
            [headline.clone(), og.clone(), Some(self.page_title.clone()), given.map(repair::line)]
                .into_iter()
                .flatten()
                .map(|text| repair::key(&text))
                .collect();
        let confirmed = self.headings.iter().find(|heading| {
            let key = repair::key(heading);
            key.len() > 8
                && others.iter().any(|other| {
                    other.starts_with(&key) || key.starts_with(other.as_str()) && other.len() > 12
                })
        });
        confirmed
            .cloned()
            .or(headline)
            .or_else(|| og.map(|title| without_site(&title).to_owned()))
            .or_else(|| given.map(repair::line))
            .or_else(|| self.headings.first().filter(|_| self.headings.len() == 1).cloned())
            .unwrap_or_else(|| without_site(&self.page_title).to_owned())
    }

    fn subtitle(&self) -> Option<String> {
        let description = self.article.description.clone();
        description
            .or_else(|| self.meta("og:description").map(str::to_owned))
            .map(|text| repair::line(&text))
    }

    fn authors(&self) -> Vec<String> {
        if !self.article.authors.is_empty() {
            return people(&self.article.authors);
        }
        let metas = AUTHORS.iter().find_map(|name| {
            let found: Vec<String> = self
                .metas
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, content)| content.clone())
                .collect();
            let names = people(&found);
            (!names.is_empty()).then_some(names)
        });
        metas.or_else(|| self.byline.as_deref().map(byline::names)).unwrap_or_default()
    }

    fn published(&self) -> Option<(Timestamp, TimeSource)> {
        let read = |text: &str| date::parse(text).map(|date| date.at);
        let json_ld = self.article.published.as_deref().and_then(read);
        if let Some(at) = json_ld {
            return Some((at, TimeSource::JsonLd));
        }
        let meta = PUBLISHED.iter().filter_map(|name| self.meta(name)).find_map(read);
        if let Some(at) = meta {
            return Some((at, TimeSource::Meta));
        }
        self.time.as_deref().and_then(read).map(|at| (at, TimeSource::TimeElement))
    }

    fn modified(&self) -> Option<Timestamp> {
        let metas = MODIFIED.iter().filter_map(|name| self.meta(name));
        self.article
            .modified
            .as_deref()
            .into_iter()
            .chain(metas)
            .find_map(date::parse)
            .map(|date| date.at)
    }
}

/// Names of people; URLs and houses are none.
fn people(texts: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        let text = repair::line(text);
        if text.contains("://") || text.starts_with('@') {
            continue;
        }
        let mut found = byline::names(&text);
        if found.is_empty() && text.split_whitespace().count() <= 4 {
            found.push(text);
        }
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// `Ministers meet | Example News` without the name of the house.
fn without_site(title: &str) -> &str {
    for mark in [" | ", " – ", " — ", " - ", " :: "] {
        if let Some((head, tail)) = title.rsplit_once(mark)
            && head.split_whitespace().count() >= 3
            && tail.split_whitespace().count() <= 5
        {
            return head.trim();
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(html: &str) -> Draft {
        read(&Document::from(html)).draft(None)
    }

    #[test]
    fn chooses_titles() {
        let check = |html: &str, expected: &str| assert_eq!(facts(html).title, expected, "{html}");
        check(
            "<title>Ministers meet in Berlin | Example</title><h1>Menu</h1><h1>Ministers meet in Berlin</h1>",
            "Ministers meet in Berlin",
        );
        check("<title>Ministers meet in Berlin - Example News</title>", "Ministers meet in Berlin");
        check(
            "<meta property=og:title content='Ministers meet | Example'>",
            "Ministers meet | Example",
        );
        check("<p>Nothing", "");
    }

    #[test]
    fn finds_times_by_their_worth() {
        let check = |html: &str, expected: Option<(&str, TimeSource)>| {
            let found = facts(html).published.map(|(at, source)| (at.to_string(), source));
            let expected = expected.map(|(at, source)| (at.to_owned(), source));
            assert_eq!(found, expected, "{html}");
        };
        let ld = "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":\"2014-10-07T09:30:00Z\"}</script>";
        let meta = "<meta name=pubdate content='2014-10-08T09:30:00Z'>";
        check(&format!("{ld}{meta}"), Some(("2014-10-07T09:30:00.000Z", TimeSource::JsonLd)));
        check(meta, Some(("2014-10-08T09:30:00.000Z", TimeSource::Meta)));
        check(
            "<time datetime='2014-10-09T09:30:00Z'>",
            Some(("2014-10-09T09:30:00.000Z", TimeSource::TimeElement)),
        );
        check("<p>7 October</p>", None);
    }

    #[test]
    fn reads_authors() {
        let check =
            |html: &str, expected: &[&str]| assert_eq!(facts(html).authors, expected, "{html}");
        check(
            "<meta name=author content='Anna Example, Bo Sample'>",
            &["Anna Example", "Bo Sample"],
        );
        check("<meta name=author content='https://example.com/anna'>", &[]);
        check("<span class=byline>By Anna Example</span>", &["Anna Example"]);
    }
}

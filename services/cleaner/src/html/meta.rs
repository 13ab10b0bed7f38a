//! What a page says of itself: title, authors, times, language, section.

use dateline_record::{Access, TimeSource, Timestamp};
use dom_query::Document;

use super::{
    authors::{self, Places},
    json_ld::{self, Article},
    near::{self, Near},
    times,
    title::{self, Names},
    walk::Page,
};
use crate::{draft::Draft, repair};

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
    "twitter:misc:written by",
    "twitter:data1",
];

/// Elements that hold the names of the authors, best first.
const BYLINES: &[&str] = &[
    "[rel~=author]",
    "[itemprop=author] [itemprop=name]",
    "[itemprop=author]",
    "[class*=author-name], [class*=authorname], [class*=author__name], [class*=authorName]",
    "[class*=byline], [class*=Byline]",
    "[class*=author], [class*=Author], [class*=autor]",
];
/// Class words of names that are no authors of the story.
const FOREIGN: &[&str] =
    &["comment", "media", "video", "image", "photo", "caption", "teaser", "related", "gallery"];
/// So many elements of a kind are looked at.
const MAX_BYLINES: usize = 6;

/// A page has at most so many tags.
const MAX_TAGS: usize = 40;

/// What was found, before any choice.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    article: Article,
    metas: Vec<(String, String)>,
    page_title: String,
    headings: Vec<String>,
    times: Vec<String>,
    language: Option<String>,
    bylines: Vec<String>,
    canonical: Option<String>,
}

/// Reads the page's metadata.
pub(crate) fn read(document: &Document) -> Facts {
    let scripts: Vec<_> =
        document.select("script[type*='ld+json']").iter().map(|script| script.text()).collect();
    let article = json_ld::article(scripts.iter().map(|script| &**script));
    let headings = document.select("h1").iter().map(|h1| repair::line(&h1.text()));
    let canonical = document.select_single("link[rel=canonical]").attr("href");
    Facts {
        article: article.unwrap_or_default(),
        metas: metas(document),
        page_title: repair::line(&document.select_single("title").text()),
        headings: headings.filter(|heading| !heading.is_empty()).take(8).collect(),
        times: times::elements(document),
        language: document.select_single("html").attr("lang").map(|text| text.to_string()),
        bylines: bylines(document),
        canonical: canonical.map(|url| url.to_string()).filter(|url| url.starts_with("http")),
    }
}

fn bylines(document: &Document) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for selector in BYLINES {
        let elements = document.select(selector);
        for element in elements.iter().take(MAX_BYLINES) {
            let is_foreign = element.attr("class").is_some_and(|class| {
                let class = class.to_ascii_lowercase();
                FOREIGN.iter().any(|word| class.contains(word))
            });
            let text = repair::line(&element.text());
            if !text.is_empty() && text.len() < 200 && !is_foreign {
                found.push(text);
            }
        }
    }
    found
}

fn metas(document: &Document) -> Vec<(String, String)> {
    let elements = document.select("meta[content]");
    let read = elements.iter().filter_map(|element| {
        let name = ["property", "name", "itemprop", "http-equiv"]
            .iter()
            .find_map(|name| element.attr(name))?;
        let content = repair::line(&element.attr("content")?);
        // `article:published:time` is meant as `article:published_time`.
        let name = name.to_ascii_lowercase().replace("ed:time", "ed_time");
        (!content.is_empty()).then_some((name, content))
    });
    read.collect()
}

impl Facts {
    /// The body as the page gives it to machines.
    pub(crate) fn body(&self) -> Option<String> {
        self.article.body.clone()
    }

    /// Whether the page calls itself news.
    pub(crate) fn is_news(&self) -> bool {
        self.article.is_news
    }

    /// The draft of the page, without a body.
    pub(crate) fn draft(self, given_title: Option<&str>, page: &Page) -> Draft {
        let is_free = self.article.is_free.unwrap_or(true)
            && self.meta("article:content_tier") != Some("locked");
        let published = self.published();
        let names = self.names(given_title);
        let title = title::choose(&names);
        let other_titles = title::all(&names);
        let keys = std::iter::once(&title).chain(&other_titles).map(|title| repair::key(title));
        let near = near::find(page, &keys.collect::<Vec<_>>());
        Draft {
            tags: self.tags(),
            url: self.canonical.clone(),
            published_text: published.as_ref().map(|published| published.text.clone()),
            title,
            other_titles,
            subtitle: self.subtitle(),
            authors: self.authors(&near),
            byline: self.bylines.first().cloned(),
            published: published.map(|published| (published.at, published.source)),
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

    fn names(&self, given: Option<&str>) -> Names<'_> {
        Names {
            headings: &self.headings,
            headline: self.article.headline.as_deref().map(repair::line),
            alternative: self.article.alternative.as_deref().map(repair::line),
            shared: self.meta("og:title").map(str::to_owned),
            card: self.meta("twitter:title").map(str::to_owned),
            page: &self.page_title,
            given: given.map(repair::line).filter(|title| !title.is_empty()),
            site: self.meta("og:site_name"),
        }
    }

    fn subtitle(&self) -> Option<String> {
        let description = self.article.description.clone();
        description
            .or_else(|| self.meta("og:description").map(str::to_owned))
            .map(|text| repair::line(&text))
    }

    fn authors(&self, near: &Near) -> Vec<String> {
        let named = AUTHORS
            .iter()
            .flat_map(|name| self.metas.iter().filter(move |(known, _)| known == name));
        let is_labelled = self.meta("twitter:label1").is_some_and(is_author_label);
        let named = named.filter(|(known, _)| known != "twitter:data1" || is_labelled);
        let others = self.metas.iter().filter(|(known, _)| is_author_name(known));
        let metas: Vec<String> = named.chain(others).map(|(_, content)| content.clone()).collect();
        authors::choose(&Places {
            persons: &self.article.authors,
            metas: &metas,
            near,
            bylines: &self.bylines,
            houses: &self.article.houses,
            site: self.meta("og:site_name"),
            publisher: self.article.publisher.as_deref(),
        })
    }

    /// The first time that can be read, from the surest place on.
    fn published(&self) -> Option<Published> {
        let told =
            self.article.published.as_deref().into_iter().map(|text| (text, TimeSource::JsonLd));
        let metas = PUBLISHED
            .iter()
            .filter_map(|name| self.meta(name))
            .map(|text| (text, TimeSource::Meta));
        let elements = self.times.iter().map(|text| (text.as_str(), TimeSource::TimeElement));
        let mut all = told.chain(metas).chain(elements);
        let found =
            all.find_map(|(text, source)| Some((times::read(text)?, source, text.to_owned())));
        let found = found.or_else(|| {
            // The head gives the page's address, and that the day.
            let address = self.canonical.as_deref().or_else(|| self.meta("og:url"))?;
            let at = times::in_address(address)?;
            Some((at, TimeSource::Meta, at.to_string()))
        });
        found.map(|(at, source, text)| Published { at, source, text })
    }

    /// The page's tags, without repetition.
    fn tags(&self) -> Vec<String> {
        let metas = self.metas.iter().filter(|(name, _)| name == "article:tag");
        let told = self.article.tags.iter().cloned().chain(metas.map(|(_, tag)| tag.clone()));
        let mut tags: Vec<String> = Vec::new();
        for tag in told.map(|tag| repair::line(&tag)).filter(|tag| !tag.is_empty()) {
            if tags.len() < MAX_TAGS && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    fn modified(&self) -> Option<Timestamp> {
        let metas = MODIFIED.iter().filter_map(|name| self.meta(name));
        self.article.modified.as_deref().into_iter().chain(metas).find_map(times::read)
    }
}

/// Whether a name of a `<meta>` element says that it holds an author.
fn is_author_name(name: &str) -> bool {
    let is_account = name.starts_with("twitter") || name.starts_with("fb") || name.contains("url");
    let is_about =
        ["_id", ":id", "-id", "image", "email", "page"].iter().any(|end| name.ends_with(end));
    name.contains("author") && !is_account && !is_about && !AUTHORS.contains(&name)
}

/// What the labels for cards call an author.
fn is_author_label(label: &str) -> bool {
    const LABELS: &[&str] = &[
        "written by",
        "verfasst von",
        "geschrieben von",
        "écrit par",
        "escrito por",
        "scritto da",
        "geschreven door",
        "skrevet av",
        "skrevet af",
        "skrivet av",
        "napisane przez",
        "yazan",
        "ditulis oleh",
        "автор",
        "written",
        "author",
    ];
    LABELS.contains(&label.to_lowercase().as_str())
}

/// When the page says that the story was published.
struct Published {
    at: Timestamp,
    source: TimeSource,
    text: String,
}

#[cfg(test)]
mod tests {
    use super::{super::walk, *};

    fn facts(html: &str) -> Draft {
        let document = Document::from(html);
        read(&document).draft(None, &walk::page(&document.root()))
    }

    #[test]
    fn chooses_titles() {
        let check = |html: &str, expected: &str| assert_eq!(facts(html).title, expected, "{html}");
        check(
            "<title>Ministers meet in Berlin | Example</title><h1>Menu</h1><h1>Ministers meet in Berlin</h1>",
            "Ministers meet in Berlin",
        );
        check("<title>Ministers meet in Berlin - Example News</title>", "Ministers meet in Berlin");
        check("<meta property=og:title content='Ministers meet | Example'>", "Ministers meet");
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

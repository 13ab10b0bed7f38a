//! Sitemaps: lists of pages in XML or text, lists of such lists, and what news pages say of
//! themselves. Feeds that serve as sitemaps are told by `Kind::Feed`.

use std::borrow::Cow;

use dateline_record::{FaultCode, Timestamp};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use crate::{Problem, date, entity};

/// Pages that one sitemap may list (sitemaps.org).
pub const MAX_URLS: usize = 50_000;

/// Bytes of the longest address.
const MAX_ADDRESS_BYTES: usize = 2_048;

/// Bytes of the longest text of a field.
const MAX_FIELD_BYTES: usize = 8 * 1024;

/// Elements within elements.
const MAX_DEPTH: usize = 32;

/// Problems that are listed; later ones are not.
const MAX_PROBLEMS: usize = 20;

/// What a document lists.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Kind {
    /// Pages.
    #[default]
    Pages,
    /// Other sitemaps.
    Index,
    /// It is a feed: `feed::parse` reads it.
    Feed,
}

/// A sitemap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sitemap {
    /// What it lists.
    pub kind: Kind,
    /// What it lists, in its order.
    pub entries: Vec<Entry>,
    /// What could not be read; the rest was.
    pub problems: Vec<Problem>,
}

/// A page or another sitemap.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Entry {
    /// Its address, absolute.
    pub url: String,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// What it says of itself as news.
    pub news: Option<Box<News>>,
}

/// The news extension.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct News {
    /// The name of the paper.
    pub publication: Option<String>,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// When the story was published.
    pub published: Option<Timestamp>,
    /// That time as written.
    pub published_text: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// Keywords.
    pub keywords: Vec<String>,
    /// Companies by their marks at exchanges, for example `NASDAQ:A`.
    pub stock_tickers: Vec<String>,
    /// What kind of text it is, for example `Blog` or `PressRelease`.
    pub genres: Vec<String>,
}

/// Reads a sitemap. `base` is where it was fetched, `max_urls` the most entries that are taken.
///
/// No sitemap fails as a whole: what can be read is read, and the rest is in `problems`.
pub fn parse(text: &str, base: Option<&Url>, max_urls: usize) -> Sitemap {
    let text = text.trim_start_matches('\u{feff}');
    let is_xml = text.trim_start().starts_with('<');
    let mut parser = Parser::new(base, max_urls);
    if is_xml {
        parser.read_xml(text);
    } else {
        parser.read_lines(text);
    }
    parser.sitemap
}

/// Which field an element stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    Loc,
    Lastmod,
    Publication,
    Language,
    Published,
    Title,
    Keywords,
    Tickers,
    Genres,
}

struct Parser<'a> {
    base: Option<&'a Url>,
    max_urls: usize,
    sitemap: Sitemap,
    /// Open elements, in lower case without prefix.
    stack: Vec<String>,
    entry: Option<Entry>,
    field: Option<(Field, usize)>,
    text: String,
}

impl<'a> Parser<'a> {
    fn new(base: Option<&'a Url>, max_urls: usize) -> Self {
        Self {
            base,
            max_urls: max_urls.min(MAX_URLS),
            sitemap: Sitemap::default(),
            stack: Vec::new(),
            entry: None,
            field: None,
            text: String::new(),
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.sitemap.problems.len() < MAX_PROBLEMS {
            self.sitemap.problems.push(problem);
        }
    }

    /// One address a line.
    fn read_lines(&mut self, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !self.push(Entry { url: line.to_owned(), ..Entry::default() }) {
                return;
            }
        }
    }

    fn read_xml(&mut self, text: &str) {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let event = match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(event) => event,
                Err(error) => {
                    self.problem(Problem::bad("xml", error.to_string()));
                    break;
                }
            };
            if !self.handle(&event) {
                return;
            }
        }
        while !self.stack.is_empty() {
            self.close_top();
        }
        if self.sitemap.kind != Kind::Feed && self.sitemap.entries.is_empty() {
            let what = "no page and no sitemap is listed: check the address of the sitemap";
            self.problem(Problem::bad("sitemap", what));
        }
    }

    fn handle(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(element) => self.open(element),
            Event::Empty(element) => self.open(element) && self.close_top(),
            Event::End(element) => self.close(&local_name(element.name().into_inner())),
            Event::Text(text) => self.push_text(text),
            Event::CData(text) => self.push_text(text),
            Event::GeneralRef(name) => {
                let mut resolved = String::new();
                if !entity::resolve(name, &mut resolved) {
                    resolved = format!("&{}", &**name);
                }
                self.push_text(&resolved)
            }
            _ => true,
        }
    }

    fn push_text(&mut self, text: &str) -> bool {
        if self.field.is_some() {
            let room = MAX_FIELD_BYTES.saturating_sub(self.text.len());
            self.text.push_str(&text[..text.floor_char_boundary(room)]);
        }
        true
    }

    fn open(&mut self, element: &BytesStart<'_>) -> bool {
        if self.stack.len() == MAX_DEPTH {
            let what = format!("elements are nested deeper than {MAX_DEPTH}");
            self.problem(Problem::new(FaultCode::TooDeep, "xml", what));
            return false;
        }
        let name = local_name(element.name().into_inner());
        let parent = self.stack.last().map_or("", String::as_str);
        let field = field(parent, &name);
        match (parent, name.as_str()) {
            ("", "rss" | "feed" | "rdf") => {
                self.sitemap.kind = Kind::Feed;
                return false;
            }
            (_, "sitemapindex") => self.sitemap.kind = Kind::Index,
            (_, "url" | "sitemap") => {
                self.close_entry();
                self.entry = Some(Entry::default());
            }
            _ => {}
        }
        if let (None, Some(field)) = (self.field, field) {
            self.field = Some((field, self.stack.len()));
            self.text.clear();
        }
        self.stack.push(name);
        true
    }

    fn close(&mut self, name: &str) -> bool {
        let Some(at) = self.stack.iter().rposition(|open| open == name) else {
            return true;
        };
        while self.stack.len() > at {
            if !self.close_top() {
                return false;
            }
        }
        true
    }

    fn close_top(&mut self) -> bool {
        let name = self.stack.pop();
        if let Some((field, _)) = self.field.take_if(|(_, depth)| *depth == self.stack.len()) {
            let text = std::mem::take(&mut self.text);
            self.take(field, text.trim());
        }
        let is_entry = name.is_some_and(|name| name == "url" || name == "sitemap");
        !is_entry || self.close_entry()
    }

    fn take(&mut self, field: Field, text: &str) {
        let Some(entry) = &mut self.entry else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let line = || text.split_whitespace().collect::<Vec<_>>().join(" ");
        let list = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let at = || date::parse(text).map(|date| date.at);
        match field {
            Field::Loc => return text.clone_into(&mut entry.url),
            Field::Lastmod => return entry.modified = at(),
            _ => {}
        }
        let news = entry.news.get_or_insert_default();
        match field {
            Field::Publication => news.publication = Some(line()),
            Field::Language => news.language = Some(line()),
            Field::Title => news.title = Some(line()),
            Field::Keywords => news.keywords = list().map(str::to_owned).collect(),
            Field::Tickers => news.stock_tickers = list().map(str::to_owned).collect(),
            Field::Genres => news.genres = list().map(str::to_owned).collect(),
            _ => {
                news.published = at();
                news.published_text = Some(text.to_owned());
            }
        }
    }

    /// False where there is no room for another.
    fn close_entry(&mut self) -> bool {
        match self.entry.take() {
            Some(entry) if entry.url.is_empty() => {
                self.problem(Problem::bad("loc", "an entry has no address; give it a loc"));
                true
            }
            Some(entry) => self.push(entry),
            None => true,
        }
    }

    fn push(&mut self, mut entry: Entry) -> bool {
        if self.sitemap.entries.len() >= self.max_urls {
            let what = format!("there are more entries than {}", self.max_urls);
            self.problem(Problem::new(FaultCode::TooLarge, "url", what));
            return false;
        }
        match self.address(&entry.url) {
            Ok(url) => {
                entry.url = url;
                self.sitemap.entries.push(entry);
            }
            Err(problem) => self.problem(problem),
        }
        true
    }

    fn address(&self, text: &str) -> Result<String, Problem> {
        if text.len() > MAX_ADDRESS_BYTES {
            let what = format!("an address is longer than {MAX_ADDRESS_BYTES} bytes");
            return Err(Problem::new(FaultCode::TooLarge, "loc", what));
        }
        let text: Cow<'_, str> =
            if text.contains("&amp;") { text.replace("&amp;", "&").into() } else { text.into() };
        let parsed = match self.base {
            Some(base) => base.join(&text),
            None => Url::parse(&text),
        };
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
        parsed.ok().filter(is_web).map(Into::into).ok_or_else(|| {
            let shown = &text[..text.floor_char_boundary(100)];
            Problem::bad("loc", format!("{shown:?} is no address of the web"))
        })
    }
}

/// Which field an element within another stands for. Namespaces are wrong too often to count.
fn field(parent: &str, name: &str) -> Option<Field> {
    Some(match (parent, name) {
        ("url" | "sitemap", "loc") => Field::Loc,
        ("url" | "sitemap", "lastmod" | "publicationdate") => Field::Lastmod,
        ("publication", "name") => Field::Publication,
        ("publication" | "news", "language") => Field::Language,
        ("news", "publication_date") => Field::Published,
        ("news", "title") => Field::Title,
        ("news", "keywords") => Field::Keywords,
        ("news", "stock_tickers") => Field::Tickers,
        ("news", "genres") => Field::Genres,
        _ => return None,
    })
}

/// The name without its prefix in lower case; one that is too long to mean anything is empty.
fn local_name(name: &str) -> String {
    let local = name.rsplit(':').next().unwrap_or(name);
    if local.len() > 32 { String::new() } else { local.to_ascii_lowercase() }
}

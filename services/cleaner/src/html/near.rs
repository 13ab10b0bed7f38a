//! The names of authors that a reader sees near the headline.

use dom_query::NodeRef;

use super::{
    prose,
    walk::{Kind, Page},
};
use crate::{byline, furniture, repair};

/// Parts of the addresses of pages of authors; the name follows.
const FOLDERS: &[&str] = &[
    "author",
    "authors",
    "autor",
    "autoren",
    "autores",
    "autori",
    "autore",
    "auteur",
    "auteurs",
    "journalist",
    "journalists",
    "journaliste",
    "journalistes",
    "redakteur",
    "redakteure",
    "reporter",
    "reporters",
    "redaktor",
    "redactores",
    "firmas",
    "firma",
    "yazar",
    "yazarlar",
    "contributor",
    "contributors",
    "profile",
    "profiles",
    "by",
    "staff",
    "penulis",
    "skribent",
    "forfatter",
    "byline",
    "bylines",
    "kirjoittaja",
    "kirjoittajat",
];
/// Names stand at most so many blocks before the headline, and so many behind it.
const BEFORE: usize = 4;
const BEHIND: usize = 30;
/// And before so many paragraphs have been told.
const MAX_PROSE: usize = 3;
/// A byline has at most so many bytes.
const MAX_BYTES: usize = 160;

/// Whether a link leads to the page of an author.
pub(crate) fn is_author_link(node: &NodeRef<'_>) -> bool {
    if node.attr("rel").is_some_and(|rel| rel.split(' ').any(|word| word == "author")) {
        return true;
    }
    let Some(address) = node.attr("href") else {
        return false;
    };
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    parts.any(|part| FOLDERS.contains(&part)) && parts.next().is_some()
}

/// Who is named near the headline.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Near {
    pub(crate) persons: Vec<String>,
    /// The house that stands where a name would stand.
    pub(crate) house: Option<String>,
}

/// Looks for names around the headline, which is one of `titles`.
pub(crate) fn find(page: &Page, titles: &[String]) -> Near {
    let Some(title) = headline(page, titles) else {
        return Near::default();
    };
    let range = title.saturating_sub(BEFORE)..end(page, title);
    let blocks = || page.blocks[range.clone()].iter();
    let signed = blocks().flat_map(|block| &block.signed).flat_map(|text| byline::names(text));
    let mut persons: Vec<String> = Vec::new();
    for name in signed {
        if !persons.contains(&name) {
            persons.push(name);
        }
    }
    let texts = || blocks().map(|block| block.text.as_str()).filter(|text| text.len() < MAX_BYTES);
    if persons.is_empty() {
        persons = texts().map(opened).find(|names| !names.is_empty()).unwrap_or_default();
    }
    if persons.is_empty() {
        persons.extend(texts().find_map(stamped));
    }
    Near { house: texts().find_map(house), persons }
}

fn headline(page: &Page, titles: &[String]) -> Option<usize> {
    // A menu may show the title before the headline does.
    let fits = |level: fn(Kind) -> bool| {
        page.blocks
            .iter()
            .rposition(|block| level(block.kind) && titles.contains(&repair::key(&block.text)))
    };
    fits(|kind| kind == Kind::Heading(1))
        .or_else(|| fits(|kind| matches!(kind, Kind::Heading(_))))
        .or_else(|| page.blocks.iter().position(|block| block.kind == Kind::Heading(1)))
}

/// One past the last block that may name an author.
fn end(page: &Page, title: usize) -> usize {
    let last = (title + BEHIND).min(page.blocks.len());
    let mut told = 0;
    for index in title + 1..last {
        let text = &page.blocks[index].text;
        told += usize::from(prose::weight(text) >= 80 && prose::ends_sentence(text));
        if told == MAX_PROSE {
            return index;
        }
    }
    last
}

/// The names behind the word that opens a byline.
fn opened(text: &str) -> Vec<String> {
    let Some(rest) = byline::opened(text) else {
        return Vec::new();
    };
    byline::names(before_time(rest))
}

/// `Anna Example | 5 April 2025`: a name with nothing but a time beside it.
fn stamped(text: &str) -> Option<String> {
    let (name, time) = text.split_once(['|', '·', '•'])?;
    let name = name.trim();
    let is_stamp = furniture::reason(time) == Some("stamp");
    (is_stamp && byline::is_person(name)).then(|| name.to_owned())
}

/// `By Example Wire, in News`: no person, and no sentence.
fn house(text: &str) -> Option<String> {
    let rest = before_time(byline::opened(text)?);
    let name = rest.split([',', '|', '·', '•']).next()?.trim();
    let words = name.split_whitespace().count();
    let is_name = name.chars().next().is_some_and(char::is_uppercase)
        && name.split_whitespace().all(|word| word.chars().next().is_some_and(char::is_uppercase));
    ((1..=4).contains(&words) && is_name && !name.ends_with('.')).then(|| name.to_owned())
}

fn before_time(text: &str) -> &str {
    let end = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].trim()
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::{super::walk, *};

    #[test]
    fn finds_names_near_the_headline() {
        let check = |html: &str, expected: &[&str], house: Option<&str>| {
            let page = walk::page(&Document::from(html).root());
            let near = find(&page, &["ministers meet".to_owned()]);
            assert_eq!(near.persons, expected, "{html}");
            assert_eq!(near.house.as_deref(), house, "{html}");
        };
        let title = "<h1>Ministers meet</h1>";
        check(
            &format!("{title}<p>von <a href=/autoren/anna>Anna Example</a>"),
            &["Anna Example"],
            Some("Anna Example"),
        );
        check(&format!("{title}<div>Anna Example | 05.04.2025"), &["Anna Example"], None);
        check(
            &format!("{title}<div>By Anna Example and Bo Sample 5 April"),
            &["Anna Example", "Bo Sample"],
            None,
        );
        check(&format!("{title}<div>By Wire, in News"), &[], Some("Wire"));
        check(&format!("{title}<p>By Monday the ministers had met."), &[], None);
        check("<p>By Anna Example", &[], None);
    }
}

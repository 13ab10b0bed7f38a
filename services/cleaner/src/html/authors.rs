//! The authors that a page names, by how much each place that names them is worth.

use crate::{byline, repair};

/// A list of authors has at most so many names.
const MAX_NAMES: usize = 12;

/// The places, best first: the first with persons decides; houses only where no person is named.
pub(crate) struct Places<'a> {
    pub(crate) persons: &'a [String],
    pub(crate) metas: &'a [String],
    pub(crate) bylines: &'a [String],
    pub(crate) houses: &'a [String],
    /// Names of the site, which is no author where persons are named.
    pub(crate) site: Option<&'a str>,
}

/// The authors.
pub(crate) fn choose(places: &Places<'_>) -> Vec<String> {
    let site = places.site.map(repair::key);
    let is_site =
        |name: &String| site.as_deref() == Some(repair::key(name).as_str()) || is_domain(name);
    let persons = names(places.persons);
    let told: Vec<String> = persons.iter().filter(|name| !is_site(name)).cloned().collect();
    if !told.is_empty() {
        return with_houses(told, places.houses, site.as_deref());
    }
    let metas: Vec<String> =
        names(places.metas).into_iter().filter(|name| byline::is_person(name)).collect();
    if !metas.is_empty() {
        return metas;
    }
    let found =
        places.bylines.iter().map(|text| byline::names(text)).find(|names| !names.is_empty());
    if let Some(found) = found {
        return found;
    }
    let houses = names(places.houses);
    [persons, houses, names(places.metas)]
        .into_iter()
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// An agency named beside persons is an author of the story; the site itself is none.
fn with_houses(mut names: Vec<String>, houses: &[String], site: Option<&str>) -> Vec<String> {
    for house in self::names(houses) {
        if site != Some(repair::key(&house).as_str()) && !names.contains(&house) {
            names.push(house);
        }
    }
    names
}

fn is_domain(name: &str) -> bool {
    !name.contains(' ') && name.contains('.') && !name.ends_with('.')
}

/// The names in texts that hold one or more each; addresses and handles are none.
fn names(texts: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        let text = repair::line(text);
        if text.contains("://") || text.starts_with('@') || text.starts_with("www.") {
            continue;
        }
        for name in byline::split(&text) {
            if !name.is_empty() && names.len() < MAX_NAMES && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses() {
        let owned =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let check = |persons: &[&str],
                     metas: &[&str],
                     bylines: &[&str],
                     houses: &[&str],
                     expected: &[&str]| {
            let (persons, metas, bylines, houses) =
                (owned(persons), owned(metas), owned(bylines), owned(houses));
            let places = Places {
                persons: &persons,
                metas: &metas,
                bylines: &bylines,
                houses: &houses,
                site: Some("Example News"),
            };
            assert_eq!(choose(&places), expected);
        };
        check(&["Anna Example og Bo Sample"], &[], &[], &[], &["Anna Example", "Bo Sample"]);
        check(&["Example News"], &[], &["Von Anna Example"], &[], &["Anna Example"]);
        check(&[], &["example.com"], &["By Anna Example, Berlin"], &[], &["Anna Example"]);
        check(&[], &[], &[], &["Example News"], &["Example News"]);
        check(&["Anna Example"], &[], &[], &["Wire"], &["Anna Example", "Wire"]);
        check(&["https://example.com/anna"], &["@anna"], &[], &[], &[]);
    }
}

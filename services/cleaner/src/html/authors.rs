//! The authors that a page names, by how much each place that names them is worth.

use super::near::Near;
use crate::{byline, repair};

/// A list of authors has at most so many names.
const MAX_NAMES: usize = 12;

/// The places, best first: the first with persons decides; houses only where no person is named.
pub(crate) struct Places<'a> {
    pub(crate) persons: &'a [String],
    pub(crate) metas: &'a [String],
    /// Who is named near the headline.
    pub(crate) near: &'a Near,
    pub(crate) bylines: &'a [String],
    pub(crate) houses: &'a [String],
    /// Names of the site, which is no author where persons are named.
    pub(crate) site: Option<&'a str>,
    pub(crate) publisher: Option<&'a str>,
}

/// The authors.
pub(crate) fn choose(places: &Places<'_>) -> Vec<String> {
    let sites: Vec<String> =
        [places.site, places.publisher].into_iter().flatten().map(repair::key).collect();
    let is_site = |name: &String| sites.contains(&repair::key(name)) || is_domain(name);
    let persons = names(places.persons);
    let told: Vec<String> = persons.iter().filter(|name| !is_site(name)).cloned().collect();
    if !told.is_empty() {
        let near = &places.near.persons;
        if near.len() > told.len() && told.iter().all(|name| near.contains(name)) {
            return near.clone();
        }
        // `Example News and Wire`: the site is named where no person is.
        let has_person = told.iter().any(|name| byline::is_person(name));
        let names = if has_person { told } else { persons };
        return with_houses(names, places.houses, &sites);
    }
    let metas = names(places.metas);
    let named: Vec<String> = metas.iter().filter(|name| byline::is_person(name)).cloned().collect();
    let mut bylines = places.bylines.iter().map(|text| byline::names(text));
    let found = bylines.find(|names| !names.is_empty()).unwrap_or_default();
    let houses = names(places.houses);
    let foreign = |names: &[String]| -> Vec<String> {
        names.iter().filter(|name| !is_site(name)).cloned().collect()
    };
    let near: Vec<String> = places.near.house.iter().cloned().collect();
    // Persons before houses, houses before the site itself.
    let lists = [
        named,
        places.near.persons.clone(),
        found,
        foreign(&houses),
        near,
        foreign(&metas),
        persons,
        houses,
        metas,
    ];
    lists.into_iter().find(|names| !names.is_empty()).unwrap_or_default()
}

/// An agency named beside persons is an author of the story; the site itself is none.
fn with_houses(mut names: Vec<String>, houses: &[String], sites: &[String]) -> Vec<String> {
    for house in self::names(houses) {
        if !sites.contains(&repair::key(&house)) && !names.contains(&house) {
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
        if text.contains("://")
            || text.contains('@')
            || text.starts_with("www.")
            || !text.contains(char::is_alphabetic)
        {
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
                near: &Near::default(),
                bylines: &bylines,
                houses: &houses,
                site: Some("Example News"),
                publisher: None,
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

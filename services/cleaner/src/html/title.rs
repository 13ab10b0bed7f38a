//! The choice of the title among what a page calls itself.

use crate::repair;

/// Shorter texts are names of sections and sites.
const MIN_KEY_BYTES: usize = 8;

/// What a page may be called, none of it trusted alone.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// The first-level headings.
    pub(crate) headings: &'a [String],
    /// The headline of the JSON-LD.
    pub(crate) headline: Option<String>,
    /// `og:title`, which may end on the name of the house.
    pub(crate) shared: Option<String>,
    /// `<title>`, which mostly does.
    pub(crate) page: &'a str,
    /// The title that a feed or a wire gave.
    pub(crate) given: Option<String>,
    /// `og:site_name`.
    pub(crate) site: Option<&'a str>,
}

/// The text that most parts of the page agree on; where none agree, the headline for machines.
pub(crate) fn choose(names: &Names<'_>) -> String {
    let heading = heading(names).cloned();
    let strip = |text: &String| without_site(text, names).to_owned();
    let shared = names.shared.as_ref().map(strip);
    let page = Some(names.page.to_owned()).filter(|text| !text.is_empty()).map(|text| strip(&text));
    let given = names.given.clone();
    let headline = names.headline.as_ref().map(strip);
    // In the order of trust, which decides where the counts are equal.
    let candidates = [heading, headline, shared, given, page];
    let keys: Vec<String> = candidates
        .iter()
        .map(|text| text.as_deref().map(repair::key).unwrap_or_default())
        .collect();
    if confirmed(&keys) {
        return candidates[0].clone().unwrap_or_default();
    }
    let mut best: Option<(usize, usize)> = None;
    for (index, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
        let votes = keys.iter().filter(|other| *other == key).count();
        if best.is_none_or(|(_, most)| votes > most) {
            best = Some((index, votes));
        }
    }
    let chosen = best.map(|(index, votes)| {
        // A heading that nothing agrees with may head a box: it comes last.
        let next = keys.iter().skip(1).position(|key| !key.is_empty()).map_or(0, |at| at + 1);
        let index = if votes == 1 && index == 0 { next } else { index };
        candidates[index].clone().unwrap_or_default()
    });
    chosen.unwrap_or_default()
}

/// Whether another part begins like the heading: it is the heading, cut or drawn out.
fn confirmed(keys: &[String]) -> bool {
    let heading = &keys[0];
    heading.len() > MIN_KEY_BYTES
        && keys[1..].iter().any(|key| {
            key.starts_with(heading.as_str()) || key.len() > 12 && heading.starts_with(key.as_str())
        })
}

/// The heading that another part confirms, else the first.
fn heading<'a>(names: &Names<'a>) -> Option<&'a String> {
    let others: Vec<String> = [
        names.headline.as_deref(),
        names.shared.as_deref(),
        Some(names.page),
        names.given.as_deref(),
    ]
    .into_iter()
    .flatten()
    .map(repair::key)
    .collect();
    let is_confirmed = |heading: &&String| {
        let key = repair::key(heading);
        key.len() > MIN_KEY_BYTES
            && others.iter().any(|other| {
                other.starts_with(&key) || other.len() > 12 && key.starts_with(other.as_str())
            })
    };
    let is_long = |heading: &&String| heading.split_whitespace().count() > 2;
    names.headings.iter().find(is_confirmed).or_else(|| names.headings.iter().find(is_long))
}

/// `Ministers meet | Example News` without the name of the house.
fn without_site<'a>(title: &'a str, names: &Names<'_>) -> &'a str {
    let site = names.site.map(repair::key).filter(|site| !site.is_empty());
    for mark in [" | ", " – ", " — ", " - ", " :: ", " • ", " · ", " » "] {
        let Some((head, tail)) = title.rsplit_once(mark) else {
            continue;
        };
        let is_named = site.as_ref().is_some_and(|site| repair::key(tail) == *site);
        let is_heading =
            names.headings.iter().any(|heading| repair::key(heading) == repair::key(head));
        let is_bar = mark == " | " && tail.split_whitespace().count() <= 5;
        let is_domain = tail.contains('.') && !tail.trim_end().contains(' ');
        if head.split_whitespace().count() >= 2 && (is_named || is_heading || is_bar || is_domain) {
            return head.trim();
        }
        let is_long = title == names.page && head.split_whitespace().count() >= 4;
        if is_long
            && tail.split_whitespace().count() <= 3
            && tail.chars().next().is_some_and(char::is_uppercase)
        {
            return head.trim();
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses() {
        let check = |headings: &[&str],
                     headline: Option<&str>,
                     shared: Option<&str>,
                     page: &str,
                     expected: &str| {
            let headings: Vec<String> = headings.iter().map(|text| (*text).to_owned()).collect();
            let names = Names {
                headings: &headings,
                headline: headline.map(str::to_owned),
                shared: shared.map(str::to_owned),
                page,
                ..Names::default()
            };
            assert_eq!(choose(&names), expected);
        };
        let title = "Ministers meet in Berlin";
        check(&["Menu", title], None, None, "Ministers meet in Berlin | Example", title);
        check(&[], None, Some("Ministers meet | Example"), "", "Ministers meet");
        check(&["News of the day"], Some(title), Some(title), "", title);
        check(
            &["News of the day"],
            Some(title),
            Some("Talks begin at last today"),
            "Example",
            title,
        );
        check(&[title], Some("Berlin talks end well"), Some(title), "", title);
        check(&[], None, None, "", "");
    }
}

//! The choice of the title among what a page calls itself.

use crate::repair;

/// Shorter texts are names of sections and sites.
const MIN_KEY_BYTES: usize = 8;
/// With fewer words a text is no title that others could stand around.
const MIN_WORDS: usize = 4;
/// Where words are not parted by spaces, this length stands for those words.
const MIN_DENSE_BYTES: usize = 24;

/// What a page may be called, none of it trusted alone.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// The first-level headings.
    pub(crate) headings: &'a [String],
    /// The headline of the JSON-LD.
    pub(crate) headline: Option<String>,
    /// Its other headline.
    pub(crate) alternative: Option<String>,
    /// `og:title`, which may end on the name of the house.
    pub(crate) shared: Option<String>,
    /// `twitter:title`, for cards in which others show the page.
    pub(crate) card: Option<String>,
    /// `<title>`, which mostly does.
    pub(crate) page: &'a str,
    /// The title that a feed or a wire gave.
    pub(crate) given: Option<String>,
    /// `og:site_name`.
    pub(crate) site: Option<&'a str>,
}

/// The title that the page gives to other sites, without the name of the house; where it gives none,
/// what most of its parts agree on.
pub(crate) fn choose(names: &Names<'_>) -> String {
    let heading = heading(names);
    let strip = |text: &String| without_site(text, names).to_owned();
    let headline = names.headline.as_ref().map(strip);
    let own = [heading.cloned(), headline, names.given.clone()];
    let Some(shared) = names.shared.as_ref().or(names.card.as_ref()).map(strip) else {
        return vote(&[own.to_vec(), vec![page(names)]].concat());
    };
    let key = repair::key(&shared);
    if let Some(headline) = own[1].clone().filter(|headline| is_kept_apart(&key, headline, names)) {
        return headline;
    }
    // A heading may glue its kicker to the title.
    let squeezed = |text: &str| repair::key(text).replace(' ', "");
    if heading.is_some_and(|heading| squeezed(heading) == squeezed(&shared)) {
        return shared;
    }
    let is_headline = own[1].as_deref().is_some_and(|text| repair::key(text) == key);
    let is_bare = |text: &&String| is_dressed(&key, &repair::key(text), is_headline);
    let told = own.iter().flatten().find(is_bare);
    if let Some(told) = told {
        return told.clone();
    }
    shared
}

/// All that the page calls itself.
pub(crate) fn all(names: &Names<'_>) -> Vec<String> {
    let told = [&names.headline, &names.alternative, &names.shared, &names.card];
    let told = told.into_iter().flatten();
    told.chain(heading(names)).map(|text| without_site(text, names).to_owned()).collect()
}

fn page(names: &Names<'_>) -> Option<String> {
    Some(without_site(names.page, names).to_owned()).filter(|text| !text.is_empty())
}

/// Whether a page keeps its headlines apart: all that it shows and shares is made for searching, and
/// two other headlines are given to machines.
fn is_kept_apart(shared: &str, headline: &str, names: &Names<'_>) -> bool {
    let is_other = |text: &str| !repair::key(text).starts_with(shared);
    let is_shared = |text: &str| repair::key(text).starts_with(shared);
    names.alternative.as_deref().is_some_and(is_other)
        && is_other(headline)
        && is_shared(names.page)
        && names.headings.iter().any(|heading| is_shared(heading))
}

/// Whether a shared title is a title of the page with something before or behind it: a house, a
/// section, the words that people search by. What the headline has in front, too, belongs to it.
fn is_dressed(shared: &str, title: &str, is_headline: bool) -> bool {
    let count = title.split(' ').count();
    let is_long = count >= MIN_WORDS || title.len() >= MIN_DENSE_BYTES && !title.is_ascii();
    let is_part = if is_headline { starts_with(shared, title) } else { within(shared, title) };
    is_long && title.len() * 2 >= shared.len() && is_part
}

fn starts_with(text: &str, words: &str) -> bool {
    text.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether words stand among others.
fn within(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let rest = &text[at + words.len()..];
        (at == 0 || text[..at].ends_with(' ')) && (rest.is_empty() || rest.starts_with(' '))
    })
}

/// The text that most agree on; where none agree, the headline for machines.
fn vote(candidates: &[Option<String>]) -> String {
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
        names.card.as_deref(),
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
    let key = repair::key(title);
    if names.headings.iter().any(|heading| repair::key(heading) == key) {
        return title;
    }
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
            "Talks begin at last today",
        );
        // What stands around the title of the page goes.
        check(&[title], Some(title), Some("Ministers meet in Berlin: Example"), "", title);
        check(&[title], Some(title), Some("Talks: Ministers meet in Berlin | World"), "", title);
        let kicked = "Talks: Ministers meet in Berlin";
        check(&[title], Some(kicked), Some(kicked), "", kicked);
        check(&["TalksMinisters meet in Berlin"], Some(title), Some(kicked), "", kicked);
        check(&[title], Some("Berlin talks end well"), Some(title), "", title);
        check(&[], None, None, "", "");
    }

    #[test]
    fn knows_headlines_that_are_kept_apart() {
        let searched = "Berlin talks: all that is known";
        let headings = [searched.to_owned()];
        let check = |alternative: Option<&str>, expected: &str| {
            let names = Names {
                headings: &headings,
                headline: Some("Ministers meet at last".to_owned()),
                alternative: alternative.map(str::to_owned),
                shared: Some(searched.to_owned()),
                page: searched,
                ..Names::default()
            };
            assert_eq!(choose(&names), expected);
        };
        check(Some("They meet"), "Ministers meet at last");
        check(Some(searched), searched);
        check(None, searched);
    }
}

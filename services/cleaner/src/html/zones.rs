//! Zones of a page that are no part of the story, told by elements, roles and class words.

use std::{collections::HashMap, sync::LazyLock};

use dom_query::{Element, NodeRef};

use super::words::{BODIES, LEADS, WORDS};

/// What an element says of what is in it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sign {
    /// Why its content is no part of the story.
    pub(crate) zone: Option<&'static str>,
    /// It says that it holds the body of an article.
    pub(crate) is_body: bool,
    /// It says that it is an article, or the page's main part.
    pub(crate) is_article: bool,
    /// It says that it is the line below the headline.
    pub(crate) is_lead: bool,
}

/// Elements whose content stands beside the story.
const ELEMENTS: &[(&str, &str)] = &[
    ("figure", "caption"),
    ("figcaption", "caption"),
    ("aside", "aside"),
    ("form", "form"),
    ("nav", "navigation"),
    ("footer", "footer"),
    ("dialog", "overlay"),
    ("menu", "navigation"),
];

/// What the element at `node` says of itself.
pub(crate) fn sign(node: &NodeRef<'_>, name: &str) -> Sign {
    let Some(element) = node.element_ref() else {
        return Sign::default();
    };
    // A row of class `player` is a line of a league, no film.
    let is_row = matches!(name, "tbody" | "tr" | "td" | "th");
    // Editors set a table into a figure; that is no picture with a caption.
    let is_table = name == "figure" && node.children_it(false).any(|child| child.is("table"));
    let by_name = ELEMENTS.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone);
    let by_name = by_name.filter(|_| !is_table);
    let words = words(&element);
    let attribute = |wanted: &str| element.attr(wanted);
    let is_prop =
        attribute("itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"));
    let named = by_words(&words);
    let is_body = is_prop || named.is_body;
    let is_lead = named.is_lead;
    let is_main = attribute("role").is_some_and(|role| role.eq_ignore_ascii_case("main"));
    let zone = by_name
        .or_else(|| is_hidden(&element).then_some("hidden"))
        .or_else(|| role(&element))
        .or(if is_body || is_lead || is_row { None } else { named.zone });
    Sign { zone, is_body, is_article: is_main || matches!(name, "article" | "main"), is_lead }
}

/// What a class word tells.
#[derive(Clone, Copy)]
enum Tells {
    /// The index of a group of `WORDS`.
    Zone(usize),
    Body,
    Lead,
}

/// The class words by their first byte behind the dash: each element of a page is asked for all.
static INDEX: LazyLock<HashMap<u8, Vec<(&str, Tells)>>> = LazyLock::new(|| {
    let zones = WORDS
        .iter()
        .enumerate()
        .flat_map(|(index, (_, words))| words.iter().map(move |word| (*word, Tells::Zone(index))));
    let bodies = BODIES.iter().map(|word| (*word, Tells::Body));
    let leads = LEADS.iter().map(|word| (*word, Tells::Lead));
    let mut index: HashMap<u8, Vec<(&str, Tells)>> = HashMap::new();
    for (word, tells) in zones.chain(bodies).chain(leads) {
        if let Some(first) = word.as_bytes().get(1) {
            index.entry(*first).or_default().push((word, tells));
        }
    }
    index
});

/// What class words say; where several zones are named, the first group decides.
fn by_words(words: &str) -> Sign {
    let mut sign = Sign::default();
    let mut best = WORDS.len();
    let mut is_made = false;
    for (at, _) in words.match_indices('-') {
        let rest = &words[at..];
        let known = rest.as_bytes().get(1).and_then(|first| INDEX.get(first));
        for (word, tells) in known.into_iter().flatten() {
            // Wordpress gives each post the class `status-publish`.
            if !rest.starts_with(word) || words[..at].ends_with("-status") {
                continue;
            }
            match tells {
                Tells::Zone(index) => best = best.min(*index),
                Tells::Body => sign.is_body = true,
                // What a machine made of the story stands beside it.
                Tells::Lead if words.contains("-ai-") => is_made = true,
                Tells::Lead => sign.is_lead = true,
            }
        }
    }
    sign.zone = WORDS.get(best).map(|(zone, _)| *zone).or(is_made.then_some("box"));
    sign
}

fn role(element: &Element) -> Option<&'static str> {
    let role = element.attr("role")?;
    match role.to_ascii_lowercase().as_str() {
        "navigation" | "menu" | "menubar" | "toolbar" | "tablist" => Some("navigation"),
        "complementary" | "note" => Some("aside"),
        "dialog" | "alertdialog" | "alert" | "tooltip" => Some("overlay"),
        "contentinfo" => Some("footer"),
        "search" | "form" => Some("form"),
        _ => None,
    }
}

fn is_hidden(element: &Element) -> bool {
    let style = element.attr("style").map(|style| style.to_ascii_lowercase().replace(' ', ""));
    element.attr("hidden").is_some()
        || element.attr("aria-hidden").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || style.is_some_and(|style| style.contains("display:none"))
        || element.attr("class").is_some_and(|class| is_hiding(&class))
}

/// Whether a class says that nothing is shown, on screens of any width.
fn is_hiding(class: &str) -> bool {
    let mut words = class.split_ascii_whitespace();
    words.clone().any(|word| matches!(word, "hidden" | "hide" | "d-none" | "is-hidden"))
        && !words.any(|word| word.contains(':') || word.starts_with("d-") && word != "d-none")
}

/// Class and id as words: lower case, a dash around each; a capital begins a word.
fn words(element: &Element) -> String {
    let mut words = String::from("-");
    for name in ["class", "id", "data-component", "data-testid"] {
        if let Some(value) = element.attr(name) {
            push_words(&mut words, &value);
        }
    }
    words
}

/// A class attribute may be of any length.
const MAX_CLASS_BYTES: usize = 400;

fn push_words(words: &mut String, value: &str) {
    let mut was_lower = false;
    for c in value.chars().take(MAX_CLASS_BYTES) {
        if c.is_alphanumeric() {
            if c.is_uppercase() && was_lower {
                words.push('-');
            }
            was_lower = c.is_lowercase() || c.is_numeric();
            words.extend(c.to_lowercase());
        } else {
            was_lower = false;
            if !words.ends_with('-') {
                words.push('-');
            }
        }
    }
    if !words.ends_with('-') {
        words.push('-');
    }
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::*;

    fn of(html: &str) -> Sign {
        let document = Document::fragment(html);
        let selection = document.select_single("div, p, aside, form");
        let node = selection.nodes()[0];
        sign(&node, &node.node_name().unwrap())
    }

    #[test]
    fn tells_zones() {
        let check = |html: &str, zone: Option<&str>| assert_eq!(of(html).zone, zone, "{html}");
        check("<div class='Article_readMore-3x'>", Some("related"));
        check("<div class='relatedStories'>", Some("related"));
        check("<div class='user-comments'>", Some("comments"));
        check("<div id=newsletter-box>", Some("newsletter"));
        check("<div class=shadow>", None);
        check("<div class='post status-publish'>", None);
        check("<div class='publish-date'>", Some("stamp"));
        check("<div class='ad-300'>", Some("advert"));
        check("<div class=header-adelaide>", None);
        check("<aside>", Some("aside"));
        check("<div style='display: none'>", Some("hidden"));
        check("<div role=complementary>", Some("aside"));
        check("<div class=aiArticleSummary>", Some("box"));
        check("<div class=article-summary>", None);
        check("<div>", None);
    }

    #[test]
    fn tells_bodies_and_leads() {
        assert!(of("<div itemprop=articleBody class=related>").is_body);
        assert_eq!(of("<div itemprop=articleBody class=related>").zone, None);
        assert!(of("<div class='c-articleBody main'>").is_body);
        assert!(of("<p class='article__standfirst'>").is_lead);
        assert!(!of("<p class=body>").is_body);
    }
}

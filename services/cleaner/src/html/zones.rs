//! Zones of a page that are no part of the story, told by elements, roles and class words.

use dom_query::{Element, NodeRef};

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

/// Beginnings of class words, in the languages of the sites, with what they stand for. A class
/// `Article_readMore-link` is matched as `-article-read-more-link-`.
const WORDS: &[(&str, &[&str])] = &[
    (
        "comments",
        &[
            "-comment-",
            "-comments",
            "-commentlist",
            "-kommentare",
            "-kommentarbereich",
            "-commentaire",
            "-comentario",
            "-comentarios",
            "-disqus",
            "-discussion",
            "-respond-",
            "-reader-letter",
            "-yorum",
        ],
    ),
    (
        "related",
        &[
            "-related",
            "-recommend",
            "-recirc",
            "-teaser",
            "-read-more",
            "-readmore",
            "-more-on",
            "-read-also",
            "-see-also",
            "-also-read",
            "-lire-aussi",
            "-promo",
            "-trending",
            "-popular",
            "-most-read",
            "-mostread",
            "-outbrain",
            "-taboola",
            "-linkbox",
            "-link-box",
            "-verwandt",
            "-relacionad",
            "-correlat",
            "-next-article",
            "-carousel",
            "-swiper",
            "-sidebar",
            "-rail-",
            "-crosslink",
            "-more-stories",
            "-top-stories",
            "-latest-news",
            "-inline-link",
            "-mehr-zum",
            "-similar",
            "-further-reading",
            "-rel-content",
            "-suggest",
            "-you-may",
            "-continue-reading",
            "-collection-list",
        ],
    ),
    (
        "newsletter",
        &[
            "-newsletter",
            "-subscri",
            "-signup",
            "-sign-up",
            "-paywall",
            "-piano",
            "-regwall",
            "-login",
            "-register-",
            "-donat",
            "-membership",
            "-abo-box",
            "-offer",
            "-upsell",
            "-metered",
            "-appeal",
            "-push-notification",
        ],
    ),
    (
        "share",
        &["-share", "-sharing", "-social", "-follow-us", "-toolbar", "-article-tools", "-whatsapp"],
    ),
    (
        "advert",
        &[
            "-advert",
            "-ad-",
            "-ads-",
            "-adslot",
            "-ad-slot",
            "-adsense",
            "-sponsor",
            "-anzeige",
            "-werbung",
            "-publicidad",
            "-publicite",
            "-dfp-",
            "-banner",
            "-affiliate",
            "-promoted",
        ],
    ),
    (
        "caption",
        &[
            "-caption",
            "-credit",
            "-bildunterschrift",
            "-bildtext",
            "-legende",
            "-gallery",
            "-galerie",
            "-video",
            "-player",
            "-photo-",
            "-image-",
            "-img-",
            "-picture",
            "-fotograf",
            "-copyright",
            "-wp-caption",
            "-audio",
            "-podcast",
            "-lightbox",
        ],
    ),
    (
        "author",
        &[
            "-author",
            "-autor-",
            "-autoren",
            "-auteur",
            "-autore-",
            "-byline",
            "-biography",
            "-bio-",
            "-contributor",
            "-about-the",
            "-profile",
            "-signature",
        ],
    ),
    (
        "stamp",
        &[
            "-timestamp",
            "-pubdate",
            "-publish",
            "-dateline-",
            "-reading-time",
            "-read-time",
            "-breadcrumb",
            "-tags-",
            "-tag-list",
            "-taglist",
            "-topics",
            "-keywords",
            "-kicker",
            "-article-meta",
            "-post-meta",
            "-entry-meta",
            "-metadata",
            "-last-updated",
        ],
    ),
    (
        "overlay",
        &[
            "-cookie",
            "-consent",
            "-gdpr",
            "-onetrust",
            "-modal",
            "-popup",
            "-overlay",
            "-tooltip",
            "-skip-link",
            "-noprint",
            "-no-print",
            "-sr-only",
            "-visually-hidden",
            "-visuallyhidden",
            "-screen-reader",
            "-screenreader",
            "-toast",
        ],
    ),
    (
        "navigation",
        &[
            "-nav-",
            "-navbar",
            "-navigation",
            "-menu-",
            "-site-footer",
            "-site-header",
            "-pagination",
        ],
    ),
    (
        "box",
        &[
            "-infobox",
            "-info-box",
            "-factbox",
            "-fact-box",
            "-faktaboks",
            "-faktaruta",
            "-fakta-",
            "-disclaimer",
            "-editors-note",
            "-correction",
            "-pullquote",
            "-pull-quote",
            "-table-of-contents",
            "-toc-",
            "-widget",
            "-embed",
            "-poll-",
            "-quiz",
            "-timeline-",
        ],
    ),
];

/// Class words of what holds the body of an article.
const BODIES: &[&str] = &[
    "-article-body-",
    "-articlebody-",
    "-article-content-",
    "-article-text-",
    "-articletext-",
    "-article-main-",
    "-story-body-",
    "-storybody-",
    "-story-content-",
    "-story-text-",
    "-post-content-",
    "-post-body-",
    "-entry-content-",
    "-body-text-",
    "-bodytext-",
    "-body-content-",
    "-news-text-",
    "-news-content-",
    "-news-body-",
    "-content-body-",
    "-artikel-text-",
    "-artikeltext-",
    "-article-copy-",
    "-rich-text-",
    "-richtext-",
    "-cuerpo-",
    "-corps-",
    "-texto-",
    "-brodtext-",
    "-haber-metni-",
    "-article-paragraphs-",
    "-story-detail-",
    "-text-long-",
    "-maincontent-",
    "-main-content-",
];

/// Class words of the line below the headline.
const LEADS: &[&str] = &[
    "-standfirst",
    "-subtitle",
    "-sub-title",
    "-subhead",
    "-sub-head",
    "-subheadline",
    "-lead-",
    "-lede-",
    "-leadtext",
    "-lead-text",
    "-intro-",
    "-introduction",
    "-summary",
    "-dek-",
    "-deck-",
    "-abstract",
    "-excerpt",
    "-chapo",
    "-chapeau",
    "-vorspann",
    "-ingress",
    "-preamble",
    "-entradilla",
    "-bajada",
    "-sottotitolo",
    "-occhiello",
    "-sommario",
    "-spot-",
    "-manchet",
    "-perex",
    "-description",
    "-resumen",
    "-ondertitel",
    "-inleiding",
    "-underrubrik",
    "-linha-fina",
    "-teaser-text",
    "-article-teaser",
    "-anlauftext",
];

/// What the element at `node` says of itself.
pub(crate) fn sign(node: &NodeRef<'_>, name: &str) -> Sign {
    let Some(element) = node.element_ref() else {
        return Sign::default();
    };
    let by_name = ELEMENTS.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone);
    let words = words(&element);
    let attribute = |wanted: &str| element.attr(wanted);
    let is_prop =
        attribute("itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"));
    let is_body = is_prop || BODIES.iter().any(|word| words.contains(word));
    let is_lead = LEADS.iter().any(|word| words.contains(word));
    let is_main = attribute("role").is_some_and(|role| role.eq_ignore_ascii_case("main"));
    let zone = by_name
        .or_else(|| is_hidden(&element).then_some("hidden"))
        .or_else(|| role(&element))
        .or_else(|| if is_body || is_lead { None } else { by_words(&words) });
    Sign { zone, is_body, is_article: is_main || matches!(name, "article" | "main"), is_lead }
}

fn by_words(words: &str) -> Option<&'static str> {
    if words.len() < 3 {
        return None;
    }
    let hit = WORDS.iter().find(|(_, list)| list.iter().any(|word| words.contains(word)));
    hit.map(|(zone, _)| *zone)
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
        check("<div class='ad-300'>", Some("advert"));
        check("<div class=header-adelaide>", None);
        check("<aside>", Some("aside"));
        check("<div style='display: none'>", Some("hidden"));
        check("<div role=complementary>", Some("aside"));
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

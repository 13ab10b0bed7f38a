//! Article pages with all that sites put around a text.

use serde_json::json;

use super::render::paragraphs;
use super::script::{Channel, Version};

/// The page of a story.
pub(super) fn article(channel: Channel, version: &Version<'_>) -> String {
    let host = channel.host().unwrap_or_default();
    let replacements = [
        ("{{site}}", escape(channel.name())),
        ("{{host}}", host.to_owned()),
        ("{{title}}", escape(&version.title)),
        ("{{path}}", version.story.page_path()),
        ("{{published}}", version.story.published.clone()),
        ("{{language}}", version.story.language.clone().unwrap_or_else(|| "en".to_owned())),
        ("{{json_ld}}", json_ld(channel, version)),
        ("{{text}}", with_boxes(&paragraphs(version))),
    ];
    let template = include_str!("article.html");
    replacements.iter().fold(template.to_owned(), |page, (name, value)| page.replace(name, value))
}

/// Boxes that sites put between the paragraphs.
fn with_boxes(paragraphs: &str) -> String {
    let mut parts = paragraphs.splitn(3, '\n');
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    format!(
        "{first}\n<aside class=\"newsletter-box\"><h3>The morning briefing</h3>\
         <p>Get the news of the day in your inbox every morning.</p>\
         <form action=\"/newsletter\"><input type=\"email\" placeholder=\"Your email\">\
         <button>Sign up</button></form></aside>\n{second}\n\
         <div class=\"related-inline\"><strong>Read more:</strong> \
         <a href=\"/world/1\">Ministers agree on new rules for ferries</a></div>\n{rest}"
    )
}

fn json_ld(channel: Channel, version: &Version<'_>) -> String {
    let story = json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": version.title,
        "datePublished": version.story.published,
        "author": [{"@type": "Organization", "name": "Example Wire"}],
        "publisher": {"@type": "Organization", "name": channel.name()},
        "isAccessibleForFree": true,
    });
    // A title must not be able to end the script element.
    story.to_string().replace('<', "\\u003c")
}

/// Text for HTML and XML.
pub(super) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

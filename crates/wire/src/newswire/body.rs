//! The text of an item as paragraphs: from NITF, XHTML and HTML written as text, and plain text.

use super::item::{Layout, Paragraph};
use super::tree::{self, Child, Node};
use super::words::squeeze;

/// Elements that are no part of the running text.
const SKIPPED: &[&str] =
    &["script", "style", "template", "head", "media", "figure", "nitf-table-metadata"];

/// Elements that begin and end a paragraph.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "block",
    "body",
    "body.content",
    "blockquote",
    "bq",
    "section",
    "article",
    "ul",
    "ol",
    "dl",
    "dd",
    "dt",
    "hr",
    "fn",
    "note",
    "html",
    "nitf",
    "nitf-table",
    "caption",
    "header",
    "footer",
    "center",
    "address",
];

/// Plain lines longer than this are not broken by hand: each is a paragraph.
const LONGEST_WRAPPED_CHARS: usize = 110;

/// The paragraphs of a tree.
pub(super) fn of_tree(node: &Node) -> Vec<Paragraph> {
    let mut walk = Walk::default();
    walk.children(node, Layout::Prose);
    walk.flush(Layout::Prose);
    walk.found
}

/// The paragraphs of HTML that is written as text.
pub(super) fn of_html(html: &str) -> Vec<Paragraph> {
    of_tree(&tree::fragment(html))
}

/// The paragraphs of a text whose type may be named.
pub(super) fn of_content(text: &str, content_type: Option<&str>) -> Vec<Paragraph> {
    let kind = content_type.unwrap_or_default().to_ascii_lowercase();
    let has_markup = ["<p", "<br", "<div", "<body", "<block", "<pre", "<table"]
        .iter()
        .any(|tag| text.contains(tag));
    if kind.contains("html") || kind.contains("nitf") || kind.contains("xml") || has_markup {
        return of_html(text);
    }
    of_text(text)
}

/// The paragraphs of a plain text: an empty line, an indent or an unwrapped line sets them apart.
pub(super) fn of_text(text: &str) -> Vec<Paragraph> {
    let mut found = Vec::new();
    let mut group: Vec<&str> = Vec::new();
    for line in text.lines() {
        let is_indented = line.starts_with("  ") || line.starts_with('\t');
        let is_long = |line: &&str| line.chars().nth(LONGEST_WRAPPED_CHARS).is_some();
        let is_start = is_indented || is_long(&line) || group.last().is_some_and(is_long);
        if line.trim().is_empty() || is_start {
            push(&mut found, &group.join(" "), Layout::Prose);
            group.clear();
        }
        group.push(line);
    }
    push(&mut found, &group.join(" "), Layout::Prose);
    found
}

fn push(found: &mut Vec<Paragraph>, text: &str, layout: Layout) {
    found.extend(squeeze(text).map(|text| Paragraph { text, layout }));
}

#[derive(Default)]
struct Walk {
    found: Vec<Paragraph>,
    text: String,
}

impl Walk {
    fn children(&mut self, node: &Node, layout: Layout) {
        for child in &node.children {
            match child {
                Child::Text(text) => self.push(text),
                Child::Element(node) => self.element(node, layout),
            }
        }
    }

    /// Line ends of the markup are white space; those of `<br>` are marked apart.
    fn push(&mut self, text: &str) {
        self.text.extend(text.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
    }

    fn element(&mut self, node: &Node, layout: Layout) {
        let name = node.name.to_ascii_lowercase();
        match name.as_str() {
            "br" => self.text.push('\n'),
            "pre" => self.verbatim(node, layout),
            "table" | "custom-table" => self.table(node, layout),
            "li" => self.block(node, layout, Layout::Item),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hl1" | "hl2" => {
                self.block(node, layout, Layout::Heading);
            }
            name if SKIPPED.contains(&name) => {}
            name if BLOCKS.contains(&name) => self.block(node, layout, layout),
            _ => self.children(node, layout),
        }
    }

    fn block(&mut self, node: &Node, outer: Layout, inner: Layout) {
        self.flush(outer);
        self.children(node, inner);
        self.flush(inner);
    }

    fn verbatim(&mut self, node: &Node, layout: Layout) {
        self.flush(layout);
        let raw = node.raw_text();
        let text = raw.trim_matches(['\n', '\r']).trim_end();
        if !text.trim().is_empty() {
            self.found.push(Paragraph { text: text.to_owned(), layout: Layout::Verbatim });
        }
    }

    fn table(&mut self, node: &Node, layout: Layout) {
        self.flush(layout);
        let rows = node.descendants("tr");
        if rows.is_empty() {
            self.block(node, layout, layout);
            return;
        }
        for caption in node.descendants("caption") {
            push(&mut self.found, &caption.raw_text(), Layout::Heading);
        }
        let line = |row: &&Node| {
            let cells = row.elements().filter(|cell| matches!(cell.name.as_str(), "td" | "th"));
            let cells: Vec<String> = cells.map(|cell| cell.text().unwrap_or_default()).collect();
            cells.join("\t")
        };
        let rows: Vec<String> = rows.iter().map(line).collect();
        if rows.iter().any(|row| !row.trim().is_empty()) {
            self.found.push(Paragraph { text: rows.join("\n"), layout: Layout::Table });
        }
    }

    /// Ends a paragraph; an empty line made of two `<br>` ends one, too.
    fn flush(&mut self, layout: Layout) {
        let text = std::mem::take(&mut self.text);
        let mut part = String::new();
        for line in text.split('\n') {
            if line.trim().is_empty() {
                push(&mut self.found, &part, layout);
                part.clear();
            }
            part.push(' ');
            part.push_str(line);
        }
        push(&mut self.found, &part, layout);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(found: Vec<Paragraph>) -> Vec<String> {
        found.into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn reads_markup() {
        let check = |html: &str, expected: &[&str]| assert_eq!(texts(of_html(html)), expected);
        check("<p>One <em>and\n a</em> half.</p><p>Two.", &["One and a half.", "Two."]);
        check("One.<br><br>Two.<br>Still two.", &["One.", "Two. Still two."]);
        check("<ul><li>One</li><li>Two</li></ul>after", &["One", "Two", "after"]);
        check("<table><tr><th>A</th><td>1</td></tr><tr><th>B</th></tr></table>", &["A\t1\nB"]);
        check("<pre>\n A  1\n B  2\n</pre>", &[" A  1\n B  2"]);
        check("<block><hl2>Head</hl2><p>Text</p></block>", &["Head", "Text"]);
        check("<media><media-caption>no</media-caption></media><p>yes</p>", &["yes"]);
    }

    #[test]
    fn reads_text() {
        let check = |text: &str, expected: &[&str]| assert_eq!(texts(of_text(text)), expected);
        check("One goes\non.\n\nTwo.", &["One goes on.", "Two."]);
        check("   One goes\non.\n   Two.", &["One goes on.", "Two."]);
        check(&format!("{0}\n{0}", "w".repeat(120)), &[&"w".repeat(120), &"w".repeat(120)]);
    }
}

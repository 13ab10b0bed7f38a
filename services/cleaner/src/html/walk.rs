//! A tree into blocks: the paragraphs as a browser would show them.

use dom_query::NodeRef;

use crate::repair;

/// Elements that are no part of the running text.
const SKIPPED: &[&str] = &[
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "figure",
    "figcaption",
    "aside",
    "form",
    "nav",
    "footer",
    "button",
    "iframe",
    "object",
    "video",
    "audio",
    "select",
    "textarea",
    "input",
    "picture",
    "head",
    "title",
    "time",
    "math",
    "canvas",
    "dialog",
];
/// Elements that flow within a paragraph.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    "acronym", "big", "strike", "data",
];
/// Elements whose text is a paragraph of prose.
const PARAGRAPHS: &[&str] = &["p", "div", "blockquote", "article", "section", "body"];
/// Deeper than this nothing is read; the guard has refused such pages, a repaired tree may be deeper.
const MAX_DEPTH: usize = 512;

/// One block.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Block {
    pub(crate) text: String,
    /// Bytes of the text that are links.
    pub(crate) link_chars: usize,
    pub(crate) is_heading: bool,
    pub(crate) is_item: bool,
    pub(crate) is_paragraph: bool,
}

#[derive(Default)]
struct Walk {
    blocks: Vec<Block>,
    text: String,
    link_chars: usize,
    breaks: usize,
}

/// The blocks below a node, in the document's order.
pub(crate) fn blocks(node: &NodeRef<'_>) -> Vec<Block> {
    let mut walk = Walk::default();
    walk.children(node, "body", 0, false);
    walk.flush("body");
    walk.blocks
}

impl Walk {
    fn children(&mut self, node: &NodeRef<'_>, block: &str, depth: usize, in_link: bool) {
        if depth > MAX_DEPTH {
            return;
        }
        for child in node.children_it(false) {
            if child.is_text() {
                self.push(&child.text(), in_link);
            } else if let Some(name) = child.node_name() {
                self.element(&child, &name, block, (depth, in_link));
            }
        }
    }

    fn element(&mut self, node: &NodeRef<'_>, name: &str, block: &str, at: (usize, bool)) {
        let (depth, in_link) = at;
        if SKIPPED.contains(&name) {
            // A time within a sentence is text, a time on its own is a stamp.
            if name == "time" && !self.text.trim().is_empty() {
                self.children(node, block, depth + 1, in_link);
            }
            return;
        }
        if name == "br" {
            return self.line_break(block);
        }
        if INLINE.contains(&name) {
            return self.children(node, block, depth + 1, in_link || name == "a");
        }
        self.flush(block);
        self.children(node, name, depth + 1, in_link);
        self.flush(name);
    }

    fn push(&mut self, text: &str, in_link: bool) {
        if !text.trim().is_empty() {
            self.breaks = 0;
        }
        self.text.push_str(text);
        if in_link {
            self.link_chars += text.trim().len();
        }
    }

    /// One `<br>` is a space, two are the end of a paragraph.
    fn line_break(&mut self, block: &str) {
        self.breaks += 1;
        self.text.push(' ');
        if self.breaks > 1 {
            self.flush(block);
        }
    }

    fn flush(&mut self, name: &str) {
        let text = repair::line(&std::mem::take(&mut self.text));
        let link_chars = std::mem::take(&mut self.link_chars);
        self.breaks = 0;
        if text.is_empty() {
            return;
        }
        self.blocks.push(Block {
            text,
            link_chars,
            is_heading: matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"),
            is_item: matches!(name, "li" | "td" | "th" | "dt" | "dd"),
            is_paragraph: PARAGRAPHS.contains(&name),
        });
    }
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::*;

    #[test]
    fn finds_paragraphs() {
        let check = |html: &str, expected: &[&str]| {
            let document = Document::fragment(html);
            let found = blocks(&document.root());
            let texts: Vec<&str> = found.iter().map(|block| block.text.as_str()).collect();
            assert_eq!(texts, expected, "{html}");
        };
        check("<p>One <b>and</b> a <a href=x>half</a>.</p><p>Two.", &["One and a half.", "Two."]);
        check("One.<br><br>Two.<br>Still.", &["One.", "Two. Still."]);
        check("<div>One.<p>Two.</p>Three.</div>", &["One.", "Two.", "Three."]);
        check("<figure><p>Caption</p></figure><aside>Box</aside><p>One.</p>", &["One."]);
        check(
            "<p>On <time>Tuesday</time> they met.</p><time>9:30</time>",
            &["On Tuesday they met."],
        );
        check("<ul><li>One<li>Two</ul>", &["One", "Two"]);
    }

    #[test]
    fn counts_links() {
        let document = Document::fragment("<p><a href=x>All of it</a></p>");
        let found = blocks(&document.root());
        assert_eq!(found[0].link_chars, found[0].text.len());
    }
}

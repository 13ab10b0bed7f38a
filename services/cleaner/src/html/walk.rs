//! A tree into blocks: the paragraphs as a browser would show them, each with where it stands.

use std::hash::{DefaultHasher, Hash, Hasher};

use dateline_record::Span;
use dom_query::NodeRef;

use super::{
    near,
    zones::{self, Sign},
};
use crate::repair;

/// Elements that show no text.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "button", "iframe", "object", "video",
    "audio", "select", "textarea", "input", "picture", "head", "title", "math", "canvas",
];
/// Elements that flow within a paragraph.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    "acronym", "big", "strike", "data",
];
/// A longer cell is a column of the page.
const MAX_CELL_BYTES: usize = 100;
/// Deeper than this nothing is read; the guard has refused such pages, a repaired tree may be deeper.
const MAX_DEPTH: usize = 512;

/// What kind of element a block is.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// `<p>` and what is as good as one.
    #[default]
    Paragraph,
    /// Text that stands in a `<div>` or the like.
    Loose,
    Heading(u8),
    Item,
    Cell,
    Quote,
}

/// One block.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Block {
    pub(crate) text: String,
    /// Bytes of the text that are links.
    pub(crate) link_chars: usize,
    /// Bytes of the text that are bold.
    pub(crate) bold_chars: usize,
    pub(crate) kind: Kind,
    /// The texts of its links to pages of authors.
    pub(crate) signed: Vec<String>,
    /// The innermost element around it.
    pub(crate) place: usize,
    /// Its bytes in the source.
    pub(crate) source: Option<Span>,
    /// Its start stands in the source as in the text.
    pub(crate) verbatim_bytes: usize,
    /// Equal for blocks of the same element and class.
    pub(crate) look: u64,
}

impl Block {
    pub(crate) fn is_heading(&self) -> bool {
        matches!(self.kind, Kind::Heading(_))
    }

    /// The part of it that is links, from 0 to 1.
    #[allow(clippy::cast_precision_loss)] // a rough share
    pub(crate) fn link_share(&self) -> f64 {
        self.link_chars as f64 / self.text.len().max(1) as f64
    }
}

/// An element that holds blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) parent: usize,
    pub(crate) sign: Sign,
    /// Equal for elements of the same name and class.
    pub(crate) look: u64,
    /// The first block in it, and one past the last.
    pub(crate) first: usize,
    pub(crate) end: usize,
}

/// The blocks of a tree in its order, and the elements that hold them, parents first.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
    pub(crate) places: Vec<Place>,
}

/// How the text at hand is set.
#[derive(Clone, Copy, Default)]
struct Style {
    in_link: bool,
    is_bold: bool,
}

/// The element whose text is read.
#[derive(Clone, Copy)]
struct Frame {
    kind: Kind,
    place: usize,
    look: u64,
    depth: usize,
}

#[derive(Default)]
struct Walk {
    page: Page,
    text: String,
    link_chars: usize,
    bold_chars: usize,
    breaks: usize,
    signed: Vec<String>,
}

/// The blocks below a node.
pub(crate) fn page(node: &NodeRef<'_>) -> Page {
    let mut walk = Walk::default();
    walk.page.places.push(Place::default());
    let frame = Frame { kind: Kind::Loose, place: 0, look: 0, depth: 0 };
    walk.children(node, frame, Style::default());
    walk.flush(frame);
    walk.page.places[0].end = walk.page.blocks.len();
    walk.page
}

impl Walk {
    fn children(&mut self, node: &NodeRef<'_>, frame: Frame, style: Style) {
        if frame.depth > MAX_DEPTH {
            return;
        }
        for child in node.children_it(false) {
            if child.is_text() {
                self.push(&child.text(), style);
            } else if let Some(name) = child.node_name() {
                self.element(&child, &name, frame, style);
            }
        }
    }

    fn element(&mut self, node: &NodeRef<'_>, name: &str, frame: Frame, style: Style) {
        if SKIPPED.contains(&name) {
            return;
        }
        let inner = Frame { depth: frame.depth + 1, ..frame };
        match name {
            "br" => self.line_break(frame),
            // A time within a sentence is text, a time on its own is a stamp.
            "time" if self.text.trim().is_empty() => {}
            "time" => self.children(node, inner, style),
            "span" if is_break(node) => self.line_break(frame),
            _ if INLINE.contains(&name) => {
                if !is_unseen(node) {
                    let start = self.text.len();
                    let inner_style = style_of(name, style);
                    self.children(node, inner, inner_style);
                    if inner_style.in_link
                        && name != "a"
                        && self.text.get(start..).is_some_and(is_hint)
                    {
                        self.text.truncate(start);
                    }
                    self.sign(node, name, start);
                }
            }
            _ => self.block(node, name, frame, style),
        }
    }

    /// Notes the text of a link to the page of an author.
    fn sign(&mut self, node: &NodeRef<'_>, name: &str, start: usize) {
        if name == "a"
            && let Some(text) = self.text.get(start..)
            && near::is_author_link(node)
        {
            self.signed.push(repair::line(text));
        }
    }

    fn block(&mut self, node: &NodeRef<'_>, name: &str, frame: Frame, style: Style) {
        self.flush(frame);
        let place = self.page.places.len();
        let first = self.page.blocks.len();
        let sign = zones::sign(node, name);
        let look = look(node, name);
        self.page.places.push(Place { parent: frame.place, sign, look, first, end: first });
        let kind = kind_of(name, frame.kind);
        let inner = Frame { kind, place, look, depth: frame.depth + 1 };
        self.children(node, inner, style);
        self.flush(inner);
        if name == "tr" {
            self.join_cells(first, place);
        }
        self.page.places[place].end = self.page.blocks.len();
    }

    /// A row of short cells is one line; long ones are columns of a page that is set as a table.
    fn join_cells(&mut self, first: usize, place: usize) {
        let cells = &self.page.blocks[first..];
        let is_short = |cell: &Block| {
            cell.kind == Kind::Cell
                && cell.text.len() < MAX_CELL_BYTES
                && self.page.places[cell.place].parent == place
        };
        if cells.len() < 2 || !cells.iter().all(is_short) {
            return;
        }
        let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
        let line = Block {
            text: texts.join(" "),
            link_chars: cells.iter().map(|cell| cell.link_chars).sum(),
            bold_chars: cells.iter().map(|cell| cell.bold_chars).sum(),
            kind: Kind::Cell,
            signed: cells.iter().flat_map(|cell| cell.signed.clone()).collect(),
            place,
            look: self.page.places[place].look,
            ..Block::default()
        };
        self.page.blocks.truncate(first);
        self.page.blocks.push(line);
        for inner in &mut self.page.places[place + 1..] {
            (inner.first, inner.end) = (first, first + 1);
        }
    }

    fn push(&mut self, text: &str, style: Style) {
        let length = text.trim().len();
        if length > 0 {
            self.breaks = 0;
        }
        self.text.push_str(text);
        self.link_chars += if style.in_link { length } else { 0 };
        self.bold_chars += if style.is_bold { length } else { 0 };
    }

    /// One `<br>` in a paragraph is a space, two are its end; text without an element of its own ends
    /// at each.
    fn line_break(&mut self, frame: Frame) {
        self.breaks += 1;
        self.text.push(' ');
        if self.breaks > 1 || frame.kind == Kind::Loose {
            self.flush(frame);
        }
    }

    fn flush(&mut self, frame: Frame) {
        let text = repair::line(&std::mem::take(&mut self.text));
        let link_chars = std::mem::take(&mut self.link_chars);
        let bold_chars = std::mem::take(&mut self.bold_chars);
        let signed = std::mem::take(&mut self.signed);
        self.breaks = 0;
        if text.is_empty() {
            return;
        }
        let Frame { kind, place, look, .. } = frame;
        self.page.blocks.push(Block {
            text,
            link_chars,
            bold_chars,
            signed,
            kind,
            place,
            look,
            source: None,
            verbatim_bytes: 0,
        });
    }
}

fn style_of(name: &str, style: Style) -> Style {
    Style {
        in_link: style.in_link || name == "a",
        is_bold: style.is_bold || matches!(name, "b" | "strong"),
    }
}

/// An empty element whose class says that a line ends there.
fn is_break(node: &NodeRef<'_>) -> bool {
    node.first_child().is_none()
        && node.class().is_some_and(|class| class.split_ascii_whitespace().any(|word| word == "br"))
}

/// What a link says of the window that it opens, in brackets.
fn is_hint(text: &str) -> bool {
    let hint = text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    hint.is_some_and(|hint| {
        let hint = hint.to_lowercase();
        hint.len() < MAX_HINT_BYTES && WINDOWS.iter().any(|word| hint.contains(word))
    })
}

const MAX_HINT_BYTES: usize = 60;
/// Windows and tabs, in the languages of the sites.
const WINDOWS: &[&str] = &[
    "new window",
    "new tab",
    "external link",
    "neuen fenster",
    "neuem fenster",
    "neuen tab",
    "neuem tab",
    "nouvelle fenêtre",
    "nouvel onglet",
    "nueva ventana",
    "nueva pestaña",
    "nova janela",
    "nova aba",
    "nuova finestra",
    "nuova scheda",
    "nieuw venster",
    "nieuw tabblad",
    "nytt fönster",
    "nytt vindu",
    "nyt vindue",
    "nowym oknie",
    "novém okně",
    "yeni pencere",
];

/// Text for screen readers within a sentence, as `opens in a new window`.
fn is_unseen(node: &NodeRef<'_>) -> bool {
    let is_clipped = node.attr("style").is_some_and(|style| style.contains("clip:rect(0"));
    is_clipped
        || node.attr("hidden").is_some()
        || node.class().is_some_and(|class| {
            let class = class.to_ascii_lowercase();
            UNSEEN.iter().any(|word| class.contains(word))
        })
}

/// Class words of text that only a screen reader gives.
const UNSEEN: &[&str] =
    &["sr-only", "visually-hidden", "visuallyhidden", "screen-reader", "screenreader"];

/// A paragraph in an item or a quotation is what its parent is.
fn kind_of(name: &str, outer: Kind) -> Kind {
    match name {
        "h1" => Kind::Heading(1),
        "h2" => Kind::Heading(2),
        "h3" => Kind::Heading(3),
        "h4" => Kind::Heading(4),
        "h5" | "h6" => Kind::Heading(5),
        "li" | "dt" | "dd" => Kind::Item,
        "td" | "th" => Kind::Cell,
        "blockquote" => Kind::Quote,
        "p" if matches!(outer, Kind::Item | Kind::Cell | Kind::Quote) => outer,
        "p" => Kind::Paragraph,
        _ if matches!(outer, Kind::Heading(_) | Kind::Item | Kind::Cell | Kind::Quote) => outer,
        _ => Kind::Loose,
    }
}

fn look(node: &NodeRef<'_>, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    node.class().as_deref().unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::*;

    fn blocks(html: &str) -> Vec<Block> {
        page(&Document::fragment(html).root()).blocks
    }

    #[test]
    fn finds_paragraphs() {
        let check = |html: &str, expected: &[&str]| {
            let found = blocks(html);
            let texts: Vec<&str> = found.iter().map(|block| block.text.as_str()).collect();
            assert_eq!(texts, expected, "{html}");
        };
        check("<p>One <b>and</b> a <a href=x>half</a>.</p><p>Two.", &["One and a half.", "Two."]);
        check("<p>One.<br><br>Two.<br>Still.", &["One.", "Two. Still."]);
        check("<div>One.<br>Two.</div>", &["One.", "Two."]);
        check("<div>One.<p>Two.</p>Three.</div>", &["One.", "Two.", "Three."]);
        check(
            "<p>On <time>Tuesday</time> they met.</p><time>9:30</time>",
            &["On Tuesday they met."],
        );
        check("<ul><li>One<li>Two</ul>", &["One", "Two"]);
        check("<table><tr><th>Team<th>Won<tr><td>Reds<td>3</table>", &["Team Won", "Reds 3"]);
        let long = "word ".repeat(30);
        check(&format!("<table><tr><td>{long}<td>Side</table>"), &[long.trim(), "Side"]);
        check("<table><tr><td><p>One.</p><p>Two.</p></table>", &["One.", "Two."]);
        check("<p>A <a>link<span class=sr-only> (opens)</span></a>.", &["A link."]);
        check("<p>A <a>link<i> (opens in a New Window)</i></a>.", &["A link."]);
        check(
            "<p>Open (in a new window) <a>it (in a new tab)</a>.",
            &["Open (in a new window) it (in a new tab)."],
        );
        check("<div>One.<span class='x br'></span>Two.</div>", &["One.", "Two."]);
        check("<div>One. <span class=br>Two.</span></div>", &["One. Two."]);
    }

    #[test]
    fn knows_kinds_and_places() {
        let found = blocks("<h2>One</h2><ul><li><p>Two</p></ul><blockquote>Three</blockquote>");
        let kinds: Vec<Kind> = found.iter().map(|block| block.kind).collect();
        assert_eq!(kinds, [Kind::Heading(2), Kind::Item, Kind::Quote]);
        let page = page(&Document::fragment("<div><p>A</p></div><aside><p>B</p></aside>").root());
        let zones: Vec<Option<&str>> = page
            .blocks
            .iter()
            .map(|block| page.places[page.places[block.place].parent].sign.zone)
            .collect();
        assert_eq!(zones, [None, Some("aside")]);
    }

    #[test]
    fn counts_links() {
        let found = blocks("<p><a href=x>All of it</a></p>");
        assert_eq!(found[0].link_chars, found[0].text.len());
    }
}

//! Every block of a document with what became of it: as lines, and as a page in colour.

use std::fmt::Write;

use dateline_record::{CleanStory, RawStory};

/// The reason that stands for a block that was kept.
const KEPT: &str = "kept";

/// Characters of a block's beginning by which it is found in the document.
const SEARCHED_CHARS: usize = 24;

/// The page's head: it loads nothing, whatever the texts say.
const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>What was kept and what was dropped</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; color: #111; background: #fff }
p { border-left: .4rem solid; margin: .5rem 0; padding: .2rem .8rem }
.kept { border-color: #18794e; background: #e9f9ee }
.dropped { border-color: #cd2b31; background: #ffefef }
b { display: block; font-size: .75rem; font-weight: 600 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem }
dd { margin: 0 }
</style></head><body>
";

/// A block and what became of it.
struct Block<'a> {
    fate: &'a str,
    text: &'a str,
}

/// The blocks of a document in its order, as far as that is known: blocks without a place in the
/// document are looked for.
fn blocks<'a>(raw: &RawStory, story: &'a CleanStory) -> Vec<Block<'a>> {
    let document = String::from_utf8_lossy(raw.body.as_bytes());
    let (mut kept_at, mut removed_at) = (0, 0);
    let kept = story.paragraphs.iter().map(|paragraph| {
        let text = story.text.get(paragraph.span.range()).unwrap_or_default();
        let known = paragraph.source_span.map(|span| span.start as usize);
        (place(&document, text, known, &mut kept_at), Block { fate: KEPT, text })
    });
    let mut all: Vec<(usize, Block<'_>)> = kept.collect();
    all.extend(story.removed.iter().map(|removed| {
        let known = removed.source_span.map(|span| span.start as usize);
        let at = place(&document, &removed.text, known, &mut removed_at);
        (at, Block { fate: &removed.reason, text: &removed.text })
    }));
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, block)| block).collect()
}

/// Where a block stands: as the record says, else where its beginning is found after the block
/// before, else there.
fn place(document: &str, text: &str, known: Option<usize>, before: &mut usize) -> usize {
    let end = text.char_indices().nth(SEARCHED_CHARS).map_or(text.len(), |(end, _)| end);
    let found = || {
        let rest = document.get(*before..)?;
        Some(*before + rest.find(&text[..end])?)
    };
    *before = known.or_else(found).unwrap_or(*before);
    *before
}

/// What the record says of the story beside its text.
fn facts(story: &CleanStory) -> Vec<(&'static str, String)> {
    let mut facts = vec![("title", story.title.clone())];
    let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    add("subtitle", story.subtitle.clone());
    add("byline", story.byline.clone());
    add("authors", Some(story.authors.join("; ")).filter(|names| !names.is_empty()));
    add("agency", story.agency.clone());
    add("dateline", story.dateline.as_ref().map(|dateline| dateline.text.clone()));
    add("published", story.published_at.map(|at| at.to_string()));
    add("language", Some(story.language.code.clone()));
    add("profile", Some(story.profile.clone()));
    facts
}

/// A story's blocks as lines.
pub(crate) fn text(raw: &RawStory, story: &CleanStory) -> String {
    let mut lines = String::new();
    for (name, value) in facts(story) {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{name:<24} {value}");
    }
    for block in blocks(raw, story) {
        let fate = match block.fate {
            KEPT => KEPT.to_owned(),
            reason => format!("dropped {reason}"),
        };
        let _ = writeln!(lines, "{fate:<24} {}", block.text);
    }
    lines
}

/// A page that shows stories.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn new() -> Self {
        Self(HEAD.to_owned())
    }

    pub(crate) fn add(&mut self, raw: &RawStory, story: &CleanStory) {
        let html = &mut self.0;
        let _ = writeln!(html, "<h1>{}</h1>\n<dl>", escape(&story.title));
        for (name, value) in facts(story).into_iter().skip(1) {
            let _ = writeln!(html, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
        }
        html.push_str("</dl>\n");
        for Block { fate, text } in blocks(raw, story) {
            let class = if fate == KEPT { KEPT } else { "dropped" };
            let (fate, text) = (escape(fate), escape(text));
            let _ = writeln!(html, "<p class=\"{class}\"><b>{fate}</b>{text}</p>");
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push_str("</body></html>\n");
        self.0
    }
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

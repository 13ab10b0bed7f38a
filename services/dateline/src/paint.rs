//! The names of stories on a page in colour.

use std::fmt::Write;

use dateline_record::{Mention, MentionKind, StoryEvents};

use crate::explain::escape;

/// The page's head: it loads nothing, whatever the texts say.
const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Names</title>
<style>
body { font: 16px/1.7 sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; color: #111; background: #fff }
p { white-space: pre-wrap }
mark { border-radius: .2rem; padding: 0 .2rem; color: #111 }
mark small { font-size: .7rem; font-weight: 600; margin-left: .3rem }
.person { background: #ffe2c7 }
.organization { background: #d8e8ff }
.place { background: #d5f2dc }
.group { background: #f0def8 }
</style></head><body>
";

/// A page that shows stories.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn new() -> Self {
        Self(HEAD.to_owned())
    }

    pub(crate) fn add(&mut self, record: &StoryEvents) {
        let html = &mut self.0;
        // Writing to a String cannot fail.
        let _ = writeln!(html, "<h1>{}</h1>\n<p>", escape(&record.story.title));
        let text = &record.story.text;
        let mut at = 0;
        for mention in &record.mentions {
            let range = mention.span.range();
            let (Some(before), Some(name)) = (text.get(at..range.start), text.get(range.clone()))
            else {
                continue;
            };
            let (class, note) = (class(mention.kind), escape(&note(mention)));
            let (before, name) = (escape(before), escape(name));
            let _ = write!(html, "{before}<mark class=\"{class}\">{name}");
            let _ = write!(html, "<small>{note}</small></mark>");
            at = range.end;
        }
        let _ = writeln!(html, "{}</p>", escape(text.get(at..).unwrap_or_default()));
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push_str("</body></html>\n");
        self.0
    }
}

fn class(kind: MentionKind) -> &'static str {
    match kind {
        MentionKind::Person => "person",
        MentionKind::Organization => "organization",
        MentionKind::Place => "place",
        MentionKind::Group => "group",
    }
}

/// What is known of a mention: its actor's code, its full name, its place.
fn note(mention: &Mention) -> String {
    let actor = mention.actor.as_ref().map(|actor| {
        let sector = actor.sector.as_deref().map(|sector| format!("/{sector}"));
        format!("{}{}", actor.code, sector.unwrap_or_default())
    });
    let name = mention.name.clone().filter(|name| *name != mention.text);
    let place = mention
        .place
        .as_ref()
        .and_then(|place| Some(format!("{:.1} {:.1}", place.latitude?, place.longitude?)));
    let parts: Vec<String> = [actor, name, place].into_iter().flatten().collect();
    if parts.is_empty() { class(mention.kind).to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_names_and_escapes_the_rest() {
        let json = serde_json::json!({
            "story": {"story_id": "s:1", "revision": 1, "status": "usable", "signal": "new",
                "source_id": "s", "provider": "p", "title": "A <b>", "text": "x < Riga & y",
                "fetched_at": "2026-01-01T00:00:00Z", "word_count": 3,
                "language": {"code": "en", "confidence": "high"}},
            "mentions": [{"kind": "place", "span": {"start": 4, "end": 8}, "text": "Riga",
                "sentence": 0}],
            "events": [],
            "provenance": {"stage": "s", "build": "b", "config_hash": "c"},
        });
        let record: StoryEvents = serde_json::from_value(json).unwrap();
        let mut page = Page::new();
        page.add(&record);
        let html = page.finish();
        assert!(html.contains("<h1>A &lt;b&gt;</h1>"), "{html}");
        let marked = "x &lt; <mark class=\"place\">Riga<small>place</small></mark> &amp; y</p>";
        assert!(html.contains(marked), "{html}");
    }
}

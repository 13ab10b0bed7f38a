//! Drafts of wire formats, whose parts are told apart by the format.

use dateline_record::{RawStory, Status, TimeSource};
use dateline_runtime::Fault;
use dateline_wire::newswire::{self, Kind, Layout, Paragraph, WireFormat, WireItem};
use dateline_wire::{
    Problem, json_story,
    sgml::{self, TextKind},
};

use crate::{
    Config,
    draft::{Block, Draft},
    html, plain, repair,
};

/// One `<REUTERS>` element.
pub(crate) fn reuters(bytes: &[u8]) -> Result<Draft, Fault> {
    let story = sgml::parse(bytes).map_err(|problem| poison(&problem))?;
    let mut draft = Draft {
        title: repair::line(&story.title),
        published: story.published.map(|at| (at, TimeSource::Provider)),
        agency: Some("Reuters".to_owned()),
        // The collection is in English and has tables no guess could tell it from.
        language: Some("en".to_owned()),
        tags: story.topics,
        profile: "wire",
        ..Draft::default()
    };
    let author = repair::line(&story.author);
    if !author.is_empty() {
        draft.byline = Some(author);
    }
    let is_unprocessed = story.kind == TextKind::Unprocessed;
    draft.paragraphs = if is_unprocessed {
        plain::draft(&story.body, None).all_blocks()
    } else {
        plain::paragraphs(&story.body, 0)
    };
    if is_unprocessed && draft.title.is_empty() {
        draft.take_title();
    }
    let given = repair::line(&story.dateline);
    if !given.is_empty() {
        draft.dateline = crate::dateline::given(&given);
    }
    Ok(draft)
}

/// One object of JSON, whose parts lie where the record says, else where Dateline has them.
pub(crate) fn json(raw: &RawStory, bytes: &[u8], config: &Config) -> Result<Draft, Fault> {
    let story = match &raw.fields {
        Some(fields) => json_story::parse_fields(bytes, fields),
        None => json_story::parse(bytes),
    };
    let story = story.map_err(|problem| poison(&problem))?;
    let title = Some(story.title.as_str()).filter(|title| !title.is_empty());
    let mut draft = match &story.html {
        Some(html) => {
            Draft { title: repair::line(&story.title), ..html::fragment(html, raw, config)? }
        }
        None => plain::draft(&story.text, title),
    };
    for block in &mut draft.paragraphs {
        // The spans would point into the unescaped text, which nobody else has.
        block.source = None;
    }
    for removed in &mut draft.removed {
        removed.source_span = None;
    }
    draft.published = story.published_at.map(|at| (at, TimeSource::Provider)).or(draft.published);
    draft.embargoed_until = story.embargoed_until;
    draft.url = story.url;
    draft.language = story.language;
    draft.authors = story.authors;
    draft.status = story.status;
    draft.signal = story.signal;
    draft.profile = "wire";
    Ok(draft)
}

/// An item of a newswire. Pictures, packages and the like are no stories.
pub(crate) fn newswire(raw: &RawStory, bytes: &[u8]) -> Result<Draft, Fault> {
    let Some(format) = WireFormat::of(raw.format) else {
        return Ok(Draft::default());
    };
    let charset = raw.charset.as_ref().map(|charset| charset.name.as_str());
    let item = newswire::parse_in(format, bytes, charset).map_err(|problem| poison(&problem))?;
    let line =
        |text: &Option<String>| text.as_deref().map(repair::line).filter(|line| !line.is_empty());
    let mut draft = Draft {
        title: line(&item.title).unwrap_or_default(),
        subtitle: line(&item.subtitle),
        byline: line(&item.byline),
        authors: item.authors.clone(),
        agency: line(&item.credit),
        dateline: line(&item.dateline).and_then(|text| crate::dateline::given(&text)),
        published: item
            .created
            .as_ref()
            .or(item.published.as_ref())
            .and_then(|moment| moment.at.map(|at| (at, TimeSource::Provider))),
        modified: item.modified.as_ref().and_then(|moment| moment.at),
        embargoed_until: item.embargo.as_ref().and_then(|embargo| embargo.at),
        language: item.language.clone(),
        tags: item
            .subjects
            .iter()
            .filter_map(|subject| subject.label())
            .map(str::to_owned)
            .collect(),
        status: status(raw, &item),
        signal: Some(item.signal),
        is_advisory: item.is_advisory,
        profile: "wire",
        // A picture has a headline, too.
        needs_body: item.kind != Kind::Text,
        ..Draft::default()
    };
    if item.kind == Kind::Text {
        take_paragraphs(&mut draft, &item.paragraphs);
    }
    Ok(draft)
}

/// What the item says of its use, where the record does not: the fetcher has read the item and
/// may have waited until the end of its embargo.
fn status(raw: &RawStory, item: &WireItem) -> Option<Status> {
    let status = item.status_at(raw.fetched_at);
    let is_told = raw.status != Status::Usable || raw.embargoed_until.is_some();
    Some(status).filter(|status| status.recalls() || !is_told)
}

/// Tables are no prose: they are left out, except where there is nothing else.
fn take_paragraphs(draft: &mut Draft, paragraphs: &[Paragraph]) {
    let has_prose = paragraphs.iter().any(|part| part.layout == Layout::Prose);
    for part in paragraphs {
        match part.layout {
            Layout::Prose | Layout::Item => {
                draft.paragraphs.push(Block::new(repair::line(&part.text)));
            }
            Layout::Verbatim => {
                let blocks = plain::paragraphs(&part.text, 0).into_iter();
                draft.paragraphs.extend(blocks.map(|block| Block::new(block.text)));
            }
            Layout::Heading => draft.remove("heading", &Block::new(repair::line(&part.text))),
            Layout::Table if has_prose => {
                draft.remove("table", &Block::new(repair::line(&part.text)));
            }
            Layout::Table => {
                let rows = part.text.lines().map(repair::line);
                draft.paragraphs.extend(rows.map(Block::new));
            }
        }
    }
}

impl Draft {
    /// All text of a draft, its title first.
    fn all_blocks(self) -> Vec<Block> {
        let title = Some(self.title).filter(|title| !title.is_empty());
        title
            .map(Block::new)
            .into_iter()
            .chain(self.paragraphs)
            .map(|block| Block::new(block.text))
            .collect()
    }

    /// Makes the first paragraph the title where it looks like one.
    fn take_title(&mut self) {
        if self.paragraphs.len() > 1 && plain::is_title(&self.paragraphs[0].text) {
            self.title = self.paragraphs.remove(0).text;
        }
    }
}

fn poison(problem: &Problem) -> Fault {
    let what = problem.to_string();
    Fault::poison(problem.code, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_wire_element() {
        let draft = reuters(
            b"<REUTERS NEWID=\"7\"><DATE> 2-MAR-1987 09:05:11.25</DATE><TEXT><TITLE>MINISTERS MEET</TITLE>\
              <DATELINE>    TOKYO, March 2 - </DATELINE><BODY>Ministers met and\ntalked.\n    They left.\n REUTER\n&#3;</BODY></TEXT></REUTERS>",
        )
        .unwrap();
        let texts: Vec<&str> = draft.paragraphs.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["Ministers met and talked.", "They left."]);
        let dateline = draft.dateline.unwrap();
        assert_eq!((dateline.place.as_str(), dateline.date.as_deref()), ("TOKYO", Some("March 2")));
    }

    #[test]
    fn a_table_without_parts_is_read_whole() {
        let draft = reuters(b"<REUTERS NEWID=\"9\"><TEXT TYPE=\"UNPROC\">\nBANK RAISES RATE\n\nThe bank raised it. It did so today.\n</TEXT></REUTERS>").unwrap();
        assert_eq!(draft.title, "BANK RAISES RATE");
        assert_eq!(draft.paragraphs.len(), 1);
    }

    #[test]
    fn a_bad_document_is_poison_that_names_its_field() {
        let check = |fault: Fault, part: &str| match fault {
            Fault::Poison { what, .. } => assert!(what.contains(part), "{what}"),
            other => panic!("{other:?}"),
        };
        check(reuters(b"<html>").unwrap_err(), "REUTERS");
    }
}

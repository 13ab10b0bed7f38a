//! IPTC 7901, the older wire of European agencies: a header with number, priority and category,
//! slug lines, title, text, and the time of sending.

use super::item::{Concept, Moment, WireItem};
use super::slug::Keyword;
use super::telegram::{self, line};
use super::{WireFormat, words};
use crate::Problem;

/// What ends the story: the rest is for editors.
const NOTEBOOK: &[&str] = &["# dpa notebook", "the following information is not for publication"];

/// Reads a message.
pub(super) fn read(source: &str) -> Result<WireItem, Problem> {
    let parts = telegram::parts(source);
    let mut item = WireItem::new(WireFormat::Iptc7901);
    let mut header = telegram::lines(parts.header).filter(|line| !line.trim().is_empty());
    let first = header.next().unwrap_or_default();
    let (priority, category) = numbers(&first).ok_or_else(|| {
        let what = "there is no line with number, priority and category: the header is broken";
        Problem::bad("header", what)
    })?;
    item.urgency = words::urgency(&priority);
    let code = Some(category.clone());
    item.subjects = vec![Concept { code, scheme: Some("iptc7901".to_owned()), name: None }];
    item.slug = line(&header.collect::<Vec<_>>().join(" "));
    let sent = sent(parts.trailer);
    item.published = sent.as_deref().map(Moment::read);
    let mut keyword = Keyword::parse(item.slug.as_deref().unwrap_or_default());
    take_text(&mut item, parts.text, &mut keyword);
    let key = keyword.key();
    if key.is_empty() {
        return Err(Problem::bad(
            "slug",
            "the message has no slug, so nothing tells which story it is",
        ));
    }
    let at = item.published.as_ref().and_then(|moment| moment.at).map(|at| at.date().to_string());
    // Months have other names in other languages; the day's text tells days apart, too.
    let text = sent.as_deref().map(|sent| sent.split(' ').take(3).collect::<Vec<_>>().join("-"));
    let day = at.or(text);
    item.id = Some(format!("iptc7901:{category}:{}:{key}", day.unwrap_or_default()));
    telegram::take_words(&mut item, &keyword);
    Ok(item)
}

/// Priority and category of `abc062 4 i 211 ...`.
fn numbers(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    let number = words.next()?;
    let is_number = number.len() >= 4
        && number.starts_with(|c: char| c.is_alphabetic())
        && number.ends_with(|c: char| c.is_ascii_digit());
    let priority =
        words.next().filter(|word| word.len() == 1 && word.as_bytes()[0].is_ascii_digit())?;
    let category = words.next()?;
    is_number.then(|| (priority.to_owned(), category.to_lowercase()))
}

/// `131137 GMT Nov 13` as a date: day, clock, month and year.
fn sent(trailer: &str) -> Option<String> {
    let line = telegram::lines(trailer).find(|line| !line.trim().is_empty())?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = words.first().filter(|n| n.len() == 6 && n.bytes().all(|b| b.is_ascii_digit()))?;
    let rest: Vec<&str> = words[1..].iter().copied().filter(|word| *word != "GMT").collect();
    let (month, year) = (rest.first()?, rest.get(1)?);
    let century = if year.len() == 2 { "20" } else { "" };
    let clock = format!("{}:{}", &number[2..4], &number[4..6]);
    Some(format!("{} {month} {century}{year} {clock} GMT", &number[..2]))
}

/// Title and byline stand before the first empty line or the line that an equals sign ends.
fn take_text(item: &mut WireItem, text: &str, keyword: &mut Keyword) {
    let lines: Vec<String> = telegram::lines(text).collect();
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(lines.len());
    let head = lines[first..].iter().take_while(|line| !line.trim().is_empty()).count();
    let marked = lines[first..first + head].iter().position(|line| line.trim_end().ends_with('='));
    let end = first + marked.map_or(head, |at| at + 1);
    for text in
        lines[first..end].iter().filter_map(|text| line(text.trim_end().trim_end_matches('=')))
    {
        take_head_line(item, text, keyword);
    }
    let rest = &lines[end..];
    let is_note = |line: &String| {
        let lower = line.trim().to_lowercase();
        NOTEBOOK.iter().any(|mark| lower.starts_with(mark))
    };
    let note = rest.iter().position(is_note).unwrap_or(rest.len());
    item.paragraphs = telegram::paragraphs(&telegram::typeset(&rest[..note].join("\n")));
    let notes = item.ed_note.take().into_iter().chain(rest[note..].iter().cloned());
    item.ed_note = line(&notes.collect::<Vec<_>>().join(" "));
}

fn take_head_line(item: &mut WireItem, text: String, keyword: &mut Keyword) {
    let lower = text.to_lowercase();
    let versions = Keyword::parse(&format!(",{text}"));
    let is_versions = versions.base.is_empty();
    if is_versions {
        keyword.merge(&versions);
    } else if ["by ", "von ", "par "].iter().any(|opener| lower.starts_with(opener)) {
        item.byline = Some(text);
    } else if ["eds:", "editors:", "note to editors", "embargo", "hold for", "attention"]
        .iter()
        .any(|head| lower.starts_with(head))
    {
        item.ed_note = Some(text);
    } else if item.title.is_none() {
        item.headlines.push(text.clone());
        item.title = Some(text);
    } else {
        // A title may go on over several lines.
        let title = item.title.take().into_iter().chain([text]).collect::<Vec<_>>().join(" ");
        item.headlines = vec![title.clone()];
        item.title = Some(title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_header_and_trailer() {
        let check = |line: &str, expected: Option<(&str, &str)>| {
            let found = numbers(line);
            let found =
                found.as_ref().map(|(priority, category)| (priority.as_str(), category.as_str()));
            assert_eq!(found, expected, "{line}");
        };
        check("abc062 4 i 211 ccccb   xyz 061", Some(("4", "i")));
        check("abc062", None);
        check("4 i", None);
        assert_eq!(sent("131137 GMT Nov 13 \n").as_deref(), Some("13 Nov 2013 11:37 GMT"));
        assert_eq!(sent("nothing"), None);
    }
}

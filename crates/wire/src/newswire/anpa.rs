//! ANPA 1312, the wire of teletypes that agencies still send: control characters, a header with
//! priority, category and slug, caret lines, the text.

use super::item::{Concept, Moment, WireItem};
use super::slug::Keyword;
use super::telegram::{self, line};
use super::{WireFormat, words};
use crate::Problem;

/// Reads a message.
pub(super) fn read(source: &str) -> Result<WireItem, Problem> {
    let parts = telegram::parts(source);
    let mut item = WireItem::new(WireFormat::Anpa1312);
    let header = Header::read(parts.header)?;
    item.urgency = words::urgency(&header.priority);
    let category = Concept { code: Some(header.category.clone()), ..Concept::default() };
    item.subjects = vec![Concept { scheme: Some("anpa".to_owned()), ..category }];
    let sent = sent(parts.trailer).or_else(|| sent(parts.text));
    item.published = sent.as_deref().map(Moment::read);
    let rest = take_caret_lines(&mut item, parts.text);
    let slug = item.slug.clone().unwrap_or_else(|| header.slug.clone());
    let keyword = Keyword::parse(&slug);
    let key = keyword.key();
    if key.is_empty() {
        return Err(Problem::bad(
            "slug",
            "the message has no slug, so nothing tells which story it is",
        ));
    }
    item.id = Some(format!("anpa:{}:{}:{key}", header.category, header.day(sent.as_deref())));
    item.note_signal(Keyword::parse(&header.slug).signal);
    item.slug = Some(slug);
    telegram::take_words(&mut item, &keyword);
    let text = rest.replace(['^', '<'], "");
    item.paragraphs.extend(telegram::paragraphs(&telegram::typeset(&text)));
    Ok(item)
}

/// `u i BC-EU--Example-Talks 1stLd-Writethru   11-13 0895` in the header's second line.
#[derive(Default)]
struct Header {
    priority: String,
    category: String,
    slug: String,
    /// Month and day, `MM-DD`.
    day: String,
}

impl Header {
    fn read(text: &str) -> Result<Self, Problem> {
        let lines: Vec<String> = telegram::lines(text).filter(|l| !l.trim().is_empty()).collect();
        let found = lines.iter().rev().find_map(|line| Self::of_line(line));
        found.ok_or_else(|| {
            let what = "there is no line with priority, category and slug: the header is broken";
            Problem::bad("header", what)
        })
    }

    fn of_line(line: &str) -> Option<Self> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if words.len() < 3 || words[0].chars().count() != 1 || words[1].chars().count() > 2 {
            return None;
        }
        let day = words.iter().rposition(|word| is_day(word));
        let date = day.map(|at| words[at].to_owned()).unwrap_or_default();
        words.truncate(day.unwrap_or(words.len()));
        let slug = words.get(2..)?.join(" ");
        let (priority, category) = (words[0].to_owned(), words[1].to_owned());
        Some(Self { priority, category, slug, day: date })
    }

    /// The day with its year, where the trailer tells it, so that a slug may come again.
    fn day(&self, sent: Option<&str>) -> String {
        let Some((year, month)) = sent.and_then(|sent| Some((sent.get(..4)?, sent.get(5..7)?)))
        else {
            return self.day.clone();
        };
        let year: u32 = year.parse().unwrap_or_default();
        // A story of New Year's Eve may be sent in the new year of Greenwich.
        let is_before = self.day.starts_with("12-") && month == "01";
        format!("{}-{}", year - u32::from(is_before && year > 0), self.day)
    }
}

fn is_day(word: &str) -> bool {
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('-').is_some_and(|(month, day)| is_number(month) && is_number(day))
}

/// `AP-WF-02-10-16 0423GMT` as `2016-02-10T04:23:00Z`.
fn sent(trailer: &str) -> Option<String> {
    let mut lines =
        telegram::lines(trailer).map(|line| line.trim_end_matches(['<', ' ']).to_owned());
    let line = lines.find(|line| line.ends_with("GMT"))?;
    let (before, clock) = line.trim().trim_end_matches("GMT").trim_end().rsplit_once(' ')?;
    let mut parts = before.rsplit('-');
    let (year, day, month) = (parts.next()?, parts.next()?, parts.next()?);
    let is_fit = [year, day, month].iter().all(|part| part.len() == 2) && clock.len() == 4;
    let text = format!("{year}{month}{day}{clock}");
    if !is_fit || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("20{year}-{month}-{day}T{}:{}:00Z", &clock[..2], &clock[2..]))
}

/// Takes over the lines with a caret at the head of the text, and gives what follows.
fn take_caret_lines(item: &mut WireItem, text: &str) -> String {
    let mut rest = String::new();
    let mut is_head = true;
    for text in telegram::lines(text) {
        is_head &=
            text.trim().is_empty() || text.trim_start().starts_with('^') || text.contains("<^");
        if !is_head {
            rest.push_str(&text);
            rest.push('\n');
            continue;
        }
        for piece in text.split('^').map(str::trim) {
            take_piece(item, piece);
        }
    }
    rest
}

fn take_piece(item: &mut WireItem, piece: &str) {
    let is_centred = piece.trim_end_matches('<').trim_end().ends_with('=');
    let Some(text) = line(piece.trim_end_matches(['<', '=', ' '])) else { return };
    let lower = text.to_lowercase();
    let note = lower.trim_start_matches('(');
    if text.starts_with('*') || note.starts_with("ap photo") || note.starts_with("ap video") {
        return;
    }
    if ["eds:", "editor's note", "editors:", "mandatory kill", "hold for", "embargoed"]
        .iter()
        .any(|head| note.starts_with(head))
    {
        let notes: Vec<String> = item.ed_note.take().into_iter().chain([text]).collect();
        item.ed_note = Some(notes.join(" "));
    } else if item.slug.is_none() {
        item.slug = Some(text);
    } else if lower.starts_with("by ") && item.byline.is_none() {
        item.byline = Some(text);
    } else if item.byline.is_some() && is_centred && item.credit.is_none() {
        item.credit = Some(text);
    } else if item.title.is_none() {
        item.headlines.push(text.clone());
        item.title = Some(text);
    } else if item.description.is_none() && item.byline.is_none() {
        item.description = Some(text);
    } else {
        let layout = super::item::Layout::Heading;
        item.paragraphs.push(super::item::Paragraph { text, layout });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_of_sending() {
        let check = |trailer: &str, expected: Option<&str>| {
            assert_eq!(sent(trailer).as_deref(), expected, "{trailer}");
        };
        check("XX-WF-02-10-16 0423GMT< \r\n", Some("2016-02-10T04:23:00Z"));
        check("XX-WF-02-10-16 0423GMT\r\n", Some("2016-02-10T04:23:00Z"));
        check("nothing", None);
    }

    #[test]
    fn a_day_has_its_year() {
        let header = Header { day: "12-31".to_owned(), ..Header::default() };
        assert_eq!(header.day(Some("2017-01-01T00:10:00Z")), "2016-12-31");
        assert_eq!(header.day(None), "12-31");
    }
}

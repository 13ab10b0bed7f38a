//! Plain text out of what feeds write: HTML without its markup, one line of it, names of persons.

use super::Person;
use crate::entity::resolve;

/// Plain text of HTML: tags go, references are resolved, white space is one space.
pub(super) fn of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken =
            if rest.starts_with('<') { tag_length(rest) } else { reference(rest, &mut text) };
        if taken == 0 {
            text.push_str(&rest[..1]);
        }
        rest = &rest[taken.max(1)..];
    }
    text.push_str(rest);
    collapse(&text)
}

/// Bytes of a tag at the start of `text`; 0 where `<` begins no tag.
fn tag_length(text: &str) -> usize {
    let begins = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
    if begins { text.find('>').map_or(0, |end| end + 1) } else { 0 }
}

/// Resolves the reference at the start of `text` and gives its length; 0 where there is none.
fn reference(text: &str, into: &mut String) -> usize {
    let end = text.bytes().take(40).position(|byte| byte == b';');
    let Some(end) = end else { return 0 };
    if resolve(&text[1..end], into) { end + 1 } else { 0 }
}

/// White space at both ends goes, within it is one space.
pub(super) fn collapse(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut line = String::with_capacity(text.len());
    line.push_str(words.next().unwrap_or_default());
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    line
}

/// Who is meant by `jane@example.com (Jane Doe)`, `Jane Doe <jane@example.com>`, `Jane Doe` or
/// `jane@example.com`.
pub(super) fn person(text: &str) -> Option<Person> {
    let text = collapse(text);
    if text.is_empty() {
        return None;
    }
    let Some((start, end)) = email(&text) else {
        return Some(Person { name: Some(text), ..Person::default() });
    };
    let email = text[start..end].to_owned();
    let rest = format!("{}{}", &text[..start], &text[end..]).replace("<>", "").replace("()", "");
    let rest = rest.trim();
    let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    let name = rest.trim().trim_matches('"').trim().to_owned();
    let name = Some(name).filter(|name| name.chars().any(char::is_alphanumeric));
    Some(Person { name, email: Some(email), uri: None })
}

/// Where an address for mail stands in a text.
fn email(text: &str) -> Option<(usize, usize)> {
    let at = text.find('@')?;
    let is_end = |c: char| c.is_whitespace() || "<>()[]\",;:".contains(c);
    let start = text[..at]
        .rfind(is_end)
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(is_end).map_or(text.len(), |length| at + length);
    (start < at && end > at + 1).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_from_addresses() {
        let check = |text: &str, name: Option<&str>, email: Option<&str>| {
            let person = person(text).unwrap();
            assert_eq!((person.name.as_deref(), person.email.as_deref()), (name, email), "{text}");
        };
        let address = Some("jane@example.com");
        check("jane@example.com (Jane Doe)", Some("Jane Doe"), address);
        check("Jane Doe <jane@example.com>", Some("Jane Doe"), address);
        check("\"Jane Doe\" <jane@example.com>", Some("Jane Doe"), address);
        check("Jane Doe (jane@example.com)", Some("Jane Doe"), address);
        check("jane@example.com", None, address);
        check("<jane@example.com>", None, address);
        check(" Jane \n Doe ", Some("Jane Doe"), None);
        check("@jane", Some("@jane"), None);
        check("Žofie@", Some("Žofie@"), None);
        assert_eq!(super::person(" "), None);
    }

    #[test]
    fn leaves_no_markup() {
        let check = |html: &str, expected: &str| assert_eq!(of_html(html), expected);
        check("<b>A</b>  &amp;\n B", "A & B");
        check("1 < 2 &c; é", "1 < 2 &c; é");
        check("AT&T <i", "AT&T <i");
    }
}

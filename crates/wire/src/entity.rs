//! Character references of HTML: the names of the HTML standard (section 13.5) and numbers.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `name code point …` of each line of <https://html.spec.whatwg.org/entities.json>.
const TABLE: &str = include_str!("entities.txt");

static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(name, points)| (name, points.split(' ').filter_map(point).collect())).collect()
});

fn point(hex: &str) -> Option<char> {
    u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
}

/// Appends what the reference of that name, without `&` and `;`, stands for; false where nobody
/// knows.
pub(crate) fn resolve(name: &str, into: &mut String) -> bool {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        let c = number.ok().and_then(char_of).filter(|c| *c != '\0');
        into.extend(c);
        return c.is_some();
    }
    let text = NAMES.get(name);
    into.push_str(text.map_or("", String::as_str));
    text.is_some()
}

/// The text of an attribute's value: references that nobody knows stay as they are.
pub(crate) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let end = after.bytes().take(40).position(|byte| byte == b';');
        if let Some(end) = end.filter(|end| resolve(&after[..*end], &mut text)) {
            rest = &after[end + 1..];
        } else {
            text.push('&');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

fn char_of(number: u32) -> Option<char> {
    char::from_u32(number).map(|c| windows_1252(c).unwrap_or(c))
}

/// Characters 128 to 159 mean windows-1252 wherever they are met (HTML, section 13.2.5.80).
pub(crate) fn windows_1252(c: char) -> Option<char> {
    let byte = u8::try_from(u32::from(c)).ok().filter(|byte| (0x80..=0x9f).contains(byte))?;
    let byte = [byte];
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
    text.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_names_and_numbers() {
        let check = |name: &str, expected: Option<&str>| {
            let mut text = String::new();
            let found = resolve(name, &mut text);
            assert_eq!(found.then_some(text.as_str()), expected, "{name}");
        };
        check("amp", Some("&"));
        check("rho", Some("\u{3c1}"));
        check("NotEqualTilde", Some("\u{2242}\u{338}"));
        check("#8217", Some("\u{2019}"));
        check("#146", Some("\u{2019}"));
        check("#X61", Some("a"));
        check("#0", None);
        check("#x110000", None);
        check("nobody", None);
    }
}

//! Repair of text: entities, invisible characters, composed accents, white space.

use unicode_normalization::UnicodeNormalization;

/// One line or paragraph: repaired, with single spaces and none at its ends.
pub(crate) fn line(raw: &str) -> String {
    let decoded = entities(raw);
    let composed: String = decoded.nfc().filter_map(visible).collect();
    let mut text = String::with_capacity(composed.len());
    for word in composed.split(' ').filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// White space of every kind becomes a space; what no reader can see goes. The joiners of Indic,
/// Persian and emoji stay.
fn visible(c: char) -> Option<char> {
    match c {
        '\u{ad}'
        | '\u{200b}'
        | '\u{2060}'
        | '\u{feff}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => None,
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// Resolves the few entities that survive in text; what would become a tag stays as it is.
fn entities(raw: &str) -> String {
    if !raw.contains('&') {
        return raw.to_owned();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let end = after.bytes().take(10).position(|byte| byte == b';');
        if let Some((c, end)) = end.and_then(|end| Some((entity(&after[..end])?, end))) {
            text.push(c);
            rest = &after[end + 1..];
        } else {
            text.push('&');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

fn entity(name: &str) -> Option<char> {
    let c = match name {
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "hellip" => '…',
        "euro" => '€',
        "pound" => '£',
        _ => numbered(name.strip_prefix('#')?)?,
    };
    (!"<>".contains(c)).then_some(c)
}

fn numbered(digits: &str) -> Option<char> {
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code).filter(|c| !c.is_control())
}

/// What two texts have in common that a reader takes for the same: letters and digits, lower case.
pub(crate) fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            if !key.is_empty() {
                key.push(' ');
            }
            key.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn repairs() {
        let check = |raw: &str, expected: &str| assert_eq!(line(raw), expected, "{raw:?}");
        check("  Tokyo\u{a0} and\n\tSeoul ", "Tokyo and Seoul");
        check("so\u{ad}ft zero\u{200b}width", "soft zerowidth");
        check("cafe\u{301}", "café");
        check("AT&amp;T &#8211; &quot;no&quot;", "AT&T – \"no\"");
        check("&lt;b&gt; & co &unknown; &#0;", "&lt;b&gt; & co &unknown; &#0;");
        check("\u{202e}evil\u{202c} \u{7}bell", "evil bell");
        check("نمی\u{200c}خواهم", "نمی\u{200c}خواهم");
    }

    #[test]
    fn keys() {
        let check = |text: &str, expected: &str| assert_eq!(key(text), expected);
        check("Japan, Russia: “Leaders to meet”", "japan russia leaders to meet");
        check("—", "");
    }

    proptest! {
        #[test]
        fn repairing_twice_changes_nothing_more(raw in "[a-z \u{ad}\u{a0}\n.]{0,40}") {
            let once = line(&raw);
            prop_assert_eq!(line(&once), once);
        }
    }
}

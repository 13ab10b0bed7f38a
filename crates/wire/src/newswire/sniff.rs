//! Which newswire format a document is in, by its content.

use super::{WireFormat, g2, json};

/// Bytes at the start of a document in which its root is looked for.
const WINDOW_BYTES: usize = 16_384;

/// The format of a document; none where it is of no newswire.
pub fn sniff(bytes: &[u8]) -> Option<WireFormat> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    match start.first()? {
        b'<' | 0xfe | 0xff | 0 => xml(bytes),
        b'{' | b'[' => of_json(bytes),
        _ => telegram(bytes),
    }
}

fn xml(bytes: &[u8]) -> Option<WireFormat> {
    let window = &bytes[..bytes.len().min(WINDOW_BYTES)];
    let text = crate::decode::decode(window, None).text;
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once('<') {
        let end = match after.as_bytes().first() {
            Some(b'?') => "?>",
            Some(b'!') if after.starts_with("!--") => "-->",
            // The declarations of a DTD hold tags of their own.
            Some(b'!') if after.split('>').next().is_some_and(|tag| tag.contains('[')) => "]>",
            Some(b'!') => ">",
            _ => return root(after),
        };
        rest = after.split_once(end)?.1;
    }
    None
}

fn root(after: &str) -> Option<WireFormat> {
    let is_name = |c: char| c.is_alphanumeric() || "._-:".contains(c);
    let name = &after[..after.find(|c| !is_name(c)).unwrap_or(after.len())];
    let name = name.rsplit(':').next().unwrap_or(name);
    match name {
        "newsMessage" => Some(WireFormat::NewsmlG2),
        name if g2::ITEMS.contains(&name) || g2::PARTS.contains(&name) => {
            Some(WireFormat::NewsmlG2)
        }
        "NewsML" | "NewsItem" => Some(WireFormat::Newsml1),
        "nitf" => Some(WireFormat::Nitf),
        _ if after.split('>').next().is_some_and(|tag| tag.contains(g2::NAMESPACE)) => {
            Some(WireFormat::NewsmlG2)
        }
        _ => None,
    }
}

/// An item of ninjs has a `uri`, or a `guid` in Superdesk's dialect; one of the AP its own ids, which
/// ninjs does not have.
fn of_json(bytes: &[u8]) -> Option<WireFormat> {
    let values = json::values(&bytes[..bytes.len().min(64 * WINDOW_BYTES)]);
    let first = values.first()?;
    let has = |name: &str| json::member(bytes, first, name).is_some();
    let is_ap_item = |item: &std::ops::Range<usize>| {
        let ids = json::member(bytes, item, "altids");
        let has_id = ids.is_some_and(|ids| json::member(bytes, &ids, "itemid").is_some());
        let marks = ["signals", "editorialpriority", "pubstatus"];
        let is_one = |name: &&str| json::member(bytes, item, name).is_some();
        has_id && !has("$standard") && marks.iter().any(is_one)
    };
    let data = json::member(bytes, first, "data").unwrap_or_else(|| first.clone());
    let wrapped = json::member(bytes, &data, "item");
    let is_feed = json::member(bytes, &data, "items").is_some_and(|items| {
        let found = json::values(&bytes[items.clone()]);
        found.first().is_some_and(|value| {
            let value = items.start + value.start..items.start + value.end;
            json::member(bytes, &value, "item").is_some_and(|item| is_ap_item(&item))
        })
    });
    if is_feed || wrapped.is_some_and(|item| is_ap_item(&item)) || is_ap_item(first) {
        return Some(WireFormat::ApMedia);
    }
    let is_superdesk = has("guid") && has("type") && (has("versioncreated") || has("body_html"));
    (has("uri") || is_superdesk).then_some(WireFormat::Ninjs)
}

/// Both begin with a start of header; the number of IPTC 7901 has three letters and a priority
/// in digits behind it.
fn telegram(bytes: &[u8]) -> Option<WireFormat> {
    let head = &bytes[..bytes.len().min(256)];
    let at = head.iter().position(|byte| *byte == 1)?;
    let header = String::from_utf8_lossy(&head[at + 1..]);
    let mut words = header.split_whitespace();
    let number = words.next()?;
    let letters = number.chars().take_while(|c| c.is_alphabetic()).count();
    let digits = number[..].chars().filter(char::is_ascii_digit).count();
    let priority = words.next().unwrap_or_default();
    let is_digit = priority.len() == 1 && priority.bytes().all(|byte| byte.is_ascii_digit());
    if letters >= 2 && digits > 0 && is_digit {
        return Some(WireFormat::Iptc7901);
    }
    (letters <= 2 && digits >= 3).then_some(WireFormat::Anpa1312)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_formats() {
        let check = |text: &str, expected: Option<WireFormat>| {
            assert_eq!(sniff(text.as_bytes()), expected, "{text}");
        };
        check(
            "<?xml version='1.0'?><!-- <nitf> --><newsItem guid='a'/>",
            Some(WireFormat::NewsmlG2),
        );
        check("<events xmlns='http://iptc.org/std/nar/2006-10-01/'/>", Some(WireFormat::NewsmlG2));
        check("\u{feff}<n:newsMessage/>", Some(WireFormat::NewsmlG2));
        check("<!DOCTYPE NewsML SYSTEM 'x' [<!ENTITY a 'b'>]><NewsML/>", Some(WireFormat::Newsml1));
        check("<!DOCTYPE nitf SYSTEM 'nitf.dtd'>\n<nitf>", Some(WireFormat::Nitf));
        check(r#"{"uri": "a"}"#, Some(WireFormat::Ninjs));
        check(r#"[{"uri": "a"}]"#, Some(WireFormat::Ninjs));
        check(r#"{"altids": {"itemid": "1"}, "signals": []}"#, Some(WireFormat::ApMedia));
        check(
            r#"{"data": {"items": [{"item": {"altids": {"itemid": "1"}, "signals": []}}]}}"#,
            Some(WireFormat::ApMedia),
        );
        check("\u{16}\u{16}\u{1}W2870\u{1f}asian\nf l", Some(WireFormat::Anpa1312));
        check("\u{1}abc062 4 i 211 ccccb", Some(WireFormat::Iptc7901));
        check(r#"{"id": "1", "text": "a"}"#, None);
        check("<rss version='2.0'/>", None);
        check("<html>", None);
        check("A plain text.", None);
        check("", None);
    }
}

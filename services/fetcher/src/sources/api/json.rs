//! Parts of JSON documents by pointer (RFC 6901), with their exact bytes.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

/// A document as it came, but for a byte order mark.
pub(super) fn document(bytes: &[u8]) -> serde_json::Result<&RawValue> {
    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// The part that a pointer finds.
pub(super) fn find<'a>(value: &'a RawValue, pointer: &str) -> Option<&'a RawValue> {
    let mut value = value;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = if value.get().starts_with('[') {
            let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            list.get(token.parse::<usize>().ok()?).copied()?
        } else {
            let object: HashMap<Cow<'_, str>, &RawValue> =
                serde_json::from_str(value.get()).ok()?;
            object.get(token.as_str()).copied()?
        };
    }
    Some(value)
}

/// A string or a number as text; none where it is empty, null or something else.
pub(super) fn text(value: &RawValue) -> Option<String> {
    match serde_json::from_str(value.get()).ok()? {
        serde_json::Value::String(text) => Some(text).filter(|text| !text.trim().is_empty()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_parts_with_their_bytes() {
        let json = "\u{feff}{ \"a/b\": [ {\"x\" :1.0}, \"two\" ], \"m~n\": 3, \"\\u0065\": null }";
        let document = document(json.as_bytes()).unwrap();
        let check = |pointer: &str, expected: Option<&str>| {
            assert_eq!(find(document, pointer).map(RawValue::get), expected, "{pointer}");
        };
        check("/a~1b/0", Some("{\"x\" :1.0}"));
        check("/a~1b/0/x", Some("1.0"));
        check("/a~1b/2", None);
        check("/a~1b/x", None);
        check("/m~0n", Some("3"));
        check("/e", Some("null"));
        check("/e/f", None);
        check("/m~0n/f", None);
        assert_eq!(find(document, "").unwrap().get().len(), json.len() - 3);
        let text_of = |pointer: &str| find(document, pointer).and_then(text);
        assert_eq!(text_of("/a~1b/1").as_deref(), Some("two"));
        assert_eq!(text_of("/m~0n").as_deref(), Some("3"));
        assert_eq!(text_of("/e"), None);
    }
}

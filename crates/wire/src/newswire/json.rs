//! JSON of a newswire: members by their names, and where the items of a document lie.

use std::ops::Range;

use serde_json::Value;

use super::item::Concept;
use super::words::squeeze;
use crate::Problem;

/// Reads an object.
pub(super) fn object(text: &str) -> Result<Value, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Problem::bad(".", format!("no JSON: {error}")))?;
    if value.is_object() { Ok(value) } else { Err(Problem::bad(".", "the item is no JSON object")) }
}

/// A string or a number of the first name that has one, white space squeezed.
pub(super) fn text(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| scalar(value.get(name)?)).and_then(|text| squeeze(&text))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The strings of a list, or the one string.
pub(super) fn texts(value: &Value, name: &str) -> Vec<String> {
    match value.get(name) {
        Some(Value::Array(list)) => list.iter().filter_map(scalar).collect(),
        Some(one) => scalar(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The objects of a list.
pub(super) fn list<'a>(value: &'a Value, names: &[&str]) -> impl Iterator<Item = &'a Value> {
    let found = names.iter().find_map(|name| value.get(name)?.as_array());
    found.into_iter().flatten()
}

/// A concept in the words of all generations.
pub(super) fn concept(value: &Value) -> Option<Concept> {
    let uri = text(value, &["uri"]);
    let concept = Concept {
        code: text(value, &["code", "literal"]).or_else(|| uri.clone()),
        scheme: text(value, &["scheme"]).or(uri),
        name: text(value, &["name"]),
    };
    (!concept.is_empty()).then_some(concept)
}

/// The objects of a document, each with its bytes: one, those of an array, one after another.
pub(super) fn values(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = next_open(bytes, at) {
        let end = end_of(bytes, start);
        at = end.max(start + 1);
        if bytes[start] == b'[' {
            // The list's own end is found again by its elements.
            at = start + 1;
            continue;
        }
        found.push(start..end);
    }
    found
}

fn next_open(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => return Some(at),
            b'"' => at = string_end(bytes, at),
            _ => at += 1,
        }
    }
    None
}

/// One past the end of the value that opens at `start`; the document's end where it is cut.
fn end_of(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The value of a member of the object that lies at `range`.
pub(super) fn member(bytes: &[u8], range: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let mut at = range.start + 1;
    while at < range.end {
        match bytes[at] {
            b'"' => {
                let end = string_end(bytes, at).min(range.end);
                let is_name = bytes.get(at + 1..end.saturating_sub(1)) == Some(name.as_bytes());
                at = skip_space(bytes, end);
                if bytes.get(at) == Some(&b':') {
                    let start = skip_space(bytes, at + 1);
                    let value_end = value_end(bytes, start).min(range.end);
                    if is_name {
                        return Some(start..value_end);
                    }
                    at = value_end.max(at + 1);
                }
            }
            _ => at += 1,
        }
    }
    None
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn value_end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'{' | b'[') => end_of(bytes, start),
        Some(b'"') => string_end(bytes, start),
        _ => {
            let rest = bytes.get(start..).unwrap_or_default();
            let length = rest.iter().position(|byte| b",}]".contains(byte)).unwrap_or(rest.len());
            start + length
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_objects() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = values(text.as_bytes()).into_iter().map(|r| &text[r]).collect();
            assert_eq!(found, expected, "{text}");
        };
        check(r#"{"a": "}\"{"}"#, &[r#"{"a": "}\"{"}"#]);
        check(r#"[{"a": [1]}, {"b": {}}]"#, &[r#"{"a": [1]}"#, r#"{"b": {}}"#]);
        check("{\"a\": 1}\n{\"b\": 2}", &["{\"a\": 1}", "{\"b\": 2}"]);
        check(r#"{"cut": "#, &[r#"{"cut": "#]);
        check("", &[]);
    }

    #[test]
    fn finds_members() {
        let text = r#"{"a": {"b": 1}, "b": [2, {}], "c": "b", "d": 7}"#;
        let check = |name: &str, expected: Option<&str>| {
            let found = member(text.as_bytes(), &(0..text.len()), name).map(|range| &text[range]);
            assert_eq!(found, expected, "{name}");
        };
        check("a", Some(r#"{"b": 1}"#));
        check("b", Some("[2, {}]"));
        check("c", Some("\"b\""));
        check("d", Some("7"));
        check("e", None);
    }
}

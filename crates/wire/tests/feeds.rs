//! The feedparser corpus: every file is read, and its expectations are looked up in the result.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod corpora;
#[path = "corpora/feedparser.rs"]
mod feedparser;
#[path = "corpora/python.rs"]
mod python;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dateline_wire::decode::decode;
use dateline_wire::feed::{Context, Feed, Limits, Rich, TextKind, base_of, parse_in};
use python::{Equation, Key, Side};
use serde_json::Value;
use url::Url;

/// Share of the cases that must be right. Raise them with each improvement, never lower them.
const NEWS_FLOOR_PERCENT: f64 = 97.0;
const ALL_FLOOR_PERCENT: f64 = 95.0;

/// The groups of what news come in.
const NEWS: &[&str] =
    &["rss", "rdf", "atom10", "base", "namespace", "encoding", "entities", "illformed"];

/// A file of the corpus, read.
struct Case {
    group: String,
    name: String,
    bytes: Vec<u8>,
    text: String,
    charset: String,
    feed: Feed,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// `Header: name: value` lines of the comment at the top.
fn header(text: &str, name: &str) -> Option<String> {
    let head = text.get(..text.floor_char_boundary(1_000))?;
    head.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("Header:").unwrap_or(line).trim();
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

fn read(folder: &Path, path: &Path) -> Case {
    let bytes = fs::read(path).unwrap();
    let loose = String::from_utf8_lossy(&bytes).into_owned();
    let decoded = decode(&bytes, header(&loose, "Content-type").as_deref());
    let text = decoded.text;
    let relative = path.strip_prefix(folder).unwrap();
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    let group = if parts[0] == "wellformed" { &parts[1] } else { &parts[0] };
    let document = Url::parse("http://127.0.0.1:8097/").unwrap();
    let document = document.join(&relative.to_string_lossy()).unwrap();
    let base = base_of(&document, header(&text, "Content-Location").as_deref());
    let language = header(&text, "Content-Language");
    let context = Context { base: Some(&base), language: language.as_deref() };
    Case {
        group: group.to_string(),
        name: relative.display().to_string(),
        feed: parse_in(&text, &context, &Limits::default()),
        charset: decoded.charset.name,
        bytes,
        text,
    }
}

fn find<'a>(result: &'a Value, path: &[Key]) -> Option<&'a Value> {
    path.iter().try_fold(result, |value, key| match key {
        Key::Name(name) => value.get(name),
        Key::Index(index) => {
            let list = value.as_array()?;
            let length = i64::try_from(list.len()).ok()?;
            let index = if *index < 0 { length + index } else { *index };
            list.get(usize::try_from(index).ok()?)
        }
    })
}

/// The value of a side; nothing is null, as feedparser's `get` gives it.
fn value(result: &Value, side: &Side) -> Value {
    match side {
        Side::Literal(value) => value.clone(),
        Side::Path(path) => find(result, path).cloned().unwrap_or_default(),
        Side::Length(path) => find(result, path).and_then(Value::as_array).map(Vec::len).into(),
        Side::Ord(path) => {
            let text = find(result, path).and_then(Value::as_str);
            text.and_then(|text| seen(text).chars().next()).map(u32::from).into()
        }
    }
}

/// Texts compare as what a reader sees and where links lead: sanitising and the form of markup
/// are the cleaner's.
fn seen(text: &str) -> String {
    let mut seen = Rich::new(text, TextKind::Html).plain();
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        for name in [" href=", " src="] {
            let value = tag.split(name).nth(1).map(|value| value.replace("&amp;", "&"));
            let value = value.unwrap_or_default();
            let quote = value.chars().next().filter(|c| "\"'".contains(*c));
            let link = match quote {
                Some(quote) => value[1..].split(quote).next().map(str::to_owned),
                None => value.split_whitespace().next().map(str::to_owned),
            };
            seen.extend(link.map(|link| format!(" [{link}]")));
        }
    }
    seen
}

fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => seen(one) == seen(other),
        (Value::Null, Value::String(text)) | (Value::String(text), Value::Null) => text.is_empty(),
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(ours), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| equal(ours.get(key).unwrap_or(&Value::Null), value))
        }
        _ => one == other,
    }
}

/// Why an expectation is not looked up; none where it is.
fn unread(equation: &Equation) -> Option<String> {
    for side in equation {
        let (Side::Path(path) | Side::Length(path) | Side::Ord(path)) = side else {
            continue;
        };
        for (place, key) in path.iter().enumerate() {
            let Key::Name(name) = key else { continue };
            let is_of_answer = ["headers", "etag", "modified", "modified_parsed", "version"];
            let known = feedparser::UNREAD.iter().find(|(known, _)| known == name);
            if let Some((_, why)) = known.filter(|_| place == 0 || !is_of_answer.contains(&&**name))
            {
                return Some(format!("{name}: {why}"));
            }
        }
    }
    None
}

/// The encoding is right where it gives the same text.
fn is_encoding(case: &Case, expected: &str) -> bool {
    if case.charset.eq_ignore_ascii_case(expected) {
        return true;
    }
    let encoding = encoding_rs::Encoding::for_label(expected.as_bytes());
    encoding.is_some_and(|encoding| {
        encoding.decode(&case.bytes).0.trim_start_matches('\u{feff}') == case.text
    })
}

/// An equation as the corpus writes it.
fn said(equation: &Equation) -> String {
    let path = |path: &[Key]| -> String {
        let key = |key: &Key| match key {
            Key::Name(name) => format!(".{name}"),
            Key::Index(index) => format!("[{index}]"),
        };
        path.iter().map(key).collect::<String>().trim_start_matches('.').to_owned()
    };
    let side = |side: &Side| match side {
        Side::Literal(value) => value.to_string(),
        Side::Path(keys) => path(keys),
        Side::Length(keys) => format!("len({})", path(keys)),
        Side::Ord(keys) => format!("ord({})", path(keys)),
    };
    equation.iter().map(side).collect::<Vec<_>>().join(" == ")
}

/// Whether the feed is what an equation says; else what it is.
fn check(case: &Case, result: &Value, equation: &Equation) -> Result<(), String> {
    if let [Side::Path(path), Side::Literal(Value::String(expected))] = &equation[..]
        && path[..] == [Key::Name("encoding".to_owned())]
    {
        let is_right = is_encoding(case, expected);
        return if is_right { Ok(()) } else { Err(format!("{expected}, not {}", case.charset)) };
    }
    let values: Vec<Value> = equation.iter().map(|side| value(result, side)).collect();
    let is_right = values.windows(2).all(|pair| equal(&pair[0], &pair[1]));
    if is_right { Ok(()) } else { Err(format!("{}, read as {}", said(equation), values[0])) }
}

/// What came of all cases.
#[derive(Default)]
struct Tally {
    groups: BTreeMap<String, (u32, u32)>,
    unread: BTreeMap<String, u32>,
    misses: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &Case) {
        let mut note = |why: String| *self.unread.entry(why).or_default() += 1;
        let expected = case.text.split_once("Expect:").and_then(|(_, rest)| rest.lines().next());
        let Some(expected) = expected else {
            return note("there is no expectation".to_owned());
        };
        let equations = match python::equations(expected) {
            Ok(equations) => equations,
            Err(why) => return note(format!("unreadable: {why}")),
        };
        if equations.is_empty() {
            return note("nothing is compared with ==".to_owned());
        }
        let (known, left): (Vec<_>, Vec<_>) = equations.iter().partition(|e| unread(e).is_none());
        if known.is_empty() {
            return note(unread(left[0]).unwrap_or_default());
        }
        let result = feedparser::result(&case.feed);
        let wrong = known.iter().find_map(|equation| check(case, &result, equation).err());
        let score = self.groups.entry(case.group.clone()).or_default();
        score.1 += 1;
        match wrong {
            None => score.0 += 1,
            Some(why) => self.misses.push(format!("{}: {why}", case.name)),
        }
    }

    /// Right, all and the share of some groups.
    fn share(&self, is_in: impl Fn(&str) -> bool) -> (u32, u32, f64) {
        let groups = self.groups.iter().filter(|(group, _)| is_in(group));
        let (right, all) =
            groups.fold((0, 0), |sum, (_, (right, all))| (sum.0 + right, sum.1 + all));
        (right, all, f64::from(right) * 100.0 / f64::from(all.max(1)))
    }
}

#[test]
fn meets_the_expectations_of_feedparser() {
    let Some(folder) = corpora::folder("feeds") else {
        return;
    };
    let mut tally = Tally::default();
    for path in files(&folder) {
        tally.add(&read(&folder, &path));
    }
    for miss in &tally.misses {
        println!("miss {miss}");
    }
    for (why, count) in &tally.unread {
        println!("not looked up: {count} of {why}");
    }
    for (group, (right, all)) in &tally.groups {
        println!("{group}: {right} of {all}");
    }
    let (news_right, news, news_percent) = tally.share(|group| NEWS.contains(&group));
    let (right, all, percent) = tally.share(|group| group != "sanitize" && group != "entities");
    println!("feeds, news groups: {news_right} of {news} cases, {news_percent:.1} %");
    println!("feeds, all but sanitize and entities: {right} of {all} cases, {percent:.1} %");
    assert!(news > 0 && news_percent >= NEWS_FLOOR_PERCENT, "{news_percent:.1} % of news groups");
    assert!(all > 0 && percent >= ALL_FLOOR_PERCENT, "{percent:.1} % of all groups");
}

#[test]
fn keeps_the_items_of_every_feed() {
    let Some(folder) = corpora::folder("feeds") else {
        return;
    };
    let mut lost = Vec::new();
    for path in files(&folder) {
        let case = read(&folder, &path);
        let plain = case.text.replace("<!--", "");
        let has_item =
            ["<item>", "<item ", "<entry>", "<entry "].iter().any(|tag| plain.contains(tag));
        if has_item && case.feed.items.is_empty() {
            lost.push(case.name);
        }
    }
    println!("feeds: {} without their items: {lost:?}", lost.len());
    assert!(lost.is_empty(), "{lost:?}");
}

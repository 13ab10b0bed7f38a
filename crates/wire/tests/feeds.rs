//! The feedparser corpus: every file is read, and the simple expectations are counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod corpora;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dateline_wire::decode::decode;
use dateline_wire::feed::{Feed, Item, Limits, Rich, parse};
use url::Url;

/// Share of the expectations that must be met. Raise it with each improvement, never lower it.
const FLOOR_PERCENT: f64 = 95.0;

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

fn read(path: &Path) -> (Feed, String) {
    let bytes = fs::read(path).unwrap();
    let loose = String::from_utf8_lossy(&bytes).into_owned();
    let decoded = decode(&bytes, header(&loose, "Content-type").as_deref());
    let base = header(&decoded.text, "Content-Location");
    let base = base.unwrap_or_else(|| "http://127.0.0.1:8097/test.xml".to_owned());
    (parse(&decoded.text, Url::parse(&base).ok().as_ref(), &Limits::default()), decoded.text)
}

/// `Expect: … field == literal`, as (field, literal); none where it is no such comparison.
fn expectation(text: &str) -> Option<(String, String)> {
    let (_, rest) = text.split_once("Expect:")?;
    let line = rest.lines().next()?.trim();
    let line = line.strip_prefix("not bozo and ").unwrap_or(line);
    let line = line.strip_prefix("bozo and ").unwrap_or(line).trim();
    let (field, literal) = line.split_once(" == ")?;
    if field.contains(' ') || literal.contains(" and ") {
        return None;
    }
    Some((field.replace("']['", ".").replace(['\'', '"'], ""), python_literal(literal.trim())?))
}

/// The value of a Python string or number.
fn python_literal(literal: &str) -> Option<String> {
    if literal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(literal.to_owned());
    }
    let body = literal.strip_prefix('u').unwrap_or(literal);
    let quote = body.chars().next().filter(|c| "'\"".contains(*c))?;
    let inside = body.strip_prefix(quote)?.strip_suffix(quote)?;
    if inside.contains(quote) && !inside.contains('\\') {
        return None;
    }
    let mut text = String::new();
    let mut rest = inside.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let digits = |rest: &mut std::str::Chars<'_>, count: usize| {
            let digits: String = rest.take(count).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        };
        match rest.next()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'x' => text.push(digits(&mut rest, 2)?),
            'u' => text.push(digits(&mut rest, 4)?),
            'U' => text.push(digits(&mut rest, 8)?),
            other => text.push(other),
        }
    }
    Some(text)
}

fn rich(text: Option<&Rich>) -> Option<String> {
    text.map(|text| text.value.clone())
}

/// Our titles are plain text, feedparser's are HTML.
fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[allow(clippy::option_option)]
/// What we read for a field of feedparser's; the outer none where we do not have such a field.
fn ours(feed: &Feed, field: &str) -> Option<Option<String>> {
    if field == "len(entries)" {
        return Some(Some(feed.items.len().to_string()));
    }
    if let Some(name) = field.strip_prefix("feed[").or_else(|| field.strip_prefix("feed.")) {
        return match name.trim_end_matches(']') {
            "title" => Some(feed.title.as_deref().map(as_html)),
            "link" => Some(feed.link.clone()),
            "language" => Some(feed.language.clone()),
            _ => None,
        };
    }
    let name = field.strip_prefix("entries[0]")?.trim_start_matches(['[', '.']);
    let name = name.trim_end_matches(']').replace("][", ".");
    let item = feed.items.first();
    let of = |read: fn(&Item) -> Option<String>| Some(item.and_then(read));
    match name.as_str() {
        "title" => of(|item| item.title.as_deref().map(as_html)),
        "link" => of(|item| item.link.clone()),
        "id" | "guid" => of(|item| item.id.clone()),
        // feedparser takes the content for a summary where there is none.
        "description" | "summary" => {
            of(|item| rich(item.summary.as_ref()).or_else(|| rich(item.content.as_ref())))
        }
        "content[0.value" | "content.0.value" => of(|item| rich(item.content.as_ref())),
        "author" => of(|item| item.authors.first().cloned()),
        "category" | "tags.0.term" => of(|item| item.categories.first().cloned()),
        "published" => of(|item| item.published.as_ref().map(|moment| moment.text.clone())),
        "updated" => of(|item| item.updated.as_ref().map(|moment| moment.text.clone())),
        _ => None,
    }
}

/// Texts compare as what a reader sees: sanitising and markup are the cleaner's.
fn seen(text: &str) -> String {
    let mut plain = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if !in_tag => plain.push(c),
            _ => {}
        }
    }
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&amp;", "&")];
    let plain = names.iter().fold(plain, |text, (name, value)| text.replace(name, value));
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn meets_the_expectations_of_feedparser() {
    let Some(folder) = corpora::folder("feeds") else {
        return;
    };
    let mut scores = BTreeMap::<String, (u32, u32)>::new();
    let mut misses = Vec::new();
    for path in files(&folder) {
        let (feed, text) = read(&path);
        let relative = path.strip_prefix(&folder).unwrap();
        let group = relative.parent().unwrap().display().to_string();
        // Sanitising is the cleaner's.
        if group.ends_with("sanitize") {
            continue;
        }
        let Some((field, expected)) = expectation(&text) else {
            continue;
        };
        let Some(read) = ours(&feed, &field) else {
            continue;
        };
        let score = scores.entry(group).or_default();
        score.1 += 1;
        if read.as_deref().is_some_and(|read| seen(read) == seen(&expected)) {
            score.0 += 1;
        } else {
            misses.push(format!("{}: {field} {expected:?}, not {read:?}", relative.display()));
        }
    }
    for miss in &misses {
        println!("miss {miss}");
    }
    for (group, (right, all)) in &scores {
        println!("{group}: {right} of {all}");
    }
    let (right, all) =
        scores.values().fold((0, 0), |sum, (right, all)| (sum.0 + right, sum.1 + all));
    let percent = f64::from(right) * 100.0 / f64::from(all);
    println!("feeds: {right} of {all} expectations, {percent:.1} %");
    assert!(all > 0 && percent >= FLOOR_PERCENT, "{percent:.1} % is less than {FLOOR_PERCENT} %");
}

#[test]
fn keeps_the_items_of_every_feed() {
    let Some(folder) = corpora::folder("feeds") else {
        return;
    };
    let mut lost = Vec::new();
    for path in files(&folder) {
        let (feed, text) = read(&path);
        let plain = text.replace("<!--", "");
        let has_item =
            ["<item>", "<item ", "<entry>", "<entry "].iter().any(|tag| plain.contains(tag));
        if has_item && feed.items.is_empty() {
            lost.push(path.strip_prefix(&folder).unwrap().display().to_string());
        }
    }
    println!("feeds: {} without their items: {lost:?}", lost.len());
    assert!(lost.is_empty(), "{lost:?}");
}

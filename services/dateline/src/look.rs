//! `dateline fetch`: one address as a source would fetch it, and what came.

use std::io::Write;
use std::{path::Path, process::ExitCode};

use dateline_record::Access;
use dateline_runtime::Source;
use fetcher::{Fetcher, Look};

use crate::{check::settings, println};

/// Items of a list that are printed.
const MAX_ITEMS: usize = 20;

/// Headers that tell how the document is meant to be kept and read.
const HEADERS: &[&str] =
    &["content-type", "content-language", "last-modified", "etag", "cache-control", "expires"];

/// Fetches an address and prints its verdicts; as JSON, or only the body, where that is wished.
pub(crate) fn fetch(
    config: Option<&Path>,
    url: &str,
    (json, body): (bool, bool),
) -> anyhow::Result<ExitCode> {
    let settings = settings(config)?;
    let fetcher = Fetcher::new(settings.section(Fetcher::NAME)?)?;
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let look = tokio.block_on(fetcher.look(url))?;
    if body {
        std::io::stdout().lock().write_all(&look.body)?;
    } else if json {
        println(&serde_json::to_string_pretty(&look)?);
    } else {
        println(&verdicts(&look));
    }
    let is_there = (200..300).contains(&look.http.status) && look.access != Access::Challenge;
    Ok(ExitCode::from(u8::from(!is_there)))
}

fn verdicts(look: &Look) -> String {
    let mut lines = vec![format!("status     {}", look.http.status)];
    let mut line = |name: &str, value: &str| lines.push(format!("{name:<10} {value}"));
    for from in &look.http.redirects {
        line("redirect", &format!("from {from}"));
    }
    line("url", &look.url);
    line("robots", look.robots());
    line("kind", look.kind);
    line("charset", &look.charset);
    let cut = if look.http.truncated { ", cut" } else { "" };
    line("bytes", &format!("{}{cut}", look.bytes));
    let reason = look.access_reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let access = match look.access {
        Access::Open => "open",
        Access::Paywalled => "paywalled",
        Access::Challenge => "challenge",
    };
    line("access", &format!("{access}{reason}"));
    for name in HEADERS {
        if let Some(value) = look.http.headers.get(*name) {
            line("header", &format!("{name}: {value}"));
        }
    }
    if let Some(story) = &look.story {
        line("story", &format!("{} of {}", story.story_id, story.provider));
    }
    for problem in &look.problems {
        line("problem", problem);
    }
    if !look.items.is_empty() {
        line("items", &look.items.len().to_string());
    }
    for item in look.items.iter().take(MAX_ITEMS) {
        let title = item.title.as_deref().unwrap_or("no title");
        let at = item.at.as_deref().unwrap_or("no time");
        line("item", &format!("{at}  {title}"));
        line("", item.url.as_deref().unwrap_or("no page"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_name_what_a_reader_needs() {
        let json = serde_json::json!({"status": 200, "robots": "allowed", "truncated": true,
            "headers": {"etag": "\"1\"", "server": "x"}, "redirects": ["https://a.example/old"]});
        let look = Look {
            url: "https://a.example/".to_owned(),
            kind: "page",
            http: serde_json::from_value(json).unwrap(),
            charset: "UTF-8 (http)".to_owned(),
            bytes: 7,
            access: Access::Paywalled,
            access_reason: Some("status 402".to_owned()),
            items: Vec::new(),
            problems: vec!["title: it is missing".to_owned()],
            story: None,
            body: Vec::new(),
        };
        let text = verdicts(&look);
        for needle in [
            "from https://a.example/old",
            "bytes      7, cut",
            "access     paywalled (status 402)",
            "header     etag: \"1\"",
            "problem    title: it is missing",
            "robots     allowed",
        ] {
            assert!(text.contains(needle), "{text}\nlacks {needle}");
        }
        assert!(!text.contains("server"), "{text}");
    }
}

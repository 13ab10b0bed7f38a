//! Source files: `config/sources/*.toml`, read with file, line, column, field and fix in each error.
//!
//! Each kind's keys are in a file of `spec/`, named as the kind.

mod api;
mod feed;
mod folder;
mod front;
mod push;
mod sitemap;

use std::ops::Range;
use std::path::Path;

use dateline_record::{Pace, SourceId, SourceKind, SourceSpec, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use url::Url;

use crate::host;

/// The kinds of sources, and who reads the file of each.
const KINDS: &[(&str, Reader)] = &[
    ("api", api::read),
    ("feed", feed::read),
    ("folder", folder::read),
    ("front", front::read),
    ("push", push::read),
    ("sitemap", sitemap::read),
];

type Reader = fn(&Text<'_>) -> Result<Parts, SpecError>;

/// What a file says.
struct Parts {
    kind: SourceKind,
    provider: Option<String>,
    language: Option<String>,
    /// The politeness key, where the file names one.
    route: Option<String>,
}

/// Why a file does not describe a source.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}{}: {what}", place(*line, *column))]
pub struct SpecError {
    /// The file.
    pub file: String,
    /// The line, counted from 1; 0 where the whole file is concerned.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// The field and the fix.
    pub what: String,
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(":{line}:{column}") }
}

/// What is read first of a source file: it decides what else may stand in it.
#[derive(Deserialize)]
struct Head {
    kind: Spanned<String>,
}

/// Reads the text of the source file `{id}.toml`.
pub fn read_spec(
    id: &str,
    toml_text: &str,
    updated_at: Timestamp,
) -> Result<SourceSpec, SpecError> {
    let source = Text { file: format!("{id}.toml"), text: toml_text };
    let id = SourceId::parse(id).ok_or_else(|| {
        let what = "the name is no source id; use 1 to 100 of a-z 0-9 . _ - before .toml";
        source.error(None, what.to_owned())
    })?;
    let head: Head = source.parse()?;
    let known = KINDS.iter().find(|(name, _)| name == head.kind.as_ref());
    let (_, read) = known.ok_or_else(|| {
        let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
        let what = format!(
            "kind: {:?} is none of the kinds; write one of {}",
            head.kind.as_ref(),
            names.join(", ")
        );
        source.error(Some(head.kind.span()), what)
    })?;
    let Parts { kind, provider, language, route } = read(&source)?;
    // What is delivered has no host; its address needs a route all the same.
    let own = (kind == SourceKind::Push).then(|| id.to_string());
    let route = route.or_else(|| host::route_of(&kind)).or(own);
    Ok(SourceSpec { id, provider, route, kind, language, updated_at })
}

/// Reads all source files of a folder, in the order of their names.
pub fn read_specs(folder: &Path, updated_at: Timestamp) -> Result<Vec<SourceSpec>, Vec<SpecError>> {
    let whole = |path: &Path, error: &std::io::Error| SpecError {
        file: path.display().to_string(),
        line: 0,
        column: 0,
        what: format!("cannot be read: {error}"),
    };
    let entries = std::fs::read_dir(folder).map_err(|error| vec![whole(folder, &error)])?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension() == Some("toml".as_ref())).collect();
    paths.sort();
    let (mut specs, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read = match std::fs::read_to_string(&path) {
            Ok(text) => read_spec(&id, &text, updated_at),
            Err(error) => Err(whole(&path, &error)),
        };
        match read {
            Ok(spec) => specs.push(spec),
            Err(error) => errors.push(SpecError { file: path.display().to_string(), ..error }),
        }
    }
    if errors.is_empty() { Ok(specs) } else { Err(errors) }
}

/// The text of a source file, for the places in its errors.
struct Text<'a> {
    file: String,
    text: &'a str,
}

impl Text<'_> {
    fn parse<T: DeserializeOwned>(&self) -> Result<T, SpecError> {
        toml::from_str(self.text)
            .map_err(|error| self.error(error.span(), error.message().to_owned()))
    }

    fn error(&self, span: Option<Range<usize>>, what: String) -> SpecError {
        let file = self.file.clone();
        let before = span.and_then(|span| self.text.get(..span.start));
        let (line, column) = before.map_or((0, 0), |before| {
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        SpecError { file, line, column, what }
    }

    /// An error at the line that begins with a key.
    fn error_at(&self, key: &str, what: &str) -> SpecError {
        let mut start = 0;
        let found = self.text.split_inclusive('\n').find_map(|line| {
            let at = start + (line.len() - line.trim_start().len());
            start += line.len();
            line.trim_start().starts_with(key).then_some(at..at + key.len())
        });
        self.error(found, format!("{key}: {what}"))
    }

    /// An address of the web.
    fn web_url(&self, key: &str, url: Spanned<String>) -> Result<String, SpecError> {
        let text = url.as_ref();
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
        if Url::parse(text).is_ok_and(|url| is_web(&url)) {
            return Ok(url.into_inner());
        }
        let what = format!("{key}: {text:?} is no web address; begin it with https:// or http://");
        Err(self.error(Some(url.span()), what))
    }

    /// The name of the clock by which the source's own site is asked, and of who owns it, instead of
    /// its registrable domain: one for each of several blogs below a host that is not in the Public
    /// Suffix List, or the same one for sites that share a machine. Pages on other sites keep theirs.
    fn politeness_key(&self, key: Option<Spanned<String>>) -> Result<Option<String>, SpecError> {
        let Some(key) = key else {
            return Ok(None);
        };
        let text = key.as_ref();
        let is_in =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        if (1..=100).contains(&text.len()) && text.chars().all(is_in) {
            return Ok(Some(key.into_inner()));
        }
        let what = "politeness_key: it is no key; use 1 to 100 of a-z 0-9 . -".to_owned();
        Err(self.error(Some(key.span()), what))
    }

    fn pattern(&self, pattern: Option<Spanned<String>>) -> Result<Option<String>, SpecError> {
        let Some(pattern) = pattern else {
            return Ok(None);
        };
        if let Err(error) = regex::Regex::new(pattern.as_ref()) {
            let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            let what = format!("pattern: it is no regular expression: {reason}");
            return Err(self.error(Some(pattern.span()), what));
        }
        Ok(Some(pattern.into_inner()))
    }

    /// How often the source is asked, as its three keys say.
    fn pace(
        &self,
        interval: Option<u64>,
        min: Option<u64>,
        max: Option<u64>,
    ) -> Result<Pace, SpecError> {
        let all = [
            ("interval_seconds", interval),
            ("min_interval_seconds", min),
            ("max_interval_seconds", max),
        ];
        if let Some((key, _)) = all.iter().find(|(_, value)| *value == Some(0)) {
            return Err(self.error_at(key, "0 would never pause; write 60 or more"));
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            let what = format!("{min} is more than max_interval_seconds; write {max} or less");
            return Err(self.error_at("min_interval_seconds", &what));
        }
        Ok(Pace {
            interval_seconds: interval,
            min_interval_seconds: min,
            max_interval_seconds: max,
        })
    }
}

#[cfg(test)]
mod tests;

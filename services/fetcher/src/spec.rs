//! Source files: `config/sources/*.toml`, read with file, line, column, field and fix in each error.

use std::path::Path;

use dateline_record::{SourceId, SourceKind, SourceSpec, Timestamp};
use serde::Deserialize;
use url::Url;

use crate::host;

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

/// The kind of a source file, which decides what else may stand in it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Feed,
    Folder,
}

/// What is read first of a source file.
#[derive(Deserialize)]
struct Head {
    kind: Kind,
}

/// A file with `kind = "feed"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedFile {
    #[serde(rename = "kind")]
    _kind: Kind,
    url: toml::Spanned<String>,
    provider: Option<String>,
    language: Option<String>,
    #[serde(default = "feed_interval")]
    interval_seconds: u64,
    #[serde(default = "yes")]
    fetch_pages: bool,
}

/// A file with `kind = "folder"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderFile {
    #[serde(rename = "kind")]
    _kind: Kind,
    path: toml::Spanned<String>,
    provider: Option<String>,
    language: Option<String>,
    #[serde(default)]
    watch: bool,
    #[serde(default = "folder_interval")]
    interval_seconds: u64,
}

fn feed_interval() -> u64 {
    300
}

fn folder_interval() -> u64 {
    1
}

fn yes() -> bool {
    true
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
    let (kind, provider, language) = match head.kind {
        Kind::Feed => feed(&source)?,
        Kind::Folder => folder(&source)?,
    };
    let route = host::route_of(&kind);
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

type Parts = (SourceKind, Option<String>, Option<String>);

fn feed(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: FeedFile = source.parse()?;
    let url = file.url.as_ref();
    let is_web = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !is_web {
        let what = format!("url: {url:?} is no web address; begin it with https:// or http://");
        return Err(source.error(Some(file.url.span()), what));
    }
    if file.interval_seconds == 0 {
        let what = "interval_seconds: 0 would never pause; write 60 or more".to_owned();
        return Err(source.error(source.line_of("interval_seconds"), what));
    }
    let kind = SourceKind::Feed {
        url: file.url.into_inner(),
        interval_seconds: file.interval_seconds,
        fetch_pages: file.fetch_pages,
    };
    Ok((kind, file.provider, file.language))
}

fn folder(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: FolderFile = source.parse()?;
    if file.path.as_ref().is_empty() {
        let what = "path: it is empty; name a folder or a file, or - for standard input".to_owned();
        return Err(source.error(Some(file.path.span()), what));
    }
    if file.watch && file.interval_seconds == 0 {
        let what = "interval_seconds: 0 would never pause; write 1 or more".to_owned();
        return Err(source.error(source.line_of("interval_seconds"), what));
    }
    let kind = SourceKind::Folder {
        path: file.path.into_inner(),
        watch: file.watch,
        interval_seconds: file.interval_seconds,
    };
    Ok((kind, file.provider, file.language))
}

/// The text of a source file, for the places in its errors.
struct Text<'a> {
    file: String,
    text: &'a str,
}

impl Text<'_> {
    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, SpecError> {
        toml::from_str(self.text)
            .map_err(|error| self.error(error.span(), error.message().to_owned()))
    }

    fn error(&self, span: Option<std::ops::Range<usize>>, what: String) -> SpecError {
        let file = self.file.clone();
        let before = span.and_then(|span| self.text.get(..span.start));
        let (line, column) = before.map_or((0, 0), |before| {
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        SpecError { file, line, column, what }
    }

    fn line_of(&self, key: &str) -> Option<std::ops::Range<usize>> {
        let at = self.text.find(key)?;
        Some(at..at + key.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SourceSpec, SpecError> {
        read_spec("example", text, Timestamp::from_millis(0))
    }

    #[test]
    fn reads_both_kinds() {
        let feed = read("kind = \"feed\"\nurl = \"https://a.example/rss\"").unwrap();
        let SourceKind::Feed { interval_seconds, fetch_pages, .. } = feed.kind else { panic!() };
        assert_eq!((interval_seconds, fetch_pages), (300, true));
        let folder = read("kind = \"folder\"\npath = \"-\"\nprovider = \"a.example\"").unwrap();
        assert_eq!(folder.provider(), "a.example");
    }

    #[test]
    fn errors_name_place_field_and_fix() {
        let check = |text: &str, line: usize, needles: &[&str]| {
            let error = read(text).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            for needle in needles {
                assert!(error.to_string().contains(needle), "{error} lacks {needle}");
            }
        };
        check(
            "kind = \"feed\"\nurl = \"file:///etc\"",
            2,
            &["example.toml:2:7", "url", "https://"],
        );
        check("kind = \"feed\"\nurl = 7", 2, &["example.toml:2:7"]);
        check("kind = \"feed\"\nurl = \"http://a.example\"\nurll = 1", 3, &["urll"]);
        check("kind = \"feed\"\nurl = \"http://a.example\"\ninterval_seconds = 0", 3, &["60"]);
        check("kind = \"smtp\"", 1, &["feed", "folder"]);
        check("kind = \"folder\"\npath = \"\"", 2, &["standard input"]);
        check("kind = ", 1, &["example.toml:1:"]);
        assert!(read_spec("Bad Name", "kind = \"feed\"", Timestamp::from_millis(0)).is_err());
    }

    #[test]
    fn the_shipped_sources_are_sound() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sources");
        let specs = read_specs(&folder, Timestamp::from_millis(0)).unwrap();
        assert!(!specs.is_empty());
    }
}

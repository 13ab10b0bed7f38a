//! The keys of a source file with `kind = "feed"`.

use dateline_record::SourceKind;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::{Parts, SpecError, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    url: Spanned<String>,
    provider: Option<String>,
    language: Option<String>,
    politeness_key: Option<Spanned<String>>,
    interval_seconds: Option<u64>,
    min_interval_seconds: Option<u64>,
    max_interval_seconds: Option<u64>,
    #[serde(default = "yes")]
    fetch_pages: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn read(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: File = source.parse()?;
    let route = source.politeness_key(file.politeness_key)?;
    let pace =
        source.pace(file.interval_seconds, file.min_interval_seconds, file.max_interval_seconds)?;
    let url = source.web_url("url", file.url)?;
    let kind = SourceKind::Feed { url, pace, fetch_pages: file.fetch_pages };
    Ok(Parts { kind, provider: file.provider, language: file.language, route })
}

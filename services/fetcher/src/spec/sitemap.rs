//! The keys of a source file with `kind = "sitemap"`.

use dateline_record::{Sitemap, SourceKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::{Parts, SpecError, Text};

/// The longest window: what is older is no news, and would have to be remembered all the time.
const MAX_WINDOW_HOURS: u32 = 24 * 30;

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
    #[serde(default = "two_days")]
    window_hours: u32,
    pattern: Option<Spanned<String>>,
}

/// What news sitemaps are to list at most.
fn two_days() -> u32 {
    48
}

pub(super) fn read(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: File = source.parse()?;
    let route = source.politeness_key(file.politeness_key)?;
    let pace =
        source.pace(file.interval_seconds, file.min_interval_seconds, file.max_interval_seconds)?;
    if !(1..=MAX_WINDOW_HOURS).contains(&file.window_hours) {
        let what = format!("{} is no window; write 1 to {MAX_WINDOW_HOURS}", file.window_hours);
        return Err(source.error_at("window_hours", &what));
    }
    let kind = SourceKind::Sitemap(Sitemap {
        url: source.web_url("url", file.url)?,
        pace,
        window_hours: file.window_hours,
        pattern: source.pattern(file.pattern)?,
    });
    Ok(Parts { kind, provider: file.provider, language: file.language, route })
}

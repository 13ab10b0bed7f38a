//! The keys of a source file with `kind = "folder"`.

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
    path: Spanned<String>,
    provider: Option<String>,
    language: Option<String>,
    #[serde(default)]
    watch: bool,
    #[serde(default = "one")]
    interval_seconds: u64,
}

fn one() -> u64 {
    1
}

pub(super) fn read(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: File = source.parse()?;
    if file.path.as_ref().is_empty() {
        let what = "path: it is empty; name a folder or a file, or - for standard input".to_owned();
        return Err(source.error(Some(file.path.span()), what));
    }
    if file.watch && file.interval_seconds == 0 {
        return Err(source.error_at("interval_seconds", "0 would never pause; write 1 or more"));
    }
    let kind = SourceKind::Folder {
        path: file.path.into_inner(),
        watch: file.watch,
        interval_seconds: file.interval_seconds,
    };
    Ok(Parts { kind, provider: file.provider, language: file.language, route: None })
}

//! The keys of a source file with `kind = "push"`.

use dateline_record::SourceKind;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Parts, SpecError, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    provider: Option<String>,
    language: Option<String>,
}

pub(super) fn read(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: File = source.parse()?;
    Ok(Parts {
        kind: SourceKind::Push,
        provider: file.provider,
        language: file.language,
        route: None,
    })
}

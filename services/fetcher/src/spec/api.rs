//! The keys of a source file with `kind = "api"`.

use std::collections::BTreeMap;

use dateline_record::{Api, ApiFormat, Auth, JsonFields, NextPage, SourceKind, Status};
use reqwest::header::HeaderName;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::{Parts, SpecError, Text};

/// The longest time for which an answer may be held back.
const MAX_LONG_POLL_SECONDS: u32 = 60;

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
    format: ApiFormat,
    auth: Option<AuthFile>,
    items: Option<Spanned<String>>,
    item: Option<Spanned<String>>,
    next: Option<NextFile>,
    #[serde(default = "ten")]
    max_pages: u32,
    #[serde(default)]
    long_poll_seconds: u32,
    fields: Option<Spanned<FieldsFile>>,
    #[serde(default)]
    statuses: BTreeMap<String, Status>,
}

fn ten() -> u32 {
    10
}

#[derive(Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
enum AuthFile {
    Header {
        header: String,
        #[serde(default)]
        prefix: String,
        token_env: String,
    },
    Oauth2 {
        token_url: String,
        client_id_env: String,
        client_secret_env: String,
        scope: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextFile {
    pointer: Spanned<String>,
    parameter: Option<String>,
    #[serde(default)]
    resume: bool,
}

/// JSON pointers, as `JsonFields` has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsFile {
    id: Spanned<String>,
    version: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    html: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    language: Option<Spanned<String>>,
    published: Option<Spanned<String>>,
    updated: Option<Spanned<String>>,
    status: Option<Spanned<String>>,
    embargoed_until: Option<Spanned<String>>,
}

pub(super) fn read(source: &Text<'_>) -> Result<Parts, SpecError> {
    let file: File = source.parse()?;
    let route = source.politeness_key(file.politeness_key)?;
    let pace =
        source.pace(file.interval_seconds, file.min_interval_seconds, file.max_interval_seconds)?;
    check_bounds(source, file.max_pages, file.long_poll_seconds)?;
    let is_ap = file.format == ApiFormat::Ap;
    let default = |given: Option<Spanned<String>>, key: &str, ap: &str| match given {
        Some(given) => source.pointer(key, given),
        None => Ok(if is_ap { ap.to_owned() } else { String::new() }),
    };
    let kind = SourceKind::Api(Box::new(Api {
        url: source.web_url("url", file.url)?,
        pace,
        format: file.format,
        auth: file.auth.map(|auth| read_auth(source, auth)).transpose()?,
        items: default(file.items, "items", "/data/items")?,
        item: default(file.item, "item", "/item")?,
        next: read_next(source, file.next, is_ap)?,
        max_pages: file.max_pages,
        long_poll_seconds: file.long_poll_seconds,
        fields: read_fields(source, file.format, file.fields)?,
        statuses: file.statuses,
    }));
    Ok(Parts { kind, provider: file.provider, language: file.language, route })
}

fn check_bounds(source: &Text<'_>, max_pages: u32, long_poll: u32) -> Result<(), SpecError> {
    if max_pages == 0 {
        return Err(source.error_at("max_pages", "0 would fetch nothing; write 1 or more"));
    }
    if long_poll > MAX_LONG_POLL_SECONDS {
        let what = format!("{long_poll} is too long; write {MAX_LONG_POLL_SECONDS} or less");
        return Err(source.error_at("long_poll_seconds", &what));
    }
    Ok(())
}

fn read_auth(source: &Text<'_>, auth: AuthFile) -> Result<Auth, SpecError> {
    let variable = |key: &str, name: &str| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.is_empty() && name.chars().all(is_name) {
            return Ok(());
        }
        // What stands here by mistake may be the secret itself.
        let what = "it is no name of an environment variable; write the name of the one that \
                    holds the secret, never the secret";
        Err(source.error_at(key, what))
    };
    match auth {
        AuthFile::Header { header, prefix, token_env } => {
            if HeaderName::from_bytes(header.as_bytes()).is_err() {
                let what = format!("{header:?} is no name of a header; write one like x-api-key");
                return Err(source.error_at("header", &what));
            }
            variable("token_env", &token_env)?;
            Ok(Auth::Header { header, prefix, token_env })
        }
        AuthFile::Oauth2 { token_url, client_id_env, client_secret_env, scope } => {
            variable("client_id_env", &client_id_env)?;
            variable("client_secret_env", &client_secret_env)?;
            if !token_url.starts_with("https://") && !token_url.starts_with("http://") {
                return Err(source.error_at("token_url", "it is no web address; write https://..."));
            }
            Ok(Auth::Oauth2 { token_url, client_id_env, client_secret_env, scope })
        }
    }
}

fn read_next(
    source: &Text<'_>,
    next: Option<NextFile>,
    is_ap: bool,
) -> Result<Option<NextPage>, SpecError> {
    let Some(next) = next else {
        let pointer = "/data/next_page".to_owned();
        return Ok(is_ap.then_some(NextPage { pointer, parameter: None, resume: true }));
    };
    let pointer = source.pointer("pointer", next.pointer)?;
    Ok(Some(NextPage { pointer, parameter: next.parameter, resume: next.resume }))
}

fn read_fields(
    source: &Text<'_>,
    format: ApiFormat,
    fields: Option<Spanned<FieldsFile>>,
) -> Result<Option<JsonFields>, SpecError> {
    let Some(fields) = fields else {
        if format != ApiFormat::Json {
            return Ok(None);
        }
        let what = "fields: format \"json\" needs them; write a table [fields] with JSON \
                    pointers for id, title and text, html or url";
        return Err(source.error(None, what.to_owned()));
    };
    let (span, fields) = (fields.span(), fields.into_inner());
    let one = |key: &str, given: Option<Spanned<String>>| {
        given.map(|given| source.pointer(key, given)).transpose()
    };
    let read = JsonFields {
        id: source.pointer("id", fields.id)?,
        version: one("version", fields.version)?,
        title: one("title", fields.title)?,
        text: one("text", fields.text)?,
        html: one("html", fields.html)?,
        url: one("url", fields.url)?,
        language: one("language", fields.language)?,
        published: one("published", fields.published)?,
        updated: one("updated", fields.updated)?,
        status: one("status", fields.status)?,
        embargoed_until: one("embargoed_until", fields.embargoed_until)?,
    };
    if [&read.text, &read.html, &read.url].into_iter().all(Option::is_none) {
        let what = "fields: none of text, html and url is named, so there is no text; name one";
        return Err(source.error(Some(span), what.to_owned()));
    }
    Ok(Some(read))
}

impl Text<'_> {
    /// A JSON pointer (RFC 6901).
    fn pointer(&self, key: &str, pointer: Spanned<String>) -> Result<String, SpecError> {
        let text = pointer.as_ref();
        if text.is_empty() || text.starts_with('/') {
            return Ok(pointer.into_inner());
        }
        let what = format!("{key}: {text:?} is no JSON pointer; begin it with /");
        Err(self.error(Some(pointer.span()), what))
    }
}

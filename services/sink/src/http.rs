//! Requests to a target that speaks HTTP.

use std::time::Duration;

use anyhow::Context;
use dateline_record::Timestamp;
use dateline_runtime::Fault;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::{Client, RequestBuilder, StatusCode, header::RETRY_AFTER};
use tokio::runtime::Runtime;

/// The most bytes of an answer that are read, and of its words that are told.
const MOST_WORDS: usize = 300;

/// A client with a runtime of its own: a sink has a thread of its own.
pub(crate) struct Http {
    pub(crate) tokio: Runtime,
    pub(crate) client: Client,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// No answer, or one that says that it was not done.
    #[error("{what}")]
    Refused { status: Option<StatusCode>, what: String, after: Option<Duration> },
    /// What no repetition can mend.
    #[error("{0}")]
    Fatal(String),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { what, after, .. } => Self::Retry { what, after },
            Failure::Io(error) => Self::retry(error.to_string()),
            Failure::Fatal(what) => Self::Fatal(anyhow::anyhow!(what)),
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // Of the address only the host: the rest may hold a secret.
        let host = error.url().and_then(|url| url.host_str()).unwrap_or("?").to_owned();
        let error = error.without_url();
        let mut what = format!("{host}: {error}");
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            what = format!("{what}: {error}");
            cause = error.source();
        }
        Self::Refused { status: None, what, after: None }
    }
}

impl Http {
    pub(crate) fn new(request_timeout_ms: u64) -> anyhow::Result<Self> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder()
            .user_agent(concat!("dateline/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_millis(request_timeout_ms))
            .build()
            .context("no HTTP client")?;
        Ok(Self { tokio, client })
    }
}

/// Sends a request; what is not 2xx is a failure with the first words of the answer.
pub(crate) async fn send(request: RequestBuilder) -> Result<String, Failure> {
    let answer = request.send().await?;
    let status = answer.status();
    let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = after.and_then(|value| retry_after(value, dateline_runtime::clock::now()));
    let text = answer.text().await?;
    if status.is_success() {
        return Ok(text);
    }
    let words: String = text.chars().take(MOST_WORDS).collect();
    let what = format!("answered {status}: {}", words.trim());
    Err(Failure::Refused { status: Some(status), what, after })
}

/// How long an answer asks to wait: seconds, or until a date.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    let millis = until.as_millisecond().saturating_sub(now.as_millis());
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_seconds_or_a_date() {
        let now = Timestamp::parse("2014-10-07T12:00:00Z").unwrap();
        let check = |value, expected| {
            assert_eq!(retry_after(value, now).map(|wait| wait.as_secs()), expected, "{value}");
        };
        check("120", Some(120));
        check("Tue, 07 Oct 2014 12:00:30 GMT", Some(30));
        check("Tue, 07 Oct 2014 11:00:00 GMT", Some(0));
        check("soon", None);
    }
}

//! One HTTP request within bounds: time, bytes, and no redirect that was not looked at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout, timeout_at};
use url::{Host, Url};

use crate::address::Guard;
use crate::config::{Config, millis};
use crate::resolve::Resolver;
use crate::secret::Secret;

/// Bytes of one header's value that are kept.
const MAX_HEADER_BYTES: usize = 1024;

/// The longest Retry-After that is believed.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// The HTTP client.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    guard: Arc<Guard>,
    first_byte_timeout: Duration,
    request_timeout: Duration,
}

/// A document as it came.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Headers, names in lower case; cookies are left out.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// Whether the body was cut, by a bound or a broken connection.
    pub(crate) truncated: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum HttpError {
    /// The URL may not be asked; it will not get better.
    #[error("{0}")]
    Refused(String),
    /// The host could not be reached or did not answer in time.
    #[error("{0}")]
    Unreachable(String),
}

/// What to send with a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conditions<'a> {
    pub(crate) etag: Option<&'a str>,
    pub(crate) last_modified: Option<&'a str>,
    /// What makes us known; it goes to the origin that was asked first and to no other.
    pub(crate) secret: Option<&'a Secret>,
    /// For how long the host may hold its answer back, beyond the usual.
    pub(crate) patience: Duration,
}

/// A form to be sent, for a token or a subscription.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    pub(crate) secret: Option<&'a Secret>,
    pub(crate) body: &'a str,
}

impl Http {
    pub(crate) fn new(config: &Config, guard: Arc<Guard>) -> anyhow::Result<Self> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(config.user_agent_header())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(millis(config.connect_timeout_ms))
            .pool_max_idle_per_host(1)
            .dns_resolver(Resolver::new(config.hosts.clone(), Arc::clone(&guard)))
            .build()?;
        Ok(Self {
            client,
            guard,
            first_byte_timeout: millis(config.first_byte_timeout_ms),
            request_timeout: millis(config.request_timeout_ms),
        })
    }

    /// Whether a URL may be asked at all. The resolver sees names only, so addresses are looked at
    /// here.
    pub(crate) fn check(&self, url: &Url) -> Result<(), HttpError> {
        let refuse = |why: &str| Err(HttpError::Refused(format!("{url} is refused: {why}")));
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("only http and https are fetched");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it carries a user name or a password");
        }
        let address = match url.host() {
            None => return refuse("it names no host"),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
        };
        if self.guard.allows(address) {
            return Ok(());
        }
        refuse(
            "its address is not public; list its network in fetcher.allow_networks if it is yours",
        )
    }

    /// Sends one GET, follows nothing.
    pub(crate) async fn get(
        &self,
        url: &Url,
        conditions: Conditions<'_>,
        max_bytes: usize,
    ) -> Result<Answer, HttpError> {
        let request = self.client.get(url.clone()).headers(conditions.headers());
        self.send(url, request, max_bytes, conditions.patience).await
    }

    /// Sends a form, follows nothing.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: Form<'_>,
        max_bytes: usize,
    ) -> Result<Answer, HttpError> {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut request = self.client.post(url.clone());
        if let Some((name, value)) = form.secret.map(Secret::header) {
            request = request.header(name, value);
        }
        let request = request.header(header::CONTENT_TYPE, kind).body(form.body.to_owned());
        self.send(url, request, max_bytes, Duration::ZERO).await
    }

    async fn send(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
        max_bytes: usize,
        patience: Duration,
    ) -> Result<Answer, HttpError> {
        self.check(url)?;
        let deadline = Instant::now() + self.request_timeout + patience;
        let sent = timeout(self.first_byte_timeout + patience, request.send()).await;
        let mut response = match sent {
            Err(_) => {
                return Err(HttpError::Unreachable(format!("{url} gave no answer in time")));
            }
            Ok(Err(error)) => return Err(HttpError::Unreachable(chain(url, &error))),
            Ok(Ok(response)) => response,
        };
        let mut answer = Answer {
            status: response.status().as_u16(),
            headers: kept_headers(response.headers()),
            ..Answer::default()
        };
        loop {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(None)) => return Ok(answer),
                Ok(Ok(Some(chunk))) => {
                    let room = max_bytes - answer.body.len();
                    answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    if chunk.len() > room {
                        answer.truncated = true;
                        return Ok(answer);
                    }
                }
                // Part of a page is better than none, and says that it is a part.
                Ok(Err(_)) | Err(_) if !answer.body.is_empty() => {
                    answer.truncated = true;
                    return Ok(answer);
                }
                Ok(Err(error)) => return Err(HttpError::Unreachable(chain(url, &error))),
                Err(_) => {
                    return Err(HttpError::Unreachable(format!("{url} sent no body in time")));
                }
            }
        }
    }
}

impl Conditions<'_> {
    fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name, value: Option<&str>| {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        };
        set(header::IF_NONE_MATCH, self.etag);
        set(header::IF_MODIFIED_SINCE, self.last_modified);
        if let Some((name, value)) = self.secret.map(Secret::header) {
            headers.insert(name, value);
        }
        headers
    }
}

impl Answer {
    /// Where a redirect leads; none where the answer is no redirect.
    pub(crate) fn redirect(&self, from: &Url) -> Option<Result<Url, HttpError>> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let target = self.headers.get("location").and_then(|location| from.join(location).ok());
        Some(target.ok_or_else(|| {
            HttpError::Refused(format!("{from} redirects, but its Location is no address"))
        }))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The pause that the host asks for, in seconds or until a date.
    pub(crate) fn retry_after(&self, now: dateline_record::Timestamp) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
        }
        let at = dateline_wire::date::parse(text)?.at;
        let ahead = at.as_millis().saturating_sub(now.as_millis());
        let pause = Duration::from_millis(u64::try_from(ahead).unwrap_or(0));
        Some(pause.min(MAX_RETRY_AFTER))
    }
}

fn kept_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::<String, String>::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::SET_COOKIE) {
        // Some servers send Latin-1, which HTTP once allowed.
        let latin = || value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        let text = String::from_utf8(value.as_bytes().to_vec()).unwrap_or_else(|_| latin());
        let text = &text[..text.floor_char_boundary(MAX_HEADER_BYTES)];
        let slot = kept.entry(name.as_str().to_owned()).or_default();
        if !slot.is_empty() {
            slot.push_str(", ");
        }
        slot.push_str(text);
    }
    kept
}

/// An error with all its causes, since the outermost says little.
fn chain(url: &Url, error: &reqwest::Error) -> String {
    let mut text = format!("{url} could not be fetched");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

//! Secrets of interfaces: read from the environment when needed, never shown, tokens kept until
//! they expire.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dateline_record::Auth;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::Deserialize;
use tokio::time::Instant;
use url::{Url, form_urlencoded};

use crate::http::Form;
use crate::web::{Web, WebError};

/// Bytes of the longest answer with a token.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A token is used no longer than this before its end.
const MARGIN: Duration = Duration::from_mins(1);

/// How long a token lives that does not say it.
const DEFAULT_LIFE: Duration = Duration::from_mins(5);

/// A header that makes us known. It is never shown.
#[derive(Clone)]
pub(crate) struct Secret {
    name: HeaderName,
    value: HeaderValue,
    bare: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({})", self.name)
    }
}

impl Secret {
    fn new(header: &str, prefix: &str, bare: String) -> Option<Self> {
        let name = HeaderName::from_bytes(header.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(&format!("{prefix}{bare}")).ok()?;
        value.set_sensitive(true);
        Some(Self { name, value, bare })
    }

    pub(crate) fn header(&self) -> (HeaderName, HeaderValue) {
        (self.name.clone(), self.value.clone())
    }

    /// An address without the secret, where the interface has put it into its query.
    pub(crate) fn strip(&self, url: &Url) -> Url {
        let holds = |(_, value): (_, std::borrow::Cow<'_, str>)| value == self.bare.as_str();
        if !url.query_pairs().any(holds) {
            return url.clone();
        }
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(_, value)| *value != self.bare)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let mut stripped = url.clone();
        stripped.set_query(None);
        if !kept.is_empty() {
            stripped.query_pairs_mut().extend_pairs(kept);
        }
        stripped
    }

    /// A text without the secret.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.bare.is_empty() { text.to_owned() } else { text.replace(&self.bare, "********") }
    }
}

/// The tokens that were given, by where and to whom.
#[derive(Default)]
pub(crate) struct Tokens {
    held: Mutex<HashMap<String, (Secret, Instant)>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens")
    }
}

/// Why there is no secret.
#[derive(Debug)]
pub(crate) enum NoSecret {
    /// The host's turn has not come.
    NotNow(Duration),
    /// Why, with the field and the fix.
    Failed(String),
}

impl Tokens {
    /// What makes us known to an interface.
    pub(crate) async fn secret(&self, web: &Web, auth: &Auth) -> Result<Secret, NoSecret> {
        match auth {
            Auth::Header { header, prefix, token_env } => {
                let bare = from_env("auth.token_env", token_env)?;
                Secret::new(header, prefix, bare).ok_or_else(|| {
                    let what = format!("auth.token_env: what {token_env} holds is no header value");
                    NoSecret::Failed(what)
                })
            }
            Auth::Oauth2 { token_url, client_id_env, client_secret_env, scope } => {
                let id = from_env("auth.client_id_env", client_id_env)?;
                let key = format!("{token_url} {id} {}", scope.as_deref().unwrap_or_default());
                if let Some(held) = self.held(&key) {
                    return Ok(held);
                }
                let password = from_env("auth.client_secret_env", client_secret_env)?;
                let client = basic(&id, &password)?;
                let (secret, life) = ask(web, token_url, &client, scope.as_deref()).await?;
                let until = Instant::now() + life.saturating_sub(MARGIN);
                let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                held.insert(key, (secret.clone(), until));
                Ok(secret)
            }
        }
    }

    /// Forgets what an interface has refused, so that the next request asks for another token.
    pub(crate) fn forget(&self, secret: &Secret) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (known, _)| known.value != secret.value);
    }

    fn held(&self, key: &str) -> Option<Secret> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (secret, until) = held.get(key)?;
        (*until > Instant::now()).then(|| secret.clone())
    }
}

fn from_env(field: &str, name: &str) -> Result<String, NoSecret> {
    let value = std::env::var(name).unwrap_or_default();
    if value.trim().is_empty() {
        let what = format!("{field}: the environment variable {name} is not set; set it");
        return Err(NoSecret::Failed(what));
    }
    Ok(value.trim().to_owned())
}

/// RFC 6749, section 2.3.1.
fn basic(id: &str, password: &str) -> Result<Secret, NoSecret> {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(password));
    Secret::new(AUTHORIZATION.as_str(), "Basic ", STANDARD.encode(pair))
        .ok_or_else(|| NoSecret::Failed("auth: id and secret make no header".to_owned()))
}

/// The answer with a token (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: Option<u64>,
}

async fn ask(
    web: &Web,
    token_url: &str,
    client: &Secret,
    scope: Option<&str>,
) -> Result<(Secret, Duration), NoSecret> {
    let failed = |what: String| Err(NoSecret::Failed(format!("auth.token_url: {what}")));
    let url = match Url::parse(token_url) {
        Ok(url) => url,
        Err(error) => return failed(format!("{token_url:?} is no address: {error}")),
    };
    let pairs = [Some(("grant_type", "client_credentials")), scope.map(|scope| ("scope", scope))];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs.into_iter().flatten())
        .finish();
    let form = Form { secret: Some(client), body: &body };
    let answer = match web.post(&url, form, MAX_TOKEN_BYTES).await {
        Ok(answer) => answer,
        Err(WebError::NotNow(wait)) => return Err(NoSecret::NotNow(wait)),
        Err(error) => return failed(error.to_string()),
    };
    if !(200..300).contains(&answer.status) {
        return failed(format!("{url} answered with status {}", answer.status));
    }
    // What cannot be read is not shown: it may hold the token.
    let Ok(given) = serde_json::from_slice::<Given>(&answer.body) else {
        return failed(format!("{url} gave no JSON object with access_token"));
    };
    let life = given.expires_in.map_or(DEFAULT_LIFE, Duration::from_secs);
    match Secret::new(AUTHORIZATION.as_str(), "Bearer ", given.access_token) {
        Some(secret) => Ok((secret, life)),
        None => failed(format!("{url} gave a token that is no header value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("x-api-key", "Key ", "hush-hush".to_owned()).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(x-api-key)");
        assert_eq!(secret.redact("a hush-hush b"), "a ******** b");
        let check = |url: &str, expected: &str| {
            assert_eq!(secret.strip(&Url::parse(url).unwrap()).as_str(), expected);
        };
        check("https://a.example/f?seq=1&apikey=hush-hush", "https://a.example/f?seq=1");
        check("https://a.example/f?apikey=hush-hush", "https://a.example/f");
        check("https://a.example/f?q=%41+b", "https://a.example/f?q=%41+b");
    }

    #[test]
    fn a_missing_variable_is_named() {
        let Err(NoSecret::Failed(what)) = from_env("auth.token_env", "DATELINE_TEST_NOT_SET")
        else {
            panic!("the variable is set");
        };
        assert!(what.contains("auth.token_env") && what.contains("DATELINE_TEST_NOT_SET"));
    }
}

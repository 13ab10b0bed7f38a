//! Commits that the library cannot make: it appends only. They go to the catalog by the same address, with
//! the same words, and with the token that it was opened with.

use std::collections::{BTreeMap, HashMap};

use dateline_lake::{Error, Outcome};
use iceberg::TableIdent;
use iceberg_catalog_rest::CommitTableRequest;
use reqwest_of_iceberg::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::Place;

/// Bytes of a refusal that are told.
const MOST_TOLD: usize = 300;

/// The way to a catalog.
pub(crate) struct Rest {
    client: Client,
    place: Place,
    /// What the catalog says of itself, asked once.
    known: Mutex<Option<Known>>,
}

/// What is known of a catalog.
#[derive(Clone)]
struct Known {
    uri: String,
    options: BTreeMap<String, String>,
    token: Option<String>,
}

/// What it answers when it is asked for its settings.
#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    defaults: BTreeMap<String, String>,
    #[serde(default)]
    overrides: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

impl Rest {
    pub(crate) fn new(place: &Place) -> Self {
        Self { client: Client::new(), place: place.clone(), known: Mutex::new(None) }
    }

    /// Does a commit, or nothing where one of its requirements does not hold.
    pub(crate) async fn commit(
        &self,
        table: &TableIdent,
        request: &CommitTableRequest,
    ) -> Result<Outcome, Error> {
        let known = self.known().await?;
        let url = known.table(table)?;
        let response = known.asked(self.client.post(url).json(request)).send().await;
        let response = response.map_err(says)?;
        match response.status() {
            StatusCode::OK => Ok(Outcome::Committed),
            StatusCode::CONFLICT => Ok(Outcome::Conflict),
            StatusCode::UNAUTHORIZED => {
                // A token that was exchanged may be too old: the next try asks for another.
                *self.known.lock().await = None;
                Err(refused(response).await)
            }
            _ => Err(refused(response).await),
        }
    }

    async fn known(&self) -> Result<Known, Error> {
        let mut known = self.known.lock().await;
        if let Some(known) = &*known {
            return Ok(known.clone());
        }
        let Place { uri, warehouse, options, .. } = &self.place;
        let mut own = Known { uri: uri.clone(), options: options.clone(), token: None };
        own.token = self.token(&own).await?;
        let mut url = address(&own.uri, &["v1", "config"])?;
        if !warehouse.is_empty() {
            url.query_pairs_mut().append_pair("warehouse", warehouse);
        }
        let response = own.asked(self.client.get(url)).send().await.map_err(says)?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        let mut settings: Settings = response.json().await.map_err(says)?;
        own.uri = settings.overrides.remove("uri").unwrap_or(own.uri);
        let given = std::mem::replace(&mut own.options, settings.defaults);
        own.options.extend(given);
        own.options.extend(settings.overrides);
        own.token = self.token(&own).await?;
        Ok(known.insert(own).clone())
    }

    /// The token that was given, or one for the credential that was.
    async fn token(&self, known: &Known) -> Result<Option<String>, Error> {
        let option = |name: &str| known.options.get(name).map(String::as_str);
        if known.token.is_some() {
            return Ok(known.token.clone());
        }
        if let Some(token) = option("token") {
            return Ok(Some(token.to_owned()));
        }
        let Some(credential) = option("credential") else {
            return Ok(None);
        };
        let url = match option("oauth2-server-uri") {
            Some(url) => {
                Url::parse(url).map_err(|error| Error::Final(format!("{url}: {error}")))?
            }
            None => address(&known.uri, &["v1", "oauth", "tokens"])?,
        };
        let mut form = HashMap::from([("grant_type", "client_credentials")]);
        form.insert("scope", option("scope").unwrap_or("catalog"));
        let more = ["audience", "resource"].map(|name| Some((name, option(name)?)));
        form.extend(more.into_iter().flatten());
        match credential.split_once(':') {
            Some((id, secret)) => form.extend([("client_id", id), ("client_secret", secret)]),
            None => form.extend([("client_secret", credential)]),
        }
        let response = known.asked(self.client.post(url)).form(&form).send().await.map_err(says)?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        Ok(Some(response.json::<Token>().await.map_err(says)?.access_token))
    }
}

impl Known {
    /// A request with the headers that were given for all.
    fn asked(&self, request: RequestBuilder) -> RequestBuilder {
        let headers = self.options.iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.strip_prefix("header.")?, value)));
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    fn table(&self, table: &TableIdent) -> Result<Url, Error> {
        let namespace = table.namespace().to_url_string();
        let prefix = self.options.get("prefix").map(String::as_str);
        let mut parts = vec!["v1"];
        // A prefix may be a path of several.
        parts.extend(prefix.into_iter().flat_map(|prefix| prefix.split('/')));
        parts.extend(["namespaces", &namespace, "tables", table.name()]);
        address(&self.uri, &parts)
    }
}

fn address(uri: &str, parts: &[&str]) -> Result<Url, Error> {
    let mut url = Url::parse(uri).map_err(|error| Error::Final(format!("uri: {error}")))?;
    let says = |()| Error::Final(format!("uri: {uri:?} is no address of a catalog"));
    url.path_segments_mut().map_err(says)?.pop_if_empty().extend(parts);
    Ok(url)
}

#[allow(clippy::needless_pass_by_value)] // as an error is handed on
fn says(error: reqwest_of_iceberg::Error) -> Error {
    let mut what = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        what = format!("{what}: {error}");
        cause = error.source();
    }
    Error::Again(what)
}

async fn refused(response: Response) -> Error {
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    let text: String = text.chars().take(MOST_TOLD).collect();
    Error::Again(format!("the catalog answers {status}: {text}"))
}

#[cfg(test)]
mod tests {
    use iceberg::NamespaceIdent;

    use super::*;

    #[test]
    fn a_table_has_its_address() {
        let check = |prefix: Option<&str>, expected: &str| {
            let pair = |prefix: &str| ("prefix".to_owned(), prefix.to_owned());
            let options = prefix.map(pair).into_iter().collect();
            let known = Known { uri: "http://h/iceberg".to_owned(), options, token: None };
            let space = NamespaceIdent::from_strs(["a b", "c"]).unwrap();
            let table = TableIdent::new(space, "stories_log".to_owned());
            assert_eq!(known.table(&table).unwrap().as_str(), expected);
        };
        let end = "namespaces/a%20b%1Fc/tables/stories_log";
        check(None, &format!("http://h/iceberg/v1/{end}"));
        check(Some("ws/main"), &format!("http://h/iceberg/v1/ws/main/{end}"));
        assert!(address("mailto:a@example.com", &["v1"]).is_err());
    }
}

//! A document from the web with all manners: robots.txt, the host's turn, each redirect looked at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dateline_record::{HttpExchange, RobotsVerdict, Timestamp};
use dateline_wire::robots::{MAX_ROBOTS_BYTES, Robots};
use tokio::time::Instant;
use url::Url;

use crate::address::Guard;
use crate::config::{Config, millis};
use crate::host::Realm;
use crate::http::{Answer, Conditions, Form, Http, HttpError};
use crate::politeness::{NotNow, Politeness};

/// Origins whose robots.txt is remembered.
const MAX_ORIGINS: usize = 10_000;

/// The web as the fetcher sees it.
#[derive(Debug)]
pub(crate) struct Web {
    http: Http,
    pub(crate) politeness: Politeness,
    robots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Known>>>>>,
    agent: String,
    max_redirects: usize,
    max_crawl_delay: Duration,
    robots_cache: Duration,
    robots_retry: Duration,
}

/// What is known of a host's robots.txt.
#[derive(Clone, Debug)]
struct Known {
    rules: Rules,
    until: Instant,
}

#[derive(Clone, Debug)]
enum Rules {
    Read(Arc<Robots>),
    Absent,
    /// It could not be read: nothing may be fetched for now (RFC 9309, section 2.3.1.4).
    Unreachable(String),
}

/// What to ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) url: &'a Url,
    /// The hosts that may be asked.
    pub(crate) realm: &'a Realm<'a>,
    /// Whether robots.txt is asked; a feed that an operator named is fetched without.
    pub(crate) ask_robots: bool,
    pub(crate) conditions: Conditions<'a>,
    pub(crate) max_bytes: usize,
}

/// A document and how it came.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) answer: Answer,
    /// Where it was at last.
    pub(crate) url: Url,
    /// The URLs that redirected.
    pub(crate) redirects: Vec<String>,
    /// Where the address asked for has gone for good, by 301 or 308.
    pub(crate) moved_to: Option<Url>,
    pub(crate) robots: RobotsVerdict,
    pub(crate) received_at: Timestamp,
}

/// Why a document did not come.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("robots.txt of the host forbids {0}")]
    Forbidden(Url),
    #[error("robots.txt of {host} could not be read, so nothing is fetched there for now: {what}")]
    NoRobots { host: String, what: String, wait: Duration },
    #[error("the host may not be asked for another {} s", .0.as_secs())]
    NotNow(Duration),
    #[error("{0} is on a host that another fetcher owns")]
    Elsewhere(Url),
    #[error("{url} redirects more than fetcher.max_redirects ({limit}) times")]
    TooManyRedirects { url: Url, limit: usize },
}

impl From<NotNow> for WebError {
    fn from(refusal: NotNow) -> Self {
        Self::NotNow(refusal.wait)
    }
}

impl WebError {
    /// Whether asking again may help.
    pub(crate) fn may_pass(&self) -> bool {
        !matches!(self, Self::Forbidden(_) | Self::Http(HttpError::Refused(_)))
    }
}

impl Web {
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let guard = Arc::new(Guard::new(&config.allow_networks)?);
        Ok(Self {
            http: Http::new(config, guard)?,
            politeness: Politeness::new(
                millis(config.min_host_interval_ms),
                millis(config.max_host_wait_ms),
            ),
            robots: Mutex::default(),
            agent: config.user_agent.clone(),
            max_redirects: config.max_redirects,
            max_crawl_delay: millis(config.max_crawl_delay_ms),
            robots_cache: millis(config.robots_cache_ms),
            robots_retry: millis(config.robots_retry_ms),
        })
    }

    /// Fetches a document, redirects and all.
    pub(crate) async fn visit(&self, question: Question<'_>) -> Result<Visit, WebError> {
        let mut url = question.url.clone();
        let mut redirects = Vec::new();
        let (mut conditions, max_bytes) = (question.conditions, question.max_bytes);
        let (mut moved_to, mut is_for_good) = (None, true);
        loop {
            self.http.check(&url)?;
            let key = question.realm.key(&url);
            if !question.realm.owns(&key) {
                return Err(WebError::Elsewhere(url));
            }
            let robots = if question.ask_robots {
                self.verdict(&url, question.realm).await?
            } else {
                RobotsVerdict::NotAsked
            };
            let answer = self.polite_get(&url, &key, conditions, max_bytes).await?;
            let Some(target) = answer.redirect(&url) else {
                let received_at = crate::now();
                return Ok(Visit { answer, url, redirects, moved_to, robots, received_at });
            };
            redirects.push(url.to_string());
            if redirects.len() > self.max_redirects {
                let limit = self.max_redirects;
                return Err(WebError::TooManyRedirects { url: question.url.clone(), limit });
            }
            let target = target?;
            if target.origin() != url.origin() {
                conditions.secret = None;
            }
            is_for_good &= matches!(answer.status, 301 | 308);
            if is_for_good {
                moved_to = Some(target.clone());
            }
            url = target;
        }
    }

    /// The sitemaps that the robots.txt of a URL's site names.
    pub(crate) async fn sitemaps(
        &self,
        url: &Url,
        realm: &Realm<'_>,
    ) -> Result<Vec<String>, WebError> {
        let known = self.known(url, realm).await?;
        match known.rules {
            Rules::Absent => Ok(Vec::new()),
            Rules::Read(robots) => Ok(robots.sitemaps().to_vec()),
            Rules::Unreachable(what) => Err(known_unreachable(url, what, known.until)),
        }
    }

    /// Sends a form with all manners, for a token or a subscription.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: Form<'_>,
        max_bytes: usize,
    ) -> Result<Answer, WebError> {
        let turn = self.politeness.turn(&crate::host::domain(url)).await?;
        let answer = self.http.post(url, form, max_bytes).await?;
        drop(turn);
        Ok(answer)
    }

    async fn polite_get(
        &self,
        url: &Url,
        key: &str,
        conditions: Conditions<'_>,
        max_bytes: usize,
    ) -> Result<Answer, WebError> {
        let turn = self.politeness.turn(key).await?;
        // Who asks for an answer that may be held back does not keep the host's other sources
        // waiting meanwhile: it counts as one request, and the pause as from its start.
        let held = conditions.patience.is_zero().then_some(turn);
        let answer = self.http.get(url, conditions, max_bytes).await?;
        drop(held);
        if matches!(answer.status, 429 | 503)
            && let Some(pause) = answer.retry_after(crate::now())
        {
            self.politeness.block(key, pause);
        }
        Ok(answer)
    }

    async fn verdict(&self, url: &Url, realm: &Realm<'_>) -> Result<RobotsVerdict, WebError> {
        let known = self.known(url, realm).await?;
        match known.rules {
            Rules::Absent => Ok(RobotsVerdict::Absent),
            Rules::Read(robots) if robots.allows(&self.agent, url.as_str()) => {
                Ok(RobotsVerdict::Allowed)
            }
            Rules::Read(_) => Err(WebError::Forbidden(url.clone())),
            Rules::Unreachable(what) => Err(known_unreachable(url, what, known.until)),
        }
    }

    /// What is known of the robots.txt for a URL, fetched if need be. Whoever comes while another
    /// fetches it waits for that, so that it is asked for once.
    async fn known(&self, url: &Url, realm: &Realm<'_>) -> Result<Known, WebError> {
        let slot = self.slot(&url.origin().ascii_serialization());
        let mut slot = slot.lock().await;
        if let Some(known) = slot.as_ref().filter(|known| known.until > Instant::now()) {
            return Ok(known.clone());
        }
        let rules = self.fetch_robots(url, realm).await?;
        if let Rules::Read(robots) = &rules
            && let Some(delay) = robots.crawl_delay(&self.agent)
        {
            self.politeness.set_crawl_delay(&realm.key(url), delay.min(self.max_crawl_delay));
        }
        let lifetime = match rules {
            Rules::Unreachable(_) => self.robots_retry,
            Rules::Read(_) | Rules::Absent => self.robots_cache,
        };
        let known = Known { rules, until: Instant::now() + lifetime };
        *slot = Some(known.clone());
        Ok(known)
    }

    fn slot(&self, origin: &str) -> Arc<tokio::sync::Mutex<Option<Known>>> {
        let mut robots = self.robots.lock().unwrap_or_else(PoisonError::into_inner);
        if robots.len() >= MAX_ORIGINS && !robots.contains_key(origin) {
            robots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(robots.entry(origin.to_owned()).or_default())
    }

    async fn fetch_robots(&self, url: &Url, realm: &Realm<'_>) -> Result<Rules, WebError> {
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        at.set_fragment(None);
        for _ in 0..=self.max_redirects {
            let (conditions, max_bytes) = (Conditions::default(), MAX_ROBOTS_BYTES);
            // A robots.txt on another host is asked for even where another fetcher owns that host: a
            // file that could be read only by some of the fetchers would be worse.
            let got = self.polite_get(&at, &realm.key(&at), conditions, max_bytes).await;
            let answer = match got {
                Ok(answer) => answer,
                Err(WebError::Http(error)) => return Ok(Rules::Unreachable(error.to_string())),
                // Nothing is learnt from a host whose turn has not come.
                Err(error) => return Err(error),
            };
            match answer.redirect(&at) {
                Some(Ok(target)) => at = target,
                Some(Err(_)) => return Ok(Rules::Absent),
                None => return Ok(rules(&answer)),
            }
        }
        // RFC 9309, section 2.3.1.2: after five redirects it may be taken as absent.
        Ok(Rules::Absent)
    }
}

fn known_unreachable(url: &Url, what: String, until: Instant) -> WebError {
    let host = url.host_str().unwrap_or_default().to_owned();
    WebError::NoRobots { host, what, wait: until.saturating_duration_since(Instant::now()) }
}

/// What the answer to a request for robots.txt means (RFC 9309, section 2.3.1).
fn rules(answer: &Answer) -> Rules {
    match answer.status {
        200..=299 => Rules::Read(Arc::new(Robots::parse(&answer.body))),
        // Too many requests says nothing of the file: whoever says it wants less, not more.
        429 => Rules::Unreachable("status 429".to_owned()),
        400..=499 => Rules::Absent,
        status => Rules::Unreachable(format!("status {status}")),
    }
}

impl Visit {
    /// The exchange as the record keeps it, and the body.
    pub(crate) fn into_record(self) -> (HttpExchange, Vec<u8>) {
        let exchange = self.exchange();
        (exchange, self.answer.body)
    }

    /// The exchange as the record keeps it.
    pub(crate) fn exchange(&self) -> HttpExchange {
        HttpExchange {
            status: self.answer.status,
            headers: self.answer.headers.clone(),
            redirects: self.redirects.clone(),
            robots: self.robots,
            truncated: self.answer.truncated,
        }
    }
}

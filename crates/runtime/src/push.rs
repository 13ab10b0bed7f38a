//! The push port: providers and hubs deliver to it. What comes is put on the source's partition in
//! a unit of work of its own, and only then answered, so that nothing that was accepted is lost.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use dateline_record::{Delivery, Errand, Payload, SourceSpec};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{Source, clock};

/// How long a deliverer waits for the unit of work.
const COMMIT_WAIT: Duration = Duration::from_secs(30);

/// Deliveries that may wait for a unit of work; more are asked to come again.
const MOST_WAITING: usize = 256;

/// `[push]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub(crate) struct PushConfig {
    pub listen: String,
    pub max_body_bytes: usize,
}

/// What came in at the push port.
#[derive(Debug)]
pub struct Pushed {
    /// Whether it is a question (GET) and no delivery (POST).
    pub is_question: bool,
    /// The key of the source: route and id.
    pub key: String,
    /// The part of the address that only the deliverer knows.
    pub token: String,
    /// The address's query.
    pub query: BTreeMap<String, String>,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is to be done with it.
#[derive(Debug)]
pub enum Admission {
    /// It is refused with this status; the text says why and what to do.
    Refuse(u16, String),
    /// The question is answered with this text, and the source's owner hears of it: a delivery
    /// without a body, with these headers.
    Answer(String, BTreeMap<String, String>),
    /// It is put on the source's partition, with these of its headers.
    Accept(BTreeMap<String, String>),
}

/// A delivery that waits for its unit of work.
pub(crate) struct Waiting {
    pub(crate) spec: SourceSpec,
    /// Told once the unit is committed; dropped where it was not.
    pub(crate) done: oneshot::Sender<()>,
}

/// Deliveries on their way from the port to a loop.
#[derive(Default)]
pub(crate) struct Inbox(Mutex<VecDeque<Waiting>>);

impl Inbox {
    /// False where too many wait.
    fn put(&self, waiting: Waiting) -> bool {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= MOST_WAITING {
            return false;
        }
        queue.push_back(waiting);
        true
    }

    /// Up to `most` deliveries that wait.
    pub(crate) fn take(&self, most: usize) -> Vec<Waiting> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = queue.len().min(most);
        queue.drain(..count).collect()
    }
}

struct Port<S> {
    source: Arc<S>,
    inbox: Arc<Inbox>,
    max_body_bytes: usize,
}

/// Opens the push port.
pub(crate) async fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.with_context(|| {
        format!("push.listen: {listen:?} cannot be listened on; set another, or \"\" for none")
    })
}

/// Serves the push port until `stop` is ready.
pub(crate) async fn serve<S: Source>(
    listener: TcpListener,
    source: Arc<S>,
    inbox: Arc<Inbox>,
    config: PushConfig,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    tracing::info!(service = S::NAME, address = %listener.local_addr()?, "push port open");
    let router = Router::new()
        .route("/push/{route}/{source}/{token}", any(receive::<S>))
        .with_state(Arc::new(Port { source, inbox, max_body_bytes: config.max_body_bytes }));
    axum::serve(listener, router).with_graceful_shutdown(stop).await?;
    Ok(())
}

async fn receive<S: Source>(
    State(port): State<Arc<Port<S>>>,
    Path((route, source, token)): Path<(String, String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let is_question = match *request.method() {
        Method::GET => true,
        Method::POST => false,
        _ => {
            return (StatusCode::METHOD_NOT_ALLOWED, "POST what is to be delivered\n")
                .into_response();
        }
    };
    let key = format!("{route}/{source}");
    let headers = texts(request.headers());
    let body = match axum::body::to_bytes(request.into_body(), port.max_body_bytes).await {
        Ok(body) => body.to_vec(),
        Err(error) => {
            let what = format!("not read: {error}; push.max_body_bytes is the bound\n");
            return (StatusCode::PAYLOAD_TOO_LARGE, what).into_response();
        }
    };
    let pushed = Pushed { is_question, key, token, query, headers, body };
    match port.source.admit(&pushed) {
        Admission::Refuse(status, what) => {
            tracing::warn!(
                service = S::NAME,
                source_id = source,
                status,
                error = what,
                "push refused"
            );
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            (status, format!("{what}\n")).into_response()
        }
        Admission::Answer(text, note) => {
            let put = deliver(&port.inbox, &route, pushed.key, note, Vec::new()).await;
            if put { text.into_response() } else { not_now() }
        }
        Admission::Accept(kept) => {
            let put = deliver(&port.inbox, &route, pushed.key, kept, pushed.body).await;
            if put { (StatusCode::ACCEPTED, "accepted\n").into_response() } else { not_now() }
        }
    }
}

/// Whoever delivers keeps what was not accepted, and comes again.
fn not_now() -> Response {
    let retry = [("retry-after", "5")];
    (StatusCode::SERVICE_UNAVAILABLE, retry, "not accepted now, try again\n").into_response()
}

/// Hands a delivery to a loop and waits for its commit.
async fn deliver(
    inbox: &Inbox,
    route: &str,
    target: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
) -> bool {
    let received_at = clock::now();
    let delivery = Box::new(Delivery { headers, body: Payload::new(body), received_at });
    let spec = SourceSpec::errand(Errand::Delivery { target, delivery }, route, received_at);
    let (done, committed) = oneshot::channel();
    if !inbox.put(Waiting { spec, done }) {
        return false;
    }
    matches!(tokio::time::timeout(COMMIT_WAIT, committed).await, Ok(Ok(())))
}

fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text =
        |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

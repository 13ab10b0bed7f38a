//! Carries spans to the collector in batches; a collector that is away costs spans, never records.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use prost::Message;
use tokio::{net::TcpStream, sync::mpsc::Receiver, time::timeout};

use super::{
    Endpoint,
    proto::{
        ExportTraceServiceRequest, InstrumentationScope, Resource, ResourceSpans, ScopeSpans, Span,
    },
    text,
};

/// Spans that go out in one request.
const MOST_IN_BATCH: usize = 512;

/// How long a span waits for others.
const LINGER: Duration = Duration::from_millis(500);

/// How long the collector may take.
const REQUEST: Duration = Duration::from_secs(5);

/// Carries spans to the collector.
pub(super) struct Exporter {
    endpoint: Endpoint,
    spans: Receiver<(&'static str, Span)>,
}

impl Exporter {
    pub(super) fn new(endpoint: Endpoint, spans: Receiver<(&'static str, Span)>) -> Self {
        Self { endpoint, spans }
    }

    /// Until nobody sends any more.
    pub(super) async fn run(mut self) {
        let mut batch = Vec::new();
        while self.spans.recv_many(&mut batch, MOST_IN_BATCH).await > 0 {
            // More may follow at once; a whole batch does not wait.
            while batch.len() < MOST_IN_BATCH {
                let left = MOST_IN_BATCH - batch.len();
                match timeout(LINGER, self.spans.recv_many(&mut batch, left)).await {
                    Ok(count) if count > 0 => {}
                    _ => break,
                }
            }
            let spans = batch.len();
            let sent = timeout(REQUEST, self.export(std::mem::take(&mut batch))).await;
            let sent = sent.context("no answer in time").and_then(|sent| sent);
            if let Err(error) = sent {
                let (host, error) = (&self.endpoint.host, format!("{error:#}"));
                tracing::warn!(host, spans, error, "spans lost, the collector does not take them");
            }
        }
    }

    async fn export(&self, batch: Vec<(&'static str, Span)>) -> anyhow::Result<()> {
        let body = Full::new(Bytes::from(request(batch).encode_to_vec()));
        let stream = TcpStream::connect(&self.endpoint.host).await.context("connecting")?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the answer.
        tokio::spawn(connection);
        let mut request = Request::post(&self.endpoint.path)
            .header(header::HOST, &self.endpoint.host)
            .header(header::CONTENT_TYPE, "application/x-protobuf");
        for (name, value) in &self.endpoint.headers {
            request = request.header(name, value);
        }
        let response = sender.send_request(request.body(body)?).await?;
        let status = response.status();
        // The answer is read to its end, so that the other side sees a clean one.
        response.into_body().collect().await?;
        ensure!(status.is_success(), "the collector answered {status}");
        Ok(())
    }
}

/// One resource for each service.
fn request(batch: Vec<(&'static str, Span)>) -> ExportTraceServiceRequest {
    let mut services: BTreeMap<&'static str, Vec<Span>> = BTreeMap::new();
    for (service, span) in batch {
        services.entry(service).or_default().push(span);
    }
    let version = env!("CARGO_PKG_VERSION");
    let of_service = |(service, spans)| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![
                text("service.namespace", "dateline"),
                text("service.name", service),
                text("service.version", version),
            ],
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: version.to_owned(),
            }),
            spans,
        }],
    };
    ExportTraceServiceRequest { resource_spans: services.into_iter().map(of_service).collect() }
}

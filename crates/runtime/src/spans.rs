//! Spans to a collector by OTLP over HTTP, only where `OTEL_EXPORTER_OTLP_ENDPOINT` names one.
//! Names and attributes are OpenTelemetry's semantic conventions for messaging, version 1.44.

mod exporter;
mod proto;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};

use crate::{
    report::{At, End, Report},
    trace::TraceContext,
};
use exporter::Exporter;
use proto::{AnyValue, KeyValue, Span, SpanKind, Status, Value};

/// Spans that may wait for the collector; what comes beyond is dropped and counted.
const MOST_WAITING: usize = 8_192;

/// Where spans go.
#[derive(Default)]
pub(crate) struct Spans {
    sender: Mutex<Option<mpsc::Sender<(&'static str, Span)>>>,
    is_on: bool,
    system: &'static str,
    dropped: AtomicU64,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Where the collector is, as the environment says.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Endpoint {
    host: String,
    path: String,
    headers: Vec<(String, String)>,
}

impl Spans {
    /// As the environment says; `system` is what the topics live on.
    pub(crate) fn new(
        environment: impl IntoIterator<Item = (String, String)>,
        system: &'static str,
        tokio: &Handle,
    ) -> anyhow::Result<Self> {
        let Some(endpoint) = Endpoint::of(&environment.into_iter().collect())? else {
            return Ok(Self::default());
        };
        tracing::info!(host = endpoint.host, path = endpoint.path, "spans are sent to a collector");
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        let task = tokio.spawn(Exporter::new(endpoint, receiver).run());
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            is_on: true,
            system,
            dropped: AtomicU64::new(0),
            task: Mutex::new(Some(task)),
        })
    }

    /// Sends the spans of one record: that it was handled, and what it became.
    pub(crate) fn record(&self, stage: &'static str, report: &Report, at: &At, ended_ns: u64) {
        if !self.is_on || !report.trace.is_sampled() {
            return;
        }
        self.send(stage, self.process_span(stage, report, at));
        for (trace, topic) in &report.sent {
            let mut span = span(*trace, &format!("send {topic}"), SpanKind::Producer);
            span.start_time_unix_nano = report.began_ns + nanos(report.elapsed);
            span.end_time_unix_nano = ended_ns.max(span.start_time_unix_nano);
            span.attributes = vec![
                text("messaging.system", self.system),
                text("messaging.operation.name", "send"),
                text("messaging.operation.type", "send"),
                text("messaging.destination.name", topic),
                text("messaging.message.conversation_id", &report.story_id),
            ];
            self.send(stage, span);
        }
    }

    fn process_span(&self, stage: &'static str, report: &Report, at: &At) -> Span {
        let (name, kind) = match at.place {
            Some(_) => (format!("process {}", at.topic), SpanKind::Consumer),
            None => ("fetch".to_owned(), SpanKind::Internal),
        };
        let mut span = span(report.trace, &name, kind);
        span.start_time_unix_nano = report.began_ns;
        span.end_time_unix_nano = report.began_ns + nanos(report.elapsed);
        span.attributes = vec![
            text("dateline.source.id", &report.source_id),
            text("messaging.message.conversation_id", &report.story_id),
            int("dateline.attempt", u64::from(report.attempt)),
        ];
        if let Some((partition, offset)) = at.place {
            span.attributes.extend([
                text("messaging.system", self.system),
                text("messaging.operation.name", "process"),
                text("messaging.operation.type", "process"),
                text("messaging.destination.name", &at.topic),
                text("messaging.destination.partition.id", &partition.to_string()),
                text("messaging.consumer.group.name", &format!("dateline-{stage}")),
                text("messaging.kafka.message.key", &report.story_id),
                int("messaging.kafka.offset", offset),
            ]);
        }
        match &report.end {
            End::Processed | End::Related => {}
            End::Skipped(reason) => {
                span.attributes.push(text("dateline.skip.reason", reason.as_str()));
            }
            End::Dead(verdict) => {
                span.attributes.push(text("error.type", verdict.code.as_str()));
                // 2 is ERROR.
                span.status = Some(Status { message: verdict.what.clone(), code: 2 });
            }
        }
        span
    }

    fn send(&self, stage: &'static str, span: Span) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let is_taken = sender.as_ref().is_some_and(|sender| sender.try_send((stage, span)).is_ok());
        if !is_taken {
            // The stream does not wait for a collector.
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(service = stage, dropped, "span dropped, the collector is too slow");
        }
    }

    /// Sends what is left and ends, within a bounded time.
    pub(crate) fn flush(&self, tokio: &Handle, wait: Duration) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            let _ = tokio.block_on(async { tokio::time::timeout(wait, task).await });
        }
    }
}

impl Endpoint {
    fn of(environment: &BTreeMap<String, String>) -> anyhow::Result<Option<Self>> {
        let get = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let (name, url) = match get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
            Some(url) => ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url.clone()),
            None => match get("OTEL_EXPORTER_OTLP_ENDPOINT") {
                Some(base) => (
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    format!("{}/v1/traces", base.trim_end_matches('/')),
                ),
                None => return Ok(None),
            },
        };
        let Some(rest) = url.strip_prefix("http://") else {
            bail!(
                "{name}: {url} must begin with http://: let a collector on this machine or in this \
                 cluster speak TLS to others"
            );
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let headers = get("OTEL_EXPORTER_OTLP_HEADERS").map(String::as_str).unwrap_or_default();
        let headers = headers
            .split(',')
            .filter(|pair| !pair.trim().is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').context(
                    "OTEL_EXPORTER_OTLP_HEADERS: wants name=value pairs with commas between",
                )?;
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Some(Self { host, path: format!("/{path}"), headers }))
    }
}

fn span(trace: TraceContext, name: &str, kind: SpanKind) -> Span {
    Span {
        trace_id: trace.trace_bytes().to_vec(),
        span_id: trace.span_bytes().to_vec(),
        parent_span_id: trace.parent_bytes().map(Into::into).unwrap_or_default(),
        name: name.to_owned(),
        kind: kind.into(),
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::Text(value.to_owned())) });
    KeyValue { key: key.to_owned(), value }
}

fn int(key: &str, value: u64) -> KeyValue {
    let value = Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(variables: &[(&str, &str)]) -> anyhow::Result<Option<Endpoint>> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Endpoint::of(&variables.iter().map(pair).collect())
    }

    #[test]
    fn the_environment_names_the_collector() {
        let check = |variables: &[(&str, &str)], host: &str, path: &str| {
            let found = endpoint(variables).unwrap().unwrap();
            assert_eq!((found.host.as_str(), found.path.as_str()), (host, path));
        };
        let base = "OTEL_EXPORTER_OTLP_ENDPOINT";
        check(&[(base, "http://collector:4318")], "collector:4318", "/v1/traces");
        check(&[(base, "http://collector/otlp/")], "collector:80", "/otlp/v1/traces");
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other:1/x");
        check(&[(base, "http://collector:4318"), own], "other:1", "/x");
        let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "a=b, c = d");
        let found = endpoint(&[(base, "http://x:1"), headers]).unwrap().unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found.headers, [pair("a", "b"), pair("c", "d")]);
        assert_eq!(endpoint(&[]).unwrap(), None);
        assert_eq!(endpoint(&[(base, "")]).unwrap(), None);
        let error = endpoint(&[(base, "https://x")]).unwrap_err().to_string();
        assert!(error.contains(base) && error.contains("http://"), "{error}");
    }
}

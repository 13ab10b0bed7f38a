//! The admin port: `/live`, `/ready`, `/metrics`, `/log-level`.

use std::{future::Future, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::net::TcpListener;

use crate::{health::Health, logging::LogLevel, metrics::Metrics};

/// What the admin port shows.
#[derive(Clone)]
pub(crate) struct Admin {
    /// Whether the loops turn.
    pub(crate) health: Arc<Health>,
    /// What was counted.
    pub(crate) metrics: Arc<Metrics>,
    /// The level of the logs.
    pub(crate) log_level: LogLevel,
}

/// Opens the admin port.
pub(crate) async fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.with_context(|| {
        format!("admin.listen: {listen:?} cannot be listened on; set another, or \"\" for none")
    })
}

/// Serves the admin port until `stop` is ready.
pub(crate) async fn serve(
    listener: TcpListener,
    admin: Admin,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "admin port open");
    axum::serve(listener, router(admin)).with_graceful_shutdown(stop).await?;
    Ok(())
}

fn router(admin: Admin) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/log-level", get(log_level).put(set_log_level))
        .with_state(admin)
}

async fn live(State(admin): State<Admin>) -> impl IntoResponse {
    answer(admin.health.stalled().map_or(Ok("live"), Err))
}

async fn ready(State(admin): State<Admin>) -> impl IntoResponse {
    answer(admin.health.waiting().map_or(Ok("ready"), Err))
}

/// 200, or 503 with the name of the stage that is at fault.
fn answer(result: Result<&str, String>) -> (StatusCode, String) {
    match result {
        Ok(text) => (StatusCode::OK, format!("{text}\n")),
        Err(stage) => (StatusCode::SERVICE_UNAVAILABLE, format!("not yet: {stage}\n")),
    }
}

async fn metrics(State(admin): State<Admin>, headers: HeaderMap) -> impl IntoResponse {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let is_open = accepted.is_some_and(|kinds| kinds.contains("application/openmetrics-text"));
    let (kind, text) = if is_open {
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", admin.metrics.encode())
    } else {
        ("text/plain; version=0.0.4; charset=utf-8", admin.metrics.encode_plain())
    };
    ([(header::CONTENT_TYPE, kind)], text)
}

async fn log_level(State(admin): State<Admin>) -> String {
    format!("{}\n", admin.log_level.get())
}

async fn set_log_level(State(admin): State<Admin>, body: String) -> impl IntoResponse {
    match admin.log_level.set(&body) {
        Ok(()) => {
            tracing::info!(log_level = body.trim(), "log level changed");
            (StatusCode::OK, format!("{}\n", admin.log_level.get()))
        }
        Err(what) => (StatusCode::BAD_REQUEST, format!("{what}\n")),
    }
}

//! Why a question has no answer: what the caller did wrong, or what is not there.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) what: String,
}

/// What a refusal says.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Refusal {
    /// What is wrong and what to do about it.
    pub(crate) error: String,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, what: &str) -> Self {
        Self { status, what: what.to_owned() }
    }

    pub(crate) fn wrong(what: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, what)
    }

    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        let what = format!("{error:#}");
        tracing::warn!(error = what, "the console has no answer");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, what }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, Json(Refusal { error: self.what })).into_response()
    }
}

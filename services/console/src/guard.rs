//! Who may ask: the page's own names only, changes only with the token, and what a browser may do
//! with the answers.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dateline_record::ContentHash;

use crate::{api::Shared, fault::Fault};

/// What a browser may do with the page: nothing that does not come from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

const HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Refuses who comes by a foreign name or from a foreign page, and dresses every answer.
pub(crate) async fn check(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let refused = refusal(&shared, request.method(), request.headers());
    let mut response = match refused {
        Some(fault) => fault.into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(shared: &Shared, method: &Method, headers: &HeaderMap) -> Option<Fault> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // A foreign page may have its own name point here (DNS rebinding); it cannot change the name.
    let host = text("host").unwrap_or_default();
    if !shared.is_own_name(host) {
        let what =
            format!("this page is not reached as {host:?}; add the name to console.host_names");
        return Some(Fault::new(StatusCode::MISDIRECTED_REQUEST, &what));
    }
    if *method == Method::GET || *method == Method::HEAD {
        return None;
    }
    let origin = text("origin").and_then(|origin| Some(origin.split_once("://")?.1));
    if text("origin").is_some() && origin != Some(host) {
        return Some(Fault::new(StatusCode::FORBIDDEN, "asked by a foreign page"));
    }
    // A form of a foreign page cannot send this type without asking first.
    let is_json = text("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    (!is_json).then(|| {
        let what = "content-type: wants application/json";
        Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what)
    })
}

/// Whether the caller has the token; hashes are compared, so that time tells nothing of it.
pub(crate) fn authorize(shared: &Shared, headers: &HeaderMap) -> Result<(), Fault> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().trim();
    let own = ContentHash::of(shared.token.as_bytes());
    if !shared.token.is_empty() && ContentHash::of(given.as_bytes()) == own {
        return Ok(());
    }
    let what = format!(
        "this wants the token: authorization: Bearer ...; it stands in {}",
        shared.token_place
    );
    Err(Fault::new(StatusCode::UNAUTHORIZED, &what))
}

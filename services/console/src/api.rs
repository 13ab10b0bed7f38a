//! The routes: one table, from which the router and the `OpenAPI` document are made.

use std::sync::Arc;

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, Uri},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use dateline_record::{DeadAction, DeadLetter, EventStatus, EventType, Quad};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::{
    assets,
    events::{self, EventPage, EventQuery},
    fault::Fault,
    guard, live,
    office::{
        Acted, Attempt, Attempted, LetterChoice, LetterRow, Office, Sample, SourceRow, Version, Way,
    },
    openapi,
    store::Store,
    story::{self, StoryPage},
};

/// Opens the warehouse; asked again until it is there, since a first run makes it.
pub type OpenStore = Box<dyn Fn() -> anyhow::Result<Arc<dyn Store>> + Send + Sync>;

/// What the answers are made of.
pub(crate) struct Shared {
    pub(crate) open_store: OpenStore,
    pub(crate) store: std::sync::OnceLock<Arc<dyn Store>>,
    pub(crate) office: Option<Arc<dyn Office>>,
    pub(crate) token: String,
    pub(crate) token_place: String,
    pub(crate) host_names: Vec<String>,
    pub(crate) max_try_bytes: usize,
    pub(crate) listeners: Arc<Semaphore>,
    pub(crate) tries: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
}

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// What a route takes.
pub(crate) enum Asks {
    Nothing,
    /// The fields of a struct, in the query.
    Query(MakeSchema),
    Body(MakeSchema),
}

/// What a route gives.
pub(crate) enum Answer {
    Json(MakeSchema),
    Stream,
    Document,
}

/// A route and what the document says of it.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) asks: Asks,
    pub(crate) answer: Answer,
    pub(crate) wants_token: bool,
    handler: MethodRouter<Arc<Shared>>,
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The fields themselves, not a reference to them.
fn fields<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

impl Route {
    fn get(name: &'static str, path: &'static str, handler: MethodRouter<Arc<Shared>>) -> Self {
        Self {
            method: "GET",
            path,
            name,
            summary: "",
            asks: Asks::Nothing,
            answer: Answer::Document,
            wants_token: false,
            handler,
        }
    }

    fn post(name: &'static str, path: &'static str, handler: MethodRouter<Arc<Shared>>) -> Self {
        Self { method: "POST", ..Self::get(name, path, handler) }
    }

    fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    fn query<T: JsonSchema>(self) -> Self {
        Self { asks: Asks::Query(fields::<T>), ..self }
    }

    fn body<T: JsonSchema>(self) -> Self {
        Self { asks: Asks::Body(of::<T>), ..self }
    }

    fn gives<T: JsonSchema>(self) -> Self {
        Self { answer: Answer::Json(of::<T>), ..self }
    }

    fn streams(self) -> Self {
        Self { answer: Answer::Stream, ..self }
    }

    fn with_token(self) -> Self {
        Self { wants_token: true, ..self }
    }
}

/// All routes below `/api`.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("about", "/api/about", get(about))
            .says("What this console shows, and the words of the closed lists")
            .gives::<About>(),
        Route::get("events", "/api/events", get(find_events))
            .says("Events, the latest first, filtered and paged")
            .query::<EventQuery>()
            .gives::<EventPage>(),
        Route::get("story", "/api/stories/{story_id}", get(one_story))
            .says("A story with its names, events, relations and versions, as the warehouse has it")
            .gives::<StoryPage>(),
        Route::get("way", "/api/stories/{story_id}/way", get(way))
            .says("A story's records on all topics, as far as the bus still has them")
            .gives::<Way>(),
        Route::get("flow", "/api/flow", get(flow))
            .says("Rate, lag, age and errors of each stage")
            .gives::<Sample>(),
        Route::get("sources", "/api/sources", get(sources))
            .says("How each source is, and when it is asked next")
            .gives::<Vec<SourceRow>>(),
        Route::get("letters", "/api/letters", get(letters))
            .says("Dead letters that nobody has dealt with, the oldest first")
            .query::<LetterChoice>()
            .gives::<Vec<LetterRow>>(),
        Route::get("letter", "/api/letters/{letter}", get(letter))
            .says("A dead letter with its record")
            .gives::<DeadLetter>()
            .with_token(),
        Route::post("replay", "/api/letters/replay", post(replay))
            .says("Sends the records of dead letters back to where they were read")
            .body::<Letters>()
            .gives::<Acted>()
            .with_token(),
        Route::post("drop", "/api/letters/drop", post(drop_letters))
            .says("Marks dead letters as not wanted any more")
            .body::<Letters>()
            .gives::<Acted>()
            .with_token(),
        Route::post("try", "/api/try", post(attempt))
            .says("What the cleaner and the extractor make of a text or a page; nothing is kept")
            .body::<Attempt>()
            .gives::<Attempted>(),
        Route::get("live", "/api/live", get(listen))
            .says("Server-sent events: `changed` when the warehouse has, `flow` with the stages")
            .streams(),
        Route::get("openapi", "/api/openapi.json", get(document)).says("This document"),
    ]
}

/// The whole server.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        router = router.route(route.path, route.handler);
    }
    for path in assets::paths() {
        router = router.route(path, get(asset));
    }
    router
        .fallback(|| async {
            Fault::missing("there is nothing here; /api/openapi.json lists what is")
        })
        .layer(DefaultBodyLimit::max(shared.max_try_bytes))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), guard::check))
        .with_state(Arc::clone(shared))
}

/// What this console shows.
#[derive(Debug, JsonSchema, Serialize)]
struct About {
    version: &'static str,
    /// Whether there is a bus: without one there are no flow, no way and no letters.
    has_office: bool,
    /// Whether there is a warehouse yet.
    has_warehouse: bool,
    /// Where the token stands that letters want.
    token_place: String,
    /// The longest text that may be tried.
    max_try_bytes: usize,
    types: Vec<TypeWord>,
    statuses: Vec<&'static str>,
    quads: Vec<&'static str>,
}

/// A type with its class.
#[derive(Debug, JsonSchema, Serialize)]
struct TypeWord {
    #[serde(rename = "type")]
    kind: &'static str,
    quad: &'static str,
}

/// Letters by their ids.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Letters {
    letters: Vec<String>,
}

impl Shared {
    /// The warehouse.
    pub(crate) fn store(&self) -> anyhow::Result<Arc<dyn Store>> {
        if let Some(store) = self.store.get() {
            return Ok(Arc::clone(store));
        }
        let opened = (self.open_store)()?;
        Ok(Arc::clone(self.store.get_or_init(|| opened)))
    }

    fn office(&self) -> Result<Arc<dyn Office>, Fault> {
        let what = "there is no bus here: give --data-dir or --config of the one that runs";
        self.office.clone().ok_or_else(|| Fault::missing(what))
    }

    /// Whether a `Host` header names this server: an address of this machine, or a name that the
    /// settings give.
    pub(crate) fn is_own_name(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
            _ => host,
        };
        let plain = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || plain.parse::<std::net::IpAddr>().is_ok()
            || self.host_names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// Runs what blocks beside the server's own threads.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<Json<T>, Fault> {
    spawn_blocking(work).await.context("the answer panicked")?.map(Json)
}

async fn about(State(shared): State<Arc<Shared>>) -> Result<Json<About>, Fault> {
    let types = EventType::ALL.iter();
    let types = types.map(|kind| TypeWord { kind: kind.as_str(), quad: kind.quad().as_str() });
    let types = types.collect();
    aside(move || {
        Ok(About {
            version: env!("CARGO_PKG_VERSION"),
            has_office: shared.office.is_some(),
            has_warehouse: shared.store().is_ok(),
            token_place: shared.token_place.clone(),
            max_try_bytes: shared.max_try_bytes,
            types,
            statuses: EventStatus::ALL.iter().map(|status| status.as_str()).collect(),
            quads: Quad::ALL.iter().map(|quad| quad.as_str()).collect(),
        })
    })
    .await
}

async fn find_events(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<EventQuery>, QueryRejection>,
) -> Result<Json<EventPage>, Fault> {
    let Query(query) = query.map_err(|error| Fault::wrong(&error.body_text()))?;
    aside(move || events::page(&*shared.store()?, &query)).await
}

async fn one_story(
    State(shared): State<Arc<Shared>>,
    Path(story_id): Path<String>,
) -> Result<Json<StoryPage>, Fault> {
    aside(move || story::page(&*shared.store()?, &story_id)).await
}

async fn way(
    State(shared): State<Arc<Shared>>,
    Path(story_id): Path<String>,
) -> Result<Json<Way>, Fault> {
    let office = shared.office()?;
    aside(move || {
        let since = shared.store().and_then(|store| story::first_seen(&*store, &story_id));
        let mut way = office.way(&story_id, since.unwrap_or_default())?;
        // Of a story that was taken back no words are shown, whatever the bus still holds.
        if way.versions.last().is_some_and(Version::is_recalled) {
            way.versions.clear();
        }
        Ok(way)
    })
    .await
}

async fn flow(State(shared): State<Arc<Shared>>) -> Result<Json<Sample>, Fault> {
    let office = shared.office()?;
    aside(move || Ok(office.stages()?)).await
}

async fn sources(State(shared): State<Arc<Shared>>) -> Result<Json<Vec<SourceRow>>, Fault> {
    let office = shared.office()?;
    aside(move || Ok(office.sources()?)).await
}

async fn letters(
    State(shared): State<Arc<Shared>>,
    choice: Result<Query<LetterChoice>, QueryRejection>,
) -> Result<Json<Vec<LetterRow>>, Fault> {
    let Query(choice) = choice.map_err(|error| Fault::wrong(&error.body_text()))?;
    let office = shared.office()?;
    aside(move || Ok(office.letters(&choice)?)).await
}

async fn letter(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<DeadLetter>, Fault> {
    guard::authorize(&shared, &headers)?;
    let office = shared.office()?;
    aside(move || {
        let found = office.letter(&id)?;
        found.ok_or_else(|| Fault::missing(&format!("there is no letter {id}")))
    })
    .await
}

async fn replay(
    state: State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Json<Letters>, JsonRejection>,
) -> Result<Json<Acted>, Fault> {
    act(state, headers, body, DeadAction::Replayed).await
}

async fn drop_letters(
    state: State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Json<Letters>, JsonRejection>,
) -> Result<Json<Acted>, Fault> {
    act(state, headers, body, DeadAction::Dropped).await
}

async fn act(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Json<Letters>, JsonRejection>,
    action: DeadAction,
) -> Result<Json<Acted>, Fault> {
    guard::authorize(&shared, &headers)?;
    let Json(Letters { letters }) = body.map_err(|error| Fault::wrong(&error.body_text()))?;
    if letters.is_empty() {
        return Err(Fault::wrong("letters: name at least one"));
    }
    let office = shared.office()?;
    aside(move || {
        let acted = office.act(&letters, action)?;
        tracing::info!(letters = letters.join(","), done = acted.done, action = ?action, "dead letters handled");
        Ok(acted)
    })
    .await
}

async fn attempt(
    State(shared): State<Arc<Shared>>,
    body: Result<Json<Attempt>, JsonRejection>,
) -> Result<Json<Attempted>, Fault> {
    let Json(attempt) = body.map_err(|error| Fault::new(error.status(), &error.body_text()))?;
    if attempt.text.is_some() == attempt.url.is_some() {
        return Err(Fault::wrong("give text or url, and only one of them"));
    }
    let office = shared.office()?;
    let permit = Arc::clone(&shared.tries).try_acquire_owned().map_err(|_| {
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, "others are trying; try again in a moment")
    })?;
    aside(move || {
        let _permit = permit;
        Ok(office.attempt(&attempt)?)
    })
    .await
}

async fn listen(State(shared): State<Arc<Shared>>) -> Response {
    live::listen(shared).into_response()
}

async fn document() -> Json<serde_json::Value> {
    Json(openapi::document(&routes()))
}

async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    assets::serve(uri.path(), &headers)
}

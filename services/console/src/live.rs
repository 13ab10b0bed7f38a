//! What is live: a stream that says when the warehouse has changed, and how the stages are.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::Deserialize;
use tokio::{sync::OwnedSemaphorePermit, task::spawn_blocking};

use crate::{
    api::Shared,
    fault::Fault,
    store::{Store, rows},
};

/// How often the warehouse is asked whether it has changed.
const LOOK: Duration = Duration::from_millis(500);

/// The stages are told at every so manieth look.
const LOOKS_A_SAMPLE: u32 = 4;

/// How far the warehouse has got: what is written there advances it.
pub(crate) fn progress(store: &dyn Store) -> anyhow::Result<i64> {
    #[derive(Deserialize)]
    struct Sum {
        next: i64,
    }
    let statement = "SELECT CAST(coalesce(sum(next), 0) AS bigint) AS next FROM positions";
    let found: Vec<Sum> = rows(store, statement, &[])?;
    Ok(found.first().map_or(0, |sum| sum.next))
}

/// One reader of the stream.
struct Listener {
    shared: Arc<Shared>,
    looks: u32,
    /// None before the first look.
    progress: Option<i64>,
    _permit: OwnedSemaphorePermit,
}

/// Events `changed` (with how far the warehouse is) and `flow` (the stages).
pub(crate) fn listen(
    shared: Arc<Shared>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Fault> {
    let permit = Arc::clone(&shared.listeners).try_acquire_owned().map_err(|_| {
        let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
        Fault::new(status, "too many pages listen already; the page asks again by itself")
    })?;
    let stop = shared.stop.clone();
    let listener = Listener { shared, looks: 0, progress: None, _permit: permit };
    let events = stream::unfold(listener, |mut listener| async move {
        loop {
            if listener.looks > 0 {
                tokio::time::sleep(LOOK).await;
            }
            listener.looks = listener.looks.wrapping_add(1);
            if let Some(event) = listener.look().await {
                return Some((Ok(event), listener));
            }
        }
    });
    let events = stream::StreamExt::take_until(events, stop.cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

impl Listener {
    /// What there is to say, if anything.
    async fn look(&mut self) -> Option<Event> {
        let shared = Arc::clone(&self.shared);
        let progress = spawn_blocking(move || progress(&*shared.store().ok()?).ok());
        let progress = progress.await.ok().flatten();
        if progress.is_some() && progress != self.progress {
            self.progress = progress;
            return Some(Event::default().event("changed").data(progress?.to_string()));
        }
        if self.looks % LOOKS_A_SAMPLE != 1 {
            return None;
        }
        let office = self.shared.office.clone()?;
        let sample = spawn_blocking(move || office.stages().ok()).await.ok().flatten()?;
        Event::default().event("flow").json_data(sample).ok()
    }
}

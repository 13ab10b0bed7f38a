//! console: the page where an editor sees the events and an operator sees the flow, and its API.
//!
//! It reads the warehouse through [`Store`] and the running system through [`Office`]; whoever starts
//! it brings both. Nothing is changed but dead letters, and these only with the token.

mod api;
mod assets;
mod events;
mod fault;
mod guard;
mod live;
mod office;
mod openapi;
mod store;
mod story;
mod token;

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    thread,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::Semaphore};

pub use api::OpenStore;
pub use office::{
    Acted, Attempt, AttemptNote, Attempted, LetterChoice, LetterRow, Office, Sample, SourceRow,
    StageRow, Stop, StopReader, Version, Way,
};
pub use store::{Given, Row, Search, Store};
pub use tokio_util::sync::CancellationToken;

/// Pages that may listen at the same time.
const MOST_LISTENERS: usize = 64;

/// Documents that may be tried at the same time.
const MOST_TRIES: usize = 2;

/// `[console]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct Config {
    pub listen: String,
    pub host_names: Vec<String>,
    pub token_file: String,
    pub max_try_bytes: usize,
}

/// What a console shows.
pub struct Parts {
    /// Opens the warehouse.
    pub open_store: OpenStore,
    /// The bus and the stages; without them only the warehouse is shown.
    pub office: Option<Arc<dyn Office>>,
    /// Where the token is made where the settings name no file.
    pub data_dir: String,
    /// Ends the server.
    pub stop: CancellationToken,
}

/// A running console.
#[derive(Debug)]
pub struct Console {
    /// Where it is served.
    pub address: SocketAddr,
}

impl Console {
    /// Opens the port and serves on a thread of its own until `stop` is cancelled.
    pub fn start(config: &Config, parts: Parts) -> anyhow::Result<Self> {
        let (token, token_place) = token::read(config, &parts.data_dir)?;
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("console")
            .enable_all()
            .build()?;
        let listen = &config.listen;
        let listener = tokio.block_on(TcpListener::bind(listen)).with_context(|| {
            format!(
                "console.listen: {listen:?} cannot be listened on; set another, or \"\" for none"
            )
        })?;
        let address = listener.local_addr()?;
        let shared = Arc::new(api::Shared {
            open_store: parts.open_store,
            store: OnceLock::new(),
            office: parts.office,
            token,
            token_place,
            host_names: config.host_names.clone(),
            max_try_bytes: config.max_try_bytes,
            listeners: Arc::new(Semaphore::new(MOST_LISTENERS)),
            tries: Arc::new(Semaphore::new(MOST_TRIES)),
            stop: parts.stop.clone(),
        });
        tracing::info!(
            url = format!("http://{address}/"),
            token_file = shared.token_place,
            "console open"
        );
        let router = api::router(&shared);
        thread::Builder::new().name("console".to_owned()).spawn(move || {
            let served = tokio.block_on(async {
                let stop = parts.stop.cancelled_owned();
                axum::serve(listener, router).with_graceful_shutdown(stop).await
            });
            if let Err(error) = served {
                tracing::error!(%error, "console failed");
            }
            // A question that is on its way changes nothing.
            tokio.shutdown_background();
        })?;
        Ok(Self { address })
    }
}

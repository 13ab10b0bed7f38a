//! Logs: JSON with flat fields in a pod, readable on a terminal; the level can be changed live, and
//! identical warnings are held back.

mod limit;

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, bail};
use tracing_subscriber::{EnvFilter, Registry, fmt, prelude::*, reload};

use crate::config::LogConfig;
pub(crate) use limit::Limiter;

/// Changes the level of a running process.
#[derive(Clone)]
pub struct LogLevel {
    handle: Option<reload::Handle<EnvFilter, Registry>>,
    limiter: Limiter,
}

impl LogLevel {
    /// A level that cannot be changed, where another program has set up the logs.
    pub fn fixed() -> Self {
        Self { handle: None, limiter: Limiter::default() }
    }

    /// The filter that is in force.
    pub fn get(&self) -> String {
        let shown =
            self.handle.as_ref().and_then(|handle| handle.with_current(ToString::to_string).ok());
        shown.unwrap_or_default()
    }

    /// Puts another filter in force.
    pub fn set(&self, filter: &str) -> Result<(), String> {
        let filter = filter.trim();
        if filter.is_empty() {
            return Err("log level is empty: give a level or target=level pairs".to_owned());
        }
        let parsed =
            EnvFilter::try_new(filter).map_err(|error| format!("log level {filter:?}: {error}"))?;
        let Some(handle) = &self.handle else {
            return Err("logs are set up by another program".to_owned());
        };
        handle.reload(parsed).map_err(|error| error.to_string())
    }

    /// What holds identical lines back; it is to be asked now and then how many there were.
    pub(crate) fn limiter(&self) -> Limiter {
        self.limiter.clone()
    }
}

/// Sets up the logs of this process, on standard error where standard output carries data.
pub fn init(config: &LogConfig, to_stderr: bool) -> anyhow::Result<LogLevel> {
    let filter = EnvFilter::try_new(&config.level)
        .with_context(|| format!("log.level: {:?}", config.level))?;
    let terminal = if to_stderr { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let json = match config.format.as_str() {
        "json" => true,
        "pretty" => false,
        "auto" => !terminal,
        other => bail!("log.format: wants \"json\", \"pretty\" or \"auto\", has {other:?}"),
    };
    let (filter, handle) = reload::Layer::new(filter);
    let writer = move || -> Box<dyn Write> {
        if to_stderr { Box::new(io::stderr()) } else { Box::new(io::stdout()) }
    };
    let limiter = Limiter::default();
    let registry = tracing_subscriber::registry().with(filter).with(limiter.clone());
    let layer = fmt::layer().with_writer(writer).with_target(false);
    if json {
        let layer = layer.json().flatten_event(true).with_current_span(false);
        registry.with(layer.with_span_list(false)).try_init()?;
    } else {
        registry.with(layer.with_ansi(terminal)).try_init()?;
    }
    Ok(LogLevel { handle: Some(handle), limiter })
}

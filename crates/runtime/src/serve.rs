//! The main of a service: arguments, configuration, logs, one stage.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::{
    Fold, Sink, Source, Stage,
    config::{LogConfig, Settings},
    logging,
    process::{EXIT_CONFIG, Process},
};

#[derive(Parser)]
#[command(version, about = "One service of Dateline")]
struct Arguments {
    /// Settings that differ from the defaults
    #[arg(long, env = "DATELINE_CONFIG")]
    config: Option<PathBuf>,
}

/// The main of a stage's service.
pub fn serve_stage<S: Stage>() -> ExitCode {
    serve(Process::stage::<S>)
}

/// The main of a service of two stages that remember.
pub fn serve_folds<F: Fold, G: Fold>() -> ExitCode {
    serve(|process| {
        process.fold::<F>()?;
        process.fold::<G>()
    })
}

/// The main of a source's service.
pub fn serve_source<S: Source>() -> ExitCode {
    serve(Process::source::<S>)
}

/// The main of a sink's service.
pub fn serve_sink<S: Sink>() -> ExitCode {
    serve(Process::sink::<S>)
}

fn serve(add: impl FnOnce(&mut Process) -> anyhow::Result<()>) -> ExitCode {
    let arguments = Arguments::parse();
    let loaded = load(arguments.config.as_deref());
    let (settings, log_level) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return fail(&error, EXIT_CONFIG),
    };
    let mut process = match Process::new(settings) {
        Ok(process) => process,
        Err(error) => return fail(&error, 1),
    };
    if let Err(error) = add(&mut process) {
        return fail(&error, EXIT_CONFIG);
    }
    process.run(log_level, |_| Ok(false)).unwrap_or_else(|error| fail(&error, 1))
}

fn load(config: Option<&std::path::Path>) -> anyhow::Result<(Settings, logging::LogLevel)> {
    let settings = Settings::load(config, std::env::vars())?;
    let log: LogConfig = settings.section("log")?;
    let log_level = logging::init(&log, false)?;
    Ok((settings, log_level))
}

/// Says on standard error why the process cannot go on.
#[allow(clippy::print_stderr)] // logs may not be set up yet
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(code)
}

//! `dateline check` and `dateline config`: what the settings say, without running anything.

use std::{path::Path, process::ExitCode};

use cleaner::Cleaner;
use cluster::{Clusters, Profiles};
use dateline_runtime::{
    EXIT_CONFIG, Fold, Source, Stage, clock,
    config::{AdminConfig, LogConfig, RuntimeConfig, Settings},
};
use entity_extractor::EntityExtractor;
use fetcher::Fetcher;

use crate::{arguments::Unusable, eprintln, println};

/// The settings in force.
pub(crate) fn settings(config: Option<&Path>) -> anyhow::Result<Settings> {
    Ok(Settings::load(config, std::env::vars())?)
}

/// Prints the settings in force.
pub(crate) fn show(config: Option<&Path>) -> anyhow::Result<ExitCode> {
    println(settings(config)?.masked().trim_end());
    Ok(ExitCode::SUCCESS)
}

/// Checks the settings and the sources.
pub(crate) fn check(config: Option<&Path>, sources: &Path) -> anyhow::Result<ExitCode> {
    let settings = settings(config)?;
    settings.section::<RuntimeConfig>("runtime")?;
    settings.section::<AdminConfig>("admin")?;
    settings.section::<LogConfig>("log")?;
    settings.section::<dateline_runtime::bus::BusConfig>("bus")?;
    settings
        .section::<sink::Config>("sink")?
        .check()
        .map_err(|error| Unusable(format!("[sink]: {error:#}")))?;
    settings.section::<console::Config>("console")?;
    Fetcher::new(settings.section(Fetcher::NAME)?)?;
    Cleaner::new(settings.section(Cleaner::NAME)?)?;
    EntityExtractor::new(settings.section(EntityExtractor::NAME)?)?;
    Clusters::new(settings.section(Clusters::NAME)?)?;
    Profiles::new(settings.section(Profiles::NAME)?)?;
    println("settings: ok");
    match fetcher::read_specs(sources, clock::now()) {
        Ok(specs) => {
            println(&format!("sources: {} ok in {}", specs.len(), sources.display()));
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            for error in errors {
                eprintln(&format!("error: {error}"));
            }
            Ok(ExitCode::from(EXIT_CONFIG))
        }
    }
}

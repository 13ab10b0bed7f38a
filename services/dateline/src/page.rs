//! `dateline console`, and the console beside `dateline run`: warehouse, bus and stages for its page.

mod counter;

use std::{
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use console::{CancellationToken, Config, Console, Given, Office, Parts, Row, Search, Store};
use dateline_runtime::{
    Engine, bus,
    config::{LogConfig, Settings},
    logging,
};
use sink::reader::{self, Reader};

use crate::{
    arguments::{BusOptions, ConsoleOptions, Unusable},
    check, eprintln,
    operate::Desk,
    run::keep_in,
};
use counter::Counter;

/// Serves the page until a signal comes.
pub(crate) fn serve(config: Option<&Path>, options: &ConsoleOptions) -> anyhow::Result<ExitCode> {
    let mut settings = check::settings(config)?;
    if let Some(folder) = &options.data_dir {
        keep_in(&mut settings, folder)?;
    }
    if let Some(listen) = &options.listen {
        settings.set(&["console", "listen"], listen.as_str())?;
    }
    let own: Config = settings.section("console")?;
    if own.listen.is_empty() {
        return Err(Unusable("console.listen is \"\": give --listen HOST:PORT".to_owned()).into());
    }
    logging::init(&settings.section::<LogConfig>("log")?, false)?;
    let bus_options = BusOptions { data_dir: options.data_dir.clone(), json: false };
    let office = match Desk::open(config, &bus_options) {
        Ok(desk) => Some(office(desk, &settings)?),
        Err(error) => {
            // A warehouse may outlive its topics.
            open_store(&settings.section("sink")?).map_err(|_| error)?;
            eprintln("no topics here: only the warehouse is shown");
            None
        }
    };
    let stop = CancellationToken::new();
    let console = Console::start(&own, parts(&settings, office, stop.clone())?)?;
    eprintln(&format!("http://{}/", console.address));
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio.block_on(wait_for_signal())?;
    stop.cancel();
    Ok(ExitCode::SUCCESS)
}

/// Serves the page of a running process. What is in its way is said and does not stop the process.
pub(crate) fn beside(settings: &Settings, engine: &Engine) {
    if let Err(error) = open_beside(settings, engine) {
        tracing::warn!(error = format!("{error:#}"), "console not open");
    }
}

fn open_beside(settings: &Settings, engine: &Engine) -> anyhow::Result<()> {
    let own: Config = settings.section("console")?;
    if own.listen.is_empty() {
        return Ok(());
    }
    let config: bus::BusConfig = settings.section("bus")?;
    let desk = Desk { bus: Arc::clone(&engine.bus), config };
    let office = office(desk, settings)?;
    Console::start(&own, parts(settings, Some(office), engine.stop.clone())?)?;
    Ok(())
}

fn office(desk: Desk, settings: &Settings) -> anyhow::Result<Arc<dyn Office>> {
    Ok(Arc::new(Counter::new(desk, settings.clone())?))
}

fn parts(
    settings: &Settings,
    office: Option<Arc<dyn Office>>,
    stop: CancellationToken,
) -> anyhow::Result<Parts> {
    let warehouse: sink::Config = settings.section("sink")?;
    let config: bus::BusConfig = settings.section("bus")?;
    let open_store = Box::new(move || open_store(&warehouse));
    Ok(Parts { open_store, office, data_dir: config.data_dir, stop })
}

async fn wait_for_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).context("signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals")?;
    tokio::select! {
        // Asked to end by whoever runs services.
        _ = terminate.recv() => {}
        // Ctrl-C on a terminal.
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The warehouse as the console reads it: one question at a time.
struct Warehouse(Mutex<Reader>);

fn open_store(config: &sink::Config) -> anyhow::Result<Arc<dyn Store>> {
    Ok(Arc::new(Warehouse(Mutex::new(Reader::open(config)?))))
}

impl Warehouse {
    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Warehouse {
    fn select(&self, statement: &str, given: &[Given]) -> anyhow::Result<Vec<Row>> {
        let same = |given: &Given| match given.clone() {
            Given::Text(text) => reader::Given::Text(text),
            Given::Int(number) => reader::Given::Int(number),
            Given::Time(time) => reader::Given::Time(time),
        };
        let given: Vec<reader::Given> = given.iter().map(same).collect();
        self.reader().select(statement, &given)
    }

    fn search(&self, words: &[String]) -> anyhow::Result<Option<Search>> {
        let found = self.reader().search(words)?;
        Ok(found.map(|found| Search {
            stories: found.stories,
            value: Given::Text(found.value),
            test: found.test,
            test_values: found.test_values.into_iter().map(Given::Text).collect(),
        }))
    }
}

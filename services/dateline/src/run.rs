//! `dateline run`: all stages in this process.

use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use cleaner::Cleaner;
use cluster::{Clusters, Profiles};
use dateline_record::SourceSpec;
use dateline_runtime::{
    Process,
    config::{LogConfig, Settings},
    logging,
};
use entity_extractor::EntityExtractor;
use fetcher::Fetcher;
use indicatif::{ProgressBar, ProgressStyle};
use sink::Warehouse;

use crate::{
    arguments::{RunOptions, Unusable},
    eprintln, one, page, println,
    publish::{publish, publish_one, read_folder},
    totals::Totals,
};

/// What a reader types first.
const QUERY: &str = "SELECT type, source_name, target_name, status, date_from, title \
                     FROM events_current LIMIT 20";

/// Runs until a signal comes or, with an input, until all of it is in the warehouse.
pub(crate) fn run(config: Option<&Path>, options: &RunOptions) -> anyhow::Result<ExitCode> {
    let settings = settings(config, options)?;
    let log: LogConfig = settings.section("log")?;
    let finite = options.input.is_some();
    let log_level = logging::init(&log, finite || options.json)?;
    let input = options.input.as_deref().map(one::folder_spec).transpose()?;
    let specs = if finite { Vec::new() } else { read_folder(&options.sources)? };
    let look = look(&settings)?;
    let shown = settings.clone();
    let mut process = Process::for_source(settings, input.as_ref().map(|spec| spec.id.clone()))?;
    match &input {
        Some(spec) => publish_one(&*process.engine().bus, spec)?,
        None => {
            publish(&*process.engine().bus, &specs)?;
        }
    }
    process.source::<Fetcher>()?;
    process.stage::<Cleaner>()?;
    process.stage::<EntityExtractor>()?;
    process.fold::<Clusters>()?;
    process.fold::<Profiles>()?;
    process.sink::<Warehouse>().map_err(|error| Unusable(format!("{error:#}")))?;
    page::beside(&shown, process.engine());
    let metrics = std::sync::Arc::clone(&process.engine().metrics);
    let start = Instant::now();
    let bar = progress(finite);
    let exit = process.run(log_level, |process| {
        let Some(spec) = &input else { return Ok(false) };
        let totals = Totals::of(&process.engine().metrics, start.elapsed());
        bar.set_message(progress_words(&totals));
        finished(process, spec)
    })?;
    bar.finish_and_clear();
    let totals = Totals::of(&metrics, start.elapsed());
    if options.json {
        println(&totals.json());
    } else if finite {
        println(&totals.words());
        if totals.read == 0 {
            eprintln("nothing new since the last run; another --data-dir starts afresh");
        }
        println(&look);
    }
    Ok(exit)
}

fn settings(config: Option<&Path>, options: &RunOptions) -> anyhow::Result<Settings> {
    let mut settings = Settings::defaults()?;
    if options.input.is_some() {
        // Beside a progress bar only what needs a person is worth a line; and nothing is served.
        settings.set(&["log", "level"], "warn")?;
        settings.set(&["admin", "listen"], "")?;
        settings.set(&["console", "listen"], "")?;
    }
    let mut settings = settings.with(config, std::env::vars())?;
    if let Some(folder) = &options.data_dir {
        keep_in(&mut settings, folder)?;
    }
    Ok(settings)
}

/// Topics and warehouse in one folder.
pub(crate) fn keep_in(settings: &mut Settings, folder: &Path) -> anyhow::Result<()> {
    let below = |name: &str| folder.join(name).display().to_string();
    settings.set(&["bus", "data_dir"], folder.display().to_string())?;
    settings.set(&["sink", "sqlite", "path"], below("warehouse.sqlite3"))?;
    for target in ["jsonl", "parquet", "delta", "webhook"] {
        settings.set(&["sink", target, "path"], below(target))?;
    }
    Ok(())
}

/// How to look at the result in each of the targets.
fn look(settings: &Settings) -> anyhow::Result<String> {
    let sink: sink::Config = settings.section("sink")?;
    let lines: Vec<String> = sink.targets().map(|target| look_at(&sink, target)).collect();
    Ok(format!("look:  {}", lines.join("\n   or  ")))
}

fn look_at(sink: &sink::Config, target: &str) -> String {
    let files = |read: &str, path: &str, end: &str| {
        format!(
            "duckdb -c \"SELECT type, source_name, target_name, status, date_from FROM \
             {read}('{path}/events_log/*.{end}') LIMIT 20\""
        )
    };
    match target {
        "jsonl" => files("read_json", &sink.jsonl.path, "jsonl"),
        "parquet" => files("read_parquet", &sink.parquet.path, "parquet"),
        "delta" => format!(
            "duckdb -c \"SELECT type, source_name, target_name, status, date_from FROM \
             delta_scan('{}/events_log') LIMIT 20\"",
            sink.delta.path
        ),
        "iceberg" => format!(
            "duckdb, attached to {} (TYPE iceberg): SELECT type, source_name, target_name, status \
             FROM {}.events_log LIMIT 20",
            sink.iceberg.uri, sink.iceberg.namespace
        ),
        "postgres" => format!("psql, in the schema {}: {QUERY}", sink.postgres.schema),
        "clickhouse" => {
            format!("clickhouse-client --database {} --query \"{QUERY}\"", sink.clickhouse.database)
        }
        "webhook" => "what your receiver has kept".to_owned(),
        _ => {
            let path = &sink.sqlite.path;
            format!(
                "sqlite3 -box {path} \"{QUERY}\"\n   or  duckdb -c \"ATTACH '{path}' AS w \
                 (TYPE sqlite); USE w; {QUERY}\""
            )
        }
    }
}

/// Whether all of the input is in the warehouse.
fn finished(process: &Process, spec: &SourceSpec) -> anyhow::Result<bool> {
    // The source first: what it has handed over, the lags count.
    Ok(process.engine().is_exhausted(spec.id.as_str()) && process.behind()? == 0)
}

fn progress(finite: bool) -> ProgressBar {
    if !finite {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn progress_words(totals: &Totals) -> String {
    let rate = f64::from(u32::try_from(totals.read).unwrap_or(u32::MAX)) / totals.seconds.max(0.1);
    format!(
        "{} read ({rate:.0}/s), {} in the warehouse, {} events",
        totals.read, totals.emitted, totals.events
    )
}

//! Writing sources to `dateline.sources.v1`: only what changed, so that a restart asks no host
//! sooner than it would have been asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, bail};
use dateline_bus::{
    Batch, Bus, Limit, Output, Record as BusRecord, Start, Topic, Unit, WorkerOptions,
};
use dateline_record::{Record, SourceKind, SourceSpec, read};
use dateline_runtime::{Source, TraceContext, bus, clock, wrap};
use fetcher::Fetcher;

use crate::{check::settings, println};

/// The sources of a folder, or every error in them.
pub(crate) fn read_folder(folder: &Path) -> anyhow::Result<Vec<SourceSpec>> {
    fetcher::read_specs(folder, clock::now()).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        crate::arguments::Unusable(lines.join("\nerror: ")).into()
    })
}

/// `dateline sources`: the folder is the truth; what it lacks is no longer fetched.
pub(crate) fn apply(config: Option<&Path>, folder: &Path) -> anyhow::Result<ExitCode> {
    let specs = read_folder(folder)?;
    let bus = bus::open(&settings(config)?.section("bus")?)?;
    let changed = publish(&*bus, &specs)?;
    println(&format!("{} sources, {changed} changed", specs.len()));
    Ok(ExitCode::SUCCESS)
}

/// `dateline addresses`: for whoever sets up a provider's side.
pub(crate) fn addresses(config: Option<&Path>, folder: &Path) -> anyhow::Result<ExitCode> {
    let specs = read_folder(folder)?;
    let fetcher = Fetcher::new(settings(config)?.section(Fetcher::NAME)?)?;
    let pushed: Vec<_> = specs.iter().filter(|spec| spec.kind == SourceKind::Push).collect();
    for spec in &pushed {
        let address = fetcher.push_address(spec).ok_or_else(|| {
            let what = "fetcher.push_secret_file: not set, so nothing can be delivered; name a file \
                        with a secret, and set fetcher.push_url";
            crate::arguments::Unusable(what.to_owned())
        })?;
        println(&format!("{}\n  POST    {}\n  secret  {}", spec.id, address.url, address.secret));
    }
    if pushed.is_empty() {
        println("no source of that folder has kind = \"push\"");
    }
    Ok(ExitCode::SUCCESS)
}

/// Publishes what differs from what is published, and takes back what is not among `specs`.
pub(crate) fn publish(bus: &dyn Bus, specs: &[SourceSpec]) -> anyhow::Result<usize> {
    let known = published(bus)?;
    let mut outputs = Vec::new();
    for spec in specs {
        let same = known.get(&*spec.key()).is_some_and(|known| {
            SourceSpec { updated_at: known.updated_at, ..spec.clone() } == *known
        });
        if !same {
            outputs.push(wrap(spec, "dateline", TraceContext::root())?);
        }
    }
    let wanted: BTreeSet<_> = specs.iter().map(Record::key).collect();
    for name in known.keys().filter(|name| !wanted.contains(name.as_str())) {
        outputs.push(tombstone(name));
    }
    let changed = outputs.len();
    write(bus, outputs)?;
    Ok(changed)
}

/// Publishes one source, changed or not.
pub(crate) fn publish_one(bus: &dyn Bus, spec: &SourceSpec) -> anyhow::Result<()> {
    write(bus, vec![wrap(spec, "dateline", TraceContext::root())?])
}

fn tombstone(name: &str) -> Output {
    let record = BusRecord {
        key: Some(name.as_bytes().to_vec().into()),
        timestamp_ms: clock::now().as_millis(),
        ..BusRecord::default()
    };
    Output { topic: Topic::new(SourceSpec::TOPIC), record }
}

/// The sources on the topic.
fn published(bus: &dyn Bus) -> anyhow::Result<BTreeMap<String, SourceSpec>> {
    let mut reader = bus.reader(&Topic::new(SourceSpec::TOPIC), Start::Earliest)?;
    let mut known = BTreeMap::new();
    loop {
        let records = reader.next(Limit::default(), Duration::from_millis(200))?;
        if records.is_empty() {
            return Ok(known);
        }
        for received in records {
            let key = received.record.key.unwrap_or_default();
            let name = String::from_utf8_lossy(&key).into_owned();
            let spec = received.record.value.and_then(|value| read::<SourceSpec>(&value).ok());
            match spec {
                // Errands are the fetcher's own.
                Some(spec) if SourceSpec::is_errand_id(spec.id.as_str()) => None,
                Some(spec) => known.insert(name, spec),
                None => known.remove(&name),
            };
        }
    }
}

fn write(bus: &dyn Bus, outputs: Vec<Output>) -> anyhow::Result<()> {
    if outputs.is_empty() {
        return Ok(());
    }
    let options = WorkerOptions {
        group: "dateline-publish".to_owned(),
        // Not stable on purpose: nothing is read, so nothing is owed to an earlier one.
        instance: format!("publish-{}", std::process::id()),
        inputs: Vec::new(),
        state: None,
        start: Start::Earliest,
    };
    let mut worker = bus.worker(options)?;
    if let Err(error) = worker.commit(Batch::default(), Unit { outputs, state: Vec::new() }) {
        bail!("sources not published: {error}");
    }
    worker.close().context("sources published, but the writer did not close")
}

//! What the operator's commands share: the bus as it is, the stages on it, times, records at a glance.

pub(crate) mod dead;
pub(crate) mod glance;
pub(crate) mod health;
pub(crate) mod manual;
pub(crate) mod replay;
pub(crate) mod tap;
pub(crate) mod top;
pub(crate) mod topics;
pub(crate) mod trace;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use dateline_bus::{Batch, Bus, Output, Start, Topic, Unit, WorkerOptions};
use dateline_record::{
    CleanStory, RawStory, Record, SourceSpec, StoryEvents, StoryRelations, Timestamp,
};
use dateline_runtime::bus::{self, BusConfig, BusKind};
use serde::Serialize;

use crate::{
    arguments::{BusOptions, Unusable},
    check, println,
};

/// A stage and a topic that it reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) stage: &'static str,
    pub(crate) input: &'static str,
}

impl Step {
    /// The consumer group of the stage.
    pub(crate) fn group(&self) -> String {
        format!("dateline-{}", self.stage)
    }
}

/// All stages in the order in which a story meets them; the sink reads two topics.
pub(crate) const STEPS: [Step; 7] = [
    Step { stage: "fetcher", input: SourceSpec::TOPIC },
    Step { stage: "cleaner", input: RawStory::TOPIC },
    Step { stage: "entity-extractor", input: CleanStory::TOPIC },
    Step { stage: "cluster", input: CleanStory::TOPIC },
    Step { stage: "profiles", input: CleanStory::TOPIC },
    Step { stage: "sink", input: StoryEvents::TOPIC },
    Step { stage: "sink", input: StoryRelations::TOPIC },
];

/// The bus that a command looks at, and its settings. Nothing is created.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) config: BusConfig,
}

impl Desk {
    pub(crate) fn open(config: Option<&Path>, options: &BusOptions) -> anyhow::Result<Self> {
        let mut settings = check::settings(config)?;
        if let Some(folder) = &options.data_dir {
            settings.set(&["bus", "data_dir"], folder.display().to_string())?;
        }
        let config: BusConfig = settings.section("bus")?;
        let file = PathBuf::from(&config.data_dir).join("bus.sqlite3");
        if config.kind == BusKind::Embedded && !file.exists() {
            let what = format!(
                "bus.data_dir: {} holds no topics; give --data-dir DIR, start `dateline run` once, \
                 or set bus.kind to \"kafka\"",
                config.data_dir
            );
            return Err(Unusable(what).into());
        }
        let bus = bus::connect(&config)?;
        Ok(Self { bus, config })
    }

    /// Writes records in one unit. One operator at a time: a second one's unit fences the first.
    pub(crate) fn write(&self, task: &str, outputs: Vec<Output>) -> anyhow::Result<()> {
        if outputs.is_empty() {
            return Ok(());
        }
        let options = WorkerOptions {
            group: format!("dateline-{task}"),
            instance: "operator".to_owned(),
            inputs: Vec::new(),
            state: None,
            start: Start::Earliest,
        };
        let mut worker = self.bus.worker(options)?;
        worker
            .commit(Batch::default(), Unit { outputs, state: Vec::new() })
            .with_context(|| format!("{task}: nothing was written; try again"))?;
        worker.close().with_context(|| format!("{task}: written, but the writer did not close"))
    }

    /// A topic that is there, or an error with those that are.
    pub(crate) fn topic(&self, name: &str) -> anyhow::Result<Topic> {
        let names: Vec<String> =
            self.bus.topics()?.iter().map(|spec| spec.topic.to_string()).collect();
        let short = format!("dateline.{name}.v1");
        let known = names.iter().find(|known| **known == name || **known == short);
        let unknown = || {
            let what = format!("there is no topic {name}; there are: {}", names.join(", "));
            Unusable(what).into()
        };
        known.map(|known| Topic::new(known)).ok_or_else(unknown)
    }
}

/// A moment as a person gives it: RFC 3339, a day, or how long ago (`90s`, `15m`, `2h`, `3d`).
pub(crate) fn moment(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    let units = [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000)];
    let ago = units.into_iter().find_map(|(unit, millis)| {
        let count: i64 = text.strip_suffix(unit)?.parse().ok().filter(|count| *count >= 0)?;
        Some(Timestamp::from_millis(now.as_millis().saturating_sub(count.saturating_mul(millis))))
    });
    let found = ago
        .or_else(|| Timestamp::parse(text))
        .or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    found.ok_or_else(|| {
        let what = format!(
            "{text:?} is no time: give one like 2026-11-28T06:00:00Z, a day like 2026-11-28, or how \
             long ago: 15m, 2h, 3d"
        );
        Unusable(what).into()
    })
}

/// One line of JSON.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println(&serde_json::to_string(value)?);
    Ok(())
}

/// Columns as wide as their widest cell; the first row is the head.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A duration for a person.
pub(crate) fn span(millis: i64) -> String {
    match millis {
        i64::MIN..1_000 => format!("{millis} ms"),
        1_000..120_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        120_000..7_200_000 => format!("{} min", millis / 60_000),
        7_200_000..172_800_000 => format!("{} h", millis / 3_600_000),
        172_800_000.. => format!("{} d", millis / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let now = Timestamp::parse("2026-11-28T06:00:00Z").unwrap();
        let check = |text: &str, expected: &str| {
            assert_eq!(moment(text, now).unwrap().to_string(), expected, "{text}");
        };
        check("90s", "2026-11-28T05:58:30.000Z");
        check("15m", "2026-11-28T05:45:00.000Z");
        check("2h", "2026-11-28T04:00:00.000Z");
        check("3d", "2026-11-25T06:00:00.000Z");
        check("2026-11-27", "2026-11-27T00:00:00.000Z");
        check("2026-11-27T01:02:03+01:00", "2026-11-27T00:02:03.000Z");
        assert!(moment("yesterday", now).unwrap_err().to_string().contains("how long ago"));
        assert!(moment("-5m", now).is_err());
    }

    #[test]
    fn columns_line_up() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(table(&[row(["a", "b"]), row(["long", "x"])]), "a     b\nlong  x");
    }
}

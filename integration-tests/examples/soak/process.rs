//! What a process takes, as Linux tells it, and what a folder takes.

use std::{fmt::Write as _, fs, path::Path, time::Instant};

use anyhow::{Context, Result};

/// Ticks of a second in `/proc`, the same on all of Linux's platforms.
const TICKS: f64 = 100.0;

/// A process at a moment.
pub(super) struct Usage {
    pub(super) memory_mb: f64,
    pub(super) threads: f64,
    pub(super) files: f64,
    pub(super) cpu_seconds: f64,
}

impl Usage {
    pub(super) fn of(id: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{id}/status"))
            .with_context(|| format!("process {id} has ended"))?;
        let field = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number.with_context(|| format!("no {name} of process {id}"))?.parse()?)
        };
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The program's name is in brackets, and may hold spaces; user and kernel time are the 14th and
        // 15th field.
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks: f64 = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        Ok(Self {
            memory_mb: field("VmRSS:")? / 1024.0,
            threads: field("Threads:")?,
            files: fs::read_dir(format!("/proc/{id}/fd"))?.count() as f64,
            cpu_seconds: ticks / TICKS,
        })
    }
}

/// All services at a moment.
pub(super) struct Sample {
    pub(super) at: Instant,
    pub(super) stories: usize,
    pub(super) disk_mb: f64,
    pub(super) usage: Vec<Usage>,
}

impl Sample {
    pub(super) fn new(stories: usize, disk_mb: f64, usage: Vec<Usage>) -> Self {
        Self { at: Instant::now(), stories, disk_mb, usage }
    }

    pub(super) fn cpu_seconds(&self) -> f64 {
        self.usage.iter().map(|usage| usage.cpu_seconds).sum()
    }

    /// A line of the report, with what was done since the sample before.
    pub(super) fn line(&self, begin: Instant, before: Option<&Self>) -> String {
        let seconds = (self.at - before.map_or(begin, |before| before.at)).as_secs_f64();
        let stories = (self.stories - before.map_or(0, |before| before.stories)) as f64;
        let cpu = self.cpu_seconds() - before.map_or(0.0, Self::cpu_seconds);
        let mut line = format!(
            "{:>7.0} {:>8} {:>9.0} {:>13.0} {:>7.0} ",
            (self.at - begin).as_secs_f64(),
            self.stories,
            stories / seconds,
            stories / cpu.max(0.01),
            self.disk_mb
        );
        for usage in &self.usage {
            // Writing into a String cannot fail.
            let _ = write!(line, " {:.0},{},{}", usage.memory_mb, usage.threads, usage.files);
        }
        line
    }
}

/// The bytes of a folder's files, in MB.
pub(super) fn size_mb(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        // A file of a log may go meanwhile.
        bytes += entry?.metadata().map_or(0, |metadata| metadata.len());
    }
    Ok(bytes as f64 / 1e6)
}

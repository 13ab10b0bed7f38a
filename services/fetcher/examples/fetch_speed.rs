//! Measures pages fetched, capped, decoded and hashed per second of this process's CPU time:
//! `fetch_speed ADDRESS PAGES IN_FLIGHT`, against `page_server` of the integration tests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Context;
use dateline_record::ContentHash;
use dateline_runtime::Source;
use fetcher::{Config, Fetcher};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("usage: fetch_speed ADDRESS PAGES IN_FLIGHT");
    let address: SocketAddr = next()?.parse()?;
    let pages: usize = next()?.parse()?;
    let in_flight: usize = next()?.parse()?;

    let mut config: Config = dateline_runtime::defaults("fetcher")?;
    config.min_host_interval_ms = 0;
    // A host is asked by one at a time, so as many hosts as requests in flight.
    let hosts = (0..in_flight).map(|number| (format!("www.p{number}.example"), address));
    config.hosts = hosts.collect::<BTreeMap<_, _>>();
    let fetcher = Arc::new(Fetcher::new(config)?);
    let left = Arc::new(AtomicUsize::new(pages));
    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    let tasks: Vec<_> = (0..in_flight)
        .map(|number| tokio::spawn(fetch(Arc::clone(&fetcher), number, Arc::clone(&left))))
        .collect();
    let mut bytes = 0;
    for task in tasks {
        bytes += task.await??;
    }
    let (elapsed, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    let rate = f64::from(u32::try_from(pages)?);
    #[allow(clippy::print_stdout)]
    {
        println!(
            "dateline: {pages} pages, {in_flight} in flight: {:.0} pages/CPU-s, {:.0} pages/s, \
             {} MB unpacked, peak {} MB",
            rate / cpu,
            rate / elapsed,
            bytes / 1_000_000,
            peak_megabytes()?
        );
    }
    Ok(())
}

async fn fetch(
    fetcher: Arc<Fetcher>,
    number: usize,
    left: Arc<AtomicUsize>,
) -> anyhow::Result<usize> {
    let mut bytes = 0;
    let url = format!("http://www.p{number}.example/page");
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
        let story = fetcher.fetch_one(&url).await?;
        let body = story.body.as_bytes();
        anyhow::ensure!(!ContentHash::of(body).as_str().is_empty() && body.len() > 40_000);
        bytes += body.len();
    }
    Ok(bytes)
}

/// User and system time of this process.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    let ticks: f64 = ticks.sum::<Result<f64, _>>()?;
    // USER_HZ is 100 on every Linux that Rust supports.
    Ok(ticks / 100.0)
}

fn peak_megabytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap_or_default().trim().trim_end_matches(" kB");
    Ok(kilobytes.parse::<u64>()? / 1_000)
}

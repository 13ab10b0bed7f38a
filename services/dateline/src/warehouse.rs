//! `dateline sink`: whether the warehouse says what the topics say, and writing it anew.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use dateline_bus::Start;
use dateline_runtime::{bus, clock, config::Settings};
use sink::{Count, Verdict};

use crate::{arguments::Unusable, check::settings, eprintln, operate::moment, println};

/// Compares the warehouse with the topics; exit code 1 where they differ.
pub(crate) fn verify(config: Option<&Path>, target: Option<&str>) -> anyhow::Result<ExitCode> {
    let settings = settings(config)?;
    let bus = bus::open(&settings.section("bus")?)?;
    let verdict = sink::verify(&warehouse(&settings, target)?, &*bus).context("[sink]")?;
    println(&words(&verdict));
    Ok(ExitCode::from(u8::from(!verdict.is_right())))
}

/// One target of those that the settings name.
fn warehouse(settings: &Settings, target: Option<&str>) -> anyhow::Result<sink::Config> {
    let config: sink::Config = settings.section("sink")?;
    config.of(target).map_err(|error| Unusable(format!("{error:#}")).into())
}

/// Takes words of killed stories out of the warehouse's files.
pub(crate) fn maintain(config: Option<&Path>, target: Option<&str>) -> anyhow::Result<ExitCode> {
    let config = warehouse(&settings(config)?, target)?;
    println(&sink::maintain(&config).context("[sink]")?.to_string());
    Ok(ExitCode::SUCCESS)
}

fn words(verdict: &Verdict) -> String {
    let mut lines = Vec::new();
    for ((table, day), found) in &verdict.days {
        let count = |count: &Count| {
            format!("{} stories, {} rows, hash {:016x}", count.stories, count.rows, count.hash)
        };
        let day = if day.is_empty() { "no story" } else { day };
        if found.expected == found.found {
            lines.push(format!("{day}  {table:<8}  right    {}", count(&found.found)));
            continue;
        }
        lines.push(format!("{day}  {table:<8}  WRONG    {}", count(&found.found)));
        lines.push(format!("{:<10}  {:<8}  topic    {}", "", "", count(&found.expected)));
        lines.push(format!("{:<10}  {:<8}  stories  {}", "", "", found.examples.join(" ")));
    }
    let mut also = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    also(verdict.behind, "records of the topics are not in the warehouse yet");
    also(verdict.beyond_topic, "stories are older than the topics and were not compared");
    also(verdict.unfit, "records do not fit and were dead-lettered");
    let end = if verdict.is_right() { "the warehouse is right" } else { "the warehouse is WRONG" };
    lines.push(end.to_owned());
    lines.join("\n")
}

/// Writes the warehouse anew.
pub(crate) fn rebuild(
    config: Option<&Path>,
    from: Option<&str>,
    target: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let settings = settings(config)?;
    if from.is_some() {
        eprintln(
            "warning: with --from the new tables hold only what came from then on; older stories are \
             left out, without it all that the topics still hold is written",
        );
    }
    let bus = bus::open(&settings.section("bus")?)?;
    let done =
        sink::rebuild(&warehouse(&settings, target)?, &*bus, start(from)?).context("[sink]")?;
    println(&format!(
        "{} records, {} rows, {} unfit; the new tables are in place",
        done.records, done.rows, done.unfit
    ));
    Ok(ExitCode::SUCCESS)
}

fn start(from: Option<&str>) -> anyhow::Result<Start> {
    let Some(text) = from else {
        return Ok(Start::Earliest);
    };
    let time = moment(text, clock::now())
        .map_err(|error| Unusable(format!("--from: wants a day or a time; {error}")))?;
    Ok(Start::Time(time.as_millis()))
}

#[cfg(test)]
mod tests {
    use sink::Day;

    use super::*;

    #[test]
    fn a_verdict_names_day_table_and_stories() {
        let mut verdict = Verdict::default();
        let count = Count { stories: 2, rows: 5, hash: 255 };
        let right = Day { expected: count, found: count, examples: Vec::new() };
        verdict.days.insert(("stories", "2014-10-07".to_owned()), right);
        assert!(words(&verdict).ends_with("the warehouse is right"), "{}", words(&verdict));
        let found = Count { hash: 254, ..count };
        let wrong = Day { expected: count, found, examples: vec!["abc".to_owned()] };
        verdict.days.insert(("stories", "2014-10-08".to_owned()), wrong);
        let text = words(&verdict);
        for needle in ["2014-10-07  stories   right", "2014-10-08  stories   WRONG", "abc", "00fe"]
        {
            assert!(text.contains(needle), "{text}\nlacks {needle}");
        }
        assert!(text.ends_with("the warehouse is WRONG"), "{text}");
    }

    #[test]
    fn a_start_is_a_day_or_a_time() {
        assert_eq!(start(None).unwrap(), Start::Earliest);
        assert_eq!(start(Some("1970-01-02")).unwrap(), Start::Time(86_400_000));
        assert_eq!(start(Some("1970-01-01T00:00:01Z")).unwrap(), Start::Time(1_000));
        assert!(start(Some("yesterday")).unwrap_err().to_string().contains("--from: wants"));
    }
}

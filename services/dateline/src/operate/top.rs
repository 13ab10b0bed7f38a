//! `dateline top`: rate, lag, age and errors of each stage, live or as one line of JSON.

mod screen;

use std::{
    io::IsTerminal,
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use console::{Sample, StageRow as Row};
use dateline_bus::{Go, Positions, Start, Topic};
use dateline_record::{DeadLetter, Record, Timestamp, read};
use dateline_runtime::clock;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};

use super::{Desk, STEPS, Step, glance::Glance, print_json};
use crate::arguments::{TopOptions, Unusable};

/// Dead letters of so long are counted.
const ERRORS_MS: i64 = 3_600_000;

/// Looks again and again.
pub(crate) struct Watch {
    desk: Desk,
    /// What each step had finished at the last look.
    finished: Vec<u64>,
    looked: Option<Instant>,
    /// How far the dead letters were read.
    letters_from: Positions,
    letters: Vec<(Timestamp, String)>,
}

/// Prints one sample, or shows the table until `q` is pressed.
pub(crate) fn top(config: Option<&Path>, options: &TopOptions) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(config, &options.bus)?;
    let mut watch = Watch::new(desk)?;
    let interval = Duration::from_millis(options.interval_ms.max(200));
    if options.bus.json {
        watch.look()?;
        thread::sleep(interval);
        print_json(&watch.look()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !std::io::stdout().is_terminal() {
        let what = "top wants a terminal; --json gives one sample for a program";
        return Err(Unusable(what.to_owned()).into());
    }
    let mut terminal = ratatui::try_init().context("the terminal")?;
    let shown = show(&mut watch, &mut terminal, interval);
    ratatui::restore();
    shown.map(|()| ExitCode::SUCCESS)
}

fn show(
    watch: &mut Watch,
    terminal: &mut ratatui::DefaultTerminal,
    interval: Duration,
) -> anyhow::Result<()> {
    loop {
        let sample = watch.look()?;
        terminal.draw(|frame| screen::draw(frame, &sample))?;
        let next = Instant::now() + interval;
        loop {
            let left = next.saturating_duration_since(Instant::now());
            if !event::poll(left)? {
                break;
            }
            match event::read()? {
                Event::Key(key) if is_end(key.code, key.modifiers) => return Ok(()),
                Event::Resize(..) => {
                    terminal.draw(|frame| screen::draw(frame, &sample))?;
                }
                _ => {}
            }
        }
    }
}

fn is_end(code: KeyCode, modifiers: KeyModifiers) -> bool {
    let is_interrupt = code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL);
    is_interrupt || matches!(code, KeyCode::Char('q') | KeyCode::Esc)
}

impl Watch {
    pub(crate) fn new(desk: Desk) -> anyhow::Result<Self> {
        let since = Start::Time(clock::now().as_millis() - ERRORS_MS);
        let letters_from = desk.bus.starts(&Topic::new(DeadLetter::TOPIC), since)?;
        Ok(Self { desk, finished: Vec::new(), looked: None, letters_from, letters: Vec::new() })
    }

    pub(crate) fn look(&mut self) -> anyhow::Result<Sample> {
        let now = clock::now();
        self.read_letters(now)?;
        let last = self.looked.replace(Instant::now());
        let seconds = last.map(|last| last.elapsed().as_secs_f64());
        let before = std::mem::take(&mut self.finished);
        let mut stages = Vec::new();
        for (number, found) in self.rows(now).into_iter().enumerate() {
            let (mut row, finished) = found?;
            row.rate_per_s = seconds.zip(before.get(number)).map(|(seconds, before)| {
                let done = u32::try_from(finished.saturating_sub(*before)).unwrap_or(u32::MAX);
                (f64::from(done) / seconds.max(0.001) * 10.0).round() / 10.0
            });
            self.finished.push(finished);
            stages.push(row);
        }
        Ok(Sample { at: now, stages })
    }

    /// All steps, asked for side by side: on Kafka each takes a client of its own.
    fn rows(&self, now: Timestamp) -> Vec<anyhow::Result<(Row, u64)>> {
        thread::scope(|scope| {
            let asked = STEPS.iter().map(|step| scope.spawn(move || self.row(step, now)));
            let asked: Vec<_> = asked.collect();
            let panicked = |_| Err(anyhow::anyhow!("a look panicked"));
            asked.into_iter().map(|one| one.join().unwrap_or_else(panicked)).collect()
        })
    }

    /// A stage, and how many offsets it has finished in all.
    fn row(&self, step: &Step, now: Timestamp) -> anyhow::Result<(Row, u64)> {
        let topic = Topic::new(step.input);
        let lags = self.desk.bus.lag(&step.group(), std::slice::from_ref(&topic))?;
        let waiting: Positions = lags
            .iter()
            .filter(|lag| lag.behind > 0)
            .filter_map(|lag| Some(((topic.clone(), lag.partition), lag.committed?)))
            .collect();
        let row = Row {
            stage: step.stage,
            topic: step.input,
            rate_per_s: None,
            lag: lags.iter().map(|lag| lag.behind).sum(),
            oldest_ms: self.oldest(&waiting, now)?,
            dead_letters: self.letters.iter().filter(|letter| letter.1 == step.stage).count(),
        };
        Ok((row, lags.iter().filter_map(|lag| lag.committed).sum()))
    }

    /// How long the oldest of the records at these positions has been waiting.
    fn oldest(&self, waiting: &Positions, now: Timestamp) -> anyhow::Result<Option<i64>> {
        let mut oldest = None;
        if waiting.is_empty() {
            return Ok(None);
        }
        self.desk.bus.scan(waiting, &mut |received| {
            let age = now.as_millis() - Glance::of(&received).written_at.as_millis();
            oldest = oldest.max(Some(age.max(0)));
            Go::Enough
        })?;
        Ok(oldest)
    }

    fn read_letters(&mut self, now: Timestamp) -> anyhow::Result<()> {
        let Self { desk, letters_from, letters, .. } = self;
        let mut next = letters_from.clone();
        desk.bus.scan(letters_from, &mut |received| {
            next.insert((received.topic.clone(), received.partition), received.offset + 1);
            if let Some(Ok(letter)) = received.record.value.as_deref().map(read::<DeadLetter>) {
                letters.push((letter.dead_at, letter.stage));
            }
            Go::On
        })?;
        *letters_from = next;
        letters.retain(|(at, _)| now.as_millis() - at.as_millis() < ERRORS_MS);
        Ok(())
    }
}

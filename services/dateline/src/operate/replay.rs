//! `dateline replay`: what a stage of today would make of yesterday's records, on a topic of its own
//! beside the one that is, and how the two differ.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    process::ExitCode,
};

use cleaner::Cleaner;
use dateline_bus::{Cleanup, Go, Output, Received, Start, Topic, TopicSpec};
use dateline_record::{CleanState, Record, Timestamp, read};
use dateline_runtime::{Fault, Outcome, Stage, TraceContext, clock, time_of, wrap};
use entity_extractor::EntityExtractor;
use serde_json::{Value, json};

use super::{Desk, moment, print_json};
use crate::{
    arguments::{ReplayOptions, ReplayStage, Unusable},
    check::settings,
    println,
};

/// Records that go out in one unit of work.
const UNIT_RECORDS: usize = 500;

/// Names of differing records that are shown.
const SHOWN: usize = 10;

/// What came of a replay.
#[derive(Default)]
struct Tally {
    read: u64,
    emitted: u64,
    skipped: u64,
    failed: u64,
    same: u64,
    changed: Vec<String>,
    /// Records that stand on one side only.
    new: Vec<String>,
    gone: Vec<String>,
}

/// Replays a stage over a span of time.
pub(crate) fn replay(config: Option<&Path>, options: &ReplayOptions) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(config, &options.bus)?;
    let tally = match options.stage {
        ReplayStage::Cleaner => run::<Cleaner>(&desk, config, options)?,
        ReplayStage::EntityExtractor => run::<EntityExtractor>(&desk, config, options)?,
    };
    let Tally { read, emitted, skipped, failed, same, changed, new, gone } = &tally;
    if options.bus.json {
        print_json(&json!({
            "read": read, "emitted": emitted, "skipped": skipped, "failed": failed, "same": same,
            "changed": changed.len(), "new": new.len(), "gone": gone.len(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    println(&format!(
        "{read} read, {emitted} written, {skipped} skipped, {failed} that the stage cannot handle"
    ));
    println(&format!(
        "beside what is there: {same} same, {} changed, {} new, {} gone",
        changed.len(),
        new.len(),
        gone.len()
    ));
    for (word, ids) in [("changed", changed), ("new", new), ("gone", gone)] {
        ids.iter().take(SHOWN).for_each(|id| println(&format!("{word:>8}  {id}")));
    }
    Ok(ExitCode::SUCCESS)
}

fn run<S: Stage>(
    desk: &Desk,
    config: Option<&Path>,
    options: &ReplayOptions,
) -> anyhow::Result<Tally> {
    let stage = S::new(settings(config)?.section(S::NAME)?)?;
    hear(desk, &stage)?;
    let now = clock::now();
    let from = moment(&options.from, now)?;
    let until = options.until.as_deref().map_or(Ok(now), |text| moment(text, now))?;
    let span = (from, until);
    let into = make_topic::<S>(desk, options)?;
    let (known, memory) = known(desk, &stage, span)?;
    let (tally, outputs) = (Tally::default(), Vec::new());
    let mut replay = Replay { desk, into, tally, outputs, known, memory };
    let topic = Topic::new(S::In::TOPIC);
    let starts = desk.bus.starts(&topic, Start::Time(from.as_millis()))?;
    let mut failed = None;
    desk.bus.scan(&starts, &mut |received| {
        if failed.is_none() && is_within(&received, span) {
            failed = replay.take(&stage, &received).err();
        }
        if failed.is_some() { Go::Enough } else { Go::On }
    })?;
    failed.map_or(Ok(()), Err)?;
    replay.flush()?;
    let unmet = replay.known.into_iter().filter(|(_, known)| !known.is_met);
    replay.tally.gone = unmet.map(|(id, _)| id).collect();
    Ok(replay.tally)
}

/// Tells the stage what it hears beside its input, as it is today: what was learned of sources.
fn hear<S: Stage>(desk: &Desk, stage: &S) -> anyhow::Result<()> {
    let Some(topic) = stage.side_topic().map(Topic::new) else { return Ok(()) };
    let mut failed = None;
    desk.bus.scan(&desk.bus.starts(&topic, Start::Earliest)?, &mut |received| {
        let key = key_of(&received);
        failed = stage.hear(&key, received.record.value.as_deref()).err();
        if failed.is_some() { Go::Enough } else { Go::On }
    })?;
    Ok(failed.map_or(Ok(()), Err)?)
}

fn key_of(received: &Received) -> String {
    String::from_utf8_lossy(received.record.key.as_deref().unwrap_or_default()).into_owned()
}

fn is_within(received: &Received, (from, until): (Timestamp, Timestamp)) -> bool {
    // What a stage writes tells the time of what it read, so that both are within or without.
    let at = time_of(&received.record);
    from <= at && at <= until
}

/// The topic beside the stage's own: its name and the suffix.
fn make_topic<S: Stage>(desk: &Desk, options: &ReplayOptions) -> anyhow::Result<Option<Topic>> {
    let Some(suffix) = &options.into else { return Ok(None) };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if suffix.is_empty() || !suffix.chars().all(is_plain) {
        let what = format!("--into: {suffix:?} is no suffix: letters, digits and - only");
        return Err(Unusable(what).into());
    }
    let topic = Topic::new(&format!("{}.{suffix}", S::Out::TOPIC));
    let there = desk.bus.topics()?;
    let own = there.iter().find(|spec| spec.topic.as_str() == S::Out::TOPIC);
    let partitions = own.map_or(desk.config.partitions, |spec| spec.partitions);
    let cleanup = own.map_or(Cleanup::Compact, |spec| spec.cleanup);
    desk.bus.ensure_topics(&[TopicSpec { topic: topic.clone(), partitions, cleanup }])?;
    Ok(Some(topic))
}

/// What a record says, without what differs with every build.
fn essence(record: &impl Record) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(record)?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("provenance");
    }
    Ok(value)
}

/// What the stage wrote at the time, by the ids of the records, the newest of each; and what it
/// remembered of stories when the span began.
fn known<S: Stage>(
    desk: &Desk,
    stage: &S,
    span: (Timestamp, Timestamp),
) -> anyhow::Result<(BTreeMap<String, Known>, HashMap<String, CleanState>)> {
    let topic = Topic::new(S::Out::TOPIC);
    let (mut found, mut memory) = (BTreeMap::new(), HashMap::new());
    let window = stage.memory().map_or(0, |bound| bound.window.as_millis());
    let begin = span.0.as_millis().saturating_sub(i64::try_from(window).unwrap_or(i64::MAX));
    let starts = desk.bus.starts(&topic, Start::Time(begin))?;
    let mut failed = None;
    desk.bus.scan(&starts, &mut |received| {
        let value = received.record.value.as_deref();
        let Some(mut record) = value.and_then(|value| read::<S::Out>(value).ok()) else {
            return Go::On;
        };
        let at = time_of(&received.record);
        if at < span.0 {
            let key = key_of(&received);
            let kept = stage.compare(&mut record, memory.get(&key));
            memory.extend(kept.map(|kept| (key, kept)));
        } else if at <= span.1 {
            match essence(&record) {
                Ok(value) => {
                    found.insert(record.event_id(), Known { value, is_met: false });
                }
                Err(error) => failed = Some(error),
            }
        }
        if failed.is_some() { Go::Enough } else { Go::On }
    })?;
    failed.map_or(Ok((found, memory)), Err)
}

/// A replay on its way.
struct Replay<'a> {
    desk: &'a Desk,
    into: Option<Topic>,
    tally: Tally,
    outputs: Vec<Output>,
    known: BTreeMap<String, Known>,
    /// The last version of each story.
    memory: HashMap<String, CleanState>,
}

/// What a stage wrote at the time.
struct Known {
    value: Value,
    /// Whether the replay has written its like.
    is_met: bool,
}

impl Replay<'_> {
    fn take<S: Stage>(&mut self, stage: &S, received: &Received) -> anyhow::Result<()> {
        self.tally.read += 1;
        let record = received.record.value.as_deref().and_then(|value| read::<S::In>(value).ok());
        let handled = record.map(|record| stage.handle(record));
        match handled {
            Some(Ok(Outcome::Emit(mut out))) => {
                let key = key_of(received);
                let kept = stage.compare(&mut out, self.memory.get(&key));
                self.memory.extend(kept.map(|kept| (key, kept)));
                self.emit::<S>(&out)
            }
            Some(Ok(Outcome::Skip(_))) => {
                self.tally.skipped += 1;
                Ok(())
            }
            Some(Err(Fault::Fatal(error))) => Err(error),
            Some(Err(_)) | None => {
                self.tally.failed += 1;
                Ok(())
            }
        }
    }

    fn emit<S: Stage>(&mut self, out: &S::Out) -> anyhow::Result<()> {
        self.tally.emitted += 1;
        let id = out.event_id();
        match self.known.get_mut(&id) {
            Some(known) => {
                known.is_met = true;
                if known.value == essence(out)? {
                    self.tally.same += 1;
                } else {
                    self.tally.changed.push(id);
                }
            }
            None => self.tally.new.push(id),
        }
        if let Some(topic) = &self.into {
            let mut output = wrap(out, S::NAME, TraceContext::root())?;
            output.topic = topic.clone();
            self.outputs.push(output);
        }
        if self.outputs.len() >= UNIT_RECORDS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.desk.write("replay", std::mem::take(&mut self.outputs))
    }
}

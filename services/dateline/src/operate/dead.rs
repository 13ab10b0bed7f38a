//! `dateline dead`: list, show, replay and drop the records that a stage could not handle.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use bytes::Bytes;
use console::{Acted, LetterRow as Row};
use dateline_bus::{Go, Output, Received, Record as BusRecord, Start, Topic};
use dateline_record::{DeadAction, DeadLetter, DeadMark, Payload, Record, read};
use dateline_runtime::{TraceContext, clock, wrap};

use super::{Desk, STEPS, moment, print_json, table};
use crate::{
    arguments::{DeadChoice, DeadOptions, Unusable},
    eprintln, println,
};

/// Letters that go out in one unit of work; the bytes of a record may be 4 MB.
const UNIT_LETTERS: usize = 50;

/// A letter and where it stands.
pub(crate) struct Filed {
    id: String,
    letter: DeadLetter,
}

impl Filed {
    pub(crate) fn row(&self) -> Row {
        let letter = &self.letter;
        Row {
            letter: self.id.clone(),
            dead_at: letter.dead_at,
            stage: letter.stage.clone(),
            code: letter.code.as_str(),
            key: letter.key().into_owned(),
            source_id: letter.details.get("source_id").cloned().unwrap_or_default(),
            topic: letter.origin.topic.clone(),
            attempts: letter.attempts,
            what: letter.what.clone(),
        }
    }

    /// The record as it was read, ready to go back; or why it cannot.
    fn original(&self) -> Result<Output, String> {
        let letter = &self.letter;
        let topic = letter.origin.topic.as_str();
        if !STEPS.iter().any(|step| step.input == topic) {
            return Err(format!(
                "it is input that the {} could not read, not a record: repair it at {topic} and let \
                 the source bring it again, then drop the letter",
                letter.stage
            ));
        }
        if let Some(bytes) = letter.details.get("value_left_at_origin_bytes") {
            let at = &letter.origin;
            return Err(format!(
                "its {bytes} bytes were too many for a letter: they are at {topic} partition {} \
                 offset {}",
                at.partition, at.offset
            ));
        }
        let bytes = |payload: &Payload| Bytes::copy_from_slice(payload.as_bytes());
        let headers = letter.headers.iter().map(|(name, value)| (name.clone(), Some(bytes(value))));
        let record = BusRecord {
            key: letter.key.as_ref().map(bytes),
            value: letter.value.as_ref().map(bytes),
            headers: headers.collect(),
            timestamp_ms: clock::now().as_millis(),
        };
        Ok(Output { topic: Topic::new(topic), record })
    }
}

/// Lists, shows, replays or drops.
pub(crate) fn dead(config: Option<&Path>, options: &DeadOptions) -> anyhow::Result<ExitCode> {
    match options {
        DeadOptions::List { choice } => {
            let desk = Desk::open(config, &choice.bus)?;
            list(&open_letters(&desk, choice)?, choice.bus.json)
        }
        DeadOptions::Show { letter, bus } => show(&Desk::open(config, bus)?, letter, bus.json),
        DeadOptions::Replay { choice, dry_run } => {
            let desk = Desk::open(config, &choice.bus)?;
            act(&desk, choice, DeadAction::Replayed, *dry_run)
        }
        DeadOptions::Drop { choice, dry_run } => {
            let desk = Desk::open(config, &choice.bus)?;
            act(&desk, choice, DeadAction::Dropped, *dry_run)
        }
    }
}

/// What was done with letters, by their ids.
fn marks(desk: &Desk) -> anyhow::Result<BTreeMap<String, DeadAction>> {
    let topic = Topic::new(DeadMark::TOPIC);
    let mut marks = BTreeMap::new();
    desk.bus.scan(&desk.bus.starts(&topic, Start::Earliest)?, &mut |received| {
        let mark = received.record.value.as_deref().map(read::<DeadMark>);
        if let Some(Ok(mark)) = mark {
            marks.insert(mark.letter, mark.action);
        }
        Go::On
    })?;
    Ok(marks)
}

fn id(received: &Received) -> String {
    format!("{}-{}", received.partition, received.offset)
}

/// The letters that nobody has dealt with and that are chosen, the oldest first.
pub(crate) fn open_letters(desk: &Desk, choice: &DeadChoice) -> anyhow::Result<Vec<Filed>> {
    check(choice)?;
    let since = choice.since.as_deref().map(|text| moment(text, clock::now())).transpose()?;
    let marks = marks(desk)?;
    let topic = Topic::new(DeadLetter::TOPIC);
    let start = since.map_or(Start::Earliest, |since| Start::Time(since.as_millis()));
    let mut found = Vec::new();
    desk.bus.scan(&desk.bus.starts(&topic, start)?, &mut |received| {
        let id = id(&received);
        let is_chosen = choice.letters.is_empty() || choice.letters.contains(&id);
        if marks.contains_key(&id) || !is_chosen {
            return Go::On;
        }
        if let Some(Ok(letter)) = received.record.value.as_deref().map(read::<DeadLetter>) {
            let is_wanted = choice.stage.as_ref().is_none_or(|stage| *stage == letter.stage)
                && choice.code.as_ref().is_none_or(|code| *code == letter.code.as_str())
                && since.is_none_or(|since| letter.dead_at >= since);
            if is_wanted {
                found.push(Filed { id, letter });
            }
        }
        Go::On
    })?;
    found.sort_by_key(|filed| filed.letter.dead_at);
    found.truncate(choice.max.unwrap_or(usize::MAX));
    Ok(found)
}

/// A mistyped stage or code would choose nothing and look like success.
fn check(choice: &DeadChoice) -> anyhow::Result<()> {
    let codes = dateline_record::FaultCode::ALL.iter().map(|code| code.as_str());
    let codes: Vec<&str> = codes.collect();
    let stages: Vec<&str> = STEPS.iter().map(|step| step.stage).collect();
    let known = |flag: &str, value: Option<&String>, names: &[&str]| {
        let unknown = value.filter(|value| !names.contains(&value.as_str()));
        let wrong = |value| Unusable(format!("{flag}: {value:?} is none of {}", names.join(", ")));
        unknown.map_or(Ok(()), |value| Err(wrong(value)))
    };
    known("--stage", choice.stage.as_ref(), &stages)?;
    known("--code", choice.code.as_ref(), &codes)?;
    Ok(())
}

fn list(letters: &[Filed], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        letters.iter().try_for_each(|filed| print_json(&filed.row()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let head = ["letter", "dead at", "stage", "code", "key", "why"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(letters.iter().map(|filed| {
        let Row { letter, dead_at, stage, code, key, what, .. } = filed.row();
        let what: String = what.chars().take(80).collect();
        vec![letter, dead_at.to_string(), stage, code.to_owned(), key, what]
    }));
    println(&table(&rows));
    eprintln(&format!("{} open letters", letters.len()));
    Ok(ExitCode::SUCCESS)
}

/// The value of a letter by its id.
pub(crate) fn find(desk: &Desk, wanted: &str) -> anyhow::Result<Option<DeadLetter>> {
    let topic = Topic::new(DeadLetter::TOPIC);
    let mut found = None;
    desk.bus.scan(&desk.bus.starts(&topic, Start::Earliest)?, &mut |received| {
        if id(&received) == wanted {
            found = received.record.value;
        }
        if found.is_some() { Go::Enough } else { Go::On }
    })?;
    Ok(found.map(|value| read::<DeadLetter>(&value)).transpose()?)
}

fn show(desk: &Desk, wanted: &str, json: bool) -> anyhow::Result<ExitCode> {
    let Some(letter) = find(desk, wanted)? else {
        let what =
            format!("there is no letter {wanted}; `dateline dead list` names those there are");
        return Err(Unusable(what).into());
    };
    if json {
        print_json(&letter)?;
        return Ok(ExitCode::SUCCESS);
    }
    let done = match marks(desk)?.get(wanted) {
        Some(DeadAction::Replayed) => "replayed",
        Some(DeadAction::Dropped) => "dropped",
        None => "open",
    };
    let at = &letter.origin;
    let mut lines = vec![
        format!("letter    {wanted} ({done})"),
        format!("dead at   {} after {} attempts", letter.dead_at, letter.attempts),
        format!("stage     {} (build {})", letter.stage, letter.build),
        format!("code      {}", letter.code.as_str()),
        format!("why       {}", letter.what),
        format!("read at   {} partition {} offset {}", at.topic, at.partition, at.offset),
        format!("key       {}", letter.key()),
    ];
    let text = |payload: &Payload| String::from_utf8_lossy(payload.as_bytes()).into_owned();
    lines.extend(letter.details.iter().map(|(name, value)| format!("{name:<9} {value}")));
    lines.extend(
        letter.headers.iter().map(|(name, value)| format!("header    {name}: {}", text(value))),
    );
    if let Some(value) = &letter.value {
        lines.push(format!("value     {} bytes\n\n{}", value.as_bytes().len(), text(value)));
    }
    println(&lines.join("\n"));
    Ok(ExitCode::SUCCESS)
}

/// Replays or drops the chosen letters: mark and record go out in one unit of work.
fn act(
    desk: &Desk,
    choice: &DeadChoice,
    action: DeadAction,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    let is_unbounded = choice.letters.is_empty()
        && choice.stage.is_none()
        && choice.code.is_none()
        && choice.since.is_none()
        && choice.max.is_none();
    if is_unbounded && !dry_run {
        let what = "say which letters: their ids, --stage, --code, --since or --max; --dry-run shows \
                    what would be chosen";
        return Err(Unusable(what.to_owned()).into());
    }
    let letters = open_letters(desk, choice)?;
    let Acted { done, left } = deal(desk, &letters, action, dry_run)?;
    for (id, why) in &left {
        eprintln(&format!("{id} stays: {why}"));
    }
    let left = left.len();
    let word = if action == DeadAction::Replayed { "replayed" } else { "dropped" };
    if choice.bus.json {
        print_json(&serde_json::json!({ word: done, "left": left, "dry_run": dry_run }))?;
    } else {
        let would = if dry_run { "would be " } else { "" };
        println(&format!("{done} letters {would}{word}, {left} left"));
    }
    let is_missing = done + left < choice.letters.len();
    if is_missing {
        eprintln("some of these letters are not there, or were dealt with before");
    }
    Ok(ExitCode::from(u8::from(left > 0 || is_missing)))
}

/// Sends the records back or marks the letters, and says which stay and why.
pub(crate) fn deal(
    desk: &Desk,
    letters: &[Filed],
    action: DeadAction,
    dry_run: bool,
) -> anyhow::Result<Acted> {
    let mut acted = Acted::default();
    for chunk in letters.chunks(UNIT_LETTERS) {
        let mut outputs = Vec::new();
        for filed in chunk {
            match outputs_of(filed, action) {
                Ok(more) => {
                    outputs.extend(more);
                    acted.done += 1;
                }
                Err(why) => {
                    acted.left.insert(filed.id.clone(), why);
                }
            }
        }
        if !dry_run {
            desk.write("dead", outputs)?;
        }
    }
    Ok(acted)
}

fn outputs_of(filed: &Filed, action: DeadAction) -> Result<Vec<Output>, String> {
    let mark = DeadMark { letter: filed.id.clone(), action, marked_at: clock::now() };
    let trace = TraceContext::root();
    let mark = wrap(&mark, "dateline", trace).map_err(|error| error.to_string())?;
    match action {
        DeadAction::Replayed => Ok(vec![filed.original()?, mark]),
        DeadAction::Dropped => Ok(vec![mark]),
    }
}

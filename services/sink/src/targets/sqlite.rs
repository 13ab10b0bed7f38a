//! SQLite: the warehouse of one machine, readable by any SQLite tool while it is written.

mod relations;

use std::{fs, path::Path, time::Duration};

use anyhow::Context;
use dateline_bus::{Place, Positions};
use dateline_record::{ActorRef, ContentHash, Event, Mention, StoryEvents};
use dateline_runtime::{Fault, Landing, SinkRecord};
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params,
};
use serde::Serialize;

use crate::{SqliteConfig, Target};

/// Tables and views.
const TABLES: &str = include_str!("sqlite.sql");

/// The version of the tables.
const SCHEMA_VERSION: i64 = 2;

/// What tables of version 1 lack.
const FROM_VERSION_1: &str = "ALTER TABLE stories ADD COLUMN result_hash TEXT;";

/// How long a writer waits for another program's lock.
const BUSY_WAIT: Duration = Duration::from_secs(10);

const INSERT_STORY: &str = "
INSERT OR REPLACE INTO stories VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

const INSERT_EVENT: &str = "
INSERT INTO events VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
     ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)";

const INSERT_MENTION: &str = "
INSERT INTO mentions VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

/// A warehouse in one SQLite file.
pub(crate) struct Sqlite(Connection);

impl Sqlite {
    pub(crate) fn open(config: &SqliteConfig) -> anyhow::Result<Self> {
        let path = Path::new(&config.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("sqlite.path: {}", folder.display()))?;
        }
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY_WAIT)?;
            // NORMAL: after a power cut the last transactions are missing as a whole, offsets
            // included, and are written again from the topic.
            connection.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 PRAGMA journal_size_limit = 33554432; PRAGMA cache_size = -16384;",
            )?;
            Ok(connection)
        };
        let mut connection =
            open().with_context(|| format!("sqlite.path: {:?} cannot be opened", config.path))?;
        prepare(&mut connection, &config.path)?;
        Ok(Self(connection))
    }
}

fn prepare(connection: &mut Connection, path: &str) -> anyhow::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    anyhow::ensure!(
        (0..=SCHEMA_VERSION).contains(&version),
        "sqlite.path: {path:?} has tables of version {version}, this build writes \
         {SCHEMA_VERSION}; use the build that wrote it or another file"
    );
    if version == 1 {
        tx.execute_batch(FROM_VERSION_1)?;
    }
    tx.execute_batch(TABLES)?;
    tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    tx.commit()?;
    Ok(())
}

impl Target for Sqlite {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        position(&self.0, place).map_err(fault)
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        // Every text fits; a revision is 64 bits with a sign there.
        let (field, revision) = match record {
            Landing::Events(record) => ("story.revision", record.story.revision),
            Landing::Relations(record) => ("revision", record.revision),
        };
        let fits = i64::try_from(revision.0).is_ok();
        (!fits).then(|| format!("{field}: {revision} is above 2^63"))
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<u64, Fault> {
        write(&mut self.0, records, next).map_err(fault)
    }
}

fn position(connection: &Connection, place: &Place) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT next FROM positions WHERE topic = ?1 AND partition = ?2")?
        .query_row((place.0.as_str(), place.1), |row| row.get(0))
        .optional()
}

fn write(
    connection: &mut Connection,
    records: &[SinkRecord],
    next: &Positions,
) -> rusqlite::Result<u64> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut rows = 0;
    let mut written = Positions::new();
    for place in next.keys() {
        if let Some(offset) = position(&tx, place)? {
            written.insert(place.clone(), offset);
        }
    }
    for record in records {
        if written.get(&record.place).is_some_and(|next| record.offset < *next) {
            continue;
        }
        rows += match &record.record {
            Landing::Events(events) => write_story(&tx, record, events)?,
            Landing::Relations(record) => relations::replace(&tx, record)?,
        };
    }
    for (place, offset) in next {
        tx.prepare_cached(
            "INSERT INTO positions VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET next = max(next, excluded.next)",
        )?
        .execute(params![place.0.as_str(), place.1, offset])?;
    }
    tx.commit()?;
    Ok(rows)
}

/// What stands in the table of a story.
struct Known {
    revision: u64,
    result_hash: Option<String>,
}

/// Replaces a story unless a newer version stands there; of two with one revision the later counts.
/// What says the same as before keeps its events and mentions as they are. Returns the rows written.
fn write_story(
    tx: &Transaction<'_>,
    record: &SinkRecord,
    result: &StoryEvents,
) -> rusqlite::Result<u64> {
    let id = result.story.story_id.as_str();
    let known = tx
        .prepare_cached("SELECT revision, result_hash FROM stories WHERE story_id = ?1")?
        .query_row([id], |row| Ok(Known { revision: row.get(0)?, result_hash: row.get(1)? }))
        .optional()?;
    if known.as_ref().is_some_and(|known| known.revision > result.story.revision.0) {
        return Ok(0);
    }
    let hash = result_hash(result);
    let is_same = hash.is_some() && known.is_some_and(|known| known.result_hash == hash);
    insert_story(tx, record, result, hash.as_deref())?;
    if is_same {
        return Ok(1);
    }
    tx.prepare_cached("DELETE FROM events WHERE story_id = ?1")?.execute([id])?;
    tx.prepare_cached("DELETE FROM mentions WHERE story_id = ?1")?.execute([id])?;
    let recalled = result.story.status.recalls();
    let (events, mentions) =
        if recalled { (&[][..], &[][..]) } else { (&result.events[..], &result.mentions[..]) };
    for event in events {
        insert_event(tx, result, event)?;
    }
    for mention in mentions {
        insert_mention(tx, result, mention)?;
    }
    Ok(1 + (events.len() + mentions.len()) as u64)
}

/// A hash of all that the rows of events and mentions say; none for what has no such rows.
fn result_hash(result: &StoryEvents) -> Option<String> {
    let said = (&result.story.text, &result.mentions, &result.events);
    let json = serde_json::to_vec(&said).ok()?;
    (!result.story.status.recalls()).then(|| ContentHash::of(&json).to_string())
}

fn insert_story(
    tx: &Transaction<'_>,
    record: &SinkRecord,
    result: &StoryEvents,
    hash: Option<&str>,
) -> rusqlite::Result<()> {
    let story = &result.story;
    // Killed copy goes at once: neither its words nor its headline stay.
    let kept = |text: &str| (!story.status.recalls()).then(|| text.to_owned());
    tx.prepare_cached(INSERT_STORY)?.execute(params![
        story.story_id.as_str(),
        story.revision.0,
        story.status.as_str(),
        story.signal.as_str(),
        story.source_id.as_str(),
        story.provider,
        story.url,
        kept(&story.title),
        story.dateline.as_ref().and_then(|dateline| kept(&dateline.text)),
        story.published_at.map(|time| time.to_string()),
        story.fetched_at.to_string(),
        story.language.code,
        story.word_count,
        kept(&story.text),
        result.not_coded.map(dateline_record::SkipReason::as_str),
        record.place.0.as_str(),
        record.place.1,
        record.offset,
        hash,
    ])?;
    Ok(())
}

fn insert_event(tx: &Transaction<'_>, result: &StoryEvents, event: &Event) -> rusqlite::Result<()> {
    let target = event.target.as_ref();
    let (date, place) = (event.date.as_ref(), event.place.as_ref());
    let sentence = result.story.text.get(event.sentence_span.range()).unwrap_or_default();
    let code = |side: &ActorRef| side.actor.code.clone();
    tx.prepare_cached(INSERT_EVENT)?.execute(params![
        event.event_id.as_str(),
        result.story.story_id.as_str(),
        result.story.revision.0,
        event.kind.as_str(),
        event.mode,
        event.status.as_str(),
        event.source.text,
        event.source.name,
        code(&event.source),
        event.source.actor.sector,
        target.map(|side| &side.text),
        target.and_then(|side| side.name.as_ref()),
        target.map(code),
        target.and_then(|side| side.actor.sector.as_ref()),
        event.reciprocal,
        date.map(|date| &date.from),
        date.map(|date| &date.to),
        date.and_then(|date| word(&date.granularity)),
        date.and_then(|date| word(&date.basis)),
        place.map(|place| &place.name),
        place.and_then(|place| place.country.as_ref()),
        place.and_then(|place| place.geonames_id),
        place.and_then(|place| place.latitude),
        place.and_then(|place| place.longitude),
        event.attribution,
        event.sentence,
        sentence,
        event.trigger,
        event.rule,
        event.confidence,
    ])?;
    Ok(())
}

fn insert_mention(
    tx: &Transaction<'_>,
    result: &StoryEvents,
    mention: &Mention,
) -> rusqlite::Result<()> {
    let (actor, place) = (mention.actor.as_ref(), mention.place.as_ref());
    tx.prepare_cached(INSERT_MENTION)?.execute(params![
        result.story.story_id.as_str(),
        result.story.revision.0,
        word(&mention.kind),
        mention.text,
        mention.name,
        actor.map(|actor| &actor.code),
        actor.and_then(|actor| actor.sector.as_ref()),
        place.and_then(|place| place.country.as_ref()),
        place.and_then(|place| place.geonames_id),
        place.and_then(|place| place.latitude),
        place.and_then(|place| place.longitude),
        mention.sentence,
        mention.span.start,
        mention.span.end,
    ])?;
    Ok(())
}

/// The word that stands for a value of a closed list in its JSON.
fn word(value: &impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    value.as_str().map(str::to_owned)
}

#[allow(clippy::needless_pass_by_value)]
fn fault(error: rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SystemIoFailure) => {
            Fault::retry(error.to_string())
        }
        _ => Fault::Fatal(error.into()),
    }
}

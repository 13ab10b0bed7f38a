//! One unit in one transaction: compare the positions, replace the rows, move the positions.

use std::collections::{BTreeMap, HashMap};

use dateline_bus::{Place, Positions};
use dateline_runtime::{Landing, SinkRecord, Written, clock};
use tokio_postgres::{GenericClient, Transaction, types::ToSql};

use super::{
    Failure, Memory, Session,
    copy::{Copies, copy},
};
use crate::{
    claims::{Standing, Stored},
    model,
    plan::{self, Known, Plan, story_id},
    search,
};

/// Takes a place over from whoever wrote it before; a write of his that is under way is waited for.
pub(super) async fn claim(session: &mut Session, place: &Place) -> Result<Stored, Failure> {
    let (topic, partition) = key(place)?;
    let tx = session.client.transaction().await?;
    let row = tx
        .query_one(
            "INSERT INTO writers VALUES ($1, $2, 1) ON CONFLICT (topic, partition) \
             DO UPDATE SET epoch = writers.epoch + 1 RETURNING epoch",
            &[&topic, &partition],
        )
        .await?;
    let stored = Stored { epoch: row.get(0), next: next_of(&tx, (&topic, partition)).await? };
    tx.commit().await?;
    Ok(stored)
}

fn key(place: &Place) -> Result<(String, i32), Failure> {
    let partition = i32::try_from(place.1)
        .map_err(|_| Failure::Fatal(format!("partition {} is above 2^31", place.1)))?;
    Ok((place.0.as_str().to_owned(), partition))
}

async fn next_of(
    client: &impl GenericClient,
    (topic, partition): (&str, i32),
) -> Result<Option<u64>, Failure> {
    let row = client
        .query_opt(
            "SELECT next FROM positions WHERE topic = $1 AND partition = $2",
            &[&topic, &partition],
        )
        .await?;
    Ok(row.map(|row| unsigned(row.get(0))))
}

/// What was stored was checked to be within 63 bits.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) async fn write(
    session: &mut Session,
    memory: &mut Memory,
    records: &[SinkRecord],
    next: &Positions,
) -> Result<Written, Failure> {
    for place in next.keys() {
        if !memory.claims.has(place) {
            let stored = claim(session, place).await?;
            memory.claims.hold(place, stored);
        }
    }
    let Session { client, copies, .. } = session;
    let tx = client.transaction().await?;
    let mut now = BTreeMap::new();
    for place in next.keys() {
        now.insert(place.clone(), locked(&tx, place).await?);
    }
    match memory.claims.standing(next, &now) {
        Standing::Open => {}
        Standing::Fenced(what) => {
            tx.rollback().await?;
            return Ok(Written::Fenced(what));
        }
        Standing::Done => {
            tx.rollback().await?;
            memory.claims.advance(next);
            return Ok(Written::Rows(memory.tried_rows));
        }
    }
    let news = |record: &&SinkRecord| !memory.claims.is_written(&record.place, record.offset);
    let records: Vec<&SinkRecord> = records.iter().filter(news).collect();
    let standing = standing(&tx, &records).await?;
    let plan = Plan::of(&records, &standing, clock::now());
    replace(&tx, copies, &plan, &standing).await?;
    for (place, offset) in next {
        advance(&tx, place, *offset).await?;
    }
    memory.tried_rows = plan.rows();
    tx.commit().await?;
    memory.claims.advance(next);
    Ok(Written::Rows(memory.tried_rows))
}

/// What is stored of a place, held against others until the transaction ends.
async fn locked(tx: &Transaction<'_>, place: &Place) -> Result<Stored, Failure> {
    let (topic, partition) = key(place)?;
    let row = tx
        .query_opt(
            "SELECT epoch FROM writers WHERE topic = $1 AND partition = $2 FOR UPDATE",
            &[&topic, &partition],
        )
        .await?;
    let epoch = row.map_or(0, |row| row.get(0));
    Ok(Stored { epoch, next: next_of(tx, (&topic, partition)).await? })
}

async fn advance(tx: &Transaction<'_>, place: &Place, offset: u64) -> Result<(), Failure> {
    let (topic, partition) = key(place)?;
    let parameters: [&(dyn ToSql + Sync); 3] = [&topic, &partition, &signed(offset)];
    tx.execute(
        "INSERT INTO positions VALUES ($1, $2, $3) \
         ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next",
        &parameters,
    )
    .await?;
    Ok(())
}

/// What stands of the stories of a batch.
async fn standing(
    tx: &Transaction<'_>,
    records: &[&SinkRecord],
) -> Result<plan::Standing, Failure> {
    let (mut stories, mut clusters) = (Vec::new(), Vec::new());
    for record in records {
        let ids = match &record.record {
            Landing::Events(_) => &mut stories,
            Landing::Relations(_) => &mut clusters,
        };
        ids.push(story_id(record));
    }
    Ok(plan::Standing {
        stories: known(
            tx,
            "SELECT story_id, revision, log_offset, result_hash, text IS NOT NULL FROM stories \
             WHERE story_id = ANY($1)",
            stories,
        )
        .await?,
        clusters: known(
            tx,
            "SELECT story_id, revision, coalesce(log_offset, 0), NULL::text, false FROM clusters \
             WHERE story_id = ANY($1)",
            clusters,
        )
        .await?,
    })
}

async fn known(
    tx: &Transaction<'_>,
    statement: &str,
    mut ids: Vec<&str>,
) -> Result<HashMap<String, Known>, Failure> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx.query(statement, &[&ids]).await?;
    let known = rows.iter().map(|row| {
        let (revision, offset) = (unsigned(row.get(1)), unsigned(row.get(2)));
        let known = Known { revision, offset, result_hash: row.get(3), has_text: row.get(4) };
        (row.get(0), known)
    });
    Ok(known.collect())
}

/// Takes the rows out that stand there, and copies the new ones in.
async fn replace(
    tx: &Transaction<'_>,
    copies: &Copies,
    plan: &Plan<'_>,
    standing: &plan::Standing,
) -> Result<(), Failure> {
    let stories = plan.stories.iter().map(|row| row.result.story.story_id.as_str());
    let stories = stories.filter(|id| standing.stories.contains_key(*id));
    let replaced = plan.replaced.iter().copied();
    let replaced: Vec<&str> = replaced.filter(|id| standing.stories.contains_key(*id)).collect();
    let clusters = plan.clusters.iter().map(|row| row.record.story_id.as_str());
    let clusters: Vec<&str> = clusters.filter(|id| standing.clusters.contains_key(*id)).collect();
    delete(tx, "DELETE FROM events WHERE story_id = ANY($1)", &replaced).await?;
    delete(tx, "DELETE FROM mentions WHERE story_id = ANY($1)", &replaced).await?;
    let stories: Vec<&str> = stories.collect();
    delete(tx, "DELETE FROM search WHERE story_id = ANY($1)", &stories).await?;
    delete(tx, "DELETE FROM stories WHERE story_id = ANY($1)", &stories).await?;
    delete(tx, "DELETE FROM relations WHERE story_id = ANY($1)", &clusters).await?;
    delete(tx, "DELETE FROM clusters WHERE story_id = ANY($1)", &clusters).await?;
    put_words(tx, search::rows(plan).unzip()).await?;
    copy(tx, &copies.stories, plan.stories.iter().map(model::story_values)).await?;
    copy(tx, &copies.events, plan.events.iter().map(model::event_values)).await?;
    copy(tx, &copies.mentions, plan.mentions.iter().map(model::mention_values)).await?;
    copy(tx, &copies.clusters, plan.clusters.iter().map(model::cluster_values)).await?;
    copy(tx, &copies.relations, plan.relations.iter().map(model::relation_values)).await?;
    copy(tx, &copies.changes, plan.changes.iter().map(model::change_values)).await
}

async fn delete(tx: &Transaction<'_>, statement: &str, ids: &[&str]) -> Result<(), Failure> {
    if !ids.is_empty() {
        tx.execute(statement, &[&ids]).await?;
    }
    Ok(())
}

/// Writes what stories are found by: ids, and the words of each.
pub(super) async fn put_words(
    tx: &Transaction<'_>,
    (ids, words): (Vec<&str>, Vec<String>),
) -> Result<(), Failure> {
    if !ids.is_empty() {
        // Not by a parser of the server: the words are cut already.
        let insert = "INSERT INTO search SELECT story_id, \
                      array_to_tsvector(string_to_array(words, ' ')) \
                      FROM unnest($1::text[], $2::text[]) AS found (story_id, words)";
        tx.execute(insert, &[&ids, &words]).await?;
    }
    Ok(())
}

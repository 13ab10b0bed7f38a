//! Consumer groups: members with heartbeats, leases on partitions, positions. A lease that is
//! checked in the transaction of a commit is an exact fence; the heartbeat only decides who may
//! take a partition over.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::store::TopicRow;
use crate::{PartitionLag, Positions, Topic};

/// Who a worker is, as the tables know it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) group: String,
    pub(super) instance: String,
    /// Grows each time a worker of this name starts, so that the older one is fenced.
    pub(super) epoch: i64,
    /// Partitions to share; 0 for a worker that only writes.
    pub(super) partitions: u32,
}

/// The partitions that a member holds, each with the epoch of its lease.
pub(super) type Leases = BTreeMap<u32, i64>;

/// Enters the member table, or takes over the entry and the leases of an earlier worker of this
/// name.
pub(super) fn join(
    tx: &Connection,
    group: &str,
    instance: &str,
    partitions: u32,
    now_ms: i64,
) -> rusqlite::Result<Member> {
    let epoch: i64 = tx.query_row(
        "INSERT INTO member (grp, instance, epoch, consumer, seen_ms) VALUES (?1, ?2, 1, ?3, ?4)
         ON CONFLICT (grp, instance) DO UPDATE SET
             epoch = epoch + 1, consumer = excluded.consumer, seen_ms = excluded.seen_ms
         RETURNING epoch",
        (group, instance, partitions > 0, now_ms),
        |row| row.get(0),
    )?;
    tx.execute(
        "UPDATE lease SET epoch = epoch + 1 WHERE grp = ?1 AND instance = ?2",
        (group, instance),
    )?;
    Ok(Member { group: group.to_owned(), instance: instance.to_owned(), epoch, partitions })
}

/// Leaves the group and gives the leases back. A member that was fenced has nothing to give.
pub(super) fn leave(tx: &Connection, member: &Member) -> rusqlite::Result<()> {
    if !is_current(tx, member)? {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM lease WHERE grp = ?1 AND instance = ?2",
        (&member.group, &member.instance),
    )?;
    // The row stays with its epoch, so that a worker of this name that still runs stays fenced.
    tx.execute(
        "UPDATE member SET epoch = epoch + 1, consumer = 0, seen_ms = 0
         WHERE grp = ?1 AND instance = ?2",
        (&member.group, &member.instance),
    )?;
    Ok(())
}

/// Whether no newer worker of this name has started.
pub(super) fn is_current(tx: &Connection, member: &Member) -> rusqlite::Result<bool> {
    let epoch: Option<i64> = tx
        .prepare_cached("SELECT epoch FROM member WHERE grp = ?1 AND instance = ?2")?
        .query_row((&member.group, &member.instance), |row| row.get(0))
        .optional()?;
    Ok(epoch == Some(member.epoch))
}

/// Whether the member still holds these leases.
pub(super) fn holds(
    tx: &Connection,
    member: &Member,
    leases: &Leases,
    partitions: impl IntoIterator<Item = u32>,
) -> rusqlite::Result<bool> {
    let held = self::leases(tx, member)?;
    Ok(partitions.into_iter().all(|partition| {
        leases.contains_key(&partition) && leases.get(&partition) == held.get(&partition)
    }))
}

fn leases(tx: &Connection, member: &Member) -> rusqlite::Result<Leases> {
    tx.prepare_cached("SELECT partition, epoch FROM lease WHERE grp = ?1 AND instance = ?2")?
        .query_map((&member.group, &member.instance), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Says that the member lives, and moves leases towards a fair share: gives back what is too
/// much, takes what is free. Returns what it holds now.
pub(super) fn heartbeat(
    tx: &Connection,
    member: &Member,
    now_ms: i64,
    expiry_ms: i64,
) -> rusqlite::Result<Leases> {
    tx.prepare_cached("UPDATE member SET seen_ms = ?3 WHERE grp = ?1 AND instance = ?2")?
        .execute((&member.group, &member.instance, now_ms))?;
    if member.partitions == 0 {
        return Ok(Leases::new());
    }
    // Whoever was seen in the future had a clock that has gone back since: if it lives, it will say
    // so by the right one.
    let living = living(tx, &member.group, now_ms - expiry_ms, now_ms + expiry_ms)?;
    let quota = quota(&living, &member.instance, member.partitions);
    let mut leases = leases(tx, member)?;
    while leases.len() > quota {
        let Some((partition, _)) = leases.pop_last() else {
            break;
        };
        tx.execute(
            "DELETE FROM lease WHERE grp = ?1 AND partition = ?2",
            (&member.group, partition),
        )?;
    }
    for partition in 0..member.partitions {
        if leases.len() >= quota {
            break;
        }
        if !leases.contains_key(&partition) && is_free(tx, &member.group, partition, &living)? {
            leases.insert(partition, take(tx, member, partition)?);
        }
    }
    Ok(leases)
}

/// The names of the consumers that were last seen from `since_ms` to `until_ms`, in their order.
fn living(
    tx: &Connection,
    group: &str,
    since_ms: i64,
    until_ms: i64,
) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached(
        "SELECT instance FROM member
         WHERE grp = ?1 AND consumer AND seen_ms BETWEEN ?2 AND ?3 ORDER BY instance",
    )?
    .query_map((group, since_ms, until_ms), |row| row.get(0))?
    .collect()
}

/// The fair share of a member: the first ones get one more where it does not divide.
fn quota(living: &[String], instance: &str, partitions: u32) -> usize {
    let partitions = partitions as usize;
    let members = living.len().max(1);
    let rank = living.iter().position(|name| name == instance).unwrap_or(members);
    partitions / members + usize::from(rank < partitions % members)
}

fn is_free(
    tx: &Connection,
    group: &str,
    partition: u32,
    living: &[String],
) -> rusqlite::Result<bool> {
    let owner: Option<String> = tx
        .prepare_cached("SELECT instance FROM lease WHERE grp = ?1 AND partition = ?2")?
        .query_row((group, partition), |row| row.get(0))
        .optional()?;
    Ok(owner.is_none_or(|owner| !living.contains(&owner)))
}

fn take(tx: &Connection, member: &Member, partition: u32) -> rusqlite::Result<i64> {
    // The epoch of a lease that was given back is lost, so a new one starts at the time: greater
    // than any that a former owner can remember.
    tx.prepare_cached(
        "INSERT INTO lease (grp, partition, instance, epoch)
         VALUES (?1, ?2, ?3, unixepoch('now', 'subsec') * 1000)
         ON CONFLICT (grp, partition) DO UPDATE SET
             instance = excluded.instance, epoch = max(epoch + 1, excluded.epoch)
         RETURNING epoch",
    )?
    .query_row((&member.group, partition, &member.instance), |row| row.get(0))
}

/// The committed position of a group on a partition.
pub(super) fn position(
    connection: &Connection,
    group: &str,
    topic: i64,
    partition: u32,
) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached(
            "SELECT next FROM position WHERE grp = ?1 AND topic = ?2 AND partition = ?3",
        )?
        .query_row(params![group, topic, partition], |row| row.get(0))
        .optional()
}

/// Stores positions.
pub(super) fn set_positions(
    tx: &Connection,
    group: &str,
    inputs: &[TopicRow],
    next: &Positions,
) -> rusqlite::Result<()> {
    for ((topic, partition), offset) in next {
        let Some(row) = inputs.iter().find(|row| row.topic == *topic) else {
            continue;
        };
        tx.prepare_cached(
            "INSERT INTO position (grp, topic, partition, next) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (grp, topic, partition) DO UPDATE SET next = excluded.next",
        )?
        .execute(params![group, row.id, partition, offset])?;
    }
    Ok(())
}

/// How far a group is behind on each partition of a topic.
pub(super) fn lag(
    connection: &Connection,
    group: &str,
    topic: &TopicRow,
) -> rusqlite::Result<Vec<PartitionLag>> {
    let lag_of = |partition| {
        let committed = position(connection, group, topic.id, partition)?;
        let tail = super::log::tail(connection, topic.id, partition)?;
        let from = committed.unwrap_or(tail.low).max(tail.low);
        let any = super::log::any_from(connection, topic, partition, from)?;
        let behind = if any { tail.next.saturating_sub(from) } else { 0 };
        let topic: Topic = topic.topic.clone();
        Ok(PartitionLag { topic, partition, committed, end: tail.next, behind })
    };
    (0..topic.partitions).map(lag_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_fair_and_whole() {
        let check = |members: usize, partitions: u32, expected: &[usize]| {
            let living: Vec<String> = (0..members).map(|number| format!("m{number}")).collect();
            let shares: Vec<usize> =
                living.iter().map(|name| quota(&living, name, partitions)).collect();
            assert_eq!(shares, expected);
            assert_eq!(shares.iter().sum::<usize>(), partitions as usize);
        };
        check(1, 3, &[3]);
        check(2, 3, &[2, 1]);
        check(3, 3, &[1, 1, 1]);
        check(4, 3, &[1, 1, 1, 0]);
        check(2, 12, &[6, 6]);
    }
}

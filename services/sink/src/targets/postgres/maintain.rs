//! Killed words leave the data files: a deleted row stays in its page until another takes its room,
//! and a plain VACUUM does not overwrite it, so the tables with words are written anew. Even that keeps
//! rows that an older transaction may still see: it is waited for, and named where it does not end.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::{Failure, session::Session};
use crate::{
    Maintained,
    model::{EVENTS, MENTIONS, STORIES},
};

/// How long the tables are waited for: who comes after waits behind this, so it is short.
const LOCK_WAIT: &str = "SET lock_timeout TO '5s'";

/// How long transactions that may still see what was taken back are waited for.
const READERS_WAIT: Duration = Duration::from_secs(5);

/// The pause between two looks at them.
const PAUSE: Duration = Duration::from_millis(200);

/// When the tables were last written anew: up to which record, by a note with one of them.
const MAINTAINED: &str = "coalesce(substring(obj_description('stories'::regclass, 'pg_class') \
                          FROM 'maintained (.*)$')::timestamptz, '-infinity')";

/// The oldest transaction that may see what the last kill deleted: rows are as old as the transaction
/// that wrote the kill. Of sessions of others an account sees only what `pg_read_all_stats` shows.
fn reader() -> String {
    format!(
        "WITH kill AS (SELECT min(age(xmin)) AS age FROM changes \
         WHERE op = 'retract' AND ingested_at > {MAINTAINED}), \
         readers AS (SELECT 'session ' || pid || ' (' || coalesce(nullif(application_name, ''), \
         usename, '') || ')' AS name, greatest(age(backend_xmin), age(backend_xid)) AS age \
         FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
         AND (datname IS NULL OR datname = current_database()) \
         UNION ALL SELECT 'prepared transaction ' || gid, age(transaction) FROM pg_prepared_xacts \
         WHERE database = current_database() \
         UNION ALL SELECT 'replication slot ' || slot_name, age(xmin) FROM pg_replication_slots) \
         SELECT name FROM readers, kill WHERE readers.age >= kill.age ORDER BY readers.age DESC LIMIT 1"
    )
}

/// Whether something was taken back since the tables were last written anew.
pub(super) async fn must(client: &Client) -> Result<bool, Failure> {
    let later = format!("op = 'retract' AND ingested_at > {MAINTAINED}");
    let sql = format!("SELECT EXISTS (SELECT FROM changes WHERE {later})");
    Ok(client.query_one(&sql, &[]).await?.get(0))
}

pub(super) async fn maintain(session: &Session) -> Result<Maintained, Failure> {
    let client = &session.client;
    let sql = format!(
        "SELECT coalesce(max(ingested_at), '-infinity')::text, \
         count(*) FILTER (WHERE op = 'retract' AND ingested_at > {MAINTAINED}) FROM changes"
    );
    let row = client.query_one(&sql, &[]).await?;
    let (until, rows): (String, i64) = (row.get(0), row.get(1));
    let deadline = Instant::now() + READERS_WAIT;
    // Before a lock is taken: a table that is written anew for nothing is as long out of reach.
    while let Some(name) = client.query_opt(&reader(), &[]).await? {
        if Instant::now() > deadline {
            let name: String = name.get(0);
            return Err(Failure::Held(format!("{name} began before the last kill and is open")));
        }
        tokio::time::sleep(PAUSE).await;
    }
    client.batch_execute(LOCK_WAIT).await?;
    let mut done = Maintained { files: 0, rows: u64::try_from(rows).unwrap_or_default() };
    for table in [STORIES.name, EVENTS.name, MENTIONS.name, "search"] {
        write_anew(session, table, deadline).await?;
        done.files += 1;
    }
    client.batch_execute("RESET lock_timeout").await?;
    let note = format!("COMMENT ON TABLE stories IS 'maintained {until}'");
    client.batch_execute(&note).await?;
    Ok(done)
}

/// Writes a table anew until the server says that it has kept no deleted row.
async fn write_anew(session: &Session, table: &str, deadline: Instant) -> Result<(), Failure> {
    loop {
        session.notices.take();
        session.client.batch_execute(&format!("VACUUM (FULL, VERBOSE) {table}")).await?;
        let kept = session.notices.take().iter().find_map(|detail| kept(detail));
        match kept {
            Some(0) => break,
            Some(rows) if Instant::now() > deadline => {
                return Err(Failure::Held(format!(
                    "{table}: {rows} deleted rows are kept for a transaction that is open"
                )));
            }
            Some(_) => tokio::time::sleep(PAUSE).await,
            None => {
                let what = "the server does not say what it kept";
                return Err(Failure::Held(format!("{table}: {what}")));
            }
        }
    }
    session.client.batch_execute(&format!("ANALYZE {table}")).await?;
    Ok(())
}

/// How many rows a message of VACUUM says are kept although they are deleted, whatever the language of
/// the server: its first number.
fn kept(detail: &str) -> Option<u64> {
    let digits = detail.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
    digits?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_from_the_message() {
        let check = |detail, expected| assert_eq!(kept(detail), expected, "{detail}");
        check("0 dead row versions cannot be removed yet.\nCPU: user: 0.00 s.", Some(0));
        check("12 tote Zeilenversionen k\u{f6}nnen noch nicht entfernt werden.", Some(12));
        check("CPU", None);
    }
}

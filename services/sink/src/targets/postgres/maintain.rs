//! Killed words leave the data files: a deleted row stays in its page until another takes its room,
//! and a plain VACUUM does not overwrite it, so the tables with words are written anew.

use tokio_postgres::Client;

use super::Failure;
use crate::{
    Maintained,
    model::{EVENTS, MENTIONS, STORIES},
};

/// How long the tables are waited for: who comes after waits behind this, so it is short.
const LOCK_WAIT: &str = "SET lock_timeout TO '5s'";

/// When the tables were last written anew: up to which record, by a note with one of them.
const MAINTAINED: &str = "coalesce(substring(obj_description('stories'::regclass, 'pg_class') \
                          FROM 'maintained (.*)$')::timestamptz, '-infinity')";

/// Whether something was taken back since the tables were last written anew.
pub(super) async fn must(client: &Client) -> Result<bool, Failure> {
    let later = format!("op = 'retract' AND ingested_at > {MAINTAINED}");
    let sql = format!("SELECT EXISTS (SELECT FROM changes WHERE {later})");
    Ok(client.query_one(&sql, &[]).await?.get(0))
}

pub(super) async fn maintain(client: &Client) -> Result<Maintained, Failure> {
    let sql = format!(
        "SELECT coalesce(max(ingested_at), '-infinity')::text, \
         count(*) FILTER (WHERE op = 'retract' AND ingested_at > {MAINTAINED}) FROM changes"
    );
    let row = client.query_one(&sql, &[]).await?;
    let (until, rows): (String, i64) = (row.get(0), row.get(1));
    client.batch_execute(LOCK_WAIT).await?;
    let mut done = Maintained { files: 0, rows: u64::try_from(rows).unwrap_or_default() };
    for table in [&STORIES, &EVENTS, &MENTIONS] {
        client.batch_execute(&format!("VACUUM (FULL, ANALYZE) {}", table.name)).await?;
        done.files += 1;
    }
    client.batch_execute("RESET lock_timeout").await?;
    let note = format!("COMMENT ON TABLE stories IS 'maintained {until}'");
    client.batch_execute(&note).await?;
    Ok(done)
}

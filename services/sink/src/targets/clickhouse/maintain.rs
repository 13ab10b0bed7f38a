//! Killed words leave the parts of the tables: by mutations, which write parts anew. The server removes
//! the old parts some minutes later (`old_parts_lifetime`).

use serde::Deserialize;

use super::Server;
use crate::{
    Maintained,
    http::{Failure, Http},
    model::{EVENTS, MENTIONS, STORIES, WORDS},
};

/// Stories of one mutation.
const CHUNK: usize = 200;

/// A story with words of versions from before it was taken back.
#[derive(Deserialize)]
pub(super) struct Killed {
    story_id: String,
    revision: String,
    offset: String,
}

/// The stories with words that must go.
pub(super) async fn killed(http: &Http, server: &Server) -> Result<Vec<Killed>, Failure> {
    let query = format!(
        "SELECT own.story_id AS story_id, toString(any(kill.last.1)) AS revision, \
         toString(any(kill.last.2)) AS offset FROM {stories} AS own INNER JOIN (SELECT story_id, \
         max((revision, log_offset)) AS last FROM {stories} WHERE op = 'retract' GROUP BY story_id) \
         AS kill ON own.story_id = kill.story_id WHERE own.text IS NOT NULL AND \
         (own.revision, own.log_offset) < kill.last GROUP BY own.story_id",
        stories = STORIES.log_name()
    );
    server.rows(http, &query).await
}

pub(super) async fn maintain(http: &Http, server: &Server) -> Result<Maintained, Failure> {
    let mut done = Maintained::default();
    let killed = killed(http, server).await?;
    let empty: Vec<String> = WORDS.iter().map(|word| format!("{word} = NULL")).collect();
    for chunk in killed.chunks(CHUNK) {
        let versions: Vec<String> = chunk
            .iter()
            .map(|kill| {
                format!(
                    "(story_id = '{}' AND (revision, log_offset) < ({}, {}))",
                    kill.story_id.replace('\\', "\\\\").replace('\'', "\\'"),
                    kill.revision,
                    kill.offset
                )
            })
            .collect();
        let versions = versions.join(" OR ");
        // The stories last: as long as their words stand, all of this is done again.
        for table in [&EVENTS, &MENTIONS] {
            let name = table.log_name();
            let delete = format!("ALTER TABLE {name} DELETE WHERE {versions}");
            server.run(http, format!("{delete} SETTINGS mutations_sync = 1")).await?;
            done.files += 1;
        }
        let update = format!(
            "ALTER TABLE {} UPDATE {} WHERE {versions} SETTINGS mutations_sync = 1",
            STORIES.log_name(),
            empty.join(", ")
        );
        server.run(http, update).await?;
        done.files += 1;
        done.rows += chunk.len() as u64;
    }
    Ok(done)
}

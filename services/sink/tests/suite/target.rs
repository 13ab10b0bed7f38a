//! The targets as the suite sees them: opened by the sink, and read by other means.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use dateline_runtime::{Sink, config::Settings};
use rusqlite::Connection;
use sink::Warehouse;

use super::{
    clickhouse, duck, lake, lines, receiver,
    stream::{Expected, Shelf, place},
};

/// What stands of stories, events and mentions, in words that SQLite and PostgreSQL both know.
const STORIES: &str = "SELECT story_id, revision || ' ' || status || ' ' || coalesce(title, '-') \
                       || ' ' || coalesce(text, '-') FROM stories";
const EVENTS: &str = "SELECT story_id, type || ' ' || sentence_text FROM events";
const MENTIONS: &str = "SELECT story_id, 'mention ' || text FROM mentions";
/// How many records were taken, all and without those that stand there twice.
const TAKEN: &str = "SELECT '' || count(*), '' || count(DISTINCT log_partition || '/' || log_offset) \
                     FROM changes WHERE log_topic = 'dateline.events.v1'";
const LOGGED: &str = "SELECT '' || count(*), '' || count(DISTINCT log_partition || '/' || log_offset) \
                      FROM stories_log";

/// A target, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) kind: &'static str,
    pub(crate) folder: PathBuf,
    /// How to reach the database; empty for files.
    pub(crate) url: String,
    pub(crate) schema: String,
}

/// The names that `sink.target` takes.
pub(crate) const KINDS: [&str; 8] =
    ["sqlite", "postgres", "clickhouse", "jsonl", "parquet", "delta", "iceberg", "webhook"];

/// Whether a target is part of this build.
pub(crate) fn is_built(kind: &str) -> bool {
    let is_absent = kind == "delta" && !cfg!(feature = "delta")
        || kind == "iceberg" && !cfg!(feature = "iceberg");
    !is_absent
}

impl Target {
    /// A new target of a kind; none where its server cannot be had.
    pub(crate) fn new(kind: &'static str, folder: &Path, schema: &str) -> Option<Self> {
        let url = match kind {
            "postgres" => server()?.url.clone(),
            "clickhouse" => clickhouse::engine()?.url.clone(),
            "webhook" => receiver::start(),
            "parquet" if !duck::is_there() => return None,
            "delta" | "iceberg" if !lake::is_there(kind) => return None,
            "iceberg" => lake::catalog(),
            _ => String::new(),
        };
        Some(Self { kind, folder: folder.to_owned(), url, schema: schema.to_owned() })
    }

    /// A namespace of its own in the catalog that all tests of a process share.
    pub(crate) fn namespace(&self) -> String {
        let folder = self.folder.file_name().unwrap().to_string_lossy();
        folder.chars().filter(char::is_ascii_alphanumeric).collect()
    }

    /// For another process.
    pub(crate) fn words(&self) -> String {
        format!("{}|{}|{}|{}", self.kind, self.folder.display(), self.url, self.schema)
    }

    pub(crate) fn read(words: &str) -> Self {
        let split: Vec<&str> = words.split('|').collect();
        let kind = KINDS.into_iter().find(|kind| *kind == split[0]).unwrap();
        let (url, schema) = (split[2].to_owned(), split[3].to_owned());
        Self { kind, folder: split[1].into(), url, schema }
    }

    /// What stands there, and how many records it has taken, each counted; read by other means than the
    /// sink's.
    pub(crate) fn stands(&self) -> (Shelf, u64) {
        if self.kind == "jsonl" {
            return (lines::shelf(&self.folder), lines::records(&self.folder));
        }
        if self.kind == "webhook" {
            let (url, folder) = (&self.url, &self.folder);
            return (receiver::shelf(url, folder), receiver::records(url, folder));
        }
        let mut answers = match self.kind {
            "parquet" => {
                duck::query(&self.folder.join("parquet"), &[STORIES, EVENTS, MENTIONS, LOGGED])
            }
            "delta" => {
                lake::query(&self.folder.join("delta"), &[STORIES, EVENTS, MENTIONS, LOGGED])
            }
            "iceberg" => {
                let queries = [STORIES, EVENTS, MENTIONS, LOGGED];
                lake::query_catalog(&self.url, &self.namespace(), &queries)
            }
            "clickhouse" => clickhouse::answers(&self.url, &self.schema),
            _ => [STORIES, EVENTS, MENTIONS, TAKEN].map(|query| self.query(query)).into(),
        };
        let [all, distinct] = &answers.pop().unwrap()[0];
        assert_eq!(all, distinct, "an offset was written twice");
        let mut stands = Shelf::new();
        for mut found in answers {
            found.sort();
            for [id, row] in found {
                stands.entry(id).or_default().push(row);
            }
        }
        (stands, all.parse().unwrap())
    }

    pub(crate) fn shelf(&self) -> Shelf {
        self.stands().0
    }

    pub(crate) fn records(&self) -> u64 {
        self.stands().1
    }

    /// Two columns of text.
    pub(crate) fn query(&self, sql: &str) -> Vec<[String; 2]> {
        if self.kind == "postgres" {
            return self.query_postgres(sql);
        }
        if self.kind == "clickhouse" {
            return clickhouse::query(&self.url, &self.schema, sql);
        }
        let connection = Connection::open(self.folder.join("warehouse.sqlite3")).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?])).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// A statement of PostgreSQL without an answer.
    pub(crate) fn execute(&self, sql: &str) {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        });
    }

    /// A session of PostgreSQL that has run statements; it ends when it goes out of scope.
    pub(crate) fn session(&self, sql: &str) -> (tokio_postgres::Client, tokio::runtime::Runtime) {
        let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let client = tokio.block_on(async {
            let url = format!("{} application_name='a reader'", self.url);
            let (client, connection) =
                tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
            client
        });
        (client, tokio)
    }

    fn query_postgres(&self, sql: &str) -> Vec<[String; 2]> {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let path = format!("SET search_path TO {}", self.schema);
            client.batch_execute(&path).await.unwrap();
            let rows = client.query(sql, &[]).await.unwrap();
            rows.iter().map(|row| [row.get(0), row.get(1)]).collect()
        })
    }
}

/// Opens a target as the service does.
pub(crate) fn open(target: &Target) -> Warehouse {
    Warehouse::new(settings(target).section("sink").unwrap()).unwrap()
}

/// The settings of a service that writes to a target.
pub(crate) fn settings(target: &Target) -> Settings {
    let mut settings = Settings::defaults().unwrap();
    let below = |name: &str| target.folder.join(name).display().to_string();
    let mut set = |path: &[&str], value: String| {
        let path: Vec<&str> = ["sink"].iter().chain(path).copied().collect();
        settings.set(&path, value).unwrap();
    };
    set(&["target"], target.kind.to_owned());
    set(&["sqlite", "path"], below("warehouse.sqlite3"));
    set(&["jsonl", "path"], below("jsonl"));
    if target.kind == "iceberg" {
        set(&["iceberg", "uri"], target.url.clone());
        set(&["iceberg", "namespace"], target.namespace());
    }
    set(&["postgres", "url"], target.url.clone());
    set(&["clickhouse", "url"], target.url.clone());
    set(&["clickhouse", "database"], target.schema.clone());
    set(&["parquet", "path"], below("parquet"));
    set(&["delta", "path"], below("delta"));
    set(&["webhook", "url"], target.url.clone());
    set(&["webhook", "path"], below("webhook"));
    set(&["webhook", "secret_file"], below("secret"));
    std::fs::write(target.folder.join("secret"), receiver::secret()).unwrap();
    set(&["postgres", "schema"], target.schema.clone());
    settings
}

/// Compares what stands there with what must; returns up to where.
pub(crate) fn compare(target: &Target, expected: &mut Expected) -> u64 {
    // Asking waits for a write that a dead writer left under way, and fences it.
    let next = open(target).position(&place()).unwrap().unwrap_or(0);
    let shelf = expected.at(next);
    let (stands, records) = target.stands();
    for (id, rows) in shelf {
        assert_eq!(stands.get(id), Some(rows), "{}: {id} at {next}", target.kind);
    }
    assert_eq!(stands.len(), shelf.len(), "{} at {next}", target.kind);
    assert_eq!(records, next, "{}: each record once", target.kind);
    next
}

/// A PostgreSQL server for all tests of this process.
pub(crate) struct Server {
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
}

/// Starts the server with the first test that wants it. Where there is no PostgreSQL, that is a
/// failure in CI, and a word of what to install elsewhere.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref()
}

fn start() -> Option<Server> {
    // A folder that the user of the server can enter, unlike one of `tempfile`.
    let folder = env::temp_dir().join(format!("dateline-postgres-{}", std::process::id()));
    let output = script(&["start", &folder.display().to_string()]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Some(Server { folder, url: text(&output.stdout) });
    }
    let error = text(&output.stderr);
    assert!(env::var("CI").as_deref() != Ok("true"), "PostgreSQL is missing in CI: {error}");
    println!("skipped: the PostgreSQL target: {error}");
    None
}

/// The project's own script; its watch ends a server whose test has ended.
pub(crate) fn script(arguments: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres");
    let owner = std::process::id().to_string();
    Command::new(script).args(arguments).env("DATELINE_POSTGRES_OWNER", owner).output().unwrap()
}

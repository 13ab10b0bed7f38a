//! The engine of `ClickHouse` behind HTTP for all tests of this process, or the server that
//! `DATELINE_TEST_CLICKHOUSE` names.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock},
};

/// A running engine.
pub(crate) struct Engine {
    pub(crate) url: String,
    folder: PathBuf,
    /// It ends with its standard input, so with this process. None where the server is not ours.
    child: Option<Mutex<Child>>,
}

/// Starts the engine with the first test that wants it. Where it is not there, that is a failure in
/// CI, and a word of what to install elsewhere.
pub(crate) fn engine() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();
    ENGINE.get_or_init(find).as_ref()
}

fn find() -> Option<Engine> {
    if let Ok(url) = env::var("DATELINE_TEST_CLICKHOUSE") {
        return Some(Engine { url, folder: PathBuf::new(), child: None });
    }
    let folder = env::temp_dir().join(format!("dateline-clickhouse-{}", std::process::id()));
    let Some((child, url)) = start(&folder, "0") else {
        assert!(env::var("CI").as_deref() != Ok("true"), "chdb is missing in CI");
        println!(
            "skipped: the ClickHouse target: pip install --no-deps chdb==4.4.0 chdb-core==26.9.0"
        );
        return None;
    };
    Some(Engine { url, folder, child: Some(Mutex::new(child)) })
}

fn start(folder: &Path, port: &str) -> Option<(Child, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/clickhouse");
    let mut child = Command::new(script)
        .arg(folder)
        .arg(port)
        .env("DATELINE_CLICKHOUSE_REMOVE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    if line.is_empty() {
        let _ = child.wait();
        return None;
    }
    Some((child, line.trim().to_owned()))
}

impl Engine {
    /// As a power cut does; then it is started again on the same tables.
    pub(crate) fn kill_and_restart(&self) {
        let mut child = self.child.as_ref().unwrap().lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let port = self.url.rsplit(':').next().unwrap();
        *child = start(&self.folder, port).unwrap().0;
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.child.is_some()
    }
}

/// Two columns of text.
pub(crate) fn query(url: &str, database: &str, sql: &str) -> Vec<[String; 2]> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = tokio.block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().post(format!("{url}/?database={database}"));
        let answer = request.body(format!("{sql} FORMAT JSONCompactEachRow")).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{sql}: {text}");
        text
    });
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What stands of stories, events and mentions, of all that the sink has noted: what a writer that died
/// wrote beyond that comes once more. Last how many records it has taken.
pub(crate) fn answers(url: &str, database: &str) -> Vec<Vec<[String; 2]>> {
    let noted = "log_offset < (SELECT max(next) FROM positions)";
    let newest = format!(
        "(SELECT * FROM stories_log FINAL WHERE {noted} ORDER BY revision DESC, log_offset DESC \
         LIMIT 1 BY story_id)"
    );
    let part = |table: &str, row: &str| {
        format!(
            "SELECT own.story_id, {row} FROM {table} AS own FINAL INNER JOIN {newest} AS story ON \
             own.story_id = story.story_id AND own.revision = story.revision \
             AND own.log_offset = story.log_offset"
        )
    };
    let stories = format!(
        "SELECT story_id, concat(toString(revision), ' ', status, ' ', coalesce(title, '-'), ' ', \
         coalesce(text, '-')) FROM {newest}"
    );
    let taken = format!(
        "SELECT toString(count()), toString(uniqExact(log_partition, log_offset)) \
         FROM stories_log FINAL WHERE {noted}"
    );
    let queries = [
        stories,
        part("events_log", "concat(own.type, ' ', own.sentence_text)"),
        part("mentions_log", "concat('mention ', own.text)"),
        taken,
    ];
    queries.iter().map(|sql| query(url, database, sql)).collect()
}

//! Tables of a lake as others read them: `DuckDB` by the statements of deploy/warehouse, and what stands in
//! the bytes of the files, whether these count or not.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, OnceLock},
};

use super::target::{Target, is_built};

/// Python with what reads lakes; `scripts/lakes` makes one.
fn python() -> PathBuf {
    env::var_os("DATELINE_LAKES_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// Whether the tables of a target can be read by others. Where not, that is a failure in CI, and a word of
/// what to do elsewhere.
pub(crate) fn is_there(kind: &str) -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    if !is_built(kind) {
        println!("skipped: the {kind} target: make test-lakes");
        return false;
    }
    *THERE.get_or_init(|| {
        let modules = "import duckdb, duckdb_extension_delta, duckdb_extension_iceberg, deltalake, moto, pyiceberg";
        let found = Command::new(python()).args(["-c", modules]).output();
        let is_there = found.is_ok_and(|output| output.status.success());
        assert!(is_there || env::var("CI").as_deref() != Ok("true"), "readers are missing in CI");
        if !is_there {
            println!("skipped: lakes read by others: make test-lakes");
        }
        is_there
    })
}

/// What the views say of the tables in a folder: a list of rows of text for each query.
pub(crate) fn query(folder: &Path, queries: &[&str]) -> Vec<Vec<[String; 2]>> {
    let views =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/warehouse/duckdb_delta.sql");
    let text = run("views", folder, Some(&views), queries);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The same of the tables in a namespace of a catalog.
pub(crate) fn query_catalog(url: &str, namespace: &str, queries: &[&str]) -> Vec<Vec<[String; 2]>> {
    let views =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/warehouse/duckdb_iceberg.sql");
    let arguments: Vec<&str> = [namespace].iter().chain(queries).copied().collect();
    let text = run("catalog", Path::new(url), Some(&views), &arguments);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where its tables are.
pub(crate) fn catalog_folder() -> PathBuf {
    env::temp_dir().join(format!("dateline-iceberg-{}", std::process::id()))
}

/// What pyiceberg says: rows and files of a table, and what a mark stands at.
pub(crate) fn pyiceberg(target: &Target, table: &str, mark: &str) -> [u64; 3] {
    let arguments = [&target.namespace(), table, mark];
    let text = run("iceberg", Path::new(&target.url), None, &arguments);
    serde_json::from_str(text.trim()).unwrap()
}

/// A catalog for all tests of this process; it ends with its standard input, so with the process.
pub(crate) fn catalog() -> String {
    static CATALOG: OnceLock<(Mutex<Child>, String)> = OnceLock::new();
    let started = CATALOG.get_or_init(|| {
        let folder = catalog_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(python())
            .arg(own.join("tests/suite/iceberg.py"))
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Mutex::new(child), line.trim().to_owned())
    });
    started.1.clone()
}

/// The catalog does the next commit, but nobody hears of it.
pub(crate) fn lose_next_answer(url: &str) {
    ask(url, "lose");
}

/// How many answers are still to be lost.
pub(crate) fn lost_answers(url: &str) -> usize {
    ask(url, "to-lose").trim().parse().unwrap()
}

fn ask(url: &str, what: &str) -> String {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().get(format!("{url}/{what}"));
        request.send().await.unwrap().text().await.unwrap()
    })
}

/// What matches a pattern in any file below a folder, each word once.
pub(crate) fn words(folder: &Path, pattern: &str) -> Vec<String> {
    run("words", folder, None, &[pattern]).lines().map(str::to_owned).collect()
}

/// What another reader says: rows and files of a table, and what a mark stands at.
pub(crate) fn deltalake(table: &str, mark: &str) -> [u64; 3] {
    deltalake_with(table, mark, &BTreeMap::new())
}

/// The same where the way to it has options.
pub(crate) fn deltalake_with(
    table: &str,
    mark: &str,
    options: &BTreeMap<String, String>,
) -> [u64; 3] {
    let options = serde_json::to_string(options).unwrap();
    let text = run("deltalake", Path::new(table), None, &[mark, &options]);
    serde_json::from_str(text.trim()).unwrap()
}

/// The script by which others read.
pub(crate) fn command(what: &str) -> Command {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python());
    command.arg(own.join("tests/suite/lake.py")).arg(what);
    command
}

fn run(what: &str, folder: &Path, views: Option<&Path>, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } =
        command(what).arg(folder).args(views).args(arguments).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

//! Files as `DuckDB` reads them, by the statements of deploy/warehouse.

use std::{
    env,
    path::Path,
    process::{Command, Output},
    sync::OnceLock,
};

/// Whether `DuckDB` can be had. Where not, that is a failure in CI, and a word of what to install
/// elsewhere.
pub(crate) fn is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let found = Command::new("python3").args(["-c", "import duckdb"]).output();
        let is_there = found.is_ok_and(|output| output.status.success());
        assert!(is_there || env::var("CI").as_deref() != Ok("true"), "DuckDB is missing in CI");
        if !is_there {
            println!("skipped: files read by DuckDB: pip install duckdb==2.0.1");
        }
        is_there
    })
}

/// What the views say of the files below a folder: a list of rows of text for each query.
pub(crate) fn query(folder: &Path, queries: &[&str]) -> Vec<Vec<[String; 2]>> {
    let Output { status, stdout, stderr } = run(folder, queries);
    let error = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{error}");
    let text = String::from_utf8(stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run(folder: &Path, queries: &[&str]) -> Output {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new("python3")
        .arg(own.join("tests/suite/load.py"))
        .arg(own.join("../../deploy/warehouse/duckdb.sql"))
        .arg(folder)
        .args(queries)
        .output()
        .unwrap()
}

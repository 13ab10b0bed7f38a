//! What is written from the model is what stands in the project.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::Path};

use sink::{ddl, manual};

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_default()
}

#[test]
fn the_manual_has_the_columns_of_the_model() {
    let text = read("docs/warehouse.md");
    assert!(manual::renew(&text).unwrap() == text, "write it anew with: make schemas");
}

#[test]
fn every_warehouse_has_its_statements() {
    for dialect in ddl::Dialect::ALL {
        let path = format!("deploy/warehouse/{}.sql", dialect.name());
        assert!(read(&path) == ddl::script(dialect), "write {path} anew with: make schemas");
    }
    for (name, script) in
        [("delta", ddl::script_over_delta()), ("iceberg", ddl::script_over_iceberg())]
    {
        let path = format!("deploy/warehouse/duckdb_{name}.sql");
        assert!(read(&path) == script, "write {path} anew with: make schemas");
    }
}

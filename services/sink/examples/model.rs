//! Writes what is made from the model: the columns in docs/warehouse.md and a file of statements
//! for each warehouse. `cargo run -p sink --example model`

use std::{fs, path::Path};

use anyhow::Context;
use sink::{ddl, manual};

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("docs/warehouse.md");
    let text = fs::read_to_string(&path)?;
    let text = manual::renew(&text).context("docs/warehouse.md: the marks are missing")?;
    fs::write(path, text)?;
    for dialect in ddl::Dialect::ALL {
        let path = root.join(format!("deploy/warehouse/{}.sql", dialect.name()));
        fs::write(path, ddl::script(dialect))?;
    }
    fs::write(root.join("deploy/warehouse/duckdb_delta.sql"), ddl::script_over_delta())?;
    fs::write(root.join("deploy/warehouse/duckdb_iceberg.sql"), ddl::script_over_iceberg())?;
    Ok(())
}

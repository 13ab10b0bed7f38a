//! Delta Lake: tables in a folder or a bucket.

use std::sync::Arc;

use dateline_delta::{Store, Table};
use dateline_lake::Lake;

use super::lakes::Lakes;
use crate::DeltaConfig;

pub(crate) fn open(config: &DeltaConfig) -> anyhow::Result<Lakes> {
    anyhow::ensure!(!config.path.is_empty(), "delta.path: wants a folder or s3://bucket/folder");
    let store = Store::open(&config.path, &config.options)
        .map_err(|error| anyhow::anyhow!("delta.{error}"))?;
    let store = Arc::new(store);
    let open = move |name: &str, columns: &[_]| {
        Ok(Box::new(Table::open(&store, name, columns)?) as Box<dyn Lake>)
    };
    Ok(Lakes::new("delta", config.file_bytes, Box::new(open)))
}

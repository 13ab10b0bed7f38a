//! Apache Iceberg: tables in a REST catalog.

use std::sync::Arc;

use dateline_iceberg::{Catalog, Place, Table};
use dateline_lake::Lake;

use super::lakes::Lakes;
use crate::IcebergConfig;

pub(crate) fn open(config: &IcebergConfig) -> anyhow::Result<Lakes> {
    let is_address = config.uri.starts_with("http://") || config.uri.starts_with("https://");
    anyhow::ensure!(
        is_address,
        "iceberg.uri: wants the address of a REST catalog, https://host/..."
    );
    let place = Place {
        uri: config.uri.trim_end_matches('/').to_owned(),
        warehouse: config.warehouse.clone(),
        namespace: config.namespace.clone(),
        options: config.options.clone(),
    };
    let catalog = Catalog::open(&place).map_err(|error| anyhow::anyhow!("iceberg.{error}"))?;
    let catalog = Arc::new(catalog);
    let open = move |name: &str, columns: &[_]| {
        Ok(Box::new(Table::open(&catalog, name, columns)?) as Box<dyn Lake>)
    };
    Ok(Lakes::new("iceberg", config.file_bytes, Box::new(open)))
}

//! A REST catalog, and the way to the files that it tells of.

use std::{collections::BTreeMap, sync::Arc};

use dateline_lake::Error;
use iceberg::{Catalog as _, CatalogBuilder, ErrorKind, NamespaceIdent, Runtime};
use iceberg_catalog_rest::{
    REST_CATALOG_PROP_URI, REST_CATALOG_PROP_WAREHOUSE, RestCatalog, RestCatalogBuilder,
};
use iceberg_storage_opendal::OpenDalResolvingStorageFactory;

use crate::rest::Rest;

/// A namespace of a catalog.
pub struct Catalog {
    pub(crate) rest: RestCatalog,
    /// For what that one cannot do.
    pub(crate) direct: Rest,
    pub(crate) namespace: NamespaceIdent,
    pub(crate) tokio: tokio::runtime::Runtime,
}

/// Where a catalog is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its address.
    pub uri: String,
    /// The warehouse of it, where it has several.
    pub warehouse: String,
    /// The namespace of the tables, with dots between its levels.
    pub namespace: String,
    /// What the catalog and the store want: `token`, `credential`, `s3.region`, ...
    pub options: BTreeMap<String, String>,
}

impl Catalog {
    /// A catalog; nothing is asked of it yet.
    pub fn open(place: &Place) -> Result<Self, Error> {
        let namespace = NamespaceIdent::from_strs(place.namespace.split('.'))
            .map_err(|error| Error::Final(format!("namespace: {error}")))?;
        let tokio =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let mut options: std::collections::HashMap<String, String> =
            place.options.clone().into_iter().collect();
        options.insert(REST_CATALOG_PROP_URI.to_owned(), place.uri.clone());
        if !place.warehouse.is_empty() {
            options.insert(REST_CATALOG_PROP_WAREHOUSE.to_owned(), place.warehouse.clone());
        }
        let builder = RestCatalogBuilder::default()
            .with_storage_factory(Arc::new(OpenDalResolvingStorageFactory::new()))
            .with_runtime(Runtime::new(&tokio));
        let rest = tokio.block_on(builder.load("dateline", options)).map_err(error)?;
        let direct = Rest::new(place);
        Ok(Self { rest, direct, namespace, tokio })
    }

    /// Makes the namespace where it is missing.
    pub(crate) async fn prepare(&self) -> Result<(), Error> {
        if self.rest.namespace_exists(&self.namespace).await.map_err(error)? {
            return Ok(());
        }
        let made = self.rest.create_namespace(&self.namespace, std::collections::HashMap::new());
        match made.await {
            Err(failed) if failed.kind() != ErrorKind::NamespaceAlreadyExists => Err(error(failed)),
            _ => Ok(()),
        }
    }
}

/// What the library says, with the cause.
#[allow(clippy::needless_pass_by_value)] // as an error is handed on
pub(crate) fn error(error: iceberg::Error) -> Error {
    let mut what = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        what = format!("{what}: {error}");
        cause = error.source();
    }
    match error.kind() {
        ErrorKind::FeatureUnsupported => Error::Final(what),
        _ => Error::Again(what),
    }
}

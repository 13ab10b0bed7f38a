//! Where tables are: a folder, or a bucket by its address.

use std::{collections::BTreeMap, path::Path as FilePath, sync::Arc};

use bytes::Bytes;
use dateline_lake::Object;
use delta_kernel::object_store::{
    self, DynObjectStore, ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path,
};
use delta_kernel_default_engine::{
    DefaultEngine, DefaultEngineBuilder, executor::tokio::TokioMultiThreadExecutor,
};
use futures_util::TryStreamExt;
use tokio::runtime::Runtime;
use url::Url;

use crate::Error;

/// Schemes, and how the names of their settings begin in the environment.
const CLOUDS: [(&str, &str); 9] = [
    ("s3", "AWS_"),
    ("s3a", "AWS_"),
    ("gs", "GOOGLE_"),
    ("az", "AZURE_"),
    ("azure", "AZURE_"),
    ("adl", "AZURE_"),
    ("abfs", "AZURE_"),
    ("abfss", "AZURE_"),
    ("wasbs", "AZURE_"),
];

/// A place for tables.
pub struct Store {
    pub(crate) engine: DefaultEngine<TokioMultiThreadExecutor>,
    pub(crate) root: Url,
    objects: Arc<DynObjectStore>,
    tokio: Runtime,
    is_folder: bool,
}

impl Store {
    /// Opens a folder, or what an address says. What `options` and the environment say of the way to a
    /// cloud goes to its client.
    pub fn open(path: &str, options: &BTreeMap<String, String>) -> Result<Self, Error> {
        let tokio =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (objects, root) =
            if path.contains("://") { cloud(path, options)? } else { folder(path, options)? };
        let executor = TokioMultiThreadExecutor::new(tokio.handle().clone());
        let engine = DefaultEngineBuilder::new(Arc::clone(&objects))
            .with_task_executor(Arc::new(executor))
            .build();
        let is_folder = root.scheme() == "file";
        Ok(Self { engine, root, objects, tokio, is_folder })
    }

    /// The address of a folder below, which is made where that is needed.
    pub(crate) fn url(&self, folder: &str) -> Result<Url, Error> {
        let says = |error| Error::Setting(format!("{folder}: no name of a folder: {error}"));
        let url = self.root.join(&format!("{folder}/")).map_err(says)?;
        if let Some(path) = self.is_folder.then(|| url.to_file_path().ok()).flatten() {
            std::fs::create_dir_all(path)?;
        }
        Ok(url)
    }

    fn path(url: &Url, below: &str) -> Result<Path, Error> {
        let path = Path::from_url_path(url.path()).map_err(object_store::Error::from)?;
        let parts = below.split('/').filter(|part| !part.is_empty());
        Ok(parts.fold(path, Path::join))
    }

    /// The bytes of a file.
    pub(crate) fn get(&self, url: &Url, path: &str) -> Result<Bytes, Error> {
        let path = Self::path(url, path)?;
        Ok(self.tokio.block_on(async { self.objects.get(&path).await?.bytes().await })?)
    }

    /// Writes a file.
    pub(crate) fn put(&self, url: &Url, path: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let path = Self::path(url, path)?;
        self.tokio.block_on(self.objects.put(&path, bytes.into()))?;
        Ok(())
    }

    /// Removes a file; one that is not there is removed.
    pub(crate) fn remove(&self, url: &Url, path: &str) -> Result<(), Error> {
        let path = Self::path(url, path)?;
        match self.tokio.block_on(self.objects.delete(&path)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what a writer that died had not given its name yet; a writer that lives writes it again.
    pub(crate) fn sweep_unnamed(&self, url: &Url) -> Result<(), Error> {
        if !self.is_folder {
            return Ok(());
        }
        let mut folders: Vec<_> = url.to_file_path().into_iter().collect();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
                if path.is_dir() {
                    folders.push(path);
                } else if end.starts_with("parquet#") {
                    match std::fs::remove_file(path) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(error.into());
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// All files below a folder.
    pub(crate) fn list(&self, url: &Url, below: &str) -> Result<Vec<Object>, Error> {
        let (root, folder) = (Self::path(url, "")?, Self::path(url, below)?);
        let found: Vec<_> = self.tokio.block_on(self.objects.list(Some(&folder)).try_collect())?;
        let object = |meta: object_store::ObjectMeta| {
            let parts = meta.location.prefix_match(&root)?;
            let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            let modified = meta.last_modified.timestamp_millis();
            Some(Object { path: parts.join("/"), bytes: meta.size, modified })
        };
        Ok(found.into_iter().filter_map(object).collect())
    }
}

type Place = (Arc<DynObjectStore>, Url);

fn folder(path: &str, options: &BTreeMap<String, String>) -> Result<Place, Error> {
    if let Some(key) = options.keys().next() {
        let what =
            format!("options.{key}: {path:?} is a folder of this machine and has no options");
        return Err(Error::Setting(what));
    }
    std::fs::create_dir_all(path)?;
    let path = FilePath::new(path).canonicalize()?;
    let root = Url::from_directory_path(&path)
        .map_err(|()| Error::Setting(format!("path: {} is no folder", path.display())))?;
    // What a power cut takes away, a commit must not name.
    Ok((Arc::new(LocalFileSystem::new().with_fsync(true)), root))
}

fn cloud(path: &str, options: &BTreeMap<String, String>) -> Result<Place, Error> {
    let says = |what: String| Error::Setting(format!("path: {path:?}: {what}"));
    let mut root = Url::parse(path).map_err(|error| says(error.to_string()))?;
    if !root.path().ends_with('/') {
        root.set_path(&format!("{}/", root.path()));
    }
    let Some((_, begin)) = CLOUDS.iter().find(|(scheme, _)| *scheme == root.scheme()) else {
        let known: Vec<_> = CLOUDS.iter().map(|(scheme, _)| format!("{scheme}://")).collect();
        return Err(says(format!("wants a folder or one of {}", known.join(", "))));
    };
    let environment = std::env::vars()
        .filter(|(name, _)| name.starts_with(begin))
        .map(|(name, value)| (name.to_ascii_lowercase(), value));
    let own = options.iter().map(|(name, value)| (name.clone(), value.clone()));
    let (store, _) = object_store::parse_url_opts(&root, environment.chain(own))
        .map_err(|error| says(error.to_string()))?;
    Ok((Arc::from(store as Box<dyn ObjectStore>), root))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str, options: &[(&str, &str)]) -> String {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let options = options.iter().map(own).collect();
        Store::open(path, &options).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_place_that_is_none_is_named() {
        let found = refused("ftp://host/lake", &[]);
        assert!(found.starts_with("path: \"ftp://host/lake\": wants a folder or one of s3://"));
        let folder = tempfile::tempdir().unwrap();
        let found = refused(&folder.path().display().to_string(), &[("aws_region", "x")]);
        assert!(found.starts_with("options.aws_region: "), "{found}");
    }

    #[test]
    fn files_are_put_listed_read_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a b").display().to_string();
        let store = Store::open(&below, &BTreeMap::new()).unwrap();
        let url = store.url("table").unwrap();
        store.put(&url, "day=1/a.parquet", b"abc".to_vec()).unwrap();
        store.put(&url, "b.parquet", b"b".to_vec()).unwrap();
        let paths = || -> Vec<(String, u64)> {
            let mut found = store.list(&url, "").unwrap();
            found.sort_by(|one, other| one.path.cmp(&other.path));
            found.into_iter().map(|object| (object.path, object.bytes)).collect()
        };
        assert_eq!(paths(), [("b.parquet".to_owned(), 1), ("day=1/a.parquet".to_owned(), 3)]);
        assert_eq!(store.list(&url, "day=1").unwrap()[0].path, "day=1/a.parquet");
        assert_eq!(store.get(&url, "day=1/a.parquet").unwrap(), "abc");
        store.remove(&url, "day=1/a.parquet").unwrap();
        store.remove(&url, "day=1/a.parquet").unwrap();
        assert_eq!(paths().len(), 1);
    }
}

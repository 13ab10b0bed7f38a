//! A catalog that refuses what was decided by marks that have moved since. The library loads a table anew
//! before each commit and goes on from what it finds: two writers would write the same rows twice.

use std::{collections::HashMap, fmt::Debug};

use async_trait::async_trait;
use iceberg::{
    Catalog, Error, ErrorKind, Namespace, NamespaceIdent, Result, TableCommit, TableCreation,
    TableIdent, table::Table,
};

/// The catalog for one commit.
#[derive(Debug)]
pub(crate) struct Guard<'a> {
    pub(crate) catalog: &'a dyn Catalog,
    /// The properties by which the commit was decided.
    pub(crate) seen: &'a HashMap<String, String>,
}

/// How the names of marks begin.
pub(crate) const MARKS: &str = "dateline/";

/// The marks of a table.
pub(crate) fn marks(table: &Table) -> HashMap<String, String> {
    let all = table.metadata().properties().iter();
    all.filter(|(name, _)| name.starts_with(MARKS))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What says that marks have moved.
const MOVED: &str = "marks have moved";

/// Whether an error says that another writer was first.
pub(crate) fn is_conflict(error: &Error) -> bool {
    error.kind() == ErrorKind::CatalogCommitConflicts
        || (error.kind() == ErrorKind::PreconditionFailed && error.message() == MOVED)
}

#[async_trait]
impl Catalog for Guard<'_> {
    async fn load_table(&self, table: &TableIdent) -> Result<Table> {
        let table = self.catalog.load_table(table).await?;
        if marks(&table) != *self.seen {
            return Err(Error::new(ErrorKind::PreconditionFailed, MOVED));
        }
        Ok(table)
    }

    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        self.catalog.update_table(commit).await
    }

    async fn list_namespaces(
        &self,
        parent: Option<&NamespaceIdent>,
    ) -> Result<Vec<NamespaceIdent>> {
        self.catalog.list_namespaces(parent).await
    }

    async fn create_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<Namespace> {
        self.catalog.create_namespace(namespace, properties).await
    }

    async fn get_namespace(&self, namespace: &NamespaceIdent) -> Result<Namespace> {
        self.catalog.get_namespace(namespace).await
    }

    async fn namespace_exists(&self, namespace: &NamespaceIdent) -> Result<bool> {
        self.catalog.namespace_exists(namespace).await
    }

    async fn update_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<()> {
        self.catalog.update_namespace(namespace, properties).await
    }

    async fn drop_namespace(&self, namespace: &NamespaceIdent) -> Result<()> {
        self.catalog.drop_namespace(namespace).await
    }

    async fn list_tables(&self, namespace: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        self.catalog.list_tables(namespace).await
    }

    async fn create_table(
        &self,
        namespace: &NamespaceIdent,
        creation: TableCreation,
    ) -> Result<Table> {
        self.catalog.create_table(namespace, creation).await
    }

    async fn drop_table(&self, table: &TableIdent) -> Result<()> {
        self.catalog.drop_table(table).await
    }

    async fn purge_table(&self, table: &TableIdent) -> Result<()> {
        self.catalog.purge_table(table).await
    }

    async fn table_exists(&self, table: &TableIdent) -> Result<bool> {
        self.catalog.table_exists(table).await
    }

    async fn rename_table(&self, from: &TableIdent, to: &TableIdent) -> Result<()> {
        self.catalog.rename_table(from, to).await
    }

    async fn register_table(&self, table: &TableIdent, metadata: String) -> Result<Table> {
        self.catalog.register_table(table, metadata).await
    }
}

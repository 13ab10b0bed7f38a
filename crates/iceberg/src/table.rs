//! One table: what stands in it, and how it grows.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use dateline_lake::{Change, Error, File, Lake, Object, Outcome};
use dateline_parquet::{Column, Kind};
use iceberg::{
    Catalog as _, ErrorKind, TableCreation, TableIdent,
    spec::{
        DataContentType, DataFile, DataFileBuilder, DataFileFormat, Datum, Literal,
        ManifestContentType, NestedField, PrimitiveLiteral, PrimitiveType, Schema, Struct,
        Transform, Type, UnboundPartitionSpec,
    },
    table::Table as Inner,
    transaction::{AddColumn, ApplyTransactionAction, Transaction},
};
use uuid::Uuid;

use crate::{
    Catalog,
    catalog::error,
    guard::{Guard, is_conflict, marks},
    past,
    replace::Replacement,
};

/// The column by whose day a table is partitioned, and the name of that partition.
const TIME: &str = "ingested_at";
const DAY: &str = "ingest_day";

/// What a table knows of its past is given up after this, by the snapshot: so far time travel goes.
const KEEP_PAST: Duration = Duration::from_hours(7 * 24);

/// A table, as it stood when it was last looked at.
pub struct Table {
    catalog: Arc<Catalog>,
    inner: Inner,
    /// Whether it must be looked at before it is used: what a failed commit has done is not known.
    is_stale: bool,
}

impl Table {
    /// Opens a table; one that is not there is made, and columns that are missing are added.
    pub fn open(catalog: &Arc<Catalog>, name: &str, columns: &[Column]) -> Result<Self, Error> {
        let ident = TableIdent::new(catalog.namespace.clone(), name.to_owned());
        let table = catalog.tokio.block_on(async {
            catalog.prepare().await?;
            match catalog.rest.load_table(&ident).await {
                Err(missing) if missing.kind() == ErrorKind::TableNotFound => {
                    create(catalog, &ident, columns).await?;
                    catalog.rest.load_table(&ident).await.map_err(error)
                }
                found => found.map_err(error),
            }
        })?;
        let mut table = Self { catalog: Arc::clone(catalog), inner: table, is_stale: false };
        while !table.evolve(columns)? {}
        Ok(table)
    }

    /// Adds missing columns; false where another writer came first.
    fn evolve(&mut self, columns: &[Column]) -> Result<bool, Error> {
        let schema = Arc::clone(self.inner.metadata().current_schema());
        let transaction = Transaction::new(&self.inner);
        let mut change = transaction.update_schema();
        let mut is_whole = true;
        for column in columns {
            match schema.field_by_name(&column.name) {
                None => {
                    is_whole = false;
                    change = change.add_column(AddColumn::optional(&column.name, kind(column)));
                }
                Some(own) if *own.field_type == kind(column) => {}
                Some(own) => {
                    return Err(Error::Final(format!(
                        "{}: column {} is of type {}, wants {}: write to another namespace",
                        self.inner.identifier(),
                        column.name,
                        own.field_type,
                        kind(column)
                    )));
                }
            }
        }
        if is_whole {
            return Ok(true);
        }
        let transaction = change.apply(transaction).map_err(error)?;
        let catalog = &self.catalog;
        match catalog.tokio.block_on(transaction.commit(&catalog.rest)) {
            Ok(table) => self.inner = table,
            Err(failed) if is_conflict(&failed) => self.refresh()?,
            Err(failed) => return Err(error(failed)),
        }
        Ok(false)
    }

    fn look(&mut self) -> Result<(), Error> {
        if self.is_stale { self.refresh() } else { Ok(()) }
    }

    /// A file as a commit adds it.
    fn data_file(&self, file: &File) -> Result<DataFile, Error> {
        let metadata = self.inner.metadata();
        let ends = |end: fn(&(String, i64, i64)) -> i64| -> HashMap<i32, Datum> {
            let id = |range: &(String, i64, i64)| {
                Some((self.column_id(&range.0)?, Datum::long(end(range))))
            };
            file.ranges.iter().filter_map(id).collect()
        };
        let day = dateline_parquet::days(&file.day).unwrap_or(0);
        let is_whole = metadata.default_partition_spec().is_unpartitioned();
        let partition = [Some(Literal::date(day))].into_iter().filter(|_| !is_whole);
        DataFileBuilder::default()
            .content(DataContentType::Data)
            .file_path(file.path.clone())
            .file_format(DataFileFormat::Parquet)
            .partition(partition.collect::<Struct>())
            .partition_spec_id(metadata.default_partition_spec_id())
            .record_count(file.rows)
            .file_size_in_bytes(file.bytes)
            .lower_bounds(ends(|range| range.1))
            .upper_bounds(ends(|range| range.2))
            .build()
            .map_err(|error| Error::Final(error.to_string()))
    }

    /// Adds files and moves marks: what the library does.
    fn transaction(&self, change: &Change) -> Result<Transaction, Error> {
        let transaction = Transaction::new(&self.inner);
        let files: Result<Vec<DataFile>, Error> =
            change.add.iter().map(|file| self.data_file(file)).collect();
        // Without files, too: only a snapshot is refused where another has come in between.
        let append = transaction
            .fast_append()
            .with_check_duplicate(false)
            .add_data_files(files?)
            .set_snapshot_properties(properties(change));
        let transaction = append.apply(transaction).map_err(error)?;
        let mut set = transaction.update_table_properties();
        for (name, at) in properties(change) {
            set = set.set(name, at);
        }
        set.apply(transaction).map_err(error)
    }

    fn append(&mut self, change: &Change) -> Result<Outcome, Error> {
        let seen = marks(&self.inner);
        let transaction = self.transaction(change)?;
        let guard = Guard { catalog: &self.catalog.rest, seen: &seen };
        // Until the answer is here nobody knows what stands there.
        self.is_stale = true;
        match self.catalog.tokio.block_on(transaction.commit(&guard)) {
            Ok(table) => {
                self.inner = table;
                self.is_stale = false;
                Ok(Outcome::Committed)
            }
            Err(failed) if is_conflict(&failed) => {
                self.refresh()?;
                Ok(Outcome::Conflict)
            }
            Err(failed) => Err(error(failed)),
        }
    }

    /// Takes files out, too. Each mark moves with a snapshot, so that none has come since says all.
    fn replace(&mut self, change: &Change) -> Result<Outcome, Error> {
        let add: Result<Vec<DataFile>, Error> =
            change.add.iter().map(|file| self.data_file(file)).collect();
        let replacement = Replacement {
            table: &self.inner,
            add: add?,
            remove: &change.remove,
            properties: properties(change),
            is_same: change.is_same,
        };
        let catalog = Arc::clone(&self.catalog);
        self.is_stale = true;
        let outcome = catalog.tokio.block_on(async {
            let Some(request) = replacement.request().await? else {
                return Ok(Outcome::Conflict);
            };
            catalog.direct.commit(self.inner.identifier(), &request).await
        })?;
        self.refresh()?;
        Ok(outcome)
    }
}

/// The marks of a change as properties.
fn properties(change: &Change) -> HashMap<String, String> {
    change.marks.iter().map(|(name, at)| (name.clone(), at.to_string())).collect()
}

/// The files of rows that count.
async fn live(table: &Inner) -> Result<Vec<File>, Error> {
    let Some(current) = table.metadata().current_snapshot() else {
        return Ok(Vec::new());
    };
    let list = table.manifest_list_reader(current).load().await.map_err(error)?;
    let mut files = Vec::new();
    for manifest in list.consume_entries() {
        let has_some = manifest.has_added_files() || manifest.has_existing_files();
        if manifest.content != ManifestContentType::Data || !has_some {
            continue;
        }
        let read = manifest.load_manifest(table.file_io()).await.map_err(error)?;
        let alive = read.entries().iter().filter(|entry| entry.is_alive());
        files.extend(alive.map(|entry| file(entry.data_file())));
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn file(file: &DataFile) -> File {
    let day = file.partition().fields().first().and_then(Option::as_ref);
    let day = match day.and_then(Literal::as_primitive_literal) {
        Some(PrimitiveLiteral::Int(days)) => dateline_parquet::day(days),
        _ => None,
    };
    File {
        path: file.file_path().to_owned(),
        bytes: file.file_size_in_bytes(),
        modified: 0,
        day: day.unwrap_or_default(),
        rows: file.record_count(),
        ranges: Vec::new(),
    }
}

impl Lake for Table {
    fn refresh(&mut self) -> Result<(), Error> {
        self.is_stale = true;
        let (catalog, ident) = (&self.catalog, self.inner.identifier());
        self.inner = catalog.tokio.block_on(catalog.rest.load_table(ident)).map_err(error)?;
        self.is_stale = false;
        Ok(())
    }

    fn mark(&mut self, name: &str) -> Result<Option<i64>, Error> {
        self.look()?;
        let value = self.inner.metadata().properties().get(name);
        let number = |value: &String| {
            let says = |error| {
                Error::Final(format!("{}: property {name}: {error}", self.inner.identifier()))
            };
            value.parse().map_err(says)
        };
        value.map(number).transpose()
    }

    fn put(&self, begin: &str, day: &str, bytes: Vec<u8>) -> Result<File, Error> {
        let root = self.inner.metadata().location().trim_end_matches('/');
        let path = format!("{root}/data/{DAY}={day}/{begin}-{}.parquet", Uuid::new_v4());
        let length = bytes.len() as u64;
        let write = async { self.inner.file_io().new_output(&path)?.write(bytes.into()).await };
        self.catalog.tokio.block_on(write).map_err(error)?;
        let (day, ranges) = (day.to_owned(), Vec::new());
        Ok(File { path, bytes: length, modified: now(), day, rows: 0, ranges })
    }

    fn get(&self, file: &File) -> Result<Bytes, Error> {
        let read = async { self.inner.file_io().new_input(&file.path)?.read().await };
        self.catalog.tokio.block_on(read).map_err(error)
    }

    fn files(&mut self) -> Result<Vec<File>, Error> {
        self.look()?;
        self.catalog.tokio.block_on(live(&self.inner))
    }

    fn commit(&mut self, change: &Change) -> Result<Outcome, Error> {
        self.look()?;
        if change.remove.is_empty() { self.append(change) } else { self.replace(change) }
    }

    fn column_id(&self, name: &str) -> Option<i32> {
        self.inner.metadata().current_schema().field_by_name(name).map(|field| field.id)
    }

    fn replaces(&self) -> bool {
        past::is_plain(&self.inner)
    }

    fn unused(&mut self) -> Result<Vec<Object>, Error> {
        // The library lists no folder. What snapshots have had goes with them.
        self.refresh()?;
        Ok(Vec::new())
    }

    fn settle(&mut self, forgets: bool) -> Result<(), Error> {
        self.refresh()?;
        if let (true, Some(name)) = (forgets, past::keeper(&self.inner)?) {
            return Err(Error::Again(format!(
                "{}: killed words may stand in what the branch or tag {name} keeps: drop it",
                self.inner.identifier()
            )));
        }
        let keep = i64::try_from(KEEP_PAST.as_millis()).unwrap_or(i64::MAX);
        let before = if forgets { i64::MAX } else { now() - keep };
        let catalog = Arc::clone(&self.catalog);
        catalog.tokio.block_on(past::forget(&self.inner, &catalog.rest, before))?;
        self.refresh()
    }
}

/// Makes a table. That another writer has made it meanwhile is as good.
async fn create(catalog: &Catalog, ident: &TableIdent, columns: &[Column]) -> Result<(), Error> {
    let field = |(id, column): (i32, &Column)| {
        Arc::new(NestedField::optional(id, &column.name, kind(column)))
    };
    let schema = Schema::builder().with_fields((1..).zip(columns).map(field));
    let schema = schema.build().map_err(error)?;
    let mut day = UnboundPartitionSpec::builder();
    if let Some(time) = schema.field_by_name(TIME) {
        day = day.add_partition_field(time.id, DAY, Transform::Day).map_err(error)?;
    }
    let creation = TableCreation::builder()
        .name(ident.name().to_owned())
        .schema(schema)
        .partition_spec(day.build())
        .build();
    match catalog.rest.create_table(ident.namespace(), creation).await {
        Err(failed) if failed.kind() != ErrorKind::TableAlreadyExists => Err(error(failed)),
        _ => Ok(()),
    }
}

/// A column as the format has it. All may be empty: that is what lets columns be added.
fn kind(column: &Column) -> Type {
    Type::Primitive(match column.kind {
        Kind::Text => PrimitiveType::String,
        Kind::Int => PrimitiveType::Long,
        Kind::Float => PrimitiveType::Double,
        Kind::Bool => PrimitiveType::Boolean,
        Kind::Time | Kind::Micros => PrimitiveType::Timestamptz,
        Kind::Date => PrimitiveType::Date,
    })
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

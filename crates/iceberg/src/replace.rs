//! A snapshot in which files stand in the place of others. The library writes none; what it is made of, it
//! does: manifests, a list of them, and the request.

use std::collections::{BTreeSet, HashMap};

use dateline_lake::Error;
use iceberg::{
    TableRequirement, TableUpdate,
    spec::{
        DataFile, MAIN_BRANCH, ManifestContentType, ManifestEntry, ManifestFile,
        ManifestListWriter, ManifestWriter, ManifestWriterBuilder, Operation, Snapshot,
        SnapshotReference, SnapshotRetention, SnapshotSummaryCollector, Summary,
    },
    table::Table,
};
use iceberg_catalog_rest::CommitTableRequest;
use uuid::Uuid;

use crate::catalog::error;

/// What is to become of a table.
pub(crate) struct Replacement<'a> {
    pub(crate) table: &'a Table,
    pub(crate) add: Vec<DataFile>,
    pub(crate) remove: &'a BTreeSet<String>,
    /// Properties of the table; the summary of the snapshot names them, too.
    pub(crate) properties: HashMap<String, String>,
    /// Whether the rows stay the same.
    pub(crate) is_same: bool,
}

/// The totals of a summary, each with what adds to it and what takes from it.
const TOTALS: [[&str; 3]; 6] = [
    ["total-data-files", "added-data-files", "deleted-data-files"],
    ["total-delete-files", "added-delete-files", "removed-delete-files"],
    ["total-records", "added-records", "deleted-records"],
    ["total-files-size", "added-files-size", "removed-files-size"],
    ["total-position-deletes", "added-position-deletes", "removed-position-deletes"],
    ["total-equality-deletes", "added-equality-deletes", "removed-equality-deletes"],
];

/// A snapshot while it is made.
struct Making<'a> {
    replacement: &'a Replacement<'a>,
    id: i64,
    /// Of the names of its files.
    unique: Uuid,
    manifests: Vec<ManifestFile>,
    summary: SnapshotSummaryCollector,
    removed: usize,
}

impl Replacement<'_> {
    /// Writes what the snapshot is made of; the request makes it that of the table, where the table has had no
    /// other since. None where a file that is to go is not there.
    pub(crate) async fn request(&self) -> Result<Option<CommitTableRequest>, Error> {
        let unique = Uuid::new_v4();
        let (high, low) = unique.as_u64_pair();
        let id = i64::try_from((high ^ low) >> 1).unwrap_or(i64::MAX);
        let summary = SnapshotSummaryCollector::default();
        let (manifests, removed) = (Vec::new(), 0);
        let mut making = Making { replacement: self, id, unique, manifests, summary, removed };
        making.keep_and_remove().await?;
        if making.removed < self.remove.len() {
            return Ok(None);
        }
        making.add().await?;
        making.request().await.map(Some)
    }
}

impl Making<'_> {
    fn table(&self) -> &Table {
        self.replacement.table
    }

    fn writer(&self, spec: i32) -> Result<ManifestWriter, Error> {
        let metadata = self.table().metadata();
        let root = metadata.location();
        let path = format!("{root}/metadata/{}-m{spec}-{}.avro", self.unique, self.manifests.len());
        let output = self.table().file_io().new_output(path).map_err(error)?;
        let spec = metadata.partition_spec_by_id(spec).unwrap_or(metadata.default_partition_spec());
        let schema = metadata.current_schema().clone();
        let builder =
            ManifestWriterBuilder::new(output, Some(self.id), schema, spec.as_ref().clone());
        Ok(builder.build_v2_data())
    }

    /// Manifests that name no file that is to go stay; of the others new ones are written.
    async fn keep_and_remove(&mut self) -> Result<(), Error> {
        let Some(current) = self.table().metadata().current_snapshot() else {
            return Ok(());
        };
        let list = self.table().manifest_list_reader(current).load().await.map_err(error)?;
        let mut changed: HashMap<i32, Vec<(ManifestEntry, bool)>> = HashMap::new();
        for manifest in list.consume_entries() {
            if !(manifest.has_added_files() || manifest.has_existing_files()) {
                continue;
            }
            let read = manifest.load_manifest(self.table().file_io()).await.map_err(error)?;
            let alive = read.entries().iter().filter(|entry| entry.is_alive());
            let goes = |entry: &ManifestEntry| {
                manifest.content == ManifestContentType::Data
                    && self.replacement.remove.contains(entry.file_path())
            };
            let entries: Vec<_> =
                alive.map(|entry| (entry.as_ref().clone(), goes(entry))).collect();
            if entries.iter().any(|(_, goes)| *goes) {
                changed.entry(manifest.partition_spec_id).or_default().extend(entries);
            } else {
                self.manifests.push(manifest);
            }
        }
        for (spec, entries) in changed {
            let mut writer = self.writer(spec)?;
            for (entry, goes) in entries {
                self.put(&mut writer, entry, goes, spec)?;
            }
            self.manifests.push(writer.write_manifest_file().await.map_err(error)?);
        }
        Ok(())
    }

    fn put(
        &mut self,
        writer: &mut ManifestWriter,
        entry: ManifestEntry,
        goes: bool,
        spec: i32,
    ) -> Result<(), Error> {
        let sequence = entry.sequence_number.unwrap_or(0);
        let of_file = entry.file_sequence_number.or(Some(sequence));
        let snapshot = entry.snapshot_id.unwrap_or(self.id);
        let file = entry.data_file;
        if !goes {
            let put = writer.add_existing_file(file, snapshot, sequence, of_file);
            return put.map_err(error);
        }
        self.removed += 1;
        let metadata = self.table().metadata();
        let schema = metadata.current_schema().clone();
        let spec = metadata.partition_spec_by_id(spec).unwrap_or(metadata.default_partition_spec());
        let spec = spec.clone();
        self.summary.remove_file(&file, schema, spec);
        writer.add_delete_file(file, sequence, of_file).map_err(error)
    }

    async fn add(&mut self) -> Result<(), Error> {
        if self.replacement.add.is_empty() {
            return Ok(());
        }
        let metadata = self.table().metadata();
        let (schema, spec) =
            (metadata.current_schema().clone(), metadata.default_partition_spec().clone());
        let sequence = metadata.next_sequence_number();
        let mut writer = self.writer(metadata.default_partition_spec_id())?;
        for file in &self.replacement.add {
            self.summary.add_file(file, schema.clone(), spec.clone());
            writer.add_file(file.clone(), sequence).map_err(error)?;
        }
        self.manifests.push(writer.write_manifest_file().await.map_err(error)?);
        Ok(())
    }

    /// Numbers of before, and what has come and gone.
    fn summary(&self) -> Summary {
        let before = self.table().metadata().current_snapshot();
        let before = before.map(|snapshot| &snapshot.summary().additional_properties);
        let mut all = self.replacement.properties.clone();
        all.extend(self.summary.build());
        let of = |all: Option<&HashMap<String, String>>, name: &str| -> u64 {
            all.and_then(|all| all.get(name)?.parse().ok()).unwrap_or(0)
        };
        for [total, added, gone] in TOTALS {
            let sum =
                (of(before, total) + of(Some(&all), added)).saturating_sub(of(Some(&all), gone));
            all.insert(total.to_owned(), sum.to_string());
        }
        let operation =
            if self.replacement.is_same { Operation::Replace } else { Operation::Overwrite };
        Summary { operation, additional_properties: all }
    }

    async fn request(self) -> Result<CommitTableRequest, Error> {
        let metadata = self.table().metadata();
        let (parent, sequence) = (metadata.current_snapshot_id(), metadata.next_sequence_number());
        let root = metadata.location();
        let path = format!("{root}/metadata/snap-{}-0-{}.avro", self.id, self.unique);
        let output = self.table().file_io().new_output(&path).map_err(error)?;
        let output = output.writer().await.map_err(error)?;
        let mut list = ManifestListWriter::v2(output, self.id, parent, sequence);
        list.add_manifests(self.manifests.iter().cloned()).map_err(error)?;
        list.close().await.map_err(error)?;
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
        let snapshot = Snapshot::builder()
            .with_manifest_list(path)
            .with_snapshot_id(self.id)
            .with_parent_snapshot_id(parent)
            .with_sequence_number(sequence)
            .with_summary(self.summary())
            .with_schema_id(metadata.current_schema_id())
            // The format wants them to grow, whatever the clocks of two machines say.
            .with_timestamp_ms(now.max(metadata.last_updated_ms()))
            .build();
        let reference =
            SnapshotReference::new(self.id, SnapshotRetention::branch(None, None, None));
        let main = MAIN_BRANCH.to_owned();
        Ok(CommitTableRequest {
            identifier: Some(self.table().identifier().clone()),
            requirements: vec![
                TableRequirement::UuidMatch { uuid: metadata.uuid() },
                TableRequirement::RefSnapshotIdMatch { r#ref: main.clone(), snapshot_id: parent },
            ],
            updates: vec![
                TableUpdate::AddSnapshot { snapshot },
                TableUpdate::SetSnapshotRef { ref_name: main, reference },
                TableUpdate::SetProperties { updates: self.replacement.properties.clone() },
            ],
        })
    }
}

//! What a table remembers of its past: the files of each snapshot, and giving snapshots up.

use std::collections::BTreeSet;

use dateline_lake::Error;
use iceberg::{
    Catalog,
    spec::{FormatVersion, MAIN_BRANCH, SnapshotRef},
    table::Table,
    transaction::{ApplyTransactionAction, Transaction},
};
use serde_json::Value;

use crate::{
    catalog::error,
    guard::{Guard, is_conflict, marks},
};

/// What some snapshots are made of.
#[derive(Default)]
struct Files {
    data: BTreeSet<String>,
    manifests: BTreeSet<String>,
    lists: BTreeSet<String>,
}

impl Files {
    async fn of(table: &Table, snapshots: &[SnapshotRef]) -> Result<Self, Error> {
        let mut files = Self::default();
        for snapshot in snapshots {
            let list = table.manifest_list_reader(snapshot).load().await;
            // One that is gone was given up by somebody before us, who did not come to the end.
            let list = match list {
                Ok(list) => list,
                Err(_) if !exists(table, snapshot.manifest_list()).await? => continue,
                Err(failed) => return Err(error(failed)),
            };
            files.lists.insert(snapshot.manifest_list().to_owned());
            for manifest in list.consume_entries() {
                if !files.manifests.insert(manifest.manifest_path.clone())
                    || !exists(table, &manifest.manifest_path).await?
                {
                    continue;
                }
                let read = manifest.load_manifest(table.file_io()).await.map_err(error)?;
                let alive = read.entries().iter().filter(|entry| entry.is_alive());
                files.data.extend(alive.map(|entry| entry.file_path().to_owned()));
            }
        }
        Ok(files)
    }
}

async fn exists(table: &Table, path: &str) -> Result<bool, Error> {
    table.file_io().exists(path).await.map_err(error)
}

/// Whether a table may be rewritten here: of the version of the format that we write, and with no rows that
/// another program has marked as deleted, which would come back.
pub(crate) fn is_plain(table: &Table) -> bool {
    let metadata = table.metadata();
    let deletes = metadata.current_snapshot().and_then(|snapshot| {
        let total = snapshot.summary().additional_properties.get("total-delete-files")?;
        Some(total != "0")
    });
    metadata.format_version() == FormatVersion::V2 && deletes != Some(true)
}

/// The branches and tags beside the main one, by the snapshots that they keep.
fn kept_by_name(table: &Table) -> Result<Vec<(String, i64)>, Error> {
    // The library does not list them, but its words for a file do.
    let metadata = serde_json::to_value(table.metadata());
    let metadata = metadata.map_err(|error| Error::Final(error.to_string()))?;
    let refs = metadata.get("refs").and_then(Value::as_object).into_iter().flatten();
    let others = refs.filter(|(name, _)| name.as_str() != MAIN_BRANCH);
    let kept =
        others.filter_map(|(name, at)| Some((name.clone(), at.get("snapshot-id")?.as_i64()?)));
    Ok(kept.collect())
}

/// Gives up the snapshots that are older than a moment, and removes the files that only they had. What a
/// branch or a tag keeps stays, with all that came before it.
pub(crate) async fn forget(
    table: &Table,
    catalog: &dyn Catalog,
    before_ms: i64,
) -> Result<(), Error> {
    let metadata = table.metadata();
    let kept = kept_by_name(table)?;
    let mut stays: BTreeSet<i64> = metadata.current_snapshot_id().into_iter().collect();
    for (_, head) in &kept {
        let mut next = Some(*head);
        while let Some(snapshot) = next.and_then(|id| metadata.snapshot_by_id(id)) {
            stays.insert(snapshot.snapshot_id());
            next = snapshot.parent_snapshot_id();
        }
    }
    let goes = |snapshot: &&SnapshotRef| {
        !stays.contains(&snapshot.snapshot_id()) && snapshot.timestamp_ms() < before_ms
    };
    let (old, new): (Vec<SnapshotRef>, Vec<SnapshotRef>) =
        metadata.snapshots().cloned().partition(|snapshot| goes(&snapshot));
    if old.is_empty() {
        return Ok(());
    }
    let (gone, live) = (Files::of(table, &old).await?, Files::of(table, &new).await?);
    // Rows first: whoever dies here finds the snapshots again, and goes on.
    remove(table, gone.data.difference(&live.data)).await?;
    let ids: Vec<i64> = old.iter().map(|snapshot| snapshot.snapshot_id()).collect();
    let transaction = Transaction::new(table);
    let expiry = transaction.expire_snapshots().expire_snapshot_ids(ids).expire_older_than_ms(0);
    let transaction = expiry.apply(transaction).map_err(error)?;
    let seen = marks(table);
    match transaction.commit(&Guard { catalog, seen: &seen }).await {
        Ok(_) => {}
        // Another has written meanwhile: the next turn finds them again.
        Err(failed) if is_conflict(&failed) => return Ok(()),
        Err(failed) => return Err(error(failed)),
    }
    remove(table, gone.manifests.difference(&live.manifests)).await?;
    remove(table, gone.lists.difference(&live.lists)).await
}

async fn remove(table: &Table, paths: impl Iterator<Item = &String>) -> Result<(), Error> {
    for path in paths {
        table.file_io().delete(path).await.map_err(error)?;
    }
    Ok(())
}

/// The branch or tag that keeps a snapshot besides the one that counts; none where there is none.
pub(crate) fn keeper(table: &Table) -> Result<Option<String>, Error> {
    let current = table.metadata().current_snapshot_id();
    let kept = kept_by_name(table)?.into_iter();
    Ok(kept.filter(|(_, at)| Some(*at) != current).map(|(name, _)| name).next())
}

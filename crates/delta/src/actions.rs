//! What the kernel wants to know of files, in the shape that it wants; the one place with Arrow.

use std::{collections::BTreeSet, sync::Arc};

use dateline_lake::File;
use delta_kernel::{
    EngineData, FilteredEngineData,
    arrow::{
        array::{
            Array, ArrayRef, Int64Array, MapBuilder, MapFieldNames, RecordBatch, StringArray,
            StringBuilder, StructArray,
        },
        datatypes::{DataType, Field, Schema},
    },
    engine::arrow_data::ArrowEngineData,
    scan::state::ScanFile,
};

use crate::{DAY, Error};

/// The rows that add files.
pub(crate) fn adds(files: &[File]) -> Result<Box<dyn EngineData>, Error> {
    let texts = |text: fn(&File) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(files.iter().map(text)))
    };
    let numbers = |number: fn(&File) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(files.iter().map(number)))
    };
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("path", texts(|file| &file.path), false),
        ("partitionValues", partitions(files)?, false),
        ("size", numbers(|file| signed(file.bytes)), false),
        ("modificationTime", numbers(|file| file.modified), false),
        ("stats", Arc::new(stats(files)), true),
    ];
    let field = |(name, array, nullable): &(&str, ArrayRef, bool)| {
        Field::new(*name, array.data_type().clone(), *nullable)
    };
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let arrays = columns.into_iter().map(|(_, array, _)| array).collect();
    Ok(Box::new(ArrowEngineData::new(RecordBatch::try_new(Arc::new(schema), arrays)?)))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn partitions(files: &[File]) -> Result<ArrayRef, Error> {
    let names = MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut map = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for file in files {
        map.keys().append_value(DAY);
        map.values().append_value(&file.day);
        map.append(true)?;
    }
    Ok(Arc::new(map.finish()))
}

/// How many rows, and within which numbers. No words: these would stay in the log after a kill.
fn stats(files: &[File]) -> StructArray {
    let names: BTreeSet<&str> =
        files.iter().flat_map(|file| &file.ranges).map(|(name, ..)| name.as_str()).collect();
    let ends = |end: fn(&(String, i64, i64)) -> i64| -> Option<ArrayRef> {
        let column = |name: &str| -> (Arc<Field>, ArrayRef) {
            let own = |file: &File| file.ranges.iter().find(|range| range.0 == name).map(end);
            let array = Int64Array::from(files.iter().map(own).collect::<Vec<_>>());
            (Arc::new(Field::new(name, DataType::Int64, true)), Arc::new(array))
        };
        let columns: Vec<_> = names.iter().map(|name| column(name)).collect();
        (!columns.is_empty()).then(|| Arc::new(StructArray::from(columns)) as ArrayRef)
    };
    let rows = Int64Array::from_iter_values(files.iter().map(|file| signed(file.rows)));
    let mut all: Vec<(&str, ArrayRef)> = vec![("numRecords", Arc::new(rows))];
    all.extend(ends(|range| range.1).map(|array| ("minValues", array)));
    all.extend(ends(|range| range.2).map(|array| ("maxValues", array)));
    let field = |(name, array): (&str, ArrayRef)| {
        (Arc::new(Field::new(name, array.data_type().clone(), true)), array)
    };
    StructArray::from(all.into_iter().map(field).collect::<Vec<_>>())
}

/// Of files as a scan lists them those with certain paths, for removal; none where there are none.
pub(crate) fn removes(
    listed: FilteredEngineData,
    paths: &BTreeSet<String>,
) -> Result<Option<FilteredEngineData>, Error> {
    let (data, selected) = listed.into_parts();
    let data = ArrowEngineData::try_from_engine_data(data)?;
    let column = data.record_batch().column_by_name("path");
    let Some(column) = column.and_then(|array| array.as_any().downcast_ref::<StringArray>()) else {
        return Err(Error::Io(std::io::Error::other("a list of files without paths")));
    };
    let is_wanted = |row: usize| {
        selected.get(row).copied().unwrap_or(true)
            && column.is_valid(row)
            && paths.contains(column.value(row))
    };
    let wanted: Vec<bool> = (0..column.len()).map(is_wanted).collect();
    if !wanted.contains(&true) {
        return Ok(None);
    }
    Ok(Some(FilteredEngineData::try_new(data, wanted)?))
}

/// A file as a scan tells it.
pub(crate) fn file(scanned: ScanFile) -> File {
    let day = scanned.partition_values.get(DAY).cloned().unwrap_or_default();
    File {
        path: scanned.path,
        bytes: u64::try_from(scanned.size).unwrap_or(0),
        modified: scanned.modification_time,
        day,
        rows: scanned.stats.map_or(0, |stats| stats.num_records),
        ranges: Vec::new(),
    }
}

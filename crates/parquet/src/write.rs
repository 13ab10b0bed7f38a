//! Writing: row groups, zstd, with the statistics that readers skip files by.

use std::{io::Write, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::{Type, TypePtr},
};

use crate::{Column, Error, Kind, Value};

/// The bytes of a file with these rows.
pub fn write(columns: &[Column], rows: &[Vec<Value>]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new(columns, Vec::new())?;
    writer.group(rows)?;
    writer.finish()
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("dateline".to_owned())
        .build()
}

/// Writes a file a row group at a time.
pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file.
    pub fn new(columns: &[Column], out: W) -> Result<Self, Error> {
        let file = SerializedFileWriter::new(out, schema(columns)?, Arc::new(properties()))?;
        Ok(Self { file, columns: columns.to_vec() })
    }

    /// Adds rows as a group of their own.
    pub fn group(&mut self, rows: &[Vec<Value>]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (number, column) in self.columns.iter().enumerate() {
            write_column(&mut group, column, &Cells { rows, number })?;
        }
        group.close()?;
        Ok(())
    }

    /// Ends the file.
    pub fn finish(self) -> Result<W, Error> {
        Ok(self.file.into_inner()?)
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr, Error> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Int => (Physical::INT64, None),
            Kind::Float => (Physical::DOUBLE, None),
            Kind::Bool => (Physical::BOOLEAN, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Kind::Micros => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        };
        let needed = if column.nullable { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_logical_type(logical)
            .with_repetition(needed)
            .with_id(column.id)
            .build()?;
        Ok::<_, Error>(Arc::new(field))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("row").with_fields(fields).build()?))
}

/// The cells of one column.
struct Cells<'a> {
    rows: &'a [Vec<Value>],
    number: usize,
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column,
    cells: &Cells<'_>,
) -> Result<(), Error> {
    match column.kind {
        Kind::Text => put::<ByteArrayType>(group, column, cells, |value| match value {
            Value::Text(text) => Some(ByteArray::from(text.as_str())),
            _ => None,
        }),
        Kind::Int => put::<Int64Type>(group, column, cells, |value| match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }),
        Kind::Float => put::<DoubleType>(group, column, cells, |value| match value {
            Value::Float(number) => Some(*number),
            _ => None,
        }),
        Kind::Bool => put::<BoolType>(group, column, cells, |value| match value {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }),
        Kind::Time => put::<Int64Type>(group, column, cells, |value| match value {
            Value::Time(millis) => Some(*millis),
            _ => None,
        }),
        Kind::Micros => put::<Int64Type>(group, column, cells, |value| match value {
            Value::Time(millis) => millis.checked_mul(1_000),
            _ => None,
        }),
        Kind::Date => put::<Int32Type>(group, column, cells, |value| match value {
            Value::Date(days) => Some(*days),
            _ => None,
        }),
    }
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    column: &Column,
    cells: &Cells<'_>,
    take: impl Fn(&Value) -> Option<T::T>,
) -> Result<(), Error> {
    let (mut values, mut levels) = (Vec::with_capacity(cells.rows.len()), Vec::new());
    for (number, row) in cells.rows.iter().enumerate() {
        let value = row.get(cells.number).unwrap_or(&Value::Null);
        let found = take(value);
        let is_empty = column.nullable && *value == Value::Null;
        if found.is_none() && !is_empty {
            let (column, kind) = (column.name.clone(), column.kind);
            return Err(Error::Unfit { row: number, column, kind });
        }
        levels.push(i16::from(found.is_some()));
        values.extend(found);
    }
    if let Some(mut writer) = group.next_column()? {
        let levels = column.nullable.then_some(levels.as_slice());
        writer.typed::<T>().write_batch(&values, levels, None)?;
        writer.close()?;
    }
    Ok(())
}

//! Reading, row by row, by the names of the columns.

use std::collections::HashMap;

use bytes::Bytes;
use parquet::{
    file::{reader::FileReader, serialized_reader::SerializedFileReader},
    record::Field,
};

use crate::{Column, Error, Value};

/// The rows of a file, each with the values of these columns; a column that the file does not have
/// is empty.
pub fn read(bytes: Bytes, columns: &[Column]) -> Result<Vec<Vec<Value>>, Error> {
    let file = SerializedFileReader::new(bytes)?;
    let mut rows = Vec::new();
    for row in file.get_row_iter(None)? {
        let row = row?;
        let mut found: HashMap<&str, &Field> =
            row.get_column_iter().map(|(name, field)| (name.as_str(), field)).collect();
        let mut value =
            |column: &Column| found.remove(column.name.as_str()).map_or(Value::Null, value_of);
        rows.push(columns.iter().map(&mut value).collect());
    }
    Ok(rows)
}

fn value_of(field: &Field) -> Value {
    match field {
        Field::Str(text) => Value::Text(text.clone()),
        Field::Long(number) => Value::Int(*number),
        Field::Double(number) => Value::Float(*number),
        Field::Bool(truth) => Value::Bool(*truth),
        Field::TimestampMillis(millis) => Value::Time(*millis),
        Field::TimestampMicros(micros) => Value::Time(micros.div_euclid(1_000)),
        Field::Date(days) => Value::Date(*days),
        _ => Value::Null,
    }
}

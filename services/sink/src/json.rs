//! Rows as JSON objects: each column by its name, whether it has a value or not.

use std::io;

use serde::Serialize;

use crate::model::{Column, Value};

/// Adds a row as an object.
pub(crate) fn row(bytes: &mut Vec<u8>, columns: &[Column], values: &[Value<'_>]) -> io::Result<()> {
    object(bytes, columns.iter().zip(values).map(|(column, value)| (column.name, value)))
}

/// Adds an object with its members in their order.
pub(crate) fn object<'a>(
    bytes: &mut Vec<u8>,
    members: impl Iterator<Item = (&'a str, impl Serialize)>,
) -> io::Result<()> {
    bytes.push(b'{');
    for (number, (name, value)) in members.enumerate() {
        if number > 0 {
            bytes.push(b',');
        }
        serde_json::to_writer(&mut *bytes, name)?;
        bytes.push(b':');
        serde_json::to_writer(&mut *bytes, &value)?;
    }
    bytes.push(b'}');
    Ok(())
}

impl Serialize for Value<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Date(day) => serializer.serialize_str(day),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Time(time) => serializer.collect_str(time),
        }
    }
}

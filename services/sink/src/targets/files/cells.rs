//! Rows of the logs as files of Parquet hold them.

use dateline_parquet::{Column, Kind, Value};
use dateline_record::Timestamp;

use crate::model::{self, Table};

/// The columns of a log; its times are kept as that kind.
pub(in crate::targets) fn columns(table: &Table, time: Kind) -> Vec<Column> {
    let column = |column: &model::Column| Column {
        name: column.name.to_owned(),
        kind: match column.kind {
            model::Kind::Text => Kind::Text,
            model::Kind::Int => Kind::Int,
            model::Kind::Float => Kind::Float,
            model::Kind::Bool => Kind::Bool,
            model::Kind::Time => time,
            model::Kind::Date => Kind::Date,
        },
        nullable: column.nullable,
        id: None,
    };
    table.log_columns().iter().map(column).collect()
}

/// What a day is was checked before, by its field.
pub(in crate::targets) fn value(value: model::Value<'_>) -> Value {
    match value {
        model::Value::Null => Value::Null,
        model::Value::Text(text) => Value::Text(text.into_owned()),
        model::Value::Int(number) => Value::Int(number),
        model::Value::Float(number) => Value::Float(number),
        model::Value::Bool(truth) => Value::Bool(truth),
        model::Value::Time(time) => Value::Time(time.as_millis()),
        model::Value::Date(day) => dateline_parquet::days(day).map_or(Value::Null, Value::Date),
    }
}

/// The words of a value, the same as in every warehouse.
pub(in crate::targets) fn word(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Time(millis) => Timestamp::from_millis(*millis).to_string(),
        Value::Date(days) => dateline_parquet::day(*days)?,
    })
}

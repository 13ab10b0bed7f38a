//! Rows of flat columns as the bytes of a Parquet file, and back; pure, and without Arrow.

mod read;
mod write;

pub use read::read;
pub use write::{Writer, write};

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// 64 bits with a sign.
    Int,
    /// 64 bits.
    Float,
    /// Yes or no.
    Bool,
    /// Milliseconds since 1970, in UTC.
    Time,
    /// The same, kept in microseconds, as some table formats want it.
    Micros,
    /// A day, as days since 1970.
    Date,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Its number, where a format of tables knows columns by numbers.
    pub id: Option<i32>,
}

/// A value; its kind is that of its column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Int`].
    Int(i64),
    /// Of [`Kind::Float`].
    Float(f64),
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Time`] and [`Kind::Micros`].
    Time(i64),
    /// Of [`Kind::Date`].
    Date(i32),
}

/// Why bytes cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the format says.
    #[error("{0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// What the file system says.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A row does not fit its columns.
    #[error("row {row}, column {column:?}: wants a value of kind {kind:?}")]
    Unfit {
        /// The number of the row.
        row: usize,
        /// The column.
        column: String,
        /// What the column holds.
        kind: Kind,
    },
}

/// Days since 1970 of a day written `YYYY-MM-DD`; none where it is no day.
pub fn days(day: &str) -> Option<i32> {
    let day: jiff::civil::Date = day.parse().ok()?;
    let first = jiff::civil::date(1970, 1, 1);
    first.until(day).ok().map(|span| span.get_days())
}

/// The day that is so many days after 1970, written `YYYY-MM-DD`; none where there is no such day.
pub fn day(days: i32) -> Option<String> {
    let first = jiff::civil::date(1970, 1, 1);
    let span = jiff::Span::new().try_days(days).ok()?;
    first.checked_add(span).ok().map(|day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, count) in [("1970-01-01", 0), ("1969-12-31", -1), ("2014-10-07", 16_350)] {
            assert_eq!((days(text), day(count).as_deref()), (Some(count), Some(text)));
        }
        assert_eq!(days("2014-02-30"), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let kinds =
            [Kind::Text, Kind::Int, Kind::Float, Kind::Bool, Kind::Time, Kind::Date, Kind::Micros];
        let column = |(number, kind): (usize, &Kind)| Column {
            name: format!("c{number}"),
            kind: *kind,
            nullable: number > 0,
            id: None,
        };
        let columns: Vec<Column> = kinds.iter().enumerate().map(column).collect();
        let rows = vec![
            vec![
                Value::Text("\u{d6}l, \"\0\"\n".to_owned()),
                Value::Int(i64::MIN),
                Value::Float(0.1),
                Value::Bool(true),
                Value::Time(1_412_640_000_123),
                Value::Date(16_350),
                Value::Time(-1),
            ],
            vec![
                Value::Text(String::new()),
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
            ],
        ];
        let bytes = write(&columns, &rows).unwrap();
        assert_eq!(read(bytes.into(), &columns).unwrap(), rows);
        let bytes = write(&columns, &[]).unwrap();
        assert_eq!(read(bytes.clone().into(), &columns).unwrap(), Vec::<Vec<Value>>::new());
        assert!(read(bytes[..20].to_vec().into(), &columns).is_err());
    }

    #[test]
    fn groups_are_read_as_one_file() {
        let columns = [Column { name: "n".to_owned(), kind: Kind::Int, nullable: false, id: None }];
        let mut writer = Writer::new(&columns, Vec::new()).unwrap();
        writer.group(&[vec![Value::Int(1)], vec![Value::Int(2)]]).unwrap();
        writer.group(&[]).unwrap();
        writer.group(&[vec![Value::Int(3)]]).unwrap();
        let found = read(writer.finish().unwrap().into(), &columns).unwrap();
        assert_eq!(found, [[Value::Int(1)], [Value::Int(2)], [Value::Int(3)]]);
    }

    #[test]
    fn a_column_that_came_later_is_empty_in_older_files() {
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: Kind::Int,
            nullable: true,
            id: None,
        };
        let bytes = write(&[column("a"), column("b")], &[vec![Value::Int(1), Value::Int(2)]]);
        let found = read(bytes.unwrap().into(), &[column("b"), column("new")]).unwrap();
        assert_eq!(found, [[Value::Int(2), Value::Null]]);
    }

    #[test]
    fn a_row_that_does_not_fit_is_named() {
        let columns = [Column { name: "n".to_owned(), kind: Kind::Int, nullable: false, id: None }];
        for value in [Value::Null, Value::Text("1".to_owned())] {
            let error = write(&columns, &[vec![Value::Int(1)], vec![value]]).unwrap_err();
            assert_eq!(error.to_string(), "row 1, column \"n\": wants a value of kind Int");
        }
    }
}

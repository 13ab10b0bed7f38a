//! Reading the files back.

use std::io;

use dateline_parquet::Value;
use dateline_record::Timestamp;

use super::{Parquet, columns, maintain::rows, parts};
use crate::verify::{LogReader, Readable, Snapshot, WHOLES};

impl Readable for Parquet {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        // No writer moves the mark meanwhile.
        let read = self.folder.locked(|own, mark| {
            let next = mark.positions();
            let mut reader = LogReader::new(next.clone());
            for (number, whole) in WHOLES.iter().enumerate() {
                for part in std::iter::once(whole.own()).chain(whole.parts()) {
                    let columns = columns(part.table);
                    let counts = |file: &super::Part| {
                        next.iter().any(|((topic, partition), next)| {
                            let place = (topic.as_str(), *partition);
                            place == (part.table.topic, file.partition) && file.from < *next
                        })
                    };
                    for file in parts(&own.path, part.table)?.iter().filter(|file| counts(file)) {
                        for row in rows(&file.path(&own.path, part.table), &columns)? {
                            let at = |name: &str| columns.iter().position(|own| own.name == name);
                            reader.take(number, part, |name, _| word(row.get(at(name)?)?));
                        }
                    }
                }
            }
            Ok::<_, io::Error>(reader.finish())
        });
        Ok(read?)
    }
}

fn word(value: &Value) -> Option<String> {
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

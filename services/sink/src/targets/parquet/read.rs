//! Reading the files back.

use std::io;

use super::{
    Parquet, columns,
    maintain::{counted, rows},
};
use crate::{
    targets::files::cells::word,
    verify::{LogReader, Readable, Snapshot, WHOLES},
};

impl Readable for Parquet {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        // No writer moves the mark meanwhile.
        let read = self.folder.locked(|own, mark| {
            let mut reader = LogReader::new(mark.positions());
            for (number, whole) in WHOLES.iter().enumerate() {
                for part in std::iter::once(whole.own()).chain(whole.parts()) {
                    let columns = columns(part.table);
                    for file in counted(&own.path, &mark, part.table)? {
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
